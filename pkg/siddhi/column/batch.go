package column

import "millrace/pkg/siddhi/schema"

// Kind is what a row means to the operators after a window.
type Kind uint8

// The kinds of rows. Timer rows do not exist here: time reaches an operator by
// a call of its own (flow.Timed).
const (
	Current Kind = iota // an event
	Expired             // an event that leaves a window
	Reset               // the end of a tumbling window's batch: aggregates start anew
)

// Batch is the unit of work: rows of one stream as columns. A batch is borrowed:
// it is valid until the call that handed it over returns, and its receiver must
// not change it.
//
// A batch holds whole chunks. A chunk is Siddhi's unit of meaning: what one send
// carried, or what one window flush released.
type Batch struct {
	N    int
	Time []int64 // event timestamps, ms since the Unix epoch; always N long
	Kind []Kind  // nil: all rows are Current
	// Ends has the end (exclusive) of each chunk, ascending, the last one N.
	// nil: every row is a chunk of its own.
	Ends []int32
	// Key has the dense id of each row's partition key; nil outside of partitions.
	Key []int32
	// Cols has the attributes by position; none is nil. A column with Type
	// Invalid is one that nobody downstream reads.
	Cols []*Column

	views []Column // columns of a view that Slice has made
}

// Unread stands in a batch for a column that nobody downstream reads.
var Unread = &Column{}

// NewBatch makes an empty batch with a column for each attribute.
func NewBatch(attrs schema.Attributes) *Batch {
	b := &Batch{Cols: make([]*Column, len(attrs))}
	all := make([]Column, len(attrs))
	for i, a := range attrs {
		b.Cols[i] = &all[i]
		b.Cols[i].Type = a.Type
	}
	return b
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	b.N = 0
	b.Time = b.Time[:0]
	b.Kind, b.Ends, b.Key = nil, nil, nil
	for i := range b.Cols {
		b.Cols[i].Reset()
	}
}

// KindOf returns the kind of a row.
func (b *Batch) KindOf(row int) Kind {
	if b.Kind == nil {
		return Current
	}
	return b.Kind[row]
}

// KeyOf returns the partition key id of a row, 0 outside of partitions.
func (b *Batch) KeyOf(row int) int32 {
	if b.Key == nil {
		return 0
	}
	return b.Key[row]
}

// Chunks returns the number of chunks.
func (b *Batch) Chunks() int {
	if b.Ends == nil {
		return b.N
	}
	return len(b.Ends)
}

// Chunk returns the rows of chunk i: from lo to hi, exclusive.
func (b *Batch) Chunk(i int) (lo, hi int) {
	if b.Ends == nil {
		return i, i + 1
	}
	if i > 0 {
		lo = int(b.Ends[i-1])
	}
	return lo, int(b.Ends[i])
}

// Slice makes v a view of rows lo to hi (exclusive) of b, which must be chunk
// borders. v shares b's memory; v.Cols and v.Ends are v's own and reused.
func (b *Batch) Slice(v *Batch, lo, hi int) {
	v.N = hi - lo
	v.Time = b.Time[lo:hi:hi]
	v.Kind, v.Key = nil, nil
	if b.Kind != nil {
		v.Kind = b.Kind[lo:hi:hi]
	}
	if b.Key != nil {
		v.Key = b.Key[lo:hi:hi]
	}
	ends := v.Ends[:0]
	v.Ends = nil
	if b.Ends != nil {
		for _, e := range b.Ends {
			if int(e) > lo && int(e) <= hi {
				ends = append(ends, e-int32(lo))
			}
		}
		v.Ends = ends
	}
	if len(v.views) < len(b.Cols) {
		v.views = make([]Column, len(b.Cols))
		v.Cols = make([]*Column, len(b.Cols))
		for i := range v.views {
			v.Cols[i] = &v.views[i]
		}
	}
	v.Cols = v.Cols[:len(b.Cols)]
	for i := range b.Cols {
		v.views[i] = b.Cols[i].Slice(lo, hi)
	}
}

