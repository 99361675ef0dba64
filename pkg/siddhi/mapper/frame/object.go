package frame

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// The tags of object values.
const (
	tagNull = iota
	tagBool
	tagString
	tagInt
	tagLong
	tagFloat
	tagDouble
	tagList
	tagMap
)

// maxDepth bounds how deep lists and maps nest.
const maxDepth = 32

func appendObjects(dst []byte, v []any, rows []int32) ([]byte, error) {
	n := len(rows)
	if rows == nil {
		n = len(v)
	}
	for i := range n {
		r := i
		if rows != nil {
			r = int(rows[i])
		}
		var err error
		if dst, err = appendObject(dst, v[r], 0); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendObject(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, fmt.Errorf("an object is nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, tagNull), nil
	case bool:
		b := byte(0)
		if v {
			b = 1
		}
		return append(dst, tagBool, b), nil
	case string:
		return appendText(append(dst, tagString), v), nil
	case int32:
		return binary.LittleEndian.AppendUint32(append(dst, tagInt), uint32(v)), nil
	case int64:
		return binary.LittleEndian.AppendUint64(append(dst, tagLong), uint64(v)), nil
	case float32:
		return binary.LittleEndian.AppendUint32(append(dst, tagFloat), math.Float32bits(v)), nil
	case float64:
		return binary.LittleEndian.AppendUint64(append(dst, tagDouble), math.Float64bits(v)), nil
	case []any:
		dst = binary.LittleEndian.AppendUint32(append(dst, tagList), uint32(len(v)))
		for _, x := range v {
			var err error
			if dst, err = appendObject(dst, x, depth+1); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case map[string]any:
		return appendMap(dst, v, depth)
	}
	return dst, fmt.Errorf("an object of type %T has no binary form", v)
}

// appendMap writes the entries in the order of their keys, so that equal values
// have equal bytes.
func appendMap(dst []byte, v map[string]any, depth int) ([]byte, error) {
	dst = binary.LittleEndian.AppendUint32(append(dst, tagMap), uint32(len(v)))
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		var err error
		if dst, err = appendObject(appendText(dst, k), v[k], depth+1); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendText(dst []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(s))), s...)
}

// skipObject passes over one object and checks it, without making it.
func (c *cursor) skipObject(depth int) {
	if depth > maxDepth {
		c.fail("an object is nested deeper than %d", maxDepth)
		return
	}
	switch tag := c.u8(); tag {
	case tagNull:
	case tagBool:
		if b := c.u8(); b > 1 {
			c.fail("a bool is %d", b)
		}
	case tagString:
		c.take(int(c.u32()))
	case tagInt, tagFloat:
		c.take(4)
	case tagLong, tagDouble:
		c.take(8)
	case tagList:
		for n := c.u32(); n > 0 && c.err == nil; n-- {
			c.skipObject(depth + 1)
		}
	case tagMap:
		for n := c.u32(); n > 0 && c.err == nil; n-- {
			c.take(int(c.u32()))
			c.skipObject(depth + 1)
		}
	default:
		c.fail("unknown object tag %d", tag)
	}
}

// object makes one object. skipObject has accepted the same bytes, so lengths
// are true: each element of a list or map took at least a byte of the frame.
func (c *cursor) object() any {
	switch c.u8() {
	case tagBool:
		return c.u8() == 1
	case tagString:
		return string(c.take(int(c.u32())))
	case tagInt:
		return int32(c.u32())
	case tagLong:
		return int64(c.u64())
	case tagFloat:
		return math.Float32frombits(c.u32())
	case tagDouble:
		return math.Float64frombits(c.u64())
	case tagList:
		list := make([]any, c.u32())
		for i := range list {
			list[i] = c.object()
		}
		return list
	case tagMap:
		n := c.u32()
		m := make(map[string]any, n)
		for range n {
			k := string(c.take(int(c.u32())))
			m[k] = c.object()
		}
		return m
	}
	return nil
}
