package scheduler

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "accept what comes out")

// TestStories runs the files of testdata. A story is a sequence of commands,
// one per line; under each stands, indented, what came of it. Lines that start
// with # explain. The commands are those of command, below.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, string(want))
			if *rewrite {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got:\n%s\nwant:\n%s\n(run with -rewrite to accept)", got, want)
			}
		})
	}
}

func tell(t *testing.T, story string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := newWorld()
	for line := range strings.Lines(story) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "    "):
			continue // the answer of the last run
		case line == "", strings.HasPrefix(line, "#"):
			fmt.Fprintln(&out, line)
			continue
		}
		fmt.Fprintln(&out, line)
		for _, answer := range command(t, w, strings.Fields(line)) {
			fmt.Fprintln(&out, "    "+answer)
		}
	}
	return out.Bytes()
}

// command carries out one line of a story:
//
//	add-worker w1 [receiver] [capacity=2]
//	deploy App group*2 other [v=2]    a new or changed app; v changes its texts
//	undeploy App
//	cannot-split App  the manager does not understand the app any more
//	kept              of which parts there is a state, and the topics
//	tick 1s [n]       n times: time passes, heartbeats arrive, the leader decides, orders are carried out
//	cut w1 | join w1  the network between a worker and everything
//	kill w1 | start w1
//	refuse w1 Part | accept w1 Part   what a worker says to orders
//	cannot-forget w1 | can-forget w1
//	break w1 Part     the part fails by itself
//	topics [error]    what the message layer says
//	new-leader        one that knows only what was saved
//	lose-store        what was saved is gone
//	min-workers n
//	state | running   what the leader thinks | what is true
func command(t *testing.T, w *world, words []string) []string {
	t.Helper()
	arg := func(i int) string {
		if i >= len(words) {
			t.Fatalf("%v: argument %d is missing", words, i)
		}
		return words[i]
	}
	switch words[0] {
	case "add-worker":
		s := w.addWorker(arg(1))
		for _, option := range words[2:] {
			s.Receiver = s.Receiver || option == "receiver"
			if n, ok := strings.CutPrefix(option, "capacity="); ok {
				s.Capacity, _ = strconv.Atoi(n)
			}
		}
	case "deploy":
		version, groups := "", words[2:]
		if last := groups[len(groups)-1]; strings.HasPrefix(last, "v=") {
			version, groups = last, groups[:len(groups)-1]
		}
		w.deploy(app(arg(1), version, groups))
	case "undeploy":
		w.undeploy(arg(1))
	case "cannot-split":
		w.deploy(App{Name: arg(1)})
	case "kept":
		return []string{
			fmt.Sprint("states ", slices.Sorted(maps.Keys(w.states))),
			fmt.Sprint("topics ", slices.Sorted(maps.Keys(w.topicsMade))),
		}
	case "tick":
		return ticks(t, w, words)
	case "cut":
		w.worker(arg(1)).connected = false
	case "join":
		w.worker(arg(1)).connected = true
	case "kill":
		w.worker(arg(1)).up = false
	case "start":
		w.worker(arg(1)).start(w.now)
	case "refuse":
		w.worker(arg(1)).refuses[arg(2)] = true
	case "accept":
		delete(w.worker(arg(1)).refuses, arg(2))
	case "cannot-forget":
		w.worker(arg(1)).forgetErr = errors.New("the database is locked")
	case "can-forget":
		w.worker(arg(1)).forgetErr = nil
	case "break":
		e := w.worker(arg(1)).parts[arg(2)]
		e.Status, e.Error = Broken, "sink log: disk full"
	case "topics":
		w.topics = nil
		if len(words) > 1 {
			w.topics = errors.New(strings.Join(words[1:], " "))
		}
	case "new-leader":
		w.newLeader()
	case "lose-store":
		clear(w.stored)
	case "min-workers":
		w.opts.MinWorkers, _ = strconv.Atoi(arg(1))
	case "state":
		return describe(w)
	case "running":
		return w.running()
	default:
		t.Fatalf("unknown command %q", words[0])
	}
	return nil
}

func ticks(t *testing.T, w *world, words []string) []string {
	d, err := time.ParseDuration(words[1])
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	if len(words) > 2 {
		n, _ = strconv.Atoi(words[2])
	}
	var lines []string
	for range n {
		w.now = w.now.Add(d)
		w.heartbeats()
		for _, a := range w.step() {
			at := fmt.Sprintf("%s ", w.now.Sub(time.Unix(1000, 0)))
			save, ok := a.(*Save)
			if !ok {
				lines = append(lines, at+a.Key())
				continue
			}
			for _, s := range save.Apps {
				lines = append(lines, at+appLine(s))
			}
		}
	}
	return lines
}

func appLine(s AppStatus) string {
	line := fmt.Sprintf("app %s is %s, %d of %d", s.Name, s.Phase, s.Active, s.Parts)
	if s.Reason != "" {
		line += ": " + s.Reason
	}
	return line
}

func describe(w *world) []string {
	var lines []string
	for _, s := range w.leader.Apps() {
		lines = append(lines, appLine(s))
	}
	for _, p := range w.leader.Parts() {
		line := fmt.Sprintf("%s: %s", p.Name, p.Phase)
		if p.Worker != "" {
			line += fmt.Sprintf(" on %s, %s", p.Worker, p.Generation)
		}
		if p.Reason != "" {
			line += ": " + p.Reason
		}
		lines = append(lines, line)
	}
	return lines
}
