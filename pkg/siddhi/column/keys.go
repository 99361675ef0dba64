package column

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/schema"
)

// KeyIndex gives each distinct combination of key values a dense id: 0, 1, 2 …
// Ids of removed keys are given out again. It is the one hash table behind
// partitions, group by, joins on equality and table indexes.
//
// As in Siddhi, where a key is text, a null string and the string "null" are one
// key; NaN equals NaN; nulls of other types equal each other.
type KeyIndex struct {
	keys   []Column // values by id
	hashes []uint64 // by id
	used   []bool   // by id
	freed  []int32
	table  []int32 // open addressing: id+1, 0 empty, -1 deleted
	filled int     // entries of table that are not 0
	live   int
	apart  bool // see TellNullApart

	scratch []uint64
}

var nullText = inline("null")

// NewKeyIndex makes an index over key columns of the given types. With no
// types every row has the same key.
func NewKeyIndex(types ...schema.Type) *KeyIndex {
	k := &KeyIndex{keys: make([]Column, len(types)), table: make([]int32, 16)}
	for i, t := range types {
		k.keys[i].Type = t
	}
	return k
}

// Like returns an empty index over keys of the same types.
func (k *KeyIndex) Like() *KeyIndex {
	types := make([]schema.Type, len(k.keys))
	for i := range k.keys {
		types[i] = k.keys[i].Type
	}
	like := NewKeyIndex(types...)
	like.apart = k.apart
	return like
}

// TellNullApart makes a null string another key than the string "null". Call it
// before there are keys.
func (k *KeyIndex) TellNullApart() { k.apart = true }

// Len returns the number of keys in use.
func (k *KeyIndex) Len() int { return k.live }

// Cap returns the number of ids ever given out: every id is below it.
func (k *KeyIndex) Cap() int { return len(k.used) }

// Used says whether id is in use.
func (k *KeyIndex) Used(id int32) bool { return k.used[id] }

// Column returns the key column at position i, indexed by id.
func (k *KeyIndex) Column(i int) *Column { return &k.keys[i] }

// Insert appends the ids of the first n rows of cols to ids, adding the keys
// that are new. cols has one column for each key type.
func (k *KeyIndex) Insert(cols []*Column, n int, ids []int32) []int32 {
	if k.short(cols) {
		return k.insertShort(cols, n, ids)
	}
	h := k.hash(cols, n)
	for row := range n {
		id, at := k.find(cols, row, h[row])
		if id < 0 {
			id = k.add(cols, row, h[row], at)
		}
		ids = append(ids, id)
	}
	return ids
}

// short says whether the key is one string and every value, of the rows and of
// the keys, lies in its Str: then two words are the whole comparison.
func (k *KeyIndex) short(cols []*Column) bool {
	return len(cols) == 1 && cols[0].Type == schema.String &&
		len(cols[0].Arena) == 0 && len(cols[0].Nulls) == 0 &&
		len(k.keys[0].Arena) == 0 && len(k.keys[0].Nulls) == 0
}

// insertShort is Insert for short keys.
func (k *KeyIndex) insertShort(cols []*Column, n int, ids []int32) []int32 {
	old := len(ids)
	ids = slices.Grow(ids, n)[:old+n]
	to := ids[old:]
	table, keys := k.table, k.keys[0].Str
	for row, s := range cols[0].Str[:n] {
		h := Mix(hashSeed^s.hashInline(), hashMul)
		id := None
		for i := h; ; i++ {
			e := table[i&uint64(len(table)-1)]
			if e > 0 && keys[e-1] == s {
				id = e - 1
				break
			}
			if e == 0 {
				break
			}
		}
		if id == None {
			_, at := k.find(cols, row, h)
			id = k.add(cols, row, h, at)
			table, keys = k.table, k.keys[0].Str
		}
		to[row] = id
	}
	return ids
}

