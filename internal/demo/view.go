package demo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

const (
	redrawEvery = 200 * time.Millisecond // on a terminal
	lineEvery   = time.Second            // elsewhere
	alertsShown = 3
	routesShown = 5
	width       = 78
)

// view is what there is to see at a moment.
type view struct {
	elapsed     time.Duration
	read, total int64 // rows of the input
	rate        int64 // rows per second, lately
	hours       []hourly
	alerts      []alert // the latest, the last first
	alertCount  int
	routes      []routeDay // the busiest now
	workers     []workerView
	killing     *killing
	waitingFor  string
}

type workerView struct {
	id, state string
	parts     []string
}

// view gathers what there is to see.
func (w *watcher) view() view {
	v := view{
		elapsed: w.elapsed, read: w.rowsRead, total: w.total, killing: w.killing,
		hours: currentHours(w.outputs.hourly.rows), routes: busiest(w.outputs.routes.rows, routesShown),
		alertCount: len(w.outputs.alerts.rows),
	}
	if w.rowsRead == 0 || w.rowsRead >= w.total { // between them the rows read say enough
		v.waitingFor = w.waitingFor
	}
	latest := w.outputs.alerts.rows[max(0, v.alertCount-alertsShown):]
	v.alerts = slices.Clone(latest)
	slices.Reverse(v.alerts)
	for _, n := range w.workers {
		state := n.State
		if w.killing != nil && w.killing.Worker == n.ID {
			state = "killed"
		}
		shown := workerView{id: n.ID, state: state}
		for _, part := range n.Parts {
			shown.parts = append(shown.parts, strings.TrimPrefix(part, w.app+"-"))
		}
		v.workers = append(v.workers, shown)
	}
	return v
}

// recent is how many of the latest rows of an output are worth looking at for what is going on now.
const recent = 2000

// currentHours returns the latest mean of each origin, by origin.
func currentHours(rows []hourly) []hourly {
	latest := map[string]hourly{}
	for _, r := range rows[max(0, len(rows)-recent):] {
		latest[r.Origin] = r
	}
	var all []hourly
	for _, r := range latest {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b hourly) int { return cmp.Compare(a.Origin, b.Origin) })
	return all
}

// busiest returns the n routes that had the most flights in their last 24 hours.
func busiest(rows []routeDay, n int) []routeDay {
	latest := map[string]routeDay{}
	for _, r := range rows[max(0, len(rows)-recent):] {
		latest[r.Route] = r
	}
	var all []routeDay
	for _, r := range latest {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b routeDay) int {
		return cmp.Or(cmp.Compare(b.LastDay, a.LastDay), cmp.Compare(a.Route, b.Route))
	})
	return all[:min(n, len(all))]
}

// lines draws the view for a terminal; none is wider than width.
func (v view) lines() []string {
	out := []string{
		"",
		fmt.Sprintf("Flights   %5.1f s   %s   %d of %d rows   %d rows/s", v.elapsed.Seconds(), bar(v.read, v.total, 20), v.read, v.total, v.rate),
		"",
		"mean departure delay of the current hour (UTC)",
	}
	for _, h := range v.hours {
		out = append(out, fmt.Sprintf("  %s  %s  %6.1f min  %3d flights", h.Origin, h.Hour, h.Mean, h.Flights))
	}
	out = append(out, fmt.Sprintf("latest of %d alerts: late three times running", v.alertCount))
	for _, a := range v.alerts {
		out = append(out, "  "+a.text())
	}
	out = append(out, "busiest routes, flights in 24 hours")
	var routes []string
	for _, r := range v.routes {
		routes = append(routes, fmt.Sprintf("%s %d", r.Route, r.LastDay))
	}
	out = append(out, "  "+strings.Join(routes, "   "), "workers")
	for _, w := range v.workers {
		out = append(out, strings.TrimRight(fmt.Sprintf("  %-9s %-7s %s", w.id, w.state, strings.Join(w.parts, " ")), " "))
	}
	if v.killing != nil {
		out = append(out, v.killing.text())
	}
	if v.waitingFor != "" {
		out = append(out, "waiting: "+v.waitingFor)
	}
	for i, line := range out {
		if r := []rune(line); len(r) > width {
			out[i] = string(r[:width-1]) + "…"
		}
	}
	return out
}

