package bench

import (
	"context"
	"fmt"
	"io"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Run measures this project's engine through its public API; see RunEngine.
func Run(ctx context.Context, opts Options, out io.Writer) error {
	return RunEngine(ctx, millrace{}, opts, out)
}

// millrace is the Engine of pkg/siddhi.
type millrace struct{}

// Start implements Engine.
func (millrace) Start(_ context.Context, w *Workload, in *Input, out func(*Columns)) (App, error) {
	app, err := siddhi.Compile(w.App, siddhi.Options{})
	if err != nil {
		return nil, err
	}
	a := &millraceApp{app: app, events: in}
	if w.Output != "" {
		if err := app.OnStream(w.Output, a.receive(out)); err != nil {
			return nil, err
		}
	}
	if err := app.Start(); err != nil {
		return nil, err
	}
	if in.Prefill != nil {
		err = a.prefill(in.Prefill)
	}
	return a, err
}

// millraceApp is a running app with the workload's events.
type millraceApp struct {
	app    *siddhi.App
	events *Input
	rows   int64
}

// receive counts rows and, when out is not nil, shows them.
func (a *millraceApp) receive(out func(*Columns)) func(*siddhi.Batch) {
	if out == nil {
		return func(b *siddhi.Batch) { a.rows += int64(b.N) }
	}
	return func(b *siddhi.Batch) {
		a.rows += int64(b.N)
		out(columnsOf(b))
	}
}

func (a *millraceApp) prefill(c *Columns) error {
	in, err := a.app.Input(c.Stream)
	if err != nil {
		return err
	}
	return in.SendBatch(batchOf(c, 0, c.Len()))
}

// Prepare implements App.
func (a *millraceApp) Prepare(cuts []Cut, mode Mode) ([]Send, error) {
	sends := make([]Send, 0, len(cuts))
	for _, cut := range cuts {
		c := &a.events.Streams[cut.Stream]
		in, err := a.app.Input(c.Stream)
		if err != nil {
			return nil, err
		}
		if mode == Batch {
			b := batchOf(c, cut.Lo, cut.Hi)
			sends = append(sends, func() error { return in.SendBatch(b) })
			continue
		}
		values, width := valuesOf(c, cut.Lo, cut.Hi), len(c.Cols)
		times := c.Times[cut.Lo:cut.Hi]
		sends = append(sends, func() error {
			rest := values
			for _, ts := range times {
				if err := in.Send(ts, rest[:width]...); err != nil {
					return err
				}
				rest = rest[width:]
			}
			return nil
		})
	}
	return sends, nil
}

// Rows implements App.
func (a *millraceApp) Rows() int64 { return a.rows }

// Query implements App.
func (a *millraceApp) Query(_ context.Context, text string) (*Columns, error) {
	rows, err := a.app.Query(text)
	if err != nil {
		return nil, err
	}
	return columnsOf(rows.Batch), nil
}

// Close implements App.
func (a *millraceApp) Close() error {
	a.app.Close()
	if n := a.app.Errors(); n > 0 {
		return fmt.Errorf("%d rows or chunks could not be processed", n)
	}
	return nil
}

// batchOf makes what a user of SendBatch fills: columns of events lo to hi.
func batchOf(c *Columns, lo, hi int) *column.Batch {
	b := &column.Batch{N: hi - lo, Time: c.Times[lo:hi], Cols: make([]*column.Column, len(c.Cols))}
	for i := range c.Cols {
		b.Cols[i] = &column.Column{}
		col, src := b.Cols[i], &c.Cols[i]
		switch src.Type {
		case Int:
			*col = column.Column{Type: schema.Int, I32: src.Ints[lo:hi]}
		case Long:
			*col = column.Column{Type: schema.Long, I64: src.Longs[lo:hi]}
		case Float:
			*col = column.Column{Type: schema.Float, F32: src.Floats[lo:hi]}
		case Double:
			*col = column.Column{Type: schema.Double, F64: src.Doubles[lo:hi]}
		case Bool:
			*col = column.Column{Type: schema.Bool, Bool: src.Bools[lo:hi]}
		case String:
			col.Type = schema.String
			for r, v := range src.Strings[lo:hi] {
				if src.Nulls != nil && src.Nulls[lo+r] {
					col.AppendNull()
				} else {
					col.AppendString(v)
				}
			}
			continue
		}
		if src.Nulls != nil {
			col.Nulls = src.Nulls[lo:hi]
		}
	}
	return b
}

// valuesOf makes the arguments of single sends of events lo to hi.
func valuesOf(c *Columns, lo, hi int) []siddhi.Value {
	values := make([]siddhi.Value, 0, (hi-lo)*len(c.Cols))
	for r := lo; r < hi; r++ {
		for i := range c.Cols {
			values = append(values, valueOf(&c.Cols[i], r))
		}
	}
	return values
}

func valueOf(c *Column, r int) siddhi.Value {
	if c.Nulls != nil && c.Nulls[r] {
		return siddhi.Value{}
	}
	switch c.Type {
	case Int:
		return siddhi.Int(c.Ints[r])
	case Long:
		return siddhi.Long(c.Longs[r])
	case Float:
		return siddhi.Float(c.Floats[r])
	case Double:
		return siddhi.Double(c.Doubles[r])
	case Bool:
		return siddhi.Bool(c.Bools[r])
	}
	return siddhi.String(c.Strings[r])
}

// columnsOf copies the rows that the engine shows, for the checksum.
func columnsOf(b *siddhi.Batch) *Columns {
	c := &Columns{Times: b.Time, Cols: make([]Column, len(b.Cols))}
	for i := range b.Cols {
		src, dst := b.Cols[i], &c.Cols[i]
		if src.HasNulls() {
			dst.Nulls = src.Nulls[:b.N]
		}
		switch src.Type {
		case schema.Int:
			dst.Type, dst.Ints = Int, src.I32[:b.N]
		case schema.Long:
			dst.Type, dst.Longs = Long, src.I64[:b.N]
		case schema.Float:
			dst.Type, dst.Floats = Float, src.F32[:b.N]
		case schema.Double:
			dst.Type, dst.Doubles = Double, src.F64[:b.N]
		case schema.Bool:
			dst.Type, dst.Bools = Bool, src.Bool[:b.N]
		case schema.String:
			dst.Type = String
			for r := range b.N {
				dst.Strings = append(dst.Strings, src.Str[r].Text(src.Arena))
			}
		}
	}
	return c
}
