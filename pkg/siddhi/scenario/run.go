package scenario

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/schema"
)

// ErrUnsupported means that a scenario has a step that cannot be run, or that
// an option means nothing for its app.
var ErrUnsupported = errors.New("not supported")

// Options say how a scenario is run. What comes out must not depend on them.
type Options struct {
	// Batch joins single sends to one stream that follow each other into
	// physical batches of up to so many rows, where the time between them does
	// not matter to the app. 0 and 1: none.
	Batch int
	// RestoreEach throws the app away after each send and restores a new one
	// from its snapshot.
	RestoreEach bool
	// Edges says what is wrong with an app's @source and @sink annotations; nil:
	// nobody looks at them. Scenarios connect nothing.
	Edges EdgeCheck
	// Variables gives the values of ${NAME} in apps. nil: nothing has one; an app
	// that asks for one is refused.
	Variables Variables
	// Logger gets what the app logs: #log, and warnings. nil: nobody sees it.
	Logger *slog.Logger
}

// EdgeCheck knows the types of sources, sinks and mappers, which lie outside of the engine.
type EdgeCheck interface {
	Check(app *check.App) error
}

// Variables knows the values that stand in apps as ${NAME}.
type Variables interface {
	Variable(name string) (value string, ok bool)
}

// Row is one output row, its values as JSON.
type Row struct {
	Timestamp int64
	Values    []string
	Expired   bool
}

// Call is what a callback was called with once, or an error.
type Call struct {
	At   int64  // the clock
	From string // as in Entry
	Rows []Row
	// Timestamp is a query callback's: that of the last row of the chunk.
	Timestamp int64
	Null      bool // an on-demand query's answer is null
	Step      int  // of an error
	Err       error
}

// Result is what came out of a scenario.
type Result struct {
	// Refused is why the app could not be created. There is nothing else then.
	Refused error
	// Types has the attributes of all watched sources.
	Types map[string]schema.Attributes
	Calls []Call
	// Unseen has the queries whose callbacks show the time of an event that
	// nobody sees: Siddhi ends some chunks of tumbling windows with one.
	Unseen map[string]bool
	// Joined says that sends were joined into batches: calls then do not tell
	// when each happened.
	Joined bool
	// Moved says that rows may have come in another order, since the app was
	// restored more often than the scenario says, and has a table with a key.
	Moved bool
}

// Sources of calls that are errors.
const (
	fromRuntime = "runtime" // of a row or chunk; the app went on
	fromStep    = "step"    // the engine refused what a step asked for
	fromApp     = "app"     // the app could not be created
)

// Run runs the steps. The error says that the scenario cannot be run, not that
// something is wrong with its app.
func (s *Scenario) Run(opts Options) (*Result, error) {
	for kind, settings := range s.Config {
		if len(settings) > 0 && kind != "properties" {
			return nil, fmt.Errorf("config %s: %w: no part of the engine reads it", kind, ErrUnsupported)
		}
	}
	r := &run{s: s, opts: opts, res: &Result{Types: map[string]schema.Attributes{}, Unseen: map[string]bool{}}, revisions: map[string]int64{}, snapshots: map[int64][]byte{}}
	if len(s.Steps) > 0 {
		r.now = s.Steps[0].At
	}
	if err := r.check(); err != nil {
		r.res.Refused = err
		return r.res, nil
	}
	if opts.RestoreEach {
		shows := restoreShows(r.checked)
		if slices.ContainsFunc(s.Steps, func(st Step) bool { return st.Playback != nil }) {
			shows = showsInClock
		}
		if shows != "" {
			return nil, fmt.Errorf("restore after each send: %w: as in Siddhi, a restore shows: %s", ErrUnsupported, shows)
		}
		r.res.Moved = reorders(r.checked)
	}
	if err := r.create(); err != nil {
		r.res.Refused = err
		return r.res, nil
	}
	defer func() { r.app.Close() }()
	if err := r.watchAll(); err != nil {
		return nil, err
	}
	if err := r.app.Start(); err != nil {
		return nil, err
	}
	for i := range s.Steps {
		if err := r.step(i); err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
	}
	return r.res, r.flush()
}

