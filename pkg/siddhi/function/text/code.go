package text

import (
	"fmt"
	"strconv"
	"unicode/utf16"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// coding has the functions that write text in hexadecimal digits and read it.
func coding() []*function.Function {
	one := []extension.Param{input}
	return []*function.Function{
		{
			Declaration: declare("hex", schema.String, "Returns the characters' numbers in hexadecimal.", "str:hex(name) as code", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) { return hex(), nil },
		},
		{
			Declaration: fallible(declare("unhex", schema.String, "Returns the text whose characters have these numbers, two hexadecimal digits each.",
				"str:unhex(code) as name", one)),
			Nulls: refuse, New: func(*function.Call) (function.Kernel, error) { return unhex(), nil },
		},
	}
}

func hex() function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			buf = buf[:0]
			for _, r := range args[0].String(i) {
				if r <= 0xffff {
					buf = strconv.AppendInt(buf, int64(r), 16)
					continue
				}
				high, low := utf16.EncodeRune(r)
				buf = strconv.AppendInt(buf, int64(high), 16)
				buf = strconv.AppendInt(buf, int64(low), 16)
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}

func unhex() function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			s := args[0].String(i)
			if len(s)%2 != 0 {
				return fmt.Errorf("%q has an odd number of digits", s)
			}
			buf = buf[:0]
			for ; s != ""; s = s[2:] {
				v, err := strconv.ParseUint(s[:2], 16, 8)
				if err != nil {
					return fmt.Errorf("%q is no number of two hexadecimal digits", s[:2])
				}
				buf = append(buf, string(rune(v))...)
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}
