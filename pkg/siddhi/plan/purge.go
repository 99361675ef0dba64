package plan

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/state"
)

// purge makes what has a partition forget idle keys. It looks for them before anything
// else that is due at the same time, by the clock on the wall.
func (b *builder) purge(part *partition, def *check.Partition) {
	timers := b.env.NewPurgeTimers()
	part.purge = operator.NewPurge(part.keys, operator.PurgeOptions{
		Idle: def.Purge.Idle, Interval: def.Purge.Interval, Clock: b.env.Clock, Wall: b.env.Wall, Scheduler: timers,
	})
	timers.Bind(part.purge, nil)
	b.plan.UsesClock, b.plan.Timed, b.plan.WallTimed = true, true, true
	b.plan.States = append(b.plan.States, Named{"purge/" + def.Name, part.purge})
}

// outlives is a window whose timers go on when their key is forgotten.
type outlives interface {
	// Awaits says whether a timer of a key is on its way.
	Awaits(key int32) bool
}

// purgedTimers has the timers of an operator of a query forget the keys that its
// partition forgets.
func (b *builder) purgedTimers(q *Query, op flow.Alarmed, timers Timers) {
	def := q.Def.Partition
	if def == nil || b.keys[def].purge == nil {
		return
	}
	if o, ok := op.(outlives); ok {
		b.keys[def].purge.OnHold(o.Awaits)
		return
	}
	b.keys[def].purge.OnForget(timers.Forget)
}

// purged has what a query keeps forget the keys that its partition forgets.
func (b *builder) purged(q *Query, s state.Snapshotter) {
	def := q.Def.Partition
	if def == nil || b.keys[def].purge == nil {
		return
	}
	f, ok := s.(flow.Forgetter)
	if !ok {
		panic(fmt.Sprintf("BUG: %T keeps the keys of a partition and cannot forget them", s))
	}
	b.keys[def].purge.OnForget(f.Forget)
}
