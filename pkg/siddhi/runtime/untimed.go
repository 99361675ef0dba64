package runtime

import "millrace/pkg/siddhi/column"

// SendNow is SendBatch of rows that happen now: it gives them the time on the
// wall as their timestamps. In playback they do not move the app's clock, which
// those of SendBatch do.
func (in *Input) SendNow(b *column.Batch) error {
	a := in.app
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.wallNow()
	b.Time = b.Time[:0]
	for range b.N {
		b.Time = append(b.Time, now)
	}
	if err := in.fits(b); err != nil || b.N == 0 {
		return err
	}
	a.noteStrays(b)
	if !a.playback {
		return a.push(in.junction, b)
	}
	if !a.running {
		return ErrStopped
	}
	return in.junction.Push(b)
}
