package javaregex

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/function"
)

// Kernel makes the kernel of a function of which an argument is a pattern: set
// sets the result of a row in out. A faulty constant is an error.
func Kernel(c *function.Call, arg int, set func(p *Pattern, args []*column.Column, out *column.Column, row int) error) (function.Kernel, error) {
	patterns, err := function.NewKept(&c.Args[arg], Compile)
	if err != nil {
		return nil, err
	}
	return func(args []*column.Column, out *column.Column) error {
		for row := range out.Len() {
			p, err := patterns.Of(args[arg], row)
			if err == nil {
				err = set(p, args, out, row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}, nil
}
