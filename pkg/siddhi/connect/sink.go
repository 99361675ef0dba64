package connect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/mapper/frame"
	"millrace/pkg/siddhi/mapper/routing"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

const (
	// A frame, or a group of records that is written at once, has at most so many
	// rows and about so many bytes.
	frameRows  = 4096
	frameBytes = 256 << 10
)

// strategy says which destinations of a sink get a row.
type strategy uint8

const (
	broadcast strategy = iota // all; also of a sink with one destination
	roundRobin
	partitioned // by the hash of an attribute
)

// sink moves the rows of a stream to one @sink.
type sink struct {
	key, stream, kind string
	attrs             schema.Attributes
	logger            *slog.Logger
	buffer            *buffer
	drop              bool // on.error='log': what cannot be delivered now is given up
	frames            bool // the records are frames
	strategy          strategy
	keyColumn         int
	router            routing.Router
	next              int // round robin: destination of the next row
	dests             []*destination
	count             counters
	ready             chan struct{} // closed when every destination has been opened
}

// destination is one @destination, or the sink itself.
type destination struct {
	transport stream.Sink
	encoder   mapper.Encoder
	frames    *mapper.FrameEncoder // encoder if it makes frames
	rows      []int32              // those of a batch that go here
	recs      []stream.Record
	view      column.Batch
	open      bool
	failures  int       // in a row
	retryAt   time.Time // with on.error='log': not to be opened before
}

func newSink(s *check.Stream, i int, kind string, o *Options) *sink {
	snk := &sink{
		key: fmt.Sprintf("%s#%d", s.Name, i), stream: s.Name, kind: kind, attrs: s.Attrs,
		logger: o.Logger.With("stream", s.Name, "sink", kind), ready: make(chan struct{}),
	}
	snk.count.state = Starting
	return snk
}

func (s *sink) setPolicy(onError string) error {
	switch strings.ToLower(onError) {
	case "wait":
	case "log":
		s.drop = true
	case "stream", "store":
		return fmt.Errorf("on.error='%s' is not supported yet; there are wait and log", onError)
	default:
		return fmt.Errorf("there is no on.error='%s'; there are wait (hold the app up until it can be written) and log (give up what cannot be written)", onError)
	}
	return nil
}

func (s *sink) setStrategy(name, key string, attrs schema.Attributes) error {
	switch strings.ToLower(name) {
	case "broadcast":
		s.strategy = broadcast
	case "roundrobin":
		s.strategy = roundRobin
	case "partitioned":
		s.strategy = partitioned
		if s.keyColumn = attrs.Index(key); s.keyColumn < 0 {
			return fmt.Errorf("partitionKey is '%s'; the stream has %s", key, attrs)
		}
		return nil
	default:
		return fmt.Errorf("there is no strategy '%s'; there are roundRobin, broadcast and partitioned", name)
	}
	if key != "" {
		return fmt.Errorf("partitionKey belongs to strategy='partitioned', not to '%s'", name)
	}
	return nil
}

func (s *sink) addDestination(t stream.Sink, e mapper.Encoder) error {
	d := &destination{transport: t, encoder: e}
	if d.frames, s.frames = e.(*mapper.FrameEncoder); s.frames && s.drop {
		return errors.New("on.error='log' would lose rows between the parts of an app; frames need on.error='wait'")
	}
	s.dests = append(s.dests, d)
	return nil
}

// makeBuffer comes after all destinations are known. Across a topic each event is
// a chunk of its own, so frames carry no chunk marks.
func (s *sink) makeBuffer(limit int) {
	s.buffer = newBuffer(s.attrs, limit, !s.frames)
	s.router.Count = len(s.dests)
}

// setMarks says with what the sink goes on: the epoch of its frames, then what
// buffer.marks has.
func (s *sink) setMarks(app string, epoch uint64, marks []uint64) error {
	if marks == nil {
		marks = make([]uint64, 1+len(s.dests))
	}
	if len(marks) != 1+len(s.dests) {
		return fmt.Errorf("sink %s of stream %s has %d destinations where its snapshot has %d", s.kind, s.stream, len(s.dests), len(marks)-1)
	}
	s.next = int(marks[0]) % max(len(s.dests), 1)
	for i, d := range s.dests {
		if d.frames != nil {
			d.frames.SetHeader(frame.Header{Producer: producer(app, s.key), Epoch: epoch, Sequence: marks[1+i]})
		}
	}
	s.buffer.marks = marks
	return nil
}

