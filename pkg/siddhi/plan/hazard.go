package plan

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/window"
)

// markHazards finds the streams whose batches must run chunk by chunk. Siddhi
// works depth first: a chunk runs through the first query and everything
// downstream of it, then through the second. Whole batches may run query by
// query only where nobody can tell the difference. From each stream on it looks
// at all that a chunk can reach:
//
//   - two writers of one stream, or a stream that leads back to itself;
//   - a join or pattern that is reached over two streams;
//   - a table or an aggregation that is written and also read, or written twice; a named window
//     that is inserted into and that a join looks rows up in;
//   - a partition that gets keys from one stream and sends another to all its keys;
//   - a window that refuses a null in what a function makes of a row; where it is in
//     the row itself, the batch is taken apart when it comes;
//   - an expression that can fail: the chunk must not reach later queries. But
//     where the stream has one reader, which fails before it does anything, the
//     batch is tried whole and taken apart only when it fails.
func markHazards(p *Plan) {
	g := newGraph(p)
	for _, j := range g.junctions {
		if why := g.hazard(j.Def); why != "" {
			j.OneByOne, j.Reason = true, why
			if j.apart != nil {
				j.apart()
			}
		}
		if g.loops(j.Def) {
			j.OneByOne, j.loops = true, true
		}
		var derived bool
		if j.refused, derived = g.refused(j.Def); derived && !j.OneByOne {
			j.OneByOne, j.Reason = true, "a window can refuse what a function has made of a row"
		}
		if readers := g.readers[j.Def]; len(readers) == 1 {
			j.retries = g.retriable(readers[0], j.Def)
		}
	}
}

// graph knows which queries read a stream.
type graph struct {
	junctions []*Junction
	timeless  map[*check.Query]bool // see Plan
	readers   map[*check.Stream][]*check.Query
}

func newGraph(p *Plan) *graph {
	g := &graph{timeless: p.timeless, readers: map[*check.Stream][]*check.Query{}}
	for _, q := range slices.Concat(p.App.Queries, p.pseudo) {
		for _, s := range inputs(q) {
			g.readers[s] = append(g.readers[s], q)
		}
	}
	for _, j := range p.Streams {
		g.add(j)
	}
	return g
}

// add lists j and the keyed sides behind it.
func (g *graph) add(j *Junction) {
	g.junctions = append(g.junctions, j)
	for _, r := range j.receivers {
		if r.entry != nil {
			g.add(r.entry)
		}
	}
}

// inputs returns the distinct streams that a query reads.
func inputs(q *check.Query) []*check.Stream {
	switch in := q.Input.(type) {
	case *check.SingleInput:
		return []*check.Stream{in.Stream}
	case *check.JoinInput:
		var all []*check.Stream
		for _, side := range in.Sides() {
			if enters(side) && !slices.Contains(all, side.Input.Stream) {
				all = append(all, side.Input.Stream)
			}
		}
		return all
	case *check.PatternInput:
		var all []*check.Stream
		seen := map[*check.Stream]bool{}
		for _, s := range in.Slots {
			if !seen[s.Stream] {
				seen[s.Stream] = true
				all = append(all, s.Stream)
			}
		}
		return all
	}
	return nil
}

