package frame

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/zstd"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Decoder reads frames of one stream. It is for one goroutine.
type Decoder struct {
	attrs schema.Attributes
	zstd  *zstd.Decoder
	body  []byte // decompressed
	parts []part
}

// part is where one column lies in a body.
type part struct {
	nulls  []byte // bit set, nil when no value is null
	values []byte // numbers, bits, string lengths, or objects
	text   []byte // bytes of the strings
}

// NewDecoder makes a decoder for frames with the given attributes.
func NewDecoder(attrs schema.Attributes) *Decoder { return &Decoder{attrs: attrs} }

// Append appends the rows of f to dst, leaving out the first skip of
// them. On an error dst is as before. Columns of dst with Type Invalid are not
// filled.
func (d *Decoder) Append(dst *column.Buffer, f Frame, skip int) error {
	ends, times, err := d.split(f)
	if err != nil || skip >= f.Rows {
		return err
	}
	old := dst.N
	dst.N += f.Rows - skip
	appendEnds(dst, old, ends, f.Rows, skip)
	dst.Time = extend(dst.Time, f.Rows-skip)
	copy(asBytes(dst.Time[old:]), times[8*skip:])
	for i := range dst.Cols {
		if dst.Cols[i].Type != schema.Invalid {
			d.parts[i].appendTo(dst.Cols[i], f.Rows, skip)
		}
	}
	return nil
}

// split finds the parts of the body and checks everything about them.
func (d *Decoder) split(f Frame) (ends, times []byte, err error) {
	if f.columns != len(d.attrs) {
		return nil, nil, fmt.Errorf("frame has %d columns, the stream %d attributes (%s): sender and receiver run different versions of the app",
			f.columns, len(d.attrs), d.attrs)
	}
	body, err := d.uncompressed(f)
	if err != nil {
		return nil, nil, err
	}
	c := cursor{buf: body}
	ends = c.chunks(f.Rows)
	times = c.take(8 * f.Rows)
	d.parts = slices.Grow(d.parts[:0], len(d.attrs))[:len(d.attrs)]
	for i, a := range d.attrs {
		if err := d.parts[i].read(&c, a, f.Rows); err != nil {
			return nil, nil, err
		}
	}
	if c.err == nil && len(c.buf) != 0 {
		c.fail("%d bytes after the last column", len(c.buf))
	}
	return ends, times, c.err
}

func (d *Decoder) uncompressed(f Frame) ([]byte, error) {
	if !f.compressed {
		return f.body, nil
	}
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBody))
		if err != nil {
			return nil, fmt.Errorf("set up decompression: %w", err)
		}
		d.zstd = z
	}
	var err error
	if d.body, err = d.zstd.DecodeAll(f.body, d.body[:0]); err != nil {
		return nil, damaged("decompress: %v", err)
	}
	if len(d.body) != f.bodyLen {
		return nil, damaged("body decompresses to %d bytes, the header says %d", len(d.body), f.bodyLen)
	}
	return d.body, nil
}

// cursor reads a body from its start. After the first error it gives zeros.
type cursor struct {
	buf []byte
	err error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = damaged(format, args...)
	}
	c.buf = nil
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.buf) {
		c.fail("%d bytes are needed where %d are left", n, len(c.buf))
		return nil
	}
	b := c.buf[:n:n]
	c.buf = c.buf[n:]
	return b
}

func (c *cursor) u8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// chunks returns the ends of the chunks, 4 bytes each; none when every row is one.
func (c *cursor) chunks(rows int) []byte {
	n := int(c.u32())
	if n > rows {
		c.fail("%d chunks of %d rows", n, rows)
		return nil
	}
	ends := c.take(4 * n)
	last := uint32(0)
	for i := 0; i < len(ends); i += 4 {
		end := binary.LittleEndian.Uint32(ends[i:])
		if end <= last {
			c.fail("chunk ends are not ascending")
			return nil
		}
		last = end
	}
	if len(ends) > 0 && last != uint32(rows) {
		c.fail("the last chunk ends at row %d of %d", last, rows)
		return nil
	}
	return ends
}

// bits returns a bit set for rows, checking that no bit beyond them is set.
func (c *cursor) bits(rows int) []byte {
	b := c.take((rows + 7) / 8)
	if len(b) > 0 && rows%8 != 0 && b[len(b)-1]>>(rows%8) != 0 {
		c.fail("bits are set beyond row %d", rows)
		return nil
	}
	return b
}

