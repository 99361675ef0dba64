package runtime_test

import (
	"errors"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// The error of a value of another type says whose it is, and the fault stream has the value.
func TestStrayError(t *testing.T) {
	const text = `
		@app:name('Shop')
		@OnError(action='stream') define stream S (k string, price int);
		@info(name='dear') from S[price > 100] select k insert into Dear;
		from !S select k, price, convert(_error, 'string') as why insert into Bad;`
	var told []error
	app := compile(t, text, siddhi.Options{Time: siddhi.Virtual, OnError: func(e *siddhi.ProcessingError) { told = append(told, e) }})
	var bad []any
	app.OnStream("Bad", func(b *siddhi.Batch) {
		for i := range b.N {
			bad = append(bad, b.Cols[0].Any(i), b.Cols[1].Any(i), b.Cols[1].IsNull(i), b.Cols[2].Any(i))
		}
	})
	app.Start()
	in := input(t, app, "S")
	if err := in.Send(1, siddhi.String("a"), siddhi.String("12 EUR")); err != nil {
		t.Fatal(err)
	}
	const why = `stream S: attribute price is an int, but the value "12 EUR" is a string`
	if len(told) != 1 || told[0].Error() != "app Shop, query dear: "+why {
		t.Errorf("told %q", told)
	}
	var stray *expr.StrayError
	if len(told) == 1 && (!errors.As(told[0], &stray) || stray.Type != schema.Int || stray.Value != "12 EUR") {
		t.Errorf("told %#v", told[0])
	}
	if len(bad) != 4 || bad[0] != "a" || bad[1] != "12 EUR" || bad[2] != true || !strings.HasSuffix(bad[3].(string), why) {
		t.Errorf("the fault stream has %q", bad)
	}
}

// A batch is taken apart for a value that fails: the other chunks pass, and the row
// that is sent next has nothing of it.
func TestStrayInBatch(t *testing.T) {
	const text = `
		define stream S (k string, v int);
		from S select k, v + 1 as v insert into O;`
	failed := 0
	app := compile(t, text, siddhi.Options{Time: siddhi.Virtual, OnError: func(*siddhi.ProcessingError) { failed++ }})
	var got []any
	app.OnStream("O", func(b *siddhi.Batch) {
		for i := range b.N {
			got = append(got, b.Cols[1].Any(i))
		}
	})
	app.Start()
	in := input(t, app, "S")
	b := in.NewBatch()
	for _, v := range []any{int32(1), "x", nil, int32(4), "y", "z", int32(7)} {
		b.N++
		b.Time = append(b.Time, 1)
		b.Cols[0].AppendString("k")
		b.Cols[1].AppendAny(v)
	}
	b.Ends = []int32{1, 2, 3, 5, 6, 7}
	if err := in.SendBatch(b); err != nil {
		t.Fatal(err)
	}
	for _, v := range []siddhi.Value{siddhi.String("x"), siddhi.Int(1), siddhi.Of(nil), siddhi.Bool(true), siddhi.Int(5)} {
		if err := in.Send(2, siddhi.String("k"), v); err != nil {
			t.Fatal(err)
		}
	}
	want := []any{int32(2), nil, int32(8), int32(2), nil, int32(6)}
	if failed != 5 || len(got) != len(want) {
		t.Fatalf("%d failed, got %v, want 5 and %v", failed, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
			break
		}
	}
}
