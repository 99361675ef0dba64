package runtime

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/schema"
)

// Input takes events for one stream.
type Input struct {
	app      *App
	junction *plan.Junction
	def      *check.Stream
	one      *column.Batch // row of a single send
}

// Input returns the input of a stream.
func (a *App) Input(stream string) (*Input, error) {
	j, err := a.junction(stream)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if in := a.inputs[j.Def]; in != nil {
		return in, nil
	}
	in := &Input{app: a, junction: j, def: j.Def, one: column.NewBatch(j.Def.Attrs)}
	in.one.N = 1
	in.one.Time = make([]int64, 1)
	for i := range in.one.Cols {
		in.one.Cols[i].Resize(1)
	}
	a.inputs[j.Def] = in
	return in, nil
}

// Attrs returns the stream's attributes.
func (in *Input) Attrs() schema.Attributes { return in.def.Attrs }

// TypeError says that a value does not have the type of its attribute.
type TypeError struct {
	Stream    string
	Attribute schema.Attribute
	Value     Value
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("stream %s: attribute %s is %s, but the value %#v is %s",
		e.Stream, e.Attribute.Name, e.Attribute.Type, e.Value, e.Value.Type())
}

// Send runs one event through the app and returns when everything that follows
// from it has happened. timestamp is in ms since the Unix epoch. Errors:
// ErrStopped, *TypeError, a wrong number of values.
func (in *Input) Send(timestamp int64, values ...Value) error {
	a := in.app
	a.mu.Lock()
	err := in.send(timestamp, values)
	a.mu.Unlock()
	return err
}

func (in *Input) send(timestamp int64, values []Value) error {
	b := in.one
	if len(values) != len(b.Cols) {
		return fmt.Errorf("stream %s has %d attributes (%s), the event has %d values",
			in.def.Name, len(b.Cols), in.def.Attrs, len(values))
	}
	b.Time[0] = timestamp
	for i := range values {
		c := b.Cols[i]
		if len(c.Nulls) != 0 {
			c.Nulls = c.Nulls[:0]
		}
		if !values[i].set(c) {
			return &TypeError{in.def.Name, in.def.Attrs[i], values[i]}
		}
	}
	return in.app.push(in.junction, b)
}

// NewBatch makes an empty batch of the stream for SendBatch: append to its
// columns and to Time, and count the rows in N.
func (in *Input) NewBatch() *column.Batch { return column.NewBatch(in.def.Attrs) }

// SendBatch runs many events through the app at once. With b.Ends nil each row
// means what a Send of its own would; otherwise each chunk is an array that was
// sent as such. b is only read, and free again when SendBatch returns.
func (in *Input) SendBatch(b *column.Batch) error {
	if err := in.fits(b); err != nil {
		return err
	}
	if b.N == 0 {
		return nil
	}
	a := in.app
	a.mu.Lock()
	err := a.push(in.junction, b)
	a.mu.Unlock()
	return err
}

// fits checks a batch from outside before the engine trusts it.
func (in *Input) fits(b *column.Batch) error {
	if len(b.Cols) != len(in.def.Attrs) || len(b.Time) != b.N {
		return fmt.Errorf("stream %s: a batch of %d rows needs %d columns and as many timestamps, it has %d columns and %d timestamps",
			in.def.Name, b.N, len(in.def.Attrs), len(b.Cols), len(b.Time))
	}
	for i := range b.Cols {
		c := b.Cols[i]
		if c.Type != in.def.Attrs[i].Type || c.Len() != b.N || len(c.Nulls) != 0 && len(c.Nulls) < b.N {
			return fmt.Errorf("stream %s: column %s must have %d values of type %s, it has %d of type %s",
				in.def.Name, in.def.Attrs[i].Name, b.N, in.def.Attrs[i].Type, c.Len(), c.Type)
		}
	}
	if b.Kind != nil || b.Key != nil {
		return fmt.Errorf("stream %s: rows from outside have no kind and no key", in.def.Name)
	}
	end := int32(0)
	for _, e := range b.Ends {
		if e <= end || int(e) > b.N {
			return fmt.Errorf("stream %s: chunk ends must ascend from 1 to %d", in.def.Name, b.N)
		}
		end = e
	}
	if b.Ends != nil && int(end) != b.N {
		return fmt.Errorf("stream %s: the last chunk ends at row %d of %d", in.def.Name, end, b.N)
	}
	return nil
}
