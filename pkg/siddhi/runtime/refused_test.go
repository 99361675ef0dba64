package runtime_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
)

// An update that a table refuses is counted and written to the log; it does not
// reach whoever handles errors, as a row with a key that is taken does.
func TestRefusedUpdateIsLogged(t *testing.T) {
	const text = `
		@app:name('Stock')
		define stream S (k string, v int);
		define stream U (k string, v int);
		@primaryKey('v') define table T (k string, v int);
		from S insert into T;
		@info(name='change') from U update T set T.v = v on T.k == k;`
	var log bytes.Buffer
	var told []string
	app := compile(t, text, siddhi.Options{
		Time:    siddhi.Virtual,
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
		OnError: func(e *siddhi.ProcessingError) { told = append(told, e.Error()) },
	})
	defer app.Close()
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		stream, k string
		v         int32
	}{{"S", "a", 1}, {"S", "b", 2}, {"U", "a", 2}, {"S", "c", 1}} {
		in, err := app.Input(row.stream)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Send(1, siddhi.String(row.k), siddhi.Int(row.v)); err != nil {
			t.Fatal(err)
		}
	}
	if app.Errors() != 2 {
		t.Errorf("%d errors counted, want the update and the duplicate", app.Errors())
	}
	if len(told) != 1 || !strings.Contains(told[0], "primary key 1") {
		t.Errorf("told %q, want the duplicate only", told)
	}
	if got := log.String(); !strings.Contains(got, "two rows would have the primary key 2") || !strings.Contains(got, "query=change") {
		t.Errorf("logged %q", got)
	}
}
