// Package javaregex matches text with the regular expressions of java.util.regex,
// which the apps that move here are written with. A pattern is translated: into
// one of Go's regexp, which takes linear time, where that can express it, else
// (lookaround, back references, atomic groups, possessive quantifiers) into one
// for a backtracking matcher. Positions are byte offsets.
//
// It imports column and function.
package javaregex

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// Pattern is a compiled pattern. One goroutine at a time may use it.
type Pattern struct {
	source string
	groups int
	names  map[string]int

	search *regexp.Regexp // nil when only the backtracking matcher can express it
	whole  *regexp.Regexp // search, anchored at both ends
	prefix *regexp.Regexp // search, anchored at the start
	// contextual patterns look at what is before the place where a search begins.
	contextual bool
	// dollar patterns have a $ that also matches before a last line terminator,
	// which Go's cannot express.
	dollar bool

	backtrack [3]*regexp2.Regexp // by anchoring, made when first needed
	loc       []int

	replacement string // the last one
	parts       []part // of it
	offsets     []int  // of the runes of the text at hand, for the backtracking matcher
}

// anchoring is where a match must begin and end.
type anchoring uint8

const (
	anywhere anchoring = iota
	atStart
	everything
)

// Compile translates a pattern, or says what is wrong with it.
func Compile(source string) (*Pattern, error) {
	source = strings.Clone(source) // it may lie in a batch
	p := &Pattern{source: source}
	t, err := translate(source, linear)
	if err == errNotLinear {
		t, err = translate(source, backtracking)
		if err != nil {
			return nil, err
		}
		p.groups, p.names = t.groups, t.names
		_, err = p.backtracker(anywhere)
		return p, err
	}
	if err != nil {
		return nil, err
	}
	p.groups, p.names, p.contextual, p.dollar = t.groups, t.names, t.contextual, t.dollar
	text := t.out.String()
	for _, form := range []struct {
		re   **regexp.Regexp
		text string
	}{{&p.search, text}, {&p.whole, `\A(?:` + text + `)\z`}, {&p.prefix, `\A(?:` + text + `)`}} {
		if *form.re, err = regexp.Compile(form.text); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", source, err)
		}
	}
	return p, nil
}

// Groups returns the number of capturing groups.
func (p *Pattern) Groups() int { return p.groups }

// Group returns the number of a named group.
func (p *Pattern) Group(name string) (int, bool) {
	n, ok := p.names[name]
	return n, ok
}

// Matches says whether the pattern matches all of s.
func (p *Pattern) Matches(s string) bool {
	if p.linear(s) {
		return p.whole.MatchString(s)
	}
	return p.slow(s, 0, everything) != nil
}

// LookingAt says whether the pattern matches at the start of s.
func (p *Pattern) LookingAt(s string) bool {
	if p.linear(s) {
		return p.prefix.MatchString(s)
	}
	return p.slow(s, 0, atStart) != nil
}

// Contains says whether the pattern matches somewhere in s.
func (p *Pattern) Contains(s string) bool {
	if p.linear(s) {
		return p.search.MatchString(s)
	}
	return p.slow(s, 0, anywhere) != nil
}

// Find returns the first match in s at or behind the offset from: pairs of
// offsets of the match and its groups, -1 for groups that take no part; nil for
// no match. The result is valid until the next call.
func (p *Pattern) Find(s string, from int) []int {
	if !p.linear(s) || from > 0 && p.contextual {
		return p.slow(s, from, anywhere)
	}
	loc := p.search.FindStringSubmatchIndex(s[from:])
	if from > 0 {
		for i := range loc {
			if loc[i] >= 0 {
				loc[i] += from
			}
		}
	}
	return loc
}

func (p *Pattern) linear(s string) bool {
	return p.search != nil && !(p.dollar && endsLine(s))
}

func endsLine(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && strings.ContainsRune(lineTerminators, r)
}

const lineTerminators = "\n\r\u0085\u2028\u2029"

// backtracker returns the backtracking matcher of that anchoring.
func (p *Pattern) backtracker(a anchoring) (*regexp2.Regexp, error) {
	if p.backtrack[a] != nil {
		return p.backtrack[a], nil
	}
	t, err := translate(p.source, backtracking)
	if err != nil {
		return nil, err
	}
	text := t.out.String()
	switch a {
	case atStart:
		text = `\A(?:` + text + `)`
	case everything:
		text = `\A(?:` + text + `)\z`
	}
	re, err := regexp2.Compile(text, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", p.source, err)
	}
	p.backtrack[a] = re
	return re, nil
}

// slow is Find by the backtracking matcher, which works on runes.
func (p *Pattern) slow(s string, from int, a anchoring) []int {
	re, err := p.backtracker(a)
	if err != nil {
		return nil // cannot be: the same pattern without anchors was compiled
	}
	p.offsets = p.offsets[:0]
	for i := range s {
		p.offsets = append(p.offsets, i)
	}
	p.offsets = append(p.offsets, len(s))
	m, err := re.FindStringMatchStartingAt(s, min(from, len(s)))
	if err != nil || m == nil {
		return nil
	}
	p.loc = p.loc[:0]
	for i := range p.groups + 1 {
		g := m.GroupByNumber(i)
		if g == nil || len(g.Captures) == 0 {
			p.loc = append(p.loc, -1, -1)
			continue
		}
		p.loc = append(p.loc, p.offsets[g.Index], p.offsets[g.Index+g.Length])
	}
	return p.loc
}