// hazard returns why chunks of a stream must run one by one, or "".
func (g *graph) hazard(from *check.Stream) string {
	reached := map[*check.Stream]bool{from: true}
	entered := map[*check.Query]int{}  // over how many streams
	writers := map[*check.Stream]int{} // reached queries that insert into it
	written := map[*check.Table]int{}  // reached queries that write it
	read := map[*check.Table]bool{}    // by a reached query
	searched := map[*check.NamedWindow]bool{}
	keys, all := map[*check.Partition]bool{}, map[*check.Partition]bool{}
	queue := []*check.Stream{from}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for _, q := range g.readers[s] {
			if part := q.Partition; part != nil && s.Partition == nil {
				if listed(part, s) {
					keys[part] = true
				} else {
					all[part] = true
				}
				if keyFails(part, s) {
					return fmt.Sprintf("partition %s can fail to find the key of a row", part.Name)
				}
				if keys[part] && all[part] {
					return fmt.Sprintf("partition %s gets keys and sends rows to all of them", part.Name)
				}
			}
			entered[q]++
			if entered[q] > 1 {
				return fmt.Sprintf("query %s is reached over two streams", q.Name)
			}
			if s.Fault != nil && refuses(q) {
				return fmt.Sprintf("the window of query %s can refuse a row, for the fault stream !%s", q.Name, s.Name)
			}
			if (fallible(q) || g.timeless[q]) && !g.retriable(q, s) {
				return fmt.Sprintf("query %s can fail for a row", q.Name)
			}
			readTables(q, read)
			if w := lookedUp(q, s); w != nil {
				searched[w] = true
			}
			if t := writtenTable(q); t != nil {
				written[t]++
			}
			to := target(q)
			if to == nil {
				continue
			}
			writers[to]++
			if to == from {
				return fmt.Sprintf("query %s leads back to %s", q.Name, from.Name)
			}
			if writers[to] > 1 {
				return fmt.Sprintf("two queries insert into %s", to.Name)
			}
			if !reached[to] {
				reached[to] = true
				queue = append(queue, to)
			}
		}
	}
	for t, n := range written {
		if n > 1 || read[t] {
			return fmt.Sprintf("table %s is written and used by other steps", t.Name)
		}
	}
	for w := range searched {
		if reached[w.In] {
			return fmt.Sprintf("window %s is inserted into and searched by a join", w.Name)
		}
	}
	return ""
}

// lookedUp returns the named window in which a join searches for rows of s, or nil.
func lookedUp(q *check.Query, s *check.Stream) *check.NamedWindow {
	in, ok := q.Input.(*check.JoinInput)
	if !ok {
		return nil
	}
	for _, side := range in.Sides() {
		other := in.Other(side)
		if side.Triggers && side.Input.Stream == s && other.Input != nil && other.Input.Stream.Window != nil {
			return other.Input.Stream.Window
		}
	}
	return nil
}

// listed says whether rows of a stream get their key from the partition's `with`.
func listed(part *check.Partition, s *check.Stream) bool {
	return slices.ContainsFunc(part.Keys, func(k check.PartitionKey) bool { return k.Stream == s })
}

// keyFails says whether what gives rows of a stream their key can fail.
func keyFails(part *check.Partition, s *check.Stream) bool {
	return slices.ContainsFunc(part.Keys, func(k check.PartitionKey) bool {
		return k.Stream == s && (k.Value != nil && expr.Fallible(k.Value) ||
			slices.ContainsFunc(k.Ranges, func(r check.Range) bool { return expr.Fallible(r.Cond) }))
	})
}

