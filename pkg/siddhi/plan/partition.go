package plan

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
)

// partition is one partition's keys and the keyed side of the streams that enter it.
type partition struct {
	keys    *operator.Keys
	entries map[*check.Stream]*Junction
	values  map[*check.Stream]check.PartitionKey
	purge   *operator.Purge // nil without @purge
	selects []*operator.Select
}

// groups counts the keys of groups, with that of the partition, for which there are aggregates.
func (p *partition) groups() int {
	if len(p.selects) == 1 {
		return p.selects[0].Groups()
	}
	keys := map[string]bool{}
	for _, s := range p.selects {
		s.NameGroups(func(key []byte) { keys[string(key)] = true })
	}
	return len(keys)
}

func (b *builder) partition(def *check.Partition) error {
	t := def.Keys[0].Type()
	for _, k := range def.Keys[1:] {
		if k.Type() != t {
			return fmt.Errorf("partition %s: its keys have types %s and %s; convert them to one type", def.Name, t, k.Type())
		}
	}
	part := &partition{keys: operator.NewKeys(t), entries: map[*check.Stream]*Junction{}, values: map[*check.Stream]check.PartitionKey{}}
	for _, k := range def.Keys {
		part.values[k.Stream] = k
	}
	for _, s := range def.Inner {
		b.plan.Streams[s] = b.plan.newJunction(s)
	}
	b.keys[def] = part
	b.plan.States = append(b.plan.States, Named{"partition/" + def.Name, part.keys})
	if def.Purge != nil {
		b.purge(part, def)
	}
	return nil
}

// source returns the junction that a query reads stream from: the stream's own
// or, inside a partition, its keyed side.
func (b *builder) source(q *check.Query, s *check.Stream) (*Junction, error) {
	if q.Partition == nil || s.Partition != nil {
		return b.plan.Streams[s], nil
	}
	part := b.keys[q.Partition]
	if j := part.entries[s]; j != nil {
		return j, nil
	}
	j := b.plan.newJunction(s)
	j.raises = true
	entry, err := b.entry(part, s)
	if err != nil {
		return nil, err
	}
	if e, ok := entry.(apart); ok {
		j.apart = e.Apart
	}
	part.entries[s] = j
	b.plan.Streams[s].subscribe(q, flow.Chain([]flow.Operator{entry}, j.Push), j)
	return j, nil
}

// timers makes the scheduler of an operator of q.
func (b *builder) timers(q *Query) Timers {
	t := b.env.NewTimers()
	if part := q.Def.Partition; part != nil {
		t.OrderBy(b.keys[part].keys, b.keys[part].groups)
	}
	return t
}

// place is window.Options.Place in q.
func (b *builder) place(q *Query) func(key int32, buckets uint32) uint32 {
	if q.Def.Partition == nil {
		return nil
	}
	return b.keys[q.Def.Partition].keys.PlaceIn
}

// apart is an entry that can hand on the rows of each key by themselves.
type apart interface{ Apart() }

// entry makes what gives rows of s their keys.
func (b *builder) entry(part *partition, s *check.Stream) (flow.Operator, error) {
	k, ok := part.values[s]
	switch {
	case !ok:
		return operator.NewToAll(part.keys, s.Attrs), nil
	case k.Value != nil:
		value, err := expr.Compile(k.Value, b.expr)
		if err != nil {
			return nil, fmt.Errorf("partition key of %s: %w", s.Name, err)
		}
		b.noteExpr(k.Value)
		return operator.NewByValue(part.keys, value, s.Attrs), nil
	}
	labels := make([]operator.Label, len(k.Ranges))
	for i, r := range k.Ranges {
		cond, err := expr.CompilePredicate(r.Cond, b.expr)
		if err != nil {
			return nil, fmt.Errorf("range '%s' of %s: %w", r.Label, s.Name, err)
		}
		b.noteExpr(r.Cond)
		labels[i] = operator.Label{Text: r.Label, Cond: cond}
	}
	return operator.NewByRange(part.keys, labels, s.Attrs), nil
}
