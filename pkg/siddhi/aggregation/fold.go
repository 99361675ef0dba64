package aggregation

import (
	"cmp"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// sum adds the values of src to those of the rows with the given ids; nulls add nothing.
// What is null in dst is zero.
func sum(dst, src *column.Column, ids []int32) {
	if dst.Type == schema.Long {
		addTo(dst.I64, dst.Nulls, src.I64, src.Nulls, ids)
	} else {
		addTo(dst.F64, dst.Nulls, src.F64, src.Nulls, ids)
	}
}

func addTo[T int64 | float64](dst []T, null []bool, src []T, srcNull []bool, ids []int32) {
	for r, id := range ids {
		if len(srcNull) != 0 && srcNull[r] {
			continue
		}
		dst[id] += src[r]
		null[id] = false
	}
}

// extreme keeps the least, or the greatest, of the values in dst and src.
func extreme(dst, src *column.Column, ids []int32, least bool) {
	switch dst.Type {
	case schema.Int:
		extremeOf(dst.I32, dst.Nulls, src.I32, src.Nulls, ids, least)
	case schema.Long:
		extremeOf(dst.I64, dst.Nulls, src.I64, src.Nulls, ids, least)
	case schema.Float:
		extremeOf(dst.F32, dst.Nulls, src.F32, src.Nulls, ids, least)
	case schema.Double:
		extremeOf(dst.F64, dst.Nulls, src.F64, src.Nulls, ids, least)
	}
}

func extremeOf[T cmp.Ordered](dst []T, null []bool, src []T, srcNull []bool, ids []int32, least bool) {
	for r, id := range ids {
		v := src[r]
		switch {
		case len(srcNull) != 0 && srcNull[r]:
		case null[id], least && v < dst[id], !least && v > dst[id]:
			dst[id], null[id] = v, false
		}
	}
}

// replace sets the rows with the ids of the given rows of src to their values.
func replace(dst, src *column.Column, ids, rows []int32) {
	switch dst.Type {
	case schema.Int:
		replaceIn(dst.I32, dst.Nulls, src.I32, src.Nulls, ids, rows)
	case schema.Long:
		replaceIn(dst.I64, dst.Nulls, src.I64, src.Nulls, ids, rows)
	case schema.Float:
		replaceIn(dst.F32, dst.Nulls, src.F32, src.Nulls, ids, rows)
	case schema.Double:
		replaceIn(dst.F64, dst.Nulls, src.F64, src.Nulls, ids, rows)
	case schema.Bool:
		replaceIn(dst.Bool, dst.Nulls, src.Bool, src.Nulls, ids, rows)
	default:
		for _, r := range rows {
			dst.SetFrom(int(ids[r]), src, int(r))
		}
	}
}

func replaceIn[T any](dst []T, null []bool, src []T, srcNull []bool, ids, rows []int32) {
	for _, r := range rows {
		id := ids[r]
		dst[id] = src[r] // zero under a null
		null[id] = len(srcNull) != 0 && srcNull[r]
	}
}

// regroup is replace for values of group by. Values of one key are the same, but
// that null and the text "null" are one key.
func regroup(dst, src *column.Column, ids, rows []int32) {
	for _, r := range rows {
		if id := int(ids[r]); dst.IsNull(id) != src.IsNull(int(r)) {
			dst.SetFrom(id, src, int(r))
		}
	}
}

// unite adds values, or the members of sets, to the sets of the rows that came.
func (l *level) unite(attr int, src *column.Column) {
	dst, members := &l.cols[attr], l.sets[attr]
	owner := column.Column{Type: schema.Int, I32: l.ids}
	if src.Type == schema.Object {
		for r, id := range l.ids {
			set, _ := src.Obj[r].(state.Set)
			into := l.set(dst, id)
			for v := range set {
				into[v] = struct{}{}
			}
		}
		return
	}
	cols := []*column.Column{&owner, src}
	for r, id := range l.ids {
		if _, added := members.InsertRow(cols, r); added {
			l.set(dst, id)[src.Any(r)] = struct{}{}
		}
	}
}

// set returns the set of a row. Until the level is cleared nobody else has it.
func (l *level) set(dst *column.Column, id int32) state.Set {
	set, _ := dst.Obj[id].(state.Set)
	if set == nil {
		set = state.Set{}
		dst.Obj[id], dst.Nulls[id] = set, false
	}
	return set
}
