package javaregex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// dialect is what a pattern is translated into.
type dialect uint8

const (
	linear       dialect = iota // regexp: no lookaround, no back references
	backtracking                // regexp2
)

// errNotLinear means that the pattern needs the backtracking dialect.
var errNotLinear = errors.New("needs backtracking")

// translation is a pattern on its way into another dialect. Groups are written
// without names, so that both dialects number them as Java does.
type translation struct {
	to     dialect
	source string
	rest   string
	out    strings.Builder
	open   []group
	atom   int // where the last atom begins in out, -1: there is none to repeat
	flags  flags

	groups     int
	names      map[string]int
	contextual bool
	dollar     bool
}

type group struct {
	at    int   // in out
	flags flags // of what is around it
}

// flags are those of a pattern that change how it is read.
type flags struct{ dotAll, multiline, comments, unixLines bool }

func translate(source string, to dialect) (*translation, error) {
	t := &translation{to: to, source: source, rest: source, atom: -1, names: map[string]int{}}
	for t.rest != "" {
		if err := t.step(); err != nil {
			if err == errNotLinear {
				return nil, err
			}
			return nil, fmt.Errorf("pattern %q, at %d: %w", source, len(source)-len(t.rest), err)
		}
	}
	if len(t.open) > 0 {
		return nil, fmt.Errorf("pattern %q: a group is not closed", source)
	}
	return t, nil
}

// step translates the next element.
func (t *translation) step() error {
	c := t.rest[0]
	switch c {
	case '\\':
		return t.escape()
	case '[':
		t.rest = t.rest[1:]
		set, err := t.class()
		if err != nil {
			return err
		}
		t.begin()
		set.write(&t.out)
		return nil
	case '(':
		return t.group()
	case ')':
		return t.close()
	case '|':
		t.rest = t.rest[1:]
		t.out.WriteByte('|')
		t.atom = -1
		return nil
	case '*', '+', '?', '{':
		return t.repeat()
	case '^', '$', '.':
		t.rest = t.rest[1:]
		t.special(c)
		return nil
	}
	if t.flags.comments && (c == '#' || strings.IndexByte(" \t\n\v\f\r", c) >= 0) {
		end := 1
		if c == '#' {
			if end = strings.IndexByte(t.rest, '\n') + 1; end == 0 {
				end = len(t.rest)
			}
		}
		t.rest = t.rest[end:]
		return nil
	}
	r, size := utf8.DecodeRuneInString(t.rest)
	t.rest = t.rest[size:]
	t.literal(r)
	return nil
}

// begin marks the start of an atom.
func (t *translation) begin() { t.atom = t.out.Len() }

func (t *translation) literal(r rune) {
	t.begin()
	writeLiteral(&t.out, r)
}

// writeLiteral writes a character that stands for itself in both dialects.
func writeLiteral(out *strings.Builder, r rune) {
	if r < utf8.RuneSelf && !(r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
		if r < ' ' || r == 0x7f {
			fmt.Fprintf(out, `\x%02x`, r)
			return
		}
		if r != ' ' && r != '_' && r != '"' && r != '\'' && r != '`' && strings.ContainsRune(`\.+*?()|[]{}^$-#&~`, r) {
			out.WriteByte('\\')
		}
	}
	out.WriteRune(r)
}

// special translates ^, $ and the dot.
func (t *translation) special(c byte) {
	switch c {
	case '^':
		t.atom = -1
		t.contextual = true
		if t.flags.multiline {
			t.out.WriteString(`(?m:^)`)
		} else {
			t.out.WriteString(`\A`)
		}
	case '$':
		t.atom = -1
		t.end()
	case '.':
		t.begin()
		switch {
		case t.flags.dotAll:
			t.out.WriteString(`(?s:.)`)
		case t.flags.unixLines:
			t.out.WriteString("[^\n]")
		default:
			t.out.WriteString("[^" + lineTerminators + "]")
		}
	}
}

// end is a $: the end of the text, or what is before a last line terminator.
func (t *translation) end() {
	switch {
	case t.flags.multiline:
		t.out.WriteString(`(?m:$)`)
	case t.to == linear:
		t.dollar = true
		t.out.WriteString(`\z`)
	default:
		t.out.WriteString("(?=(?:\r\n|[" + lineTerminators + `])?\z)`)
	}
}

