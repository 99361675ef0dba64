package expr

import (
	"fmt"
	"strings"
	"time"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// times has the functions of namespace time, named as in siddhi-execution-time.
func times() []*builtin {
	return []*builtin{
		{Declaration: extension.Declaration{
			Namespace: "time", Name: "timestampInMilliseconds",
			Overloads: [][]extension.Param{{{Name: "date.value", Types: onlyText},
				{Name: "date.format", Types: onlyText, Constant: true}}},
			Returns: always(schema.Long),
			Validate: func(args []extension.Arg) error {
				_, err := layout(args[1].Text)
				return err
			},
			Summary: "Reads a date in the given format (as of java.text.SimpleDateFormat, in UTC unless it has a zone) " +
				"and returns ms since the Unix epoch; null for what is no such date.",
			Example: "from S select time:timestampInMilliseconds(at, 'yyyy-MM-dd HH:mm:ss') as ts insert into Out;",
		}, build: func(_ Env, e *check.Call, args []operand) (operand, error) {
			k := args[1].value
			if k == nil || k.null() {
				return operand{}, fmt.Errorf("%s: the date format must be a constant", e.Position().Start)
			}
			l, err := layout(k.one.String(0))
			if err != nil {
				return operand{}, fmt.Errorf("%s: %w", e.Position().Start, err)
			}
			return operand{node: &parseTime{x: args[0], layout: l, out: newResult(schema.Long, longLane)}}, nil
		}},
	}
}

// run is a letter of a format and how often it stands in a row.
type run struct {
	letter byte
	n      int
}

// layouts has Go's layout for runs of letters in a format of SimpleDateFormat.
var layouts = map[run]string{
	{'y', 4}: "2006", {'y', 2}: "06", {'M', 4}: "January", {'M', 3}: "Jan", {'M', 2}: "01", {'M', 1}: "1",
	{'d', 2}: "02", {'d', 1}: "2", {'E', 4}: "Monday", {'E', 3}: "Mon",
	{'H', 2}: "15", {'H', 1}: "15", {'h', 2}: "03", {'h', 1}: "3", {'a', 1}: "PM",
	{'m', 2}: "04", {'m', 1}: "4", {'s', 2}: "05", {'s', 1}: "5", {'S', 3}: "000",
	{'Z', 1}: "-0700", {'X', 1}: "Z07", {'X', 3}: "Z07:00",
}

// layout translates a format of SimpleDateFormat.
func layout(format string) (string, error) {
	var b strings.Builder
	for rest := format; rest != ""; {
		ch := rest[0]
		switch {
		case ch == '\'':
			end := strings.IndexByte(rest[1:], '\'')
			if end < 0 {
				return "", fmt.Errorf("date format %q: a quote is not closed", format)
			}
			if end == 0 {
				b.WriteByte('\'')
			}
			b.WriteString(rest[1 : 1+end])
			rest = rest[end+2:]
		case ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z':
			n := 1
			for n < len(rest) && rest[n] == ch {
				n++
			}
			l, ok := layouts[run{ch, n}]
			if !ok {
				return "", fmt.Errorf("date format %q: %q is not supported", format, rest[:n])
			}
			b.WriteString(l)
			rest = rest[n:]
		default:
			b.WriteByte(ch)
			rest = rest[1:]
		}
	}
	return b.String(), nil
}

// parseTime is time:timestampInMilliseconds.
type parseTime struct {
	x      operand
	layout string
	out    result[int64]
}

func (n *parseTime) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset()
	for row := range b.N {
		if x.IsNull(row) {
			n.out.AppendNull()
			continue
		}
		at, err := time.Parse(n.layout, x.String(row))
		if err != nil {
			n.out.AppendNull()
			continue
		}
		n.out.AppendLong(at.UnixMilli())
	}
	return &n.out.Column, nil
}
