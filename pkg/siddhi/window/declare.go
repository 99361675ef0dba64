package window

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// kind is what this package knows of one window.
type kind struct {
	name    string
	sliding bool // lets rows go without Reset: aggregates must take them back
	batches bool // opens or closes batches by Reset rows: aggregates begin anew
	stamps  bool // writes the clock into the timestamps of expired rows
	timed   func(args int) bool
	// forgets, if there is one, says whether rows that have passed are only kept if they
	// expire or a join looks them up.
	forgets func(args int) bool
	make    func(args arguments, in schema.Attributes, opts Options) (flow.Operator, error)
	// disorder is set where rows may leave in another order than they came in, go
	// without having expired, or not come out at all.
	disorder bool
	// passes is set where rows just pass if nobody asks for those that leave, nor for
	// those that are kept.
	passes bool
	// exchanges is set where the operator is a flow.Exchanger.
	exchanges bool
	wall      bool // its timers are the wall clock's, also in playback
	groups    bool // rows leave in groups; so they do where batches is set
	marks     bool // rows that were looked at keep their timestamps
	// bare is set where a join cannot look rows up: see Bare.
	bare bool
	// bySelected is set where rows are told apart by what the query selects, and
	// how many arguments there are when that is not so; see TellsBySelected.
	bySelected int
	// refuses is set where a null in an argument has chunks left out: see Guard.
	refuses *refusal
}

func always(int) bool { return true }
func never(int) bool  { return false }

func kinds() []kind {
	return append([]kind{
		{name: "length", sliding: true, stamps: true, passes: true, timed: never, exchanges: true, make: newLength},
		{name: "lengthBatch", batches: true, marks: true, stamps: true, timed: never, forgets: always, make: newLengthBatch},
		{name: "time", sliding: true, stamps: true, passes: true, timed: always, exchanges: true, make: newTime},
		{name: "timeBatch", batches: true, marks: true, stamps: true, timed: always, forgets: always, make: newTimeBatch},
		{name: "timeLength", sliding: true, stamps: true, passes: true, timed: always, exchanges: true, make: newTimeLength},
		{name: "externalTime", sliding: true, passes: true, timed: never, exchanges: true, make: newExternalTime, refuses: noTimestamp(0, false)},
		{name: "externalTimeBatch", batches: true, timed: func(args int) bool { return args > 3 }, forgets: func(args int) bool { return args <= 3 }, make: newExternalTimeBatch, refuses: noTimestamp(0, true)},
		{name: "batch", batches: true, marks: true, stamps: true, timed: never, forgets: always, make: newBatch},
		{name: "cron", groups: true, sliding: true, stamps: true, timed: always, make: newCron, wall: true, bare: true},
		{name: "delay", timed: always, make: newDelay},
		{name: "session", groups: true, sliding: true, timed: always, make: newSession, disorder: true, refuses: noSession()},
		{name: "sort", sliding: true, stamps: true, passes: true, timed: never, make: newSort, disorder: true},
	}, slices.Concat(conditionKinds(), frequentKinds(), uniqueKinds())...)
}

func kindOf(d *extension.Declaration) *kind {
	if d == nil || d.Kind != extension.Window {
		return nil
	}
	for _, k := range kinds() {
		if k.name == d.FullName() {
			return &k
		}
	}
	return nil
}

// Sliding says whether the window emits expired rows and no Reset, so that
// aggregates behind it need Options.Expired.
func Sliding(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.sliding
}

// Disorder says whether rows may leave the window in another order than they
// came in, go without having expired, or not come out at all.
func Disorder(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.disorder
}

// Groups says whether rows leave the window in groups or batches and not one by
// one. As in Siddhi, min and max then keep what has come only for who sees rows expire.
func Groups(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && (k.groups || k.batches)
}

// FollowsWall says whether the window waits for times of the clock on the wall:
// its Scheduler must follow that one, also in playback.
func FollowsWall(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.wall
}

// Marks says whether it shows that a search has looked at rows of the window.
func Marks(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.marks
}

// Bare says whether a join takes rows of the window w for those of a stream without
// window, in which it finds nothing: they go through NewEmpty.
func Bare(w *check.Window) bool {
	k := kindOf(w.Fn)
	return k != nil && k.bare
}

// EndsAtOnce says whether the window w ends a batch behind its rows, not in front
// of the next: length(0), lengthBatch(0), and timeBatch that passes rows at once.
func EndsAtOnce(w *check.Window) bool {
	if len(w.Args) == 0 {
		return false
	}
	last, ok := w.Args[len(w.Args)-1].(*check.Const)
	switch w.Fn.FullName() {
	case "length":
		return ok && last.Int <= 0
	case "lengthBatch":
		first, ok := w.Args[0].(*check.Const)
		return ok && first.Int == 0
	case "timeBatch":
		return ok && last.Bool
	}
	return false
}

// Batches says whether the window works in batches, each opened or closed by a Reset.
func Batches(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.batches
}

// Forgets says whether the window keeps rows that have passed only if they
// expire or a join looks them up: as in Siddhi, on-demand queries have none otherwise.
func Forgets(w *check.Window) bool {
	k := kindOf(w.Fn)
	return k != nil && k.forgets != nil && k.forgets(len(w.Args))
}