func (p *part) read(c *cursor, a schema.Attribute, rows int) error {
	*p = part{}
	name := c.take(int(c.u8()))
	typ := schema.Type(c.u8())
	hasNulls := c.u8()
	if c.err != nil {
		return c.err
	}
	if string(name) != a.Name || typ != a.Type {
		return fmt.Errorf("frame has column %q of type %s where the stream has %q of type %s: sender and receiver run different versions of the app",
			name, typ, a.Name, a.Type)
	}
	switch hasNulls {
	case 0:
	case 1:
		p.nulls = c.bits(rows)
	default:
		c.fail("null mark of column %q is %d", name, hasNulls)
	}
	switch typ {
	case schema.Int, schema.Float:
		p.values = c.take(4 * rows)
	case schema.Long, schema.Double:
		p.values = c.take(8 * rows)
	case schema.Bool:
		p.values = c.bits(rows)
	case schema.String:
		p.readStrings(c, rows)
	case schema.Object:
		rest := c.buf
		for range rows {
			if c.skipObject(0); c.err != nil {
				break
			}
		}
		p.values = rest[:len(rest)-len(c.buf)]
	}
	return c.err
}

func (p *part) readStrings(c *cursor, rows int) {
	p.values = c.take(4 * rows)
	total := uint64(0)
	for i := 0; i < len(p.values); i += 4 {
		total += uint64(binary.LittleEndian.Uint32(p.values[i:]))
	}
	if total > uint64(len(c.buf)) {
		c.fail("strings of %d bytes where %d are left", total, len(c.buf))
		return
	}
	p.text = c.take(int(total))
}

// appendTo appends the values from row skip on to col.
func (p *part) appendTo(col *column.Column, rows, skip int) {
	old := col.Len()
	n := rows - skip
	switch col.Type {
	case schema.Int:
		col.I32 = extend(col.I32, n)
		copy(asBytes(col.I32[old:]), p.values[4*skip:])
	case schema.Float:
		col.F32 = extend(col.F32, n)
		copy(asBytes(col.F32[old:]), p.values[4*skip:])
	case schema.Long:
		col.I64 = extend(col.I64, n)
		copy(asBytes(col.I64[old:]), p.values[8*skip:])
	case schema.Double:
		col.F64 = extend(col.F64, n)
		copy(asBytes(col.F64[old:]), p.values[8*skip:])
	case schema.Bool:
		col.Bool = extend(col.Bool, n)
		unpack(col.Bool[old:], p.values, skip)
	case schema.String:
		p.appendStrings(col, n, skip)
	case schema.Object:
		c := cursor{buf: p.values}
		for range skip {
			c.skipObject(0)
		}
		for range n {
			col.Obj = append(col.Obj, c.object())
		}
	}
	p.appendNulls(col, old, n, skip)
}

func (p *part) appendStrings(col *column.Column, n, skip int) {
	old := len(col.Str)
	text := p.text
	for i := range skip {
		text = text[binary.LittleEndian.Uint32(p.values[4*i:]):]
	}
	col.Str = extend(col.Str, n)
	// At most all of the text goes to the arena; growing once keeps appends cheap.
	col.Arena = slices.Grow(col.Arena, len(text))
	for i := range n {
		length := binary.LittleEndian.Uint32(p.values[4*(skip+i):])
		// SetString copies, so the view of the frame's bytes ends here.
		col.SetString(old+i, unsafe.String(unsafe.SliceData(text), int(length)))
		text = text[length:]
	}
}

// appendNulls carries over the null marks and zeroes what lies under them, as
// columns require and a foreign writer may not have done.
func (p *part) appendNulls(col *column.Column, old, n, skip int) {
	if p.nulls != nil && len(col.Nulls) == 0 {
		col.Nulls = extend(col.Nulls[:0], old)
		clear(col.Nulls)
	}
	if p.nulls != nil || len(col.Nulls) != 0 {
		col.Nulls = extend(col.Nulls, n)
		clear(col.Nulls[old:])
	}
	if p.nulls != nil {
		unpack(col.Nulls[old:], p.nulls, skip)
		for i, null := range col.Nulls[old:] {
			if null {
				col.SetNull(old + i)
			}
		}
	}
	if col.Type == schema.Object { // an object that is null need not be marked as such
		for i, v := range col.Obj[old:] {
			if v == nil {
				col.SetNull(old + i)
			}
		}
	}
}

// unpack writes the bits from skip on to dst.
func unpack(dst []bool, bits []byte, skip int) {
	for i := range dst {
		at := i + skip
		dst[i] = bits[at/8]>>(at%8)&1 != 0
	}
}

func appendEnds(dst *column.Buffer, old int, ends []byte, rows, skip int) {
	if len(ends) == 0 && dst.Ends == nil {
		return
	}
	if dst.Ends == nil {
		dst.UseEnds()
		for i := range old {
			dst.Ends = append(dst.Ends, int32(i+1))
		}
	}
	if len(ends) == 0 {
		for i := range rows - skip {
			dst.Ends = append(dst.Ends, int32(old+i+1))
		}
		return
	}
	for i := 0; i < len(ends); i += 4 {
		if end := int(binary.LittleEndian.Uint32(ends[i:])); end > skip {
			dst.Ends = append(dst.Ends, int32(old+end-skip))
		}
	}
}

func extend[T any](s []T, n int) []T { return slices.Grow(s, n)[:len(s)+n] }

func asBytes[T int32 | int64 | float32 | float64](v []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(zero)))
}
