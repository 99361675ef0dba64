package check_test

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/schema"
)

// dump writes what an app resolved to, leaving out the common definitions:
// $n is column n of the batch that an expression is evaluated over.
func dump(app *check.App) string {
	var b strings.Builder
	if app.Name != "" || app.Playback {
		fmt.Fprintf(&b, "app %q playback=%v\n", app.Name, app.Playback)
	}
	if app.Idle != (check.Idle{}) {
		fmt.Fprintf(&b, "idle %d ms: %d ms\n", app.Idle.Time, app.Idle.Increment)
	}
	for _, s := range app.Streams {
		if s.FaultOf != nil {
			fmt.Fprintf(&b, "fault stream %s (%s)\n", s.Name, s.Attrs)
		} else if s.Def == nil {
			kind := "inferred stream"
			if s.Trigger {
				kind = "trigger"
			}
			fmt.Fprintf(&b, "%s %s (%s)\n", kind, s.Name, s.Attrs)
		}
	}
	for _, t := range app.Tables {
		if t.PrimaryKey != nil || t.Indexes != nil {
			fmt.Fprintf(&b, "table %s (%s) key=%v indexes=%v\n", t.Name, t.Attrs, t.PrimaryKey, t.Indexes)
		}
	}
	for _, w := range app.Windows {
		fmt.Fprintf(&b, "window %s (%s) %s(%s) gives %s\n", w.Name, w.Out.Attrs, w.Call.Fn.Name, exprs(w.Call.Args), w.Events)
	}
	for _, p := range app.Partitions {
		fmt.Fprintf(&b, "partition %s\n", p.Name)
		if p.Purge != nil {
			fmt.Fprintf(&b, "  purge after %d ms, looked for every %d ms\n", p.Purge.Idle, p.Purge.Interval)
		}
		for _, k := range p.Keys {
			if k.Value != nil {
				fmt.Fprintf(&b, "  key %s of %s\n", expr(k.Value), k.Stream.Name)
			}
			for _, r := range k.Ranges {
				fmt.Fprintf(&b, "  range '%s' of %s: %s\n", r.Label, k.Stream.Name, expr(r.Cond))
			}
		}
		for _, s := range p.Inner {
			fmt.Fprintf(&b, "  inner stream #%s (%s)\n", s.Name, s.Attrs)
		}
	}
	for _, a := range app.Aggregations {
		dumpAggregation(&b, a)
	}
	for _, q := range app.Queries {
		dumpQuery(&b, q)
	}
	return b.String()
}

func dumpAggregation(b *strings.Builder, a *check.Aggregation) {
	fmt.Fprintf(b, "aggregation %s (%s)\n  from %s by %s\n", a.Name, a.Out, single(a.Input), expr(a.Time))
	for i, v := range a.Values {
		fmt.Fprintf(b, "  keep %s: fold %d of %s\n", a.Row[i], v.Fold, expr(v.Value))
	}
	for i, r := range a.Results {
		fmt.Fprintf(b, "  give %s: kind %d of %d, %d\n", a.Out[i].Name, r.Kind, r.Of, r.Count)
	}
	for _, l := range a.Levels {
		fmt.Fprintf(b, "  each %s in %s for %d ms\n", l.Unit, l.Table.Name, l.Keep)
	}
	fmt.Fprintf(b, "  purge every %d ms\n", a.PurgeEvery)
}

func dumpQuery(b *strings.Builder, q *check.Query) {
	fmt.Fprintf(b, "%s:", q.Name)
	if q.Partition != nil {
		fmt.Fprintf(b, " in %s", q.Partition.Name)
	}
	fmt.Fprintln(b)
	switch in := q.Input.(type) {
	case *check.SingleInput:
		fmt.Fprintf(b, "  from %s\n", single(in))
	case *check.JoinInput:
		fmt.Fprintf(b, "  from %s join %s on %s\n", joinSide(&in.Left), joinSide(&in.Right), expr(in.On))
	case *check.PatternInput:
		fmt.Fprintf(b, "  %s every=%v within=%d\n", in.Kind, in.Every, in.Within)
		for _, s := range in.Slots {
			fmt.Fprintf(b, "    %s=%s at $%d filter %s\n", s.Name, s.Stream.Name, s.Offset, expr(s.Filter))
		}
	}
	dumpSelect(b, &q.Select)
	if r := q.Rate; r != nil {
		fmt.Fprintf(b, "  output %s every %d events, %d ms\n", r.Kind, r.Events, r.Time)
	}
	fmt.Fprintf(b, "  %s\n", output(q.Output))
}

func single(in *check.SingleInput) string {
	text := in.Stream.Name
	text += handlers(in.Before)
	if in.Window != nil {
		text += "#" + in.Window.Fn.Name + "(" + exprs(in.Window.Args) + ")" + condition(in.Window)
	}
	return text + handlers(in.After)
}