// UsesClock says whether the clock decides which rows the window w emits, and
// when: the runtime then ends a batch whenever the clock changes.
func UsesClock(w *check.Window) bool {
	if w.Condition != nil && usesClock(w.Condition) || w.Resolve != nil || slices.ContainsFunc(w.Args, expr.UsesClock) {
		return true
	}
	k := kindOf(w.Fn)
	return k != nil && k.timed(len(w.Args))
}

// StampsExpired says whether the window gives expired rows the clock's time as
// their timestamp. Where expired rows leave the query, a window for which this
// is true needs batches that end when the clock changes, too.
func StampsExpired(d *extension.Declaration) bool {
	k := kindOf(d)
	return k != nil && k.stamps
}

// Declarations returns the windows of this package.
func Declarations() []*extension.Declaration {
	return slices.Concat(tumblingAndSliding(), otherWindows(), conditionDeclarations(), frequentDeclarations(), uniqueDeclarations())
}

func declare(name, summary, example string, validate func([]extension.Arg) error, overloads ...[]extension.Param) *extension.Declaration {
	return &extension.Declaration{
		Kind: extension.Window, Name: name, Overloads: overloads,
		Validate: validate, Summary: summary, Example: example,
	}
}

// declareAny declares a window that, as in Siddhi, takes any numbers; warn notes those that make no sense.
func declareAny(name, summary, example string, warn func([]extension.Arg) (msg, hint string), overloads ...[]extension.Param) *extension.Declaration {
	return noted(declare(name, summary, example, nil, overloads...), warn)
}

func noted(d *extension.Declaration, warn func([]extension.Arg) (msg, hint string)) *extension.Declaration {
	d.Warn = warn
	return d
}

// tumblingAndSliding are the windows over a number of events, or a time.
func tumblingAndSliding() []*extension.Declaration {
	number := []schema.Type{schema.Int, schema.Long}
	span := extension.Param{Name: "window.time", Types: number, Constant: true}
	count := extension.Param{Name: "window.length", Types: []schema.Type{schema.Int}, Constant: true}
	flag := func(name string) extension.Param {
		return extension.Param{Name: name, Types: []schema.Type{schema.Bool}, Constant: true}
	}
	stream := flag("stream.current.event")
	ts := extension.Param{Name: "timestamp", Types: []schema.Type{schema.Long}, Attribute: true}
	start := extension.Param{Name: "start.time", Types: number, Constant: true}
	startOf := extension.Param{Name: "start.time", Types: []schema.Type{schema.Long}, Attribute: true}
	timeout := extension.Param{Name: "timeout", Types: number, Constant: true}
	replace := flag("replace.with.batchend.time")

	return []*extension.Declaration{
		declareAny("length", "Keeps the last window.length events; each further event pushes the oldest one out.",
			"from Quotes#window.length(10) select symbol, avg(price) as price insert into Averages;",
			warns(negative(0, "window.length", staysNone)), []extension.Param{count}),
		declareAny("lengthBatch", "Collects window.length events and releases them together; with stream.current.event they pass at once and the batch only ends aggregates. A join that puts out no expired events finds all batches there have been, not only the last, and none is forgotten.",
			"from Quotes#window.lengthBatch(10) select symbol, avg(price) as price insert into Averages;",
			warns(negative(0, "window.length", neverFull)), []extension.Param{count}, []extension.Param{count, stream}),
		declareAny("time", "Keeps the events of the last window.time milliseconds, by the app's clock.",
			"from Quotes#window.time(5 sec) select symbol, avg(price) as price insert into Averages;",
			warns(negative(0, "window.time", staysNone)), []extension.Param{span}),
		declare("timeBatch", "Collects events for window.time milliseconds and releases them together; start.time aligns the batches, with stream.current.event events pass at once. A join that puts out no expired events finds all batches there have been, not only the last, and none is forgotten.",
			"from Quotes#window.timeBatch(1 min, 0) select symbol, avg(price) as price insert into Averages;",
			atLeast(0, 1, "window.time"), []extension.Param{span}, []extension.Param{span, start},
			[]extension.Param{span, stream}, []extension.Param{span, start, stream}),
		declareAny("externalTime", "Keeps the events of the last window.time milliseconds, by the events' own timestamps.",
			"from Quotes#window.externalTime(ts, 5 sec) select symbol, avg(price) as price insert into Averages;",
			warns(negative(1, "window.time", "each event leaves when the next one comes")), []extension.Param{ts, span}),
		declareAny("externalTimeBatch", "Collects events by their own timestamps into batches of window.time milliseconds; a later event, or timeout without one, releases a batch.",
			"from Quotes#window.externalTimeBatch(ts, 1 min, 0, 10 sec) select symbol, avg(price) as price insert into Averages;",
			ofNoTime, []extension.Param{ts, span},
			[]extension.Param{ts, span, start}, []extension.Param{ts, span, startOf},
			[]extension.Param{ts, span, start, timeout}, []extension.Param{ts, span, startOf, timeout},
			[]extension.Param{ts, span, start, timeout, replace}, []extension.Param{ts, span, startOf, timeout, replace}),
	}
}

// atLeast refuses a constant below low as argument at.
func atLeast(at int, low int64, name string) func([]extension.Arg) error {
	return func(args []extension.Arg) error {
		if at < len(args) && args[at].Constant && args[at].Int < low {
			return fmt.Errorf("%s is %d, it must be at least %d", name, args[at].Int, low)
		}
		return nil
	}
}
