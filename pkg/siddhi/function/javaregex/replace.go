package javaregex

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// part is a piece of a replacement text: text, or what a group matched.
type part struct {
	text  string
	group int // -1: text
}

// prepare reads a replacement text: $1 and ${name} stand for groups, a
// backslash takes the meaning from what is behind it.
func (p *Pattern) prepare(text string) error {
	if p.parts != nil && text == p.replacement {
		return nil
	}
	parts := []part{}
	var plain strings.Builder
	for i := 0; i < len(text); {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return errors.New("the replacement ends with a backslash")
			}
			_, size := utf8.DecodeRuneInString(text[i:])
			plain.WriteString(text[i : i+size])
			i += size
		case '$':
			if plain.Len() > 0 {
				parts = append(parts, part{plain.String(), -1})
				plain.Reset()
			}
			n, size, err := p.reference(text[i+1:])
			if err != nil {
				return err
			}
			parts = append(parts, part{"", n})
			i += 1 + size
		default:
			plain.WriteByte(text[i])
			i++
		}
	}
	if plain.Len() > 0 {
		parts = append(parts, part{plain.String(), -1})
	}
	p.parts, p.replacement = parts, strings.Clone(text) // which may lie in a batch
	return nil
}

// reference reads what is behind a $: a group's number or its name in braces.
func (p *Pattern) reference(text string) (n, size int, err error) {
	if name, _, ok := strings.Cut(strings.TrimPrefix(text, "{"), "}"); ok && strings.HasPrefix(text, "{") {
		n, ok := p.names[name]
		if !ok {
			return 0, 0, fmt.Errorf("the pattern has no group called %s", name)
		}
		return n, len(name) + 2, nil
	}
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, 0, errors.New(`a $ in the replacement needs the number of a group; write \$ for the character`)
	}
	n, size = int(text[0]-'0'), 1
	if n > p.groups {
		return 0, 0, fmt.Errorf("the pattern has no group %d", n)
	}
	for size < len(text) && text[size] >= '0' && text[size] <= '9' && 10*n+int(text[size]-'0') <= p.groups {
		n, size = 10*n+int(text[size]-'0'), size+1
	}
	return n, size, nil
}

// Replace appends s to dst with its matches replaced: all of them, or the first.
// $1 and ${name} in the replacement stand for groups, a backslash takes the
// meaning from what is behind it. Its mistakes count only when there is a match.
func (p *Pattern) Replace(dst []byte, s, replacement string, all bool) ([]byte, error) {
	at, from := 0, 0
	for from <= len(s) {
		loc := p.Find(s, from)
		if loc == nil {
			break
		}
		if err := p.prepare(replacement); err != nil {
			return dst, err
		}
		dst = append(dst, s[at:loc[0]]...)
		for _, part := range p.parts {
			if part.group < 0 {
				dst = append(dst, part.text...)
			} else if loc[2*part.group] >= 0 {
				dst = append(dst, s[loc[2*part.group]:loc[2*part.group+1]]...)
			}
		}
		at, from = loc[1], next(s, loc)
		if !all {
			break
		}
	}
	return append(dst, s[at:]...), nil
}

// next is where the search goes on behind a match.
func next(s string, loc []int) int {
	if loc[1] > loc[0] {
		return loc[1]
	}
	if loc[1] == len(s) {
		return len(s) + 1
	}
	_, size := utf8.DecodeRuneInString(s[loc[1]:])
	return loc[1] + size
}

// Split appends the parts of s between matches to parts. As in Java an empty
// match at the start makes no part, and empty parts at the end are left out.
func (p *Pattern) Split(parts []string, s string) []string {
	start := len(parts)
	at, from := 0, 0
	for from <= len(s) {
		loc := p.Find(s, from)
		if loc == nil {
			break
		}
		from = next(s, loc)
		if loc[1] == 0 {
			continue
		}
		parts = append(parts, s[at:loc[0]])
		at = loc[1]
	}
	if at == 0 && len(parts) == start {
		return append(parts, s)
	}
	parts = append(parts, s[at:])
	for len(parts) > start && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}
