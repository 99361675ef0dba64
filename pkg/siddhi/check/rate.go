package check

import "millrace/pkg/siddhi/ast"

// Rate limits what a query puts out: every so many events or, when Time is not
// 0, every so many ms.
type Rate struct {
	Kind   ast.RateKind
	Events int64
	Time   int64
}

// rate resolves the limit of a query's output, nil without one.
func (c *checker) rate(q *ast.Query) *Rate {
	r := q.Rate
	if r == nil {
		return nil
	}
	rate := &Rate{Kind: r.Kind, Events: r.Events}
	if r.Time != nil {
		if rate.Time = r.Time.Int; rate.Time <= 0 {
			c.fail(r, "rows cannot be released every 0 ms", "write a longer time, as in output every 1 sec")
		}
	}
	if r.Kind == ast.RateSnapshot && outputEvents(q.Output) != ast.AllEvents {
		c.fail(q.Output, "a snapshot puts out current and expired events", "write insert into or insert all events into")
	}
	return rate
}

// outputEvents returns which events an output takes.
func outputEvents(o ast.Output) ast.EventKind {
	switch o := o.(type) {
	case *ast.Insert:
		return o.Events
	case *ast.Delete:
		return o.Events
	case *ast.Update:
		return o.Events
	case *ast.UpdateOrInsert:
		return o.Events
	case *ast.Return:
		return o.Events
	}
	return ast.CurrentEvents
}