func joinSide(s *check.JoinSide) string {
	text := ""
	switch read := s.Aggregation; {
	case s.Table != nil:
		text = s.Table.Name
	case read != nil:
		text = read.Of.Name + " within " + exprs(read.Expressions()[:len(read.Expressions())-1]) + " per " + expr(read.Per)
	default:
		text = single(s.Input)
	}
	text += fmt.Sprintf(" at $%d", s.Offset)
	if s.Triggers {
		text += " triggers"
	}
	if s.Outer {
		text += " outer"
	}
	return text
}

func condition(w *check.Window) string {
	switch {
	case w.Resolve != nil:
		return " {of each event}"
	case w.Condition == nil:
		return ""
	}
	text := " {" + expr(w.Condition.Root)
	for i, a := range w.Condition.Aggregates {
		text += fmt.Sprintf("; $%d = %s(%s)", w.Condition.Results()+i, a.Fn.Name, exprs(a.Args))
	}
	return text + fmt.Sprintf("; reads %v}", w.Condition.Reads())
}

func handlers(list []check.Handler) string {
	text := ""
	for _, h := range list {
		switch h := h.(type) {
		case *check.Filter:
			text += "[" + expr(h.Cond) + "]"
		case *check.AggregateFilter:
			text += "[" + expr(h.Select.Having)
			for i, a := range h.Select.HavingAggregates {
				text += fmt.Sprintf("; $%d = %s(%s)", len(h.Select.Items)+len(h.Select.In)+i, a.Fn.Name, exprs(a.Args))
			}
			text += "]"
		case *check.StreamFunction:
			text += fmt.Sprintf("#%s(%s) at $%d", h.Fn.FullName(), exprs(h.Args), h.Width)
			if len(h.Adds) > 0 {
				text += " adds " + h.Adds.String()
			}
		}
	}
	return text
}

func dumpSelect(b *strings.Builder, s *check.Select) {
	for i, a := range s.Aggregates {
		fmt.Fprintf(b, "  $%d = %s(%s) %s\n", len(s.In)+i, a.Fn.Name, exprs(a.Args), a.T)
	}
	for i, item := range s.Items {
		if i >= len(s.Out) {
			fmt.Fprintf(b, "  beside %s\n", expr(item.Expr))
			continue
		}
		fmt.Fprintf(b, "  select %s as %s %s\n", expr(item.Expr), item.Name, s.Out[i].Type)
	}
	for _, g := range s.GroupBy {
		fmt.Fprintf(b, "  group by %s\n", expr(g))
	}
	if s.Having != nil {
		fmt.Fprintf(b, "  having %s\n", expr(s.Having))
	}
	for _, o := range s.OrderBy {
		fmt.Fprintf(b, "  order by %s desc=%v\n", s.Out[o.Column].Name, o.Desc)
	}
	if s.Limit >= 0 || s.Offset > 0 {
		fmt.Fprintf(b, "  limit %d offset %d\n", s.Limit, s.Offset)
	}
}

func output(o check.Output) string {
	switch o := o.(type) {
	case *check.Insert:
		if o.Table != nil {
			return fmt.Sprintf("insert %s into table %s", o.Events, o.Table.Name)
		}
		return fmt.Sprintf("insert %s into stream %s", o.Events, o.Stream.Name)
	case *check.TableWrite:
		text := [...]string{"delete", "update", "update or insert"}[o.Kind] + " " + o.Table.Name + " for " + o.Events.String()
		for _, a := range o.Set {
			text += fmt.Sprintf(" set %s=%s", o.Table.Attrs[a.Column].Name, expr(a.Value))
		}
		return text + fmt.Sprintf(" hasSet=%v on %s", o.HasSet, expr(o.On))
	}
	return fmt.Sprintf("%T", o)
}

func exprs(list []check.Expr) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = expr(e)
	}
	return strings.Join(texts, ", ")
}

func expr(e check.Expr) string {
	switch e := e.(type) {
	case nil:
		return "-"
	case *check.Const:
		return ast.Print(e.Const)
	case *check.Column:
		return fmt.Sprintf("$%d", e.Index)
	case *check.Binary:
		text := "(" + expr(e.L) + " " + e.Op.String() + " " + expr(e.R) + ")"
		if e.T != schema.Bool {
			text += ":" + e.T.String()
		}
		return text
	case *check.Not:
		return "not " + expr(e.X)
	case *check.IsNull:
		return expr(e.X) + " is null"
	case *check.In:
		return fmt.Sprintf("(%s in %s behind $%d)", expr(e.Cond), e.Table.Name, e.Width)
	case *check.Call:
		return e.Fn.FullName() + "(" + exprs(e.Args) + "):" + e.T.String()
	}
	return fmt.Sprintf("%T", e)
}
