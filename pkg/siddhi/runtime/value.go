package runtime

import (
	"fmt"
	"math"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Value is one attribute of an event, in two words and without an allocation
// for numbers, bools and strings. The zero Value is null.
type Value struct {
	// num has the bits of a number or bool, or the length of a string.
	num uint64
	// ptr says what num is: nil for null, a mark for numbers, bools and the
	// empty string, the bytes of a string, or with num isObject an *any.
	ptr unsafe.Pointer
}

// isObject is longer than any string.
const isObject = 1 << 63

// marks has an address for each type. Nothing is ever stored in it.
var marks [schema.Object + 1]byte

func mark(t schema.Type) unsafe.Pointer { return unsafe.Pointer(&marks[t]) }

// Null is the null value of every type.
var Null Value

// String makes a string value.
func String(v string) Value {
	if v == "" {
		return Value{ptr: mark(schema.String)}
	}
	return Value{uint64(len(v)), unsafe.Pointer(unsafe.StringData(v))}
}

// Int makes an int value.
func Int(v int32) Value { return Value{uint64(uint32(v)), mark(schema.Int)} }

// Long makes a long value.
func Long(v int64) Value { return Value{uint64(v), mark(schema.Long)} }

// Float makes a float value.
func Float(v float32) Value { return Value{uint64(math.Float32bits(v)), mark(schema.Float)} }

// Double makes a double value.
func Double(v float64) Value { return Value{math.Float64bits(v), mark(schema.Double)} }

// Bool makes a bool value.
func Bool(v bool) Value {
	if v {
		return Value{1, mark(schema.Bool)}
	}
	return Value{0, mark(schema.Bool)}
}

// Object makes an object value; nil is null.
func Object(v any) Value {
	if v == nil {
		return Null
	}
	return Value{isObject, unsafe.Pointer(&v)}
}

// Of makes a Value of a Go value: nil, string, int32, int64, float32, float64 or
// bool; everything else becomes an object.
func Of(v any) Value {
	switch v := v.(type) {
	case nil:
		return Null
	case string:
		return String(v)
	case int32:
		return Int(v)
	case int64:
		return Long(v)
	case float32:
		return Float(v)
	case float64:
		return Double(v)
	case bool:
		return Bool(v)
	}
	return Object(v)
}

// marked returns the type whose mark v has; ok is false when it has none.
func (v *Value) marked() (t schema.Type, ok bool) {
	at := uintptr(v.ptr) - uintptr(unsafe.Pointer(&marks))
	return schema.Type(at), at < uintptr(len(marks))
}

// Type returns the value's type, Invalid for null.
func (v Value) Type() schema.Type {
	if v.ptr == nil {
		return schema.Invalid
	}
	if t, ok := v.marked(); ok {
		return t
	}
	if v.num == isObject {
		return schema.Object
	}
	return schema.String
}

// text returns the string of a value of type string. It shares the memory of
// the string that the value was made of.
func (v *Value) text() string {
	if v.num == 0 {
		return ""
	}
	return unsafe.String((*byte)(v.ptr), int(v.num))
}

// object returns the value that an object was made of.
func (v *Value) object() any { return *(*any)(v.ptr) }

// boxed returns the Go value that v was made of.
func (v *Value) boxed() any {
	switch v.Type() {
	case schema.Invalid:
		return nil
	case schema.String:
		return v.text()
	case schema.Int:
		return int32(v.num)
	case schema.Long:
		return int64(v.num)
	case schema.Float:
		return math.Float32frombits(uint32(v.num))
	case schema.Double:
		return math.Float64frombits(v.num)
	case schema.Bool:
		return v.num != 0
	}
	return v.object()
}

// short says whether v is a string that a column.Str holds whole, and not empty.
func (v *Value) short() bool {
	if v.num-1 >= column.InlineLen {
		return false
	}
	_, marked := v.marked()
	return !marked
}

// place is where the value of an attribute goes in a column of one row: numbers
// and bools as their bits lie in memory, short strings as column.Str.
type place struct {
	mark unsafe.Pointer // of the values that fit; for other types one that no value has
	at   unsafe.Pointer
	size uint8
	text bool
}

func placeOf(c *column.Column) place {
	switch c.Type {
	case schema.Int:
		return place{mark(c.Type), unsafe.Pointer(&c.I32[0]), 4, false}
	case schema.Long:
		return place{mark(c.Type), unsafe.Pointer(&c.I64[0]), 8, false}
	case schema.Float:
		return place{mark(c.Type), unsafe.Pointer(&c.F32[0]), 4, false}
	case schema.Double:
		return place{mark(c.Type), unsafe.Pointer(&c.F64[0]), 8, false}
	case schema.Bool:
		return place{mark(c.Type), unsafe.Pointer(&c.Bool[0]), 1, false}
	case schema.String:
		return place{mark(schema.Invalid), unsafe.Pointer(&c.Str[0]), 0, true}
	}
	return place{mark: mark(schema.Invalid)}
}

// GoString shows the value in messages.
func (v Value) GoString() string {
	switch v.Type() {
	case schema.Invalid:
		return "null"
	case schema.String:
		return fmt.Sprintf("%q", v.text())
	case schema.Int:
		return fmt.Sprint(int32(v.num))
	case schema.Long:
		return fmt.Sprint(int64(v.num))
	case schema.Float:
		return fmt.Sprint(math.Float32frombits(uint32(v.num)))
	case schema.Double:
		return fmt.Sprint(math.Float64frombits(v.num))
	case schema.Bool:
		return fmt.Sprint(v.num != 0)
	}
	return fmt.Sprintf("%T", v.object())
}
