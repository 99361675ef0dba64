package plan

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/window"
)

// retriable says whether a batch on which a query fails can be given to it again
// chunk by chunk: the query is the only one that reads the stream and can fail only
// before it has kept, written or sent anything. Where the guard of
// a window leaves chunks out, the others have been kept and sent.
func (g *graph) retriable(q *check.Query, s *check.Stream) bool {
	in, ok := q.Input.(*check.SingleInput)
	if !ok || len(g.readers[s]) != 1 || s.Fault != nil || q.Partition != nil || in.Window != nil && window.Fails(in.Window) || refuses(q) {
		return false
	}
	if g.timeless[q] && len(in.Before) > 0 {
		return false // it does not see how many chunks there were
	}
	for _, h := range slices.Concat(in.Before, in.After) {
		if f, ok := h.(*check.StreamFunction); ok && f.Fn.Kind != extension.StreamFunction {
			return false // it may keep or write something
		}
	}
	if in.Window == nil && !q.Select.Aggregating() {
		w, ok := q.Output.(*check.TableWrite)
		return !ok || !writeFails(w)
	}
	behind := *q // what is left when the handlers before the window have run
	behind.Input = &check.SingleInput{Stream: in.Stream, Window: in.Window, After: in.After}
	return !fallible(&behind)
}

func writeFails(w *check.TableWrite) bool {
	if expr.Fallible(w.On) {
		return true
	}
	return slices.ContainsFunc(w.Set, func(a check.Assignment) bool { return expr.Fallible(a.Value) })
}
