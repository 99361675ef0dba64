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
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual, Start: begin, OnError: func(e *siddhi.ProcessingError) { t.Error(e) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
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
