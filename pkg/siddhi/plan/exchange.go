package plan

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/window"
)

// exchanges says whether the window of a query and its selector run as one step,
// through which rows pass without being copied: see operator.Exchange. What stands
// between them would have to see the rows that leave.
func exchanges(in *check.SingleInput, sel *operator.Select) bool {
	return in.Window != nil && len(in.After) == 0 && window.Exchanges(in.Window) && sel.Exchanges()
}

// exchanged returns the steps as the rows that come take them: with one step for
// group, window and selector where they are run so. Rows that a timer lets
// go take the steps one by one.
func exchanged(steps []Step) []Step {
	at := slices.IndexFunc(steps, func(s Step) bool { return s.exchanged })
	if at < 0 {
		return steps
	}
	first := at
	var tag *operator.Tag
	if at > 0 {
		if t, ok := steps[at-1].Op.(*operator.Tag); ok {
			tag, first = t, at-1
		}
	}
	op := operator.NewExchange(tag, steps[at].Op.(flow.Exchanger), steps[at+1].Op.(*operator.Select))
	return slices.Replace(slices.Clone(steps), first, at+2, Step{Op: op, Text: "exchange"})
}
