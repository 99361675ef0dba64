package maths

import (
	"crypto/rand"
	"encoding/binary"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// chance has math:rand. Each call in an app has a generator of its own; with a
// seed it gives the numbers that java.util.Random gives. A snapshot does not
// hold it.
func chance() []*function.Function {
	d := declare("rand", schema.Double, "Returns a random number from 0 to below 1, another one for each event; with a seed always the same ones.",
		"rand()", nil, []extension.Param{{Name: "seed", Types: function.Whole, Constant: true}})
	d.Volatile = extension.Always
	return []*function.Function{{Declaration: d, New: func(c *function.Call) (function.Kernel, error) {
		var seed [8]byte
		rand.Read(seed[:]) // never fails
		state := binary.LittleEndian.Uint64(seed[:])
		if len(c.Args) == 1 && c.Args[0].Value != nil {
			v := c.Args[0].Value
			if c.Args[0].Type == schema.Int {
				state = uint64(v.I32[0])
			} else {
				state = uint64(v.I64[0])
			}
		}
		g := generator((state ^ multiplier) & mask)
		return g.kernel, nil
	}}}
}

// generator is a linear congruential one of 48 bits, as the documentation of
// java.util.Random defines it.
type generator uint64

const (
	multiplier = 0x5deece66d
	mask       = 1<<48 - 1
)

func (g *generator) next(bits uint) uint64 {
	*g = (*g*multiplier + 0xb) & mask
	return uint64(*g) >> (48 - bits)
}

func (g *generator) kernel(_ []*column.Column, out *column.Column) error {
	for i := range out.F64 {
		high := g.next(26) << 27
		out.F64[i] = float64(high+g.next(27)) / (1 << 53)
	}
	return nil
}
