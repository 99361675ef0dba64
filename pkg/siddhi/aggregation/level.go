package aggregation

import (
	"cmp"
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

	ids     []int32
	updates []int32
	keyCols []*column.Column
	buckets column.Column // the bucket of each row that comes
	order   []place
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
	l.ids = l.keys.Insert(l.keyCols, b.N, l.ids[:0])
	l.grow(l.keys.Len())
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
	l.time = l.time[:0]
	for i := range l.cols {
		l.cols[i].Reset()
		if l.sets[i] != nil {
			l.sets[i].Clear()
		}
	}
	l.rows.N = 0
}

// stamp gives all rows their bucket of the clock.
func (l *level) stamp(bucket int64) {
	times := l.cols[0].I64
	for i := range times {
		times[i] = bucket
	}
}

type place struct {
	bucket uint32
	id     int32
}

// inOrder returns the ids of all rows as they lie in a hash map of Siddhi, whose keys
// end in suffix: that is the order in which whoever reads gets them.
func (l *level) inOrder(suffix []byte) []int32 {
	l.order, l.sorted = l.order[:0], l.sorted[:0]
	n := javatext.Buckets(l.len())
	for id := int32(l.len()) - 1; id >= 0; id-- { // of two in one place the later one lies in front
		l.text = append(appendKey(l.text[:0], l.keys, l.types, id), suffix...)
		l.order = append(l.order, place{javatext.Bucket(javatext.Hash(l.text), n), id})
	}
	slices.SortStableFunc(l.order, func(a, b place) int { return cmp.Compare(a.bucket, b.bucket) })
	for _, p := range l.order {
		l.sorted = append(l.sorted, p.id)
	}
	return l.sorted
}
