package bench

import (
	"slices"
	"testing"
)

func TestNexmarkReferences(t *testing.T) {
	references := map[string]func(*Input, []Cut) Result{
		"NX1": nexmarkProjection,
		"NX2": nexmarkFilter,
		"NX3": nexmarkLocalItems,
		"NX4": nexmarkAverages,
		"NX7": nexmarkHighest,
		"NX8": nexmarkNewUsers,
	}
	for name, reference := range references {
		t.Run(name, func(t *testing.T) {
			w, err := Find(name)
			if err != nil {
				t.Fatal(err)
			}
			in := w.Input()
			if got := reference(in, in.Runs()); got != w.Want.Single {
				t.Errorf("single: got %v, want %v", got, w.Want.Single)
			}
			if got := reference(in, in.Batches(BatchRows)); got != w.Want.Batched {
				t.Errorf("batches: got %v, want %v", got, w.Want.Batched)
			}
		})
	}
}

// eachRow calls f with the stream's columns for every event of the cuts.
func eachRow(in *Input, cuts []Cut, f func(stream int, cols []Column, row int)) {
	for _, cut := range cuts {
		for row := cut.Lo; row < cut.Hi; row++ {
			f(cut.Stream, in.Streams[cut.Stream].Cols, row)
		}
	}
}

func nexmarkProjection(in *Input, cuts []Cut) Result {
	var c collector
	eachRow(in, cuts, func(stream int, cols []Column, row int) {
		if stream == nexmarkBid {
			c.row(uint64(cols[0].Longs[row]), uint64(cols[1].Longs[row]), double(0.908*float64(cols[2].Longs[row])),
				uint64(cols[5].Longs[row]), hashString("x"))
		}
	})
	return c.Result
}

func nexmarkFilter(in *Input, cuts []Cut) Result {
	var c collector
	eachRow(in, cuts, func(stream int, cols []Column, row int) {
		if stream == nexmarkBid && cols[0].Longs[row]%123 == 0 {
			c.row(uint64(cols[0].Longs[row]), uint64(cols[2].Longs[row]))
		}
	})
	return c.Result
}

func nexmarkLocalItems(in *Input, cuts []Cut) Result {
	var c collector
	type person struct{ name, city, state string }
	people := map[int64]person{}
	eachRow(in, cuts, func(stream int, cols []Column, row int) {
		switch stream {
		case nexmarkPerson:
			if state := cols[5].Strings[row]; state == "OR" || state == "ID" || state == "CA" {
				people[cols[0].Longs[row]] = person{cols[1].Strings[row], cols[4].Strings[row], state}
			}
		case nexmarkAuction:
			p, known := people[cols[7].Longs[row]]
			if known && cols[8].Longs[row] == 10 {
				c.row(hashString(p.name), hashString(p.city), hashString(p.state), uint64(cols[0].Longs[row]))
			}
		}
	})
	return c.Result
}

func nexmarkAverages(in *Input, cuts []Cut) Result {
	type auction struct{ category, from, to, highest int64 }
	auctions := map[int64]*auction{}
	eachRow(in, cuts, func(stream int, cols []Column, row int) {
		switch stream {
		case nexmarkAuction:
			auctions[cols[0].Longs[row]] = &auction{cols[8].Longs[row], cols[5].Longs[row], cols[6].Longs[row], -1}
		case nexmarkBid:
			a, time := auctions[cols[0].Longs[row]], cols[5].Longs[row]
			if a != nil && a.from <= time && time <= a.to {
				a.highest = max(a.highest, cols[2].Longs[row])
			}
		}
	})
	sums, counts := map[int64]float64{}, map[int64]float64{}
	for _, a := range auctions {
		if a.highest >= 0 {
			sums[a.category] += float64(a.highest)
			counts[a.category]++
		}
	}
	var c collector
	for category, sum := range sums {
		c.row(uint64(category), double(sum/counts[category]))
	}
	return c.Result
}

func nexmarkHighest(in *Input, cuts []Cut) Result {
	var c collector
	best, end := -1, startMillis+10_000
	var cols []Column
	eachRow(in, cuts, func(stream int, bids []Column, row int) {
		if stream != nexmarkBid {
			return
		}
		cols = bids
		if time := cols[5].Longs[row]; time >= end {
			c.row(uint64(cols[0].Longs[best]), uint64(cols[2].Longs[best]), uint64(cols[1].Longs[best]),
				uint64(cols[5].Longs[best]), hashString("x"))
			end += (time-end)/10_000*10_000 + 10_000
			best = row
		} else if best < 0 || cols[2].Longs[row] > cols[2].Longs[best] {
			best = row
		}
	})
	return c.Result
}

// nexmarkNewUsers joins each window that is complete with the last complete one
// of the other stream.
func nexmarkNewUsers(in *Input, cuts []Cut) Result {
	type side struct {
		end            int64
		open, complete []int // rows
	}
	var c collector
	var sides [2]side
	people, auctions := in.Streams[nexmarkPerson].Cols, in.Streams[nexmarkAuction].Cols
	match := func(person, auction int) {
		if people[0].Longs[person] == auctions[7].Longs[auction] {
			c.row(uint64(people[0].Longs[person]), hashString(people[1].Strings[person]), uint64(auctions[0].Longs[auction]))
		}
	}
	times := [2][]int64{people[6].Longs, auctions[5].Longs}
	eachRow(in, cuts, func(stream int, _ []Column, row int) {
		if stream == nexmarkBid {
			return
		}
		s, other := &sides[stream], &sides[1-stream]
		time := times[stream][row]
		if s.end == 0 {
			s.end = time + 10_000
		}
		if time >= s.end {
			for _, a := range s.open {
				for _, b := range other.complete {
					if stream == nexmarkPerson {
						match(a, b)
					} else {
						match(b, a)
					}
				}
			}
			s.complete, s.open = s.open, nil
			s.end += (time-s.end)/10_000*10_000 + 10_000
		}
		s.open = append(s.open, row)
	})
	return c.Result
}

// NX5 has no reference: at least its events are counted and its columns whole.
func TestNexmarkShape(t *testing.T) {
	in := nexmarkInput(5_000)
	for i, want := range []int{100, 300, 4_600} {
		if got := in.Streams[i].Len(); got != want {
			t.Errorf("stream %s has %d events, want %d", in.Streams[i].Stream, got, want)
		}
	}
	if got := in.Order[:6]; !slices.Equal(got, []uint8{0, 1, 1, 1, 2, 2}) {
		t.Errorf("the order begins with %v", got)
	}
}
