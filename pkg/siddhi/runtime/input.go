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
	places   []place       // where in it the values go
	nulls    bool          // it may have nulls
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
	for _, c := range in.one.Cols {
		c.Resize(1)
		in.places = append(in.places, placeOf(c))
	}
	a.inputs[j.Def] = in
	return in, nil
}

// Attrs returns the stream's attributes.
func (in *Input) Attrs() schema.Attributes { return in.def.Attrs }

// TypeError says that an attribute cannot have a value: an object where its type
// is another.
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
// ErrStopped, a wrong number of values, *TypeError for an object. Another value of
// the wrong type is no error of Send: as in Siddhi it passes through to what computes
// with it, where the event fails (see Options.OnError and fault streams).
func (in *Input) Send(timestamp int64, values ...Value) error {
	a := in.app
	a.mu.Lock()
	defer a.mu.Unlock() // also when an extension or a callback panics
	return in.send(timestamp, values)
}

func (in *Input) send(timestamp int64, values []Value) error {
	places := in.places
	if len(values) != len(places) {
		return fmt.Errorf("stream %s has %d attributes (%s), the event has %d values",
			in.def.Name, len(places), in.def.Attrs, len(values))
	}
	if in.nulls {
		in.clearNulls()
	}
	for i := range places {
		p, v := &places[i], &values[i]
		switch {
		case p.text && v.short():
			*(*column.Str)(p.at), _ = column.InlineStr(v.text())
		case v.ptr != p.mark:
			if err := in.setOther(i, v); err != nil {
				return err
			}
		case p.size == 8:
			*(*uint64)(p.at) = v.num
		case p.size == 4:
			*(*uint32)(p.at) = uint32(v.num)
		default:
			*(*uint8)(p.at) = uint8(v.num)
		}
	}
	in.one.Time[0] = timestamp
	if in.app.timeless { // push, a call shorter
		return in.junction.Push(in.one)
	}
	return in.app.push(in.junction, in.one)
}

// setOther stores what is neither a number or bool of the attribute's type nor
// a short string.
func (in *Input) setOther(i int, v *Value) error {
	c := in.one.Cols[i]
	switch t := v.Type(); {
	case t == schema.Invalid:
		c.SetNull(0)
		in.nulls = true
	case t == schema.String && c.Type == schema.String:
		if len(c.Arena) != 0 {
			c.Arena = c.Arena[:0]
		}
		c.SetString(0, v.text())
	case c.Type == schema.Object:
		c.Obj[0] = v.boxed()
	case t == schema.Object:
		return &TypeError{in.def.Name, in.def.Attrs[i], *v}
	default: // as in Siddhi what computes with it fails, and nothing else
		c.SetStray(0, v.boxed())
		in.nulls = true
		in.app.plan.NoteStrays()
	}
	return nil
}

func (in *Input) clearNulls() {
	for _, c := range in.one.Cols {
		c.ClearNulls()
	}
	in.nulls = false
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
	defer a.mu.Unlock()
	a.noteStrays(b)
	return a.push(in.junction, b)
}

// noteStrays tells the plan if b has values of other types than its columns'.
func (a *App) noteStrays(b *column.Batch) {
	for _, c := range b.Cols {
		if c.HasStrays() {
			a.plan.NoteStrays()
		}
	}
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
