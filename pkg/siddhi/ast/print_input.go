package ast

import (
	"strconv"
	"strings"
)

func (p *printer) input(in Input) {
	switch in := in.(type) {
	case *StreamInput:
		p.text(streamInputText(in))
	case *JoinInput:
		p.nested(func() { p.join(in) })
	case *PatternInput:
		p.nested(func() { p.pattern(in) })
	case *AnonymousInput:
		p.text("(")
		p.nested(func() {
			p.newline()
			p.query(in.Query)
		})
		p.text(")")
	}
}

func streamInputText(s *StreamInput) string {
	text := sourceText(s.ID) + handlersText(s.Handlers)
	if s.Alias != "" {
		text += " as " + quoteLabel(s.Alias)
	}
	return text
}

func handlersText(handlers []Handler) string {
	var b strings.Builder
	for _, h := range handlers {
		switch h := h.(type) {
		case *Filter:
			b.WriteString("[" + exprText(h.Cond, 0) + "]")
		case *StreamFunction:
			b.WriteString("#" + callText(h.Call))
		case *WindowHandler:
			b.WriteString("#window." + callText(h.Call))
		}
	}
	return b.String()
}

func (p *printer) join(j *JoinInput) {
	p.text(streamInputText(j.Left))
	if j.Unidirectional == LeftSide {
		p.text(" unidirectional")
	}
	p.newline()
	p.text(j.Kind.String(), " ", streamInputText(j.Right))
	if j.Unidirectional == RightSide {
		p.text(" unidirectional")
	}
	p.condition("on", j.On)
	p.withinPer(j.Within, j.Per)
}

// pattern prints the states on one line if they fit, else one per line.
func (p *printer) pattern(in *PatternInput) {
	separator, lineEnd, lineStart := " -> ", "", "-> "
	if in.Kind == Sequence {
		separator, lineEnd, lineStart = ", ", ",", ""
	}
	states := texts(Chain(in.State), func(s State) string { return stateText(s, in.Kind) })
	if line := strings.Join(states, separator); p.fits(len(line)) {
		p.text(line)
	} else {
		for i, s := range states {
			if i > 0 {
				p.text(lineEnd)
				p.newline()
				p.text(lineStart)
			}
			p.text(s)
		}
	}
	if in.Within != nil {
		p.text(" within ", constText(in.Within))
	}
}

func stateText(s State, kind PatternKind) string {
	switch s := s.(type) {
	case *Next:
		separator := " -> "
		if kind == Sequence {
			separator = ", "
		}
		return strings.Join(texts(Chain(s), func(s State) string { return stateText(s, kind) }), separator)
	case *Every:
		switch s.State.(type) {
		case *Next, *Every:
			return "every (" + stateText(s.State, kind) + ")"
		case *Logical:
			if kind == Pattern { // a sequence cannot have the parentheses, a pattern is clearer with them
				return "every (" + stateText(s.State, kind) + ")"
			}
		}
		return "every " + stateText(s.State, kind)
	case *Count:
		return stateText(s.State, kind) + countText(s, kind)
	case *Logical:
		return stateText(s.Left, kind) + " " + s.Op.String() + " " + stateText(s.Right, kind)
	case *Absent:
		text := "not " + stateText(s.State, kind)
		if s.For != nil {
			text += " for " + constText(s.For)
		}
		return text
	case *StreamState:
		text := sourceText(s.ID) + handlersText(s.Handlers)
		if s.Ref != "" {
			text = quoteIdentifier(s.Ref) + "=" + text
		}
		return text
	}
	return ""
}

func countText(c *Count, kind PatternKind) string {
	if kind == Sequence {
		switch [2]int{c.Min, c.Max} {
		case [2]int{0, Unbounded}:
			return "*"
		case [2]int{1, Unbounded}:
			return "+"
		case [2]int{0, 1}:
			return "?"
		}
	}
	minimum := strconv.Itoa(c.Min)
	switch c.Max {
	case c.Min:
		return "<" + minimum + ">"
	case Unbounded:
		return "<" + minimum + ":>"
	}
	return "<" + minimum + ":" + strconv.Itoa(c.Max) + ">"
}
