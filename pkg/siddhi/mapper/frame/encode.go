package frame

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/zstd"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Encoder writes frames of one stream. It is for one goroutine.
type Encoder struct {
	attrs         schema.Attributes
	compressAbove int
	zstd          *zstd.Encoder
	body          []byte
}

// NewEncoder makes an encoder for rows with the given attributes. Bodies of
// more than compressAbove bytes are compressed; 0 means never.
func NewEncoder(attrs schema.Attributes, compressAbove int) (*Encoder, error) {
	if len(attrs) > MaxColumns {
		return nil, fmt.Errorf("a frame has at most %d columns, the stream has %d attributes", MaxColumns, len(attrs))
	}
	for _, a := range attrs {
		if len(a.Name) > 255 {
			return nil, fmt.Errorf("attribute %.20s…: a frame's column has a name of at most 255 bytes", a.Name)
		}
	}
	e := &Encoder{attrs: attrs, compressAbove: compressAbove}
	if compressAbove > 0 {
		z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			return nil, fmt.Errorf("set up compression: %w", err)
		}
		e.zstd = z
	}
	return e, nil
}

// Append appends a frame of the given rows of b to dst; rows nil means all of
// them. Of h, all but Rows is used. The chunk marks of b go with the rows,
// kinds and partition keys do not: what crosses a topic are current events.
func (e *Encoder) Append(dst []byte, h Header, b *column.Batch, rows []int32) ([]byte, error) {
	n := len(rows)
	if rows == nil {
		n = b.N
	}
	if err := e.check(h, b, n); err != nil {
		return dst, err
	}
	body := e.body[:0]
	body = appendChunks(body, b, rows)
	body = append64(body, bits64(b.Time[:b.N]), rows)
	for i := range b.Cols {
		var err error
		if body, err = appendColumn(body, e.attrs[i].Name, b.Cols[i], b.N, rows); err != nil {
			return dst, fmt.Errorf("attribute %s: %w", e.attrs[i].Name, err)
		}
		if len(body) > MaxBody {
			return dst, fmt.Errorf("%d rows take more than the %d bytes of a frame: send fewer at once", n, MaxBody)
		}
	}
	e.body = body

	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint32(dst, 0) // checksum, below
	flags := byte(0)
	if e.compressAbove > 0 && len(body) > e.compressAbove {
		flags = flagZstd
	}
	dst = append(dst, Version, flags)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(b.Cols)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	dst = binary.LittleEndian.AppendUint64(dst, h.Epoch)
	dst = binary.LittleEndian.AppendUint64(dst, h.Sequence)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(h.Producer)))
	dst = append(dst, h.Producer...)
	if flags&flagZstd != 0 {
		dst = e.zstd.EncodeAll(body, dst)
	} else {
		dst = append(dst, body...)
	}
	sum := crc32.Checksum(dst[start+coveredOffset:], castagnoli)
	binary.LittleEndian.PutUint32(dst[start+checksumOffset:], sum)
	return dst, nil
}

func (e *Encoder) check(h Header, b *column.Batch, n int) error {
	switch {
	case n > MaxRows:
		return fmt.Errorf("%d rows are more than the %d of a frame", n, MaxRows)
	case len(h.Producer) > MaxProducer:
		return fmt.Errorf("producer %.20s… is longer than %d bytes", h.Producer, MaxProducer)
	case h.Sequence > math.MaxUint64-uint64(n):
		return fmt.Errorf("sequence %d does not leave room for %d rows", h.Sequence, n)
	case len(b.Cols) != len(e.attrs):
		return fmt.Errorf("batch has %d columns, the stream %d attributes", len(b.Cols), len(e.attrs))
	}
	for i := range b.Cols {
		if b.Cols[i].Type != e.attrs[i].Type {
			return fmt.Errorf("attribute %s is %s, the batch has %s", e.attrs[i].Name, e.attrs[i].Type, b.Cols[i].Type)
		}
	}
	return nil
}

// appendChunks writes the ends of the chunks that keep a row. No ends mean
// that every row is a chunk of its own.
func appendChunks(dst []byte, b *column.Batch, rows []int32) []byte {
	count := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	if b.Ends == nil {
		return dst
	}
	chunks, at := 0, 0
	for _, end := range b.Ends {
		start := at
		if rows == nil {
			at = int(end)
		}
		for at < len(rows) && rows[at] < end {
			at++
		}
		if at > start {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(at))
			chunks++
		}
	}
	binary.LittleEndian.PutUint32(dst[count:], uint32(chunks))
	return dst
}

func appendColumn(dst []byte, name string, c *column.Column, n int, rows []int32) ([]byte, error) {
	dst = append(dst, byte(len(name)))
	dst = append(dst, name...)
	dst = append(dst, byte(c.Type))
	if c.HasNulls() {
		dst = append(dst, 1)
		dst = appendBits(dst, c.Nulls[:n], rows)
	} else {
		dst = append(dst, 0)
	}
	switch c.Type {
	case schema.String:
		return appendStrings(dst, c, n, rows), nil
	case schema.Int:
		return append32(dst, bits32(c.I32[:n]), rows), nil
	case schema.Long:
		return append64(dst, bits64(c.I64[:n]), rows), nil
	case schema.Float:
		return append32(dst, bits32(c.F32[:n]), rows), nil
	case schema.Double:
		return append64(dst, bits64(c.F64[:n]), rows), nil
	case schema.Bool:
		return appendBits(dst, c.Bool[:n], rows), nil
	case schema.Object:
		return appendObjects(dst, c.Obj[:n], rows)
	}
	return dst, fmt.Errorf("type %s has no binary form", c.Type)
}

// bits32 and bits64 see numbers as their bits, which is how they are written.
func bits32[T int32 | float32](v []T) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

func bits64[T int64 | float64](v []T) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

func append32(dst []byte, v []uint32, rows []int32) []byte {
	if rows == nil {
		return append(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))...)
	}
	dst, out := grow(dst, 4*len(rows))
	for i, r := range rows {
		binary.LittleEndian.PutUint32(out[4*i:], v[r])
	}
	return dst
}

func append64(dst []byte, v []uint64, rows []int32) []byte {
	if rows == nil {
		return append(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 8*len(v))...)
	}
	dst, out := grow(dst, 8*len(rows))
	for i, r := range rows {
		binary.LittleEndian.PutUint64(out[8*i:], v[r])
	}
	return dst
}

// grow lengthens dst by n bytes, which it also returns alone.
func grow(dst []byte, n int) (whole, added []byte) {
	at := len(dst)
	whole = slices.Grow(dst, n)[:at+n]
	return whole, whole[at:]
}

func appendBits(dst []byte, v []bool, rows []int32) []byte {
	n := len(rows)
	if rows == nil {
		n = len(v)
	}
	dst, out := grow(dst, (n+7)/8)
	clear(out)
	for i := range n {
		r := i
		if rows != nil {
			r = int(rows[i])
		}
		if v[r] {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return dst
}

func appendStrings(dst []byte, c *column.Column, n int, rows []int32) []byte {
	if rows == nil {
		dst, out := grow(dst, 4*n)
		for i := range n {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(c.Str[i].Len()))
		}
		for i := range n {
			dst = append(dst, c.String(i)...)
		}
		return dst
	}
	dst, out := grow(dst, 4*len(rows))
	for i, r := range rows {
		binary.LittleEndian.PutUint32(out[4*i:], uint32(c.Str[r].Len()))
	}
	for _, r := range rows {
		dst = append(dst, c.String(int(r))...)
	}
	return dst
}
