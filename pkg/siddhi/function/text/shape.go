package text

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// shaping has the functions that make a text of another one alone.
func shaping() []*function.Function {
	one := []extension.Param{input}
	return []*function.Function{
		{
			Declaration: declare("length", schema.Int, "Returns the number of characters, in UTF-16 units.", "str:length(name) as n", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) { return length, nil },
		},
		{
			Declaration: declare("lower", schema.String, "Returns the text in lower case.", "str:lower(name) as name", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) {
				return folding('A', 'Z', cases.Lower(language.Und)), nil
			},
		},
		{
			Declaration: declare("upper", schema.String, "Returns the text in upper case.", "str:upper(name) as name", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) {
				return folding('a', 'z', cases.Upper(language.Und)), nil
			},
		},
		{
			Declaration: declare("reverse", schema.String, "Returns the text backwards.", "str:reverse(name) as name", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) { return reverse(), nil },
		},
		{
			Declaration: declare("trim", schema.String, "Cuts blanks and control characters off both ends.", "str:trim(name) as name", one),
			Nulls:       refuse, New: func(*function.Call) (function.Kernel, error) { return trim, nil },
		},
		{
			Declaration: declare("repeat", schema.String, "Returns the text as often as times says; not at all for less than 1.", "str:repeat(name, 3) as name",
				[]extension.Param{input, function.Param("times", function.Ints)}),
			Nulls: refuse, New: func(*function.Call) (function.Kernel, error) { return repeat(), nil },
		},
	}
}

func length(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		out.I32[i] = int32(function.UnitCount(args[0].String(i)))
	}
	return nil
}

// folding changes the case of the ASCII letters from lo to hi itself and leaves
// other text to rules.
func folding(lo, hi byte, rules cases.Caser) function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			s := args[0].String(i)
			if !function.IsASCII(s) {
				out.SetString(i, rules.String(s))
				continue
			}
			buf = append(buf[:0], s...)
			for j, c := range buf {
				if c >= lo && c <= hi {
					buf[j] = c ^ 0x20
				}
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}

func reverse() function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			s := args[0].String(i)
			buf = buf[:0]
			for len(s) > 0 {
				_, size := utf8.DecodeLastRuneInString(s)
				buf = append(buf, s[len(s)-size:]...)
				s = s[:len(s)-size]
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}

// trim is Java's String.trim.
func trim(args []*column.Column, out *column.Column) error {
	for i := range out.Str {
		s := args[0].String(i)
		for len(s) > 0 && s[0] <= ' ' {
			s = s[1:]
		}
		for len(s) > 0 && s[len(s)-1] <= ' ' {
			s = s[:len(s)-1]
		}
		out.SetString(i, s)
	}
	return nil
}

// maxRepeat bounds what one row may ask for.
const maxRepeat = 1 << 28

var errRepeat = errors.New("the result would be longer than 256 MiB")

func repeat() function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i, times := range args[1].I32 {
			s := args[0].String(i)
			if int64(len(s))*int64(times) > maxRepeat {
				return errRepeat
			}
			buf = buf[:0]
			for range times {
				buf = append(buf, s...)
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}
