package bench

// lengthLoop is W3: a ring of the last 1,000 events, sums by symbol, and a
// sliding maximum by symbol.
type lengthLoop struct {
	*coded
	ring   [1024]tradeRow // slot i&1023; the window is the last 1,000 of them
	next   int
	groups []lengthGroup

	lo, n int
	ap    [BatchRows]float64
	sv    [BatchRows]int64
	mp    [BatchRows]float32
}

type tradeRow struct {
	symbol uint32
	price  float32
	volume int32
}

type lengthGroup struct {
	sum   float64
	count int64
	vol   int64
	top   slidingMax
}

func newLengthLoop(in *coded) *lengthLoop {
	l := &lengthLoop{coded: in, groups: make([]lengthGroup, len(in.texts))}
	for i := range l.groups {
		l.groups[i].top.ring = make([]float32, 16)
	}
	return l
}

func (l *lengthLoop) run(lo, hi int) {
	l.lo, l.n = lo, hi-lo
	symbol, price, volume := l.codes[lo:hi], l.prices()[lo:hi], l.volumes()[lo:hi]
	for i, s := range symbol {
		if l.next >= 1000 {
			old := &l.ring[(l.next-1000)&1023]
			g := &l.groups[old.symbol]
			g.sum -= float64(old.price)
			g.count--
			g.vol -= int64(old.volume)
			g.top.remove(old.price)
		}
		l.ring[l.next&1023] = tradeRow{s, price[i], volume[i]}
		l.next++
		g := &l.groups[s]
		g.sum += float64(price[i])
		g.count++
		g.vol += int64(volume[i])
		g.top.add(price[i])
		l.ap[i], l.sv[i], l.mp[i] = g.sum/float64(g.count), g.vol, g.top.max()
	}
}

func (l *lengthLoop) rows() *Columns {
	return outRows(l.text(l.codes[l.lo:l.lo+l.n]), doubleColumn("", l.ap[:l.n]), longColumn("", l.sv[:l.n]), floatColumn("", l.mp[:l.n]))
}

// slidingMax is a queue of falling values, of which the first is the maximum.
// Equal values all stay, so that each leaves with its own event.
type slidingMax struct {
	ring        []float32 // a power of two long
	first, past uint32
}

func (m *slidingMax) max() float32 { return m.ring[m.first&uint32(len(m.ring)-1)] }

func (m *slidingMax) add(v float32) {
	mask := uint32(len(m.ring) - 1)
	for m.past != m.first && m.ring[(m.past-1)&mask] < v {
		m.past--
	}
	if m.past-m.first == mask+1 {
		wider := make([]float32, 2*len(m.ring))
		for i := m.first; i != m.past; i++ {
			wider[i&(2*mask+1)] = m.ring[i&mask]
		}
		m.ring, mask = wider, 2*mask+1
	}
	m.ring[m.past&mask] = v
	m.past++
}

// remove forgets the oldest value: it is in the queue only if it is the first.
func (m *slidingMax) remove(v float32) {
	if m.max() == v {
		m.first++
	}
}

// tumblingLoop is W5: sums by symbol, given out when the second is over.
type tumblingLoop struct {
	*coded
	end    int64
	groups []tumblingGroup
	seen   []uint32 // symbols of the open window, in order of their first event

	symbol []uint32
	sp     []float64
	c      []int64
}

type tumblingGroup struct {
	sum   float64
	count int64
}

func newTumblingLoop(in *coded) *tumblingLoop {
	return &tumblingLoop{coded: in, groups: make([]tumblingGroup, len(in.texts)), end: startMillis + 1000}
}

