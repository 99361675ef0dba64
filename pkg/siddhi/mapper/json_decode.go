package mapper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

// maxObjectDepth bounds how deep a value of type object nests; it is what
// frames carry, too.
const maxObjectDepth = 32

// jsonDecoder reads events that are JSON objects, bare or as {"event":{...}},
// one or an array of them or several in a row in a record. An array is one
// chunk. It walks tokens along a tree of the wanted members: no document is built.
type jsonDecoder struct {
	row       row
	root      *node
	enclosing []string
	enveloped bool // {"event":{...}} is an envelope
	bad       []BadRecord

	tokens *json.Decoder
	rec    *stream.Record
	index  int
}

func newJSONDecoder(attrs schema.Attributes, c Config, o options) (Decoder, error) {
	mappings, err := o.resolve(attrs, c.Attributes)
	if err != nil {
		return nil, err
	}
	d := &jsonDecoder{row: newRow(attrs, mappings, o.Bool("fail.on.missing.attribute", true))}
	if d.root, err = newTree(attrs, mappings); err != nil {
		return nil, o.Errorf("%w", err)
	}
	if d.enclosing, err = parsePath(o.Text("enclosing.element", "$")); err != nil {
		return nil, o.Errorf("enclosing.element: %w", err)
	}
	d.enveloped = mappings == nil && attrs.Index("event") < 0
	return d, nil
}

func (d *jsonDecoder) Decode(dst *column.Buffer, recs []stream.Record) []BadRecord {
	d.bad = d.bad[:0]
	for i := range recs {
		d.rec, d.index = &recs[i], i
		d.tokens = json.NewDecoder(bytes.NewReader(recs[i].Value))
		d.tokens.UseNumber()
		d.record(dst)
	}
	d.tokens, d.rec = nil, nil
	return d.bad
}

// record decodes the documents of a record, each a chunk. A document that is
// not JSON to its end is left out whole, with what is behind it.
func (d *jsonDecoder) record(dst *column.Buffer) {
	for documents := 0; ; documents++ {
		start, bad := dst.N, len(d.bad)
		tok, err := d.tokens.Token()
		if err == io.EOF && documents > 0 {
			return
		}
		if err == nil {
			err = d.document(dst, tok, d.enclosing)
		}
		if err != nil {
			truncate(dst, start)
			d.bad = d.bad[:bad]
			d.report("", syntaxError(err))
			return
		}
		endChunk(dst, start)
	}
}

func syntaxError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends too early")
	}
	return fmt.Errorf("not JSON: %w", err)
}

func (d *jsonDecoder) report(field string, err error) {
	at := min(int(d.tokens.InputOffset()), len(d.rec.Value))
	line := 1 + bytes.Count(d.rec.Value[:at], []byte{'\n'})
	d.bad = append(d.bad, BadRecord{Record: d.index, Line: line, Field: field, Err: err})
}

