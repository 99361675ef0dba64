package window

import (
	"errors"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// rows is what all windows share: the kept rows and the output that is being
// put together. Everything that goes out is in the store, so output is a list
// of slots, gathered column by column at the end of the call; slots are freed
// after that.
type rows struct {
	store
	search
	quiet bool                 // no expired rows are asked for
	noted *bool                // if it says so expired rows are wanted all the same: see Options.Typed
	voids func(due int64) bool // see Options.Lost
	out   *column.Buffer

	in   []int32 // slots of the rows of the batch at hand
	runs []int32 // where its runs end
	each []int32 // 1, 2, 3 …: the runs of a batch without chunk marks

	slots  []int32 // output rows
	kinds  []column.Kind
	stamps []int64 // new timestamps of the rows that are not Current, in order
	ends   []int32
	keys   []int32
	dead   []int32 // slots to free once the output is gathered

	exchange
}

// newRows makes the rows of a window whose queues are lists. extra are
// attributes that the window itself reads; they are kept, not emitted.
func newRows(in schema.Attributes, opts Options, extra []int, lists ...*[]column.Queue) *rows {
	r := &rows{out: column.NewBuffer(in), quiet: !opts.Expired, voids: opts.Lost}
	if opts.Search {
		r.mode = chained
		if r.quiet && len(opts.Typed) > 0 {
			r.noted = opts.Env.Strays
		}
	}
	keep := append(append([]int{}, opts.Need...), extra...) // not nil: a slab would keep everything
	slices.Sort(keep)
	r.init(in, slices.Compact(keep), lists)
	for i := range in {
		if !slices.Contains(opts.Need, i) {
			r.out.Cols[i].Type = schema.Invalid
		}
	}
	return r
}

// chain has the rows chained if rows can be left out between those that a
// queue has.
func (r *rows) chain(gaps bool) {
	if gaps {
		r.mode = chained
	}
}

// mark returns where the output stands; undo takes back what came behind that.
func (r *rows) mark() (at mark) { return mark{len(r.slots), len(r.stamps), len(r.ends)} }

func (r *rows) undo(to mark) {
	r.slots, r.kinds = r.slots[:to.slots], r.kinds[:to.slots]
	r.stamps, r.ends = r.stamps[:to.stamps], r.ends[:to.ends]
	r.keys = r.keys[:min(len(r.keys), to.slots)]
}

// loseIf takes back what a timer has released behind a place, if it is lost.
func (r *rows) loseIf(due int64, to mark) {
	if r.voids != nil && len(r.slots) > to.slots && r.voids(due) {
		r.undo(to)
	}
}

type mark struct{ slots, stamps, ends int }

// begin stores all rows of b and returns where its runs end. A run is a chunk,
// or the part of it that has one key.
func (r *rows) begin(b *column.Batch) []int32 {
	if r.noted != nil && *r.noted {
		r.quiet = false
	}
	r.in = r.add(b, r.in[:0])
	return r.runsOf(b)
}

// runsOf returns where the runs of b end.
func (r *rows) runsOf(b *column.Batch) []int32 {
	switch {
	case b.Ends == nil:
		for i := len(r.each); i < b.N; i++ {
			r.each = append(r.each, int32(i)+1)
		}
		return r.each[:b.N]
	case b.Key == nil:
		return b.Ends
	}
	r.runs = r.runs[:0]
	at := 0
	for _, end := range b.Ends {
		for at++; at < int(end); at++ {
			if b.Key[at] != b.Key[at-1] {
				r.runs = append(r.runs, int32(at))
			}
		}
		r.runs = append(r.runs, end)
	}
	return r.runs
}

// beginKeys is begin for windows to which the chunks of the input do not
// matter: a run is rows of one key.
func (r *rows) beginKeys(b *column.Batch) []int32 {
	r.in = r.add(b, r.in[:0])
	r.runs = r.runs[:0]
	for at := 1; at < len(b.Key); at++ {
		if b.Key[at] != b.Key[at-1] {
			r.runs = append(r.runs, int32(at))
		}
	}
	if b.N > 0 {
		r.runs = append(r.runs, int32(b.N))
	}
	return r.runs
}

// current, expired and reset append one output row, expired only if such rows
// are asked for. The latter two say which timestamp it gets.
func (r *rows) current(slot int32) {
	if r.exchanging {
		r.come()
		return
	}
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Current)
}

func (r *rows) expired(slot int32, at int64) {
	if r.quiet || r.exchanging {
		return
	}
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Expired)
	r.stamps = append(r.stamps, at)
}

func (r *rows) reset(slot int32, at int64) {
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Reset)
	r.stamps = append(r.stamps, at)
}

