package clock

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// timestamp is time:timestampInMilliseconds. As in Siddhi a null date without a
// format gives the app's time, one with a format is an error.
func timestamp() *function.Function {
	d := withFormats(declare("timestampInMilliseconds", schema.Long,
		"Returns the time of a date in milliseconds since the Unix epoch, or without one the app's time.",
		"timestampInMilliseconds(at, 'yyyy-MM-dd')",
		nil, []extension.Param{dateValue}, []extension.Param{dateValue, function.Param("date.format", function.Text)}), -1, 1)
	d.Clock = func(args []extension.Arg) bool { return len(args) < 2 }
	d.Volatile = d.Clock
	return &function.Function{
		Declaration: d,
		Nulls:       []function.Nulls{function.Seen, function.Refuse},
		New: func(c *function.Call) (function.Kernel, error) {
			if len(c.Args) == 2 {
				return parseTimes(c)
			}
			return timesOrNow(c)
		},
	}
}

var errNullDate = errors.New("the date is null")

func parseTimes(c *function.Call) (function.Kernel, error) {
	d := newDates(c, 1)
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.I64 {
			if args[0].IsNull(i) {
				return errNullDate
			}
			t, err := d.read(args, 0, i, utc)
			if err != nil {
				return err
			}
			out.I64[i] = t
		}
		return nil
	}, nil
}

func timesOrNow(c *function.Call) (function.Kernel, error) {
	f, err := newFormat(standard)
	if err == nil && c.Clock == nil {
		err = errNoClock
	}
	if err != nil {
		return nil, err
	}
	return func(args []*column.Column, out *column.Column) error {
		now := c.Clock.Now()
		for i := range out.I64 {
			if out.I64[i] = now; len(args) == 0 || args[0].IsNull(i) {
				continue
			}
			if out.I64[i], err = f.parse(args[0].String(i), utc); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
