package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"

	"millrace/pkg/siddhi/javatext"
)

// appendJSON appends a value as JSON, the keys of maps in Java's order.
func appendJSON(dst []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case Map:
		dst = append(dst, '{')
		for i, k := range javatext.Keys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(append(appendText(dst, k), ':'), v[k]); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	case List:
		dst = append(dst, '[')
		for i, x := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, x); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case string:
		return appendText(dst, v), nil
	case float64:
		return appendNumber(dst, v, 64)
	case float32:
		return appendNumber(dst, float64(v), 32)
	}
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err = e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// appendNumber appends a number as Java has it, without a fraction of zero.
func appendNumber(dst []byte, v float64, size int) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, fmt.Errorf("%v is no JSON number", v)
	}
	text := javatext.AppendFloat(nil, v, size)
	return append(dst, bytes.TrimSuffix(text, []byte(".0"))...), nil
}

// appendText appends a text in quotes. Besides what JSON asks for, the library
// that Siddhi uses escapes some that browsers trip over: the end of a tag, and
// characters that nobody sees.
func appendText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	last := rune(0)
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c == '/' && last == '<':
			dst = append(dst, `\/`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c >= 0x80 && c < 0xa0 || c >= 0x2000 && c < 0x2100:
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = utf8.AppendRune(dst, c)
		}
		last = c
	}
	return append(dst, '"')
}
