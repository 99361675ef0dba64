package runtime_test

import (
	"testing"

	"millrace/pkg/siddhi"
)

func TestStatistics(t *testing.T) {
	const text = `
		define stream S (k string, v long);
		define table T (k string, v long);
		from S insert into T;
		partition with (k of S) begin
			@info(name='keyed') from S[v > 1] select k, v insert into #Big;
			@info(name='big') from #Big select k, v insert into Out;
		end;`
	run := func(text string) *siddhi.App {
		app := compile(t, text, siddhi.Options{Time: siddhi.Virtual})
		if err := app.Start(); err != nil {
			t.Fatal(err)
		}
		for v := range int64(3) {
			if err := input(t, app, "S").Send(v, siddhi.String("a"), siddhi.Long(v)); err != nil {
				t.Fatal(err)
			}
		}
		return app
	}
	s := run("@app:statistics('true')" + text).Statistics()
	if s == nil {
		t.Fatal("there are no statistics")
	}
	got := map[string]uint64{}
	for _, x := range s.Streams {
		got["stream "+x.Stream] = x.Rows
	}
	for _, x := range s.Queries {
		got["query "+x.Query] = x.Rows
		if x.Rows > 0 && x.Busy < 0 {
			t.Errorf("query %s was busy for %v", x.Query, x.Busy)
		}
	}
	for _, x := range s.Tables {
		got["table "+x.Table] = uint64(x.Rows)
	}
	want := map[string]uint64{"stream S": 3, "stream Out": 1, "query query_1": 3, "query keyed": 3, "query big": 1, "table T": 3}
	if len(got) != len(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: counted %d, want %d", k, got[k], n)
		}
	}
	for _, off := range []string{"", "@app:statistics('false')", "@app:statistics(enable='false', reporter='jdbc')"} {
		if s := run(off + text).Statistics(); s != nil {
			t.Errorf("%q: there are statistics: %v", off, s)
		}
	}
}
