package plan

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// Trigger puts a row with the app's time into its stream whenever its time on
// the wall has come, in playback too. It has no state: as in Siddhi it begins
// anew with the app.
type Trigger struct {
	def    *check.Trigger
	clock  flow.Clock
	wall   flow.Clock
	timers Timers
	row    *column.Batch
	stream *Junction
}

func (b *builder) trigger(def *check.Trigger) {
	t := &Trigger{
		def: def, clock: b.env.Clock, wall: b.env.Wall, timers: b.env.NewJobTimers(def.Every > 0),
		row: column.NewBatch(def.Stream.Attrs), stream: b.plan.Streams[def.Stream],
	}
	t.row.N = 1
	t.row.Time = make([]int64, 1)
	t.row.Cols[0].Resize(1)
	t.timers.Bind(t, t.stream.Push)
	b.plan.Triggers = append(b.plan.Triggers, t)
	b.plan.Timed = true
}

// Start fires a trigger at 'start' and lets the others wait. It is called when the app starts.
func (t *Trigger) Start() error {
	now := t.wall.Now()
	switch {
	case t.def.Start:
		return t.fire(t.stream.Push)
	case t.def.Every > 0:
		t.wait(now+t.def.Every, true)
	default:
		t.wait(t.def.Cron.First(now))
	}
	return nil
}

func (t *Trigger) wait(next int64, ok bool) {
	if ok {
		t.timers.At(next, 0)
	}
}

// Timer implements flow.Alarmed.
func (t *Trigger) Timer(due int64, _ int32, emit flow.Emit) error {
	if t.def.Every > 0 {
		t.wait(due+t.def.Every, true)
	} else {
		t.wait(t.def.Cron.Next(due))
	}
	return t.fire(emit)
}

func (t *Trigger) fire(emit flow.Emit) error {
	now := t.clock.Now()
	t.row.Time[0], t.row.Cols[0].I64[0] = now, now
	return emit(t.row)
}
