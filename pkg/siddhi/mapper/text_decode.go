package mapper

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

// textDecoder reads text: as the value of the stream's one string attribute, or
// with the regular expressions of regex.A and so on, of whose groups
// @attributes takes the values (symbol='A[1]').
type textDecoder struct {
	row     row
	groups  []group // by attribute
	regexes []*regexp.Regexp
	matches [][]string // by regex
	lines   bool       // each line is an event
	bad     []BadRecord
}

// group is a group of a regular expression; regex -1 is none.
type group struct{ regex, group int }

var groupMapping = regexp.MustCompile(`^(\w+)\[(\d+)\]$`)

func newTextDecoder(attrs schema.Attributes, c Config, o options) (Decoder, error) {
	mappings, err := o.resolve(attrs, c.Attributes)
	if err != nil {
		return nil, err
	}
	d := &textDecoder{
		row:   newRow(attrs, mappings, o.Bool("fail.on.missing.attribute", true)),
		lines: o.Bool("event.grouping.enabled", false),
	}
	if mappings == nil {
		if len(attrs) != 1 || attrs[0].Type != schema.String {
			return nil, o.Errorf("the stream has (%s): without @attributes it must have one attribute, a string; "+
				"give regex.A='...' and @attributes(name='A[1]', ...)", attrs)
		}
		return d, nil
	}
	return d, d.expressions(mappings, o)
}

// expressions compiles the regular expressions that the mappings name.
func (d *textDecoder) expressions(mappings []string, o options) error {
	ids := map[string]int{}
	d.groups = make([]group, len(mappings))
	for i, m := range mappings {
		name := d.row.attrs[i].Name
		d.groups[i].regex = -1
		if _, ok := property(m); ok {
			continue
		}
		parts := groupMapping.FindStringSubmatch(m)
		if parts == nil {
			return o.Errorf("attribute %s is mapped to %q; it must be a group of a regular expression, such as A[1]", name, m)
		}
		id, ok := ids[parts[1]]
		if !ok {
			key := "regex." + strings.ToLower(parts[1])
			re, err := regexp.Compile(o.Text(key, ""))
			if err != nil || re.String() == "" {
				return o.Errorf("attribute %s needs option regex.%s, a regular expression in RE2 syntax (%v)", name, parts[1], err)
			}
			id = len(d.regexes)
			ids[parts[1]] = id
			d.regexes = append(d.regexes, re)
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil || n > d.regexes[id].NumSubexp() {
			return o.Errorf("attribute %s is mapped to %s; regex.%s has %d groups", name, m, parts[1], d.regexes[id].NumSubexp())
		}
		d.groups[i] = group{id, n}
	}
	d.matches = make([][]string, len(d.regexes))
	return nil
}

func (d *textDecoder) Decode(dst *column.Buffer, recs []stream.Record) []BadRecord {
	d.bad = d.bad[:0]
	for i := range recs {
		start := dst.N
		if !d.lines {
			d.event(dst, &recs[i], i, 1, bytes.TrimRight(recs[i].Value, "\r\n"))
			endChunk(dst, start)
			continue
		}
		line := 0
		for text := range bytes.Lines(recs[i].Value) {
			line++
			if text = bytes.TrimRight(text, "\r\n"); len(text) > 0 {
				d.event(dst, &recs[i], i, line, text)
			}
		}
		endChunk(dst, start)
	}
	return d.bad
}

func (d *textDecoder) event(dst *column.Buffer, rec *stream.Record, index, line int, text []byte) {
	d.row.start()
	if d.groups == nil {
		d.row.setText(0, string(text))
	} else {
		d.match(string(text))
	}
	d.row.finish(rec)
	if d.row.err != nil {
		d.bad = append(d.bad, BadRecord{Record: index, Line: line, Field: d.row.field, Err: d.row.err})
		return
	}
	d.row.commit(dst, NoTime)
}

func (d *textDecoder) match(text string) {
	for i, re := range d.regexes {
		d.matches[i] = re.FindStringSubmatch(text)
	}
	for attr, g := range d.groups {
		if g.regex < 0 {
			continue
		}
		m := d.matches[g.regex]
		switch {
		case m == nil && d.row.failMissing:
			d.row.fail(attr, fmt.Errorf("%q does not match %s", shorten(text), d.regexes[g.regex]))
		case m == nil, m[g.group] == "" && d.row.attrs[attr].Type != schema.String:
			d.row.setNull(attr)
		default:
			d.row.setText(attr, m[g.group])
		}
	}
}

func shorten(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}
