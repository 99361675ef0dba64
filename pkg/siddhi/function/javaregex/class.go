package javaregex

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a range of characters, both ends included.
type span struct{ lo, hi rune }

// set is a set of characters: ascending spans that do not touch.
type set []span

func (s set) normal() set {
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
			continue
		}
		out = append(out, r)
	}
	return out
}

func (s set) not() set {
	var out set
	next := rune(0)
	for _, r := range s.normal() {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) and(other set) set {
	return append(s.not(), other.not()...).not()
}

// write writes s as a class of both dialects.
func (s set) write(out *strings.Builder) {
	s = s.normal()
	if len(s) == 0 {
		out.WriteString("[^\\x00-" + string(unicode.MaxRune) + "]") // matches nothing
		return
	}
	out.WriteByte('[')
	for _, r := range s {
		writeLiteral(out, r.lo)
		if r.hi > r.lo {
			out.WriteByte('-')
			writeLiteral(out, r.hi)
		}
	}
	out.WriteByte(']')
}

// class reads a class behind its opening bracket: a union of characters, ranges
// and classes, cut with what stands behind &&.
func (t *translation) class() (set, error) {
	negated := strings.HasPrefix(t.rest, "^")
	t.rest = strings.TrimPrefix(t.rest, "^")
	var all, union set
	cut := false
	first := true
	for {
		switch {
		case t.rest == "":
			return nil, errors.New("a [ is not closed")
		case t.rest[0] == ']' && !first:
			t.rest = t.rest[1:]
			if cut {
				union = all.and(union)
			}
			if negated {
				union = union.not()
			}
			return union, nil
		case strings.HasPrefix(t.rest, "&&"):
			t.rest = t.rest[2:]
			if cut {
				union = all.and(union)
			}
			all, union, cut = union, nil, true
			continue
		}
		part, err := t.member()
		if err != nil {
			return nil, err
		}
		union = append(union, part...).normal()
		first = false
	}
}

// member reads a character, a range or a class within a class.
func (t *translation) member() (set, error) {
	if t.rest[0] == '[' {
		t.rest = t.rest[1:]
		return t.class()
	}
	if strings.HasPrefix(t.rest, `\Q`) {
		text, rest, _ := strings.Cut(t.rest[2:], `\E`)
		t.rest = rest
		var s set
		for _, r := range text {
			s = append(s, span{r, r})
		}
		return s, nil
	}
	if s, ok, err := t.shorthand(); ok || err != nil {
		return s, err
	}
	lo, err := t.classCharacter()
	if err != nil {
		return nil, err
	}
	if len(t.rest) < 2 || t.rest[0] != '-' || t.rest[1] == ']' || t.rest[1] == '[' {
		return set{{lo, lo}}, nil
	}
	t.rest = t.rest[1:]
	hi, err := t.classCharacter()
	if err != nil {
		return nil, err
	}
	if hi < lo {
		return nil, fmt.Errorf("the range %c-%c goes backwards", lo, hi)
	}
	return set{{lo, hi}}, nil
}

func (t *translation) classCharacter() (rune, error) {
	if t.rest[0] == '\\' {
		if len(t.rest) < 2 {
			return 0, errors.New("there is nothing behind the last backslash")
		}
		return t.character()
	}
	r, size := utf8.DecodeRuneInString(t.rest)
	t.rest = t.rest[size:]
	return r, nil
}

var shorthands = map[byte]set{
	'd': {{'0', '9'}},
	'w': {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
	's': {{'\t', '\r'}, {' ', ' '}},
	'h': {{'\t', '\t'}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200a}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}},
	'v': {{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}},
}

// shorthand reads \d, \p{Lower} and their like; ok says whether one stands there.
func (t *translation) shorthand() (s set, ok bool, err error) {
	if len(t.rest) < 2 || t.rest[0] != '\\' {
		return nil, false, nil
	}
	c := t.rest[1]
	if s, ok := shorthands[c|0x20]; ok {
		t.rest = t.rest[2:]
		if c < 'a' {
			return s.not(), true, nil
		}
		return slices.Clone(s), true, nil
	}
	if c|0x20 != 'p' {
		return nil, false, nil
	}
	name := ""
	switch {
	case strings.HasPrefix(t.rest[2:], "{"):
		var rest string
		if name, rest, ok = strings.Cut(t.rest[3:], "}"); !ok {
			return nil, false, errors.New(`a \p{ is not closed`)
		}
		t.rest = rest
	case len(t.rest) > 2:
		name, t.rest = t.rest[2:3], t.rest[3:]
	}
	if s, err = property(name); err != nil {
		return nil, false, err
	}
	if c == 'P' {
		s = s.not()
	}
	return s, true, nil
}

var posix = map[string]set{
	"Lower": {{'a', 'z'}}, "Upper": {{'A', 'Z'}}, "ASCII": {{0, 0x7f}}, "Digit": {{'0', '9'}},
	"Alpha": {{'A', 'Z'}, {'a', 'z'}}, "Alnum": {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}},
	"Punct": {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, "Graph": {{'!', '~'}}, "Print": {{' ', '~'}},
	"Blank": {{'\t', '\t'}, {' ', ' '}}, "Cntrl": {{0, 0x1f}, {0x7f, 0x7f}},
	"XDigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, "Space": {{'\t', '\r'}, {' ', ' '}},
}

var properties = map[string]*unicode.RangeTable{
	"javaLowerCase": unicode.Lower, "javaUpperCase": unicode.Upper, "javaWhitespace": unicode.White_Space,
	"Alphabetic": unicode.Letter, "Letter": unicode.Letter, "Lowercase": unicode.Lower, "Uppercase": unicode.Upper,
	"White_Space": unicode.White_Space, "Punctuation": unicode.Punct, "Digit": unicode.Nd, "Ideographic": unicode.Ideographic,
}

// property returns the characters that \p{name} means.
func property(name string) (set, error) {
	if s, ok := posix[name]; ok {
		return slices.Clone(s), nil
	}
	plain := strings.TrimPrefix(name, "Is")
	for _, prefix := range []string{"general_category=", "gc=", "script=", "sc="} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	for _, tables := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts, unicode.Properties, properties} {
		if table, ok := tables[plain]; ok {
			return ranges(table), nil
		}
	}
	return nil, fmt.Errorf(`\p{%s}: there is no such class of characters here`, name)
}

func ranges(table *unicode.RangeTable) set {
	var s set
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			s = append(s, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			s = append(s, span{r, r})
		}
	}
	for _, r := range table.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range table.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return s.normal()
}
