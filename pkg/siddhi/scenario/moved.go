package scenario

import (
	"slices"

	"millrace/pkg/siddhi/check"
)

// What a restore shows in, as in Siddhi. It is why Options.RestoreEach skips an app.
const (
	showsInTimers  = "what is overdue goes at once, and batches of time begin anew"
	showsInTrigger = "triggers begin anew"
	showsInPurge   = "@purge begins anew"
	showsInIdle    = "heartbeats wait for an event"
	showsInClock   = "the clock is that of the app's text again"
	showsInBatch   = "which rows of a batch a join or a query has looked at is forgotten"
	showsInKeys    = "keys of partitions come in another order"
	showsInOrder   = "what is due at one time comes in another order"
)

// timed are the windows whose timers a restore moves, wherever they stand.
var timed = []string{"time", "timeBatch", "externalTimeBatch", "cron"}

// timedByKey are those in which it shows inside of partitions only.
var timedByKey = []string{"timeLength", "session", "delay", "unique:time", "unique:timeBatch", "unique:firstTimeBatch",
	"unique:externalTimeBatch", "unique:timeLengthBatch"}

// batches are the windows that release rows together.
var batches = []string{"batch", "lengthBatch", "timeBatch", "externalTimeBatch", "expressionBatch",
	"unique:lengthBatch", "unique:timeBatch", "unique:firstLengthBatch", "unique:firstTimeBatch", "unique:externalTimeBatch", "unique:timeLengthBatch"}

// restoreShows says in what of an app a restore shows; "" if in nothing.
func restoreShows(app *check.App) string {
	if len(app.Triggers) > 0 {
		return showsInTrigger
	}
	if app.Idle.Time > 0 {
		return showsInIdle
	}
	for _, a := range app.Aggregations {
		if a.PurgeEvery > 0 && a.Def.Annotations.Find("purge") != nil {
			return showsInPurge
		}
		if showsIn(timed, a.Input) {
			return showsInTimers
		}
	}
	for _, p := range app.Partitions {
		if p.Purge != nil {
			return showsInPurge
		}
	}
	for _, w := range app.Windows {
		switch {
		case slices.Contains(timed, w.Call.Fn.FullName()):
			return showsInTimers
		case slices.Contains(batches, w.Call.Fn.FullName()):
			return showsInBatch
		}
	}
	waiting := 0
	for _, q := range app.Queries {
		if shows := queryShows(q); shows != "" {
			return shows
		}
		waiting += waits(q)
	}
	if waiting > 1 {
		return showsInOrder
	}
	return ""
}

// waits counts what of a query waits for times that a restore does not move.
func waits(q *check.Query) (n int) {
	for _, in := range inputs(q) {
		if showsIn(timedByKey, in) {
			n++
		}
	}
	if q.Rate != nil && q.Rate.Time > 0 {
		n++
	}
	return n
}

func queryShows(q *check.Query) string {
	_, joins := q.Input.(*check.JoinInput)
	for _, in := range inputs(q) {
		switch {
		case showsIn(timed, in):
			return showsInTimers
		case joins && showsIn(batches, in):
			return showsInBatch
		case q.Partition != nil && showsIn(timedByKey, in):
			return showsInKeys
		}
	}
	if q.Partition != nil && q.Rate != nil && q.Rate.Time > 0 {
		return showsInKeys
	}
	return ""
}

// inputs returns the streams that a query reads through handlers.
func inputs(q *check.Query) []*check.SingleInput {
	switch in := q.Input.(type) {
	case *check.SingleInput:
		return []*check.SingleInput{in}
	case *check.JoinInput:
		return []*check.SingleInput{in.Left.Input, in.Right.Input}
	}
	return nil
}

func showsIn(windows []string, in *check.SingleInput) bool {
	return in != nil && in.Window != nil && slices.Contains(windows, in.Window.Fn.FullName())
}

// reorders says whether a restore can put rows of the app, of tables or
// aggregations, in another order, as in Siddhi: they lie in its hash maps.
func reorders(app *check.App) bool {
	return len(app.Aggregations) > 0 ||
		slices.ContainsFunc(app.Tables, func(t *check.Table) bool { return len(t.PrimaryKey) > 0 })
}
