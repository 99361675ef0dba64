package bench

import (
	"math"
	"testing"
)

// A ceiling is a loop written by hand for one workload, on columns whose
// strings are numbers already: what the machine allows where nothing is parsed,
// planned, locked or general. The tests use the ceilings to prove the
// generators and the checksum, the benchmarks to know the distance to them.
type ceiling interface {
	// run takes the events lo to hi, at most BatchRows of them. The rows that
	// it gives stay until the next run.
	run(lo, hi int)
	// rows returns the rows of the last run.
	rows() *Columns
}

// ceilings returns, by workload, what makes a ceiling with an empty state.
func ceilings() map[string]func(*coded) ceiling {
	return map[string]func(*coded) ceiling{
		"W1":    func(in *coded) ceiling { return &filterLoop{coded: in} },
		"W2":    func(in *coded) ceiling { return &functionLoop{coded: in} },
		"W3":    func(in *coded) ceiling { return newLengthLoop(in) },
		"W5":    func(in *coded) ceiling { return newTumblingLoop(in) },
		"W6":    func(in *coded) ceiling { return newKeyedLoop(in) },
		"W7":    func(in *coded) ceiling { return newPatternLoop(in) },
		"W7b":   func(in *coded) ceiling { return newPatternLoop(in) },
		"W10a":  func(in *coded) ceiling { return newLookupLoop(in) },
		"W10ah": func(in *coded) ceiling { return newHashLookupLoop(in) },
	}
}

// coded is an input with its strings as numbers.
type coded struct {
	*Input
	texts []string // text of each number
	codes []uint32 // of the first string column of the only stream
	notes []uint32 // of the second; noNote is null
}

const noNote = math.MaxUint32

func code(in *Input) *coded {
	c := &coded{Input: in}
	numbers := map[string]uint32{}
	seen := 0
	for i := range in.Streams[0].Cols {
		col := &in.Streams[0].Cols[i]
		if col.Type != String {
			continue
		}
		codes := make([]uint32, len(col.Strings))
		for row, text := range col.Strings {
			if col.IsNull(row) {
				codes[row] = noNote
				continue
			}
			n, ok := numbers[text]
			if !ok {
				n = uint32(len(c.texts))
				numbers[text] = n
				c.texts = append(c.texts, text)
			}
			codes[row] = n
		}
		if seen++; seen == 1 {
			c.codes = codes
		} else {
			c.notes = codes
		}
	}
	return c
}

func (c *coded) prices() []float32 { return c.Streams[0].Cols[1].Floats }
func (c *coded) volumes() []int32  { return c.Streams[0].Cols[2].Ints }

// text returns a string column of the texts of codes.
func (c *coded) text(codes []uint32) Column {
	s := make([]string, len(codes))
	for i, n := range codes {
		s[i] = c.texts[n]
	}
	return stringColumn("", s)
}

// outRows makes the result of a run of the columns.
func outRows(cols ...Column) *Columns {
	n := len(cols[0].Strings)
	if cols[0].Type == Long {
		n = len(cols[0].Longs)
	}
	return &Columns{Times: make([]int64, n), Cols: cols}
}

// resultOf runs a ceiling over all events of the only stream.
func resultOf(c ceiling, in *Input) Result {
	var sum Checksum
	for _, cut := range in.Batches(BatchRows) {
		c.run(cut.Lo, cut.Hi)
		sum.Add(c.rows())
	}
	return Result{sum.Rows, sum.Total}
}

func TestCeilingsGiveTheExpectedRows(t *testing.T) {
	for name, start := range ceilings() {
		t.Run(name, func(t *testing.T) {
			w := ceilingWorkload(t, name)
			in := w.Input()
			want := w.Want.Single
			if w.Want.Exact.Known() {
				want = w.Want.Exact
			}
			if got := resultOf(start(code(in)), in); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// BenchmarkCeiling measures whole passes; ns/event is the figure that
// docs/performance.md compares with.
func BenchmarkCeiling(b *testing.B) {
	for name, start := range ceilings() {
		b.Run(name, func(b *testing.B) {
			in := code(ceilingWorkload(b, name).Input())
			cuts := in.Batches(BatchRows)
			passes := 0
			for b.Loop() {
				c := start(in)
				for _, cut := range cuts {
					c.run(cut.Lo, cut.Hi)
				}
				passes++
			}
			events := float64(passes) * float64(in.Events())
			b.ReportMetric(events/b.Elapsed().Seconds()/1e6, "Mevents/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
		})
	}
}

func ceilingWorkload(t testing.TB, name string) *Workload {
	t.Helper()
	if name == "W10ah" {
		name = "W10a"
	}
	w, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
