package aggregation_test

import (
	"testing"

	"millrace/pkg/siddhi"
)

// begin is when apps start: a full hour.
const begin = 1_600_002_000_000

// started is a running app with a stream S that fills an aggregation.
type started struct {
	*siddhi.App
	in   *siddhi.Input
	rows *siddhi.Batch
}

func start(t testing.TB, text string) *started {
	t.Helper()
	return startWith(t, text, siddhi.Options{Time: siddhi.Virtual, Start: begin}, nil)
}

// startWith starts an app, with what a snapshot has unless that is nil.
func startWith(t testing.TB, text string, opts siddhi.Options, snapshot []byte) *started {
	t.Helper()
	opts.OnError = func(e *siddhi.ProcessingError) { t.Error(e) }
	app, err := siddhi.Compile(text, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	if snapshot != nil {
		if _, err := app.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
	}
	in, err := app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	return &started{app, in, in.NewBatch()}
}

func (s *started) advance(t testing.TB, now int64) {
	t.Helper()
	if err := s.AdvanceTo(now); err != nil {
		t.Fatal(err)
	}
}

// ask asks an on-demand query.
func (s *started) ask(t testing.TB, query string) *siddhi.Rows {
	t.Helper()
	rows, err := s.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
