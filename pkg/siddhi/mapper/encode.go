package mapper

import (
	"bytes"
	"fmt"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

// eventEncoder makes records of events that are encoded one by one: a record
// for each, or one for all of a chunk when they are grouped.
type eventEncoder struct {
	grouped            bool
	open, between, end string // around a group, and between its events
	single, singleEnd  string // around an event that is a record of its own
	event              func(dst []byte, b *column.Batch, row int) ([]byte, error)
	buf                []byte
}

func (e *eventEncoder) Encode(dst []stream.Record, b *column.Batch, rows []int32) ([]stream.Record, error) {
	e.buf = e.buf[:0]
	n := len(rows)
	if rows == nil {
		n = b.N
	}
	chunk := 0
	for i := 0; i < n; {
		start, next := len(e.buf), i+1
		var err error
		if e.grouped {
			next, chunk = chunkEnd(b, rows, n, i, chunk)
			err = e.group(b, rows, i, next)
		} else {
			e.buf = append(e.buf, e.single...)
			e.buf, err = e.event(e.buf, b, rowAt(rows, i))
			e.buf = append(e.buf, e.singleEnd...)
		}
		if err != nil {
			return dst, err
		}
		dst = append(dst, stream.Record{Value: e.buf[start:len(e.buf):len(e.buf)]})
		i = next
	}
	return dst, nil
}

func rowAt(rows []int32, i int) int {
	if rows == nil {
		return i
	}
	return int(rows[i])
}

// chunkEnd returns where the chunk of the i-th wanted row ends among them, and
// the number of the chunk behind it.
func chunkEnd(b *column.Batch, rows []int32, n, i, chunk int) (next, nextChunk int) {
	if b.Ends == nil {
		return i + 1, chunk
	}
	for int(b.Ends[chunk]) <= rowAt(rows, i) {
		chunk++
	}
	for next = i + 1; next < n && rowAt(rows, next) < int(b.Ends[chunk]); {
		next++
	}
	return next, chunk
}

func (e *eventEncoder) group(b *column.Batch, rows []int32, from, to int) error {
	e.buf = append(e.buf, e.open...)
	for i := from; i < to; i++ {
		if i > from {
			e.buf = append(e.buf, e.between...)
		}
		var err error
		if e.buf, err = e.event(e.buf, b, rowAt(rows, i)); err != nil {
			return err
		}
	}
	e.buf = append(e.buf, e.end...)
	return nil
}

// newJSONEncoder writes {"event":{...}}, or what the payload says.
func newJSONEncoder(attrs schema.Attributes, c Config, o options) (Encoder, error) {
	payload, err := o.single(attrs, c.Payload)
	if err != nil {
		return nil, err
	}
	path, err := parsePath(o.Text("enclosing.element", "$"))
	if err != nil {
		return nil, o.Errorf("enclosing.element: %w", err)
	}
	before := ""
	for _, name := range path {
		before += `{"` + string(appendEscaped(nil, name)) + `":`
	}
	after := strings.Repeat("}", len(path))
	e := &eventEncoder{
		grouped: o.Bool("event.grouping.enabled", false),
		open:    before + "[", between: ",", end: "]" + after,
		single: before, singleEnd: after,
	}
	if payload != nil {
		e.event = func(dst []byte, b *column.Batch, row int) ([]byte, error) {
			return payload.appendJSON(dst, b, row), nil
		}
		return e, nil
	}
	keys := make([]string, len(attrs))
	for i, a := range attrs {
		keys[i] = `"` + string(appendEscaped(nil, a.Name)) + `":`
	}
	e.event = func(dst []byte, b *column.Batch, row int) ([]byte, error) {
		dst = append(dst, `{"event":{`...)
		for i := range attrs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, keys[i]...)
			var err error
			if dst, err = appendJSON(dst, b.Cols[i], row); err != nil {
				return dst, fmt.Errorf("attribute %s: %w", attrs[i].Name, err)
			}
		}
		return append(dst, "}}"...), nil
	}
	return e, nil
}

// newTextEncoder writes name:value lines, strings in quotes, or the payload.
func newTextEncoder(attrs schema.Attributes, c Config, o options) (Encoder, error) {
	payload, err := o.single(attrs, c.Payload)
	if err != nil {
		return nil, err
	}
	e := &eventEncoder{grouped: o.Bool("event.grouping.enabled", false), between: "\n"}
	if payload != nil {
		e.event = func(dst []byte, b *column.Batch, row int) ([]byte, error) {
			return payload.Append(dst, b, row), nil
		}
		return e, nil
	}
	e.event = func(dst []byte, b *column.Batch, row int) ([]byte, error) {
		for i, a := range attrs {
			if i > 0 {
				dst = append(dst, ",\n"...)
			}
			dst = append(append(dst, a.Name...), ':')
			quote := a.Type == schema.String && !b.Cols[i].IsNull(row)
			if quote {
				dst = append(dst, '"')
			}
			dst = AppendValue(dst, b.Cols[i], row)
			if quote {
				dst = append(dst, '"')
			}
		}
		return dst, nil
	}
	return e, nil
}

// newCSVEncoder writes the attributes in order, or at the columns that the
// payload gives; null is an empty field, or the first of null.values.
func newCSVEncoder(attrs schema.Attributes, c Config, o options) (Encoder, error) {
	order, err := csvOrder(attrs, c.Payload, o)
	if err != nil {
		return nil, err
	}
	sep, err := delimiter(o)
	if err != nil {
		return nil, err
	}
	nullText := o.Text("null.values", "")
	e := &eventEncoder{grouped: o.Bool("event.grouping.enabled", false), between: "\n"}
	special := string(sep) + "\"\r\n"
	e.event = func(dst []byte, b *column.Batch, row int) ([]byte, error) {
		for i, attr := range order {
			if i > 0 {
				dst = append(dst, string(sep)...)
			}
			c := b.Cols[attr]
			if c.IsMissing(row) {
				dst = append(dst, nullText...)
				continue
			}
			start := len(dst)
			dst = quoteField(AppendValue(dst, c, row), start, special)
		}
		return dst, nil
	}
	if o.Bool("header", false) {
		names := make([]string, len(order))
		for i, attr := range order {
			names[i] = attrs[attr].Name
		}
		header := strings.Join(names, string(sep)) + "\n"
		e.open, e.single = header, header
	}
	return e, nil
}

func csvOrder(attrs schema.Attributes, payload []Entry, o options) ([]int, error) {
	order := make([]int, len(attrs))
	for i := range order {
		order[i] = i
	}
	if len(payload) == 0 {
		return order, nil
	}
	columns, err := o.resolve(attrs, payload)
	if err != nil {
		return nil, err
	}
	taken := make([]bool, len(attrs))
	for attr, text := range columns {
		var at int
		if _, err := fmt.Sscanf(text, "%d", &at); err != nil || at < 0 || at >= len(attrs) || taken[at] {
			return nil, o.Errorf("@payload puts attribute %s at column %q; each has a column of its own, from 0 to %d", attrs[attr].Name, text, len(attrs)-1)
		}
		order[at], taken[at] = attr, true
	}
	return order, nil
}

// quoteField puts the field that starts at start between quotes if it must be.
func quoteField(dst []byte, start int, special string) []byte {
	field := dst[start:]
	if !bytes.ContainsAny(field, special) && (len(field) == 0 || field[0] != ' ') {
		return dst
	}
	quoted := strings.ReplaceAll(string(field), `"`, `""`)
	dst = append(dst[:start], '"')
	dst = append(dst, quoted...)
	return append(dst, '"')
}