// Lookup appends the ids of the first n rows of cols to ids, None for keys
// that are not there.
func (k *KeyIndex) Lookup(cols []*Column, n int, ids []int32) []int32 {
	h := k.hash(cols, n)
	for row := range n {
		id, _ := k.find(cols, row, h[row])
		ids = append(ids, id)
	}
	return ids
}

// LookupRow returns the id of one row's key, or None.
func (k *KeyIndex) LookupRow(cols []*Column, row int) int32 {
	id, _ := k.find(cols, row, hashRow(cols, row))
	return id
}

// InsertRow returns the id of one row's key, adding it if it is new.
func (k *KeyIndex) InsertRow(cols []*Column, row int) (id int32, added bool) {
	h := hashRow(cols, row)
	id, at := k.find(cols, row, h)
	if id >= 0 {
		return id, false
	}
	return k.add(cols, row, h, at), true
}

// Remove forgets a key; its id will be given out again.
func (k *KeyIndex) Remove(id int32) {
	*k.entry(id) = -1
	k.used[id] = false
	k.freed = append(k.freed, id)
	k.live--
}

// RemoveFirst forgets the keys whose first value, an int, is among values, which ascend.
// Each id goes to drop first.
func (k *KeyIndex) RemoveFirst(values []int32, drop func(id int32)) {
	for id, v := range k.keys[0].I32 {
		if _, found := slices.BinarySearch(values, v); found && k.used[id] {
			drop(int32(id))
			k.Remove(int32(id))
		}
	}
}

// entry returns the place of an id in the table.
func (k *KeyIndex) entry(id int32) *int32 {
	mask := uint64(len(k.table) - 1)
	for i := k.hashes[id] & mask; ; i = (i + 1) & mask {
		if k.table[i] == id+1 {
			return &k.table[i]
		}
	}
}

// Clear forgets all keys; ids start at 0 again.
func (k *KeyIndex) Clear() {
	switch {
	case k.filled == 0: // the table is empty
	case k.filled == k.live && 8*k.live < len(k.table): // a large table is dearer than its few keys
		for id, used := range k.used {
			if used {
				*k.entry(int32(id)) = 0
			}
		}
	default:
		clear(k.table)
	}
	for i := range k.keys {
		k.keys[i].Reset()
	}
	k.hashes, k.used, k.freed = k.hashes[:0], k.used[:0], k.freed[:0]
	k.filled, k.live = 0, 0
}

func (k *KeyIndex) hash(cols []*Column, n int) []uint64 {
	k.scratch = resize(k.scratch, n)
	if len(cols) == 1 && cols[0].Type == schema.String && len(cols[0].Arena) == 0 && len(cols[0].Nulls) == 0 {
		for i, s := range cols[0].Str[:n] { // the commonest key: one short string
			k.scratch[i] = Mix(hashSeed^s.hashInline(), hashMul)
		}
		return k.scratch
	}
	for i := range n {
		k.scratch[i] = hashRow(cols, i)
	}
	return k.scratch
}

const (
	hashSeed = 0x2d358dccaa6c78a5
	hashMul  = 0x8bb84b93962eacc9
)

func hashRow(cols []*Column, row int) uint64 {
	h := uint64(hashSeed)
	for _, c := range cols {
		h = Mix(h^c.hashAt(row), hashMul)
	}
	return h
}

// hashAt hashes one value; equal values (see KeyIndex) have equal hashes.
func (c *Column) hashAt(i int) uint64 {
	if c.IsNull(i) {
		if v, ok := c.Stray(i); ok {
			return hashObject(v)
		}
		if c.Type == schema.String {
			return nullText.Hash(nil)
		}
		return 0x1d8e4e27c47d124f
	}
	switch c.Type {
	case schema.String:
		return c.Str[i].Hash(c.Arena)
	case schema.Int:
		return uint64(c.I32[i])
	case schema.Long:
		return uint64(c.I64[i])
	case schema.Float:
		return uint64(floatBits32(c.F32[i]))
	case schema.Double:
		return floatBits64(c.F64[i])
	case schema.Bool:
		if c.Bool[i] {
			return 1
		}
		return 0
	case schema.Object:
		return hashObject(c.Obj[i])
	}
	return 0
}

