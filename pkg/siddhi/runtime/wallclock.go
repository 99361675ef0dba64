package runtime

import "time"

// This file is the only one of the engine that knows the system's clock.

// wallMillis is the system's time in ms since the Unix epoch.
func wallMillis() int64 { return time.Now().UnixMilli() }

// stopwatch returns a clock in ns that starts now and only goes forward, also
// when the system's clock is set back.
func stopwatch() func() int64 {
	start := time.Now()
	return func() int64 { return int64(time.Since(start)) }
}

// alarm calls a function at a time of the system's clock.
type alarm struct {
	f     func()
	timer *time.Timer
}

func newAlarm(f func()) *alarm { return &alarm{f: f} }

// set replaces the time at which f is called.
func (a *alarm) set(at int64) {
	wait := time.Duration(at-wallMillis()) * time.Millisecond
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.f)
		return
	}
	a.timer.Reset(wait)
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
