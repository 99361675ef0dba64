package connect

import (
	"context"
	"errors"
	"fmt"

	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/stream"
)

const extraVersion = 1

// capture is a snapshot before it is saved.
type capture struct {
	payload   []byte
	positions [][]stream.Position // by source: what it covers
	at        mark
}

// mark tells whether anything has happened since.
type mark struct{ in, out uint64 }

// capture takes a snapshot between two batches: it holds the sources, waits until
// everything put out is written, and copies the state.
func (r *Runner) capture(ctx context.Context) (capture, error) {
	if err := r.gate.pause(ctx); err != nil {
		return capture{}, err
	}
	defer r.gate.resume()
	for {
		for _, s := range r.sinks {
			if err := s.buffer.drain(ctx); err != nil {
				return capture{}, err
			}
		}
		c := capture{at: r.mark()}
		var err error
		if c.payload, err = r.app.Snapshot(r.encode()); err != nil {
			return c, err
		}
		if ctx.Err() != nil { // from then on buffers let rows go
			return c, ctx.Err()
		}
		// A timer may have put rows out between the drain and the snapshot, which
		// would then neither be written nor come again.
		if r.mark() == c.at {
			for _, s := range r.sources {
				s.mu.Lock()
				c.positions = append(c.positions, s.read())
				s.mu.Unlock()
			}
			return c, nil
		}
	}
}

func (r *Runner) mark() mark {
	var m mark
	for _, s := range r.sources {
		m.in += uint64(s.count.records.Load())
	}
	for _, s := range r.sinks {
		added, _ := s.buffer.state()
		m.out += added
	}
	return m
}

// commit takes a snapshot, saves it, and has the sources acknowledge what it
// covers. Without changes since the last one it does nothing. Only errors that
// end the app are returned.
func (r *Runner) commit(ctx context.Context) error {
	if r.opts.Store == nil || r.saved && r.mark() == r.savedAt {
		return nil
	}
	c, err := r.capture(ctx)
	if err == nil {
		err = r.save(ctx, c)
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrReplaced):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		r.opts.Logger.Error("snapshot was not saved; the next one is tried in its turn", "err", err)
		r.noteSnapshot(func(s *SnapshotStatus) { s.LastError = err.Error() })
		return nil
	}
	for i, s := range r.sources {
		if err := s.ack(ctx, c.positions[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) save(ctx context.Context, c capture) error {
	revision, err := r.opts.Store.Save(ctx, c.payload)
	if err != nil {
		return fmt.Errorf("save snapshot of %s: %w", r.opts.App, err)
	}
	r.saved, r.savedAt = true, c.at
	r.noteSnapshot(func(s *SnapshotStatus) {
		*s = SnapshotStatus{Revision: revision, At: now(), Count: s.Count + 1, SizeBytes: int64(len(c.payload))}
	})
	return nil
}

func (r *Runner) noteSnapshot(change func(*SnapshotStatus)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.snapshot)
}

// encode writes what the outside adds to the app's state.
func (r *Runner) encode() []byte {
	var e state.Encoder
	e.Uint(extraVersion)
	e.Uint(r.epoch)
	e.Uint(uint64(len(r.sources)))
	for _, s := range r.sources {
		s.snapshot(&e)
	}
	e.Uint(uint64(len(r.sinks)))
	for _, s := range r.sinks {
		_, marks := s.buffer.state()
		e.String(s.key)
		state.Slice(&e, marks)
	}
	return e.Bytes()
}

// restore brings the app and its outside to where the last snapshot has them,
// and settles the producer epoch.
func (r *Runner) restore(ctx context.Context) error {
	marks := map[string][]uint64{}
	var snapshot []byte
	if r.opts.Store != nil {
		var err error
		if snapshot, err = r.opts.Store.Last(ctx); err != nil {
			return fmt.Errorf("load the last snapshot of %s: %w", r.opts.App, err)
		}
	}
	// Fresh epochs are times: those of a deployment that left no snapshot are lower.
	fresh := uint64(now().UnixMilli())
	if snapshot != nil {
		extra, err := r.app.Restore(snapshot)
		if err == nil {
			err = r.decode(extra, marks)
		}
		if err != nil {
			return fmt.Errorf("%w %s: %w", ErrRestore, r.opts.App, err)
		}
	}
	if snapshot == nil || !r.repeats() {
		r.epoch = max(fresh, r.epoch+1)
		marks = nil
	}
	for _, s := range r.sinks {
		if err := s.setMarks(r.opts.App, r.epoch, marks[s.key]); err != nil {
			return fmt.Errorf("restore %s: %w", r.opts.App, err)
		}
	}
	return nil
}

func (r *Runner) decode(extra []byte, marks map[string][]uint64) error {
	d := state.NewDecoder(extra)
	d.Version("positions of sources and sinks", extraVersion)
	r.epoch = d.Uint()
	byKey := map[string]*source{}
	for _, s := range r.sources {
		byKey[s.key] = s
	}
	for range d.Count(1) {
		key := d.String()
		s := byKey[key]
		if s == nil {
			return errors.Join(fmt.Errorf("the snapshot has a source %s, which the app does not have any more; deploy it under another name or delete its snapshots", key), d.Err())
		}
		if err := s.restore(d); err != nil {
			return fmt.Errorf("source %s: %w", key, err)
		}
	}
	for range d.Count(1) {
		key := d.String()
		marks[key] = state.ReadSlice[uint64](d, nil)
	}
	if err := d.Err(); err != nil {
		return fmt.Errorf("positions of sources and sinks: %w", err)
	}
	return nil
}

// repeats says whether the app puts out the same rows in the same order when it
// reads the same log again; see the package's comment. It is asked when the
// positions have been restored.
func (r *Runner) repeats() bool {
	if p := r.app.Plan(); r.live && (p.Timed || p.UsesClock) {
		return false
	}
	first, then := 0, 0 // sources that are read to their end, and sources read after them
	for _, s := range r.sources {
		if !s.repeats || len(s.positions) > 1 {
			return false
		}
		if s.preload {
			first++
		} else {
			then++
		}
	}
	return first <= 1 && then == 1
}
