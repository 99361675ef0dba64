package collection

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"millrace/pkg/siddhi/javatext"
)

// jsonReader reads what Siddhi's maps take for JSON, which is more than the
// standard has: texts in single quotes or in none, '=' and '=>' for ':', ';'
// for ',', a separator behind the last element, and whatever follows the object.
type jsonReader struct {
	text  string
	at    int
	depth int
}

// ends are the characters that end a text without quotes.
const ends = ",:]}/\\\"[{;=#"

var errTextEnd = errors.New("the text ends too early")

// readObject reads the object that a text begins with.
func readObject(text string) (Map, error) {
	r := jsonReader{text: text}
	if c := r.next(); c != '{' {
		return nil, errors.New("a JSON object begins with '{'")
	}
	return r.object()
}

// next takes the next character that is no blank; 0 is the end of the text.
func (r *jsonReader) next() byte {
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		if c > ' ' {
			return c
		}
	}
	r.at = len(r.text) + 1 // back comes to the end again
	return 0
}

// back gives the character that was taken last back.
func (r *jsonReader) back() { r.at-- }

// object reads what follows a '{'.
func (r *jsonReader) object() (Map, error) {
	m := Map{}
	if r.next() == '}' {
		return m, nil
	}
	r.back()
	for {
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("key %q is given twice", key)
		}
		m[key] = v
		switch r.next() {
		case '}':
			return m, nil
		case ',', ';':
			if r.next() == '}' {
				return m, nil
			}
			r.back()
		default:
			return nil, fmt.Errorf("',' or '}' is missing behind the value of %q", key)
		}
	}
}

// key reads a key and what stands between it and its value.
func (r *jsonReader) key() (string, error) {
	v, err := r.value()
	if err != nil {
		return "", err
	}
	key, err := keyText(v)
	if err != nil {
		return "", err
	}
	switch r.next() {
	case ':':
	case '=':
		if r.at < len(r.text) && r.text[r.at] == '>' {
			r.at++
		}
	default:
		return "", fmt.Errorf("':' is missing behind key %q", key)
	}
	return key, nil
}

// keyText is the text of a value that stands where a key is wanted.
func keyText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case Map, List:
		text, err := appendJSON(nil, v)
		return string(text), err
	}
	return string(javatext.AppendObject(nil, v)), nil
}

// array reads what follows a '['.
func (r *jsonReader) array() (List, error) {
	l := List{}
	if r.next() == ']' {
		return l, nil
	}
	r.back()
	for {
		var v any // a place that is left empty is null
		if c := r.next(); c == ',' {
			r.back()
		} else {
			r.back()
			var err error
			if v, err = r.value(); err != nil {
				return nil, err
			}
		}
		l = append(l, v)
		switch r.next() {
		case ']':
			return l, nil
		case ',', ';':
			if r.next() == ']' {
				return l, nil
			}
			r.back()
		default:
			return nil, errors.New("',' or ']' is missing in an array")
		}
	}
}

// value reads a text, an object, an array, or what stands there without quotes.
func (r *jsonReader) value() (any, error) {
	if r.depth == maxDepth {
		return nil, fmt.Errorf("objects stand in each other more than %d deep", maxDepth)
	}
	r.depth++
	defer func() { r.depth-- }()
	switch c := r.next(); c {
	case 0:
		return nil, errTextEnd
	case '"', '\'':
		return r.quoted(c)
	case '{':
		return r.object()
	case '[':
		return r.array()
	}
	r.back()
	from := r.at
	for r.at < len(r.text) && r.text[r.at] >= ' ' && strings.IndexByte(ends, r.text[r.at]) < 0 {
		r.at++
	}
	word := javatext.Trim(r.text[from:r.at])
	if word == "" {
		return nil, errors.New("a value is missing")
	}
	return meaning(word)
}

// quoted reads a text up to its quote.
func (r *jsonReader) quoted(quote byte) (string, error) {
	var b strings.Builder
	for {
		if r.at >= len(r.text) {
			return "", errTextEnd
		}
		c := r.text[r.at]
		r.at++
		switch c {
		case quote:
			return b.String(), nil
		case 0, '\n', '\r':
			return "", errors.New("a text ends where its line does")
		case '\\':
			if err := r.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
}

// escape reads what follows a '\'.
func (r *jsonReader) escape(b *strings.Builder) error {
	if r.at >= len(r.text) {
		return errTextEnd
	}
	c := r.text[r.at]
	r.at++
	switch c {
	case 'u':
		unit, err := r.hex(4)
		if err != nil {
			return err
		}
		b.WriteRune(r.whole(unit))
	case 'x':
		unit, err := r.hex(2)
		if err != nil {
			return err
		}
		b.WriteRune(unit)
	case 'b':
		b.WriteByte('\b')
	case 't':
		b.WriteByte('\t')
	case 'n':
		b.WriteByte('\n')
	case 'f':
		b.WriteByte('\f')
	case 'r':
		b.WriteByte('\r')
	default:
		b.WriteByte(c)
	}
	return nil
}

// whole is the character that a UTF-16 unit is, or begins if the other half follows.
func (r *jsonReader) whole(unit rune) rune {
	if !utf16.IsSurrogate(unit) {
		return unit
	}
	rest := *r
	if strings.HasPrefix(rest.text[rest.at:], `\u`) {
		rest.at += len(`\u`)
		if low, err := rest.hex(4); err == nil && utf16.DecodeRune(unit, low) != utf8.RuneError {
			r.at = rest.at
			return utf16.DecodeRune(unit, low)
		}
	}
	return utf8.RuneError
}

// hex reads so many hexadecimal digits.
func (r *jsonReader) hex(n int) (rune, error) {
	if r.at+n > len(r.text) {
		return 0, errTextEnd
	}
	digits := r.text[r.at : r.at+n]
	v, err := strconv.ParseUint(digits, 16, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no hexadecimal number", digits)
	}
	r.at += n
	return rune(v), nil
}

// meaning is the value that a word stands for: true, false, null, a number, or itself.
func meaning(word string) (any, error) {
	switch {
	case strings.EqualFold(word, "true"):
		return true, nil
	case strings.EqualFold(word, "false"):
		return false, nil
	case strings.EqualFold(word, "null"):
		return nil, nil
	case strings.IndexByte("0123456789+-.", word[0]) < 0:
		return word, nil
	}
	if n, ok := otherBase(word); ok {
		return n, nil
	}
	if n, ok := javatext.ParseInteger(word, 32); ok {
		return int32(n), nil
	}
	if n, ok := javatext.ParseInteger(word, 64); ok {
		return n, nil
	}
	f, ok := javatext.ParseFloat(word, 64)
	if !ok {
		return word, nil
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%s is no JSON number", word)
	}
	return f, nil
}

// otherBase reads the ints that begin with 0x or 0, which count in sixteens and in eights.
func otherBase(word string) (int32, bool) {
	if word[0] != '0' {
		return 0, false
	}
	base := 8
	if len(word) > 2 && (word[1] == 'x' || word[1] == 'X') {
		word, base = word[2:], 16
	}
	n, err := strconv.ParseInt(word, base, 32)
	return int32(n), err == nil
}