// repeat translates a quantifier. A possessive one makes its atom atomic.
func (t *translation) repeat() error {
	text, err := t.quantifier()
	if err != nil {
		return err
	}
	if t.atom < 0 {
		return fmt.Errorf("there is nothing that %q could repeat", text)
	}
	suffix := ""
	if t.rest != "" && (t.rest[0] == '?' || t.rest[0] == '+') {
		suffix = t.rest[:1]
		t.rest = t.rest[1:]
	}
	if suffix != "+" {
		t.out.WriteString(text + suffix)
		t.atom = -1
		return nil
	}
	if t.to == linear {
		return errNotLinear
	}
	all := t.out.String()
	atom := all[t.atom:] + text
	t.out.Reset()
	t.out.WriteString(all[:t.atom] + "(?>" + atom + ")")
	t.atom = -1
	return nil
}

// quantifier reads *, +, ? or {n,m}.
func (t *translation) quantifier() (string, error) {
	if t.rest[0] != '{' {
		text := t.rest[:1]
		t.rest = t.rest[1:]
		return text, nil
	}
	end := strings.IndexByte(t.rest, '}')
	if end < 0 {
		return "", errors.New("a { is not closed; write \\{ for the character")
	}
	text := t.rest[:end+1]
	low, high, ranged := strings.Cut(text[1:end], ",")
	n, err := strconv.ParseUint(low, 10, 31)
	if err != nil {
		return "", fmt.Errorf("%s is no number of repetitions; write \\{ for the character", text)
	}
	m := n
	if ranged && high != "" {
		if m, err = strconv.ParseUint(high, 10, 31); err != nil || m < n {
			return "", fmt.Errorf("%s is no number of repetitions", text)
		}
	}
	if m > 1000 && t.to == linear {
		return "", errNotLinear
	}
	t.rest = t.rest[end+1:]
	return text, nil
}

// group translates what begins with a parenthesis.
func (t *translation) group() error {
	g := group{at: t.out.Len(), flags: t.flags}
	if !strings.HasPrefix(t.rest, "(?") {
		t.groups++
		t.rest = t.rest[1:]
		t.out.WriteByte('(')
		t.push(g)
		return nil
	}
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
		if strings.HasPrefix(t.rest, look) {
			if t.to == linear {
				return errNotLinear
			}
			t.rest = t.rest[len(look):]
			t.out.WriteString(look)
			t.push(g)
			return nil
		}
	}
	if strings.HasPrefix(t.rest, "(?<") {
		return t.named(g)
	}
	return t.flagGroup(g)
}

func (t *translation) push(g group) {
	t.open = append(t.open, g)
	t.atom = -1
}

// named translates (?<name>...).
func (t *translation) named(g group) error {
	name, rest, ok := strings.Cut(t.rest[3:], ">")
	if !ok || !isGroupName(name) {
		return errors.New("the name of a group has letters and digits and ends with >")
	}
	if _, twice := t.names[name]; twice {
		return fmt.Errorf("two groups are called %s", name)
	}
	t.groups++
	t.names[name] = t.groups
	t.rest = rest
	t.out.WriteByte('(')
	t.push(g)
	return nil
}

func isGroupName(name string) bool {
	for i := range len(name) {
		c := name[i] | 0x20
		if !(c >= 'a' && c <= 'z' || i > 0 && name[i] >= '0' && name[i] <= '9') {
			return false
		}
	}
	return name != ""
}

// flagGroup translates (?:...), (?i), (?i:...) and their like.
func (t *translation) flagGroup(g group) error {
	on, ignoreCase := true, ""
	for i, c := range t.rest[2:] {
		switch c {
		case 'i':
			if ignoreCase = "i"; !on {
				ignoreCase = "-i"
			}
		case 's':
			t.flags.dotAll = on
		case 'm':
			t.flags.multiline = on
		case 'x':
			t.flags.comments = on
		case 'd':
			t.flags.unixLines = on
		case 'u', 'U': // both dialects fold case as Unicode does
		case '-':
			on = false
		case ':':
			t.rest = t.rest[2+i+1:]
			t.out.WriteString("(?" + ignoreCase + ":")
			t.push(g)
			return nil
		case ')':
			t.rest = t.rest[2+i+1:]
			t.atom = -1
			if ignoreCase != "" {
				t.out.WriteString("(?" + ignoreCase + ")")
			}
			return nil
		default:
			return fmt.Errorf("(?%c is no group", c)
		}
	}
	return errors.New("a group is not closed")
}

