package window

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
)

// otherReference makes the references of otherWindows; nil for other windows.
func otherReference(w *check.Window, run *refRun, expires bool) reference {
	num := func(i int) int64 { return w.Args[i].(*check.Const).Int }
	switch w.Fn.Name {
	case "batch":
		r := &refBatch{w: run, expires: expires}
		if len(w.Args) > 0 {
			r.n = int(num(0))
		}
		return r
	case "delay":
		return &refDelay{w: run, t: num(0), last: -1 << 62}
	case "timeLength":
		r := &refTimeLength{t: num(0), n: int(num(1))}
		r.refAlarms = refAlarms{w: run, ring: r.ring}
		return r
	case "sort":
		r := &refSort{w: run, n: int(num(0))}
		for _, a := range w.Args[1:] {
			if c, ok := a.(*check.Const); ok {
				r.by[len(r.by)-1].desc = c.Text == "desc"
			} else {
				r.by = append(r.by, sortKey{attr: a.(*check.Column).Index})
			}
		}
		return r
	case "session":
		r := &refSession{gap: num(0), keyed: len(w.Args) > 1, sessions: map[string]*refPair{}}
		if len(w.Args) > 2 {
			r.latency = num(2)
		}
		r.refAlarms = refAlarms{w: run, ring: r.ring}
		return r
	}
	return nil
}

// refAlarms is the queue of due times of one Siddhi scheduler.
type refAlarms struct {
	w       *refRun
	due     []int64
	running bool
	ring    func(due int64)
}

func (a *refAlarms) notify(due int64) {
	a.due = append(a.due, due)
	if !a.running {
		a.running = true
		a.w.ask(max(due, a.w.now))
	}
}

func (a *refAlarms) timer(int64) {
	for len(a.due) > 0 && a.due[0] <= a.w.now {
		due := a.due[0]
		a.due = a.due[1:]
		a.ring(due)
	}
	if a.running = len(a.due) > 0; a.running {
		a.w.ask(a.due[0])
	}
}

type refBatch struct {
	w       *refRun
	n       int
	expires bool
	before  []refRow
	mark    *refRow
}

func (r *refBatch) chunk(rows []refRow) {
	var out []outRow
	if r.expires {
		out = appendAll(out, r.before, column.Expired, r.w.now)
		r.before = slices.Clone(rows)
	}
	n := r.n
	if n == 0 {
		n = len(rows)
	}
	for part := range slices.Chunk(rows, n) {
		if r.mark != nil {
			out = append(out, r.mark.as(column.Reset, r.mark.time))
		}
		r.mark = &part[0]
		r.w.emit(appendAll(out, part, column.Current, -1))
		out = nil
	}
	if r.w.keyed && !r.expires {
		r.mark = nil // the state is given up
	}
}

type refDelay struct {
	w    *refRun
	t    int64
	last int64
	kept []refRow
}

func (r *refDelay) release(out []outRow) []outRow {
	return r.w.leave(out, &r.kept, r.t, column.Current)
}

func (r *refDelay) chunk(rows []refRow) {
	var out []outRow
	if r.w.keyed && len(r.kept) == 0 {
		r.last = -1 << 62
	}
	for _, e := range rows {
		out = r.release(out)
		r.kept = append(r.kept, e)
		if e.time > r.last {
			r.last = e.time
			r.w.ask(e.time + r.t)
		}
	}
	r.w.emit(out)
}
func (r *refDelay) timer(int64) { r.w.emit(r.release(nil)) }

type refTimeLength struct {
	refAlarms
	t    int64
	n    int
	kept []refRow
}

func (r *refTimeLength) expire(out []outRow) []outRow {
	return r.w.leave(out, &r.kept, r.t, column.Expired)
}

func (r *refTimeLength) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		out = r.expire(out)
		if r.n > 0 {
			if len(r.kept) == r.n {
				out = append(out, r.kept[0].as(column.Expired, r.w.now))
				r.kept = r.kept[1:]
			}
			r.kept = append(r.kept, e)
		}
		out = append(out, e.as(column.Current, e.time))
		r.notify(e.time + r.t)
	}
	r.w.emit(out)
}

func (r *refTimeLength) ring(int64) { r.w.emit(r.expire(nil)) }

type refSort struct {
	w    *refRun
	n    int
	by   []sortKey
	kept []refRow
}

// attribute returns attribute i of events as text.
func (r refRow) attribute(i int) string {
	text := strings.TrimSuffix(strings.TrimPrefix(r.values, "("), ")")
	var rest []string
	for range 3 { // all but the first are without spaces
		at := strings.LastIndexByte(text, ' ')
		rest = append([]string{text[at+1:]}, rest...)
		text = text[:at]
	}
	return append([]string{text}, rest...)[i]
}

