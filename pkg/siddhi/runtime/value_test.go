package runtime_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
)

// Every value comes out as it went in, one after another in the same row.
func TestValues(t *testing.T) {
	app := compile(t, "define stream S (s string, i int, l long, f float, d double, b bool, o object); from S select s, i, l, f, d, b, o insert into O;",
		siddhi.Options{Time: siddhi.Virtual})
	var got []any
	app.OnStream("O", func(b *siddhi.Batch) {
		got = nil
		for _, c := range b.Cols {
			got = append(got, c.Any(0))
		}
	})
	app.Start()
	in := input(t, app, "S")
	long := strings.Repeat("thirteen bytes and more ", 3)
	rows := [][]any{
		{"a", int32(-1), int64(-1), float32(-1.5), -1.5, true, map[string]int{"x": 1}},
		{"", int32(0), int64(0), float32(0), 0.0, false, "text is an object too"},
		{long, int32(1 << 30), int64(1) << 60, float32(1e30), 1e300, true, []int{}},
		{nil, nil, nil, nil, nil, nil, nil},
		{"twelve bytes", int32(7), int64(7), float32(7), 7.0, false, 7},
		{long[5:17], nil, int64(8), nil, 8.0, nil, ""},
		{long[5:18], int32(9), nil, float32(9), nil, true, nil},
	}
	for _, row := range rows {
		values := make([]siddhi.Value, len(row))
		for i, v := range row {
			values[i] = siddhi.Of(v)
		}
		values[6] = siddhi.Object(row[6])
		if s, ok := row[6].(string); ok {
			values[6] = siddhi.String(s)
		}
		if err := in.Send(1, values...); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", row) {
			t.Errorf("sent %#v\ngot  %#v", row, got)
		}
	}
}

// A value of another type than its attribute's passes through as it is; only an
// object is refused where the attribute is none.
func TestValuesOfOtherTypes(t *testing.T) {
	values := []any{"x", "", "a text of more than twelve bytes", int32(1), int64(1), float32(1), 1.0, true, []int{1}}
	for _, attribute := range []string{"string", "int", "long", "float", "double", "bool", "object"} {
		app := compile(t, "define stream S (a "+attribute+"); from S select a insert into O;", siddhi.Options{Time: siddhi.Virtual})
		var got []any
		app.OnStream("O", func(b *siddhi.Batch) { got = append(got, b.Cols[0].Any(0)) })
		app.Start()
		in := input(t, app, "S")
		for _, v := range values {
			got = nil
			value := siddhi.Of(v)
			if err := in.Send(1, value); value.Type().String() == "object" && attribute != "object" {
				if err == nil || got != nil {
					t.Errorf("%v (%T) for %s: %v, %v came out", v, v, attribute, err, got)
				}
				continue
			} else if err != nil {
				t.Errorf("%v (%T) for %s: %v", v, v, attribute, err)
			}
			if len(got) != 1 || !reflect.DeepEqual(got[0], v) {
				t.Errorf("%v (%T) for %s: %#v came out", v, v, attribute, got)
			}
		}
	}
}

// A callback that panics does not leave the app locked.
func TestPanicInCallback(t *testing.T) {
	app := compile(t, pass, siddhi.Options{Time: siddhi.Virtual})
	calls := 0
	app.OnStream("O", func(*siddhi.Batch) {
		if calls++; calls < 3 {
			panic("the callback's own")
		}
	})
	app.Start()
	in := input(t, app, "S")
	b := in.NewBatch()
	b.N, b.Time = 1, []int64{1}
	b.Cols[0].AppendString("a")
	b.Cols[1].AppendInt(1)
	for _, send := range []func() error{
		func() error { return in.Send(1, siddhi.String("a"), siddhi.Int(1)) },
		func() error { return in.SendBatch(b) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic did not reach the sender")
				}
			}()
			send()
		}()
	}
	if err := in.Send(1, siddhi.String("a"), siddhi.Int(1)); err != nil || calls != 3 {
		t.Errorf("after the panics: %v, %d calls", err, calls)
	}
}
