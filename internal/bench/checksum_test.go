package bench

import (
	"math"
	"testing"
)

func sumOf(round bool, c *Columns) Result {
	s := Checksum{Round: round}
	s.Add(c)
	return Result{s.Rows, s.Total}
}

func TestStringsHashAsFNV1a(t *testing.T) {
	for text, want := range map[string]uint64{"": 0xcbf29ce484222325, "a": 0xaf63dc4c8601ec8c, "foobar": 0x85944171f73967e8} {
		if got := hashString(text); got != want {
			t.Errorf("hashString(%q) = %x, want %x", text, got, want)
		}
	}
}

func TestChecksumOfEachType(t *testing.T) {
	withNull := stringColumn("", []string{"unread"})
	withNull.Nulls = []bool{true}
	tests := []struct {
		name  string
		col   Column
		round bool
		field uint64
	}{
		{name: "int", col: intColumn("", []int32{-1}), field: math.MaxUint64},
		{name: "long", col: longColumn("", []int64{math.MinInt64}), field: 1 << 63},
		{name: "float", col: floatColumn("", []float32{0.25}), field: 0x3fd0000000000000},
		{name: "double", col: doubleColumn("", []float64{1.5}), field: 0x3ff8000000000000},
		{name: "rounded", col: doubleColumn("", []float64{1.4996}), round: true, field: 0x3ff8000000000000},
		{name: "bool", col: Column{Type: Bool, Bools: []bool{true}}, field: 1},
		{name: "string", col: stringColumn("", []string{"a"}), field: 0xaf63dc4c8601ec8c},
		{name: "null", col: withNull, field: 0x9e3779b97f4a7c15},
	}
	for _, test := range tests {
		var want collector
		want.row(7, test.field)
		c := &Columns{Times: make([]int64, 1), Cols: []Column{longColumn("", []int64{7}), test.col}}
		if got := sumOf(test.round, c); got != want.Result {
			t.Errorf("%s: got %v, want %v", test.name, got, want.Result)
		}
	}
}

func TestChecksumIgnoresOrderAndCutsOfRows(t *testing.T) {
	c := trades(500, 20, 10)
	want := sumOf(false, &c)
	var cut Checksum
	for _, r := range [][2]int{{300, 500}, {0, 1}, {1, 1}, {1, 300}} {
		cut.Add(c.Slice(r[0], r[1]))
	}
	if got := (Result{cut.Rows, cut.Total}); got != want {
		t.Errorf("in other cuts: got %v, want %v", got, want)
	}
}

func TestChecksumSeesEveryField(t *testing.T) {
	c := trades(10, 20, 10)
	before := sumOf(false, &c)
	for i := range c.Cols {
		rest := Columns{Times: c.Times}
		rest.Cols = append(append(rest.Cols, c.Cols[i+1:]...), c.Cols[:i+1]...)
		if i < len(c.Cols)-1 && sumOf(false, &rest) == before {
			t.Errorf("the order of the columns does not show at %d", i)
		}
	}
	c.Cols[2].Ints[9]++
	if sumOf(false, &c) == before {
		t.Error("a changed value does not show")
	}
}

func TestSliceKeepsNulls(t *testing.T) {
	c := &notesInput(30).Streams[0]
	part := c.Slice(10, 20)
	for row := range part.Len() {
		if got, want := part.Cols[4].IsNull(row), c.Cols[2].Ints[10+row]%3 == 0; got != want {
			t.Errorf("row %d: null %v, want %v", row, got, want)
		}
	}
}