type run struct {
	s         *Scenario
	opts      Options
	res       *Result
	checked   *check.App
	app       *siddhi.App
	now       int64
	at        int // step
	queries   int
	stopped   bool
	revisions map[string]int64 // when one was taken, by label
	snapshots map[int64][]byte // as in Siddhi there is one for a millisecond
	ticking   bool             // timers fire, and no step acts
	pending   *column.Batch    // single sends not yet sent on
	to        string
}

// check checks the app, which the copies that follow share.
func (r *run) check() error {
	text, err := parser.Substitute(r.s.App, func(name string) (string, bool) {
		if r.opts.Variables == nil {
			return "", false
		}
		return r.opts.Variables.Variable(name)
	})
	if err != nil {
		return err
	}
	checked, err := siddhi.Check(text)
	if err == nil && r.opts.Edges != nil {
		err = r.opts.Edges.Check(checked)
	}
	r.checked = checked
	return err
}

// create makes the app.
func (r *run) create() error {
	o := siddhi.Options{Time: siddhi.Virtual, Start: r.now, Properties: r.s.Config["properties"], Logger: r.opts.Logger}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.OnError = func(err *siddhi.ProcessingError) {
		if !onlyLogged(r.checked, err, r.ticking) {
			r.failed(fromRuntime, err)
		}
	}
	app, err := siddhi.New(r.checked, o)
	if err != nil {
		return err
	}
	r.app, r.stopped = app, false
	return nil
}

// watchAll watches the sources of the app.
func (r *run) watchAll() error {
	for _, q := range r.checked.Queries {
		r.res.Unseen["query:"+q.Name] = plan.EndsOf(q) == plan.EndsHidden
	}
	all := sources(r.checked)
	for from := range r.s.watched(r.checked, all) {
		r.res.Types[from] = all[from]
		if err := r.watch(from); err != nil {
			return fmt.Errorf("watch %s: %w", from, err)
		}
	}
	return nil
}

// watched returns the sources that a scenario wants to see: those that it names
// and that there are (Compare says which are not), else the queries and what they write.
func (s *Scenario) watched(app *check.App, all map[string]schema.Attributes) map[string]bool {
	want := map[string]bool{}
	for from := range s.Types {
		want[from] = true
	}
	for i := range s.Expect {
		want[s.Expect[i].From] = true
	}
	for from := range want {
		if _, ok := all[from]; !ok {
			delete(want, from)
		}
	}
	if len(want) > 0 {
		return want
	}
	for from := range all {
		want[from] = strings.HasPrefix(from, "query:")
	}
	for _, q := range app.Queries {
		if in, ok := q.Output.(*check.Insert); ok && in.Stream != nil && in.Stream.Partition == nil {
			want["stream:"+in.Stream.Name] = true
		}
	}
	maps.DeleteFunc(want, func(_ string, yes bool) bool { return !yes })
	return want
}

// isCallback says whether a source is one that callbacks are attached to.
func isCallback(from string) bool {
	return strings.HasPrefix(from, "query:") || strings.HasPrefix(from, "stream:")
}

// sources returns everything in an app that callbacks can be attached to: its
// named queries outside of partitions, the streams that it writes, and its windows.
func sources(app *check.App) map[string]schema.Attributes {
	all := map[string]schema.Attributes{}
	for _, q := range app.Queries {
		if q.Partition == nil && q.AST.Named() {
			all["query:"+q.Name] = q.Select.Out
		}
	}
	for _, s := range app.Streams {
		all["stream:"+s.Name] = s.Attrs
	}
	for _, w := range app.Windows {
		all["stream:"+w.Name] = w.Out.Attrs
	}
	return all
}

func (r *run) watch(from string) error {
	record := func(b *column.Batch) { r.record(from, b) }
	if name, ok := strings.CutPrefix(from, "query:"); ok {
		return r.app.OnQuery(name, record)
	}
	return r.app.OnStream(strings.TrimPrefix(from, "stream:"), record)
}

// record keeps each chunk of b.
func (r *run) record(from string, b *column.Batch) {
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		call := Call{At: r.app.WallInCallback(), From: from}
		for row := lo; row < hi; row++ {
			call.Timestamp = b.Time[row]
			if b.KindOf(row) == column.Reset {
				continue
			}
			x := Row{Timestamp: b.Time[row], Expired: b.KindOf(row) == column.Expired}
			for i := range b.Cols {
				x.Values = append(x.Values, Text(b.Cols[i], row))
			}
			call.Rows = append(call.Rows, x)
		}
		if len(call.Rows) > 0 {
			r.res.Calls = append(r.res.Calls, call)
		}
	}
}

