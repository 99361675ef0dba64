package bench

// filterLoop is W1: three columns compacted without a branch.
type filterLoop struct {
	*coded
	kept   int
	symbol [BatchRows + 1]uint32
	price  [BatchRows + 1]float32
	volume [BatchRows + 1]int32
}

func (f *filterLoop) run(lo, hi int) {
	symbol, price, volume := f.codes[lo:hi], f.prices()[lo:hi], f.volumes()[lo:hi]
	kept := 0
	for i, p := range price {
		f.symbol[kept], f.price[kept], f.volume[kept] = symbol[i], p, volume[i]
		if p < 700 {
			kept++
		}
	}
	f.kept = kept
}

func (f *filterLoop) rows() *Columns {
	return outRows(f.text(f.symbol[:f.kept]), floatColumn("", f.price[:f.kept]), intColumn("", f.volume[:f.kept]))
}

// functionLoop is W2: a loop for each output attribute.
type functionLoop struct {
	*coded
	n      int
	lo     int
	v      [BatchRows]float64
	m      [BatchRows]int32
	high   [BatchRows]bool
	note   [BatchRows]uint32
	mx     [BatchRows]float32
	second [BatchRows]int64
}

func (f *functionLoop) run(lo, hi int) {
	f.lo, f.n = lo, hi-lo
	price, volume, times := f.prices()[lo:hi], f.volumes()[lo:hi], f.Streams[0].Cols[3].Longs[lo:hi]
	for i, p := range price {
		// The conversion keeps the product from being fused with the sum.
		f.v[i] = float64(float64(p)*1.1) + float64(volume[i])
	}
	for i, v := range volume {
		f.m[i] = v%7*3 + 1
	}
	for i, p := range price {
		f.high[i] = p > 500
		f.mx[i] = max(p, 250)
	}
	symbol := f.codes[lo:hi]
	for i, n := range f.notes[lo:hi] {
		if n == noNote {
			n = symbol[i]
		}
		f.note[i] = n
	}
	for i, ts := range times {
		f.second[i] = ts / 1000
	}
}

func (f *functionLoop) rows() *Columns {
	band := make([]string, f.n)
	for i := range band {
		if band[i] = "low"; f.high[i] {
			band[i] = "high"
		}
	}
	return outRows(f.text(f.codes[f.lo:f.lo+f.n]), doubleColumn("", f.v[:f.n]), intColumn("", f.m[:f.n]),
		stringColumn("", band), f.text(f.note[:f.n]), floatColumn("", f.mx[:f.n]), longColumn("", f.second[:f.n]))
}

// lookupLoop is W10a where the primary keys are dense and the table an array.
type lookupLoop struct {
	*coded
	name  []uint32
	value []float64

	kept      int
	outID     [BatchRows + 1]int64
	outName   [BatchRows + 1]uint32
	outAmount [BatchRows + 1]float64
}

func newLookupLoop(in *coded) *lookupLoop {
	l := &lookupLoop{coded: in}
	l.fill()
	return l
}

// fill takes over the table; the names get numbers of their own.
func (l *lookupLoop) fill() {
	table := l.Prefill
	l.value = table.Cols[2].Doubles
	l.name = make([]uint32, table.Len())
	numbers := map[string]uint32{}
	l.texts = nil
	for row, text := range table.Cols[1].Strings {
		n, ok := numbers[text]
		if !ok {
			n = uint32(len(l.texts))
			numbers[text] = n
			l.texts = append(l.texts, text)
		}
		l.name[row] = n
	}
}

func (l *lookupLoop) run(lo, hi int) {
	ids, qty := l.Streams[0].Cols[0].Longs[lo:hi], l.Streams[0].Cols[1].Ints[lo:hi]
	kept := 0
	for i, id := range ids {
		if uint64(id) < uint64(len(l.value)) {
			l.outID[kept], l.outName[kept], l.outAmount[kept] = id, l.name[id], l.value[id]*float64(qty[i])
			kept++
		}
	}
	l.kept = kept
}

func (l *lookupLoop) rows() *Columns {
	n := l.kept
	return outRows(longColumn("", l.outID[:n]), l.text(l.outName[:n]), doubleColumn("", l.outAmount[:n]))
}

// hashLookupLoop is W10a as an engine can have it: any long may be a key, so
// that a row is found by a hash table with linear probing.
type hashLookupLoop struct {
	lookupLoop
	slots []idSlot
}

type idSlot struct {
	id  int64
	row int32 // 0: the slot is free, else the row plus 1
}

const idSlots = 1 << 18

func newHashLookupLoop(in *coded) *hashLookupLoop {
	h := &hashLookupLoop{lookupLoop: lookupLoop{coded: in}, slots: make([]idSlot, idSlots)}
	h.fill()
	for row, id := range in.Prefill.Cols[0].Longs {
		at := idHash(id)
		for h.slots[at].row != 0 {
			at = (at + 1) & (idSlots - 1)
		}
		h.slots[at] = idSlot{id, int32(row + 1)}
	}
	return h
}

func idHash(id int64) uint64 { return uint64(id) * 0x9e3779b97f4a7c15 >> 46 }

func (h *hashLookupLoop) run(lo, hi int) {
	ids, qty := h.Streams[0].Cols[0].Longs[lo:hi], h.Streams[0].Cols[1].Ints[lo:hi]
	slots := h.slots[:idSlots]
	kept := 0
	for i, id := range ids {
		at := idHash(id)
		for slots[at].row != 0 && slots[at].id != id {
			at = (at + 1) & (idSlots - 1)
		}
		if slots[at].row == 0 {
			continue
		}
		row := slots[at].row - 1
		h.outID[kept], h.outName[kept], h.outAmount[kept] = id, h.name[row], h.value[row]*float64(qty[i])
		kept++
	}
	h.kept = kept
}
