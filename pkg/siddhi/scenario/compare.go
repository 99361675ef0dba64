package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// Check runs the scenario and returns where what came out is not what it
// expects: at most one difference per source. The error is as Run's.
//
// Compared is source by source, since the order between sources follows from how
// callbacks are attached. Calls without rows mean nothing and are left out. Of
// errors it counts that there was one, at its time and step: names and texts of
// Siddhi's errors are Java's.
func (s *Scenario) Check(opts Options) ([]Difference, error) {
	res, err := s.Run(opts)
	if err != nil {
		return nil, err
	}
	return s.Compare(res), nil
}

// Compare returns the differences of a result.
func (s *Scenario) Compare(res *Result) []Difference {
	if res.Refused != nil || s.WantsError() {
		return s.compareRefusal(res)
	}
	var all []Difference
	for _, from := range slices.Sorted(maps.Keys(s.Types)) {
		if d, ok := compareTypes(from, s.Types[from], res.Types); ok {
			all = append(all, d)
		}
	}
	want, got := s.wanted(res), map[string][]Call{}
	for _, c := range res.Calls {
		got[c.From] = append(got[c.From], c)
	}
	return append(all, compareCalls(want, got, res.Joined, s.OrderDependsOn != "" || res.Moved)...)
}

// Same returns where a result is not that of another run of the same scenario.
func Same(first, second *Result) []Difference {
	if first.Refused != nil || second.Refused != nil {
		return (&Scenario{}).compareRefusal(second)
	}
	want, got := map[string][]wantedCall{}, map[string][]Call{}
	for _, c := range first.Calls {
		want[c.From] = append(want[c.From], wantedCall{Call: c})
	}
	for _, c := range second.Calls {
		got[c.From] = append(got[c.From], c)
	}
	return compareCalls(want, got, first.Joined || second.Joined, first.Moved || second.Moved)
}

func (s *Scenario) compareRefusal(res *Result) []Difference {
	want, got := "the app is accepted", "it is accepted"
	if s.WantsError() {
		want = "the app is refused: " + s.Expect[0].Error + ": " + s.Expect[0].Message
	}
	if res.Refused != nil {
		got = "it is refused: " + res.Refused.Error()
	}
	if s.WantsError() == (res.Refused != nil) {
		return nil
	}
	return []Difference{{From: fromApp, Want: []string{want}, Got: []string{got}}}
}

func compareTypes(from string, want [][2]string, got map[string]schema.Attributes) (Difference, bool) {
	attrs, ok := got[from]
	d := Difference{From: from, Attributes: true}
	for _, a := range want {
		d.Want = append(d.Want, a[0]+" "+a[1])
	}
	for _, a := range attrs {
		d.Got = append(d.Got, a.Name+" "+a.Type.String())
	}
	d.Want, d.Got = []string{strings.Join(d.Want, ", ")}, []string{strings.Join(d.Got, ", ")}
	if !ok {
		if !isCallback(from) {
			return d, false // an on-demand query that was not asked has no answer to compare
		}
		d.Got = []string{"the app has no such source"}
	}
	return d, d.Want[0] != d.Got[0]
}

// wantedCall is a call with what the file does not say, and so accepts.
type wantedCall struct {
	Call
	anyAt, anyTimestamp, anyStep bool
	anyRowTime                   bool
}

// wanted returns the expected calls of each source.
func (s *Scenario) wanted(res *Result) map[string][]wantedCall {
	all := map[string][]wantedCall{}
	for i := range s.Expect {
		e := &s.Expect[i]
		c := wantedCall{anyAt: e.At == nil, anyTimestamp: e.Timestamp == nil || res.Unseen[e.From], anyStep: e.Step == nil}
		c.From = e.From
		if c.From == "" {
			c.From = fromStep
		}
		if e.At != nil {
			c.At, c.Timestamp = *e.At, *e.At
		}
		if e.Timestamp != nil {
			c.Timestamp = *e.Timestamp
		}
		if e.Step != nil {
			c.Step = *e.Step
		}
		types := s.typesOf(e.From, res)
		for _, v := range e.Expired {
			c.Rows = append(c.Rows, Row{Values: canonicals(types, v), Expired: true})
		}
		for _, v := range e.Current {
			c.Rows = append(c.Rows, Row{Values: canonicals(types, v)})
		}
		for _, ev := range e.Events {
			row := Row{Values: canonicals(types, ev.Data), Expired: ev.Expired, Timestamp: c.At}
			if ev.Timestamp != nil {
				row.Timestamp = *ev.Timestamp
			} else {
				c.anyRowTime = true
			}
			c.Rows = append(c.Rows, row)
		}
		c.Null = e.Events == nil
		if len(c.Rows) > 0 || !isCallback(c.From) {
			all[c.From] = append(all[c.From], c)
		}
	}
	return all
}

