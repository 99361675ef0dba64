// Package state is the binary form of operator state: what a snapshot is made of.
//
// It imports none of our packages.
package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Snapshotter is an operator, or a part of one, that has state. Snapshot is
// called between two batches and must not keep the encoder; Restore is called
// once, before the first batch, with what Snapshot wrote for the same operator
// of the same app. Each implementation writes a version first and refuses, with
// an error that says so, versions that it does not know.
type Snapshotter interface {
	Snapshot(e *Encoder)
	Restore(d *Decoder) error
}

// Optional is a Snapshotter that may have no state: then it writes nothing, and is
// cleared where a snapshot has nothing for it.
type Optional interface {
	Snapshotter
	Clear()
}

// ErrCorrupt means that a state does not end where it should or has impossible lengths.
var ErrCorrupt = errors.New("state is damaged")

// Encoder appends values to a buffer. The zero Encoder is ready for use.
type Encoder struct {
	buf []byte
	err error
}

// Bytes returns what was written. It is valid until the next write.
func (e *Encoder) Bytes() []byte { return e.buf }

// Err returns the first error: a value that has no binary form.
func (e *Encoder) Err() error { return e.err }

// Fail notes an error; later ones are ignored.
func (e *Encoder) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Uint writes an unsigned number in as few bytes as it needs.
func (e *Encoder) Uint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }

// Int writes a signed number in as few bytes as it needs.
func (e *Encoder) Int(v int64) { e.buf = binary.AppendVarint(e.buf, v) }

// Bool writes a truth value.
func (e *Encoder) Bool(v bool) {
	if v {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
}

// Float writes the bits of v.
func (e *Encoder) Float(v float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

// String writes a length and the bytes of v.
func (e *Encoder) String(v string) {
	e.Uint(uint64(len(v)))
	e.buf = append(e.buf, v...)
}

// Blob writes a length and v.
func (e *Encoder) Blob(v []byte) {
	e.Uint(uint64(len(v)))
	e.buf = append(e.buf, v...)
}

// Fixed is a type whose values lie in memory as they are written: no pointers, no padding.
type Fixed interface {
	~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64 | ~float32 | ~float64 | ~bool
}

// Slice writes a length and the values of v as they lie in memory (little-endian).
func Slice[T Fixed](e *Encoder, v []T) {
	e.Uint(uint64(len(v)))
	if len(v) > 0 {
		e.buf = append(e.buf, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))...)
	}
}

// Failure is the text of an error as a host value: _error of a fault stream.
type Failure string

// String is what convert(_error, 'string') gives, in the form of Siddhi.
func (f Failure) String() string { return "message : " + string(f) }

// Set is a set of values as a host value: what createSet and unionSet make. Its
// members are nil or of the scalar types.
type Set = map[any]struct{}

// List is a list of values as a host value: what list:create and list:collect
// make. Lists are never changed once they are made.
type List = []any

// Object writes a host value: nil, bool, string, the four numeric types, a
// Failure, a Set, and lists and string-keyed maps of these.
func (e *Encoder) Object(v any) {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, 0)
	case bool:
		e.buf = append(e.buf, 1)
		e.Bool(v)
	case string:
		e.buf = append(e.buf, 2)
		e.String(v)
	case int32:
		e.buf = append(e.buf, 3)
		e.Int(int64(v))
	case int64:
		e.buf = append(e.buf, 4)
		e.Int(v)
	case float32:
		e.buf = append(e.buf, 5)
		e.Float(float64(v))
	case float64:
		e.buf = append(e.buf, 6)
		e.Float(v)
	case Failure:
		e.buf = append(e.buf, 9)
		e.String(string(v))
	case []any:
		e.buf = append(e.buf, 7)
		e.Uint(uint64(len(v)))
		for _, x := range v {
			e.Object(x)
		}
	case map[string]any:
		e.buf = append(e.buf, 8)
		e.Uint(uint64(len(v)))
		for k, x := range v {
			e.String(k)
			e.Object(x)
		}
	case Set:
		e.buf = append(e.buf, 10)
		e.Uint(uint64(len(v)))
		for x := range v {
			e.Object(x)
		}
	default:
		e.Fail(fmt.Errorf("an object of type %T cannot be part of a snapshot", v))
	}
}

