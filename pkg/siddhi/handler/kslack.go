package handler

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

func reordering() *builder {
	timestamp := extension.Param{Name: "timestamp", Types: []schema.Type{schema.Long}}
	timeout := extension.Param{Name: "timeout", Types: []schema.Type{schema.Long}, Constant: true}
	most := extension.Param{Name: "max.k", Types: []schema.Type{schema.Long}, Constant: true}
	discard := extension.Param{Name: "discard.late.arrival", Types: []schema.Type{schema.Bool}, Constant: true}
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamProcessor, Namespace: "reorder", Name: "kslack",
			Overloads: [][]extension.Param{
				{timestamp}, {timestamp, timeout}, {timestamp, discard}, {timestamp, timeout, most}, {timestamp, timeout, discard},
				{timestamp, timeout, most, discard},
			},
			Clock:   func(args []extension.Arg) bool { return len(args) > 1 && args[1].Type == schema.Long },
			Summary: "Holds events back for as long as the latest one so far was late (at most max.k), and lets them go in the order of timestamp.",
			Example: "from Readings#reorder:kslack(at, 5 sec, 1 min) select * insert into Sorted;",
		},
		build: newSlack,
	}
}

// slack holds rows back until one has come whose time is k later than theirs; k is the
// longest time, up to most, that a row has come behind a later one. With a timeout a timer lets go
// what is older than that, once a second as long as something is held.
//
// As in Siddhi only a row that is later than all before it releases others, and those that
// have come since the last of these count together. A row without a time is an
// error; what its chunk has released by then is lost.
//
// Source: siddhi-execution-reorder KSlackExtension.
type slack struct {
	at            *expr.Program
	timeout, most int64
	discard       bool
	clock         flow.Clock
	timers        flow.Scheduler

	kept  *column.Slab
	kinds []column.Kind // by slot
	in    []int32       // slots of the batch at hand
	keys  []slackOf     // by partition key

	out    *column.Buffer
	gone   []int32 // slots that leave with the batch at hand
	ends   []int32
	byKey  []int32
	keyed  bool
	marked bool // a row that is not current has come
}

// slackOf is the state of one partition key.
type slackOf struct {
	held     []waiting // by time, then in the order in which they came
	fresh    []waiting // since the last row that was later than all before it
	greatest int64
	k        int64
	sent     int64 // time of the latest row that has left
	due      int64 // of the timer
	idle     bool  // no timer is under way, the next row asks for one
}

// freshSlack is that of a key without rows so far.
var freshSlack = slackOf{sent: -1, due: -1, idle: true}

// waiting is a row and its time.
type waiting struct {
	at   int64
	slot int32
}

var errNoTimestamp = errors.New("the timestamp is null")

func newSlack(f *check.StreamFunction, o Options) (flow.Operator, error) {
	programs, err := programs(f, o.Env)
	if err != nil {
		return nil, err
	}
	need := slices.DeleteFunc(slices.Clone(o.Need), func(c int) bool { return c >= len(o.In) })
	s := &slack{
		at: programs[0], timeout: -1, most: math.MaxInt64, clock: o.Clock, timers: o.Scheduler,
		kept: column.NewSlab(o.In, notNil(need)), out: column.NewBuffer(o.In),
	}
	for i, a := range f.Args[1:] {
		c, ok := a.(*check.Const)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: argument %d must be a constant", f.Position().Start, i+2)
		case c.Type() == schema.Bool:
			s.discard = c.Bool
		case i == 0:
			s.timeout = c.Int
		default:
			s.most = c.Int
		}
	}
	return s, nil
}

func notNil(list []int) []int {
	if list == nil {
		return []int{}
	}
	return list
}

// Begin lets the timer begin: when the app starts.
func (s *slack) Begin() {
	if s.timeout == -1 || s.timers == nil {
		return
	}
	s.grow(0)
	of := &s.keys[0]
	if of.due < 0 {
		of.due, of.idle = s.clock.Now()+s.timeout, false
		s.timers.At(of.due, 0)
	}
}

func (s *slack) grow(key int32) {
	for int(key) >= len(s.keys) {
		s.keys = append(s.keys, freshSlack)
	}
}

// Process implements flow.Operator.
func (s *slack) Process(b *column.Batch, emit flow.Emit) error {
	times, err := s.at.Eval(b)
	if err != nil {
		return err
	}
	s.keyed = s.keyed || b.Key != nil
	s.marked = s.marked || b.Kind != nil
	s.in = s.kept.Add(b, nil, s.in[:0])
	for i, slot := range s.in {
		for int(slot) >= len(s.kinds) {
			s.kinds = append(s.kinds, column.Current)
		}
		s.kinds[slot] = b.KindOf(i)
	}
	var failed error
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		key := b.KeyOf(lo)
		s.grow(key)
		before := len(s.gone)
		for row := lo; row < hi; row++ {
			if times.IsNull(row) {
				s.lose(before, s.in[row:hi])
				failed = errors.Join(failed, errNoTimestamp)
				break
			}
			s.take(key, times.I64[row], s.in[row])
		}
		s.endChunk(key)
	}
	if err := s.flush(emit); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// lose drops what has left since before, and the rows that are not looked at any more.
func (s *slack) lose(before int, rest []int32) {
	for _, slot := range s.gone[before:] {
		s.kept.Free(slot)
	}
	s.gone = s.gone[:before]
	for _, slot := range rest {
		s.kept.Free(slot)
	}
}

