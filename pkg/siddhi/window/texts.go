package window

import (
	"errors"
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/state"
)

// texts has the condition of each key of an expression window: one for all if
// the text is a constant, else what the key's last event brought. Each text is
// compiled once, whatever the number of keys that have it.
//
// In Siddhi one text and its aggregates serve all keys of a partition.
type texts struct {
	window  string
	env     expr.Env
	text    *expr.Program // of rows, nil if the text is a constant
	resolve func(string) (*check.Condition, error)

	entries []entry
	byText  map[string]int32 // of entries
	freed   []int32          // of entries

	held []holding // by key
}

// entry is a text that some key has, or the one that all have.
type entry struct {
	text  string
	cond  *condition // nil if the text is faulty
	users int
}

// holding says what a key has: the text that its last event brought, and the
// condition of the last one that was sound, with a group of its aggregates.
type holding struct {
	said, cond, group int32 // column.None: nothing yet
}

var nothing = holding{column.None, column.None, column.None}

var (
	errNoText    = errors.New("the window's condition is null: the chunk was left out")
	errUntold    = errors.New("the window has no condition yet: the chunk was left out")
	errUndecided = errors.New("the window's condition is neither true nor false but null: the chunk was left out")
)

func newTexts(w *check.Window, args arguments, env expr.Env) (*texts, error) {
	t := &texts{window: w.Fn.Name, env: env, resolve: w.Resolve, byText: map[string]int32{}}
	switch {
	case w.Condition != nil:
		c, err := newCondition(w.Condition, env)
		if err != nil {
			return nil, err
		}
		t.entries = []entry{{text: w.Condition.Text, cond: c, users: 1}}
		return t, nil
	case w.Resolve == nil:
		return nil, errors.New("the text is not resolved")
	}
	var err error
	t.text, err = expr.Compile(args[0].expr, env)
	return t, err
}

// grow makes room for a key.
func (t *texts) grow(key int32) {
	for int(key) >= len(t.held) {
		h := nothing
		if t.text == nil {
			h = holding{0, 0, t.entries[0].cond.take()}
		}
		t.held = append(t.held, h)
	}
}

// read returns the texts that the rows of b bring, nil if they bring none.
func (t *texts) read(b *column.Batch) (*column.Column, error) {
	if t.text == nil {
		return nil, nil
	}
	return t.text.Eval(b)
}

// of returns the condition of a key and the group of its aggregates.
func (t *texts) of(key int32) (*condition, int32, error) {
	h := t.held[key]
	if h.cond == column.None {
		return nil, 0, errUntold
	}
	return t.entries[h.cond].cond, h.group, nil
}

// hear takes the text that a row brings. changed says that the key has another
// condition now, whose aggregates hold nothing. A faulty text is an error once:
// the condition stays what it was.
func (t *texts) hear(key int32, said *column.Column, row int) (changed bool, err error) {
	if said == nil {
		return false, nil
	}
	if said.IsNull(row) {
		return false, errNoText
	}
	text := said.String(row)
	h := &t.held[key]
	if h.said != column.None && t.entries[h.said].text == text {
		return false, nil
	}
	n, err := t.learn(text)
	t.leave(h.said)
	h.said = n
	if err != nil {
		return false, err
	}
	t.use(h, n)
	return true, nil
}

// use gives h the condition of entry n and a new group.
func (t *texts) use(h *holding, n int32) {
	if h.cond != column.None {
		t.entries[h.cond].cond.release(h.group)
		t.leave(h.cond)
	}
	t.entries[n].users++
	h.cond, h.group = n, t.entries[n].cond.take()
}

