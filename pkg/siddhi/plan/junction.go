package plan

import (
	"errors"
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// Junction hands the batches of one stream to the queries that read it, in the
// order of the text, each running to its end with everything downstream of it
// before the next.
type Junction struct {
	Def *check.Stream
	// OneByOne is set where running whole batches query by query could be told
	// from running chunk by chunk; Reason says why.
	OneByOne bool
	Reason   string

	receivers []receiver
	watch     []func(*column.Batch)
	report    func(query string, err error)
	fault     *Junction        // gets the chunks that a query could not process, or nil
	raises    bool             // keyed side of a stream: errors are the stream's
	retries   bool             // a batch that the one reader fails on is given to it again chunk by chunk
	refused   []int            // attributes in which a null has a reader leave the chunk out: the others must not see it
	apart     func()           // keyed side: has the entry give rows their keys one by one
	strays    *bool            // of the plan: see Plan.NoteStrays
	loops     bool             // what is pushed may come back here before it is done
	views     []*column.Batch  // by depth
	copies    []*column.Buffer // by depth, where the stream loops
	depth     int
}

// receiver is a query, or the entry of a partition.
type receiver struct {
	query *check.Query
	push  flow.Emit
	entry *Junction // keyed side, of a partition's entry
}

func (p *Plan) newJunction(s *check.Stream) *Junction { return &Junction{Def: s, strays: &p.strays} }

func (j *Junction) subscribe(q *check.Query, push flow.Emit, entry *Junction) {
	j.receivers = append(j.receivers, receiver{q, push, entry})
}

// Watch calls f with every batch of the stream, after the queries have had it.
func (j *Junction) Watch(f func(*column.Batch)) { j.watch = append(j.watch, f) }

// Watched says whether anybody watches the stream.
func (j *Junction) Watched() bool { return len(j.watch) > 0 }

// OnError has f told of chunks that a query could not process.
func (j *Junction) OnError(f func(query string, err error)) { j.report = f }

// Push hands b on. The errors of queries are reported, not returned: what
// failed goes to the fault stream, or is dropped, and the stream goes on.
func (j *Junction) Push(b *column.Batch) error {
	if j.OneByOne || *j.strays || j.refused != nil && j.refuses(b) { // as in a loop
		return j.pushChunks(b)
	}
	return j.deliver(b)
}

// refuses says whether a reader will leave a chunk of b out.
func (j *Junction) refuses(b *column.Batch) bool {
	for _, a := range j.refused {
		if slices.Contains(b.Cols[a].Nulls, true) {
			return true
		}
	}
	return false
}

func (j *Junction) pushChunks(b *column.Batch) error {
	if j.loops {
		return j.pushLoop(b)
	}
	if b.Chunks() == 1 {
		return j.deliver(b)
	}
	return j.chunks(b)
}

// chunks delivers the chunks of b one by one.
func (j *Junction) chunks(b *column.Batch) error {
	if j.depth == len(j.views) {
		j.views = append(j.views, &column.Batch{})
	}
	view := j.views[j.depth]
	j.depth++
	defer j.leave()
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		b.Slice(view, lo, hi)
		if err := j.deliver(view); err != nil {
			return err
		}
	}
	return nil
}

func (j *Junction) leave() { j.depth-- }

// maxRounds bounds the recursion of a loop of streams: Go ends a process whose stack is exhausted.
const maxRounds = 1000

// pushLoop hands on copies of chunks, since b is in the buffer of an operator
// that runs again, for what comes back, before all readers have had b.
func (j *Junction) pushLoop(b *column.Batch) error {
	if j.depth == maxRounds {
		return fmt.Errorf("rows have come back to stream %s more than %d times: a loop of streams needs a filter that ends it", j.Def.Name, maxRounds)
	}
	if j.depth == len(j.views) {
		j.views = append(j.views, &column.Batch{})
		j.copies = append(j.copies, column.NewBuffer(j.Def.Attrs))
	}
	view, own := j.views[j.depth], j.copies[j.depth]
	own.CopyFrom(b)
	j.depth++
	defer j.leave()
	for c := range own.Chunks() {
		lo, hi := own.Chunk(c)
		own.Slice(view, lo, hi)
		if err := j.deliver(view); err != nil {
			return err
		}
	}
	return nil
}

func (j *Junction) deliver(b *column.Batch) error {
	for i := range j.receivers {
		r := &j.receivers[i]
		if err := r.push(b); err != nil {
			if j.retries && b.Chunks() > 1 {
				return j.chunks(b)
			}
			if j.raises {
				return err
			}
			j.failed(r.query, b, err)
			return nil // as in Siddhi: the queries behind it and callbacks do not see the chunk
		}
	}
	for _, f := range j.watch {
		f(b)
	}
	return nil
}

// failed reports that a query could not process b, and sends b to the fault
// stream if there is one. Batches are borrowed and may be pushed while another
// fault is under way: faults are rare, so each gets columns of its own.
func (j *Junction) failed(q *check.Query, b *column.Batch, err error) {
	if stray := (*expr.StrayError)(nil); errors.As(err, &stray) {
		err = fmt.Errorf("stream %s: %w", j.Def.Name, err)
	}
	if j.report != nil {
		j.report(q.Name, err)
	}
	if j.fault == nil {
		return
	}
	own := column.NewBuffer(j.fault.Def.Attrs)
	why := own.Cols[len(own.Cols)-1]
	for range b.N {
		why.AppendObject(state.Failure(err.Error()))
	}
	view := own.Batch
	view.N, view.Time, view.Ends = b.N, b.Time, b.Ends
	view.Cols = append(append([]*column.Column{}, b.Cols...), why)
	if err := j.fault.Push(&view); err != nil && j.report != nil {
		j.report(q.Name, err)
	}
}
