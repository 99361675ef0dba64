package ast

import "strconv"

// Pos is one place in a text.
type Pos struct {
	Line   int // 1-based; 0 means unknown
	Column int // 0-based, in characters
	Offset int // 0-based, in bytes
}

// Known reports whether the place is known; it is not for nodes built by hand.
func (p Pos) Known() bool { return p.Line > 0 }

// String returns the place as line:column, with the column counted from 1 as editors do.
func (p Pos) String() string {
	if !p.Known() {
		return "-"
	}
	return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column+1)
}

// Span is the text from the first character of a node to just behind its last one. Nodes embed it.
type Span struct {
	Start, End Pos
}

// Position returns the span itself; it makes everything that embeds a Span a Node.
func (s Span) Position() Span { return s }

// SetPosition replaces the span, for rewrites that put a new node in an old one's place.
func (s *Span) SetPosition(to Span) { *s = to }

// Text returns the part of src that the span covers, or "" if the span is unknown or does not fit src.
func (s Span) Text(src string) string {
	if !s.Start.Known() || s.Start.Offset < 0 || s.End.Offset > len(src) || s.Start.Offset > s.End.Offset {
		return ""
	}
	return src[s.Start.Offset:s.End.Offset]
}

// Node is any part of the tree.
type Node interface {
	Position() Span
}
