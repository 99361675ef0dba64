package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Load says how much is run of each workload and mode. A pass is never cut
// short: slow ones go beyond the times.
type Load struct {
	WarmUp  time.Duration // default 3s
	RunTime time.Duration // of each timed run; default 1.5s
	Runs    int           // default 5
}

// Options say what a benchmark runs and prints.
type Options struct {
	Workloads []string // by name; default: W1 W2 W3 W5 W6 W7 W10a
	Modes     []Mode   // default: Single, then Batch
	Load      Load
	Peer      []string // command of another engine, see RunPeer; none: no peer
	JSON      bool     // a line of JSON for each workload and mode, not a table
}

// complete fills in the defaults and returns the workloads.
func (o *Options) complete() ([]*Workload, error) {
	if len(o.Workloads) == 0 {
		o.Workloads = []string{"W1", "W2", "W3", "W5", "W6", "W7", "W10a"}
	}
	var all []*Workload
	for _, name := range o.Workloads {
		w, err := Find(name)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if len(o.Modes) == 0 {
		o.Modes = []Mode{Single, Batch}
	}
	for _, m := range o.Modes {
		if m != Single && m != Batch {
			return nil, fmt.Errorf("mode %d: there is no such mode, choose single or batch", m)
		}
	}
	return all, o.Load.complete()
}

func (l *Load) complete() error {
	if l.WarmUp < 0 || l.RunTime < 0 || l.Runs < 0 {
		return fmt.Errorf("a warm-up of %v and %d runs of %v: none of them may be negative", l.WarmUp, l.Runs, l.RunTime)
	}
	if l.WarmUp == 0 {
		l.WarmUp = 3 * time.Second
	}
	if l.RunTime == 0 {
		l.RunTime = 1500 * time.Millisecond
	}
	if l.Runs == 0 {
		l.Runs = 5
	}
	return nil
}

// RunEngine measures the engine and prints a figure for each workload and mode
// to out. One that cannot be run, or whose rows are wrong, has no figure; the
// others are run nevertheless, and all that was wrong is in the error.
func RunEngine(ctx context.Context, e Engine, opts Options, out io.Writer) error {
	workloads, err := opts.complete()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	p := &printer{w: out, json: opts.JSON, peer: len(opts.Peer) > 0}
	var wrong []error
	for _, w := range workloads {
		if err := runWorkload(ctx, e, w, opts, p); err != nil {
			wrong = append(wrong, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// runWorkload measures and prints all modes. With a peer they are printed after
// it has run too.
func runWorkload(ctx context.Context, e Engine, w *Workload, opts Options, p *printer) error {
	r := &runner{engine: e, workload: w, input: w.Input(), load: opts.Load}
	var figures []*Figure
	var wrong []error
	for _, m := range opts.Modes {
		f, err := r.measure(ctx, m)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s, %s: %w", w.Name, m, err))
			continue
		}
		if len(opts.Peer) == 0 {
			wrong = append(wrong, p.print(f))
		}
		figures = append(figures, f)
	}
	if len(opts.Peer) == 0 || len(figures) == 0 {
		return errors.Join(wrong...)
	}
	peers, err := RunPeer(ctx, opts.Peer, w, opts.Load)
	wrong = append(wrong, err)
	for _, f := range figures {
		for mode, figure := range peers {
			if mode.String() == f.Mode {
				f.compare(figure)
			}
		}
		wrong = append(wrong, p.print(f))
	}
	return errors.Join(wrong...)
}
