package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// Searchable is a window in which joins and on-demand queries look rows up.
// What New makes with Options.Search is one. Calls that others make between two
// of its own calls, or while it emits, find what it keeps behind its last row.
type Searchable interface {
	flow.Operator
	// Find appends the slots of the rows that a search for a partition key (0
	// outside of partitions) sees, in the order in which Siddhi finds them.
	Find(key int32, slots []int32) []int32
	// Column has an attribute by slot; one that is not in Options.Need has Type
	// Invalid. It stays where it is, its slices change with the window's calls.
	Column(attr int) *column.Column
	// Times has the timestamps by slot.
	Times() []int64
	// Touch says that a search has looked, other than by Find, at all that it sees
	// for the given partition keys, nil for what is outside of partitions. It shows:
	// as in Siddhi, rows of a batch that were looked at keep their timestamps
	// when they expire.
	Touch(keys []int32)
	// Follow has f told, before the window emits, of the rows that a search sees
	// from now on, and of those that it no longer sees. It says false if the order of
	// Find is another than that in which rows are told of: then f is not called.
	Follow(f Follower) bool
}

// Follower is what keeps an index over a window.
type Follower interface {
	// Change tells of slots that are gained, each with its partition key, behind
	// those gained before, and then of slots that are lost. Values of lost slots
	// are still there during the call. A slot may be gained and lost at once.
	Change(gained, keys, lost []int32)
	// Restart forgets all rows: the window is restored, and tells of those it then has.
	Restart()
}

// search is the part of rows that lets others look rows up.
type search struct {
	found     *[]column.Queue // what a search sees, by key; nil if nobody searches
	followers []Follower
	marks     bool    // timestamps of expired rows depend on searches
	seen      []int32 // by key: how many rows of found were looked at

	gained, gainedKeys, lost []int32
}

// finds has searches see the queues of list, if anybody searches.
func (r *rows) finds(list *[]column.Queue, opts Options) {
	if opts.Search {
		r.found = list
	}
}

// marksSeen has rows that were looked at keep their timestamps in expiredBatch.
func (r *rows) marksSeen(opts Options) { r.marks = opts.Search && opts.Expired }

// expiredBatch is expiredQueue for all that a search sees of a key, if that is q.
func (r *rows) expiredBatch(key int32, q *column.Queue, at int64) {
	from := len(r.stamps)
	r.expiredQueue(q, at)
	if q.Len == 0 || int(key) >= len(r.seen) {
		return
	}
	slots := r.slots[len(r.slots)-int(q.Len):]
	for i := range min(r.takeSeen(key), q.Len) {
		r.stamps[from+int(i)] = r.times()[slots[i]]
	}
}

// takeSeen returns how many rows of a key were looked at, and forgets it.
func (r *rows) takeSeen(key int32) (n int32) {
	if int(key) < len(r.seen) {
		n, r.seen[key] = r.seen[key], 0
	}
	return n
}

// Touch implements Searchable.
func (r *rows) Touch(keys []int32) {
	if !r.marks {
		return
	}
	if keys == nil {
		r.look(0)
	}
	for i, key := range keys {
		if i == 0 || key != keys[i-1] {
			r.look(key)
		}
	}
}

func (r *rows) look(key int32) {
	if int(key) < len(*r.found) {
		r.seen = grow(r.seen, key, 0)
		r.seen[key] = (*r.found)[key].Len
	}
}

// Find implements Searchable.
func (r *rows) Find(key int32, slots []int32) []int32 {
	if r.found == nil || int(key) >= len(*r.found) {
		return slots
	}
	if r.marks {
		r.look(key)
	}
	return r.list(&(*r.found)[key], slots)
}

// Column implements Searchable.
func (r *rows) Column(attr int) *column.Column { return r.column(attr) }

// Times implements Searchable.
func (r *rows) Times() []int64 { return r.times() }

// Follow implements Searchable.
func (r *rows) Follow(f Follower) bool {
	if r.found != nil { // else a search sees nothing, ever
		r.followers = append(r.followers, f)
	}
	return true
}

// gain notes rows that a search sees from now on, gainOne one, gainQueue those of q.
func (r *rows) gain(key int32, slots []int32) {
	if len(r.followers) > 0 {
		r.gained = append(r.gained, slots...)
		r.gainedKeys = repeat(r.gainedKeys, key, len(slots))
	}
}

func (r *rows) gainOne(key, slot int32) {
	if len(r.followers) > 0 {
		r.gained, r.gainedKeys = append(r.gained, slot), append(r.gainedKeys, key)
	}
}

func (r *rows) gainQueue(key int32, q *column.Queue) {
	if len(r.followers) > 0 {
		r.gained = r.list(q, r.gained)
		r.gainedKeys = repeat(r.gainedKeys, key, int(q.Len))
	}
}

// lose notes rows that a search sees no longer, loseOne one, loseQueue those of q.
func (r *rows) lose(slots []int32) {
	if len(r.followers) > 0 {
		r.lost = append(r.lost, slots...)
	}
}

func (r *rows) loseOne(slot int32) {
	if len(r.followers) > 0 {
		r.lost = append(r.lost, slot)
	}
}

func (r *rows) loseQueue(q *column.Queue) {
	if len(r.followers) > 0 {
		r.lost = r.list(q, r.lost)
	}
}

// tell passes on what was gained and lost since it was last called.
func (r *rows) tell() {
	if len(r.gained) == 0 && len(r.lost) == 0 {
		return
	}
	for _, f := range r.followers {
		f.Change(r.gained, r.gainedKeys, r.lost)
	}
	r.gained, r.gainedKeys, r.lost = r.gained[:0], r.gainedKeys[:0], r.lost[:0]
}

// tellAll passes on all rows, after a restore.
func (r *rows) tellAll() {
	if r.found == nil {
		return
	}
	for _, f := range r.followers {
		f.Restart()
	}
	r.gained, r.gainedKeys, r.lost = r.gained[:0], r.gainedKeys[:0], r.lost[:0]
	for key := range *r.found {
		r.gainQueue(int32(key), &(*r.found)[key])
	}
	r.tell()
}