// Decoder reads what an Encoder wrote. After the first error every read gives
// the zero value, and Err returns the error.
type Decoder struct {
	buf []byte
	err error
}

// NewDecoder reads from b, which it does not change.
func NewDecoder(b []byte) *Decoder { return &Decoder{buf: b} }

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// Fail notes an error; later ones are ignored.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Rest returns the number of bytes not read yet.
func (d *Decoder) Rest() int { return len(d.buf) }

// Version reads a version number and fails if it is above known. what names the
// operator in the error.
func (d *Decoder) Version(what string, known uint64) uint64 {
	v := d.Uint()
	if d.err == nil && (v == 0 || v > known) {
		d.Fail(fmt.Errorf("state of %s has version %d, this program knows versions up to %d", what, v, known))
	}
	return v
}

// Uint reads an unsigned number.
func (d *Decoder) Uint() uint64 {
	v, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.corrupt()
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

// Int reads a signed number.
func (d *Decoder) Int() int64 {
	v, n := binary.Varint(d.buf)
	if n <= 0 {
		d.corrupt()
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

// Count reads a length of things that take at least size bytes each, and fails
// rather than return one that the rest of the state cannot hold.
func (d *Decoder) Count(size int) int {
	n := d.Uint()
	if n > uint64(len(d.buf))/uint64(max(size, 1)) {
		d.corrupt()
		return 0
	}
	return int(n)
}

// Bool reads a truth value.
func (d *Decoder) Bool() bool {
	b := d.take(1)
	return len(b) == 1 && b[0] != 0
}

// Float reads a double.
func (d *Decoder) Float() float64 {
	b := d.take(8)
	if len(b) < 8 {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// String reads a string.
func (d *Decoder) String() string { return string(d.Blob()) }

// Blob reads bytes; they are the decoder's own.
func (d *Decoder) Blob() []byte { return d.take(d.Count(1)) }

// ReadSlice reads what Slice wrote, appending to dst[:0].
func ReadSlice[T Fixed](d *Decoder, dst []T) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	n := d.Count(size)
	b := d.take(n * size)
	dst = dst[:0]
	if len(b) == 0 {
		return dst
	}
	if cap(dst) < n {
		dst = make([]T, n)
	}
	dst = dst[:n]
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), n*size), b)
	return dst
}

// Object reads what Encoder.Object wrote.
func (d *Decoder) Object() any { return d.object(0) }

func (d *Decoder) object(depth int) any {
	tag := d.take(1)
	if len(tag) == 0 || depth > 64 {
		d.corrupt()
		return nil
	}
	switch tag[0] {
	case 0:
		return nil
	case 1:
		return d.Bool()
	case 2:
		return d.String()
	case 3:
		return int32(d.Int())
	case 4:
		return d.Int()
	case 5:
		return float32(d.Float())
	case 6:
		return d.Float()
	case 9:
		return Failure(d.String())
	case 7:
		list := make([]any, d.Count(1))
		for i := range list {
			list[i] = d.object(depth + 1)
		}
		return list
	case 8:
		n := d.Count(2)
		m := make(map[string]any, n)
		for range n {
			k := d.String()
			m[k] = d.object(depth + 1)
		}
		return m
	case 10:
		n := d.Count(1)
		set := make(Set, n)
		for range n {
			switch x := d.object(64).(type) { // deeper ones are no members of sets
			case nil, bool, string, int32, int64, float32, float64:
				set[x] = struct{}{}
			default:
				d.corrupt()
				return nil
			}
		}
		return set
	}
	d.corrupt()
	return nil
}

func (d *Decoder) take(n int) []byte {
	if d.err != nil || n > len(d.buf) {
		d.corrupt()
		return nil
	}
	b := d.buf[:n:n]
	d.buf = d.buf[n:]
	return b
}

func (d *Decoder) corrupt() {
	d.Fail(ErrCorrupt)
	d.buf = nil
}
