package scenario

import (
	"encoding/json"
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

func (r *run) sendStep(s *Step) error {
	if r.stopped {
		return &refusal{fmt.Errorf("send to %s: the app has been shut down", s.Send)}
	}
	if err := r.send(s); err != nil {
		return err
	}
	if r.opts.Batch <= 1 || !r.timeless() {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if !r.opts.RestoreEach {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	return r.again()
}

// joins says whether a step can be added to the pending batch. An array stays a
// chunk of its own in it.
func (r *run) joins(s *Step) bool {
	return s.Send == r.to && !s.Untimed && r.pending.N < r.opts.Batch && r.timeless()
}

// timeless says whether the time of a send does not matter to the app.
func (r *run) timeless() bool {
	p := r.app.Plan()
	idle := r.checked.Idle.Time > 0 // the clock moves on between sends
	return r.checked.Playback && !idle && len(p.Triggers) == 0 && !p.WallTimed || !p.UsesClock && !p.Timed
}

// send puts the rows of a step into the pending batch. A row whose values do not
// fit is refused, and with it the array that it is in: as in Siddhi, where it
// fails a little later, that is an error of the app's operation.
func (r *run) send(s *Step) error {
	in, err := r.app.Input(s.Send)
	if err != nil {
		return &refusal{err}
	}
	b := in.NewBatch()
	for k, row := range s.rows() {
		if err := appendRow(b, in.Attrs(), row); err != nil {
			r.res.Joined = r.res.Joined || r.pending != nil // the clock is the pending batch's
			r.failed(fromRuntime, fmt.Errorf("row %d: %w", k, err))
			return nil
		}
		b.Time = append(b.Time, s.timestamp(k))
		b.N++
	}
	if r.pending == nil {
		if b.N > 1 {
			b.Ends = []int32{int32(b.N)}
		}
		if s.Untimed {
			return in.SendNow(b)
		}
		r.pending, r.to = b, s.Send
		return nil
	}
	r.join(b)
	return nil
}

// join adds a chunk to the pending batch.
func (r *run) join(b *column.Batch) {
	r.res.Joined = true
	if b.N > 1 && r.pending.Ends == nil { // single sends so far
		for end := range r.pending.N {
			r.pending.Ends = append(r.pending.Ends, int32(end+1))
		}
	}
	if r.pending.Ends != nil {
		r.pending.Ends = append(r.pending.Ends, int32(r.pending.N+b.N))
	}
	r.pending.Time = append(r.pending.Time, b.Time...)
	r.pending.N += b.N
	for i := range b.Cols {
		r.pending.Cols[i].AppendColumn(b.Cols[i], b.N)
	}
}

// rows are those that are sent: without a timestamp that is one at a time, and recordings have but the first.
func (s *Step) rows() [][]json.RawMessage {
	if s.Untimed {
		return s.Rows[:min(1, len(s.Rows))]
	}
	return s.Rows
}

// timestamp is that of a row.
func (s *Step) timestamp(row int) int64 {
	switch {
	case row < len(s.Timestamps):
		return s.Timestamps[row]
	case s.Timestamp != nil && !s.Untimed:
		return *s.Timestamp
	}
	return s.At
}

// appendRow leaves out values that are too many, as Siddhi does.
func appendRow(b *column.Batch, attrs schema.Attributes, row []json.RawMessage) error {
	if len(row) < len(b.Cols) {
		return fmt.Errorf("it has %d values, the stream has %d attributes (%s)", len(row), len(attrs), attrs)
	}
	for i, c := range b.Cols {
		if err := appendJSON(c, row[i]); err != nil {
			return fmt.Errorf("attribute %s %s: %w", attrs[i].Name, attrs[i].Type, err)
		}
	}
	return nil
}

// flush sends the pending batch.
func (r *run) flush() error {
	if r.pending == nil {
		return nil
	}
	b := r.pending
	r.pending = nil
	in, err := r.app.Input(r.to)
	if err != nil {
		return err
	}
	return in.SendBatch(b)
}
