package worker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/api"
	"millrace/pkg/transport/nats"
)

// TestPartsThatDieOverABroker kills two parts again and again while rows travel
// from one to the other over JetStream. What the second part adds up must be
// what was in the file: no row is missing, and none counts twice.
func TestPartsThatDieOverABroker(t *testing.T) {
	const rows, kills = 120_000, 6
	dir := t.TempDir()
	broker, err := nats.NewEmbedded(nats.EmbeddedOptions{StoreDir: filepath.Join(dir, "broker"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- broker.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if err := broker.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	sum := 0
	want := make([]string, rows)
	for i := range rows {
		fmt.Fprintln(&lines, i)
		sum += i
		want[i] = fmt.Sprintf("%d,%d", i+1, sum)
	}
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	parts := []string{fmt.Sprintf(`@app:name('App-first-1')
@source(type='file', path='%s/in', tailing='false', @map(type='csv')) define stream In (v long);
@sink(type='nats', destination='App_Mid', bootstrap.servers='%s', @map(type='frame')) define stream Mid (v long);
from In select v insert into Mid;`, dir, broker.URL()), fmt.Sprintf(`@app:name('App-second-1')
@source(type='nats', destination='App_Mid', bootstrap.servers='%s', @map(type='frame', ordered='true')) define stream Mid (v long);
@sink(type='file', path='%s/out', sync='false', @map(type='csv')) define stream Out (n long, total long);
from Mid select count() as n, sum(v) as total insert into Out;`, broker.URL(), dir)}

	revs := newRevs(t)
	w := startWorker(t, Config{Revisions: revs, SnapshotEvery: 3 * time.Millisecond})
	repeated := int64(0)
	for kill := range kills + 1 {
		for _, text := range parts {
			if _, _, err := w.apps.deploy(t.Context(), "", api.Order{Text: text}); err != nil {
				t.Fatal(err)
			}
		}
		second := w.apps.get("App-second-1")
		if kill < kills {
			eventually(t, "some rows arrive", func() bool { return second.report().RowsIn >= int64(3000*kill) })
			w.apps.stopAll(true)
			repeated += second.report().Sources[0].Repeated
			continue
		}
		eventually(t, "the last row arrives", func() bool { return strings.HasSuffix(out(dir), want[rows-1]) })
		if r := second.report(); r.Sources[0].Missing != 0 || r.Errors != 0 {
			t.Errorf("%+v", r)
		}
		repeated += second.report().Sources[0].Repeated
	}
	got := strings.Fields(out(dir)) // a file has what was written after the last snapshot twice
	slices.SortFunc(got, func(a, b string) int { return number(a) - number(b) })
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("%d different rows are in the file, want %d", len(got), rows)
	}
	t.Logf("%d rows came twice and were left out", repeated)
}

func number(line string) (n int) {
	fmt.Sscanf(line, "%d,", &n)
	return n
}