// Buffer is a batch that an operator owns and fills again and again for its
// output: the slices that a Batch may leave nil are kept here between uses.
type Buffer struct {
	Batch
	kind []Kind
	ends []int32
	key  []int32
}

// NewBuffer makes an empty buffer with a column for each attribute.
func NewBuffer(attrs schema.Attributes) *Buffer { return &Buffer{Batch: *NewBatch(attrs)} }

// Reset empties b for the next output; Kind, Ends and Key become nil.
func (b *Buffer) Reset() {
	b.keep()
	b.Batch.Reset()
}

// keep takes back the optional slices so that their memory is used again.
func (b *Buffer) keep() {
	if b.Kind != nil {
		b.kind = b.Kind
	}
	if b.Ends != nil {
		b.ends = b.Ends
	}
	if b.Key != nil {
		b.key = b.Key
	}
}

// UseKind gives b an empty Kind slice to append to.
func (b *Buffer) UseKind() { b.Kind = notNil(b.kind[:0]) }

// UseEnds gives b an empty Ends slice to append to.
func (b *Buffer) UseEnds() { b.Ends = notNil(b.ends[:0]) }

// UseKey gives b an empty Key slice to append to.
func (b *Buffer) UseKey() { b.Key = notNil(b.key[:0]) }

func notNil[T any](s []T) []T {
	if s == nil {
		return make([]T, 0, 16)
	}
	return s
}

// Gather fills b with the given rows of src, in that order: timestamps, kinds,
// keys and the columns listed in need (all when need is nil; the others become
// Invalid). Chunk marks are left to the caller: b.Ends is nil.
func (b *Buffer) Gather(src *Batch, rows []int32, need []int) {
	b.keep()
	b.N = len(rows)
	b.Kind, b.Ends, b.Key = nil, nil, nil
	b.Time = resize(b.Time, b.N)
	gather(b.Time, src.Time, rows)
	if src.Kind != nil {
		b.Kind = resize(b.kind, b.N)
		gather(b.Kind, src.Kind, rows)
	}
	if src.Key != nil {
		b.Key = resize(b.key, b.N)
		gather(b.Key, src.Key, rows)
	}
	if need == nil {
		for i := range src.Cols {
			b.Cols[i].Gather(src.Cols[i], rows)
		}
		return
	}
	for _, i := range need {
		b.Cols[i].Gather(src.Cols[i], rows)
	}
}

// GatherChunks is Gather for rows in ascending order; it also carries over the
// chunk marks of src, leaving out chunks of which no row is kept.
func (b *Buffer) GatherChunks(src *Batch, rows []int32, need []int) {
	b.Gather(src, rows, need)
	if len(rows) <= 1 || src.Ends == nil || oneEach(rows, src.Ends) {
		return
	}
	b.UseEnds()
	at := 0
	for _, end := range src.Ends {
		start := at
		for at < len(rows) && rows[at] < end {
			at++
		}
		if at > start {
			b.Ends = append(b.Ends, int32(at))
		}
	}
}

// oneEach says whether every chunk has exactly one of rows, as it is where a
// sliding window's aggregates leave: then marks say no more than none do.
func oneEach(rows, ends []int32) bool {
	if len(rows) != len(ends) {
		return false
	}
	start := int32(0)
	for i, end := range ends {
		if r := rows[i]; r < start || r >= end {
			return false
		}
		start = end
	}
	return true
}

// CopyFrom fills b with all of src, chunk marks included.
func (b *Buffer) CopyFrom(src *Batch) {
	b.keep()
	b.N = src.N
	b.Kind, b.Ends, b.Key = nil, nil, nil
	b.Time = append(b.Time[:0], src.Time[:src.N]...)
	if src.Kind != nil {
		b.Kind = append(notNil(b.kind[:0]), src.Kind[:src.N]...)
	}
	if src.Ends != nil {
		b.Ends = append(notNil(b.ends[:0]), src.Ends...)
	}
	if src.Key != nil {
		b.Key = append(notNil(b.key[:0]), src.Key[:src.N]...)
	}
	for i := range src.Cols {
		b.Cols[i].Reset()
		b.Cols[i].AppendColumn(src.Cols[i], src.N)
	}
}
