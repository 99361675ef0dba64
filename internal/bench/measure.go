package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// latencySends is the number of sends that are timed one by one.
const latencySends = 200_000

// runner measures one workload.
type runner struct {
	engine   Engine
	workload *Workload
	input    *Input
	load     Load
}

// measure checks the rows first, and then takes the figures, each from passes
// of its own.
func (r *runner) measure(ctx context.Context, m Mode) (*Figure, error) {
	cuts := m.cuts(r.input)
	got, err := r.check(ctx, m, cuts)
	if err != nil {
		return nil, err
	}
	f := &Figure{
		Workload: r.workload.Name, Mode: m.String(), Batch: m.rows(), Events: r.input.Events(),
		Outputs: got.Rows, Checksum: fmt.Sprintf("%016x", got.Checksum),
	}
	if f.EventsPerSecond, err = r.rates(ctx, m, cuts, got.Rows); err != nil {
		return nil, err
	}
	if f.AllocsPerEvent, err = r.allocations(ctx, m, cuts); err != nil {
		return nil, err
	}
	if f.P50Nanos, f.P99Nanos, err = r.latencies(ctx, m, cuts); err != nil {
		return nil, err
	}
	return f, nil
}

// check runs a pass and compares its rows with those of a right engine.
func (r *runner) check(ctx context.Context, m Mode, cuts []Cut) (Result, error) {
	sum := Checksum{Round: r.workload.Round}
	err := r.withApp(ctx, m, cuts, sum.Add, func(app App, sends []Send) error {
		if err := sendAll(sends); err != nil {
			return err
		}
		if r.workload.EndQuery == "" {
			return nil
		}
		rows, err := app.Query(ctx, r.workload.EndQuery)
		if err != nil {
			return fmt.Errorf("query the result: %w", err)
		}
		sum.Add(rows)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	got, want := Result{sum.Rows, sum.Total}, m.want(r.workload.Want)
	if got != want {
		return got, fmt.Errorf("the rows are wrong: got %v, want %v", got, want)
	}
	return got, nil
}

// rates warms up and returns the events per second of the timed runs. A run's
// rate is that of its passes together.
func (r *runner) rates(ctx context.Context, m Mode, cuts []Cut, rows int64) (Spread, error) {
	for spent := time.Duration(0); spent < r.load.WarmUp; {
		took, err := r.pass(ctx, m, cuts, rows)
		if err != nil {
			return Spread{}, err
		}
		spent += max(took, 10*time.Millisecond)
	}
	rates := make([]float64, r.load.Runs)
	for i := range rates {
		runtime.GC()
		var spent time.Duration
		events := 0
		for spent < r.load.RunTime {
			took, err := r.pass(ctx, m, cuts, rows)
			if err != nil {
				return Spread{}, err
			}
			spent += max(took, 1)
			events += r.input.Events()
		}
		rates[i] = float64(events) / spent.Seconds()
	}
	return spreadOf(rates), nil
}

// pass sends all events to a new app and returns how long the sends took. It
// is an error when the output stream gives another number of rows than before.
func (r *runner) pass(ctx context.Context, m Mode, cuts []Cut, rows int64) (time.Duration, error) {
	var took time.Duration
	err := r.withApp(ctx, m, cuts, nil, func(app App, sends []Send) error {
		start := time.Now()
		err := sendAll(sends)
		took = time.Since(start)
		if err == nil && r.workload.EndQuery == "" && app.Rows() != rows {
			return fmt.Errorf("a pass gave %d rows, the one before %d", app.Rows(), rows)
		}
		return err
	})
	return took, err
}

// allocations returns the heap objects made per event in the second half of a
// pass: by then the app has the groups, keys and windows that it needs.
func (r *runner) allocations(ctx context.Context, m Mode, cuts []Cut) (float64, error) {
	first, second := halves(cuts)
	var made float64
	err := r.withApp(ctx, m, append(slices.Clone(first), second...), nil, func(_ App, sends []Send) error {
		if err := sendAll(sends[:len(first)]); err != nil {
			return err
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		err := sendAll(sends[len(first):])
		runtime.ReadMemStats(&after)
		made = float64(after.Mallocs-before.Mallocs) / float64(max(1, eventsOf(second)))
		return err
	})
	return math.Round(made*1e4) / 1e4, err
}

// latencies times sends one by one and returns the median and the 99th
// percentile, in nanoseconds. Reading the clock is part of them.
func (r *runner) latencies(ctx context.Context, m Mode, cuts []Cut) (p50, p99 int64, err error) {
	if m == Single {
		cuts = eventByEvent(cuts, latencySends)
	}
	nanos := make([]int64, len(cuts))
	err = r.withApp(ctx, m, cuts, nil, func(_ App, sends []Send) error {
		for i, send := range sends {
			start := time.Now()
			err := send()
			nanos[i] = time.Since(start).Nanoseconds()
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	slices.Sort(nanos)
	return nanos[len(nanos)/2], nanos[len(nanos)*99/100], nil
}

// withApp calls use with a new app and the prepared sends of the cuts.
func (r *runner) withApp(ctx context.Context, m Mode, cuts []Cut, out func(*Columns), use func(App, []Send) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	app, err := r.engine.Start(ctx, r.workload, r.input, out)
	if err != nil {
		return fmt.Errorf("start the app: %w", err)
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	sends, err := app.Prepare(cuts, m)
	if err != nil {
		return fmt.Errorf("prepare the events: %w", err)
	}
	return use(app, sends)
}

func sendAll(sends []Send) error {
	for _, send := range sends {
		if err := send(); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

func eventsOf(cuts []Cut) int {
	n := 0
	for _, c := range cuts {
		n += c.Hi - c.Lo
	}
	return n
}

// halves splits cuts so that each part has half of the events; a lone cut is
// itself split, others are left whole.
func halves(cuts []Cut) (first, second []Cut) {
	if len(cuts) == 1 {
		c := cuts[0]
		middle := c.Lo + (c.Hi-c.Lo)/2
		return []Cut{{c.Stream, c.Lo, middle}}, []Cut{{c.Stream, middle, c.Hi}}
	}
	return cuts[:len(cuts)/2], cuts[len(cuts)/2:]
}

// eventByEvent cuts the first events, up to limit, into cuts of one.
func eventByEvent(cuts []Cut, limit int) []Cut {
	var ones []Cut
	for _, c := range cuts {
		for at := c.Lo; at < c.Hi; at++ {
			if len(ones) == limit {
				return ones
			}
			ones = append(ones, Cut{c.Stream, at, at + 1})
		}
	}
	return ones
}