// document finds the events in a value of which tok has been read; path leads
// to them. Its error is one of syntax: nothing more can be read.
func (d *jsonDecoder) document(dst *column.Buffer, tok json.Token, path []string) error {
	if len(path) == 0 {
		return d.events(dst, tok)
	}
	if tok != json.Delim('{') {
		d.report("", fmt.Errorf("no object with the enclosing element %q, but %s", path[0], describe(tok)))
		return d.skip(tok)
	}
	found := false
	for d.tokens.More() {
		key, err := d.tokens.Token()
		if err != nil {
			return err
		}
		tok, err := d.tokens.Token()
		if err != nil {
			return err
		}
		if key == path[0] {
			found = true
			err = d.document(dst, tok, path[1:])
		} else {
			err = d.skip(tok)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		d.report("", fmt.Errorf("the enclosing element %q is missing", path[0]))
	}
	_, err := d.tokens.Token() // }
	return err
}

func (d *jsonDecoder) events(dst *column.Buffer, tok json.Token) error {
	if tok != json.Delim('[') {
		return d.event(dst, tok)
	}
	for d.tokens.More() {
		tok, err := d.tokens.Token()
		if err == nil {
			err = d.event(dst, tok)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.tokens.Token() // ]
	return err
}

// event decodes one event of which tok has been read.
func (d *jsonDecoder) event(dst *column.Buffer, tok json.Token) error {
	if tok != json.Delim('{') {
		d.report("", fmt.Errorf("an event must be an object, this is %s", describe(tok)))
		return d.skip(tok)
	}
	d.row.start()
	if err := d.members(d.root, d.enveloped); err != nil {
		return err
	}
	d.row.finish(d.rec)
	if d.row.err != nil {
		d.report(d.row.field, d.row.err)
		return nil
	}
	d.row.commit(dst, NoTime)
	return nil
}

// members reads the members of an object up to its end. With enveloped, a
// member "event" that is an object has the members that are meant.
func (d *jsonDecoder) members(n *node, enveloped bool) error {
	for d.tokens.More() {
		key, err := d.tokens.Token()
		if err != nil {
			return err
		}
		tok, err := d.tokens.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		child := n.children[name]
		switch {
		case child != nil:
			err = d.member(child, tok)
		case enveloped && name == "event" && tok == json.Delim('{'):
			err = d.members(n, false)
		default:
			err = d.skip(tok)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.tokens.Token() // }
	return err
}

// member takes the value of a member that leads to attributes.
func (d *jsonDecoder) member(n *node, tok json.Token) error {
	if len(n.children) > 0 {
		if tok == json.Delim('{') {
			return d.members(n, false)
		}
		return d.skip(tok) // its attributes are missing
	}
	switch v := tok.(type) {
	case nil:
		for _, attr := range n.attrs {
			d.row.setNull(attr)
		}
	case string:
		for _, attr := range n.attrs {
			d.row.setText(attr, v)
		}
	case bool:
		for _, attr := range n.attrs {
			d.set(attr, v, strconv.FormatBool(v))
		}
	case json.Number:
		for _, attr := range n.attrs {
			d.set(attr, number(v), string(v))
		}
	case json.Delim:
		return d.composite(n, v)
	}
	return nil
}

func (d *jsonDecoder) set(attr int, v any, text string) {
	if d.row.attrs[attr].Type == schema.Object {
		d.row.setObject(attr, v)
		return
	}
	d.row.setText(attr, text)
}

// composite gives a list or an object to attributes of type object; others
// cannot take it.
func (d *jsonDecoder) composite(n *node, open json.Delim) error {
	wanted := false
	for _, attr := range n.attrs {
		if typ := d.row.attrs[attr].Type; typ == schema.Object {
			wanted = true
		} else {
			d.row.fail(attr, fmt.Errorf("%s is no %s", describe(open), typ))
		}
	}
	if !wanted {
		return d.skip(open)
	}
	v, err := d.object(open, 0)
	if err != nil {
		return err
	}
	for _, attr := range n.attrs {
		if d.row.attrs[attr].Type == schema.Object {
			d.row.setObject(attr, v)
		}
	}
	return nil
}

// object makes a host value of the JSON value of which tok has been read. One
// that nests too deep makes the event bad.
func (d *jsonDecoder) object(tok json.Token, depth int) (any, error) {
	if depth > maxObjectDepth {
		d.row.fail(-1, fmt.Errorf("a value of type object is nested deeper than %d", maxObjectDepth))
		return nil, d.skip(tok)
	}
	switch v := tok.(type) {
	case json.Number:
		return number(v), nil
	case json.Delim:
		if v == '[' {
			return d.list(depth)
		}
		return d.dictionary(depth)
	}
	return tok, nil
}

func (d *jsonDecoder) list(depth int) (any, error) {
	list := []any{}
	for d.tokens.More() {
		tok, err := d.tokens.Token()
		if err != nil {
			return nil, err
		}
		v, err := d.object(tok, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.tokens.Token() // ]
	return list, err
}

func (d *jsonDecoder) dictionary(depth int) (any, error) {
	m := map[string]any{}
	for d.tokens.More() {
		key, err := d.tokens.Token()
		if err != nil {
			return nil, err
		}
		tok, err := d.tokens.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if m[name], err = d.object(tok, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.tokens.Token() // }
	return m, err
}

// number makes a long of an integer that fits one, otherwise a double.
func number(n json.Number) any {
	if v, err := n.Int64(); err == nil {
		return v
	}
	v, _ := n.Float64() // a number beyond the range of double is infinite
	return v
}

// skip reads to the end of the value of which tok has been read.
func (d *jsonDecoder) skip(tok json.Token) error {
	depth := 0
	for {
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if tok, err = d.tokens.Token(); err != nil {
			return err
		}
	}
}

func describe(tok json.Token) string {
	switch v := tok.(type) {
	case nil:
		return "null"
	case json.Delim:
		if v == '[' {
			return "an array"
		}
		return "an object"
	case string:
		return fmt.Sprintf("the string %.40q", v)
	}
	return fmt.Sprintf("%.40v", tok)
}
