package clock

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// present has the functions that tell the app's time.
func present() []*function.Function {
	zoneName := extension.Param{Name: "timezone", Types: function.Text, Constant: true, Default: "UTC"}
	layout := extension.Param{Name: "date.format", Types: function.Text, Default: "yyyy-MM-dd HH:mm:ss"}
	all := []*function.Function{
		{
			Declaration: declare("currentDate", schema.String, "Returns the date of the app's time, as 2014-11-11.", "currentDate()", nil),
			New:         func(c *function.Call) (function.Kernel, error) { return printNow(c, "yyyy-MM-dd", utc) },
		},
		{
			Declaration: declare("currentTime", schema.String, "Returns the time of day of the app's time, as 13:23:44.", "currentTime()", nil),
			New:         func(c *function.Call) (function.Kernel, error) { return printNow(c, "HH:mm:ss", utc) },
		},
		{
			Declaration: withZones(declare("currentTimestamp", schema.String, "Returns the app's time in a time zone, as 2014-11-11 13:23:44.",
				"currentTimestamp('Europe/Rome')", []extension.Param{zoneName}), 0),
			New: func(c *function.Call) (function.Kernel, error) {
				name, _ := c.Args[0].Text()
				z, err := newZone(name)
				if err != nil {
					return func([]*column.Column, *column.Column) error { return err }, nil
				}
				return printNow(c, "yyyy-MM-dd HH:mm:ss", z)
			},
		},
	}
	for _, f := range all {
		f.Fails = nil
		if warn := f.Warn; warn != nil {
			f.Fails = func(args []extension.Arg) bool { msg, _ := warn(args); return msg != "" }
		}
	}
	all = append(all, &function.Function{
		Declaration: withFormats(declare("utcTimestamp", schema.String, "Returns the app's time in UTC in a format.", "utcTimestamp()",
			[]extension.Param{layout}), 0),
		Nulls: refuse, New: utcTimestamp,
	})
	for _, f := range all {
		f.Volatile, f.Clock = extension.Always, extension.Always
	}
	return all
}

var errNoClock = errors.New("there is no clock here")

// printNow shows the app's time in a format; it is one value per batch.
func printNow(c *function.Call, layout string, z *zone) (function.Kernel, error) {
	f, err := newFormat(layout)
	if err == nil && c.Clock == nil {
		err = errNoClock
	}
	if err != nil {
		return nil, err
	}
	var buf []byte
	return func(_ []*column.Column, out *column.Column) error {
		buf = f.print(buf[:0], c.Clock.Now(), z)
		for i := range out.Str {
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}

func utcTimestamp(c *function.Call) (function.Kernel, error) {
	if c.Clock == nil {
		return nil, errNoClock
	}
	formats := function.Keep(&c.Args[0], newFormat)
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			f, err := formats.Of(args[0], i)
			if err != nil {
				return err
			}
			buf = f.print(buf[:0], c.Clock.Now(), utc)
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}
