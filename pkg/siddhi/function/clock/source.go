package clock

import (
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/function"
)

// kept holds what was made of a text argument: of a constant once, else of the last
// texts that came with the rows.
type kept[T any] struct {
	make  func(text string) (T, error)
	fixed bool
	value T // of a constant
	made  map[string]T
}

// keptValues bounds what is kept of texts that come with the rows.
const keptValues = 64

func newKept[T any](arg *function.Arg, make func(text string) (T, error)) (*kept[T], error) {
	k := &kept[T]{make: make, made: map[string]T{}}
	text, constant := arg.Text()
	if !constant {
		return k, nil
	}
	var err error
	k.fixed = true
	k.value, err = make(text)
	return k, err
}

// of returns what is made of the text of a row.
func (k *kept[T]) of(c *column.Column, row int) (T, error) {
	if k.fixed {
		return k.value, nil
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

// readFormat makes a format that dates are read by.
func readFormat(text string) (*format, error) {
	f, err := newFormat(text)
	if err == nil {
		err = f.readable()
	}
	return f, err
}
