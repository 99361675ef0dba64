// Package pattern has the operator for patterns and sequences that are chains
// of single events: every e1=A -> e2=B[v > e1.v] -> ... within t, and the same
// with commas.
//
// A partial match is a row of several slabs, one for each state it has passed;
// it waits in the list of its key and state. Nothing is searched that an index
// can find: the equalities of a condition make a hash index over the waiting
// matches, the part of it that looks at the event alone is evaluated once for
// a whole batch.
//
// In: batches of the streams that feed the chain, one entry for each (Input).
// Out: the attributes of all states side by side (check.Slot.Offset), of which
// Options.Need are filled; a row has the timestamp of its last event. Where the
// last event's stream feeds one state each match is a chunk; where it feeds
// several, the matches that one event completes are one chunk, as in Siddhi;
// what selects and limits sees them one by one even so (Options.Apart).
//
// It imports ast, check, column, expr, flow, schema and state.
package pattern

import (
	"errors"
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Options say what the operator is to do for its query.
type Options struct {
	// Need has the positions among the match's columns that something behind
	// the operator reads, ascending; nil means all.
	Need []int
	// Apart is set where what stands behind the operator must see each match for
	// itself, so that the matches of one event are joined to a chunk only later:
	// those of each event are a batch of their own then, in which each is a chunk.
	Apart bool
	Env   expr.Env
}

// Operator finds the matches of one pattern or sequence. It is a
// state.Snapshotter; batches enter by Input.
//
//   - Keys: each partition key matches for itself.
//   - Order: matches leave in the order of the events that complete them; those
//     of one event in the order in which they came to wait.
//   - Keeps: copies of the needed attributes of the events of partial matches.
//   - Errors: those of emit and of conditions. What a failing batch has completed does not
//     leave; it may be one chunk only, if a condition can fail.
//
// Source: siddhi-core StreamPreStateProcessor, StreamPostStateProcessor and the
// state stream receivers.
type Operator struct {
	every    bool
	sequence bool
	within   int64 // 0: no limit
	noted    *bool // see expr.Env.Strays
	strays   bool  // one has come before the batch at hand
	stages   []stage
	width    int

	lists  []list // by key and state: key*len(stages) + state; those of state 0 are empty
	begun  []bool // by key; without every: the chain has had its only start
	keyed  bool
	store  partials
	output output
	live   []liveEvents // by state
	single [1]int32     // a row list of one
	timed  bool         // timestamps are read as attributes
}

// stage is one state of the chain.
type stage struct {
	stream *check.Stream
	attrs  schema.Attributes // the stream's, and the timestamp
	offset int
	keep   []int         // attributes of its event that are kept while a match waits
	cond   condition     // what an event must satisfy to take the state
	passes []bool        // by row of the batch at hand: the event's own part of cond
	failed map[int]error // likewise, why that cannot be told; see passEach
	index  *matchIndex   // over the matches that wait for it; nil without equalities
}

// New makes the operator for a resolved pattern.
func New(in *check.PatternInput, opts Options) (*Operator, error) {
	if len(in.Slots) == 0 {
		return nil, errors.New("a pattern needs at least one state")
	}
	o := &Operator{
		every: in.Every, sequence: in.Kind == ast.Sequence, within: in.Within,
		stages: make([]stage, len(in.Slots)), noted: opts.Env.MayStray(),
	}
	for i := range in.Slots {
		s := &in.Slots[i]
		if s.Offset != o.width {
			return nil, fmt.Errorf("attributes of %s begin at column %d, not at %d", s.Name, s.Offset, o.width)
		}
		o.stages[i] = stage{stream: s.Stream, attrs: s.Attrs(), offset: s.Offset}
		o.width += len(o.stages[i].attrs)
	}
	read := readLater(in, opts.Need, o.width)
	for i := range o.stages {
		st := &o.stages[i]
		for c := range st.attrs {
			if read[i][st.offset+c] {
				st.keep = append(st.keep, c)
			}
		}
		cond, err := o.compile(in, i, opts.Env)
		if err != nil {
			return nil, fmt.Errorf("condition of %s: %w", in.Slots[i].Name, err)
		}
		st.cond = cond
		if len(cond.equal) > 0 {
			st.index = newMatchIndex(cond.equal)
		}
	}
	o.store.init(o.stages)
	o.output.init(o.stages, o.width, opts.Need)
	o.output.apart = opts.Apart
	o.timed = o.readsTimes()
	o.live = make([]liveEvents, len(o.store.events))
	for k := range o.live {
		o.live[k] = liveEvents{o: o, state: k}
		o.live[k].is = o.live[k].has
	}
	return o, nil
}

// readsTimes says whether somebody reads the timestamp of an event that is part
// of a match.
func (o *Operator) readsTimes() bool {
	for i := range o.stages {
		if st := &o.stages[i]; slices.Contains(st.keep, len(st.attrs)-1) {
			return true
		}
	}
	last := o.stages[len(o.stages)-1]
	return slices.ContainsFunc(o.output.columns, func(c pair) bool {
		return c.state == len(o.stages)-1 && c.attr == len(last.attrs)-1
	})
}

// readLater says for each state which columns of the match are read once an
// event has taken it: by what is behind the operator or by later conditions.
func readLater(in *check.PatternInput, need []int, width int) [][]bool {
	read := make([][]bool, len(in.Slots))
	behind := make([]bool, width)
	for i := range behind {
		behind[i] = need == nil
	}
	for _, c := range need {
		behind[c] = true
	}
	for i := len(in.Slots) - 1; i >= 0; i-- {
		read[i] = slices.Clone(behind)
		if f := in.Slots[i].Filter; f != nil {
			for _, c := range expr.Columns(f) {
				behind[c] = true
			}
		}
	}
	return read
}

// Input returns the entry for batches of a stream, or nil if it feeds no state.
func (o *Operator) Input(stream *check.Stream) flow.Operator {
	e := &entry{o: o}
	for k := len(o.stages) - 1; k >= 0; k-- {
		if o.stages[k].stream == stream {
			e.states = append(e.states, k)
		}
	}
	if e.states == nil {
		return nil
	}
	e.feeds = make([]bool, len(o.stages))
	for _, k := range e.states {
		e.feeds[k] = true
	}
	return e
}

// entry is where the batches of one stream come in.
type entry struct {
	o      *Operator
	states []int  // that the stream feeds, last first
	feeds  []bool // by state
	view   column.Batch
	rows   []int32
	starts []int32 // by row: the partial match that it starts
	added  []int32
	lazy   bool // the first state's condition fails for a row: it is asked where a match can begin
	one    column.Batch
	dated  column.Batch // with the timestamps as the last column
	times  column.Column
}

// withTimes returns a view of b that has its timestamps as one more column.
func (e *entry) withTimes(b *column.Batch) *column.Batch {
	v := &e.dated
	v.N, v.Time, v.Kind, v.Ends, v.Key = b.N, b.Time, b.Kind, b.Ends, b.Key
	e.times = column.Column{Type: schema.Long, I64: b.Time[:b.N]}
	v.Cols = append(append(v.Cols[:0], b.Cols...), &e.times)
	return v
}

// Process implements flow.Operator.
func (e *entry) Process(b *column.Batch, emit flow.Emit) error {
	o := e.o
	o.keyed = o.keyed || b.Key != nil
	o.strays = *o.noted
	if o.timed {
		b = e.withTimes(b)
	}
	e.prepare(b)
	was := o.output.joint
	o.output.joint = len(e.states) > 1
	row, err := e.walk(b)
	if err != nil { // as in Siddhi what it has moved stays so, and what it has completed is lost
		e.discardStarts(b, row)
		o.output.drop()
	}
	err = errors.Join(o.output.flush(o, b, emit), err)
	o.output.joint = was
	return err
}

// Joint says whether the batch that is being emitted has matches of one event that are to
// be one chunk: see Options.Apart.
func (o *Operator) Joint() bool { return o.output.joint && o.output.apart }
