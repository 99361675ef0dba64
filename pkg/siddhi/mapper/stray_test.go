package mapper

import (
	"testing"

	"millrace/pkg/siddhi/column"
)

// A value of another type than its attribute's is written as what it is, not as null.
func TestStraysAreWritten(t *testing.T) {
	b := column.NewBatch(trade)
	b.N, b.Time = 1, []int64{1}
	for i, v := range []any{"IBM", "cheap", true} {
		b.Cols[i].AppendAny(v)
	}
	for kind, want := range map[string]string{
		"json": `{"event":{"symbol":"IBM","price":"cheap","volume":true}}`,
		"csv":  "IBM,cheap,true",
		"text": "symbol:\"IBM\",\nprice:cheap,\nvolume:true",
	} {
		e, err := NewEncoder(trade, Config{Type: kind})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Encode(nil, b, nil)
		if err != nil || len(got) != 1 || string(got[0].Value) != want {
			t.Errorf("%s: %v, %v, want %s", kind, got, err, want)
		}
	}
}