// learn returns the entry of a text, with one user more.
func (t *texts) learn(text string) (int32, error) {
	if n, ok := t.byText[text]; ok {
		t.entries[n].users++
		if t.entries[n].cond == nil {
			return n, fmt.Errorf("window %s: %q is no condition", t.window, text)
		}
		return n, nil
	}
	e := entry{text: string([]byte(text)), users: 1}
	def, err := t.resolve(e.text)
	if err == nil {
		e.cond, err = newCondition(def, t.env)
	}
	if err != nil {
		err = fmt.Errorf("window %s: %w", t.window, err)
	}
	var n int32
	if k := len(t.freed); k > 0 {
		n = t.freed[k-1]
		t.freed = t.freed[:k-1]
		t.entries[n] = e
	} else {
		n = int32(len(t.entries))
		t.entries = append(t.entries, e)
	}
	t.byText[e.text] = n
	return n, err
}

// leave takes a user from an entry, which nobody needs without one.
func (t *texts) leave(n int32) {
	if n == column.None {
		return
	}
	if t.entries[n].users--; t.entries[n].users == 0 {
		delete(t.byText, t.entries[n].text)
		t.entries[n] = entry{}
		t.freed = append(t.freed, n)
	}
}

func (t *texts) snapshot(e *state.Encoder) {
	e.Uint(uint64(len(t.held)))
	for _, h := range t.held {
		e.Int(int64(h.said))
		e.Int(int64(h.cond))
		e.Int(int64(h.group))
	}
	e.Uint(uint64(len(t.entries)))
	for i := range t.entries {
		c := t.entries[i].cond
		e.String(t.entries[i].text)
		e.Bool(c != nil)
		if c != nil {
			c.snapshot(e)
		}
	}
}

func (t *texts) restore(d *state.Decoder) {
	t.held = make([]holding, d.Count(3))
	for i := range t.held {
		t.held[i] = holding{int32(d.Int()), int32(d.Int()), int32(d.Int())}
	}
	n := d.Count(2)
	if t.text == nil && n != 1 {
		d.Fail(state.ErrCorrupt)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		t.restoreEntry(d, i)
	}
	t.count(d)
	if d.Err() != nil {
		t.held = nil
	}
}

func (t *texts) restoreEntry(d *state.Decoder, i int) {
	text, sound := d.String(), d.Bool()
	if t.text == nil {
		if text != t.entries[0].text || !sound {
			d.Fail(fmt.Errorf("the snapshot is of the condition %q: %w", text, state.ErrCorrupt))
			return
		}
		t.entries[0].cond.restore(d, len(t.held))
		return
	}
	e := entry{text: text}
	if sound {
		def, err := t.resolve(text)
		if err == nil {
			e.cond, err = newCondition(def, t.env)
		}
		if err != nil {
			d.Fail(fmt.Errorf("the snapshot has the condition %q: %w", text, err))
			return
		}
		e.cond.restore(d, len(t.held))
	}
	t.entries = append(t.entries, e)
	t.byText[text] = int32(i)
}

// count works out users and free groups, and refuses what does not hold together.
func (t *texts) count(d *state.Decoder) {
	taken := make([][]bool, len(t.entries))
	for i := range t.entries {
		if c := t.entries[i].cond; c != nil {
			taken[i] = make([]bool, c.groups)
		}
	}
	in := func(n int32) bool { return n >= 0 && int(n) < len(t.entries) }
	for _, h := range t.held {
		if h == nothing {
			continue
		}
		switch {
		case !in(h.said), h.cond != column.None && (!in(h.cond) || t.entries[h.cond].cond == nil),
			h.cond != column.None && (h.group < 0 || int(h.group) >= len(taken[h.cond]) || taken[h.cond][h.group]):
			d.Fail(state.ErrCorrupt)
			return
		}
		t.entries[h.said].users++
		if h.cond != column.None {
			t.entries[h.cond].users++
			taken[h.cond][h.group] = true
		}
	}
	for i, groups := range taken {
		for g, used := range groups {
			if !used {
				t.entries[i].cond.freed = append(t.entries[i].cond.freed, int32(g))
			}
		}
		if t.entries[i].users == 0 && t.text != nil {
			delete(t.byText, t.entries[i].text)
			t.entries[i] = entry{}
			t.freed = append(t.freed, int32(i))
		}
	}
}