// take lets a row in.
func (s *slack) take(key int32, at int64, slot int32) {
	of := &s.keys[key]
	if s.discard && at < of.sent {
		s.kept.Free(slot)
		return
	}
	if s.timeout != -1 && of.idle {
		of.due += (s.clock.Now() - of.due + 999) / 1000 * 1000
		of.idle = false
		s.timers.At(of.due, key)
	}
	of.fresh = append(of.fresh, waiting{at, slot})
	if at <= of.greatest {
		return
	}
	of.greatest = at
	first := at
	for _, w := range of.fresh {
		first = min(first, w.at)
		i, _ := slices.BinarySearchFunc(of.held, w.at, func(h waiting, at int64) int {
			if h.at <= at { // behind those of the same time
				return -1
			}
			return 1
		})
		of.held = slices.Insert(of.held, i, w)
	}
	of.fresh = of.fresh[:0]
	if late := at - first; late > of.k {
		of.k = min(late, s.most)
	}
	n := 0
	for n < len(of.held) && of.held[n].at+of.k <= at {
		of.sent = of.held[n].at
		n++
	}
	s.release(of, n)
}

// release lets the first n rows of a key go.
func (s *slack) release(of *slackOf, n int) {
	for _, w := range of.held[:n] {
		s.gone = append(s.gone, w.slot)
	}
	of.held = slices.Delete(of.held, 0, n)
}

func (s *slack) endChunk(key int32) {
	for len(s.byKey) < len(s.gone) {
		s.byKey = append(s.byKey, key)
	}
	if n := int32(len(s.gone)); n > 0 && (len(s.ends) == 0 || s.ends[len(s.ends)-1] < n) {
		s.ends = append(s.ends, n)
	}
}

// flush emits what has left.
func (s *slack) flush(emit flow.Emit) error {
	if len(s.gone) == 0 {
		return nil
	}
	s.kept.Gather(s.out, s.gone)
	s.out.UseEnds()
	s.out.Ends = append(s.out.Ends, s.ends...)
	if s.keyed {
		s.out.UseKey()
		s.out.Key = append(s.out.Key, s.byKey...)
	}
	if s.marked {
		s.out.UseKind()
		for _, slot := range s.gone {
			s.out.Kind = append(s.out.Kind, s.kinds[slot])
		}
	}
	s.lose(0, nil)
	s.byKey, s.ends = s.byKey[:0], s.ends[:0]
	s.compact()
	return emit(&s.out.Batch)
}

// compact gives back the memory of texts that have left.
func (s *slack) compact() {
	var live []bool
	s.kept.Compact(func(slot int32) bool {
		if live == nil {
			live = make([]bool, s.kept.Cap())
			for i := range s.keys {
				for _, w := range s.keys[i].held {
					live[w.slot] = true
				}
				for _, w := range s.keys[i].fresh {
					live[w.slot] = true
				}
			}
		}
		return live[slot]
	})
}

// Timer implements flow.Timed.
func (s *slack) Timer(_ int64, key int32, emit flow.Emit) error {
	if int(key) >= len(s.keys) {
		return nil
	}
	of := &s.keys[key]
	n, now := 0, s.clock.Now()
	for n < len(of.held) && of.held[n].at < now+s.timeout {
		n++
	}
	s.release(of, n)
	if of.idle = len(of.held) == 0; !of.idle {
		of.due += 1000
		s.timers.At(of.due, key)
	}
	s.endChunk(key)
	return s.flush(emit)
}

// Snapshot implements state.Snapshotter.
func (s *slack) Snapshot(e *state.Encoder) {
	e.Uint(1)
	s.kept.Encode(e)
	state.Slice(e, s.kinds)
	e.Bool(s.keyed)
	e.Bool(s.marked)
	e.Uint(uint64(len(s.keys)))
	for i := range s.keys {
		of := &s.keys[i]
		for _, list := range [][]waiting{of.held, of.fresh} {
			e.Uint(uint64(len(list)))
			for _, w := range list {
				e.Int(w.at)
				e.Uint(uint64(w.slot))
			}
		}
		for _, v := range []int64{of.greatest, of.k, of.sent, of.due} {
			e.Int(v)
		}
		e.Bool(of.idle)
	}
}

// Restore implements state.Snapshotter.
func (s *slack) Restore(d *state.Decoder) error {
	d.Version("reorder:kslack", 1)
	s.kept.Decode(d)
	s.kinds = state.ReadSlice(d, s.kinds)
	s.keyed, s.marked = d.Bool(), d.Bool()
	s.keys = s.keys[:0]
	for key := range d.Count(7) {
		of := slackOf{}
		for _, list := range []*[]waiting{&of.held, &of.fresh} {
			for range d.Count(2) {
				w := waiting{at: d.Int()}
				slot := d.Uint()
				if d.Err() != nil || slot >= uint64(s.kept.Cap()) || slot >= uint64(len(s.kinds)) {
					d.Fail(state.ErrCorrupt)
					return d.Err()
				}
				w.slot = int32(slot)
				*list = append(*list, w)
			}
		}
		for _, v := range []*int64{&of.greatest, &of.k, &of.sent, &of.due} {
			*v = d.Int()
		}
		of.idle = d.Bool()
		s.keys = append(s.keys, of)
		if s.timeout != -1 && !of.idle {
			s.timers.At(of.due, int32(key))
		}
	}
	return d.Err()
}

// Forget implements flow.Forgetter.
func (s *slack) Forget(keys []int32) {
	for _, key := range keys {
		if int(key) >= len(s.keys) {
			continue
		}
		of := &s.keys[key]
		for _, list := range [][]waiting{of.held, of.fresh} {
			for _, w := range list {
				s.kept.Free(w.slot)
			}
		}
		*of = freshSlack
	}
}
