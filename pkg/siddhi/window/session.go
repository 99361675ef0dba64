package window

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// session passes rows at once and keeps them in sessions, one or two for each
// value of the attribute key: a session ends gap milliseconds after its last
// row, and its rows leave as one run of Expired rows with their own timestamps.
// With a latency an ended session lives on for that long, so that late rows
// can still join it. Rows that are too late for every session are dropped;
// without a latency rows behind the end of a session whose timer has
// not fired yet pass, but belong to none.
//
// Source: siddhi-core SessionWindowProcessor.
type session struct {
	*rows
	alarms
	gap, latency int64
	attr         int // -1: all rows of a partition key have one session key

	index    *column.KeyIndex // of (partition key, session key): the number of a pair of sessions
	keyCol   column.Column
	keyCols  []*column.Column
	sessions []sessionPair // by number
	gone     chain         // rows of sessions that are over

	// By partition key, as node numbers them: the sessions by end, and their number.
	ends   tree
	listed []int32
	hashes []hashSizes // by partition key
	due    []int32
	grown  []int32
}

// sessionPair is what Siddhi has for one session key.
type sessionPair struct {
	key     int32 // partition key
	hash    uint32
	born    int64 // order of the session keys of a partition key
	current chain
	ended   chain // with a latency: the session before
}

func newSession(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &session{alarms: newAlarms(opts), gap: args[0].value, attr: -1, gone: noChain}
	types := []schema.Type{schema.Int}
	w.keyCol.Type = schema.Int
	w.keyCols = []*column.Column{&w.keyCol}
	if len(args) > 1 {
		w.attr = args[1].attr
		types = append(types, schema.String)
		w.keyCols = append(w.keyCols, nil)
	}
	if len(args) > 2 {
		w.latency = max(args[2].value, 0)
	}
	w.index = column.NewKeyIndex(types...)
	w.ends.before = func(a, b int32) bool { return a < b }
	w.rows = newRows(in, opts, nil)
	w.mode = chained // sessions end in any order
	w.live = w.isKept
	return w, nil
}

func (w *session) Process(b *column.Batch, emit flow.Emit) error {
	w.take(b)
	return w.flush(emit)
}

func (w *session) take(b *column.Batch) {
	now := w.clock.Now()
	runs := w.begin(b)
	w.alone = len(runs) == 1
	w.number(b)
	at := 0
	for _, end := range runs {
		key := b.KeyOf(at)
		for i := at; i < int(end); i++ {
			id := w.pair(b, i)
			if w.add(id, w.in[i], b.Time[i]) {
				w.current(w.in[i])
			}
		}
		w.expireGone()
		w.endChunk(key)
		if w.overdue() {
			_ = w.ring(key, now, nil)
		}
		at = int(end)
	}
}

// number puts the partition keys of b into a column for the index.
func (w *session) number(b *column.Batch) {
	w.keyCol.I32 = w.keyCol.I32[:0]
	for i := range b.N {
		w.keyCol.I32 = append(w.keyCol.I32, b.KeyOf(i))
	}
	if w.attr >= 0 {
		w.keyCols[1] = b.Cols[w.attr]
	}
}

// pair returns the number of the sessions that a row may belong to.
func (w *session) pair(b *column.Batch, row int) int32 {
	id, added := w.index.InsertRow(w.keyCols, row)
	if !added {
		return id
	}
	key := b.KeyOf(row)
	if int(key) >= len(w.hashes) {
		w.growTo(key)
	}
	w.hashes[key].met++
	p := sessionPair{key: key, born: w.hashes[key].met, current: noChain, ended: noChain}
	if w.attr >= 0 {
		p.hash = javatext.Hash(b.Cols[w.attr].String(row))
	}
	w.sessions = grow(w.sessions, id, sessionPair{})
	w.sessions[id] = p
	return id
}

