package connect

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/runtime"
)

// Runner runs an app with its sources and sinks.
type Runner struct {
	opts    Options
	app     *runtime.App
	live    bool // the app follows the wall clock
	sources []*source
	sinks   []*sink
	gate    *gate
	// abandoned is closed by Abandon.
	abandoned chan struct{}
	once      sync.Once
	epoch     uint64 // of what the sinks send as producers

	// Of the goroutine that takes snapshots.
	saved   bool
	savedAt mark

	mu       sync.Mutex // of what follows
	state    State
	snapshot SnapshotStatus
}

// New makes the sources and sinks of an app that has not been started, and hangs
// the sinks onto its streams. It starts and connects nothing. Mistakes in the
// annotations are an error of type check.Errors.
func New(app *runtime.App, checked *check.App, opts Options) (*Runner, error) {
	if opts.App == "" {
		opts.App = checked.Name
	}
	if err := opts.complete(); err != nil {
		return nil, err
	}
	b := builder{opts: &opts, checked: checked}
	b.build()
	if err := b.err(); err != nil {
		return nil, err
	}
	r := &Runner{
		opts: opts, app: app, live: !checked.Playback, sources: b.sources, sinks: b.sinks,
		gate: newGate(len(b.sources)), state: Starting, abandoned: make(chan struct{}),
	}
	for _, s := range r.sources {
		s.app, s.live = app, r.live
		var err error
		if s.input, err = app.Input(s.stream); err != nil {
			return nil, err
		}
	}
	for _, s := range r.sinks {
		if err := app.OnStream(s.stream, s.buffer.add); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Run runs the app until ctx ends, once. It then stops reading, finishes what is
// in flight, saves a last snapshot and returns nil; after StopTimeout it gives
// that up and returns an error. When every source has ended it goes on to wait, but for Options.StopAtEnd. It
// returns earlier with the error of a source or sink that cannot go on, or
// ErrReplaced. The app is closed when it returns.
func (r *Runner) Run(ctx context.Context) error {
	defer r.setState(Stopped)
	hard, giveUp := context.WithCancelCause(context.WithoutCancel(ctx))
	defer giveUp(nil)
	g, hard := errgroup.WithContext(hard)
	soft, stop := context.WithCancel(hard)
	defer stop()
	// Whoever waits in a full buffer holds the app's lock: closing frees both.
	defer context.AfterFunc(hard, r.closeBuffers)()
	defer r.app.Close()

	if err := r.restore(ctx); err != nil {
		return err
	}
	if err := r.app.Start(); err != nil {
		return err
	}
	g.Go(func() error { return r.watch(ctx, hard, stop, giveUp) })
	for _, s := range r.sinks {
		g.Go(func() error { return s.run(hard) })
	}
	g.Go(func() error {
		defer r.closeSources()
		err := r.conduct(hard, soft)
		r.closeBuffers()
		giveUp(errDone) // ends watch
		return err
	})
	err := g.Wait()
	if cause := context.Cause(hard); errors.Is(err, context.Canceled) || err == nil {
		if cause != nil && !errors.Is(cause, errDone) && !errors.Is(cause, context.Canceled) {
			err = cause
		}
	}
	return err
}

// errDone is the cause of an end in good order.
var errDone = errors.New("done")

// Abandon ends Run at once, also while it stops: nothing is finished, nothing is
// saved, and Run returns ErrAbandon. It does not wait.
func (r *Runner) Abandon() { r.once.Do(func() { close(r.abandoned) }) }

// watch turns the end of ctx into an orderly stop, and that into a hard one when
// it takes too long.
func (r *Runner) watch(ctx, hard context.Context, stop func(), giveUp context.CancelCauseFunc) error {
	select {
	case <-ctx.Done():
	case <-r.abandoned:
		giveUp(ErrAbandon)
		return nil
	case <-hard.Done():
		return nil
	}
	r.setState(Stopping)
	stop()
	late, stopTimer := timer(r.opts.StopTimeout)
	defer stopTimer()
	select {
	case <-late:
		giveUp(fmt.Errorf("app %s did not stop in %v; what came after its last snapshot is read again when it starts", r.opts.App, r.opts.StopTimeout))
	case <-r.abandoned:
		giveUp(ErrAbandon)
	case <-hard.Done():
	}
	return nil
}

// conduct is the app's life from connecting to the last snapshot: sinks first, so
// that what sources bring has somewhere to go.
func (r *Runner) conduct(hard, soft context.Context) error {
	for _, s := range r.sinks {
		select {
		case <-s.ready:
		case <-soft.Done():
			return hard.Err()
		}
	}
	// Numbers of frames must not be used before the epoch they belong to is safe.
	if err := r.commit(hard); err != nil {
		return err
	}
	reading := r.read(soft)
	r.setState(Running)
	err := r.serve(hard, soft, reading)
	reading.stop()
	<-reading.done
	if err != nil || hard.Err() != nil {
		return errors.Join(err, hard.Err())
	}
	return r.finish(hard)
}

// readers are the goroutines of the sources.
type readers struct {
	stop context.CancelFunc
	done chan struct{} // closed when all have ended
	err  error         // of the first that failed; valid when done is closed
}

// read starts the sources: those with preload='true' first, and when they have
// ended, with all they brought processed, the others.
func (r *Runner) read(ctx context.Context) *readers {
	ctx, stop := context.WithCancel(ctx)
	all := &readers{stop: stop, done: make(chan struct{})}
	go func() { // conduct waits for it
		defer close(all.done)
		if all.err = r.readSome(ctx, true); all.err == nil && ctx.Err() == nil {
			all.err = r.readSome(ctx, false)
		}
	}()
	return all
}

// readSome runs the sources with or without preload until all of them have ended.
func (r *Runner) readSome(ctx context.Context, preload bool) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range r.sources {
		if s.preload == preload {
			g.Go(func() error { return s.run(ctx, r.gate, r.opts.Store == nil) })
		}
	}
	return g.Wait()
}

// serve takes snapshots until it is time to stop.
func (r *Runner) serve(hard, soft context.Context, reading *readers) error {
	tick, stopTick := ticker(r.opts.SnapshotEvery)
	defer stopTick()
	ended := reading.done
	for {
		select {
		case <-tick:
			if err := r.commit(hard); err != nil {
				return err
			}
		case <-ended:
			if reading.err != nil || soft.Err() != nil {
				return reading.err
			}
			ended = nil
			if len(r.sources) == 0 {
				break // timers may still feed the app
			}
			if err := r.finish(hard); err != nil {
				return err
			}
			r.setState(Finished)
			r.opts.Logger.Info("all sources have ended and everything is written")
			if r.opts.StopAtEnd {
				return nil
			}
		case <-soft.Done():
			return nil
		}
	}
}

// finish writes what is in flight and saves a last snapshot. No source reads.
func (r *Runner) finish(ctx context.Context) error {
	for _, s := range r.sinks {
		if err := s.buffer.drain(ctx); err != nil {
			return err
		}
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	for _, s := range r.sources { // what a reader was to acknowledge and did not come to
		if err := s.acknowledge(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) setState(s State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
}

func (r *Runner) closeBuffers() {
	for _, s := range r.sinks {
		s.buffer.close()
	}
}

func (r *Runner) closeSources() {
	for _, s := range r.sources {
		if err := s.transport.Close(); err != nil {
			s.logger.Warn("source cannot be closed", "err", err)
		}
		if s.count.status("", "").State != Finished {
			s.count.set(Stopped)
		}
	}
}
