package bench

import "strconv"

// startMillis is the time of the first event of every workload.
const startMillis = int64(1_700_000_000_000)

// trades makes n events of the common stream with the given number of symbols
// and perMilli events a millisecond. Prices are multiples of 0.25, so that sums
// of them are exact in any order.
func trades(n, symbols, perMilli int) Columns {
	names := make([]string, symbols)
	for i := range names {
		names[i] = "S" + strconv.Itoa(i)
	}
	symbol := make([]string, n)
	price := make([]float32, n)
	volume := make([]int32, n)
	times := make([]int64, n)
	g := lcg(seed)
	for i := range n {
		symbol[i] = names[g.draw()%symbols]
		price[i] = float32(g.draw()%4000) * 0.25
		volume[i] = int32(g.draw() % 1000)
		times[i] = startMillis + int64(i/perMilli)
	}
	return Columns{Stream: "S", Times: times, Cols: []Column{
		stringColumn("symbol", symbol), floatColumn("price", price),
		intColumn("volume", volume), longColumn("ts", times),
	}}
}

// tradesInput returns the generator of a workload on the common stream.
func tradesInput(symbols, perMilli int) func(n int) *Input {
	return func(n int) *Input {
		return &Input{Streams: []Columns{trades(n, symbols, perMilli)}}
	}
}

// notesInput makes the common stream with a further attribute, note, which is
// null where the volume is a multiple of 3.
func notesInput(n int) *Input {
	c := trades(n, 100, 100)
	var texts [10]string
	for i := range texts {
		texts[i] = "n" + strconv.Itoa(i)
	}
	notes := stringColumn("note", make([]string, n))
	notes.Nulls = make([]bool, n)
	for i, volume := range c.Cols[2].Ints {
		if volume%3 == 0 {
			notes.Nulls[i] = true
		} else {
			notes.Strings[i] = texts[volume%10]
		}
	}
	c.Cols = append(c.Cols, notes)
	return &Input{Streams: []Columns{c}}
}

// ordersInput makes n events which look up ids of a table of 100,000 rows, of
// which one in eleven is missing.
func ordersInput(n int) *Input {
	id := make([]int64, n)
	qty := make([]int32, n)
	times := make([]int64, n)
	g := lcg(seed)
	for i := range n {
		id[i] = int64(g.draw() % 110_000)
		qty[i] = int32(g.draw() % 1000)
		times[i] = startMillis + int64(i/100)
	}
	return &Input{Prefill: tableRows(100_000), Streams: []Columns{{Stream: "S", Times: times, Cols: []Column{
		longColumn("id", id), intColumn("qty", qty), longColumn("ts", times),
	}}}}
}

// tableRows makes the rows that fill the table before the clock starts.
func tableRows(n int) *Columns {
	id := make([]int64, n)
	name := make([]string, n)
	value := make([]float64, n)
	times := make([]int64, n)
	for i := range n {
		id[i] = int64(i)
		name[i] = "N" + strconv.Itoa(i%1000)
		value[i] = float64(i) * 0.5
		times[i] = startMillis
	}
	return &Columns{Stream: "L", Times: times, Cols: []Column{
		longColumn("id", id), stringColumn("name", name), doubleColumn("v", value),
	}}
}

// sidesInput returns the generator of two streams that alternate, 10 events a
// millisecond, with the given number of keys.
func sidesInput(keys int) func(n int) *Input {
	return func(n int) *Input {
		in := &Input{Streams: []Columns{side("A", n), side("B", n)}, Order: make([]uint8, n)}
		g := lcg(seed)
		for i := range n {
			s := i & 1
			in.Order[i] = uint8(s)
			c := &in.Streams[s]
			time := startMillis + int64(i/10)
			c.Times = append(c.Times, time)
			c.Cols[0].Ints = append(c.Cols[0].Ints, int32(g.draw()%keys))
			c.Cols[1].Ints = append(c.Cols[1].Ints, int32(g.draw()%1000))
			c.Cols[2].Longs = append(c.Cols[2].Longs, time)
		}
		return in
	}
}

// side returns an empty stream with room for half of n events.
func side(name string, n int) Columns {
	half := (n + 1) / 2
	return Columns{Stream: name, Times: make([]int64, 0, half), Cols: []Column{
		intColumn("k", make([]int32, 0, half)), intColumn("v", make([]int32, 0, half)),
		longColumn("ts", make([]int64, 0, half)),
	}}
}
