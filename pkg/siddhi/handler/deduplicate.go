package handler

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

func deduplicating() *builder {
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Namespace: "unique", Name: "deduplicate",
			Overloads: [][]extension.Param{{
				{Name: "unique.key", Types: []schema.Type{schema.Int, schema.Long, schema.Float, schema.Bool, schema.Double, schema.String}},
				{Name: "time.interval", Types: []schema.Type{schema.Int, schema.Long}, Constant: true},
			}},
			Validate: func(args []extension.Arg) error {
				if args[1].Constant && args[1].Int < 0 {
					return fmt.Errorf("time.interval is %d, it must be at least 0", args[1].Int)
				}
				return nil
			},
			Summary: "Drops events whose key has passed in the time.interval milliseconds before, by their timestamps.",
			Example: "from Readings#unique:deduplicate(sensor, 30 sec) select * insert into Fresh;",
		},
		build: newDeduplicate,
	}
}

// deduplicate drops the rows of keys that it knows: those of rows that passed up
// to interval milliseconds before, by the rows' timestamps. Keys are forgotten in the order
// in which they came, those behind one that is still known with it. A Reset row
// is no event: it passes, and makes no key known.
//
// Source: siddhi-execution-unique DeduplicateStreamProcessor.
type deduplicate struct {
	key      *expr.Program
	interval int64
	need     []int // of the attributes that come in
	out      *column.Buffer

	index *column.KeyIndex // of partition keys and keys
	cols  []*column.Column
	part  column.Column
	ids   []int32
	rows  []int32
	loose []int32 // ids that were forgotten in this batch

	// By id: when its row passed, whether it is known, and the one that came next.
	when  []int64
	known []bool
	next  []int32

	lines []line // by partition key
}

// line is the keys that are known, in the order in which they came.
type line struct{ head, tail int32 }

func newDeduplicate(f *check.StreamFunction, o Options) (flow.Operator, error) {
	programs, err := programs(f, o.Env)
	if err != nil {
		return nil, err
	}
	interval, ok := f.Args[1].(*check.Const)
	if !ok {
		return nil, fmt.Errorf("%s: time.interval must be a constant", f.Position().Start)
	}
	return &deduplicate{
		key: programs[0], interval: interval.Int, need: o.Need, out: column.NewBuffer(o.In),
		index: column.NewKeyIndex(schema.Int, f.Args[0].Type()), cols: make([]*column.Column, 2),
		part: column.Column{Type: schema.Int},
	}, nil
}

// Process implements flow.Operator.
func (d *deduplicate) Process(b *column.Batch, emit flow.Emit) error {
	if err := d.identify(b); err != nil {
		return err
	}
	d.rows = d.rows[:0]
	for row, id := range d.ids {
		if b.KindOf(row) == column.Reset {
			d.rows = append(d.rows, int32(row))
			d.loose = append(d.loose, id)
			continue
		}
		key := b.KeyOf(row)
		for int(key) >= len(d.lines) {
			d.lines = append(d.lines, line{column.None, column.None})
		}
		d.forget(key, b.Time[row])
		if !d.known[id] {
			d.learn(key, id, b.Time[row])
			d.rows = append(d.rows, int32(row))
		}
	}
	d.sweep()
	switch len(d.rows) {
	case 0:
		return nil
	case b.N:
		return emit(b)
	}
	d.out.GatherChunks(b, d.rows, d.need)
	return emit(&d.out.Batch)
}

// identify finds the ids of the rows of b, adding the keys that are new.
func (d *deduplicate) identify(b *column.Batch) error {
	keys, err := d.key.Eval(b)
	if err != nil {
		return err
	}
	if b.Key != nil {
		d.part.I32 = b.Key
	} else {
		d.part.Resize(b.N)
		clear(d.part.I32)
	}
	d.cols[0], d.cols[1] = &d.part, keys
	d.ids = d.index.Insert(d.cols, b.N, d.ids[:0])
	for len(d.known) < d.index.Cap() {
		d.when, d.known, d.next = append(d.when, 0), append(d.known, false), append(d.next, column.None)
	}
	return nil
}

// forget forgets the keys in front that came more than interval before now.
func (d *deduplicate) forget(key int32, now int64) {
	l := &d.lines[key]
	for l.head != column.None && now-d.when[l.head] > d.interval {
		d.known[l.head] = false
		d.loose = append(d.loose, l.head)
		if l.head = d.next[l.head]; l.head == column.None {
			l.tail = column.None
		}
	}
}

func (d *deduplicate) learn(key, id int32, at int64) {
	l := &d.lines[key]
	d.when[id], d.known[id], d.next[id] = at, true, column.None
	if l.tail == column.None {
		l.head = id
	} else {
		d.next[l.tail] = id
	}
	l.tail = id
}

// sweep gives back the ids of keys that are not known any more. It is for the end of
// a batch, whose rows have their ids already.
func (d *deduplicate) sweep() {
	for _, id := range d.loose {
		if !d.known[id] && d.index.Used(id) {
			d.index.Remove(id)
		}
	}
	d.loose = d.loose[:0]
}

// Snapshot implements state.Snapshotter.
func (d *deduplicate) Snapshot(e *state.Encoder) {
	e.Uint(1)
	d.index.Encode(e)
	e.Uint(uint64(len(d.lines)))
	for _, l := range d.lines {
		n := 0
		for id := l.head; id != column.None; id = d.next[id] {
			n++
		}
		e.Uint(uint64(n))
		for id := l.head; id != column.None; id = d.next[id] {
			e.Uint(uint64(id))
			e.Int(d.when[id])
		}
	}
}

// Restore implements state.Snapshotter.
func (d *deduplicate) Restore(dec *state.Decoder) error {
	dec.Version("unique:deduplicate", 1)
	d.index.Decode(dec)
	n := d.index.Cap()
	d.lines, d.loose = nil, nil
	d.when, d.known, d.next = make([]int64, n), make([]bool, n), make([]int32, n)
	lines := dec.Count(1)
	for key := range lines {
		d.lines = append(d.lines, line{column.None, column.None})
		for range dec.Count(2) {
			id, at := dec.Uint(), dec.Int()
			if dec.Err() != nil || id >= uint64(n) || !d.index.Used(int32(id)) || d.known[id] {
				dec.Fail(state.ErrCorrupt)
				return dec.Err()
			}
			d.learn(int32(key), int32(id), at)
		}
	}
	return dec.Err()
}

// Forget implements flow.Forgetter.
func (d *deduplicate) Forget(keys []int32) {
	for _, key := range keys {
		if int(key) >= len(d.lines) {
			continue
		}
		l := &d.lines[key]
		for id := l.head; id != column.None; id = d.next[id] {
			d.known[id] = false
			d.loose = append(d.loose, id)
		}
		*l = line{column.None, column.None}
	}
	d.sweep()
}
