package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Difference says where a source gave something else than expected.
type Difference struct {
	From  string
	Index int // of the first call that differs, from 0
	// Want and Got have all calls of the source, as text.
	Want, Got []string
	// Attributes says that it is the source's attributes that differ.
	Attributes bool
}

// First returns the first call that differs, or "nothing" where there is none.
func (d *Difference) First() (want, got string) { return at(d.Want, d.Index), at(d.Got, d.Index) }

func at(calls []string, i int) string {
	if i < len(calls) {
		return calls[i]
	}
	return "nothing"
}

// around is how many equal calls are shown before and how many wanted and given
// ones after the first difference.
const around = 2

// String shows the calls around the first difference, and marks it:
//
//	query:q1, call 3 of 4:
//	          1000 +("A", 1)
//	          1500 +("B", 21)
//	    want  1700 +("C", 22)
//	    got   1700 +("C", 25)
//	                      ^
func (d Difference) String() string {
	var b strings.Builder
	switch {
	case d.From == fromApp:
		fmt.Fprintf(&b, "the app:\n")
	case d.Attributes:
		fmt.Fprintf(&b, "%s, its attributes:\n", d.From)
	default:
		fmt.Fprintf(&b, "%s, call %d of %d:\n", d.From, d.Index+1, max(len(d.Want), len(d.Got)))
	}
	for i := max(0, d.Index-around); i < d.Index; i++ {
		fmt.Fprintf(&b, "          %s\n", d.Want[i])
	}
	want, got := d.First()
	fmt.Fprintf(&b, "    want  %s\n    got   %s\n", want, got)
	if mark := firstDifferent(want, got); d.Index < min(len(d.Want), len(d.Got)) && mark < 200 {
		fmt.Fprintf(&b, "          %s^\n", strings.Repeat(" ", mark))
	}
	more := func(word string, calls []string) {
		for i := d.Index + 1; i < min(len(calls), d.Index+1+around); i++ {
			fmt.Fprintf(&b, "    %s %s\n", word, calls[i])
		}
	}
	more("later wanted:", d.Want)
	more("later given: ", d.Got)
	return strings.TrimSuffix(b.String(), "\n")
}

// firstDifferent returns how many characters two texts begin with in common.
func firstDifferent(a, b string) int {
	n := 0
	for a != "" && b != "" {
		x, size := utf8.DecodeRuneInString(a)
		y, _ := utf8.DecodeRuneInString(b)
		if x != y {
			break
		}
		a, b = a[size:], b[size:]
		n++
	}
	return n
}
