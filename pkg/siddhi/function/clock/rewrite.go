package clock

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// rewriting has the functions that write a date in another format or zone.
func rewriting() []*function.Function {
	target := function.Param("date.target.format", function.Text)
	source := extension.Param{Name: "date.source.format", Types: function.Text, Default: standard}
	sourceFormat := function.Param("date.source.format", function.Text)
	targetZone := function.Param("target.timezone", function.Text)
	sourceZone := extension.Param{Name: "source.timezone", Types: function.Text, Default: "UTC"}
	return []*function.Function{
		{
			Declaration: withFormats(declare("dateFormat", schema.String, "Writes a date in another format.", "dateFormat(at, 'dd.MM.yyyy')",
				[]extension.Param{millis, target}, []extension.Param{dateValue, target, source}), 1, 2),
			Nulls: refuse, New: reformat,
		},
		{
			Declaration: withZones(withFormats(declare("timezoneConvert", schema.String, "Writes a date of one time zone as that of another.",
				"timezoneConvert(at, 'yyyy-MM-dd HH:mm', 'Asia/Tokyo', 'Europe/Rome')",
				[]extension.Param{dateValue, sourceFormat, targetZone, sourceZone}), -1, 1), 2, 3),
			Nulls: []function.Nulls{function.Absorb}, New: convertZone,
		},
	}
}

func reformat(c *function.Call) (function.Kernel, error) {
	targets := function.Keep(&c.Args[1], newFormat)
	read := func(args []*column.Column, row int) (int64, error) { return args[0].I64[row], nil }
	if c.Args[0].Type == schema.String {
		d := newDates(c, 2)
		read = func(args []*column.Column, row int) (int64, error) { return d.read(args, 0, row, utc) }
	}
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			t, err := read(args, i)
			if err != nil {
				return err
			}
			f, err := targets.Of(args[1], i)
			if err != nil {
				return err
			}
			buf = f.print(buf[:0], t, utc)
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}

func convertZone(c *function.Call) (function.Kernel, error) {
	d := newDates(c, 1)
	targets, sources := function.Keep(&c.Args[2], newZone), function.Keep(&c.Args[3], newZone)
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			from, err := sources.Of(args[3], i)
			if err != nil {
				return err
			}
			to, err := targets.Of(args[2], i)
			if err != nil {
				return err
			}
			t, err := d.read(args, 0, i, from)
			if err != nil {
				return err
			}
			f, err := d.formats.Of(args[1], i)
			if err != nil {
				return err
			}
			buf = f.print(buf[:0], t, to)
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}