// loops says whether a stream leads back to itself.
func (g *graph) loops(from *check.Stream) bool {
	seen := map[*check.Stream]bool{}
	queue := []*check.Stream{from}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if s.Fault != nil && !seen[s.Fault] {
			seen[s.Fault] = true
			queue = append(queue, s.Fault)
		}
		for _, q := range g.readers[s] {
			to := target(q)
			if to == from {
				return true
			}
			if to != nil && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return false
}

func target(q *check.Query) *check.Stream {
	if in, ok := q.Output.(*check.Insert); ok {
		return in.Stream
	}
	return nil
}

func writtenTable(q *check.Query) *check.Table {
	switch out := q.Output.(type) {
	case *check.Insert:
		return whole(out.Table)
	case *check.TableWrite:
		return whole(out.Table)
	}
	return nil
}

// whole returns the table that stands for all that is kept with t: of those of an
// aggregation the finest.
func whole(t *check.Table) *check.Table {
	if t != nil && t.Of != nil {
		return t.Of.Levels[0].Table
	}
	return t
}

// readTables notes the tables that a query reads, apart from those its own
// output looks rows up in.
func readTables(q *check.Query, read map[*check.Table]bool) {
	if in, ok := q.Input.(*check.JoinInput); ok {
		for _, side := range in.Sides() {
			switch {
			case side.Table != nil:
				read[whole(side.Table)] = true
			case side.Aggregation != nil:
				read[side.Aggregation.Of.Levels[0].Table] = true
			}
		}
	}
	for _, e := range expressions(q) {
		check.Walk(e, func(e check.Expr) {
			if in, ok := e.(*check.In); ok {
				read[whole(in.Table)] = true
			}
		})
	}
}

func fallible(q *check.Query) bool {
	if readsAggregation(q) {
		return true // within and per
	}
	for _, in := range singles(q) {
		if in.Window != nil && window.Fails(in.Window) {
			return true
		}
	}
	for _, f := range streamFunctions(q) {
		if f.Fn.Fails != nil && f.Fn.Fails(check.Describe(f.Args)) {
			return true
		}
	}
	for _, e := range expressions(q) {
		if expr.Fallible(e) {
			return true
		}
	}
	return false
}

// readsAggregation says whether a query is a join with an aggregation.
func readsAggregation(q *check.Query) bool {
	in, ok := q.Input.(*check.JoinInput)
	return ok && in.AnySide(func(s *check.JoinSide) bool { return s.Aggregation != nil })
}

// refuses says whether the window of a query has a guard, which leaves chunks out with an error.
func refuses(q *check.Query) bool {
	return slices.ContainsFunc(singles(q), func(in *check.SingleInput) bool {
		return in.Window != nil && window.Refused(in.Window) >= 0
	})
}

// refused returns the attributes of a stream in which a null has a reader leave the
// chunk out, which then nobody behind it must see. derived says that there are
// attributes of which the stream knows nothing, as a stream function adds them.
func (g *graph) refused(s *check.Stream) (attrs []int, derived bool) {
	for _, q := range g.readers[s] {
		for _, in := range singles(q) {
			if in.Stream != s || in.Window == nil {
				continue
			}
			if a := window.Refused(in.Window); a >= len(s.Attrs) {
				derived = true
			} else if a >= 0 {
				attrs = append(attrs, a)
			}
		}
	}
	slices.Sort(attrs)
	return slices.Compact(attrs), derived
}

// singles returns the streams with handlers that a query reads.
func singles(q *check.Query) []*check.SingleInput {
	switch input := q.Input.(type) {
	case *check.SingleInput:
		return []*check.SingleInput{input}
	case *check.JoinInput:
		var all []*check.SingleInput
		for _, side := range input.Sides() {
			if side.Input != nil {
				all = append(all, side.Input)
			}
		}
		return all
	}
	return nil
}

// streamFunctions returns the calls of stream functions and processors of a query.
func streamFunctions(q *check.Query) []*check.StreamFunction {
	var all []*check.StreamFunction
	for _, h := range handlers(q) {
		if f, ok := h.(*check.StreamFunction); ok {
			all = append(all, f)
		}
	}
	return all
}

// handlers returns those of the inputs of a query.
func handlers(q *check.Query) []check.Handler {
	var all []check.Handler
	for _, in := range singles(q) {
		all = slices.Concat(all, in.Before, in.After)
	}
	return all
}

// expressions returns every expression of a query.
func expressions(q *check.Query) []check.Expr {
	var all []check.Expr
	add := func(es ...check.Expr) {
		for _, e := range es {
			if e != nil {
				all = append(all, e)
			}
		}
	}
	for _, h := range handlers(q) {
		switch h := h.(type) {
		case *check.Filter:
			add(h.Cond)
		case *check.AggregateFilter:
			add(h.Select.Having)
			for _, a := range h.Select.HavingAggregates {
				add(a.Args...)
			}
		case *check.StreamFunction:
			add(h.Args...)
		}
	}
	for _, in := range singles(q) {
		if in.Window != nil {
			add(in.Window.Args...)
		}
	}
	switch in := q.Input.(type) {
	case *check.JoinInput:
		add(in.On)
		for _, side := range in.Sides() {
			if side.Aggregation != nil {
				add(side.Aggregation.Expressions()...)
			}
		}
	case *check.PatternInput:
		for _, s := range in.Slots {
			add(s.Filter)
		}
	}
	for _, it := range q.Select.Items {
		add(it.Expr)
	}
	for _, a := range q.Select.Aggregates {
		add(a.Args...)
	}
	for _, a := range q.Select.HavingAggregates {
		add(a.Args...)
	}
	add(q.Select.Having)
	if w, ok := q.Output.(*check.TableWrite); ok {
		add(w.On)
		for _, s := range w.Set {
			add(s.Value)
		}
	}
	return all
}