// add lets a row join a session and says whether it passes.
func (w *session) add(id, slot int32, ts int64) bool {
	p := &w.sessions[id]
	c := &p.current
	switch {
	case c.rows == 0:
		w.open(id, slot, ts)
	case ts < c.start:
		return w.addLate(id, slot, ts)
	case ts <= c.end:
		c.append(w.slab.Next, slot)
		w.setEnd(id, false, ts+w.gap)
		w.ask(c.end, p.key)
	case w.latency > 0:
		w.retire(id)
		w.open(id, slot, ts)
	default:
		w.dead = append(w.dead, slot)
	}
	return true
}

// open begins a session with a row.
func (w *session) open(id, slot int32, ts int64) {
	p := &w.sessions[id]
	p.current.append(w.slab.Next, slot)
	p.current.start, p.current.end = ts, ts+w.gap
	w.enlist(id, false)
	w.ask(p.current.end, p.key)
}

// retire has the current session end, because a row has come that is behind it.
// The session before it goes at once.
func (w *session) retire(id int32) {
	p := &w.sessions[id]
	if p.ended.rows > 0 {
		w.delist(id, true)
		w.gone.join(w.slab.Next, &p.ended)
	}
	w.delist(id, false)
	p.ended, p.current = p.current, noChain
	w.enlist(id, true)
	w.ask(p.ended.end+w.latency, p.key)
}

// addLate is add for a row before the current session.
func (w *session) addLate(id, slot int32, ts int64) bool {
	p := &w.sessions[id]
	c, e := &p.current, &p.ended
	switch {
	case ts >= c.start-w.gap:
		c.insert(w.slab.Next, slot, slot, 1)
		c.start = ts
		if w.latency > 0 {
			w.merge(id)
		}
	case w.latency > 0 && e.rows > 0 && ts >= e.start-w.gap:
		e.append(w.slab.Next, slot)
		if ts <= e.end-w.gap && ts < e.start {
			e.start = ts
		} else {
			w.setEnd(id, true, ts+w.gap)
			w.merge(id)
		}
	default:
		w.dead = append(w.dead, slot)
		return false
	}
	return true
}

// merge has the ended session go on in the current one if they have come close.
func (w *session) merge(id int32) {
	p := &w.sessions[id]
	if p.ended.rows == 0 || p.ended.end < p.current.start-w.gap {
		return
	}
	w.delist(id, true)
	p.current.insert(w.slab.Next, p.ended.head, p.ended.tail, p.ended.rows)
	p.current.start = p.ended.start
	p.ended = noChain
}

// ring works off the due times of a partition key that have passed: for each,
// the sessions that are over by then. They are emitted at once, if there is an emit: what
// fails on them keeps none of those behind them back.
func (w *session) ring(key int32, now int64, emit flow.Emit) (err error) {
	for due, ok := w.pop(key, now); ok; due, ok = w.pop(key, now) {
		at := w.mark()
		for _, id := range w.over(key, false, due) {
			w.finish(id)
		}
		if w.latency > 0 {
			for _, id := range w.over(key, true, due-w.latency) {
				w.gone.join(w.slab.Next, &w.sessions[id].ended)
				w.forget(id)
			}
		}
		w.expireGone()
		w.endChunk(key)
		w.loseIf(due, at)
		if emit != nil {
			err = errors.Join(err, w.flush(emit))
		}
	}
	return err
}

// finish ends the current session of a pair whose time has come; over has taken
// it off the list. As in Siddhi the rows of a session that ended before, if there
// are any still, go with it.
func (w *session) finish(id int32) {
	p := &w.sessions[id]
	if w.latency == 0 {
		w.gone.join(w.slab.Next, &p.current)
		w.forget(id)
		return
	}
	if p.ended.rows > 0 {
		w.delist(id, true)
	}
	start, end := p.current.start, p.current.end
	p.ended.join(w.slab.Next, &p.current)
	p.ended.start, p.ended.end = start, end
	w.enlist(id, true)
	w.ask(end+w.latency, p.key)
}

