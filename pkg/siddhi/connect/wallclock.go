package connect

import (
	"context"
	"time"
)

// This file is the only one of the package that knows the system's clock.

func now() time.Time { return time.Now() }

// wait returns after d, or with ctx's error before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// timer fires once, after d, unless stop is called.
func timer(d time.Duration) (fires <-chan time.Time, stop func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// ticker fires each d until stop is called.
func ticker(d time.Duration) (fires <-chan time.Time, stop func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// pause returns how long to wait before the n-th try (from 0) to connect again.
func pause(n int) time.Duration {
	steps := [...]time.Duration{5, 10, 15, 30, 60, 60, 120, 300}
	return steps[min(n, len(steps)-1)] * time.Second
}
