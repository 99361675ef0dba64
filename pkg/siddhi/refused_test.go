package siddhi_test

import (
	"maps"
	"strconv"
	"testing"

	"millrace/pkg/siddhi"
)

// TestRefusedRowCostsNoOther sends a row that a window refuses between two good
// ones: batches must bring those to all readers and callbacks, as single sends do,
// and report the bad one once.
func TestRefusedRowCostsNoOther(t *testing.T) {
	const stream = "define stream S (k string, ts long); "
	windows := map[string]string{
		"externalTime":      "from S#window.externalTime(ts, 10) select k, count() as c group by k insert into O; ",
		"externalTimeBatch": "from S#window.externalTimeBatch(ts, 10) select k, count() as c insert all events into O; ",
		"session":           "from S#window.session(10L, k) select k, count() as c insert into O; ",
		"partition":         "partition with (k of S) begin from S#window.externalTime(ts, 10) select k, count() as c insert into O; end; ",
		"derived":           "from S#pol2Cart(1.0, 2.0)#window.externalTime(ts, 10) select k, x insert into O; ",
	}
	for name, query := range windows {
		for _, others := range []string{"", "from S select k insert into P;"} {
			alone, failed := outcomes(t, stream+query+others, false)
			together, failedTogether := outcomes(t, stream+query+others, true)
			if !maps.Equal(alone, together) || failed != failedTogether {
				t.Errorf("%s %s: single sends give %v and %d errors, a batch %v and %d", name, others, alone, failed, together, failedTogether)
			}
			if name != "partition" && (alone["S"] != 3 || failed != 1) { // a null key is in no partition
				t.Errorf("%s %s: callbacks of S see %d rows, %d errors; want 3 and 1", name, others, alone["S"], failed)
			}
		}
	}
}

// refusedRows has a row whose values are null.
var refusedRows = []struct {
	k  string
	ts int64
}{{"a", 5}, {}, {"b", 6}, {"a", 90}}

// outcomes sends refusedRows to S and counts what comes to S, O and P, and the errors.
func outcomes(t *testing.T, text string, batched bool) (seen map[string]int, failed int) {
	t.Helper()
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual, OnError: func(*siddhi.ProcessingError) { failed++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	seen = map[string]int{}
	for _, s := range []string{"S", "O", "P"} {
		if err := app.OnStream(s, func(b *siddhi.Batch) { seen[s] += b.N }); err != nil && s != "P" {
			t.Fatal(err)
		}
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	in, err := app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	b := in.NewBatch()
	for _, row := range refusedRows {
		k, ts := siddhi.String(row.k), siddhi.Long(row.ts)
		b.Time, b.N = append(b.Time, 1000), b.N+1
		if row.k == "" {
			k, ts = siddhi.Value{}, siddhi.Value{}
			b.Cols[0].AppendNull()
			b.Cols[1].AppendNull()
		} else {
			b.Cols[0].AppendString(row.k)
			b.Cols[1].AppendLong(row.ts)
		}
		if batched {
			continue
		}
		if err := in.Send(1000, k, ts); err != nil {
			t.Fatal(err)
		}
	}
	if batched {
		if err := in.SendBatch(b); err != nil {
			t.Fatal(err)
		}
	}
	return seen, failed
}

// TestRefusedRowsLeaveNoGroups sends rows that a window refuses, each of a group of
// its own: nothing of them may stay.
func TestRefusedRowsLeaveNoGroups(t *testing.T) {
	for _, query := range []string{
		"from S#window.externalTime(ts, 10) select k, count() as c group by k insert into O;",
		"from S#window.externalTime(ts, 10) select k, count() as c group by k insert all events into O;",
		"from S#window.externalTime(ts, 10) select k, distinctCount(k) as c group by k having c > 0 insert into O;",
		"from S[ts is null or ts > 0]#pol2Cart(1.0, 2.0)#window.externalTime(ts, 10) select k, count() as c group by k insert into O;",
	} {
		before, after := snapshotsOfRefused(t, query)
		if after > 2*before {
			t.Errorf("%s: a snapshot grows from %d to %d bytes by rows that are refused", query, before, after)
		}
	}
}

// snapshotsOfRefused returns the sizes of snapshots after a few rows that the window
// of a query refuses, and after many.
func snapshotsOfRefused(t *testing.T, query string) (before, after int) {
	t.Helper()
	app, err := siddhi.Compile("define stream S (k string, ts long); "+query, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	in, err := app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	size := func() int {
		snapshot, err := app.Snapshot(nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(snapshot)
	}
	send := func(k string, ts siddhi.Value) {
		if err := in.Send(1000, siddhi.String(k), ts); err != nil {
			t.Fatal(err)
		}
	}
	send("kept", siddhi.Long(1))
	refuse := func(n int) {
		for i := range n {
			send("refused"+strconv.Itoa(i), siddhi.Value{})
		}
	}
	refuse(10)
	before = size()
	refuse(5000)
	return before, size()
}
