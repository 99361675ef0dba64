package runtime

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/javatext"
)

// played is what play works with.
type played struct {
	due  []timer
	held []timer // for the next time that the clock is set
}

// play is fire in playback. As in Siddhi the clock stands at upTo all the time,
// and the operators work off what is due one after the other, in the order in
// which they were made, each key to its end. Of an operator's keys that are due
// at one time, one is looked after, and the others wait until the clock is set
// again. What is asked for meanwhile and due already is run if it belongs to the
// key at hand or to an operator made later; else it waits too.
func (t *timers) play(c *clock, upTo int64, report func(error)) {
	c.now = max(c.now, upTo)
	p := &t.played
	p.due = p.due[:0]
	for first := 0; ; {
		t.gather(first, upTo)
		if first == len(p.due) {
			break
		}
		end := first + 1
		for end < len(p.due) && p.due[end].op == p.due[first].op && p.due[end].due == p.due[first].due {
			end++
		}
		key := foremost(p.due[first:end])
		for ; first < end; first++ {
			if next := p.due[first]; next.key == key {
				t.drain(next, upTo, report)
			} else {
				p.held = append(p.held, next)
			}
		}
	}
	for _, held := range p.held {
		t.heap.push(held)
	}
	for _, d := range p.due {
		d.op.asking.settle(d.key)
	}
	p.held = p.held[:0]
}

// gather adds what is due to that which is, and brings it in turn from first on.
func (t *timers) gather(first int, upTo int64) {
	p := &t.played
	had := len(p.due)
	for t.has(upTo) {
		p.due = append(p.due, t.heap.pop())
	}
	if len(p.due) > had && len(p.due) > first+1 {
		inTurn(p.due[first:])
	}
}

// foremost returns the key that comes first among timers of one operator: of those
// with one place the last that was seen, as Java puts what it computes in front.
func foremost(due []timer) int32 {
	key := due[0].key
	if len(due) == 1 {
		return key
	}
	op := due[0].op
	place := func(key int32) uint32 {
		if op.keys == nil {
			return 0
		}
		return op.keys.PlaceIn(key, op.asking.buckets)
	}
	least := place(key)
	for _, t := range due[1:] {
		if at := place(t.key); at < least || at == least && t.key > key {
			key, least = t.key, at
		}
	}
	return key
}

// askingKeys is the HashMap that Siddhi has of the keys that asked an operator's scheduler for
// a time, in playback: it is looked at by computeIfAbsent, which lets it grow when it
// is asked the next time, not when a key is put in.
type askingKeys struct {
	buckets uint32
	known   int
	by      []asking // by key
}

type asking struct {
	waits int32 // timers
	seen  bool  // it is in the map: until what is due has been worked off and no timer is left
}

// note says that a key asks for a time.
func (a *askingKeys) note(key int32) {
	a.buckets = javatext.Grow(max(a.buckets, javatext.MinBuckets), a.known)
	for int(key) >= len(a.by) {
		a.by = append(a.by, asking{})
	}
	k := &a.by[key]
	k.waits++
	if !k.seen {
		k.seen = true
		a.known++
	}
}

// rings says that a time of a key has come.
func (a *askingKeys) rings(key int32) {
	if int(key) < len(a.by) {
		a.by[key].waits--
	}
}

// settle takes a key out that waits for nothing.
func (a *askingKeys) settle(key int32) {
	if int(key) < len(a.by) && a.by[key].seen && a.by[key].waits <= 0 {
		a.by[key] = asking{}
		a.known--
	}
}

func (a *askingKeys) forget(keys []int32) {
	for _, key := range keys {
		if int(key) < len(a.by) {
			a.by[key].waits = 0
			a.settle(key)
		}
	}
}

// drain runs a timer and what it asks for, for its own key, that is due too.
func (t *timers) drain(next timer, upTo int64, report func(error)) {
	t.run(next, upTo, report)
	for again := true; again; {
		again = false
		for t.has(upTo) {
			asked := t.heap[0]
			if asked.op.made > next.op.made {
				break
			}
			t.heap.pop()
			if asked.op != next.op || asked.key != next.key {
				t.played.held = append(t.played.held, asked)
				continue
			}
			t.run(asked, upTo, report)
			again = true
		}
	}
}

// inTurn sorts timers that are due: by operator, the keys of each by what is due first.
func inTurn(due []timer) {
	slices.SortFunc(due, func(a, b timer) int {
		return cmp.Or(cmp.Compare(a.op.made, b.op.made), cmp.Compare(a.due, b.due), cmp.Compare(a.seq, b.seq))
	})
}
