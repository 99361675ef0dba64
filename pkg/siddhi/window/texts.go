package window

import (
	"errors"
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/state"
)

// texts has the condition of an expression window: a constant, or what the last
// event brought. As in Siddhi one condition and its aggregates serve all keys of
// a partition.
type texts struct {
	window  string
	env     expr.Env
	text    *expr.Program // of rows, nil if the text is a constant
	resolve func(string) (*check.Condition, error)

	said  string // what the last event brought
	heard bool   // one has brought something

	cond *condition // of the last text that was sound; nil: nothing yet
	of   string     // its text

	met map[string]*condition // texts that have been compiled
}

// mostMet is how many texts are remembered, so that keys which bring one in turn
// do not have it compiled each time.
const mostMet = 64

var (
	errNoText    = errors.New("the window's condition is null: the chunk was left out")
	errUntold    = errors.New("the window has no condition yet: the chunk was left out")
	errUndecided = errors.New("the window's condition is neither true nor false but null: the chunk was left out")
)

func newTexts(w *check.Window, args arguments, env expr.Env) (*texts, error) {
	t := &texts{window: w.Fn.Name, env: env, resolve: w.Resolve, met: map[string]*condition{}}
	var err error
	switch {
	case w.Condition != nil:
		t.of = w.Condition.Text
		t.cond, err = newCondition(w.Condition, env)
	case w.Resolve == nil:
		err = errors.New("the text is not resolved")
	default:
		t.text, err = expr.Compile(args[0].expr, env)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// read returns the texts that the rows of b bring, nil if they bring none.
func (t *texts) read(b *column.Batch) (*column.Column, error) {
	if t.text == nil {
		return nil, nil
	}
	return t.text.Eval(b)
}

// hear takes the text that a row brings. changed says that there is another
// condition now, whose aggregates hold nothing. A faulty text is an error once:
// the condition stays what it was.
func (t *texts) hear(said *column.Column, row int) (changed bool, err error) {
	if said == nil {
		return false, nil
	}
	if said.IsNull(row) {
		return false, errNoText
	}
	text := said.String(row)
	if t.heard && t.said == text {
		return false, nil
	}
	t.said, t.heard = string([]byte(text)), true
	c, err := t.compiled(t.said)
	if err != nil {
		return false, fmt.Errorf("window %s: %w", t.window, err)
	}
	t.cond, t.of = c, t.said
	return true, nil
}

// compiled returns the condition that a text says, with aggregates that hold nothing.
func (t *texts) compiled(text string) (*condition, error) {
	if c := t.met[text]; c != nil {
		c.forget()
		return c, nil
	}
	def, err := t.resolve(text)
	if err != nil {
		return nil, err
	}
	c, err := newCondition(def, t.env)
	if err != nil {
		return nil, err
	}
	if len(t.met) == mostMet {
		clear(t.met)
	}
	t.met[text] = c
	return c, nil
}

func (t *texts) snapshot(e *state.Encoder) {
	e.Bool(t.heard)
	e.String(t.said)
	e.Bool(t.cond != nil)
	e.String(t.of)
	if t.cond != nil {
		t.cond.snapshot(e)
	}
}

func (t *texts) restore(d *state.Decoder) {
	t.heard, t.said = d.Bool(), d.String()
	sound, of := d.Bool(), d.String()
	switch {
	case d.Err() != nil:
		return
	case t.text == nil && (!sound || of != t.of):
		d.Fail(fmt.Errorf("the snapshot is of the condition %q: %w", of, state.ErrCorrupt))
		return
	case t.text != nil && sound:
		c, err := t.compiled(of)
		if err != nil {
			d.Fail(fmt.Errorf("the snapshot has the condition %q: %w", of, err))
			return
		}
		t.cond, t.of = c, of
	}
	if sound {
		t.cond.restore(d)
	}
}
