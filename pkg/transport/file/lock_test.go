package file_test

import (
	"errors"
	"path/filepath"
	"testing"

	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/file"
)

// TestOneSinkAFile opens a file that another sink writes: the second one is to
// wait, since both would write at the offsets that they know.
func TestOneSinkAFile(t *testing.T) {
	env := stream.Env{Logf: t.Logf}
	path := filepath.Join(t.TempDir(), "out.jsonl")
	open := func() stream.Sink {
		s, err := file.Sink(env, stream.Options{"path": path})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := open(), open()
	if err := first.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Open(t.Context()); !errors.Is(err, stream.ErrNotConnected) {
		t.Fatalf("a second sink opens the file: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Open(t.Context()); err != nil {
		t.Fatalf("after the first is closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}