func floatBits32(v float32) uint32 {
	if v != v {
		return 0x7fc00000
	}
	return math.Float32bits(v)
}

func floatBits64(v float64) uint64 {
	if v != v {
		return 0x7ff8000000000000
	}
	return math.Float64bits(v)
}

// find returns the id of a row's key, or None and the place to put it.
func (k *KeyIndex) find(cols []*Column, row int, h uint64) (id int32, at int) {
	mask := uint64(len(k.table) - 1)
	at = -1
	for i := h & mask; ; i = (i + 1) & mask {
		switch e := k.table[i]; {
		case e == 0:
			if at < 0 {
				at = int(i)
			}
			return None, at
		case e < 0:
			if at < 0 {
				at = int(i)
			}
		case k.hashes[e-1] == h && k.equal(e-1, cols, row):
			return e - 1, 0
		}
	}
}

func (k *KeyIndex) equal(id int32, cols []*Column, row int) bool {
	for i := range k.keys {
		if !SameKey(&k.keys[i], int(id), cols[i], row) || k.apart && k.keys[i].IsNull(int(id)) != cols[i].IsNull(row) {
			return false
		}
	}
	return true
}

// SameKey says whether two values of one type are the same key.
func SameKey(a *Column, i int, b *Column, j int) bool {
	if (a.strays != nil || b.strays != nil) && !sameStray(a, i, b, j) {
		return false
	}
	if a.Type == schema.String {
		x, y := a.Str[i], b.Str[j]
		if a.IsNull(i) {
			x = nullText
		}
		if b.IsNull(j) {
			y = nullText
		}
		return Equal(x, a.Arena, y, b.Arena)
	}
	if an, bn := a.IsNull(i), b.IsNull(j); an || bn {
		return an && bn
	}
	switch a.Type {
	case schema.Int:
		return a.I32[i] == b.I32[j]
	case schema.Long:
		return a.I64[i] == b.I64[j]
	case schema.Float:
		return floatBits32(a.F32[i]) == floatBits32(b.F32[j])
	case schema.Double:
		return floatBits64(a.F64[i]) == floatBits64(b.F64[j])
	case schema.Bool:
		return a.Bool[i] == b.Bool[j]
	case schema.Object:
		return sameObject(a.Obj[i], b.Obj[j])
	}
	return false
}

func (k *KeyIndex) add(cols []*Column, row int, h uint64, at int) int32 {
	if k.table[at] == 0 {
		k.filled++
	}
	var id int32
	if n := len(k.freed); n > 0 {
		id = k.freed[n-1]
		k.freed = k.freed[:n-1]
		k.hashes[id], k.used[id] = h, true
		for i := range k.keys {
			k.keys[i].SetFrom(int(id), cols[i], row)
		}
	} else {
		id = int32(len(k.used))
		k.hashes, k.used = append(k.hashes, h), append(k.used, true)
		for i := range k.keys {
			k.keys[i].AppendFrom(cols[i], row)
		}
	}
	k.table[at] = id + 1
	k.live++
	if 4*k.filled >= 3*len(k.table) {
		k.rehash()
	}
	return id
}

func (k *KeyIndex) rehash() {
	size := 16
	for size < 2*k.live+2 {
		size *= 2
	}
	k.table = make([]int32, 2*size)
	mask := uint64(len(k.table) - 1)
	for id, used := range k.used {
		if !used {
			continue
		}
		i := k.hashes[id] & mask
		for k.table[i] != 0 {
			i = (i + 1) & mask
		}
		k.table[i] = int32(id) + 1
	}
	k.filled = k.live
}
