package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// newUnique makes the rows of a window of which keys of the arguments, the first
// ones, are what tells rows apart. more are queues beside that of the kept rows.
func newUnique(keys []argument, in schema.Attributes, opts Options, more ...*[]column.Queue) (*byKey, error) {
	programs, types, err := compileKeys(keys, opts)
	if err != nil {
		return nil, err
	}
	k := newByKey(in, opts, types, nil, more...)
	k.exprs = programs
	return k, nil
}

// uniqueLatest keeps the last row of each key, or of each of the last n keys: it
// pushes the row before it of its key out or, where there is none and the window
// is full, the oldest row.
//
// Siddhi joins the texts of several key values; here they are compared one by
// one. With n, a key whose row was pushed out by another is taken there for one that is
// still held: its next row lets the old one go once more, and the window grows
// beyond its length.
//
// Source: siddhi-execution-unique UniqueEverWindowProcessor, UniqueLengthWindowProcessor.
type uniqueLatest struct {
	*byKey
	n     int32
	clock flow.Clock
	name  string
}

func newUniqueEver(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	return newUniqueLatest("unique:ever", args, math.MaxInt32, in, opts)
}

func newUniqueLength(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	return newUniqueLatest("unique:length", args[:1], int32(args[1].value), in, opts)
}

func newUniqueLatest(name string, keys arguments, n int32, in schema.Attributes, opts Options) (flow.Operator, error) {
	k, err := newUnique(keys, in, opts)
	if err != nil {
		return nil, err
	}
	k.finds(&k.kept, opts)
	return &uniqueLatest{byKey: k, n: n, clock: opts.Clock, name: name}, nil
}

func (w *uniqueLatest) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		w.room(key)
		for ; at < int(end); at++ {
			id, slot := w.ids[at], w.in[at]
			if old := w.slotOf[id]; old != column.None {
				w.let(key, old, now)
			} else if w.kept[key].Len == w.n {
				w.let(key, w.kept[key].Head, now)
			}
			w.put(key, id, slot)
			w.current(slot)
		}
		w.endChunk(key)
	}
	return w.finish(emit)
}

// let lets a row go.
func (k *byKey) let(key, slot int32, now int64) {
	k.take(key, slot)
	k.expired(slot, now)
	k.dead = append(k.dead, slot)
}

func (w *uniqueLatest) Restore(d *state.Decoder) error {
	w.restoreKeys(d, w.name)
	return d.Err()
}

// uniqueFirst passes the first row of each key, and keeps it if it is searched.
//
// Source: siddhi-execution-unique UniqueFirstWindowProcessor.
type uniqueFirst struct {
	*byKey
	need   []int
	keeps  bool
	known  []bool // by id: its first row has come
	chosen []int32
}

func newUniqueFirst(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	k, err := newUnique(args, in, opts)
	if err != nil {
		return nil, err
	}
	k.finds(&k.kept, opts)
	return &uniqueFirst{byKey: k, need: opts.Need, keeps: opts.Search}, nil
}

func (w *uniqueFirst) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	w.chosen = w.chosen[:0]
	for row, id := range w.ids {
		w.known = grow(w.known, id, false)
		if !w.known[id] {
			w.chosen = append(w.chosen, int32(row))
			w.known[id] = true
		}
	}
	if len(w.chosen) == 0 {
		return nil
	}
	if w.keeps {
		w.keep(b)
	}
	w.out.Gather(b, w.chosen, w.need)
	if b.Ends != nil {
		w.out.UseEnds()
		w.out.Ends = chosenEnds(w.chosen, w.runsOf(b), w.out.Ends)
	}
	return emit(&w.out.Batch)
}

// chosenEnds appends where the runs end that have chosen rows, among these.
func chosenEnds(chosen, runs, ends []int32) []int32 {
	at := 0
	for _, end := range runs {
		from := at
		for at < len(chosen) && chosen[at] < end {
			at++
		}
		if at > from {
			ends = append(ends, int32(at))
		}
	}
	return ends
}

// keep stores the chosen rows.
func (w *uniqueFirst) keep(b *column.Batch) {
	w.keyed = b.Key != nil
	w.in = w.slab.Add(b, w.chosen, w.in[:0])
	for i, row := range w.chosen {
		key := b.KeyOf(int(row))
		w.room(key)
		w.put(key, w.ids[row], w.in[i])
	}
	w.tell()
}

func (w *uniqueFirst) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:first")
	w.known = w.known[:0]
	for id := range int32(w.index.Cap()) {
		w.known = append(w.known, w.index.Used(id))
	}
	return d.Err()
}
