package clock

import (
	"strconv"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// moving has dateAdd and dateSub: a date as text stays text of its format,
// milliseconds become the text of milliseconds.
func moving() []*function.Function {
	expr := function.Param("expr", function.Ints)
	overloads := [][]extension.Param{{millis, expr, unitName}, {dateValue, expr, unitName, dateFormat}}
	add := declare("dateAdd", schema.String,
		"Adds a number of YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND to a date. To milliseconds nothing is added if the unit is not in capitals.", "dateAdd(at, 2, 'DAY')", overloads...)
	add.Warn = smallUnit
	return []*function.Function{
		{
			Declaration: withFormats(add, -1, 3),
			Nulls:       refuse, New: func(c *function.Call) (function.Kernel, error) { return move(c, 1) },
		},
		{
			Declaration: withFormats(declare("dateSub", schema.String,
				"Takes a number of YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND off a date.", "dateSub(at, 2, 'DAY')", overloads...), -1, 3),
			Nulls: refuse, New: func(c *function.Call) (function.Kernel, error) { return move(c, -1) },
		},
	}
}

// smallUnit warns of a unit that is not in capitals: as in Siddhi, dateAdd, and it
// alone, does not know it where the date is in milliseconds.
func smallUnit(args []extension.Arg) (msg, hint string) {
	if args[0].Type != schema.Long || !small(args[2].Text) {
		return "", ""
	}
	return "the unit '" + args[2].Text + "' is not in capitals: as in Siddhi, nothing is added to milliseconds", "write '" + strings.ToUpper(args[2].Text) + "'"
}

func small(unit string) bool { return unit != strings.ToUpper(unit) }

// move makes either of them. As in Java the least int has no opposite.
func move(c *function.Call, sign int32) (function.Kernel, error) {
	u := unitOf(&c.Args[2])
	if unit, _ := c.Args[2].Text(); sign > 0 && c.Args[0].Type == schema.Long && small(unit) {
		u = otherUnit
	}
	var buf []byte
	if c.Args[0].Type == schema.Long {
		return func(args []*column.Column, out *column.Column) error {
			for i, t := range args[0].I64[:len(out.Str)] {
				buf = strconv.AppendInt(buf[:0], u.add(t, int64(sign*args[1].I32[i])), 10)
				out.SetBytes(i, buf)
			}
			return nil
		}, nil
	}
	d := newDates(c, 3)
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			t, err := d.read(args, 0, i, utc)
			if err != nil {
				return err
			}
			f, err := d.formats.Of(args[3], i)
			if err != nil {
				return err
			}
			buf = f.print(buf[:0], u.add(t, int64(sign*args[1].I32[i])), utc)
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}
