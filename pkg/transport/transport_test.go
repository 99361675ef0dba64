package transport

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestEveryKindChecksItsOptions(t *testing.T) {
	types := Builtin(Shared{NATS: "nats://x:1", Kafka: "x:1", STAN: "nats://x:1"})
	for name, factory := range types.Sources {
		if _, err := factory(stream.Env{}, stream.Options{"no.such.option": "x"}); err == nil || !strings.Contains(err.Error(), "@source(type='") {
			t.Errorf("source %s: %v", name, err)
		}
	}
	for name, factory := range types.Sinks {
		if _, err := factory(stream.Env{}, stream.Options{"no.such.option": "x"}); err == nil || !strings.Contains(err.Error(), "@sink(type='") {
			t.Errorf("sink %s: %v", name, err)
		}
	}
	if _, err := types.Source("log"); err == nil || err.Error() != `there is no source of type "log"; there are file, http, inmemory, kafka, nats, stan` {
		t.Errorf("an unknown kind gives %v", err)
	}
}

// Events go from one app to another through memory as columns, and to the log as text.
func TestFromRowsToRows(t *testing.T) {
	var out bytes.Buffer
	types := Builtin(Shared{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	attrs := schema.Attributes{{Name: "symbol", Type: schema.String}, {Name: "price", Type: schema.Double}}
	b := column.NewBuffer(attrs)
	b.N, b.Time = 1, []int64{5}
	b.Cols[0].AppendString("A")
	b.Cols[1].AppendDouble(1.5)

	encode := func(kind string) []stream.Record {
		e, err := mapper.NewEncoder(attrs, mapper.Config{Type: DefaultMapper(kind)})
		if err != nil {
			t.Fatal(err)
		}
		recs, err := e.Encode(nil, &b.Batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		return recs
	}
	sink := func(kind string, opts stream.Options) stream.Sink {
		factory, err := types.Sink(kind)
		if err != nil {
			t.Fatal(err)
		}
		s, err := factory(stream.Env{App: "App", Stream: "S"}, opts)
		if err != nil {
			t.Fatal(err)
		}
		return transporttest.OpenSink(t, s)
	}
	factory, err := types.Source("inMemory")
	if err != nil {
		t.Fatal(err)
	}
	source, err := factory(stream.Env{}, stream.Options{"topic": "x"})
	if err != nil {
		t.Fatal(err)
	}
	transporttest.OpenSource(t, source)
	if err := sink("inMemory", stream.Options{"topic": "x"}).Write(t.Context(), encode("inMemory")); err != nil {
		t.Fatal(err)
	}
	d, err := mapper.NewDecoder(attrs, mapper.Config{Type: DefaultMapper("inMemory")})
	if err != nil {
		t.Fatal(err)
	}
	got := column.NewBuffer(attrs)
	if bad := d.Decode(got, transporttest.Read(t, source, 1)); len(bad) > 0 {
		t.Fatal(&bad[0])
	}
	if got.N != 1 || got.Time[0] != 5 || got.Cols[0].String(0) != "A" || got.Cols[1].F64[0] != 1.5 {
		t.Errorf("got %d rows", got.N)
	}
	if err := sink("log", nil).Write(t.Context(), encode("log")); err != nil {
		t.Fatal(err)
	}
	if want := `App : S : symbol:\"A\",\nprice:1.5`; !strings.Contains(out.String(), want) {
		t.Errorf("logged %s, want %s", out.String(), want)
	}
}
