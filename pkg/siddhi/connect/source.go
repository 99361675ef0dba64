package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/runtime"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/stream"
)

const (
	// pieceBytes is how much of what a Poll returns is decoded at once.
	pieceBytes = 256 << 10
	// loud is how many bad records are logged one by one; of more, each loud-th.
	loud = 20
)

// source moves the records of one @source into the app.
type source struct {
	key, stream, kind string
	attrs             schema.Attributes
	transport         stream.Source
	decoder           mapper.Decoder
	pace              *pacer // nil unless replay.time is given
	repeats           bool   // the same records come again from the same position
	preload           bool   // it is read to its end before the sources without this
	app               *runtime.App
	input             *runtime.Input
	live              bool // rows without a time get the wall clock's
	failAtOnce        bool // see Options.FailAtOnce; until it has been connected
	logger            *slog.Logger
	buf               *column.Buffer
	count             counters

	mu        sync.Mutex
	positions map[string]int64 // up to which the app has the records
	ended     bool
	reading   bool
	due       []stream.Position // to acknowledge
	wake      context.CancelFunc
}

func newSource(s *check.Stream, i int, kind string, o *Options) *source {
	src := &source{
		key: fmt.Sprintf("%s#%d", s.Name, i), stream: s.Name, kind: kind, attrs: s.Attrs,
		logger: o.Logger.With("stream", s.Name, "source", kind),
		buf:    column.NewBuffer(s.Attrs), positions: map[string]int64{}, failAtOnce: o.FailAtOnce,
	}
	src.count.state = Starting
	return src
}

// progress is what a transport can say that knows where its data ends.
type progress interface {
	Progress() (doneBytes, totalBytes int64)
}

func (s *source) status() EdgeStatus {
	st := s.count.status(s.stream, s.kind)
	s.mu.Lock()
	st.Positions = s.read()
	s.mu.Unlock()
	if p, ok := s.transport.(progress); ok {
		st.Done, st.Total = p.Progress()
	}
	return st
}

// read returns the positions in a fixed order. The caller holds the lock.
func (s *source) read() []stream.Position {
	all := make([]stream.Position, 0, len(s.positions))
	for _, partition := range slices.Sorted(maps.Keys(s.positions)) {
		all = append(all, stream.Position{Partition: partition, Offset: s.positions[partition]})
	}
	return all
}

// run reads until ctx ends or the source does. The transport stays open: what
// is read last is acknowledged later.
func (s *source) run(ctx context.Context, g *gate, ackAtOnce bool) error {
	s.mu.Lock()
	s.reading = true
	s.mu.Unlock()
	err := s.readAll(ctx, g, ackAtOnce)
	s.mu.Lock()
	s.reading = false
	s.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("source %s of stream %s: %w", s.kind, s.stream, err)
	}
	return nil
}

