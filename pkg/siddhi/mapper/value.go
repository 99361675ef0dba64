package mapper

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// AppendValue appends the text of a value, as templates have it: numbers as
// Java prints them, null as "null", objects as JSON, values of other types than
// their attribute's as what they are.
func AppendValue(dst []byte, c *column.Column, row int) []byte {
	if c.IsNull(row) {
		return javatext.AppendNull(dst, c, row)
	}
	switch c.Type {
	case schema.String:
		return append(dst, c.String(row)...)
	case schema.Int:
		return strconv.AppendInt(dst, int64(c.I32[row]), 10)
	case schema.Long:
		return strconv.AppendInt(dst, c.I64[row], 10)
	case schema.Float:
		return javatext.AppendFloat(dst, float64(c.F32[row]), 32)
	case schema.Double:
		return javatext.AppendFloat(dst, c.F64[row], 64)
	case schema.Bool:
		return strconv.AppendBool(dst, c.Bool[row])
	case schema.Object:
		text, err := json.Marshal(c.Obj[row])
		if err != nil {
			return fmt.Append(dst, c.Obj[row])
		}
		return append(dst, text...)
	}
	return dst
}

// appendJSON appends a value as JSON. What JSON has no number for (NaN and the
// infinities) becomes null, as in JavaScript.
func appendJSON(dst []byte, c *column.Column, row int) ([]byte, error) {
	if v, ok := c.Stray(row); ok {
		c, row = &column.Column{Type: column.TypeOf(v)}, 0
		c.AppendAny(v)
	}
	if !c.IsNull(row) {
		switch c.Type {
		case schema.String:
			dst = append(dst, '"')
			return append(appendEscaped(dst, c.String(row)), '"'), nil
		case schema.Float:
			if !finite(float64(c.F32[row])) {
				return append(dst, "null"...), nil
			}
		case schema.Double:
			if !finite(c.F64[row]) {
				return append(dst, "null"...), nil
			}
		case schema.Object:
			text, err := json.Marshal(c.Obj[row])
			if err != nil {
				return dst, fmt.Errorf("as JSON: %w", err)
			}
			return append(dst, text...), nil
		}
	}
	return AppendValue(dst, c, row), nil
}

func finite(v float64) bool { return v-v == 0 }

// appendEscaped appends what stands between the quotes of a JSON string.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		ch := s[i]
		if ch < utf8.RuneSelf {
			switch {
			case ch == '"' || ch == '\\':
				dst = append(dst, '\\', ch)
			case ch == '\n':
				dst = append(dst, '\\', 'n')
			case ch == '\r':
				dst = append(dst, '\\', 'r')
			case ch == '\t':
				dst = append(dst, '\\', 't')
			case ch < ' ':
				dst = append(dst, '\\', 'u', '0', '0', hex[ch>>4], hex[ch&15])
			default:
				dst = append(dst, ch)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, r) // a byte that is not UTF-8 becomes U+FFFD
		i += size
	}
	return dst
}
