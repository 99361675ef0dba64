package plan

import (
	"cmp"
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/window"
)

// Stored says where the timers of an operator lie in Siddhi's snapshots, which
// are hash maps by partition, key, query and element. A restore asks for them in that
// order, and that is the order of those that are overdue or due at one time.
type Stored struct{ partition, query, element place }

// place is that of a text in a Java HashMap. Those of one bucket keep their turn.
type place struct {
	bucket uint32
	turn   int
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.bucket, q.bucket), cmp.Compare(p.turn, q.turn))
}

// Compare says which of two comes first in a restore, where keys does it of their keys.
func (s Stored) Compare(t Stored, keys func() int) int {
	if c := s.partition.compare(t.partition); c != 0 {
		return c
	}
	if c := keys(); c != 0 {
		return c
	}
	return cmp.Or(s.query.compare(t.query), s.element.compare(t.element))
}

// placeOf is the place of a text that came as the how manieth of a map of n; a
// map that was read has room for one more.
func placeOf(text string, turn, n int) place {
	return place{javatext.Bucket(javatext.Hash(text), javatext.Buckets(n+1)), turn}
}

// storeTimers says where the timers of the query's next operator that has some
// lie. The windows have theirs in the order of the text, then the limit of the
// output rate has.
func (b *builder) storeTimers(q *Query, t Timers) {
	def, app := q.Def, b.plan.App
	partition := placeOf("null", 0, 1+len(app.Partitions))
	if def.Partition != nil {
		turn := 1 + slices.Index(app.Partitions, def.Partition)
		partition = placeOf(fmt.Sprintf("partition_%d", turn), turn, 1+len(app.Partitions))
	}
	first := 1 + elements(def)
	id := first + 2*q.timed // of its name; what it keeps has the next
	q.timed++
	t.Store(Stored{
		partition: partition,
		query:     placeOf(def.Name, slices.Index(app.Queries, def), len(app.Queries)+len(app.Windows)),
		element:   placeOf(fmt.Sprintf("%d-Scheduler_%s_%d", id+1, def.Name, id), id, id),
	})
}

// storeWindow is storeTimers for a named window.
func (b *builder) storeWindow(w *check.NamedWindow, t Timers) {
	app := b.plan.App
	t.Store(Stored{
		partition: placeOf("null", 0, 1+len(app.Partitions)),
		query:     placeOf(w.Name, len(app.Queries), len(app.Queries)+len(app.Windows)),
		element:   placeOf(fmt.Sprintf("3-Scheduler_%s_2", w.Name), 2, 2),
	})
}

// elements counts what of a query Siddhi numbers before its timers: windows,
// where they are missing what stands for them in a join, and each aggregator.
func elements(def *check.Query) int {
	n := len(def.Select.HavingAggregates)
	for i := range def.Select.Items {
		check.Walk(def.Select.Items[i].Expr, func(e check.Expr) {
			if c, ok := e.(*check.Column); ok && c.Index >= len(def.Select.In) {
				n++
			}
		})
	}
	switch in := def.Input.(type) {
	case *check.SingleInput:
		if in.Window != nil {
			n += windowElements(in.Window)
		}
	case *check.JoinInput:
		for _, side := range in.Sides() {
			switch {
			case side.Input == nil || side.Input.Stream.Window != nil:
			case side.Input.Window == nil:
				n++
			case window.FollowsWall(side.Input.Window.Fn):
				n += 1 + windowElements(side.Input.Window)
			default:
				n += windowElements(side.Input.Window)
			}
		}
	}
	return n
}

// windowElements counts likewise for a window: one that follows the clock on the
// wall has a number for its job, too.
func windowElements(w *check.Window) int {
	if window.FollowsWall(w.Fn) {
		return 2
	}
	return 1
}

// schedules says whether Siddhi has a scheduler for what a window waits for.
func schedules(op flow.Operator, w *check.Window) bool {
	_, timed := op.(flow.Timed)
	return timed && !window.FollowsWall(w.Fn)
}
