// Package mapper turns the records of transports into rows and rows into
// records: what @map of a source or sink says.
//
// It imports stream, column, schema, state and its own subpackage frame.
package mapper

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

// NoTime is the timestamp of rows whose record does not say when the event
// happened: the engine gives them its own time.
const NoTime = -1

// HeaderID is the header with a record's identity. A transport that can drops a
// second record with the same one; frames of a producer have it.
const HeaderID = "id"

// Decoder makes rows of records. It is for one goroutine.
type Decoder interface {
	// Decode appends the rows of recs to dst, in order, with their timestamps
	// and chunks. What cannot be decoded costs no other row; it is listed, and
	// the list is valid until the next Decode. Columns of dst with Type Invalid
	// are not filled; the others have the types of the stream's attributes.
	Decode(dst *column.Buffer, recs []stream.Record) []BadRecord
}

// Encoder makes records of rows. It is for one goroutine.
type Encoder interface {
	// Encode appends to dst the records of the given rows of b, all when rows is
	// nil. Keys are left to the caller. The memory of the values and headers is
	// the encoder's; it is valid until the next Encode.
	Encode(dst []stream.Record, b *column.Batch, rows []int32) ([]stream.Record, error)
}

// BadRecord is a record, or an event in one, that was left out.
type BadRecord struct {
	Record int    // index in the records given to Decode
	Line   int    // line in the record, from 1
	Field  string // attribute that does not fit; "" when it is not about one
	Err    error
}

// Error says where and what, for a log line that already names the source.
func (b *BadRecord) Error() string {
	var s strings.Builder
	if b.Line > 1 {
		fmt.Fprintf(&s, "line %d: ", b.Line)
	}
	if b.Field != "" {
		fmt.Fprintf(&s, "attribute %s: ", b.Field)
	}
	s.WriteString(b.Err.Error())
	return s.String()
}

// Unwrap returns the reason.
func (b *BadRecord) Unwrap() error { return b.Err }

// Entry is an element of @attributes or @payload; Name is "" for a positional one.
type Entry struct{ Name, Value string }

// Config is a @map annotation.
type Config struct {
	Type       string // "json", "csv", "text", "frame", "passThrough"; "" means passThrough
	Options    stream.Options
	Attributes []Entry // @attributes of a source
	Payload    []Entry // @payload of a sink
}

// NewDecoder makes the decoder that a source's @map asks for.
func NewDecoder(attrs schema.Attributes, c Config) (Decoder, error) {
	o := newOptions(c)
	if len(c.Payload) != 0 {
		return nil, o.Errorf("@payload belongs to a sink; a source takes @attributes")
	}
	var d Decoder
	var err error
	switch strings.ToLower(c.Type) {
	case "json":
		d, err = newJSONDecoder(attrs, c, o)
	case "csv":
		d, err = newCSVDecoder(attrs, c, o)
	case "text":
		d, err = newTextDecoder(attrs, c, o)
	case "frame", "passthrough", "":
		d, err = newFrameDecoder(attrs, c, o)
	default:
		return nil, unknownType(c.Type)
	}
	if err != nil {
		return nil, err
	}
	return d, o.Done()
}

// NewEncoder makes the encoder that a sink's @map asks for.
func NewEncoder(attrs schema.Attributes, c Config) (Encoder, error) {
	o := newOptions(c)
	if len(c.Attributes) != 0 {
		return nil, o.Errorf("@attributes belongs to a source; a sink takes @payload")
	}
	var e Encoder
	var err error
	switch strings.ToLower(c.Type) {
	case "json":
		e, err = newJSONEncoder(attrs, c, o)
	case "csv":
		e, err = newCSVEncoder(attrs, c, o)
	case "text":
		e, err = newTextEncoder(attrs, c, o)
	case "frame", "passthrough", "":
		e, err = newFrameEncoder(attrs, c, o)
	default:
		return nil, unknownType(c.Type)
	}
	if err != nil {
		return nil, err
	}
	return e, o.Done()
}

func unknownType(name string) error {
	return fmt.Errorf("@map: there is no mapper %q; there are json, csv, text, frame and passThrough", name)
}
