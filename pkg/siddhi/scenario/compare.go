package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// Wanted returns what the scenario expects, in the form of Run's result. Calls
// without rows are left out: they mean nothing.
func (s *Scenario) Wanted() ([]Output, error) {
	var all []Output
	for i := range s.Expect {
		e := &s.Expect[i]
		if e.From == runtimeErrors {
			all = append(all, failure())
			continue
		}
		if e.Error != "" {
			return nil, fmt.Errorf("expect %d: errors of a step: %w", i, ErrUnsupported)
		}
		types := s.Types[e.From]
		o := Output{From: e.From}
		add := func(values []json.RawMessage, at int64, expired bool) {
			row := Row{Timestamp: at, Expired: expired}
			for k, v := range values {
				t := schema.Invalid
				if k < len(types) {
					t, _ = schema.ParseType(types[k][1])
				}
				row.Values = append(row.Values, wanted(t, v))
			}
			o.Rows = append(o.Rows, row)
		}
		if strings.HasPrefix(e.From, "query:") {
			// The callback does not say each row's time, nor how current and
			// expired rows were mixed: see comparable.
			for _, v := range e.Expired {
				add(v, 0, true)
			}
			for _, v := range e.Current {
				add(v, 0, false)
			}
		}
		for _, ev := range e.Events {
			add(ev.Data, ev.Timestamp, ev.Expired)
		}
		if len(o.Rows) > 0 {
			all = append(all, o)
		}
	}
	return all, nil
}

// runtimeErrors is the source of what went wrong with a chunk while the app went on.
const runtimeErrors = "runtime"

// failure is such an error; what its text says is not compared.
func failure() Output {
	return Output{From: runtimeErrors, Rows: []Row{{Values: []string{"an error"}}}}
}

// wanted renders an expected value as Text does an actual one.
func wanted(t schema.Type, raw json.RawMessage) string {
	text := strings.TrimSpace(string(raw))
	if text == "null" {
		return text
	}
	switch t {
	case schema.Float, schema.Double:
		word := strings.Trim(text, `"`)
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return word
		}
		if t == schema.Float {
			return number(v, 32)
		}
		return number(v, 64)
	case schema.Object:
		if v, err := object(raw); err == nil {
			return objectText(v)
		}
	case schema.String:
		var v string
		if json.Unmarshal(raw, &v) == nil {
			return strconv.Quote(v)
		}
	}
	return text
}

// Difference says where a source gave something else than expected.
type Difference struct {
	From      string
	Chunk     int
	Want, Got string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s, chunk %d\n  want %s\n  got  %s", d.From, d.Chunk+1, d.Want, d.Got)
}

// Compare returns the first difference of each source.
func Compare(want, got []Output) []Difference {
	w, g := bySource(want), bySource(got)
	var names []string
	for n := range w {
		names = append(names, n)
	}
	for n := range g {
		if _, ok := w[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	var all []Difference
	for _, n := range names {
		a, b := w[n], g[n]
		for i := range max(len(a), len(b)) {
			x, y := "nothing", "nothing"
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			if x != y {
				all = append(all, Difference{n, i, x, y})
				break
			}
		}
	}
	return all
}

// bySource renders the chunks of each source.
func bySource(all []Output) map[string][]string {
	m := map[string][]string{}
	for _, o := range all {
		m[o.From] = append(m[o.From], comparable(o))
	}
	return m
}

// comparable renders a chunk. A query callback shows expired and current rows
// apart and no time for each row, so only their order among themselves counts.
func comparable(o Output) string {
	var b strings.Builder
	query := strings.HasPrefix(o.From, "query:")
	write := func(r Row) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if r.Expired {
			b.WriteByte('-')
		}
		if !query {
			fmt.Fprintf(&b, "@%d", r.Timestamp)
		}
		fmt.Fprintf(&b, "(%s)", strings.Join(r.Values, ", "))
	}
	for _, expired := range []bool{true, false} {
		for _, r := range o.Rows {
			if query && r.Expired == expired {
				write(r)
			}
		}
	}
	if !query {
		for _, r := range o.Rows {
			write(r)
		}
	}
	return b.String()
}