func (t *translation) close() error {
	if len(t.open) == 0 {
		return errors.New("there is a ) without a (")
	}
	g := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	t.rest = t.rest[1:]
	t.out.WriteByte(')')
	t.atom, t.flags = g.at, g.flags
	return nil
}

// escape translates what begins with a backslash outside of classes.
func (t *translation) escape() error {
	if len(t.rest) < 2 {
		return errors.New("there is nothing behind the last backslash")
	}
	c := t.rest[1]
	switch c {
	case 'Q':
		text, rest, _ := strings.Cut(t.rest[2:], `\E`)
		t.rest = rest
		for _, r := range text {
			t.literal(r)
		}
		return nil
	case 'A', 'z', 'b', 'B':
		t.assert(`\` + string(c))
		return nil
	case 'Z':
		t.rest, t.atom = t.rest[2:], -1
		was := t.flags.multiline
		t.flags.multiline = false
		t.end()
		t.flags.multiline = was
		return nil
	case 'R':
		t.rest = t.rest[2:]
		t.begin()
		t.out.WriteString("(?:\r\n|[\n\v\f\r\u0085\u2028\u2029])")
		return nil
	case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return t.reference()
	}
	if set, ok, err := t.shorthand(); ok || err != nil {
		if err != nil {
			return err
		}
		t.begin()
		set.write(&t.out)
		return nil
	}
	r, err := t.character()
	if err != nil {
		return err
	}
	t.literal(r)
	return nil
}

func (t *translation) assert(text string) {
	t.rest, t.atom = t.rest[2:], -1
	t.contextual = true
	t.out.WriteString(text)
}

// reference translates \1 and \k<name>.
func (t *translation) reference() error {
	n := 0
	if t.rest[1] == 'k' {
		name, rest, ok := strings.Cut(strings.TrimPrefix(t.rest[2:], "<"), ">")
		if n = t.names[name]; !ok || n == 0 {
			return errors.New(`\k needs the name of an earlier group: \k<name>`)
		}
		t.rest = rest
	} else {
		n = int(t.rest[1] - '0')
		t.rest = t.rest[2:]
		for t.rest != "" && t.rest[0] >= '0' && t.rest[0] <= '9' && 10*n+int(t.rest[0]-'0') <= t.groups {
			n, t.rest = 10*n+int(t.rest[0]-'0'), t.rest[1:]
		}
	}
	if t.to == linear {
		return errNotLinear
	}
	t.begin()
	if n > t.groups { // as in Java it never matches
		t.out.WriteString(`(?!)`)
		return nil
	}
	fmt.Fprintf(&t.out, `(?:\%d)`, n)
	return nil
}

// character reads an escape that stands for one character.
func (t *translation) character() (rune, error) {
	c, size := utf8.DecodeRuneInString(t.rest[1:])
	t.rest = t.rest[1+size:]
	switch c {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return '\a', nil
	case 'e':
		return 0x1b, nil
	case '0':
		return t.number(8, 3)
	case 'x':
		if text, rest, ok := strings.Cut(strings.TrimPrefix(t.rest, "{"), "}"); ok && strings.HasPrefix(t.rest, "{") {
			v, err := strconv.ParseUint(text, 16, 32)
			if err != nil || v > unicode.MaxRune {
				return 0, fmt.Errorf(`\x{%s} is no character`, text)
			}
			t.rest = rest
			return rune(v), nil
		}
		return t.number(16, 2)
	case 'u':
		return t.number(16, 4)
	case 'c':
		if t.rest == "" {
			return 0, errors.New(`\c needs a character`)
		}
		r := rune(t.rest[0] ^ 64)
		t.rest = t.rest[1:]
		return r, nil
	}
	if c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '1' && c <= '9') {
		return 0, fmt.Errorf(`\%c means nothing in a pattern`, c)
	}
	return c, nil
}

// number reads a character's number: up to digits octal ones, or exactly as
// many hexadecimal ones.
func (t *translation) number(base, digits int) (rune, error) {
	n := 0
	for n < digits && n < len(t.rest) && isDigit(t.rest[n], base) {
		n++
	}
	if base == 8 && n == 3 && t.rest[0] > '3' {
		n = 2
	}
	if n == 0 || base == 16 && n < digits {
		return 0, errors.New("a character's number has too few digits")
	}
	v, err := strconv.ParseUint(t.rest[:n], base, 32)
	t.rest = t.rest[n:]
	return rune(v), err
}

func isDigit(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
