package javatext

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// KeyTypes replaces types of keys by those by which they are told apart: see Key.
func KeyTypes(types ...schema.Type) []schema.Type {
	types = slices.Clone(types)
	for i, t := range types {
		if t == schema.Object {
			types[i] = schema.String
		}
	}
	return types
}

// Key returns a column as Siddhi tells the first n values of it apart where they are a
// key: by their texts. So objects are texts, where some are strays the text of a value
// of the column's type is that value, and the text null is null.
func Key(c *column.Column, n int) *column.Column {
	if c.Type != schema.Object && !c.HasStrays() {
		return c
	}
	return texts(c, n)
}

func texts(c *column.Column, n int) *column.Column {
	if c.Type == schema.Object {
		return objectTexts(c, n)
	}
	return typedKeys(c, n)
}

func objectTexts(c *column.Column, n int) *column.Column {
	keys := &column.Column{Type: schema.String}
	var text []byte
	for row := range n {
		text = AppendObject(text[:0], c.Obj[row])
		keys.AppendBytes(text)
	}
	return keys
}

func typedKeys(c *column.Column, n int) *column.Column {
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
