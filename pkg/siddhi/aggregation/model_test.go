package aggregation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/pkg/siddhi"
)

// model keeps every event, and computes what a read has to find from all of them.
type model struct {
	byEvent bool // events count when they happened, else when they came
	groups  []string
	zone    *time.Location
	events  []event
}

// event has values that are sums of powers of two, so that sums have no order.
type event struct {
	at   int64  // when it counts
	k    string // null: ""
	n    int32
	d    float64
	null bool // d is null
}

var granularities = []string{"sec", "min", "hours", "days", "months", "years"}

// bucket returns the beginning of the bucket that t is in.
func (m *model) bucket(per string, t int64) int64 {
	at := time.UnixMilli(t).In(m.zone)
	y, mon, d := at.Date()
	h, mi, s := at.Clock()
	switch per {
	case "min":
		s = 0
	case "hours":
		mi, s = 0, 0
	case "days":
		h, mi, s = 0, 0, 0
	case "months":
		d, h, mi, s = 1, 0, 0, 0
	case "years":
		mon, d, h, mi, s = 1, 1, 0, 0, 0
	}
	return time.Date(y, mon, d, h, mi, s, 0, m.zone).UnixMilli()
}

// rows are what a read has to find, each as a text, in no order.
func (m *model) rows(per string, start, end int64) []string {
	type cell struct {
		count  int64
		sum    float64
		lo, hi float64
		values int // that are not null
		ns     map[int32]bool
		last   event
	}
	cells := map[string]*cell{}
	for _, e := range m.events {
		b := m.bucket(per, e.at)
		if b < start || b >= end {
			continue
		}
		key := fmt.Sprint(b)
		for _, g := range m.groups {
			if g == "k" {
				key += " " + text(e.k)
			} else {
				key += " " + fmt.Sprint(e.n)
			}
		}
		c := cells[key]
		if c == nil {
			c = &cell{ns: map[int32]bool{}, last: e}
			cells[key] = c
		}
		c.count++
		c.ns[e.n] = true
		if !e.null {
			if c.values == 0 {
				c.lo, c.hi = e.d, e.d
			}
			c.sum, c.lo, c.hi = c.sum+e.d, min(c.lo, e.d), max(c.hi, e.d)
			c.values++
		}
		if !m.byEvent || e.at >= c.last.at {
			c.last = e
		}
	}
	var all []string
	for key, c := range cells {
		sum, mean, lo, hi, last := "null", "null", "null", "null", "null"
		if c.values > 0 {
			sum, mean, lo, hi = fmt.Sprint(c.sum), fmt.Sprint(c.sum/float64(c.count)), fmt.Sprint(c.lo), fmt.Sprint(c.hi)
		}
		if !c.last.null {
			last = fmt.Sprint(c.last.d)
		}
		all = append(all, strings.Join([]string{key, fmt.Sprint(c.count), sum, mean, lo, hi, fmt.Sprint(len(c.ns)), last}, " "))
	}
	slices.Sort(all)
	return all
}

func text(k string) string {
	if k == "" {
		return "null"
	}
	return k
}