func (r *run) failed(from string, err error) {
	at := r.now
	if from == fromRuntime {
		at = r.app.WallInCallback()
	}
	r.res.Calls = append(r.res.Calls, Call{At: at, From: from, Step: r.at, Err: err})
}

func (r *run) step(i int) error {
	s := &r.s.Steps[i]
	if r.pending != nil && !r.joins(s) {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.at, r.now = i, s.At
	if r.pending == nil {
		if err := r.advance(); err != nil {
			return err
		}
	}
	err := r.act(s)
	var refused *refusal
	if errors.As(err, &refused) {
		r.failed(fromStep, err)
		err = nil
	}
	if err != nil || r.pending != nil {
		return err
	}
	return r.advance()
}

// refusal is a step that the engine does not take: an error of the scenario's
// user, which a scenario may expect.
type refusal struct{ err error }

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

func (r *run) act(s *Step) error {
	switch {
	case s.Send != "":
		return r.sendStep(s)
	case s.Query != "":
		return r.query(s)
	case s.Persist:
		return r.persist(s)
	case s.Restore != "":
		return r.restore(s)
	case s.Playback != nil:
		r.app.EnablePlayback(*s.Playback, check.Idle{Time: s.Idle, Increment: s.Increment})
	case s.Shutdown:
		r.stopped = true
		r.app.Close()
	}
	return nil
}

// advance lets the clock of the app follow that of the steps.
func (r *run) advance() error {
	if r.stopped {
		return nil
	}
	r.ticking = true
	defer func() { r.ticking = false }()
	return r.app.AdvanceTo(r.now)
}

// query asks an on-demand query. Its label is the one given, or q and its number.
func (r *run) query(s *Step) error {
	r.queries++
	label := s.Label
	if label == "" {
		label = fmt.Sprintf("q%d", r.queries)
	}
	rows, err := r.app.Query(s.Query)
	if err != nil {
		return &refusal{err}
	}
	call := Call{At: r.now, From: "ondemand:" + label, Null: !rows.Changed && !rows.Cut && rows.Len() == 0}
	b := rows.Batch
	for row := range b.N {
		x := Row{Timestamp: b.Time[row]}
		for _, c := range b.Cols {
			x.Values = append(x.Values, Text(c, row))
		}
		call.Rows = append(call.Rows, x)
	}
	r.res.Types[call.From] = rows.Attrs
	r.res.Calls = append(r.res.Calls, call)
	return nil
}

func (r *run) persist(s *Step) error {
	snapshot, err := r.app.Snapshot(nil)
	if err != nil {
		return &refusal{err}
	}
	r.snapshots[r.now] = append([]byte(nil), snapshot...)
	r.revisions["last"] = r.now
	if s.Label != "" {
		r.revisions[s.Label] = r.now
	}
	return nil
}

func (r *run) restore(s *Step) error {
	taken, ok := r.revisions[s.Restore]
	if !s.InPlace {
		if err := r.replace(); err != nil {
			return err
		}
		if !s.BeforeStart {
			if err := r.app.Start(); err != nil {
				return err
			}
		}
	}
	switch {
	case ok:
		if _, err := r.app.Restore(r.snapshots[taken]); err != nil {
			return &refusal{err}
		}
	case s.Restore != "last": // without any revision Siddhi's restoreLastRevision does nothing
		return &refusal{fmt.Errorf("no revision is called %s", s.Restore)}
	}
	if s.BeforeStart && !s.InPlace {
		return r.app.Start()
	}
	return nil
}

// replace closes the app and makes another.
func (r *run) replace() error {
	r.app.Close()
	if err := r.create(); err != nil {
		return err
	}
	return r.watchAll()
}

// again replaces the app by a copy made from its snapshot.
func (r *run) again() error {
	snapshot, err := r.app.Snapshot(nil)
	if err != nil {
		return err
	}
	snapshot = append([]byte(nil), snapshot...)
	if err := r.replace(); err != nil {
		return err
	}
	if _, err := r.app.Restore(snapshot); err != nil {
		return err
	}
	return r.app.Start()
}
