package clock

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// measuring has dateDiff: whole days from the second date to the first.
func measuring() []*function.Function {
	text := func(name string) extension.Param { return function.Param(name, function.Text) }
	layout := func(name string) extension.Param {
		return extension.Param{Name: name, Types: function.Text, Default: standard}
	}
	long := []schema.Type{schema.Long}
	return []*function.Function{{
		Declaration: withFormats(declare("dateDiff", schema.Long, "Returns how many whole days the first date is after the second.",
			"dateDiff(shipped, ordered, 'yyyy-MM-dd', 'yyyy-MM-dd')",
			[]extension.Param{text("date.value1"), text("date.value2"), layout("date.format1"), layout("date.format2")},
			[]extension.Param{function.Param("timestamp.in.milliseconds1", long), function.Param("timestamp.in.milliseconds2", long)}), -1, 2, 3),
		Nulls: refuse, New: difference,
	}}
}

func difference(c *function.Call) (function.Kernel, error) {
	if c.Args[0].Type == schema.Long {
		return func(args []*column.Column, out *column.Column) error {
			second := args[1].I64
			for i, t := range args[0].I64[:len(out.I64)] {
				out.I64[i] = (t - second[i]) / dayMillis
			}
			return nil
		}, nil
	}
	first := newDates(c, 2)
	second := newDates(c, 3)
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.I64 {
			a, err := first.read(args, 0, i, utc)
			if err != nil {
				return err
			}
			b, err := second.read(args, 1, i, utc)
			if err != nil {
				return err
			}
			out.I64[i] = (a - b) / dayMillis
		}
		return nil
	}, nil
}
