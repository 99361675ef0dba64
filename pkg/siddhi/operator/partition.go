package operator

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Keys gives the values that one partition tells rows apart by their dense ids.
// All streams of the partition share it.
type Keys struct {
	index  *column.KeyIndex
	cols   [1]*column.Column
	onNew  []func(key int32)
	known  []bool // by id, when somebody wants to know what is new
	text   []byte
	purge  *Purge // nil without @purge
	most   int    // keys there have been at one time
	purged int    // times that keys were forgotten
	places uint32 // buckets of the HashMap that Siddhi has for them
	behind bool   // the last row was that of a new key: see grow
}

// OnNew has f called with each key when its first row comes, before anything
// has had the row.
func (k *Keys) OnNew(f func(key int32)) { k.onNew = append(k.onNew, f) }

// insert gives the values in k.cols their ids.
func (k *Keys) insert(n int, ids []int32) []int32 {
	before := k.index.Len()
	if k.behind {
		k.grow(before)
	}
	first, fresh := len(ids), int32(k.index.Cap())
	ids = k.index.Insert(k.cols[:], n, ids)
	if k.index.Len() != before {
		last := ids[len(ids)-1]
		k.behind = last >= fresh && !slices.Contains(ids[first:len(ids)-1], last)
		k.grow(k.index.Len() - 1)
		if !k.behind {
			k.grow(k.index.Len())
		}
	}
	if (k.index.Len() != before || k.purge != nil) && len(k.onNew) > 0 {
		k.announce(ids)
	}
	if k.purge != nil {
		k.most = max(k.most, k.index.Len())
		k.purge.seen(ids)
	}
	return ids
}

// grow lets the HashMap that Siddhi has for the keys grow for so many: it looks when a key is asked
// for, not when one is put in. It never shrinks.
func (k *Keys) grow(n int) {
	k.behind = k.behind && n < k.index.Len()
	k.places = javatext.Grow(max(k.places, javatext.MinBuckets), n)
}

// forget gives the ids of keys back, but for those that are held: they are new, too,
// when they come again, but with the same id.
func (k *Keys) forget(ids []int32, held func(id int32) bool) {
	for _, id := range ids {
		if int(id) < len(k.known) {
			k.known[id] = false
		}
		if !held(id) {
			k.index.Remove(id)
		}
	}
	k.purged++
}

// present says whether an id is that of a key that has not been forgotten.
func (k *Keys) present(id int32) bool {
	return k.index.Used(id) && (k.purge == nil || k.purge.present(id))
}

// atMost is how many keys there were at once.
func (k *Keys) atMost() int { return max(k.most, k.index.Len()) }

func (k *Keys) announce(ids []int32) {
	for len(k.known) < k.index.Cap() {
		k.known = append(k.known, false)
	}
	for _, id := range ids {
		if k.known[id] {
			continue
		}
		k.known[id] = true
		for _, f := range k.onNew {
			f(id)
		}
	}
}

// NewKeys makes an empty set of keys of one type.
func NewKeys(t schema.Type) *Keys { return &Keys{index: column.NewKeyIndex(javatext.KeyTypes(t)...)} }

// Len returns the number of keys seen.
func (k *Keys) Len() int { return k.index.Len() }

// Snapshot writes the keys.
func (k *Keys) Snapshot(e *state.Encoder) {
	e.Uint(1)
	k.index.Encode(e)
}

// Restore reads the keys.
func (k *Keys) Restore(d *state.Decoder) error {
	d.Version("partition keys", 1)
	k.index.Decode(d)
	k.places, k.behind = 0, k.index.Len() > 0
	k.grow(max(0, k.index.Len()-1))
	k.known = k.known[:0]
	for id := range int32(k.index.Cap()) {
		k.known = append(k.known, k.index.Used(id))
	}
	return d.Err()
}

// ByValue is the entry of a partition for a stream that `partition with` lists:
// it gives each row its key, drops rows whose key is null, and ends a chunk
// wherever the key changes.
type ByValue struct {
	keys  *Keys
	value *expr.Program
	ids   []int32
	ends  []int32
	rows  []int32
	view  column.Batch
	front column.Batch // see upToFailure
	kept  *column.Buffer
	apart bool // see Apart
}

// Apart has runs of rows with one key emitted each by itself, before the keys of
// the next are known: somebody asks which keys have been seen.
func (p *ByValue) Apart() { p.apart = true }

// NewByValue makes the entry for a stream with the given attributes.
func NewByValue(keys *Keys, value *expr.Program, attrs schema.Attributes) *ByValue {
	return &ByValue{keys: keys, value: value, kept: column.NewBuffer(attrs)}
}

// Process implements flow.Operator.
func (p *ByValue) Process(b *column.Batch, emit flow.Emit) error {
	v, err := p.value.Eval(b)
	if err != nil {
		return p.upToFailure(b, err, emit)
	}
	if v.HasNulls() {
		if b, v = p.withoutNulls(b, v); b.N == 0 {
			return nil
		}
	}
	v = javatext.Key(v, b.N)
	if p.apart {
		return p.oneByOne(b, v, emit)
	}
	p.keys.cols[0] = v
	p.ids = p.keys.insert(b.N, p.ids[:0])
	p.view.N, p.view.Time, p.view.Kind, p.view.Cols = b.N, b.Time, b.Kind, b.Cols
	p.view.Key = p.ids
	p.view.Ends = p.cutRuns(b)
	return emit(&p.view)
}

