package mapper

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper/frame"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/stream"
)

func TestOrderedFramesDropDuplicatesAndReportGaps(t *testing.T) {
	enc, err := NewEncoder(trade, Config{Type: "frame"})
	if err != nil {
		t.Fatal(err)
	}
	send := enc.(*FrameEncoder)
	b := column.NewBuffer(trade)
	for i := range 3 {
		b.Cols[0].AppendString(fmt.Sprint("s", i))
		b.Cols[1].AppendFloat(1)
		b.Cols[2].AppendLong(int64(i))
		b.Time = append(b.Time, int64(i))
	}
	b.N = 3
	record := func(sequence uint64) stream.Record {
		send.SetHeader(frame.Header{Producer: "p", Epoch: 1, Sequence: sequence})
		recs, err := send.Encode(nil, &b.Batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		if next := send.Header().Sequence; next != sequence+3 {
			t.Fatalf("after 3 rows from %d the next is %d", sequence, next)
		}
		rec := recs[0]
		if want := (stream.Header{Name: HeaderID, Value: fmt.Sprintf("p/1/%d+3", sequence)}); len(rec.Headers) != 1 || rec.Headers[0] != want {
			t.Errorf("headers are %v, want %v", rec.Headers, want)
		}
		rec.Value = append([]byte(nil), rec.Value...)
		rec.Position.Partition = "topic/0"
		return rec
	}
	decoder := func() *FrameDecoder {
		d, err := NewDecoder(trade, Config{Type: "frame", Options: stream.Options{"ordered": "true"}})
		if err != nil {
			t.Fatal(err)
		}
		return d.(*FrameDecoder)
	}
	d, out := decoder(), column.NewBuffer(trade)
	bad := d.Decode(out, []stream.Record{record(0), record(0), {Value: []byte(`{"event":{}}, not a frame, but long enough`)}, record(2), record(9)})
	if got, want := rows(out), "s0,1,0 s1,1,1 s2,1,2 s1,1,1 s2,1,2 s0,1,0 s1,1,1 s2,1,2"; got != want {
		t.Errorf("rows are %s\nwant     %s", got, want)
	}
	if len(bad) != 1 || bad[0].Record != 2 {
		t.Errorf("bad records: %s", reasons(bad))
	}
	if d.Dropped() != 4 || len(d.Gaps()) != 1 || d.Gaps()[0] != (Gap{Record: 4, Partition: "topic/0", Producer: "p", Epoch: 1, Sequence: 5, Rows: 4}) {
		t.Errorf("dropped %d, gaps %v", d.Dropped(), d.Gaps())
	}

	var e state.Encoder
	d.Snapshot(&e)
	d = decoder()
	if err := d.Restore(state.NewDecoder(e.Bytes())); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	d.Decode(out, []stream.Record{record(9), record(12)})
	if out.N != 3 || d.Dropped() != 3 || len(d.Gaps()) != 0 {
		t.Errorf("after a restore: %d rows, %d dropped, gaps %v", out.N, d.Dropped(), d.Gaps())
	}
}
