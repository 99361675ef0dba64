package bench

// Type is a SiddhiQL attribute type.
type Type uint8

// The attribute types that workloads use.
const (
	Int Type = iota + 1
	Long
	Float
	Double
	Bool
	String
)

// Column is one attribute of a run of events. The slice of its Type is set and
// the others are nil.
type Column struct {
	Name    string
	Type    Type
	Ints    []int32
	Longs   []int64
	Floats  []float32
	Doubles []float64
	Bools   []bool
	Strings []string
	Nulls   []bool // Nulls[row] says that the row has no value; nil: all have one
}

// Slice returns rows lo to hi of c, which share c's memory.
func (c *Column) Slice(lo, hi int) Column {
	s := Column{Name: c.Name, Type: c.Type}
	switch c.Type {
	case Int:
		s.Ints = c.Ints[lo:hi]
	case Long:
		s.Longs = c.Longs[lo:hi]
	case Float:
		s.Floats = c.Floats[lo:hi]
	case Double:
		s.Doubles = c.Doubles[lo:hi]
	case Bool:
		s.Bools = c.Bools[lo:hi]
	case String:
		s.Strings = c.Strings[lo:hi]
	}
	if c.Nulls != nil {
		s.Nulls = c.Nulls[lo:hi]
	}
	return s
}

// IsNull says whether the row has no value.
func (c *Column) IsNull(row int) bool { return c.Nulls != nil && c.Nulls[row] }

// Columns holds events of one stream, in order, as columns of equal length.
type Columns struct {
	Stream string
	Times  []int64 // event timestamps, milliseconds since the Unix epoch
	Cols   []Column
}

// Len returns the number of events.
func (c *Columns) Len() int { return len(c.Times) }

// Slice returns events lo to hi of c, which share c's memory.
func (c *Columns) Slice(lo, hi int) *Columns {
	s := &Columns{Stream: c.Stream, Times: c.Times[lo:hi], Cols: make([]Column, len(c.Cols))}
	for i := range c.Cols {
		s.Cols[i] = c.Cols[i].Slice(lo, hi)
	}
	return s
}

func intColumn(name string, v []int32) Column     { return Column{Name: name, Type: Int, Ints: v} }
func longColumn(name string, v []int64) Column    { return Column{Name: name, Type: Long, Longs: v} }
func floatColumn(name string, v []float32) Column { return Column{Name: name, Type: Float, Floats: v} }
func doubleColumn(name string, v []float64) Column {
	return Column{Name: name, Type: Double, Doubles: v}
}
func stringColumn(name string, v []string) Column {
	return Column{Name: name, Type: String, Strings: v}
}
