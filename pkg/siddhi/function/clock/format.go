package clock

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// format is a date format of Java, as FastDateFormat of commons-lang reads them:
// a list of fields and of text between them.
type format struct{ fields []field }

// field is a run of one letter, or text.
type field struct {
	letter byte // 0: text
	width  int
	text   string
	fixed  bool // digits follow: a number has exactly width digits
}

// printable are the letters of a format, numeric those that stand for numbers.
const (
	printable = "GyMdhHmsSEDFwWakKzZX"
	numeric   = "yMdhHmsSDFwWkK"
)

// newFormat reads a format.
func newFormat(text string) (*format, error) {
	if text == "" {
		return nil, errors.New("a date format cannot be empty")
	}
	f := &format{}
	whole := text
	for text != "" {
		c := text[0]
		switch {
		case c == '\'':
			literal, rest, err := quoted(text)
			if err != nil {
				return nil, fmt.Errorf("date format %q: %w", whole, err)
			}
			f.literal(literal)
			text = rest
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := len(text) - len(strings.TrimLeft(text, string(rune(c))))
			if strings.IndexByte(printable, c) < 0 || c == 'X' && n > 3 {
				return nil, fmt.Errorf("date format %q: there is no field %q", whole, text[:n])
			}
			f.fields = append(f.fields, field{letter: c, width: n})
			text = text[n:]
		default:
			_, size := utf8.DecodeRuneInString(text)
			f.literal(text[:size])
			text = text[size:]
		}
	}
	for i := range f.fields[:max(len(f.fields)-1, 0)] {
		f.fields[i].fixed = f.fields[i].isNumber() && f.fields[i+1].isNumber()
	}
	return f, nil
}

// quoted reads text in quotes; two quotes are one.
func quoted(text string) (literal, rest string, err error) {
	if strings.HasPrefix(text, "''") {
		return "'", text[2:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			b.WriteByte(text[i])
			continue
		}
		if !strings.HasPrefix(text[i:], "''") {
			return b.String(), text[i+1:], nil
		}
		b.WriteByte('\'')
		i++
	}
	return "", "", errors.New("a quote is not closed")
}

func (f *format) literal(text string) {
	if n := len(f.fields); n > 0 && f.fields[n-1].letter == 0 {
		f.fields[n-1].text += text
		return
	}
	f.fields = append(f.fields, field{text: text})
}

// isNumber says whether digits stand for the field.
func (f *field) isNumber() bool {
	if f.letter == 'M' && f.width >= 3 {
		return false
	}
	return f.letter != 0 && strings.IndexByte(numeric, f.letter) >= 0
}

var (
	months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"}
	weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// shortName is how the name of a month or day is shortened.
func shortName(name string) string { return name[:3] }

// print appends a time in a zone.
func (f *format) print(dst []byte, millis int64, z *zone) []byte {
	offset, name := z.at(millis)
	c := of(millis + offset)
	for i := range f.fields {
		dst = f.fields[i].print(dst, &c, offset, name)
	}
	return dst
}

func (f *field) print(dst []byte, c *civil, offset int64, zoneName string) []byte {
	switch f.letter {
	case 0:
		return append(dst, f.text...)
	case 'G':
		if c.year < 1 {
			return append(dst, "BC"...)
		}
		return append(dst, "AD"...)
	case 'M':
		switch {
		case f.width >= 4:
			return append(dst, months[c.month-1]...)
		case f.width == 3:
			return append(dst, shortName(months[c.month-1])...)
		}
	case 'E':
		if f.width >= 4 {
			return append(dst, weekdays[c.weekday()]...)
		}
		return append(dst, shortName(weekdays[c.weekday()])...)
	case 'a':
		if c.hour < 12 {
			return append(dst, "AM"...)
		}
		return append(dst, "PM"...)
	case 'z':
		if f.width >= 4 {
			return append(dst, longZoneName(zoneName, offset)...)
		}
		return append(dst, zoneName...)
	case 'Z', 'X':
		return f.printOffset(dst, offset)
	}
	return f.printNumber(dst, c)
}

func (f *field) printNumber(dst []byte, c *civil) []byte {
	n, width := int64(0), f.width
	switch f.letter {
	case 'y':
		if n = c.year; n < 1 {
			n = 1 - n
		}
		if f.width == 2 {
			n %= 100
		} else {
			width = max(width, 4)
		}
	case 'M':
		n = c.month
	case 'd':
		n = c.day
	case 'H':
		n = c.hour
	case 'k':
		if n = c.hour; n == 0 {
			n = 24
		}
	case 'h':
		if n = c.hour % 12; n == 0 {
			n = 12
		}
	case 'K':
		n = c.hour % 12
	case 'm':
		n = c.minute
	case 's':
		n = c.second
	case 'S':
		n = c.milli
	case 'D':
		n = c.dayOfYear()
	case 'F':
		n = (c.day-1)/7 + 1
	case 'w':
		n = c.weekOfYear()
	case 'W':
		n = c.weekOfMonth()
	}
	return appendPadded(dst, n, width)
}

// appendPadded appends a number of at least width digits.
func appendPadded(dst []byte, n int64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	for range width - (len(buf) - i) {
		dst = append(dst, '0')
	}
	return append(dst, buf[i:]...)
}

// printOffset writes +0100 for one Z or two X, +01:00 for two Z or three X, +01
// for one X, and Z for no offset under any number of X.
func (f *field) printOffset(dst []byte, offset int64) []byte {
	if f.letter == 'X' && offset == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendPadded(append(dst, sign), offset/3600000, 2)
	if f.letter == 'X' && f.width == 1 {
		return dst
	}
	if f.letter == 'Z' && f.width > 1 || f.letter == 'X' && f.width == 3 {
		dst = append(dst, ':')
	}
	return appendPadded(dst, offset/60000%60, 2)
}
