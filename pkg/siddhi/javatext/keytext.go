package javatext

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// KeyTexts returns the first n values of a key, in which some are strays, as Siddhi
// tells keys apart: by their texts. So the text of a value of the column's type is
// that value, and the text null is null.
func KeyTexts(c *column.Column, n int) *column.Column {
	keys := &column.Column{Type: c.Type}
	for row := range n {
		v, _ := c.Stray(row)
		text, ok := v.(string)
		if !ok || !appendTyped(keys, text) {
			keys.AppendFrom(c, row)
		}
	}
	return keys
}

// appendTyped appends the value of the type of keys whose text is the given one, if
// there is such a value.
func appendTyped(keys *column.Column, text string) bool {
	if text == "null" {
		keys.AppendNull()
		return true
	}
	one := column.Column{Type: keys.Type}
	ok := false
	switch keys.Type {
	case schema.Int, schema.Long:
		var v int64
		if keys.Type == schema.Int {
			v, ok = ParseInteger(text, 32)
			one.AppendInt(int32(v))
		} else {
			v, ok = ParseInteger(text, 64)
			one.AppendLong(v)
		}
	case schema.Float:
		var v float64
		v, ok = ParseFloat(text, 32)
		one.AppendFloat(float32(v))
	case schema.Double:
		var v float64
		v, ok = ParseFloat(text, 64)
		one.AppendDouble(v)
	case schema.Bool:
		ok = true
		one.AppendBool(text == "true")
	}
	if !ok || string(AppendValue(nil, &one, 0)) != text {
		return false
	}
	keys.AppendFrom(&one, 0)
	return true
}
