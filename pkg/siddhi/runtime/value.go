package runtime

import (
	"fmt"
	"math"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Value is one attribute of an event, without an allocation for any type: as
// in log/slog, a string's data pointer lies in an interface of its own type.
// The zero Value is null.
type Value struct {
	num uint64
	any any // schema.Type for numbers and bools, text for strings, else the object; nil is null
}

type text *byte

// Null is the null value of every type.
var Null Value

// String makes a string value.
func String(v string) Value {
	return Value{num: uint64(len(v)), any: text(unsafe.StringData(v))}
}

// Int makes an int value.
func Int(v int32) Value { return Value{num: uint64(uint32(v)), any: schema.Int} }

// Long makes a long value.
func Long(v int64) Value { return Value{num: uint64(v), any: schema.Long} }

// Float makes a float value.
func Float(v float32) Value { return Value{num: uint64(math.Float32bits(v)), any: schema.Float} }

// Double makes a double value.
func Double(v float64) Value { return Value{num: math.Float64bits(v), any: schema.Double} }

// Bool makes a bool value.
func Bool(v bool) Value {
	if v {
		return Value{num: 1, any: schema.Bool}
	}
	return Value{any: schema.Bool}
}

// Object makes an object value; nil is null.
func Object(v any) Value { return Value{num: uint64(schema.Object), any: object{v}} }

type object struct{ v any }

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

// Type returns the value's type, Invalid for null.
func (v Value) Type() schema.Type {
	switch a := v.any.(type) {
	case nil:
		return schema.Invalid
	case schema.Type:
		return a
	case text:
		return schema.String
	}
	return schema.Object
}

// set stores v as row 0 of c. It reports whether v's type is that of c.
func (v *Value) set(c *column.Column) bool {
	// One comparison each: a type switch would look at the types' hashes first.
	if t, ok := v.any.(schema.Type); ok {
		return t == c.Type && v.setNumber(c, t)
	}
	if data, ok := v.any.(text); ok {
		s := unsafe.String((*byte)(data), int(v.num))
		if c.Type != schema.String {
			return setObject(c, s)
		}
		if len(c.Arena) != 0 {
			c.Arena = c.Arena[:0]
		}
		c.SetString(0, s)
		return true
	}
	o, ok := v.any.(object)
	if !ok || o.v == nil {
		c.SetNull(0)
		return true
	}
	return setObject(c, o.v)
}

func (v *Value) setNumber(c *column.Column, t schema.Type) bool {
	switch t {
	case schema.Int:
		c.I32[0] = int32(v.num)
	case schema.Long:
		c.I64[0] = int64(v.num)
	case schema.Float:
		c.F32[0] = math.Float32frombits(uint32(v.num))
	case schema.Double:
		c.F64[0] = math.Float64frombits(v.num)
	case schema.Bool:
		c.Bool[0] = v.num != 0
	}
	return true
}

func setObject(c *column.Column, o any) bool {
	if c.Type != schema.Object {
		return false
	}
	c.Obj[0] = o
	return true
}

// GoString shows the value in messages.
func (v Value) GoString() string {
	switch a := v.any.(type) {
	case nil:
		return "null"
	case text:
		return fmt.Sprintf("%q", unsafe.String((*byte)(a), int(v.num)))
	case object:
		return fmt.Sprintf("%T", a.v)
	case schema.Type:
		switch a {
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
	}
	return "?"
}
