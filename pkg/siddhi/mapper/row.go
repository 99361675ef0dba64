package mapper

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

var errMissing = errors.New("is missing (fail.on.missing.attribute='false' would make it null)")

// row is one event while it is decoded. Nothing of it reaches the batch before
// all of it is known to fit.
type row struct {
	attrs       schema.Attributes
	cells       []cell
	properties  []propertyMapping
	failMissing bool

	field string // attribute of the first error
	err   error
}

// cell has a value in the member for its type.
type cell struct {
	state   cellState
	integer int64
	number  float64
	text    string
	object  any
}

type cellState uint8

const (
	missing cellState = iota
	null
	filled
)

// propertyMapping says that an attribute is a property of the transport.
type propertyMapping struct {
	attr int
	name string
}

func newRow(attrs schema.Attributes, mappings []string, failMissing bool) row {
	r := row{attrs: attrs, cells: make([]cell, len(attrs)), failMissing: failMissing}
	for i, m := range mappings {
		if name, ok := property(m); ok {
			r.properties = append(r.properties, propertyMapping{i, name})
		}
	}
	return r
}

// start forgets the event before.
func (r *row) start() {
	for i := range r.cells {
		r.cells[i] = cell{}
	}
	r.field, r.err = "", nil
}

// fail notes the event's first error. attr -1 is not about an attribute.
func (r *row) fail(attr int, err error) {
	if r.err != nil {
		return
	}
	r.err = err
	if attr >= 0 {
		r.field = r.attrs[attr].Name
	}
}

func (r *row) setNull(attr int) { r.cells[attr] = cell{state: null} }

// setText converts text to the attribute's type.
func (r *row) setText(attr int, text string) {
	c := &r.cells[attr]
	c.state = filled
	typ := r.attrs[attr].Type
	if typ == schema.String {
		if !utf8.ValidString(text) {
			r.fail(attr, fmt.Errorf("%q is not UTF-8", text))
			return
		}
		c.text = text
		return
	}
	if typ == schema.Object {
		c.object = text
		return
	}
	text = strings.TrimSpace(text)
	var err error
	switch typ {
	case schema.Int:
		c.integer, err = parseInteger(text, 32)
	case schema.Long:
		c.integer, err = parseInteger(text, 64)
	case schema.Float:
		c.number, err = strconv.ParseFloat(text, 32)
	case schema.Double:
		c.number, err = strconv.ParseFloat(text, 64)
	case schema.Bool:
		switch {
		case strings.EqualFold(text, "true"):
			c.integer = 1
		case strings.EqualFold(text, "false"):
			c.integer = 0
		default:
			err = strconv.ErrSyntax
		}
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		r.fail(attr, fmt.Errorf("%q is out of the range of %s", text, typ))
	case err != nil:
		r.fail(attr, fmt.Errorf("%q is no %s", text, typ))
	}
}

// parseInteger also takes forms like 5.0 and 1e3 if their value is an integer:
// many producers write all numbers so.
func parseInteger(text string, bits int) (int64, error) {
	v, err := strconv.ParseInt(text, 10, bits)
	if err == nil || !strings.ContainsAny(text, ".eE") {
		return v, err
	}
	f, ferr := strconv.ParseFloat(text, 64)
	if ferr != nil || f != math.Trunc(f) {
		return 0, err
	}
	if limit := math.Ldexp(1, bits-1); f < -limit || f >= limit {
		return 0, strconv.ErrRange
	}
	return int64(f), nil
}

// setObject sets an attribute of type object.
func (r *row) setObject(attr int, v any) { r.cells[attr] = cell{state: filled, object: v} }

// finish fills in properties of the record and settles what is missing.
func (r *row) finish(rec *stream.Record) {
	for _, p := range r.properties {
		if v, ok := header(rec, p.name); ok {
			r.setText(p.attr, v)
		}
	}
	for i := range r.cells {
		if r.cells[i].state == missing && r.failMissing {
			r.fail(i, errMissing)
		}
	}
}

func header(rec *stream.Record, name string) (string, bool) {
	for _, h := range rec.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

// commit appends the event to dst.
func (r *row) commit(dst *column.Buffer, time int64) {
	for i := range dst.Cols {
		col, c := dst.Cols[i], &r.cells[i]
		switch {
		case col.Type == schema.Invalid:
		case c.state != filled:
			col.AppendNull()
		default:
			c.appendTo(col)
		}
	}
	dst.Time = append(dst.Time, time)
	dst.N++
}

func (c *cell) appendTo(col *column.Column) {
	switch col.Type {
	case schema.String:
		col.AppendString(c.text)
	case schema.Int:
		col.AppendInt(int32(c.integer))
	case schema.Long:
		col.AppendLong(c.integer)
	case schema.Float:
		col.AppendFloat(float32(c.number))
	case schema.Double:
		col.AppendDouble(c.number)
	case schema.Bool:
		col.AppendBool(c.integer == 1)
	case schema.Object:
		col.AppendObject(c.object)
	}
}

// endChunk makes the rows from row start on one chunk.
func endChunk(dst *column.Buffer, start int) {
	if dst.N == start || dst.Ends == nil && dst.N == start+1 {
		return
	}
	if dst.Ends == nil {
		dst.UseEnds()
		for i := range start {
			dst.Ends = append(dst.Ends, int32(i+1))
		}
	}
	dst.Ends = append(dst.Ends, int32(dst.N))
}

// truncate takes back the rows from row n on, of which no chunk has been ended.
func truncate(dst *column.Buffer, n int) {
	dst.N = n
	dst.Time = dst.Time[:n]
	for i := range dst.Cols {
		c := dst.Cols[i]
		if len(c.Nulls) > n {
			c.Nulls = c.Nulls[:n]
		}
		switch c.Type {
		case schema.String:
			c.Str = c.Str[:n] // what they had in the arena goes at the next Reset
		case schema.Int:
			c.I32 = c.I32[:n]
		case schema.Long:
			c.I64 = c.I64[:n]
		case schema.Float:
			c.F32 = c.F32[:n]
		case schema.Double:
			c.F64 = c.F64[:n]
		case schema.Bool:
			c.Bool = c.Bool[:n]
		case schema.Object:
			clear(c.Obj[n:])
			c.Obj = c.Obj[:n]
		}
	}
}
