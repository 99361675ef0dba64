package runtime_test

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi"
)

// A fault's text can be selected, survives a snapshot, and a query of the fault
// stream that fails itself is reported, once more, and nothing else.
func TestFaultStream(t *testing.T) {
	const text = `
		@OnError(action='stream')
		define stream S (k string, o object);
		from S select k, cast(o, 'int') + 1 as n insert into Out;
		from !S#window.length(5) select k, convert(_error, 'string') as why insert into Why;
		from !S select cast(o, 'int') + 1 as n insert into Never;`
	var reported []string
	opts := siddhi.Options{Time: siddhi.Virtual, OnError: func(e *siddhi.ProcessingError) { reported = append(reported, e.Query) }}
	app := compile(t, text, opts)
	var why []string
	watch := func(app *siddhi.App) {
		err := app.OnStream("Why", func(b *siddhi.Batch) {
			for i := range b.N {
				why = append(why, b.Cols[0].String(i)+": "+b.Cols[1].String(i))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	watch(app)
	send := func(app *siddhi.App, k string) {
		in, err := app.Input("S")
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Send(1, siddhi.String(k), siddhi.Object("text")); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	send(app, "a")
	snapshot, err := app.Snapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	again := compile(t, text, opts)
	watch(again)
	if _, err := again.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	send(again, "b")
	if len(why) != 2 || !strings.HasPrefix(why[0], "a: message : ") || !strings.HasPrefix(why[1], "b: message : ") || !strings.Contains(why[0], "cast() at") {
		t.Errorf("the faults are %q", why)
	}
	if got := strings.Join(reported, " "); got != "query_1 query_3 query_1 query_3" {
		t.Errorf("reported are %s", got)
	}
}