func (r *refSort) compare(a, b refRow) int {
	for _, k := range r.by {
		x, y := a.attribute(k.attr), b.attribute(k.attr)
		d := cmp.Compare(x, y)
		if k.attr > 0 {
			m, errX := strconv.Atoi(x)
			n, errY := strconv.Atoi(y)
			switch {
			case errX != nil && errY != nil: // nulls
				continue
			case errX != nil:
				return 1
			case errY != nil:
				return -1
			}
			d = cmp.Compare(m, n)
		}
		if k.desc {
			d = -d
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

func (r *refSort) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		out = append(out, e.as(column.Current, e.time))
		r.kept = append(r.kept, e)
		if len(r.kept) > r.n {
			slices.SortStableFunc(r.kept, r.compare)
			out = append(out, r.kept[r.n].as(column.Expired, r.w.now))
			r.kept = r.kept[:r.n]
		}
	}
	r.w.emit(out)
}

// refSession has sessions as lists; late rows go in front of a mark, as in Siddhi.
type refSession struct {
	refAlarms
	gap, latency int64
	keyed        bool
	sessions     map[string]*refPair
	most, met    int
	live         []string // session keys, in the order in which they were met
	gone         []refRow
}

type refPair struct{ current, ended refChunk }

type refChunk struct {
	rows       []refRow
	start, end int64
	mark       int // rows in front of the mark and the mark itself; 0: none
}

// insert moves the mark on, if it can, and puts rows in front of it.
func (c *refChunk) insert(rows ...refRow) {
	if c.mark < len(c.rows) {
		c.mark++
	}
	c.rows = slices.Insert(c.rows, c.mark-1, rows...)
	c.mark += len(rows)
}

func (r *refSession) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		key := ""
		if r.keyed {
			key = e.attribute(0)
		}
		p := r.sessions[key]
		if p == nil {
			p = &refPair{}
			r.sessions[key] = p
			r.met++
			r.live = append(r.live, key)
		}
		if r.add(p, e) {
			out = append(out, e.as(column.Current, e.time))
		}
	}
	r.emitGone(out)
}

func (r *refSession) emitGone(out []outRow) {
	for _, e := range r.gone {
		out = append(out, e.as(column.Expired, e.time))
	}
	r.gone = nil
	r.w.emit(out)
}

func (r *refSession) begin(p *refPair, e refRow) {
	p.current = refChunk{rows: []refRow{e}, start: e.time, end: e.time + r.gap}
	r.notify(e.time + r.gap)
}

func (r *refSession) add(p *refPair, e refRow) bool {
	c, o := &p.current, &p.ended
	switch {
	case len(c.rows) == 0:
		r.begin(p, e)
	case e.time >= c.start && e.time <= c.end:
		c.rows = append(c.rows, e)
		c.end = e.time + r.gap
		r.notify(c.end)
	case e.time > c.end && r.latency > 0:
		r.gone = append(r.gone, o.rows...)
		*o = *c
		r.notify(o.end + r.latency)
		r.begin(p, e)
	case e.time > c.end:
	case e.time >= c.start-r.gap:
		c.insert(e)
		c.start = e.time
		r.merge(p)
	case len(o.rows) > 0 && e.time >= o.start-r.gap:
		o.rows = append(o.rows, e)
		if e.time <= o.end-r.gap && e.time < o.start {
			o.start = e.time
		} else {
			o.end = e.time + r.gap
			r.merge(p)
		}
	default:
		return false
	}
	return true
}

func (r *refSession) merge(p *refPair) {
	if len(p.ended.rows) > 0 && p.ended.end >= p.current.start-r.gap {
		p.current.insert(p.ended.rows...)
		p.current.start = p.ended.start
		p.ended = refChunk{}
	}
}

// over returns the sessions that have ended, as Siddhi's hash map has them.
func (r *refSession) over(of func(*refPair) *refChunk, by int64) []*refPair {
	var all []string
	for _, key := range r.live {
		if len(of(r.sessions[key]).rows) > 0 {
			all = append(all, key)
		}
	}
	r.most = max(r.most, len(all))
	place := func(key string, held int) uint32 {
		size := uint32(16)
		for held > int(size)*3/4 {
			size *= 2
		}
		h := javatext.Hash(key)
		return (h ^ h>>16) % size
	}
	slices.SortStableFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(of(r.sessions[a]).end, of(r.sessions[b]).end),
			cmp.Compare(place(a, r.most), place(b, r.most)), cmp.Compare(place(a, r.met+1), place(b, r.met+1)))
	})
	var over []*refPair
	for _, key := range all {
		if p := r.sessions[key]; of(p).end <= by {
			over = append(over, p)
		}
	}
	return over
}

func (r *refSession) ring(due int64) {
	current := func(p *refPair) *refChunk { return &p.current }
	ended := func(p *refPair) *refChunk { return &p.ended }
	for _, p := range r.over(current, due) {
		if r.latency == 0 {
			r.gone = append(r.gone, p.current.rows...)
		} else {
			p.ended.rows = append(p.ended.rows, p.current.rows...)
			p.ended.start, p.ended.end = p.current.start, p.current.end
			r.notify(p.ended.end + r.latency)
		}
		p.current = refChunk{}
	}
	if r.latency > 0 {
		for _, p := range r.over(ended, due-r.latency) {
			r.gone = append(r.gone, p.ended.rows...)
			p.ended = refChunk{}
		}
	}
	r.live = slices.DeleteFunc(r.live, func(key string) bool {
		p := r.sessions[key]
		gone := len(p.current.rows)+len(p.ended.rows) == 0
		if gone {
			delete(r.sessions, key)
		}
		return gone
	})
	r.emitGone(nil)
}
