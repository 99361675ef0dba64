package frame

import (
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"testing"

	"millrace/pkg/siddhi/column"
)

// FuzzDecode feeds altered frames whose checksum is right, so that the checks
// behind it are reached. What is accepted must survive another round.
func FuzzDecode(f *testing.F) {
	for _, n := range []int{0, 1, 9} {
		b := sample(n, n > 1)
		f.Add(encode(f, &b.Batch, nil, 0))
		f.Add(encode(f, &b.Batch, nil, 1))
		b.UseEnds()
		if n > 0 {
			b.Ends = append(b.Ends, int32(n))
		}
		f.Add(encode(f, &b.Batch, nil, 0))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= coveredOffset {
			sum := crc32.Checksum(data[coveredOffset:], castagnoli)
			binary.LittleEndian.PutUint32(data[checksumOffset:], sum)
		}
		fr, err := Parse(data)
		if err != nil {
			return
		}
		out := column.NewBuffer(every)
		if err := NewDecoder(every).Append(out, fr, 0); err != nil {
			if out.N != 0 || len(out.Time) != 0 {
				t.Fatalf("a refused frame left %d rows", out.N)
			}
			return
		}
		for c := range out.Cols {
			if out.Cols[c].Len() != fr.Rows {
				t.Fatalf("column %d has %d values of %d", c, out.Cols[c].Len(), fr.Rows)
			}
		}
		e, err := NewEncoder(every, 0)
		if err != nil {
			t.Fatal(err)
		}
		again, err := e.Append(nil, fr.Header, &out.Batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		back := column.NewBuffer(every)
		decode(t, back, again, 0)
		if got, want := text(&back.Batch), text(&out.Batch); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}
