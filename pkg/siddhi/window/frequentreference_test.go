package window

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/column"
)

// counts are keys as a Java hash table has them: in the order of their hashes,
// not that of their coming. It has 16 places, and twice as many whenever three of
// four are taken.
type counts struct {
	keys  []string // in the order of their coming
	count map[string]int
	last  map[string]refRow
	since map[string]int
	size  uint32
}

func newCounts() counts {
	return counts{count: map[string]int{}, last: map[string]refRow{}, since: map[string]int{}, size: 16}
}

func (c *counts) place(key string) uint32 {
	h := uint32(0)
	for i := range key { // the tests' keys are ASCII
		h = h*31 + uint32(key[i])
	}
	return (h ^ h>>16) % c.size
}

func (c *counts) add(key string) {
	c.keys = append(c.keys, key)
	c.count[key] = 1
	if len(c.keys) == int(c.size/4*3) {
		c.size *= 2
	}
}

func (c *counts) ordered() []string {
	list := slices.Clone(c.keys)
	slices.SortStableFunc(list, func(a, b string) int { return int(c.place(a)) - int(c.place(b)) })
	return list
}

func (c *counts) remove(key string) {
	c.keys = slices.DeleteFunc(c.keys, func(k string) bool { return k == key })
	delete(c.count, key)
}

type refFrequent struct {
	w *refRun
	n int
	counts
}

func (r *refFrequent) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		switch {
		case r.count[e.sym] > 0:
			r.count[e.sym]++
		case len(r.keys) < r.n:
			r.add(e.sym)
		default:
			left := false
			for _, k := range r.ordered() {
				if r.count[k]--; r.count[k] == 0 {
					out = append(out, r.last[k].as(column.Expired, r.w.now))
					r.remove(k)
					left = true
				}
			}
			if !left {
				continue
			}
			r.add(e.sym)
		}
		r.last[e.sym] = e
		out = append(out, e.as(column.Current, e.time))
	}
	r.w.emit(out)
}

type refLossyFrequent struct {
	w              *refRun
	support, bound float64
	total          int
	counts
}

func (r *refLossyFrequent) chunk(rows []refRow) {
	var out []outRow
	width := math.Ceil(1 / r.bound)
	for _, e := range rows {
		r.total++
		bucket := int(math.Ceil(float64(r.total) / width))
		if r.count[e.sym] > 0 {
			r.count[e.sym]++
		} else {
			r.add(e.sym)
			r.since[e.sym] = bucket - 1
		}
		r.last[e.sym] = e
		if float64(r.count[e.sym]) >= (r.support-r.bound)*float64(r.total) {
			out = append(out, e.as(column.Current, e.time))
		}
		if r.total%int(width) != 0 {
			continue
		}
		for _, k := range r.ordered() {
			if r.count[k]+r.since[k] <= bucket {
				out = append(out, r.last[k].as(column.Expired, r.w.now))
				r.remove(k)
			}
		}
	}
	r.w.emit(out)
}