func (s *source) readAll(ctx context.Context, g *gate, ackAtOnce bool) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	for {
		recs, err := s.poll(ctx)
		switch {
		case err == nil:
			err = s.deliver(ctx, g, recs)
			if err == nil && ackAtOnce {
				s.mu.Lock()
				s.due = s.read()
				s.mu.Unlock()
			}
		case errors.Is(err, stream.ErrEndOfStream):
			s.mu.Lock()
			s.ended = true
			s.mu.Unlock()
			s.count.set(Finished)
			s.logger.Info("source has ended", "rows", s.count.rows.Load(), "bad", s.count.bad.Load())
			return nil
		case errors.Is(err, stream.ErrNotConnected):
			s.logger.Warn("source is not connected", "err", err)
			s.count.failed(err)
			s.transport.Close()
			err = s.open(ctx)
		case ctx.Err() == nil && errors.Is(err, context.Canceled):
			err = nil // woken up to acknowledge
		}
		if err == nil {
			err = s.acknowledge(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// open connects, again and again, and reads on where the app is.
func (s *source) open(ctx context.Context) error {
	for n := 0; ; n++ {
		s.count.set(Starting)
		s.mu.Lock()
		from := s.read()
		s.mu.Unlock()
		err := s.transport.Open(ctx, from)
		if err == nil {
			s.count.set(Running)
			s.failAtOnce = false
			return nil
		}
		if s.failAtOnce || !errors.Is(err, stream.ErrNotConnected) {
			return err
		}
		s.logger.Warn("source cannot connect", "err", err, "retry", pause(n))
		s.count.failed(err)
		s.count.set(Waiting)
		if err := wait(ctx, pause(n)); err != nil {
			return err
		}
	}
}

// poll is the transport's, which an acknowledgement that is due ends.
func (s *source) poll(ctx context.Context) ([]stream.Record, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.due != nil {
		s.mu.Unlock()
		return nil, context.Canceled
	}
	s.wake = cancel
	s.mu.Unlock()
	recs, err := s.transport.Poll(ctx)
	s.mu.Lock()
	s.wake = nil
	s.mu.Unlock()
	return recs, err
}

// ack has everything up to the positions acknowledged: by the reader, to whom
// the transport belongs, or here when there is none.
func (s *source) ack(ctx context.Context, upTo []stream.Position) error {
	s.mu.Lock()
	s.due = upTo
	reading := s.reading
	if reading && s.wake != nil {
		s.wake()
	}
	s.mu.Unlock()
	if reading {
		return nil
	}
	return s.acknowledge(ctx)
}

func (s *source) acknowledge(ctx context.Context) error {
	s.mu.Lock()
	due := s.due
	s.due = nil
	s.mu.Unlock()
	if len(due) == 0 {
		return nil
	}
	err := s.transport.Ack(ctx, due)
	if err != nil && ctx.Err() == nil {
		// The records come again, or a later acknowledgement covers them.
		s.logger.Warn("source cannot acknowledge", "err", err)
		s.count.failed(err)
	}
	return ctx.Err()
}

// deliver hands records to the app, piece by piece, each between two openings
// of the gate.
func (s *source) deliver(ctx context.Context, g *gate, recs []stream.Record) error {
	for len(recs) > 0 {
		n := s.piece(recs)
		deliver := s.deliverPiece
		if s.pace.stepwise() {
			deliver = s.deliverWhenDue
		}
		if err := deliver(ctx, g, recs[:n]); err != nil {
			return err
		}
		recs = recs[n:]
	}
	return nil
}

func (s *source) deliverPiece(ctx context.Context, g *gate, recs []stream.Record) error {
	if err := g.enter(ctx); err != nil {
		return err
	}
	defer g.leave() // what the decoder has seen and what the app has are one state
	s.decode(recs)
	return s.handOn(recs)
}

// deliverWhenDue waits with the gate open, so that snapshots go on meanwhile.
// Its decoder keeps nothing between records: see newPacer's caller.
func (s *source) deliverWhenDue(ctx context.Context, g *gate, recs []stream.Record) error {
	s.decode(recs)
	if b := &s.buf.Batch; b.N > 0 {
		if err := s.pace.hold(ctx, b.Time[b.N-1]); err != nil {
			return err
		}
	}
	if err := g.enter(ctx); err != nil {
		return err
	}
	defer g.leave()
	return s.handOn(recs)
}

// piece returns how many records are worth one batch.
func (s *source) piece(recs []stream.Record) int {
	if s.pace.stepwise() {
		return 1
	}
	n, size := 0, 0
	for n < len(recs) && (n == 0 || size+len(recs[n].Value) <= pieceBytes) {
		size += len(recs[n].Value)
		n++
	}
	return n
}

// decode fills the buffer with the rows of records and settles their times.
func (s *source) decode(recs []stream.Record) {
	s.buf.Reset()
	s.report(recs, s.decoder.Decode(s.buf, recs))
	b := &s.buf.Batch
	if s.pace != nil {
		if n := s.pace.stamp(b); n > 0 {
			s.count.failed(fmt.Errorf("%d rows have no time in %s; they got that of the row before", n, s.attrs[s.pace.attr].Name))
		}
		return
	}
	clock := int64(mapper.NoTime)
	for i, t := range b.Time {
		if t != mapper.NoTime {
			continue
		}
		if clock == mapper.NoTime {
			clock = s.clock()
		}
		b.Time[i] = clock
	}
}

// handOn runs the buffer through the app. The records are the app's then.
func (s *source) handOn(recs []stream.Record) error {
	b := &s.buf.Batch
	if b.N > 0 {
		if err := s.input.SendBatch(b); err != nil {
			return err
		}
		s.count.eventTime.Store(b.Time[b.N-1])
	}
	size := 0
	s.mu.Lock()
	for i := range recs {
		s.positions[recs[i].Position.Partition] = recs[i].Position.Offset
		size += len(recs[i].Value)
	}
	s.mu.Unlock()
	s.count.bytes.Add(int64(size))
	s.count.records.Add(int64(len(recs)))
	s.count.rows.Add(int64(b.N))
	return nil
}

func (s *source) clock() int64 {
	if s.live {
		return now().UnixMilli()
	}
	return s.app.Now()
}

// report counts and logs what was left out of records: nothing disappears silently.
func (s *source) report(recs []stream.Record, bad []mapper.BadRecord) {
	for i := range bad {
		e := &bad[i]
		at := recs[e.Record].Position
		err := fmt.Errorf("%s:%d: %w", at.Partition, at.Offset, e)
		if n := s.count.bad.Add(1); n <= loud || n%loud == 0 {
			s.logger.Warn("record is left out", "err", err, "so far", n)
		}
		s.count.failed(err)
	}
	frames, ok := s.decoder.(*mapper.FrameDecoder)
	if !ok {
		return
	}
	s.count.repeated.Add(int64(frames.Dropped()))
	for _, gap := range frames.Gaps() {
		s.count.missing.Add(int64(gap.Rows))
		s.count.failed(errors.New(gap.String()))
		s.logger.Error("rows are missing", "gap", gap.String())
	}
}

// snapshot writes how far the app has the source's records.
func (s *source) snapshot(e *state.Encoder) {
	s.mu.Lock()
	positions := s.read()
	s.mu.Unlock()
	e.String(s.key)
	e.Uint(uint64(len(positions)))
	for _, p := range positions {
		e.String(p.Partition)
		e.Int(p.Offset)
	}
	var part state.Encoder
	if d, ok := s.decoder.(state.Snapshotter); ok {
		d.Snapshot(&part)
	}
	e.Blob(part.Bytes())
}

// restore reads what snapshot wrote, but for the key.
func (s *source) restore(d *state.Decoder) error {
	at := map[string]int64{}
	for range d.Count(2) {
		partition := d.String()
		at[partition] = d.Int()
	}
	s.mu.Lock()
	s.positions = at
	s.mu.Unlock()
	blob := d.Blob()
	if err := d.Err(); err != nil {
		return err
	}
	if dec, ok := s.decoder.(state.Snapshotter); ok && len(blob) > 0 {
		return dec.Restore(state.NewDecoder(blob))
	}
	return nil
}
