package runtime

import (
	"errors"
	"fmt"

	"millrace/pkg/siddhi/state"
)

// ErrSnapshot means that a snapshot cannot be restored: it is damaged, or of an app whose queries keep other state.
var ErrSnapshot = errors.New("snapshot does not fit")

const (
	snapshotMagic   = "millrace-state"
	snapshotVersion = 1
	// partStrays is there, and empty, if a value of another type than its attribute's has come.
	partStrays = "strays"
)

// Snapshot returns the app's state as it stands between two events: windows,
// aggregates, tables, patterns, keys and the clock. extra is kept with it (the
// positions of sources); see Restore.
func (a *App) Snapshot(extra []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.snapshot(extra)
}

func (a *App) snapshot(extra []byte) ([]byte, error) {
	var e state.Encoder
	e.String(snapshotMagic)
	e.Uint(snapshotVersion)
	e.Int(a.clock.now)
	e.Blob(extra)
	parts := make([]state.Encoder, len(a.plan.States))
	n := len(parts)
	for i, s := range a.plan.States {
		s.State.Snapshot(&parts[i])
		if err := parts[i].Err(); err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", s.Name, err)
		}
		if leftOut(s.State, &parts[i]) {
			n--
		}
	}
	if a.plan.Strays() {
		e.Uint(uint64(n) + 1)
		e.String(partStrays)
		e.Blob(nil)
	} else {
		e.Uint(uint64(n))
	}
	for i, s := range a.plan.States {
		if !leftOut(s.State, &parts[i]) {
			e.String(s.Name)
			e.Blob(parts[i].Bytes())
		}
	}
	return e.Bytes(), nil
}

// leftOut says whether a part of the state is not in a snapshot, since it is empty.
func leftOut(s state.Snapshotter, part *state.Encoder) bool {
	_, optional := s.(state.Optional)
	return optional && len(part.Bytes()) == 0
}

// Restore gives the app the state of a snapshot and returns what was kept with
// it. Call it before the first event. On an error the app is of no use.
func (a *App) Restore(snapshot []byte) (extra []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := state.NewDecoder(snapshot)
	if d.String() != snapshotMagic {
		return nil, fmt.Errorf("%w: it does not begin as a snapshot does", ErrSnapshot)
	}
	d.Version("snapshot", snapshotVersion)
	now := d.Int()
	extra = append([]byte(nil), d.Blob()...)
	parts := map[string][]byte{}
	for range d.Count(2) {
		name := d.String()
		parts[name] = d.Blob()
	}
	if d.Err() != nil || d.Rest() != 0 {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, errors.Join(state.ErrCorrupt, d.Err()))
	}
	// Where heartbeats have moved the clock of playback the next event sets it, as in Siddhi.
	if a.playback && a.idle.Time == 0 || !a.playback && a.opts.Time == Virtual {
		a.clock.now = max(a.clock.now, now)
	}
	a.wallTimers.keepJobs()
	a.timers.restoring()
	a.idle.waiting = false
	for _, s := range a.plan.States {
		blob, ok := parts[s.Name]
		if o, optional := s.State.(state.Optional); !ok && optional {
			o.Clear()
			continue
		}
		if !ok {
			return nil, fmt.Errorf("%w: it has nothing for %s: the app has changed; deploy it under another name or delete its snapshots", ErrSnapshot, s.Name)
		}
		delete(parts, s.Name)
		part := state.NewDecoder(blob)
		if err := s.State.Restore(part); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrSnapshot, s.Name, err)
		}
		if part.Rest() != 0 {
			return nil, fmt.Errorf("%w: %s: %w", ErrSnapshot, s.Name, state.ErrCorrupt)
		}
	}
	if _, ok := parts[partStrays]; ok {
		a.plan.NoteStrays()
		delete(parts, partStrays)
	}
	for name := range parts {
		return nil, fmt.Errorf("%w: it has state of %s, which the app does not have any more; deploy it under another name or delete its snapshots", ErrSnapshot, name)
	}
	a.timers.settle()
	if a.running && !a.playback { // there the next event sets the clock
		a.fireDue(a.clock.now)
	}
	return extra, nil
}
