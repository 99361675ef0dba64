package clock

import (
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// dates reads dates of an argument by the formats of another.
type dates struct {
	formats *function.Kept[*format]
	layout  int // which argument the format is
}

func newDates(c *function.Call, layout int) *dates {
	return &dates{formats: function.Keep(&c.Args[layout], readFormat), layout: layout}
}

// read returns the time of a row's date in a zone.
func (d *dates) read(args []*column.Column, value, row int, z *zone) (int64, error) {
	f, err := d.formats.Of(args[d.layout], row)
	if err != nil {
		return 0, err
	}
	return f.parse(args[value].String(row), z)
}

// extracting has the functions that read a date, or a part of it.
func extracting() []*function.Function {
	return []*function.Function{
		{
			Declaration: withFormats(declare("date", schema.String, "Returns the date of a date and time, as 2014-11-11.", "date(at)",
				[]extension.Param{dateValue, dateFormat}), -1, 1),
			Nulls: refuse, New: func(c *function.Call) (function.Kernel, error) { return shown(c, "yyyy-MM-dd") },
		},
		dayOfWeek(),
		{
			Declaration: withFormats(declare("extract", schema.Int,
				"Returns a part of a date as a number: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND; 0 for any other.",
				"extract(ts, 'YEAR')", []extension.Param{millis, unitName}, []extension.Param{unitName, dateValue, dateFormat}), -1, 2),
			Nulls: refuse, New: extract,
		},
		timestamp(),
	}
}

// shown shows dates in one format.
func shown(c *function.Call, layout string) (function.Kernel, error) {
	d := newDates(c, 1)
	f, err := newFormat(layout)
	if err != nil {
		return nil, err
	}
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			t, err := d.read(args, 0, i, utc)
			if err != nil {
				return err
			}
			buf = f.print(buf[:0], t, utc)
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}

// dayOfWeek is time:dayOfWeek. A date without a format needs no time of day.
func dayOfWeek() *function.Function {
	return &function.Function{
		Declaration: withFormats(declare("dayOfWeek", schema.String, "Returns the name of a date's day of the week.", "dayOfWeek(at)",
			[]extension.Param{dateValue}, []extension.Param{dateValue, function.Param("date.format", function.Text)}), -1, 1),
		Nulls: refuse,
		New: func(c *function.Call) (function.Kernel, error) {
			if len(c.Args) == 2 {
				return shown(c, "EEEE")
			}
			f, err := newFormat("yyyy-MM-dd")
			if err != nil {
				return nil, err
			}
			return func(args []*column.Column, out *column.Column) error {
				for i := range out.Str {
					day, _, _ := strings.Cut(args[0].String(i), " ")
					t, err := f.parse(day, utc)
					if err != nil {
						return err
					}
					c := of(t)
					out.SetString(i, weekdays[c.weekday()])
				}
				return nil
			}, nil
		},
	}
}

func extract(c *function.Call) (function.Kernel, error) {
	if c.Args[0].Type == schema.Long {
		u := unitOf(&c.Args[1])
		return func(args []*column.Column, out *column.Column) error {
			for i, t := range args[0].I64[:len(out.I32)] {
				out.I32[i] = int32(u.read(t))
			}
			return nil
		}, nil
	}
	u := unitOf(&c.Args[0])
	d := newDates(c, 2)
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.I32 {
			t, err := d.read(args, 1, i, utc)
			if err != nil {
				return err
			}
			out.I32[i] = int32(u.read(t))
		}
		return nil
	}, nil
}

func unitOf(arg *function.Arg) unit {
	name, _ := arg.Text()
	return unitNames[strings.ToUpper(name)]
}
