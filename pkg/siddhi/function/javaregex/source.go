package javaregex

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/function"
)

// Source gives the patterns of a function's argument: the one of a constant, or
// those of the rows, of which it keeps the last ones.
type Source struct {
	fixed *Pattern
	made  map[string]*Pattern
}

// keptPatterns bounds what is kept of patterns that come with the rows.
const keptPatterns = 64

// NewSource makes the source of an argument; a faulty constant is an error.
func NewSource(arg *function.Arg) (*Source, error) {
	text, constant := arg.Text()
	if !constant {
		return &Source{made: map[string]*Pattern{}}, nil
	}
	p, err := Compile(text)
	return &Source{fixed: p}, err
}

// Pattern returns the pattern of a row.
func (s *Source) Pattern(c *column.Column, row int) (*Pattern, error) {
	if s.fixed != nil {
		return s.fixed, nil
	}
	text := c.String(row)
	if p := s.made[text]; p != nil {
		return p, nil
	}
	p, err := Compile(text)
	if err != nil {
		return nil, err
	}
	if len(s.made) == keptPatterns {
		clear(s.made)
	}
	s.made[p.source] = p
	return p, nil
}