func (l *tumblingLoop) run(lo, hi int) {
	symbol, price, times := l.codes[lo:hi], l.prices()[lo:hi], l.Streams[0].Cols[3].Longs[lo:hi]
	l.symbol, l.sp, l.c = l.symbol[:0], l.sp[:0], l.c[:0]
	for i := 0; i < len(times); {
		stop := i
		if times[len(times)-1] < l.end {
			stop = len(times)
		} else {
			for times[stop] < l.end {
				stop++
			}
		}
		for k, s := range symbol[i:stop] {
			g := &l.groups[s]
			if g.count == 0 {
				l.seen = append(l.seen, s)
			}
			g.sum += float64(price[i+k])
			g.count++
		}
		if i = stop; i < len(times) {
			l.flush()
			l.end += (times[i]-l.end)/1000*1000 + 1000
		}
	}
}

func (l *tumblingLoop) flush() {
	for _, s := range l.seen {
		g := &l.groups[s]
		l.symbol = append(l.symbol, s)
		l.sp = append(l.sp, g.sum)
		l.c = append(l.c, g.count)
		*g = tumblingGroup{}
	}
	l.seen = l.seen[:0]
}

func (l *tumblingLoop) rows() *Columns {
	return outRows(l.text(l.symbol), doubleColumn("", l.sp), longColumn("", l.c))
}

// keyedLoop is W6: a window of 10 events for each symbol.
type keyedLoop struct {
	*coded
	keys []keyedWindow

	lo, n int
	ap    [BatchRows]float64
	sv    [BatchRows]int64
}

type keyedWindow struct {
	price       [10]float32
	volume      [10]int32
	count, next int32
	vol         int64
	sum         float64
}

func newKeyedLoop(in *coded) *keyedLoop {
	return &keyedLoop{coded: in, keys: make([]keyedWindow, len(in.texts))}
}

func (l *keyedLoop) run(lo, hi int) {
	l.lo, l.n = lo, hi-lo
	price, volume := l.prices()[lo:hi], l.volumes()[lo:hi]
	for i, s := range l.codes[lo:hi] {
		k := &l.keys[s]
		at := k.next
		if k.count == 10 {
			k.sum -= float64(k.price[at])
			k.vol -= int64(k.volume[at])
		} else {
			k.count++
		}
		k.price[at], k.volume[at] = price[i], volume[i]
		if k.next++; k.next == 10 {
			k.next = 0
		}
		k.sum += float64(price[i])
		k.vol += int64(volume[i])
		l.ap[i], l.sv[i] = k.sum/float64(k.count), k.vol
	}
}

func (l *keyedLoop) rows() *Columns {
	return outRows(l.text(l.codes[l.lo:l.lo+l.n]), doubleColumn("", l.ap[:l.n]), longColumn("", l.sv[:l.n]))
}

// patternLoop is W7 and W7b: the open first events of each symbol. Those are
// all above 900, so that no other event can start or end a match.
type patternLoop struct {
	*coded
	open [][]openMatch

	symbol []uint32
	p1, p2 []float32
}

type openMatch struct {
	price float32
	time  int64
}

func newPatternLoop(in *coded) *patternLoop {
	return &patternLoop{coded: in, open: make([][]openMatch, len(in.texts))}
}

func (l *patternLoop) run(lo, hi int) {
	l.symbol, l.p1, l.p2 = l.symbol[:0], l.p1[:0], l.p2[:0]
	symbol, times := l.codes[lo:hi], l.Streams[0].Times[lo:hi]
	for i, p := range l.prices()[lo:hi] {
		if p <= 900 {
			continue
		}
		s := symbol[i]
		left := l.open[s][:0]
		for _, e1 := range l.open[s] {
			switch {
			case times[i]-e1.time > 5000: // too old
			case p > e1.price:
				l.symbol = append(l.symbol, s)
				l.p1 = append(l.p1, e1.price)
				l.p2 = append(l.p2, p)
			default:
				left = append(left, e1)
			}
		}
		l.open[s] = append(left, openMatch{p, times[i]})
	}
}

func (l *patternLoop) rows() *Columns {
	return outRows(l.text(l.symbol), floatColumn("", l.p1), floatColumn("", l.p2))
}
