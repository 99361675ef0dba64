package bench

// Input is all that is sent to one app in one pass.
type Input struct {
	// Prefill goes to its stream before the clock starts; nil: nothing does.
	Prefill *Columns
	// Streams holds the events of each input stream.
	Streams []Columns
	// Order says of each event, in the order of sending, the index of its
	// stream; nil when there is one stream.
	Order []uint8
}

// Events returns the number of events of all streams.
func (in *Input) Events() int {
	n := 0
	for i := range in.Streams {
		n += in.Streams[i].Len()
	}
	return n
}

// Cut is a run of events of one stream that is sent together: events Lo to Hi
// of Streams[Stream].
type Cut struct {
	Stream, Lo, Hi int
}

// Runs returns the events in the order of single sends, cut only where the
// stream changes.
func (in *Input) Runs() []Cut {
	if in.Order == nil {
		return []Cut{{Hi: in.Streams[0].Len()}}
	}
	var cuts []Cut
	next := make([]int, len(in.Streams))
	for i, s := range in.Order {
		stream := int(s)
		if i > 0 && in.Order[i-1] == s {
			cuts[len(cuts)-1].Hi++
		} else {
			cuts = append(cuts, Cut{Stream: stream, Lo: next[stream], Hi: next[stream] + 1})
		}
		next[stream]++
	}
	return cuts
}

// Batches returns the events cut into batches of size rows: each stream has
// its own buffer, which is sent when it is full; what is left at the end goes
// in the order of the streams. With several streams this changes the order of
// the events against Runs.
func (in *Input) Batches(size int) []Cut {
	var cuts []Cut
	if in.Order == nil {
		n := in.Streams[0].Len()
		for lo := 0; lo < n; lo += size {
			cuts = append(cuts, Cut{Lo: lo, Hi: min(lo+size, n)})
		}
		return cuts
	}
	open := make([]Cut, len(in.Streams))
	for i := range open {
		open[i].Stream = i
	}
	for _, s := range in.Order {
		c := &open[s]
		c.Hi++
		if c.Hi-c.Lo == size {
			cuts = append(cuts, *c)
			c.Lo = c.Hi
		}
	}
	for _, c := range open {
		if c.Hi > c.Lo {
			cuts = append(cuts, c)
		}
	}
	return cuts
}
