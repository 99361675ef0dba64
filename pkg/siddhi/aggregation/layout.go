package aggregation

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// layout says which attributes of a row are what.
type layout struct {
	def    *check.Aggregation
	event  int   // the bucket of the event's time, -1 if events count when they come
	newest int   // the time of the newest event, -1 if that is not kept
	groups []int // values of group by
	latest []int // values of the newest event
	folds  []int // what is added up
}

func newLayout(def *check.Aggregation) *layout {
	l := &layout{def: def, event: -1, newest: -1}
	for i, v := range def.Values {
		switch v.Fold {
		case check.FoldBucket:
		case check.FoldEventBucket:
			l.event = i
		case check.FoldNewest:
			l.newest = i
		case check.FoldGroup:
			l.groups = append(l.groups, i)
		case check.FoldLatest:
			l.latest = append(l.latest, i)
		default:
			l.folds = append(l.folds, i)
		}
	}
	return l
}

// keyTypes are those of what tells rows of a level apart.
func (l *layout) keyTypes() []schema.Type {
	var types []schema.Type
	if l.event >= 0 {
		types = append(types, schema.Long)
	}
	for _, g := range l.groups {
		types = append(types, l.def.Row[g].Type)
	}
	return types
}

// appendKey appends the key of a row as the text that Siddhi has in its hash maps.
func appendKey(dst []byte, keys *column.KeyIndex, types int, id int32) []byte {
	for i := range types {
		dst = javatext.AppendKey(dst, keys.Column(i), int(id))
	}
	return dst
}
