package mapper

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

// HeaderLine is the transport property in which a source gives the header line
// of the file that a record is from, for records that do not have it themselves.
const HeaderLine = "header.line"

// csvDecoder reads lines of separated values. Each line is a chunk of its own,
// unless event.grouping.enabled makes those of one record one chunk.
type csvDecoder struct {
	row       row
	mappings  []string // by attribute: column name or number; nil: by order
	delimiter rune
	header    bool // columns are found by name
	grouped   bool
	nulls     []string

	columns    []int // by attribute; -1: not a column, or not there
	width      int   // number of columns that a line must have
	headerLine string
	fields     []string
	bad        []BadRecord
	rec        *stream.Record
	index      int
}

func newCSVDecoder(attrs schema.Attributes, c Config, o options) (Decoder, error) {
	mappings, err := o.resolve(attrs, c.Attributes)
	if err != nil {
		return nil, err
	}
	d := &csvDecoder{
		row:      newRow(attrs, mappings, o.Bool("fail.on.missing.attribute", true)),
		mappings: mappings,
		header:   o.Bool("header", false),
		grouped:  o.Bool("event.grouping.enabled", false),
	}
	d.header = o.Bool("header.present", d.header)
	if d.delimiter, err = delimiter(o); err != nil {
		return nil, err
	}
	for _, v := range strings.Split(o.Text("null.values", ""), ",") {
		d.nulls = append(d.nulls, strings.TrimSpace(v))
	}
	if !d.header {
		err = d.numbered(o)
	}
	return d, err
}

func delimiter(o options) (rune, error) {
	text := o.Text("delimiter", ",")
	if text == `\t` {
		text = "\t"
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || size == 0 || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return 0, o.Errorf("option delimiter is %q; it must be one character that is neither a quote nor a line end", text)
	}
	return r, nil
}

// numbered finds the columns of the attributes when lines have no names.
func (d *csvDecoder) numbered(o options) error {
	d.columns = make([]int, len(d.row.attrs))
	for i := range d.columns {
		d.columns[i] = i
		if d.mappings == nil {
			continue
		}
		if _, ok := property(d.mappings[i]); ok {
			d.columns[i] = -1
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(d.mappings[i]))
		if err != nil || n < 0 {
			return o.Errorf("attribute %s is mapped to %q; without header='true' it must be the number of a column, from 0", d.row.attrs[i].Name, d.mappings[i])
		}
		d.columns[i] = n
	}
	if d.mappings == nil {
		d.width = len(d.columns)
	}
	return nil
}

// named finds the columns of the attributes in a header line.
func (d *csvDecoder) named(names []string) {
	d.columns = slices.Grow(d.columns[:0], len(d.row.attrs))[:len(d.row.attrs)]
	for i, a := range d.row.attrs {
		name := a.Name
		if d.mappings != nil {
			name = d.mappings[i]
		}
		d.columns[i] = slices.IndexFunc(names, func(n string) bool { return strings.TrimSpace(n) == name })
	}
	d.width = len(names)
}

func (d *csvDecoder) Decode(dst *column.Buffer, recs []stream.Record) []BadRecord {
	d.bad = d.bad[:0]
	for i := range recs {
		d.rec, d.index = &recs[i], i
		start := dst.N
		d.record(dst)
		if d.grouped {
			endChunk(dst, start)
		} else if dst.Ends != nil {
			for ; start < dst.N; start++ {
				dst.Ends = append(dst.Ends, int32(start+1))
			}
		}
	}
	d.rec = nil
	return d.bad
}