// producer names a sink to those who read its frames.
func producer(app, key string) string {
	name := app + "/" + key
	if len(name) <= frame.MaxProducer {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// marks appends where the sink stands: the next destination of a round robin and
// the sequence number of each destination's next frame.
func (s *sink) marks(dst []uint64) []uint64 {
	dst = append(dst, uint64(s.next))
	for _, d := range s.dests {
		if d.frames == nil {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, d.frames.Header().Sequence)
	}
	return dst
}

// run connects and then writes what the buffer gets until that is closed or ctx ends.
func (s *sink) run(ctx context.Context) error {
	defer s.close()
	if err := s.connect(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("sink %s of stream %s: %w", s.kind, s.stream, err)
	}
	close(s.ready)
	for {
		b := s.buffer.take(ctx)
		if b == nil {
			return nil
		}
		if err := s.write(ctx, b); err != nil {
			return nil // ctx has ended; the snapshot before has what is not written
		}
		s.buffer.done(s.marks)
	}
}

// connect opens every destination; what it waits for is a connection, any other
// error is one of the configuration.
func (s *sink) connect(ctx context.Context) error {
	for _, d := range s.dests {
		for {
			err := s.openOne(ctx, d)
			if err == nil || s.drop && errors.Is(err, stream.ErrNotConnected) {
				break
			}
			if !errors.Is(err, stream.ErrNotConnected) {
				return err
			}
			if err := s.pause(ctx, d, err); err != nil {
				return err
			}
		}
	}
	s.count.set(Running)
	return nil
}

func (s *sink) openOne(ctx context.Context, d *destination) error {
	if d.open {
		return nil
	}
	err := d.transport.Open(ctx)
	d.open = err == nil
	return err
}

func (s *sink) close() {
	for _, d := range s.dests {
		if d.open {
			if err := d.transport.Close(); err != nil {
				s.logger.Warn("sink cannot be closed", "err", err)
			}
			d.open = false
		}
	}
	s.count.set(Stopped)
}

// write hands the rows of b to their destinations. The only error is ctx's.
func (s *sink) write(ctx context.Context, b *column.Batch) error {
	s.route(b)
	for _, d := range s.dests {
		if err := s.writeTo(ctx, d, b); err != nil {
			return err
		}
	}
	s.count.rows.Add(int64(b.N))
	return nil
}

// route sets the rows of each destination; nil stands for all.
func (s *sink) route(b *column.Batch) {
	if s.strategy == broadcast {
		return
	}
	for _, d := range s.dests {
		d.rows = d.rows[:0]
	}
	for row := range b.N {
		to := s.next
		if s.strategy == partitioned {
			to = s.router.Partition(b.Cols[s.keyColumn], row)
		} else {
			s.next = (s.next + 1) % len(s.dests)
		}
		s.dests[to].rows = append(s.dests[to].rows, int32(row))
	}
}

// writeTo writes the destination's rows of b in pieces of a bounded size.
func (s *sink) writeTo(ctx context.Context, d *destination, b *column.Batch) error {
	piece := pieceRows(b)
	if s.strategy != broadcast {
		for lo := 0; lo < len(d.rows); lo += piece {
			if err := s.writePiece(ctx, d, b, d.rows[lo:min(lo+piece, len(d.rows))]); err != nil {
				return err
			}
		}
		return nil
	}
	for lo := 0; lo < b.N; {
		hi := chunkBorder(b, lo, piece)
		b.Slice(&d.view, lo, hi)
		if err := s.writePiece(ctx, d, &d.view, nil); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// chunkBorder returns the end of a piece that starts at row lo and has about so
// many rows, but only whole chunks.
func chunkBorder(b *column.Batch, lo, rows int) int {
	if b.Ends == nil {
		return min(lo+rows, b.N)
	}
	for _, end := range b.Ends {
		if int(end) >= lo+rows {
			return int(end)
		}
	}
	return b.N
}

// pieceRows is how many rows of b make a frame of about frameBytes.
func pieceRows(b *column.Batch) int {
	size := 8 * b.N
	for i := range b.Cols {
		size += 8*b.N + len(b.Cols[i].Arena)
	}
	return min(max(frameBytes*b.N/max(size, 1), 1), frameRows)
}

// writePiece encodes rows of b (nil: all) and writes them. Rows that cannot be
// encoded cost no other row.
func (s *sink) writePiece(ctx context.Context, d *destination, b *column.Batch, rows []int32) error {
	var err error
	if d.recs, err = d.encoder.Encode(d.recs[:0], b, rows); err == nil {
		return s.deliver(ctx, d, countRows(b, rows))
	}
	if n := countRows(b, rows); n == 1 {
		s.refuse(1, fmt.Errorf("a row cannot be encoded and is left out: %w", err))
		return nil
	}
	for row := range countRows(b, rows) {
		one := int32(row)
		if rows != nil {
			one = rows[row]
		}
		if err := s.writePiece(ctx, d, b, []int32{one}); err != nil {
			return err
		}
	}
	return nil
}

func countRows(b *column.Batch, rows []int32) int {
	if rows == nil {
		return b.N
	}
	return len(rows)
}

// refuse counts and logs rows that will never be written.
func (s *sink) refuse(n int, err error) {
	s.count.failed(err)
	if total := s.count.bad.Add(int64(n)); total <= loud || total%loud == 0 {
		s.logger.Error("rows are left out", "err", err, "rows", n, "so far", total)
	}
}

// deliver writes the destination's records, which carry so many rows. It tries
// again until the transport has them or, with on.error='log', once.
func (s *sink) deliver(ctx context.Context, d *destination, rows int) error {
	if s.drop && now().Before(d.retryAt) {
		s.giveUp(rows)
		return nil
	}
	for again := false; ; again = true {
		err := s.tryWrite(ctx, d)
		var rejected *stream.RejectedError
		switch {
		case err == nil:
			s.wrote(d)
			return nil
		case errors.As(err, &rejected):
			s.wrote(d)
			s.refuse(max(len(rejected.Rows), 1), rejected)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if d.open {
			d.transport.Close()
			d.open = false
		}
		if !again { // as in Siddhi, the first try to connect again is at once
			s.logger.Warn("sink has lost its connection", "err", err)
			s.count.failed(err)
			continue
		}
		if s.drop {
			s.count.failed(err)
			d.retryAt = now().Add(pause(d.failures))
			d.failures++
			s.giveUp(rows)
			return nil
		}
		if err := s.pause(ctx, d, err); err != nil {
			return err
		}
	}
}

func (s *sink) tryWrite(ctx context.Context, d *destination) error {
	if err := s.openOne(ctx, d); err != nil {
		return err
	}
	return d.transport.Write(ctx, d.recs)
}

func (s *sink) wrote(d *destination) {
	if d.failures > 0 {
		s.logger.Info("sink is connected again")
		s.count.set(Running)
	}
	d.failures, d.retryAt = 0, time.Time{}
	size := 0
	for i := range d.recs {
		size += len(d.recs[i].Value)
	}
	s.count.records.Add(int64(len(d.recs)))
	s.count.bytes.Add(int64(size))
}

func (s *sink) giveUp(rows int) {
	if total := s.count.dropped.Add(int64(rows)); total <= loud {
		s.logger.Error("rows are given up: the sink is not connected and has on.error='log'", "rows", rows)
	}
}

// pause waits before the next try of a destination.
func (s *sink) pause(ctx context.Context, d *destination, err error) error {
	s.count.failed(err)
	s.count.set(Waiting)
	s.logger.Warn("sink cannot be written; the app waits", "err", err, "retry", pause(d.failures))
	d.failures++
	return wait(ctx, pause(d.failures-1))
}
