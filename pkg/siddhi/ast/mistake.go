package ast

import "strings"

// Mistakes are the errors of a text in text order.
type Mistakes[E Mistake] []E

// Mistake is one error of a text. Detail shows the place, too, on lines of its own.
type Mistake interface {
	error
	Detail() string
}

// Error returns the details of all mistakes, one below the other.
func (ms Mistakes[E]) Error() string {
	details := make([]string, len(ms))
	for i, m := range ms {
		details[i] = m.Detail()
	}
	return strings.Join(details, "\n")
}

// Unwrap gives errors.As access to each mistake.
func (ms Mistakes[E]) Unwrap() []error {
	out := make([]error, len(ms))
	for i, m := range ms {
		out[i] = m
	}
	return out
}

// SourceLine returns the line of src that holds the byte at offset, without its end.
func SourceLine(src string, offset int) string {
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	line, _, _ := strings.Cut(src[start:], "\n")
	return strings.TrimSuffix(line, "\r")
}

// Mark returns a line of text and below it carets under width of its characters from column on.
func Mark(line string, column, width int) string {
	var b strings.Builder
	b.WriteString("\n    " + line + "\n    ")
	at := 0
	for _, r := range line {
		if at == column {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
		at++
	}
	return b.String() + strings.Repeat("^", width)
}