// record decodes the lines of one record.
func (d *csvDecoder) record(dst *column.Buffer) {
	ownHeader := d.header
	if line, ok := header(d.rec, HeaderLine); ok && d.header {
		ownHeader = false
		if line != d.headerLine || d.columns == nil {
			names, err := d.reader([]byte(line)).Read()
			if err != nil {
				d.report(1, "", fmt.Errorf("header line: %w", err))
				return
			}
			d.named(names)
			d.headerLine = strings.Clone(line)
		}
	}
	rows, bad := dst.N, len(d.bad)
	if bytes.IndexByte(d.rec.Value, '"') >= 0 {
		d.quoted(dst, ownHeader)
	} else {
		d.plain(dst, ownHeader)
	}
	if ownHeader && dst.N == rows && len(d.bad) == bad {
		d.report(1, "", errOnlyHeader)
	}
}

// errOnlyHeader is what happens to every line when records are lines: it must
// not look as if nothing had come.
var errOnlyHeader = errors.New("the record is a header line without rows; a source whose records are lines needs header='true' too, " +
	"in @source, so that it gives each line the names of its columns")

// plain splits lines without quotes, which is nearly all of them.
func (d *csvDecoder) plain(dst *column.Buffer, ownHeader bool) {
	rest := unsafe.String(unsafe.SliceData(d.rec.Value), len(d.rec.Value)) // only while the record is decoded
	for line := 1; len(rest) > 0; line++ {
		var text string
		text, rest, _ = strings.Cut(rest, "\n")
		text = strings.TrimSuffix(text, "\r")
		if text == "" {
			continue
		}
		d.fields = d.fields[:0]
		for more := true; more; {
			var field string
			field, text, more = d.cut(text)
			d.fields = append(d.fields, field)
		}
		d.line(dst, line, &ownHeader)
	}
}

func (d *csvDecoder) cut(text string) (field, rest string, found bool) {
	i := strings.IndexRune(text, d.delimiter)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+utf8.RuneLen(d.delimiter):], true
}

func (d *csvDecoder) quoted(dst *column.Buffer, ownHeader bool) {
	r := d.reader(d.rec.Value)
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			line := 1
			if p := (*csv.ParseError)(nil); errors.As(err, &p) {
				line, err = p.Line, p.Err
			}
			// Where the next line starts is not known after a wrong quote.
			d.report(line, "", fmt.Errorf("%w; what follows in the record is left out", err))
			return
		}
		line, _ := r.FieldPos(0)
		d.fields = append(d.fields[:0], fields...)
		d.line(dst, line, &ownHeader)
	}
}

func (d *csvDecoder) reader(data []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = d.delimiter
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	return r
}

// line decodes the fields of one line, the first of which may be the header.
func (d *csvDecoder) line(dst *column.Buffer, line int, ownHeader *bool) {
	if *ownHeader {
		*ownHeader = false
		d.named(d.fields)
		d.headerLine = ""
		return
	}
	d.row.start()
	switch {
	case d.width > 0 && len(d.fields) != d.width && d.header:
		d.row.fail(-1, fmt.Errorf("has %d columns, the header %d", len(d.fields), d.width))
	case d.width > 0 && len(d.fields) > d.width, d.width > 0 && d.row.failMissing && len(d.fields) < d.width:
		d.row.fail(-1, fmt.Errorf("has %d columns, the stream %d attributes (%s)", len(d.fields), d.width, d.row.attrs))
	default:
		d.values()
	}
	d.row.finish(d.rec)
	if d.row.err != nil {
		d.report(line, d.row.field, d.row.err)
		return
	}
	d.row.commit(dst, NoTime)
}

func (d *csvDecoder) values() {
	for attr, col := range d.columns {
		if col < 0 || col >= len(d.fields) {
			continue
		}
		field := d.fields[col]
		if field == "" || slices.Contains(d.nulls, field) {
			d.row.setNull(attr)
			continue
		}
		if d.row.attrs[attr].Type == schema.Object {
			field = strings.Clone(field)
		}
		d.row.setText(attr, field)
	}
}

func (d *csvDecoder) report(line int, field string, err error) {
	d.bad = append(d.bad, BadRecord{Record: d.index, Line: line, Field: field, Err: err})
}
