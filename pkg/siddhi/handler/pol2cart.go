package handler

import (
	"errors"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/function/maths"
	"millrace/pkg/siddhi/schema"
)

func polarToCartesian() *builder {
	double := []schema.Type{schema.Double}
	theta, rho, z := extension.Param{Name: "theta", Types: double}, extension.Param{Name: "rho", Types: double}, extension.Param{Name: "z", Types: double}
	return &builder{
		Declaration: extension.Declaration{
			Kind: extension.StreamFunction, Name: "pol2Cart",
			Overloads: [][]extension.Param{{theta, rho}, {theta, rho, z}},
			Adds: func(args []extension.Arg) (schema.Attributes, error) {
				adds := schema.Attributes{{Name: "x", Type: schema.Double}, {Name: "y", Type: schema.Double}}
				if len(args) == 3 {
					adds = append(adds, schema.Attribute{Name: "z", Type: schema.Double})
				}
				return adds, nil
			},
			Fails:   extension.Always,
			Summary: "Adds the Cartesian coordinates x and y of the polar ones, and z where it is given. theta is in degrees.",
			Example: "from Polar#pol2Cart(theta, rho) select x, y insert into Cartesian;",
		},
		build: func(f *check.StreamFunction, o Options) (flow.Operator, error) {
			args, err := programs(f, o.Env)
			return &pol2Cart{args: args, appender: newAppender(f.Adds)}, err
		},
	}
}

// radians is one degree, as precise as in Java's Math.toRadians.
const radians = 0.017453292519943295

var errPolarNull = errors.New("#pol2Cart() needs values for theta and rho, one of them is null")

type pol2Cart struct {
	args []*expr.Program
	appender
	apart bool // see Apart
	chunk column.Batch
}

// Apart is set behind a window, which gives several chunks at once: those in front of
// one that has a null pass.
func (p *pol2Cart) Apart() { p.apart = true }

// Process implements flow.Operator.
func (p *pol2Cart) Process(b *column.Batch, emit flow.Emit) error {
	if err := p.compute(b); err != nil {
		if p.apart && b.Chunks() > 1 {
			return flow.ByChunk(p, b, &p.chunk, emit)
		}
		return err
	}
	return emit(p.extend(b))
}

func (p *pol2Cart) compute(b *column.Batch) error {
	x, y := &p.added[0], &p.added[1]
	x.Resize(b.N)
	y.Resize(b.N)
	theta, err := p.numbers(0, b)
	if err != nil {
		return err
	}
	for i, t := range theta {
		x.F64[i], y.F64[i] = maths.Cos(t*radians), maths.Sin(t*radians)
	}
	rho, err := p.numbers(1, b)
	if err != nil {
		return err
	}
	for i, r := range rho {
		x.F64[i] *= r
		y.F64[i] *= r
	}
	if len(p.args) == 3 {
		z, err := p.args[2].Eval(b)
		if err != nil {
			return err
		}
		p.added[2].Reset()
		p.added[2].AppendColumn(z, b.N)
	}
	return nil
}

// numbers returns the values of an argument, or an error if an event has null
// there: as in Siddhi the chunk fails.
func (p *pol2Cart) numbers(arg int, b *column.Batch) ([]float64, error) {
	c, err := p.args[arg].Eval(b)
	if err != nil {
		return nil, err
	}
	if c.HasNulls() {
		for i := range b.N {
			if c.IsNull(i) {
				return nil, errPolarNull
			}
		}
	}
	return c.F64[:b.N], nil
}