// TestModel sends random events to random aggregations, restores them at random points, and
// asks them for random times. What they answer must be what the model does. With a purge
// it is asked for what the retention keeps.
func TestModel(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { compareWithModel(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

// compared is a run of an app beside its model.
type compared struct {
	*rand.Rand
	app    *started
	text   string
	opts   siddhi.Options
	model  model
	levels []string // fine to coarse
	purged bool
	now    int64
	taken  map[int64]bool // times of events: two at one time would make the newest a matter of order
}

func compareWithModel(t *testing.T, r *rand.Rand) {
	c := newCompared(t, r)
	for range 150 {
		switch x := c.IntN(20); {
		case x < 12:
			c.send(t)
		case x < 15:
			c.advance(t)
		case x < 16:
			c.restore(t)
		default:
			c.read(t)
		}
	}
	for range c.levels {
		c.read(t)
	}
}

func newCompared(t *testing.T, r *rand.Rand) *compared {
	first := r.IntN(3)
	last := first + r.IntN(len(granularities)-first)
	c := &compared{Rand: r, levels: granularities[first : last+1], now: begin + r.Int64N(86_400_000), taken: map[int64]bool{}}
	every := strings.Join(c.levels, ", ")
	if c.IntN(2) == 0 && last > first {
		every = c.levels[0] + "..." + c.levels[len(c.levels)-1]
	}
	c.model = model{byEvent: c.IntN(2) == 0, zone: time.UTC, groups: [][]string{nil, {"k"}, {"n"}, {"k", "n"}}[c.IntN(4)]}
	if c.IntN(2) == 0 {
		var err error
		if c.model.zone, err = time.LoadLocation("Asia/Kolkata"); err != nil {
			t.Fatal(err)
		}
		c.opts.Properties = map[string]string{"aggTimeZone": "Asia/Kolkata"}
	}
	by, group := "", ""
	if c.model.byEvent {
		by = "by ts "
	}
	if len(c.model.groups) > 0 {
		group = " group by " + strings.Join(c.model.groups, ", ")
	}
	purge := "@purge(enable='false') "
	if c.purged = c.IntN(3) == 0; c.purged {
		purge = "@purge(enable='true', interval='20 sec') "
	}
	c.text = "define stream S (k string, n int, d double, ts long); " + purge + "define aggregation A from S select " +
		strings.Join(append(slices.Clone(c.model.groups), "count() as c", "sum(d) as s", "avg(d) as a", "min(d) as lo", "max(d) as hi", "distinctCount(n) as dn", "d as last"), ", ") +
		group + " aggregate " + by + "every " + every + ";"
	c.opts.Time, c.opts.Start = siddhi.Virtual, c.now
	c.app = startWith(t, c.text, c.opts, nil)
	return c
}

// send sends a chunk.
func (c *compared) send(t *testing.T) {
	t.Helper()
	n := 1 + c.IntN(3)
	rows := c.app.in.NewBatch()
	for range n {
		e := event{at: c.now, k: []string{"", "a", "b", "c"}[c.IntN(4)], n: c.Int32N(3), d: float64(c.IntN(65)-32) / 4, null: c.IntN(6) == 0}
		ts := c.now
		if c.model.byEvent {
			for ts = c.happened(); c.taken[ts]; {
				ts++
			}
			c.taken[ts] = true
			e.at = ts
		}
		c.model.events = append(c.model.events, e)
		rows.Time = append(rows.Time, c.now)
		if rows.N++; e.k == "" {
			rows.Cols[0].AppendNull()
		} else {
			rows.Cols[0].AppendString(e.k)
		}
		rows.Cols[1].AppendInt(e.n)
		if e.null {
			rows.Cols[2].AppendNull()
		} else {
			rows.Cols[2].AppendDouble(e.d)
		}
		rows.Cols[3].AppendLong(ts)
	}
	rows.Ends = []int32{int32(n)}
	if err := c.app.in.SendBatch(rows); err != nil {
		t.Fatal(err)
	}
}

// happened is the time of an event: mostly now, sometimes it is late, or early. Late events
// would have a purge give up.
func (c *compared) happened() int64 {
	if c.purged {
		return c.now
	}
	switch c.IntN(8) {
	case 0:
		return c.now - c.Int64N(5_000)
	case 1:
		return c.now - c.Int64N(200_000)
	case 2:
		return c.now - c.Int64N(90*86_400_000)
	case 3:
		return c.now + c.Int64N(100_000)
	}
	return c.now
}

func (c *compared) advance(t *testing.T) {
	t.Helper()
	c.now += []int64{1, 300, 1_000, 20_000, 61_000, 3_600_000, 86_400_000, 40 * 86_400_000}[c.IntN(5+c.IntN(4))]
	c.app.advance(t, c.now)
}

// restore has a new app go on with a snapshot of this one.
func (c *compared) restore(t *testing.T) {
	t.Helper()
	snapshot, err := c.app.Snapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.app.Close()
	c.opts.Start = c.now
	c.app = startWith(t, c.text, c.opts, snapshot)
}

// read asks for a time that begins and ends with a bucket.
func (c *compared) read(t *testing.T) {
	t.Helper()
	per := c.levels[c.IntN(len(c.levels))]
	past, future := int64(100*86_400_000), int64(200_000)
	if c.IntN(2) == 0 {
		past, future = 100_000, 10_000
	}
	if c.purged {
		past = min(past, kept[per])
	}
	start := c.model.bucket(per, c.now-c.Int64N(past))
	end := c.model.bucket(per, c.now+c.Int64N(future))
	if end <= start {
		end = c.now + 400*86_400_000
	}
	if c.purged && start < c.now-kept[per] {
		return // of the bucket that the retention cuts nothing is said
	}
	query := fmt.Sprintf("from A within %dL, %dL per '%s'", start, end, per)
	rows := c.app.ask(t, query)
	var got []string
	for row := range rows.Len() {
		key := fmt.Sprint(rows.Value(row, 0))
		var values []string
		for i := 1; i < len(rows.Attrs); i++ {
			v := rows.Value(row, i)
			if v == nil {
				v = "null"
			}
			values = append(values, fmt.Sprint(v))
		}
		got = append(got, key+" "+strings.Join(values, " "))
	}
	slices.Sort(got)
	if want := c.model.rows(per, start, end); !slices.Equal(got, want) {
		t.Fatalf("%s\n%s at %d\nwant %s\ngot  %s", c.text, query, c.now, strings.Join(want, "\n     "), strings.Join(got, "\n     "))
	}
}

// kept is how long the rows of a granularity stay when nothing else is said.
var kept = map[string]int64{"sec": 120_000, "min": 86_400_000, "hours": 30 * 86_400_000, "days": 365 * 86_400_000, "months": 1 << 40, "years": 1 << 40}
