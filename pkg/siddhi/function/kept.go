package function

import (
	"strings"

	"millrace/pkg/siddhi/column"
)

// Kept holds what was made of a text argument: of a constant once, else of the last
// texts that came with the rows.
type Kept[T any] struct {
	make  func(text string) (T, error)
	fixed bool
	value T     // of a constant
	err   error // of a faulty one
	made  map[string]T
}

// keptValues bounds what is kept of texts that come with the rows.
const keptValues = 64

// NewKept prepares for an argument; a faulty constant is an error.
func NewKept[T any](arg *Arg, make func(text string) (T, error)) (*Kept[T], error) {
	k := Keep(arg, make)
	return k, k.err
}

// Keep prepares for an argument; a faulty constant is an error of each row.
func Keep[T any](arg *Arg, make func(text string) (T, error)) *Kept[T] {
	k := &Kept[T]{make: make, made: map[string]T{}}
	text, constant := arg.Text()
	if constant {
		k.fixed = true
		k.value, k.err = make(text)
	}
	return k
}

// Of returns what is made of the text of a row.
func (k *Kept[T]) Of(c *column.Column, row int) (T, error) {
	if k.fixed {
		return k.value, k.err
	}
	text := c.String(row)
	if v, ok := k.made[text]; ok {
		return v, nil
	}
	text = strings.Clone(text) // it lies in a batch
	v, err := k.make(text)
	if err != nil {
		return v, err
	}
	if len(k.made) == keptValues {
		clear(k.made)
	}
	k.made[text] = v
	return v, nil
}
