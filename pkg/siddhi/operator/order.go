package operator

import (
	"cmp"
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// ordering applies order by, offset and limit to each chunk of a selector's
// output. As in Siddhi, runs of one kind are sorted apart, the sort is stable,
// nulls come last in both directions.
type ordering struct {
	by            []check.Order
	limit, offset int64
	strict        bool // the limit holds rows of all kinds back
	parts         func() bool
	rows          []int32
	ends          []int32
	out           *column.Buffer
	shown         int          // columns that leave; those behind them were only sorted by
	seen          column.Batch // they
	failed        error        // two values could not be compared
}

// newOrdering makes the ordering of a selector. As in Siddhi a snapshot of groups
// has no order and no offset, and its limit holds for expired rows too.
func newOrdering(sel *check.Select, opts Options) *ordering {
	if opts.EveryRow && len(sel.GroupBy) > 0 {
		return &ordering{limit: sel.Limit, strict: true, shown: len(sel.Items), out: column.NewBuffer(itemAttrs(sel))}
	}
	shown := len(sel.Out)
	if sel.GroupItems > 0 {
		shown = len(sel.Items)
	}
	return &ordering{
		by: sel.OrderBy, limit: sel.Limit, offset: sel.Offset, parts: opts.Parts, shown: shown, out: column.NewBuffer(itemAttrs(sel)),
	}
}

// apply returns the rows that remain, in order. single is set when a chunk has
// one row at most: sorting is idle then, and a limit of 0 holds it back whatever
// its kind.
func (o *ordering) apply(b *column.Batch, single bool) (*column.Batch, error) {
	o.rows, o.ends, o.failed = o.rows[:0], o.ends[:0], nil
	parts := o.parts != nil && o.parts()
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		first := len(o.rows)
		for r := lo; r < hi; r++ {
			o.rows = append(o.rows, int32(r))
		}
		if len(o.by) > 0 && !single {
			o.sortRuns(b, o.rows[first:])
		}
		held := false
		o.rows, held = o.cut(b, first, o.strict || single)
		if len(o.rows) == first {
			continue
		}
		o.ends = append(o.ends, int32(len(o.rows)))
		if parts && held { // as in Siddhi, where the rest is hung onto the row that was cut
			break
		}
	}
	if o.failed != nil {
		return nil, o.failed
	}
	o.out.Gather(b, o.rows, nil)
	if b.Ends != nil {
		o.out.UseEnds()
		o.out.Ends = append(o.out.Ends, o.ends...)
	}
	if o.shown < len(o.out.Cols) {
		v, b := &o.seen, &o.out.Batch
		v.N, v.Time, v.Kind, v.Ends, v.Key, v.Cols = b.N, b.Time, b.Kind, b.Ends, b.Key, b.Cols[:o.shown]
		return v, nil
	}
	return &o.out.Batch, nil
}

func (o *ordering) sortRuns(b *column.Batch, rows []int32) {
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && b.KindOf(int(rows[n])) == b.KindOf(int(rows[0])) {
			n++
		}
		slices.SortStableFunc(rows[:n], func(x, y int32) int { return o.compare(b, int(x), int(y)) })
		rows = rows[n:]
	}
}

func (o *ordering) compare(b *column.Batch, x, y int) int {
	for _, k := range o.by {
		c := b.Cols[k.Column]
		xn, yn := c.IsNull(x), c.IsNull(y)
		if xn || yn {
			if c.HasStrays() {
				if xn, yn = c.IsMissing(x), c.IsMissing(y); !xn && !yn {
					o.failed = fmt.Errorf("order by: values that are not %s cannot be compared", c.Type)
					return 0
				}
			}
			if xn == yn {
				continue
			}
			if xn {
				return 1
			}
			return -1
		}
		d := compareValues(c, x, y)
		if d == 0 {
			continue
		}
		if k.Desc {
			return -d
		}
		return d
	}
	return 0
}

func compareValues(c *column.Column, x, y int) int {
	switch c.Type {
	case schema.String:
		return column.Compare(&c.Str[x], c.Arena, &c.Str[y], c.Arena)
	case schema.Int:
		return cmp.Compare(c.I32[x], c.I32[y])
	case schema.Long:
		return cmp.Compare(c.I64[x], c.I64[y])
	case schema.Float:
		return javatext.CompareFloats(c.F32[x], c.F32[y])
	case schema.Double:
		return javatext.CompareFloats(c.F64[x], c.F64[y])
	case schema.Bool:
		switch {
		case c.Bool[x] == c.Bool[y]:
			return 0
		case c.Bool[x]:
			return 1
		}
		return -1
	case schema.Object:
		return int(int32(javatext.HashCode(c.Obj[x]) - javatext.HashCode(c.Obj[y])))
	}
	return 0
}

// cut applies offset and limit to the chunk whose rows start at first. As in
// Siddhi expired rows use up the limit, but are only held back by it if strict.
// held says whether the limit has cut the last row.
func (o *ordering) cut(b *column.Batch, first int, strict bool) (left []int32, held bool) {
	rows := o.rows
	chunk := rows[first:]
	kept, skipped, used := rows[:first], int64(0), int64(0)
	for _, r := range chunk {
		if b.KindOf(int(r)) == column.Reset { // no row to whoever counts
			kept = append(kept, r)
			continue
		}
		if skipped < o.offset {
			skipped++
			continue
		}
		if (strict || b.KindOf(int(r)) != column.Expired) && o.limit >= 0 && used >= o.limit {
			held = true
			continue
		}
		used++
		kept, held = append(kept, r), false
	}
	return kept, held
}
