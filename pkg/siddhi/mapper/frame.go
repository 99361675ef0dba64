package mapper

import (
	"fmt"
	"strconv"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper/frame"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/stream"
)

// FrameDecoder reads frames. One whose @map has ordered='true' drops rows that
// it has seen and counts rows that are lost; it is then part of the app's state.
type FrameDecoder struct {
	frames  *frame.Decoder
	tracker *frame.Tracker // nil unless ordered
	bad     []BadRecord
	gaps    []Gap
	dropped int
}

// Gap is a number of rows that a producer sent and that never came.
type Gap struct {
	Record    int // index of the record before which they are missing
	Partition string
	Producer  string
	Epoch     uint64
	Sequence  uint64 // of the first missing row
	Rows      uint64
}

// String says what is lost.
func (g Gap) String() string {
	return fmt.Sprintf("%d rows of producer %q in %s are lost: epoch %d, sequence %d to %d",
		g.Rows, g.Producer, g.Partition, g.Epoch, g.Sequence, g.Sequence+g.Rows-1)
}

func newFrameDecoder(attrs schema.Attributes, c Config, o options) (*FrameDecoder, error) {
	if len(c.Attributes) != 0 {
		return nil, o.Errorf("frames carry the stream's attributes as they are; @attributes needs another mapper, such as json")
	}
	d := &FrameDecoder{frames: frame.NewDecoder(attrs)}
	if o.Bool("ordered", false) {
		d.tracker = frame.NewTracker()
	}
	return d, nil
}

// Decode implements Decoder.
func (d *FrameDecoder) Decode(dst *column.Buffer, recs []stream.Record) []BadRecord {
	d.bad, d.gaps, d.dropped = d.bad[:0], d.gaps[:0], 0
	for i := range recs {
		f, err := frame.Parse(recs[i].Value)
		skip := 0
		if err == nil && d.tracker != nil {
			skip = d.check(i, recs[i].Position.Partition, f.Header)
		}
		if err == nil {
			err = d.frames.Append(dst, f, skip)
		}
		if err != nil {
			d.bad = append(d.bad, BadRecord{Record: i, Line: 1, Err: err})
		}
	}
	return d.bad
}

func (d *FrameDecoder) check(record int, partition string, h frame.Header) (skip int) {
	v := d.tracker.Check(partition, h)
	d.dropped += v.Skip
	if v.Missing > 0 {
		d.gaps = append(d.gaps, Gap{
			Record: record, Partition: partition, Producer: h.Producer,
			Epoch: h.Epoch, Sequence: h.Sequence - v.Missing, Rows: v.Missing,
		})
	}
	return v.Skip
}

// Gaps returns the gaps that the last Decode found.
func (d *FrameDecoder) Gaps() []Gap { return d.gaps }

// Dropped returns the number of rows that the last Decode left out because
// they had been seen.
func (d *FrameDecoder) Dropped() int { return d.dropped }

// Forget drops what is known of a partition that another consumer reads now.
func (d *FrameDecoder) Forget(partition string) {
	if d.tracker != nil {
		d.tracker.Forget(partition)
	}
}

// Snapshot implements state.Snapshotter.
func (d *FrameDecoder) Snapshot(e *state.Encoder) {
	e.Bool(d.tracker != nil)
	if d.tracker != nil {
		d.tracker.Snapshot(e)
	}
}

// Restore implements state.Snapshotter. What an ordered decoder knew is
// dropped by one that is not.
func (d *FrameDecoder) Restore(s *state.Decoder) error {
	if !s.Bool() {
		return s.Err()
	}
	if d.tracker == nil {
		return frame.NewTracker().Restore(s)
	}
	return d.tracker.Restore(s)
}

// FrameEncoder writes frames: one record for all rows of an Encode.
type FrameEncoder struct {
	frames *frame.Encoder
	header frame.Header
	id     [1]stream.Header
	buf    []byte
}

func newFrameEncoder(attrs schema.Attributes, c Config, o options) (*FrameEncoder, error) {
	if len(c.Payload) != 0 {
		return nil, o.Errorf("frames carry the stream's attributes as they are; @payload needs another mapper, such as json")
	}
	above, err := strconv.Atoi(o.Text("compress.above", "0"))
	if err != nil || above < 0 {
		return nil, o.Errorf("option compress.above must be a number of bytes, 0 for never")
	}
	e := &FrameEncoder{}
	if e.frames, err = frame.NewEncoder(attrs, above); err != nil {
		return nil, o.Errorf("%w", err)
	}
	return e, nil
}

// SetHeader says whose rows the next frames carry and the number of the first.
// Encode counts on by itself.
func (e *FrameEncoder) SetHeader(h frame.Header) { e.header = h }

// Header returns what the next frame will say; Rows is 0.
func (e *FrameEncoder) Header() frame.Header { return e.header }

// Encode implements Encoder.
func (e *FrameEncoder) Encode(dst []stream.Record, b *column.Batch, rows []int32) ([]stream.Record, error) {
	n := len(rows)
	if rows == nil {
		n = b.N
	}
	if n == 0 {
		return dst, nil
	}
	var err error
	if e.buf, err = e.frames.Append(e.buf[:0], e.header, b, rows); err != nil {
		return dst, err
	}
	rec := stream.Record{Value: e.buf}
	if h := e.header; h.Producer != "" {
		// The number of rows is part of it: rows that are sent again may be cut
		// differently, and a longer frame must not pass for the shorter one.
		e.id[0] = stream.Header{Name: HeaderID, Value: fmt.Sprintf("%s/%d/%d+%d", h.Producer, h.Epoch, h.Sequence, n)}
		rec.Headers = e.id[:]
	}
	e.header.Sequence += uint64(n)
	return append(dst, rec), nil
}