// upToFailure takes a chunk with a row whose key cannot be computed. As in Siddhi the
// runs in front of it pass but for the last, which waits for a row with another key.
func (p *ByValue) upToFailure(b *column.Batch, failed error, emit flow.Emit) error {
	n := 0
	for ; n < b.N; n++ {
		b.Slice(&p.front, n, n+1)
		if _, err := p.value.Eval(&p.front); err != nil {
			break
		}
	}
	b.Slice(&p.front, 0, n)
	v, err := p.value.Eval(&p.front)
	if err != nil { // it was computed for each of these rows
		return err
	}
	if n = lastRun(javatext.Key(v, n), n); n == 0 {
		return failed
	}
	b.Slice(&p.front, 0, n)
	p.front.Ends = append(p.front.Ends[:0], int32(n))
	if err := p.Process(&p.front, emit); err != nil {
		return err
	}
	return failed
}

// lastRun returns where the last run of one key in n rows begins. Rows without a key
// are none.
func lastRun(keys *column.Column, n int) int {
	last, from := -1, 0
	for r := n - 1; r >= 0; r-- {
		switch {
		case keys.IsNull(r):
		case last < 0, column.SameKey(keys, r, keys, last):
			last, from = r, r
		default:
			return from
		}
	}
	return 0
}

// oneByOne gives runs of one key their key and emits each.
func (p *ByValue) oneByOne(b *column.Batch, v *column.Column, emit flow.Emit) error {
	for c := range b.Chunks() {
		lo, end := b.Chunk(c)
		for lo < end {
			hi := lo + 1
			for hi < end && column.SameKey(v, lo, v, hi) {
				hi++
			}
			one := v.Slice(lo, lo+1)
			p.keys.cols[0] = &one
			p.ids = p.keys.insert(1, p.ids[:0])
			for len(p.ids) < hi-lo {
				p.ids = append(p.ids, p.ids[0])
			}
			b.Slice(&p.view, lo, hi)
			p.ends = append(p.ends[:0], int32(hi-lo))
			p.view.Key, p.view.Ends = p.ids, p.ends
			if err := emit(&p.view); err != nil {
				return err
			}
			lo = hi
		}
	}
	return nil
}

// withoutNulls gathers the rows whose key is not null, with their keys.
func (p *ByValue) withoutNulls(b *column.Batch, v *column.Column) (*column.Batch, *column.Column) {
	p.rows = p.rows[:0]
	for r := range int32(b.N) {
		if !v.Nulls[r] || !v.IsMissing(int(r)) {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.rows) == b.N {
		return b, v
	}
	p.kept.GatherChunks(b, p.rows, present(b))
	if p.kept.N == 0 {
		return &p.kept.Batch, v
	}
	v, err := p.value.Eval(&p.kept.Batch)
	if err != nil { // it was computed for these rows before
		panic("BUG: a partition key that could be computed cannot be any more: " + err.Error())
	}
	return &p.kept.Batch, v
}

// present lists the columns of b that have values.
func present(b *column.Batch) []int {
	var cols []int
	for i := range b.Cols {
		if b.Cols[i].Type != schema.Invalid && b.Cols[i].Len() >= b.N {
			cols = append(cols, i)
		}
	}
	return cols
}

// cutRuns returns chunk ends: those of b, and one wherever the key changes.
func (p *ByValue) cutRuns(b *column.Batch) []int32 {
	if b.Ends == nil {
		return nil
	}
	p.ends = p.ends[:0]
	at := int32(0)
	for _, end := range b.Ends {
		for at++; at < end; at++ {
			if p.ids[at] != p.ids[at-1] {
				p.ends = append(p.ends, at)
			}
		}
		p.ends = append(p.ends, end)
	}
	return p.ends
}

// ToAll is the entry of a partition for a stream that `partition with` does not
// list: every chunk goes to each key seen so far.
type ToAll struct {
	order keyOrder
	rows  []int32
	out   *column.Buffer
}

// NewToAll makes the entry for a stream with the given attributes.
func NewToAll(keys *Keys, attrs schema.Attributes) *ToAll {
	return &ToAll{order: keyOrder{keys: keys}, out: column.NewBuffer(attrs)}
}

// Process implements flow.Operator. Chunks leave one by one so that the output
// of a large batch with many keys does not have to be held at once.
func (p *ToAll) Process(b *column.Batch, emit flow.Emit) error {
	keys := p.order.list()
	if len(keys) == 0 {
		return nil
	}
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		p.rows = p.rows[:0]
		for range keys {
			for r := lo; r < hi; r++ {
				p.rows = append(p.rows, int32(r))
			}
		}
		p.out.Gather(b, p.rows, present(b))
		p.out.UseKey()
		p.out.UseEnds()
		for _, key := range keys {
			for range hi - lo {
				p.out.Key = append(p.out.Key, key)
			}
			p.out.Ends = append(p.out.Ends, int32(len(p.out.Key)))
		}
		if err := emit(&p.out.Batch); err != nil {
			return err
		}
	}
	return nil
}
