package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func env(t *testing.T) stream.Env {
	return stream.Env{App: "App", Stream: "S", Logf: t.Logf, Now: time.Now}
}

func newSource(t *testing.T, opts stream.Options) stream.Source {
	t.Helper()
	s, err := Source(env(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSink(t *testing.T, opts stream.Options) stream.Sink {
	t.Helper()
	s, err := Sink(env(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConformance(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		path := write(t, filepath.Join(t.TempDir(), "events.jsonl"), nil)
		return transporttest.Transport{
			Source: func(t *testing.T) stream.Source {
				return newSource(t, stream.Options{"path": path, "poll.interval": "1ms"})
			},
			Sink: func(t *testing.T) stream.Sink { return newSink(t, stream.Options{"file.uri": "file://" + path}) },
		}
	})
}

// all reads a file to its end: values with their line numbers.
func all(t *testing.T, s stream.Source, from ...stream.Position) []string {
	t.Helper()
	transporttest.OpenSource(t, s, from...)
	var got []string
	for {
		recs, err := s.Poll(t.Context())
		if errors.Is(err, stream.ErrEndOfStream) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recs {
			header := ""
			for _, h := range r.Headers {
				if h.Name == mapper.HeaderLine {
					header = h.Value + "|"
				}
			}
			got = append(got, fmt.Sprintf("%s%s@%d", header, r.Value, r.Position.Offset))
		}
	}
}

func TestWhatARecordIs(t *testing.T) {
	dir := t.TempDir()
	text := "a,b\r\n1,\"x\ny\"\n\n2,z\n3,\"\"\"q"
	plain := write(t, filepath.Join(dir, "f.csv"), []byte(text))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	packed := write(t, filepath.Join(dir, "f.csv.gz"), z.Bytes())
	for _, c := range []struct {
		name string
		opts stream.Options
		want []string
	}{
		{"line", stream.Options{"path": plain, "tailing": "false"}, []string{"a,b@1", `1,"x@2`, `y"@3`, "2,z@5", `3,"""q@6`}},
		{"csv with header", stream.Options{"path": plain, "tailing": "false", "mode": "csv", "header": "true"},
			[]string{"a,b|1,\"x\ny\"@3", "a,b|2,z@5", `a,b|3,"""q@6`}},
		{"gzip", stream.Options{"path": packed, "mode": "csv"}, []string{"a,b@1", "1,\"x\ny\"@3", "2,z@5", `3,"""q@6`}},
		{"whole", stream.Options{"path": plain, "mode": "text.full"}, []string{text + "@6"}},
	} {
		if got := all(t, newSource(t, c.opts)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	opts := stream.Options{"path": packed, "mode": "csv", "header": "true"}
	got := all(t, newSource(t, opts), stream.Position{Partition: packed, Offset: 3})
	if want := []string{"a,b|2,z@5", `a,b|3,"""q@6`}; !reflect.DeepEqual(got, want) {
		t.Errorf("from line 3 on: got %q, want %q", got, want)
	}
}

func TestALongLineSpansBuffers(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	path := write(t, filepath.Join(t.TempDir(), "f"), []byte("a\n"+long+"\nb\n"))
	got := all(t, newSource(t, stream.Options{"path": path, "tailing": "false"}))
	if len(got) != 3 || got[1] != long+"@2" || got[2] != "b@3" {
		t.Errorf("got %d records of %d bytes", len(got), len(strings.Join(got, "")))
	}
	path = write(t, filepath.Join(t.TempDir(), "g"), bytes.Repeat([]byte("y"), maxRecord+1))
	s := transporttest.OpenSource(t, newSource(t, stream.Options{"path": path, "tailing": "false"}))
	for {
		if _, err := s.Poll(t.Context()); err != nil {
			if !strings.Contains(err.Error(), "g:1: a record is longer than") {
				t.Errorf("a line without end gives %v", err)
			}
			return
		}
	}
}

func TestTailingWaitsForWholeLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, filepath.Join(t.TempDir(), "f"), []byte("one\ntw"))
		s := transporttest.OpenSource(t, newSource(t, stream.Options{"path": path}))
		if got := transporttest.Read(t, s, 1); len(got) != 1 || string(got[0].Value) != "one" {
			t.Fatalf("got %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if recs, err := s.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("half a line gives %v, %v", recs, err)
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("o\n"); err != nil {
			t.Fatal(err)
		}
		if got := transporttest.Read(t, s, 1); string(got[0].Value) != "two" || got[0].Position.Offset != 2 {
			t.Errorf("got %v", got)
		}
		if err := os.Truncate(path, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Poll(t.Context()); err == nil || !strings.Contains(err.Error(), "replaced or cut short") {
			t.Errorf("a file cut short gives %v", err)
		}
	})
}

func TestSinkCutsATornLine(t *testing.T) {
	for content, want := range map[string]string{"": "new\n", "whole\n": "whole\nnew\n", "whole\nto": "whole\nnew\n", "torn": "new\n", strings.Repeat("z", 100_000): "new\n"} {
		path := write(t, filepath.Join(t.TempDir(), "f"), []byte(content))
		s := transporttest.OpenSink(t, newSink(t, stream.Options{"path": path}))
		if err := s.Write(t.Context(), []stream.Record{{Value: []byte("new")}}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("after %.20q the file has %.40q (%v), want %q", content, got, err, want)
		}
	}
}

func TestSinkBeginsAnewOnlyOnce(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "f"), []byte("old\n"))
	s := newSink(t, stream.Options{"path": path, "append": "false", "sync": "false"})
	for i := range 2 {
		transporttest.OpenSink(t, s)
		if err := s.Write(t.Context(), []stream.Record{{Value: fmt.Append(nil, i)}}); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if got, _ := os.ReadFile(path); string(got) != "0\n1\n" {
		t.Errorf("the file has %q", got)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{}, "option path is missing"},
		{stream.Options{"path": "a", "file.uri": "b"}, "both given"},
		{stream.Options{"path": "a.gz", "tailing": "true"}, "cannot be waited on"},
		{stream.Options{"path": "a", "mode": "xml"}, "must be one of line, csv, text.full"},
	} {
		if _, err := Source(env(t), c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if err := newSource(t, stream.Options{"path": missing}).Open(t.Context(), nil); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("a file that may come gives %v", err)
	}
	if err := newSource(t, stream.Options{"path": missing, "tailing": "false"}).Open(t.Context(), nil); err == nil || errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("a file that is not there gives %v", err)
	}
	if err := newSink(t, stream.Options{"path": filepath.Join(missing, "f")}).Open(t.Context()); err == nil {
		t.Error("a directory that is not there is accepted")
	}
}
