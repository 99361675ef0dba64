package aggregation

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// level has the rows of one granularity whose bucket of the clock is open: one
// for each group and, by event time, each bucket of that. Rows have dense ids;
// everything is kept in columns by id.
type level struct {
	*layout
	cal        calendar
	start, end int64 // the open bucket of the clock
	keys       *column.KeyIndex
	types      int // of keys
	rows       column.Batch
	cols       []column.Column // of rows
	// time is, by id, that of the newest event so far, or 0: an event before 1970 is never newest.
	time   []int64
	sets   []*column.KeyIndex // by attribute of a union: id and value of all members
	arenas []int              // by attribute: at how many bytes of long strings it is time to look for dead ones

	// added says that the last row that came was the first of its key; see inOrder.
	added bool

	ids     []int32
	updates []int32
	keyCols []*column.Column
	buckets column.Column // the bucket of each row that comes
	order   []place
	moved   []place // the order before this one
	counts  []int32 // by place
	text    []byte
	sorted  []int32
}

func newLevel(l *layout, cal calendar) *level {
	v := &level{layout: l, cal: cal, cols: make([]column.Column, len(l.def.Row)), sets: make([]*column.KeyIndex, len(l.def.Row)), arenas: make([]int, len(l.def.Row))}
	types := l.keyTypes()
	v.keys, v.types = column.NewKeyIndex(types...), len(types)
	v.buckets.Type = schema.Long
	for i, a := range l.def.Row {
		v.cols[i].Type = a.Type
		v.rows.Cols = append(v.rows.Cols, &v.cols[i])
		v.arenas[i] = smallArena
		if value := l.def.Values[i]; value.Fold == check.FoldUnion {
			v.sets[i] = column.NewKeyIndex(schema.Int, value.Value.Type())
			v.sets[i].TellNullApart()
		}
	}
	return v
}

// len returns the number of rows.
func (l *level) len() int { return l.keys.Len() }

// fold adds rows in the layout of the aggregation: what events bring, or rows of a
// finer level. The bucket of an event's time becomes this level's.
func (l *level) fold(b *column.Batch) {
	l.keyCols = l.keyCols[:0]
	if l.event >= 0 {
		l.buckets.I64 = l.cal.starts(l.buckets.I64[:0], b.Cols[l.event].I64[:b.N])
		l.keyCols = append(l.keyCols, &l.buckets)
	}
	for _, g := range l.groups {
		l.keyCols = append(l.keyCols, b.Cols[g])
	}
	if b.N == 0 {
		return
	}
	before := l.len()
	l.ids = l.keys.Insert(l.keyCols, b.N, l.ids[:0])
	l.note(before)
	l.grow(l.len())
	updates := l.newer(b)
	for _, g := range l.groups {
		regroup(&l.cols[g], b.Cols[g], l.ids, updates)
	}
	for _, c := range l.latest {
		replace(&l.cols[c], b.Cols[c], l.ids, updates)
		l.compact(c)
	}
	for _, c := range l.folds {
		dst, src := &l.cols[c], b.Cols[c]
		switch l.def.Values[c].Fold {
		case check.FoldSum:
			sum(dst, src, l.ids)
		case check.FoldMin:
			extreme(dst, src, l.ids, true)
		case check.FoldMax:
			extreme(dst, src, l.ids, false)
		case check.FoldUnion:
			l.unite(c, src)
		}
	}
	if l.event >= 0 {
		for i, id := range l.ids {
			l.cols[l.event].I64[id] = l.buckets.I64[i]
		}
	}
}

// note sets added, when there were that many rows before.
func (l *level) note(before int) {
	last := len(l.ids) - 1
	newest := int32(l.len() - 1)
	l.added = l.len() > before && l.ids[last] == newest && !slices.Contains(l.ids[:last], newest)
}

// grow makes room for n rows; new ones are null but for their times.
func (l *level) grow(n int) {
	for len(l.time) < n {
		l.time = append(l.time, 0)
		for i := range l.cols {
			if i == 0 || i == l.event {
				l.cols[i].AppendLong(0)
			} else {
				l.cols[i].AppendNull()
			}
		}
	}
	l.rows.N = n
}