func (a alert) text() string {
	return fmt.Sprintf("%s  %d, %d and %d min late, last on %s", a.Tailnum, a.Delay1, a.Delay2, a.Delay3, utc(a.Third))
}

// text says how far the parts of the killed worker have come.
func (k *killing) text() string {
	s := fmt.Sprintf("%s was killed after %d rows: ", k.Worker, k.Read)
	if k.Back > 0 {
		return s + fmt.Sprintf("its %d parts ran elsewhere %.1f s later", len(k.Parts), k.Back.Seconds())
	}
	return s + fmt.Sprintf("%d of its %d parts run elsewhere so far", len(k.Moved), len(k.Parts))
}

func bar(done, total int64, cells int) string {
	full := 0
	if total > 0 {
		full = int(min(done, total) * int64(cells) / total)
	}
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", cells-full) + "]"
}

// line is the view in one line, for a log.
func (v view) line() string {
	s := fmt.Sprintf("%5.1f s  %d of %d rows, %d rows/s, %d alerts", v.elapsed.Seconds(), v.read, v.total, v.rate, v.alertCount)
	for _, h := range v.hours {
		s += fmt.Sprintf(", %s %.1f min", h.Origin, h.Mean)
	}
	if len(v.routes) > 0 {
		s += fmt.Sprintf(", busiest %s %d", v.routes[0].Route, v.routes[0].LastDay)
	}
	if v.waitingFor != "" {
		s += "; waiting: " + v.waitingFor
	}
	return s
}

// screen shows views: drawn over the one before on a terminal, as a line now and
// then elsewhere.
type screen struct {
	out    io.Writer
	live   bool
	silent bool

	height int // lines of the view that stands on the terminal
	shown  time.Time
	rates  rater
	said   string // about the killed worker
	last   *view  // not shown yet
}

func newScreen(out io.Writer, o Options) *screen {
	return &screen{out: out, live: o.Live, silent: o.JSON}
}

// show shows a view unless one was shown a moment ago.
func (s *screen) show(v view, now time.Time) {
	if s.silent {
		return
	}
	v.rate = s.rates.rate(v.read, now)
	if v.killing != nil && !s.live {
		s.sayKilling(v.killing)
	}
	every := lineEvery
	if s.live {
		every = redrawEvery
	}
	s.last = &v
	if !s.shown.IsZero() && now.Sub(s.shown) < every {
		return
	}
	s.shown = now
	s.draw(v)
}

func (s *screen) draw(v view) {
	s.last = nil
	if !s.live {
		fmt.Fprintln(s.out, v.line())
		return
	}
	lines := v.lines()
	if s.height > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\x1b[J", s.height) // up to where the view began; clear from there
	}
	fmt.Fprintln(s.out, strings.Join(lines, "\n"))
	s.height = len(lines)
}

// sayKilling tells of the killed worker once at each stage.
func (s *screen) sayKilling(k *killing) {
	text := k.text()
	if text == s.said {
		return
	}
	s.said = text
	fmt.Fprintln(s.out, text)
	if k.Back == 0 {
		return
	}
	for _, m := range k.Moved {
		fmt.Fprintf(s.out, "  %s runs on %s now\n", m.Part, m.Worker)
	}
}

// end shows the last view if it has not been.
func (s *screen) end() {
	if s.last != nil {
		s.draw(*s.last)
	}
}

// rater measures rows per second over the last second or so.
type rater struct {
	marks []mark
}

type mark struct {
	at   time.Time
	rows int64
}

func (r *rater) rate(rows int64, now time.Time) int64 {
	r.marks = append(r.marks, mark{now, rows})
	for len(r.marks) > 2 && now.Sub(r.marks[1].at) >= time.Second {
		r.marks = r.marks[1:]
	}
	first := r.marks[0]
	passed := now.Sub(first.at)
	if passed <= 0 {
		return 0
	}
	return int64(float64(rows-first.rows) / passed.Seconds())
}