func (r *rows) currents(slots []int32) {
	r.slots = append(r.slots, slots...)
	r.kinds = repeat(r.kinds, column.Current, len(slots))
}

// currentQueue and expiredQueue append all rows of q.
func (r *rows) currentQueue(q *column.Queue) {
	r.slots = r.list(q, r.slots)
	r.kinds = repeat(r.kinds, column.Current, int(q.Len))
}

func (r *rows) expiredQueue(q *column.Queue, at int64) {
	if r.quiet {
		return
	}
	r.slots = r.list(q, r.slots)
	r.kinds = repeat(r.kinds, column.Expired, int(q.Len))
	r.stamps = repeat(r.stamps, at, int(q.Len))
}

// expireFirst lets the first row of q, which a search sees, go.
func (r *rows) expireFirst(q *column.Queue, at int64) {
	slot := r.popOne(q)
	r.loseOne(slot)
	r.dead = append(r.dead, slot)
	r.expired(slot, at)
}

// expireDue lets the rows at the head of q go that have stayed for t milliseconds.
func (r *rows) expireDue(q *column.Queue, t, now int64) {
	for q.Head != column.None && r.times()[q.Head]+t <= now {
		r.expireFirst(q, now)
	}
}

// drop frees the rows of q when the output is out, and empties it.
func (r *rows) drop(q *column.Queue) {
	r.dead = r.list(q, r.dead)
	*q = column.EmptyQueue
}

// endChunk ends an output chunk of rows with that key, if it has rows.
func (r *rows) endChunk(key int32) {
	if r.exchanging {
		r.endRun(key)
		return
	}
	n := len(r.slots)
	if m := len(r.ends); m == 0 && n == 0 || m > 0 && int(r.ends[m-1]) == n {
		return
	}
	r.ends = append(r.ends, int32(n))
	if r.keyed {
		for len(r.keys) < n {
			r.keys = append(r.keys, key)
		}
	}
}

// flush emits what was put together, as one batch, and frees the dead.
func (r *rows) flush(emit flow.Emit) error {
	var err error
	r.tell()
	if len(r.slots) > 0 {
		r.gather(r.out, r.slots)
		r.out.Kind, r.out.Ends, r.out.Key = r.kinds, r.ends, nil
		if r.keyed {
			r.out.Key = r.keys
		}
		if len(r.stamps) > 0 {
			stamp(r.out.Time, r.kinds, r.stamps)
		}
		err = emit(&r.out.Batch)
		r.slots, r.kinds, r.stamps = r.slots[:0], r.kinds[:0], r.stamps[:0]
		r.ends, r.keys = r.ends[:0], r.keys[:0]
	}
	if len(r.dead) > 0 {
		r.free(r.dead)
		r.dead = r.dead[:0]
	}
	return err
}

// repeat appends v n times.
func repeat[T any](list []T, v T, n int) []T {
	old := len(list)
	list = slices.Grow(list, n)[:old+n]
	for i := range list[old:] {
		list[old+i] = v
	}
	return list
}

func stamp(times []int64, kinds []column.Kind, stamps []int64) {
	times = times[:len(kinds)]
	next := 0
	for i, k := range kinds {
		if k != column.Current {
			times[i] = stamps[next]
			if next++; next == len(stamps) {
				return
			}
		}
	}
}

// grow makes list longer, filled up with v, so that it has an entry for key.
func grow[T any](list []T, key int32, v T) []T {
	for int(key) >= len(list) {
		list = append(list, v)
	}
	return list
}

// attributes returns the positions of those that are in the store.
func (r *rows) attributes() []int32 {
	list := make([]int32, len(r.need))
	for i, c := range r.need {
		list[i] = int32(c)
	}
	return list
}

// readEach reads a list of which a window has n entries, by key or id.
func readEach[T state.Fixed](d *state.Decoder, list []T, n int) []T {
	list = state.ReadSlice(d, list)
	if len(list) != n {
		d.Fail(state.ErrCorrupt)
	}
	return list
}

// snapshot and restore are what all windows write first; restore returns the version.
func (r *rows) snapshot(e *state.Encoder) {
	e.Uint(7)
	state.Slice(e, r.attributes())
	r.encode(e)
}

func (r *rows) restore(d *state.Decoder, window string) uint64 {
	version := d.Version("window "+window, 7)
	if version > 3 && !slices.Equal(state.ReadSlice[int32](d, nil), r.attributes()) {
		d.Fail(errors.New("the snapshot is of a window that keeps other attributes"))
		return version
	}
	r.decode(d)
	if version == 2 { // had what was looked at; as in Siddhi, a restore forgets it
		state.ReadSlice(d, []int32(nil))
	}
	r.seen = nil
	r.tellAll()
	return version
}
