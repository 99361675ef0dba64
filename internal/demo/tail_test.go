package demo

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestTailFollowsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.jsonl")
	tl := tail{path: path}
	long := strings.Repeat("x", 3*tailChunk)
	for i, step := range []struct {
		text string // of the whole file
		want []string
	}{
		{"", nil}, // not there yet
		{"one\ntw", []string{"one"}},
		{"one\ntw", nil},
		{"one\n", nil}, // the unfinished line is cut off
		{"one\ntwo\n\nfour\nfi", []string{"two", "", "four"}},
		{"one\ntwo\n\nfour\nfive\n" + long, []string{"five"}},
		{"one\ntwo\n\nfour\nfive\n" + long + "\nlast\n", []string{long, "last"}},
	} {
		if step.text != "" {
			if err := os.WriteFile(path, []byte(step.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		err := tl.read(toTheEnd, func(line []byte) error {
			got = append(got, string(line))
			return nil
		})
		if err != nil || !reflect.DeepEqual(got, step.want) {
			t.Errorf("step %d: %d lines, %v; want %d lines", i, len(got), err, len(step.want))
		}
	}
}

func TestTailStopsAtItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.jsonl")
	lines := strings.Repeat("0123456789\n", 2*tailChunk/11)
	if err := os.WriteFile(path, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	tl, n := tail{path: path}, 0
	count := func([]byte) error { n++; return nil }
	if err := tl.read(1, count); err != nil || n == 0 || n >= 2*tailChunk/11 {
		t.Fatalf("with a limit of 1 byte: %d lines, %v; want the first chunk", n, err)
	}
	if err := tl.read(toTheEnd, count); err != nil || n != 2*tailChunk/11 {
		t.Errorf("then %d lines in all, %v; want %d", n, err, 2*tailChunk/11)
	}
}

func TestTailKeepsTheLineThatWasRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.jsonl")
	if err := os.WriteFile(path, []byte("good\nbad\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tl, refused := tail{path: path}, errors.New("refused")
	err := tl.read(toTheEnd, func(line []byte) error {
		if string(line) == "bad" {
			return refused
		}
		return nil
	})
	if !errors.Is(err, refused) || !strings.Contains(err.Error(), "byte 5") {
		t.Errorf("got %v, want the refusal with its place", err)
	}
}
