package pattern

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/schema"
)

// The scenarios are recordings of Siddhi itself.
const scenarioDir = "../../../test/scenarios/pattern"

type scenario struct {
	App   string
	Steps []struct {
		At        int64
		Send      string
		Rows      [][]any
		Timestamp *int64
		Persist   bool
		Restore   string
	}
	Expect []struct {
		At        int64
		From      string
		Timestamp int64
		Current   [][]any
		Events    []struct {
			Timestamp int64
			Data      []any
		}
	}
}

func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scenarioDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s (%v)", scenarioDir, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sc scenario
		if err := json.Unmarshal(text, &sc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		_, queries := resolve(t, sc.App)
		for i := range queries {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+queries[i].out, func(t *testing.T) { sc.run(t, i) })
		}
	}
}

// run compares what one query lets out, chunk by chunk.
func (sc *scenario) run(t *testing.T, query int) {
	streams, queries := resolve(t, sc.App)
	q := queries[query]
	simple := len(q.columns) == len(q.selects)
	var need []int // of a select with more than attributes: all
	if simple {
		need = q.columns
	}
	w := newWorld(t, streams, q, need)
	var got []string
	keys := map[string]int32{}
	var saved []byte
	for _, step := range sc.Steps {
		switch {
		case step.Send != "":
			w.out = w.out[:0]
			w.send(sendOf(streams[step.Send].Attrs, step.Send, step.At, step.Timestamp, step.Rows, keys))
			for _, c := range w.out {
				got = append(got, fmt.Sprintf("@%d %s", step.At, strings.Join(c.rows, " ")))
			}
		case step.Persist:
			saved = w.snapshot()
		case step.Restore != "":
			w.restart(saved)
		}
	}
	if !simple { // what an aggregate or function makes of it is not for this test
		chunks := 0
		for _, e := range sc.Expect {
			if e.From == "query:"+q.name {
				chunks++
			}
		}
		if chunks != len(got) {
			t.Fatalf("got %d chunks, want %d", len(got), chunks)
		}
		return
	}
	var want []string
	for _, e := range sc.Expect {
		if e.From != "stream:"+q.out {
			continue
		}
		line := fmt.Sprintf("@%d", e.At)
		for _, ev := range e.Events {
			line += fmt.Sprintf(" %s@%d", rowText(ev.Data), ev.Timestamp)
		}
		want = append(want, line)
	}
	sameLines(t, want, got)
}

func sendOf(attrs schema.Attributes, stream string, at int64, ts *int64, rows [][]any, keys map[string]int32) send {
	s := send{at: at, stream: stream}
	for _, row := range rows {
		e := event{time: at}
		if ts != nil {
			e.time = *ts
		}
		for i, v := range row {
			if f, ok := v.(float64); ok && attrs[i].Type == schema.Int {
				v = int32(f)
			}
			e.vals = append(e.vals, v)
		}
		key := "" // of a stream that no scenario partitions
		if i := attrs.Index("s"); i >= 0 {
			key = fmt.Sprint(e.vals[i])
		}
		if _, ok := keys[key]; !ok {
			keys[key] = int32(len(keys))
		}
		e.key = keys[key]
		s.events = append(s.events, e)
	}
	return s
}

func rowText(row []any) string {
	list := make([]string, len(row))
	for i, v := range row {
		list[i] = fmt.Sprint(v)
		if f, ok := v.(float64); ok {
			list[i] = fmt.Sprint(int64(f))
		}
	}
	return "(" + strings.Join(list, " ") + ")"
}

func sameLines(t *testing.T, want, got []string) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		w, g := "nothing", "nothing"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			t.Fatalf("chunk %d:\ngot  %s\nwant %s", i, g, w)
		}
	}
}