// newer returns the rows of b that are the newest of theirs so far; the later one of
// two at the same time.
func (l *level) newer(b *column.Batch) []int32 {
	l.updates = l.updates[:0]
	if l.newest < 0 {
		for r := range l.ids {
			l.updates = append(l.updates, int32(r))
		}
		return l.updates
	}
	times, kept := b.Cols[l.newest].I64, &l.cols[l.newest]
	for r, id := range l.ids {
		t := times[r]
		if t >= l.time[id] {
			l.time[id] = t
			l.updates = append(l.updates, int32(r))
		}
		if kept.Nulls[id] || t > kept.I64[id] {
			kept.Nulls[id], kept.I64[id] = false, t
		}
	}
	return l.updates
}

// smallArena is what long strings may take before anybody looks for dead ones.
const smallArena = 1 << 16

// compact copies the long strings of an attribute when half of them may be of no use.
func (l *level) compact(attr int) {
	c := &l.cols[attr]
	if len(c.Arena) < l.arenas[attr] {
		return
	}
	all := make([]int32, l.rows.N)
	for i := range all {
		all[i] = int32(i)
	}
	fresh := column.Column{Type: c.Type}
	fresh.Gather(c, all)
	*c = fresh
	l.arenas[attr] = max(smallArena, 2*len(c.Arena))
}

// clear forgets all rows.
func (l *level) clear() {
	l.keys.Clear()
	l.time, l.added = l.time[:0], false
	for i := range l.cols {
		l.cols[i].Reset()
		if l.sets[i] != nil {
			l.sets[i].Clear()
		}
	}
	l.rows.N = 0
}

// empty adds a row of nulls where there is only one key.
func (l *level) empty() {
	l.keys.InsertRow(nil, 0)
	l.grow(1)
}

// stamp gives all rows their bucket of the clock.
func (l *level) stamp(bucket int64) {
	times := l.cols[0].I64
	for i := range times {
		times[i] = bucket
	}
}

type place struct {
	code uint32 // of the key
	id   int32
}

// inOrder returns the ids of all rows in the order of the map of states in which
// Siddhi has them by keys, which end in suffix. Of two in one place the later one lies in
// front, and the map only grows when another row is looked up.
func (l *level) inOrder(suffix []byte) []int32 {
	l.order = l.order[:0]
	for id := int32(l.len()) - 1; id >= 0; id-- {
		l.text = append(appendKey(l.text[:0], l.keys, l.types, id), suffix...)
		l.order = append(l.order, place{javatext.Hash(l.text), id})
	}
	n := l.len()
	if l.added {
		n--
	}
	l.settle(n)
	return l.places()
}

// leaving returns the ids of all rows in the order in which they leave the level: as
// in Siddhi they first go from the map of states into another.
func (l *level) leaving() []int32 {
	l.inOrder(nil)
	l.settle(l.len())
	return l.places()
}

// settle sorts by place in a hash map that has grown with n keys. As there are about as
// many places as keys, it counts them.
func (l *level) settle(n int) {
	buckets := javatext.Buckets(n)
	l.counts = slices.Grow(l.counts[:0], int(buckets))[:buckets]
	clear(l.counts)
	for _, p := range l.order {
		l.counts[javatext.Bucket(p.code, buckets)]++
	}
	at := int32(0)
	for i, count := range l.counts {
		l.counts[i], at = at, at+count
	}
	l.moved = slices.Grow(l.moved[:0], len(l.order))[:len(l.order)]
	for _, p := range l.order {
		to := &l.counts[javatext.Bucket(p.code, buckets)]
		l.moved[*to] = p
		*to++
	}
	l.order, l.moved = l.moved, l.order
}

func (l *level) places() []int32 {
	l.sorted = l.sorted[:0]
	for _, p := range l.order {
		l.sorted = append(l.sorted, p.id)
	}
	return l.sorted
}
