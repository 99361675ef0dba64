package frame

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

var every = schema.Attributes{
	{Name: "s", Type: schema.String}, {Name: "i", Type: schema.Int}, {Name: "l", Type: schema.Long},
	{Name: "f", Type: schema.Float}, {Name: "d", Type: schema.Double}, {Name: "b", Type: schema.Bool},
	{Name: "o", Type: schema.Object},
}

// sample has n rows with short, long and empty strings; every third value is null if nulls.
func sample(n int, nulls bool) *column.Buffer {
	b := column.NewBuffer(every)
	for i := range n {
		b.Time = append(b.Time, int64(1000+i))
		if nulls && i%3 == 2 {
			for c := range b.Cols {
				b.Cols[c].AppendNull()
			}
			continue
		}
		b.Cols[0].AppendString(strings.Repeat("é", i%11))
		b.Cols[1].AppendInt(int32(i) - 5)
		b.Cols[2].AppendLong(math.MinInt64 + int64(i))
		b.Cols[3].AppendFloat(float32(i) / 3)
		b.Cols[4].AppendDouble(-float64(i) / 7)
		b.Cols[5].AppendBool(i%2 == 0)
		b.Cols[6].AppendObject(map[string]any{"n": int64(i), "list": []any{nil, true, "x", int32(1), float32(2), 3.5}})
	}
	b.N = n
	return b
}

// text renders rows so that two batches can be compared and shown.
func text(b *column.Batch) []string {
	var rows []string
	for r := range b.N {
		var s strings.Builder
		fmt.Fprint(&s, b.Time[r])
		for c := range b.Cols {
			fmt.Fprintf(&s, " %v", b.Cols[c].Any(r))
		}
		rows = append(rows, s.String())
	}
	return rows
}

func encode(t testing.TB, b *column.Batch, rows []int32, above int) []byte {
	t.Helper()
	e, err := NewEncoder(every, above)
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.Append(nil, Header{Producer: "app-1/S", Epoch: 7, Sequence: 42}, b, rows)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t testing.TB, dst *column.Buffer, data []byte, skip int) Frame {
	t.Helper()
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := NewDecoder(every).Append(dst, f, skip); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 100} {
		for _, nulls := range []bool{false, true} {
			for _, above := range []int{0, 1} {
				in := sample(n, nulls)
				out := column.NewBuffer(every)
				f := decode(t, out, encode(t, &in.Batch, nil, above), 0)
				if want := (Header{"app-1/S", 7, 42, n}); f.Header != want {
					t.Errorf("header is %+v, want %+v", f.Header, want)
				}
				if got, want := text(&out.Batch), text(&in.Batch); !reflect.DeepEqual(got, want) {
					t.Errorf("%d rows, nulls %v, compress above %d:\ngot  %q\nwant %q", n, nulls, above, got, want)
				}
			}
		}
	}
}

func TestFramesAppendToOneBatch(t *testing.T) {
	for _, nulls := range [][2]bool{{false, true}, {true, false}, {true, true}} {
		a, b := sample(5, nulls[0]), sample(9, nulls[1])
		out := column.NewBuffer(every)
		decode(t, out, encode(t, &a.Batch, nil, 0), 0)
		decode(t, out, encode(t, &b.Batch, nil, 0), 0)
		want := append(text(&a.Batch), text(&b.Batch)...)
		if got := text(&out.Batch); !reflect.DeepEqual(got, want) {
			t.Errorf("nulls %v:\ngot  %q\nwant %q", nulls, got, want)
		}
	}
}

func TestSomeRowsOfABatch(t *testing.T) {
	in := sample(20, true)
	in.UseEnds()
	in.Ends = append(in.Ends, 4, 5, 9, 20)
	rows := []int32{0, 3, 5, 8, 19}
	for skip := range len(rows) + 2 {
		out := column.NewBuffer(every)
		decode(t, out, encode(t, &in.Batch, rows, 0), skip)
		var want []string
		for _, r := range rows[min(skip, len(rows)):] {
			want = append(want, text(&in.Batch)[r])
		}
		if got := text(&out.Batch); !reflect.DeepEqual(got, want) {
			t.Errorf("skip %d:\ngot  %q\nwant %q", skip, got, want)
		}
		wantEnds := [][]int32{{2, 4, 5}, {1, 3, 4}, {2, 3}, {1, 2}, {1}, nil, nil}[skip]
		if !reflect.DeepEqual(out.Ends, wantEnds) {
			t.Errorf("skip %d: chunks end at %v, want %v", skip, out.Ends, wantEnds)
		}
	}
}

func TestChunksOfSeveralFrames(t *testing.T) {
	single, chunked := sample(2, false), sample(3, false)
	chunked.UseEnds()
	chunked.Ends = append(chunked.Ends, 3)
	out := column.NewBuffer(every)
	decode(t, out, encode(t, &single.Batch, nil, 0), 0)
	decode(t, out, encode(t, &chunked.Batch, nil, 0), 0)
	decode(t, out, encode(t, &single.Batch, nil, 0), 0)
	if want := []int32{1, 2, 5, 6, 7}; !reflect.DeepEqual(out.Ends, want) {
		t.Errorf("chunks end at %v, want %v", out.Ends, want)
	}
}

func TestColumnsThatNobodyReadsAreNotFilled(t *testing.T) {
	in := sample(4, true)
	out := column.NewBuffer(every)
	out.Cols[0].Type, out.Cols[4].Type = schema.Invalid, schema.Invalid
	decode(t, out, encode(t, &in.Batch, nil, 0), 0)
	if out.Cols[1].Len() != 4 || out.Cols[0].Str != nil || out.Cols[4].F64 != nil {
		t.Errorf("columns have %d, %d and %d values", out.Cols[1].Len(), len(out.Cols[0].Str), len(out.Cols[4].F64))
	}
}