// forget drops a pair without rows.
func (w *session) forget(id int32) {
	p := &w.sessions[id]
	if p.current.rows == 0 && p.ended.rows == 0 {
		w.index.Remove(id)
	}
}

// expireGone emits and drops the rows of sessions that are over.
func (w *session) expireGone() {
	for at := w.gone.head; at != column.None; at = w.slab.Next[at] {
		w.expired(at, w.slab.Time[at])
		w.dead = append(w.dead, at)
	}
	w.gone = noChain
}

// Timer implements flow.Timed.
func (w *session) Timer(_ int64, key int32, emit flow.Emit) error {
	return w.ring(key, w.clock.Now(), emit)
}

// Find implements Searchable: as in Siddhi a search sees nothing.
func (w *session) Find(_ int32, slots []int32) []int32 { return slots }

// Follow implements Searchable: there is nothing to follow.
func (w *session) Follow(Follower) bool { return false }

// isKept says whether a slot is in use; only a compaction asks.
func (w *session) isKept(slot int32) bool {
	if !w.known {
		w.known = true
		w.bits = append(w.bits[:0], make([]bool, w.slab.Cap())...)
		for id := range w.sessions {
			p := &w.sessions[id]
			for _, at := range [...]int32{p.current.head, p.ended.head} {
				for ; at != column.None; at = w.slab.Next[at] {
					w.bits[at] = true
				}
			}
		}
	}
	return w.bits[slot]
}

// Snapshot implements flow.Stateful.
func (w *session) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.index.Encode(e)
	e.Uint(uint64(len(w.sessions)))
	for id := range w.sessions {
		p := &w.sessions[id]
		e.Int(int64(p.key))
		e.Uint(uint64(p.hash))
		e.Int(p.born)
		p.current.encode(e)
		p.ended.encode(e)
	}
	e.Uint(uint64(len(w.hashes)))
	for _, h := range w.hashes {
		e.Int(h.met)
		e.Int(h.most)
	}
	w.alarms.snapshot(e)
}

// Restore implements flow.Stateful.
func (w *session) Restore(d *state.Decoder) error {
	w.rows.restore(d, "session")
	w.ends.root, w.listed = nil, nil
	w.index.Decode(d)
	w.sessions = make([]sessionPair, d.Count(11))
	for id := range w.sessions {
		p := &w.sessions[id]
		p.key, p.hash, p.born = int32(d.Int()), uint32(d.Uint()), d.Int()
		p.current.decode(d)
		p.ended.decode(d)
	}
	w.hashes = make([]hashSizes, d.Count(2))
	for key := range w.hashes {
		w.hashes[key] = hashSizes{d.Int(), d.Int()}
	}
	if d.Err() == nil && !w.sound() {
		d.Fail(state.ErrCorrupt)
	}
	w.alarms.restore(d, len(w.hashes))
	if d.Err() != nil {
		return d.Err()
	}
	for key := range int32(len(w.hashes)) {
		w.growTo(key)
	}
	for id := range int32(len(w.sessions)) {
		for _, ended := range [...]bool{false, true} {
			if w.chain(id, ended).rows > 0 {
				w.enlist(id, ended)
			}
		}
	}
	return nil
}

// sound says whether sessions that were read hold together.
func (w *session) sound() bool {
	if w.index.Cap() > len(w.sessions) {
		return false
	}
	room := int32(w.slab.Live())
	for id := range w.sessions {
		p := &w.sessions[id]
		used := id < w.index.Cap() && w.index.Used(int32(id))
		if p.key < 0 || used && int(p.key) >= len(w.hashes) || !used && p.current.rows+p.ended.rows != 0 {
			return false
		}
		for _, c := range [...]*chain{&p.current, &p.ended} {
			if room -= c.rows; room < 0 || !c.sound(w.slab.Next) {
				return false
			}
		}
	}
	return true
}
