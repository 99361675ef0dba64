package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// late stands for a sliding window whose expired rows nobody sees, in front of
// something that computes with its rows. As in Siddhi a row that cannot be computed,
// since a value is not of its type, cannot when it leaves either. So from the first
// row with such a value on there is a window, and before that none.
type late struct {
	typed []int // attributes that are computed with
	noted *bool // see expr.Env
	make  func() (flow.Operator, error)
	op    flow.Operator // nil: rows just pass
}

// passing returns the operator of a window that rows just pass unless a row can fail
// for what is said of opts.Typed.
func passing(opts Options, make func(Options) (flow.Operator, error)) flow.Operator {
	if len(opts.Typed) == 0 {
		return pass{}
	}
	opts.Expired = true
	return &late{typed: opts.Typed, noted: opts.Env.MayStray(), make: func() (flow.Operator, error) { return make(opts) }}
}

// Process implements flow.Operator.
func (l *late) Process(b *column.Batch, emit flow.Emit) error {
	if l.op == nil {
		if !l.strayed(b) {
			return emit(b)
		}
		if err := l.begin(); err != nil {
			return err
		}
	}
	return l.op.Process(b, emit)
}

// Into implements flow.Direct.
func (l *late) Into(next flow.Emit) flow.Emit {
	return func(b *column.Batch) error {
		if l.op == nil && !l.strayed(b) {
			return next(b)
		}
		return l.Process(b, next)
	}
}

func (l *late) strayed(b *column.Batch) bool {
	return *l.noted && b.HasStrays(l.typed)
}

func (l *late) begin() (err error) {
	l.op, err = l.make()
	return err
}

// Snapshot implements state.Optional: it writes nothing while there is no window.
func (l *late) Snapshot(e *state.Encoder) {
	if l.op != nil {
		l.op.(state.Snapshotter).Snapshot(e)
	}
}

// Restore reads the window's state.
func (l *late) Restore(d *state.Decoder) error {
	if err := l.begin(); err != nil {
		return err
	}
	return l.op.(state.Snapshotter).Restore(d)
}

// Clear implements state.Optional.
func (l *late) Clear() { l.op = nil }

// Forget implements flow.Forgetter.
func (l *late) Forget(keys []int32) {
	if l.op != nil {
		l.op.(flow.Forgetter).Forget(keys)
	}
}
