package frame

import (
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/state"
)

const trackerVersion = 1

// Tracker knows, for each producer in each partition of a topic, which rows
// have been seen. It is part of a consumer's state: the snapshot that covers
// the rows has their numbers. It makes sense only where a consumer gets all of
// a partition in order; members of a group that share one do not.
type Tracker struct {
	seen map[origin]mark
}

type origin struct{ partition, producer string }

// mark is the epoch of a producer and the sequence number of its next row.
type mark struct{ epoch, next uint64 }

// Verdict says what to do with a frame.
type Verdict struct {
	Skip    int    // so many rows at the start of the frame have been seen
	Missing uint64 // so many rows before the frame never came: they are lost
}

// NewTracker makes a tracker that has seen nothing.
func NewTracker() *Tracker { return &Tracker{seen: map[origin]mark{}} }

// Check compares a frame with what was seen and notes its rows as seen. The
// first frame of a producer that is not known counts as the start, whatever its
// number is: a consumer may begin in the middle of a topic. Frames of an epoch
// before the producer's latest are skipped whole: their sender has been replaced.
func (t *Tracker) Check(partition string, h Header) Verdict {
	key := origin{partition, h.Producer}
	m, known := t.seen[key]
	end := h.Sequence + uint64(h.Rows)
	switch {
	case !known:
		t.seen[key] = mark{h.Epoch, end}
		return Verdict{}
	case h.Epoch < m.epoch:
		return Verdict{Skip: h.Rows}
	case h.Epoch > m.epoch:
		t.seen[key] = mark{h.Epoch, end}
		return Verdict{Missing: h.Sequence}
	case h.Sequence > m.next:
		t.seen[key] = mark{m.epoch, end}
		return Verdict{Missing: h.Sequence - m.next}
	case end <= m.next:
		return Verdict{Skip: h.Rows}
	}
	t.seen[key] = mark{m.epoch, end}
	return Verdict{Skip: int(m.next - h.Sequence)}
}

// Forget drops what is known of a partition: another consumer reads it now.
func (t *Tracker) Forget(partition string) {
	for key := range t.seen {
		if key.partition == partition {
			delete(t.seen, key)
		}
	}
}

// Snapshot writes the marks in a fixed order.
func (t *Tracker) Snapshot(e *state.Encoder) {
	e.Uint(trackerVersion)
	e.Uint(uint64(len(t.seen)))
	keys := make([]origin, 0, len(t.seen))
	for key := range t.seen {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b origin) int {
		if c := strings.Compare(a.partition, b.partition); c != 0 {
			return c
		}
		return strings.Compare(a.producer, b.producer)
	})
	for _, key := range keys {
		e.String(key.partition)
		e.String(key.producer)
		e.Uint(t.seen[key].epoch)
		e.Uint(t.seen[key].next)
	}
}

// Restore reads what Snapshot wrote.
func (t *Tracker) Restore(d *state.Decoder) error {
	d.Version("frame tracker", trackerVersion)
	t.seen = map[origin]mark{}
	for range d.Count(4) {
		key := origin{partition: d.String()}
		key.producer = d.String()
		t.seen[key] = mark{epoch: d.Uint(), next: d.Uint()}
	}
	if err := d.Err(); err != nil {
		return fmt.Errorf("restore the marks of producers: %w", err)
	}
	return nil
}