// The bytes of a frame as docs/formats/frame.md says, written by hand.
func TestBytesAreThoseOfTheSpecification(t *testing.T) {
	attrs := schema.Attributes{{Name: "ab", Type: schema.Int}, {Name: "c", Type: schema.String}}
	b := column.NewBuffer(attrs)
	b.N, b.Time = 2, []int64{1, -2}
	b.Cols[0].AppendInt(258)
	b.Cols[0].AppendNull()
	b.Cols[1].AppendString("x")
	b.Cols[1].AppendString("")
	e, err := NewEncoder(attrs, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Append(nil, Header{Producer: "p", Epoch: 3, Sequence: 9}, &b.Batch, nil)
	if err != nil {
		t.Fatal(err)
	}
	covered := strings.Join(strings.Fields(`
		01 00 0200 02000000 2f000000 0300000000000000 0900000000000000 0100 70
		00000000
		0100000000000000 feffffffffffffff
		02 6162 02 01 02 02010000 00000000
		01 63 01 00 01000000 00000000 78`), "")
	want, err := hex.DecodeString(covered)
	if err != nil {
		t.Fatal(err)
	}
	want = append(binary.LittleEndian.AppendUint32([]byte("MRFR"), crc32.Checksum(want, castagnoli)), want...)
	if string(got) != string(want) {
		t.Errorf("frame is\n%x\nwant\n%x", got, want)
	}
}

func TestDamageIsFound(t *testing.T) {
	in := sample(6, true)
	data := encode(t, &in.Batch, nil, 0)
	for i := range data {
		bad := append([]byte(nil), data...)
		bad[i] ^= 0x10
		if _, err := Parse(bad); err == nil {
			t.Fatalf("a changed byte %d of %d is not found", i, len(data))
		}
		if _, err := Parse(data[:i]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("a cut at %d of %d gives %v", i, len(data), err)
		}
	}
}

func TestFrameOfAnotherSchemaIsRefused(t *testing.T) {
	in := sample(3, false)
	f, err := Parse(encode(t, &in.Batch, nil, 0))
	if err != nil {
		t.Fatal(err)
	}
	other := append(schema.Attributes(nil), every...)
	other[1].Name = "price"
	out := column.NewBuffer(other)
	err = NewDecoder(other).Append(out, f, 0)
	if err == nil || !strings.Contains(err.Error(), `column "i" of type int where the stream has "price" of type int`) {
		t.Errorf("another name gives %v", err)
	}
	if out.N != 0 || out.Cols[0].Len() != 0 {
		t.Errorf("a refused frame left %d rows", out.N)
	}
	if err := NewDecoder(every[:3]).Append(out, f, 0); err == nil {
		t.Error("fewer attributes than columns are accepted")
	}
}

func TestEncodeRefusesWhatHasNoForm(t *testing.T) {
	b := sample(1, false)
	b.Cols[6].Obj[0] = struct{}{}
	e, _ := NewEncoder(every, 0)
	if _, err := e.Append(nil, Header{}, &b.Batch, nil); err == nil || !strings.Contains(err.Error(), "attribute o: an object of type struct {}") {
		t.Errorf("an unknown object gives %v", err)
	}
	b.Cols[6].Obj[0] = nil
	if _, err := e.Append(nil, Header{Sequence: math.MaxUint64}, &b.Batch, nil); err == nil {
		t.Error("a sequence that overflows is accepted")
	}
}

func TestTracker(t *testing.T) {
	steps := []struct {
		name      string
		partition string
		h         Header
		want      Verdict
	}{
		{"unknown producer", "0", Header{"a", 5, 100, 10}, Verdict{}},
		{"next", "0", Header{"a", 5, 110, 10}, Verdict{}},
		{"again", "0", Header{"a", 5, 110, 10}, Verdict{Skip: 10}},
		{"again, cut differently", "0", Header{"a", 5, 105, 20}, Verdict{Skip: 15}},
		{"gap", "0", Header{"a", 5, 130, 1}, Verdict{Missing: 5}},
		{"other partition", "1", Header{"a", 5, 7, 1}, Verdict{}},
		{"other producer", "0", Header{"b", 1, 0, 1}, Verdict{}},
		{"new epoch", "0", Header{"a", 6, 0, 3}, Verdict{}},
		{"old epoch", "0", Header{"a", 5, 131, 3}, Verdict{Skip: 3}},
		{"new epoch whose start is missing", "0", Header{"a", 9, 4, 3}, Verdict{Missing: 4}},
		{"empty", "0", Header{"a", 9, 7, 0}, Verdict{}},
	}
	for restoreAt := range len(steps) {
		tr := NewTracker()
		for i, s := range steps {
			if i == restoreAt {
				var e state.Encoder
				tr.Snapshot(&e)
				tr = NewTracker()
				if err := tr.Restore(state.NewDecoder(e.Bytes())); err != nil {
					t.Fatal(err)
				}
			}
			if got := tr.Check(s.partition, s.h); got != s.want {
				t.Errorf("restored before step %d: %s: got %+v, want %+v", restoreAt, s.name, got, s.want)
			}
		}
		tr.Forget("0")
		if got := tr.Check("0", Header{"a", 1, 50, 1}); got != (Verdict{}) {
			t.Errorf("a forgotten partition gives %+v", got)
		}
	}
}
