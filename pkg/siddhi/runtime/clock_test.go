package runtime

import (
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// bell is an operator that notes when it rings and does what a test says then.
type bell struct {
	name  string
	timer *opTimers
	rung  *[]string
	then  func()
}

func (b *bell) Process(*column.Batch, flow.Emit) error { return nil }

func (b *bell) Timer(int64, int32, flow.Emit) error {
	*b.rung = append(*b.rung, b.name)
	if b.then != nil {
		b.then()
	}
	return nil
}

func bells(a *App, rung *[]string, names ...string) (list []*bell) {
	for _, name := range names {
		b := &bell{name: name, timer: a.newTimers(false), rung: rung}
		b.timer.Bind(b, nil)
		list = append(list, b)
	}
	return list
}

func wantRung(t *testing.T, rung []string, want string) {
	t.Helper()
	if !slices.Equal(rung, strings.Fields(want)) {
		t.Errorf("rung: %v; want %s", rung, want)
	}
}

func TestWhatATimerAsksForComesBehindWhatItCauses(t *testing.T) {
	for _, played := range []bool{false, true} {
		var rung []string
		a := &App{}
		a.clock.played = played
		b := bells(a, &rung, "tick", "window")
		tick, window := b[0], b[1]
		tick.then = func() {
			tick.timer.At(20, 0)
			window.timer.At(20, 0) // what the tick sends comes to the window
			tick.then = nil
		}
		tick.timer.At(10, 0)
		fail := func(err error) { t.Error(err) }
		if played { // operators come in the order in which they were made
			a.timers.play(&a.clock, 10, fail)
			a.timers.play(&a.clock, 20, fail)
			wantRung(t, rung, "tick tick window")
			continue
		}
		a.timers.fire(&a.clock, 20, fail)
		wantRung(t, rung, "tick window tick")
	}
}

func TestOverdueTimersComeBehindThoseOfNow(t *testing.T) {
	var rung []string
	a := &App{}
	b := bells(a, &rung, "waiting", "overdue", "later")
	b[0].timer.At(100, 0)
	b[2].timer.At(101, 0)
	a.clock.now = 100
	b[1].timer.At(50, 0)
	a.timers.fire(&a.clock, 101, func(err error) { t.Error(err) })
	wantRung(t, rung, "waiting overdue later")
}

func TestPlayedTimersOfLaterOperatorsCauseTimersInBetween(t *testing.T) {
	var rung []string
	a := &App{}
	a.clock.played = true
	b := bells(a, &rung, "first", "between", "last")
	b[0].then = func() { b[1].timer.At(10, 0) }
	b[0].timer.At(10, 0)
	b[2].timer.At(10, 0)
	a.timers.play(&a.clock, 10, func(err error) { t.Error(err) })
	wantRung(t, rung, "first between last")
}