// typesOf are those of the file, else the app's.
func (s *Scenario) typesOf(from string, res *Result) []schema.Type {
	var types []schema.Type
	if given, ok := s.Types[from]; ok {
		for _, a := range given {
			t, _ := schema.ParseType(a[1])
			types = append(types, t)
		}
		return types
	}
	for _, a := range res.Types[from] {
		types = append(types, a.Type)
	}
	return types
}

func canonicals(types []schema.Type, row []json.RawMessage) []string {
	all := make([]string, len(row))
	for i, v := range row {
		t := schema.Object
		if i < len(types) {
			t = types[i]
		}
		all[i] = canonical(t, v)
	}
	return all
}

func compareCalls(want map[string][]wantedCall, got map[string][]Call, joined, unordered bool) []Difference {
	names := map[string]bool{}
	for n := range want {
		names[n] = true
	}
	for n := range got {
		names[n] = true
	}
	var all []Difference
	for _, n := range slices.Sorted(maps.Keys(names)) {
		w, g := want[n], got[n]
		if n == fromRuntime {
			w, g = oneEach(w, g, joined)
		}
		if d, ok := compareSource(n, w, g, joined, unordered); ok {
			all = append(all, d)
		}
	}
	return all
}

// oneEach leaves one error per time: into how many an engine splits a mistake
// means nothing. Of joined sends the time is not known.
func oneEach(want []wantedCall, got []Call, joined bool) ([]wantedCall, []Call) {
	want = slices.CompactFunc(slices.Clone(want), func(a, b wantedCall) bool { return joined || a.At == b.At && !a.anyAt })
	got = slices.CompactFunc(slices.Clone(got), func(a, b Call) bool { return joined || a.At == b.At })
	return want, got
}

func compareSource(from string, want []wantedCall, got []Call, joined, unordered bool) (Difference, bool) {
	d := Difference{From: from, Index: -1}
	for i := range max(len(want), len(got)) {
		w, g := "", ""
		if i < len(got) {
			g = text(&got[i], unordered)
		}
		if i < len(want) {
			c := want[i].Call
			if i < len(got) {
				want[i].fill(&c, &got[i], joined)
			}
			w = text(&c, unordered)
		}
		d.Want, d.Got = append(d.Want, w), append(d.Got, g)
		if w != g && d.Index < 0 {
			d.Index = i
		}
	}
	d.Want, d.Got = d.Want[:len(want)], d.Got[:len(got)]
	return d, d.Index >= 0
}

// fill takes what is accepted as it comes from what came.
func (w *wantedCall) fill(c, got *Call, joined bool) {
	if w.anyAt || joined {
		c.At = got.At
	}
	if w.anyTimestamp {
		c.Timestamp = got.Timestamp
	}
	if w.anyStep {
		c.Step = got.Step
	}
	if w.anyRowTime && len(c.Rows) == len(got.Rows) {
		c.Rows = slices.Clone(c.Rows)
		for i := range c.Rows {
			c.Rows[i].Timestamp = got.Rows[i].Timestamp
		}
	}
}

// text renders a call. A query callback shows expired and current rows apart and
// no time for each row, so only their order among themselves is there.
func text(c *Call, unordered bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", c.At)
	query := strings.HasPrefix(c.From, "query:")
	switch {
	case c.From == fromStep:
		fmt.Fprintf(&b, " step %d is refused", c.Step)
		return b.String()
	case c.From == fromRuntime:
		return b.String() + " an error"
	case len(c.Rows) == 0 && c.Null:
		return b.String() + " null"
	case len(c.Rows) == 0:
		return b.String() + " no rows"
	case query && c.Timestamp != c.At:
		fmt.Fprintf(&b, " (timestamp %d)", c.Timestamp)
	}
	rows := make([]string, 0, len(c.Rows))
	for _, expired := range []bool{true, false} {
		for i := range c.Rows {
			if r := &c.Rows[i]; !query || r.Expired == expired {
				rows = append(rows, r.text(query, c.At))
			}
		}
		if !query {
			break
		}
	}
	if unordered {
		slices.Sort(rows)
	}
	return b.String() + " " + strings.Join(rows, " ")
}

func (r *Row) text(query bool, at int64) string {
	sign := "+"
	if r.Expired {
		sign = "-"
	}
	values := sign + "(" + strings.Join(r.Values, ", ") + ")"
	if query || r.Timestamp == at {
		return values
	}
	return fmt.Sprintf("@%d%s", r.Timestamp, values)
}
