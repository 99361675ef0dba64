package connect

import (
	"context"
	"sync"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// buffer holds the rows that wait for a sink. One goroutine at a time adds (the
// owner of the app), one takes. While the taker works on what it took, new rows
// gather in a second batch, up to a limit.
type buffer struct {
	limit  int
	chunks bool // keep chunk marks

	rows  chan struct{} // there are rows
	space chan struct{} // the rows have been taken
	idle  chan struct{} // all that was taken is done
	stop  chan struct{} // closed at the end

	mu     sync.Mutex
	fill   *column.Buffer
	spare  *column.Buffer
	busy   bool   // rows are taken and not done
	added  uint64 // rows, ever
	marks  []uint64
	closed bool
}

func newBuffer(attrs schema.Attributes, limit int, chunks bool) *buffer {
	return &buffer{
		limit: limit, chunks: chunks,
		rows: make(chan struct{}, 1), space: make(chan struct{}, 1), idle: make(chan struct{}, 1), stop: make(chan struct{}),
		fill: column.NewBuffer(attrs), spare: column.NewBuffer(attrs),
	}
}

// add copies the rows of b, waiting for room. A batch that is larger than the
// limit goes in when the buffer is empty. After close rows are left out: the app
// is being stopped, and what it did since its last snapshot is void.
func (f *buffer) add(b *column.Batch) {
	for b.N > 0 {
		f.mu.Lock()
		if f.closed {
			f.mu.Unlock()
			return
		}
		if f.fill.N == 0 || f.fill.N+b.N <= f.limit {
			f.append(b)
			f.mu.Unlock()
			signal(f.rows)
			return
		}
		f.mu.Unlock()
		select {
		case <-f.space:
		case <-f.stop:
		}
	}
}

func (f *buffer) append(b *column.Batch) {
	dst := f.fill
	if f.chunks {
		appendEnds(dst, b)
	}
	dst.Time = append(dst.Time, b.Time...)
	for i := range dst.Cols {
		dst.Cols[i].AppendColumn(b.Cols[i], b.N)
	}
	dst.N += b.N
	f.added += uint64(b.N)
}

// appendEnds carries over the chunk marks of b, which comes behind the rows in dst.
func appendEnds(dst *column.Buffer, b *column.Batch) {
	if b.Ends == nil && dst.Ends == nil {
		return
	}
	if dst.Ends == nil {
		dst.UseEnds()
		for i := range dst.N {
			dst.Ends = append(dst.Ends, int32(i+1))
		}
	}
	for c := range b.Chunks() {
		_, hi := b.Chunk(c)
		dst.Ends = append(dst.Ends, int32(dst.N+hi))
	}
}

// take waits for rows and returns them; done must follow. It returns nil when
// the buffer is closed and empty, or ctx has ended.
func (f *buffer) take(ctx context.Context) *column.Batch {
	for ctx.Err() == nil {
		f.mu.Lock()
		if f.fill.N > 0 {
			f.fill, f.spare = f.spare, f.fill
			f.busy = true
			f.mu.Unlock()
			signal(f.space)
			return &f.spare.Batch
		}
		closed := f.closed
		f.mu.Unlock()
		if closed {
			return nil
		}
		select {
		case <-f.rows:
		case <-f.stop:
		case <-ctx.Done():
		}
	}
	return nil
}

// done says that the rows which were taken are written; update changes the marks
// of the sink with it.
func (f *buffer) done(update func(marks []uint64) []uint64) {
	f.mu.Lock()
	f.spare.Reset()
	f.busy = false
	f.marks = update(f.marks[:0])
	empty := f.fill.N == 0
	f.mu.Unlock()
	if empty {
		signal(f.idle)
	}
}

// drain waits until every row is written. One goroutine at a time may call it.
func (f *buffer) drain(ctx context.Context) error {
	for {
		f.mu.Lock()
		empty := f.fill.N == 0 && !f.busy
		f.mu.Unlock()
		if empty {
			return nil
		}
		select {
		case <-f.idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// state returns how many rows have been added, and a copy of the marks.
func (f *buffer) state() (added uint64, marks []uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.added, append([]uint64(nil), f.marks...)
}

// unwritten returns how many rows wait to be taken, and how many have been
// taken and are on their way.
func (f *buffer) unwritten() (waiting, writing int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
		writing = f.spare.N
	}
	return f.fill.N, writing
}

// close ends the buffer: add lets rows go, take returns what is left and then nil.
func (f *buffer) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.stop)
	}
}

// signal wakes the one goroutine that waits on c, now or when it next does.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
