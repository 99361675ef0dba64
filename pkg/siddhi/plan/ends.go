package plan

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/window"
)

// Ends says what becomes of the event with which Siddhi marks the end of a batch of
// a window, as far as callbacks of the query can tell.
type Ends uint8

const (
	// EndsTold is where no callback depends on it: there is none, or rows of the batch
	// follow it, or all there is left are rows of aggregates or of a rate limiter.
	EndsTold Ends = iota
	// EndsShown is where callbacks are shown it: as in Siddhi it is the last of a chunk,
	// and its time the callback's, when no current row follows.
	EndsShown
	// EndsHidden is where Siddhi shows it and the engine does not: behind a stream
	// function or a limiter, or where a single event joins without a window.
	EndsHidden
)

// EndsOf says it of the callbacks of a query. In a join the end of a batch joins, and a
// stream without window is one whose batches are single events.
func EndsOf(q *check.Query) Ends {
	if q.Select.Aggregating() || len(q.Select.GroupBy) > 0 {
		return EndsTold
	}
	expires := q.Events() != ast.CurrentEvents
	passes := q.Rate == nil || q.Rate.Kind == ast.RateFirst // to a limiter that takes the first it is an event
	switch in := q.Input.(type) {
	case *check.SingleInput:
		w := in.Window
		switch {
		case w == nil || !tumbles(w):
		case !passes && len(in.After) > 0 || !onlyFilters(in.After):
			return EndsHidden
		case passes && (expires || window.EndsAtOnce(w)):
			return EndsShown
		}
	case *check.JoinInput:
		bare := func(s *check.JoinSide) bool {
			return s.Triggers && s.Input.Stream.Window == nil && (s.Input.Window == nil || window.Bare(s.Input.Window))
		}
		ends := func(s *check.JoinSide) bool {
			return bare(s) || s.Triggers && s.Input.Stream.Window == nil && tumbles(s.Input.Window)
		}
		atOnce := func(s *check.JoinSide) bool { return ends(s) && !bare(s) && window.EndsAtOnce(s.Input.Window) }
		switch {
		case passes && (expires && in.AnySide(ends) || in.AnySide(atOnce) && !in.AnySide(bare)):
			return EndsShown
		case !expires && in.AnySide(bare):
			return EndsHidden
		}
	}
	return EndsTold
}

// tumbles says whether a window works in batches that end.
func tumbles(w *check.Window) bool { return window.EndsAtOnce(w) || window.Batches(w.Fn) }

func onlyFilters(list []check.Handler) bool {
	return !slices.ContainsFunc(list, func(h check.Handler) bool {
		_, ok := h.(*check.Filter)
		return !ok
	})
}
