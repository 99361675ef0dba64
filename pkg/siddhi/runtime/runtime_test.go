package runtime_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/runtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func compile(t *testing.T, text string, opts siddhi.Options) *siddhi.App {
	t.Helper()
	app, err := siddhi.Compile(text, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return app
}

func input(t *testing.T, app *siddhi.App, stream string) *siddhi.Input {
	t.Helper()
	in, err := app.Input(stream)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

const pass = "define stream S (k string, v int); from S select k, v insert into O;"

func TestMistakesOfSenders(t *testing.T) {
	app := compile(t, pass, siddhi.Options{Time: siddhi.Virtual})
	if _, err := app.Input("X"); err == nil || !strings.Contains(err.Error(), "no stream named X") {
		t.Errorf("input of an unknown stream: %v", err)
	}
	in := input(t, app, "S")
	if err := in.Send(1, siddhi.String("a"), siddhi.Int(1)); !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("before Start: %v", err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	var wrong *runtime.TypeError
	if err := in.Send(1, siddhi.String("a"), siddhi.Object([]int{1})); !errors.As(err, &wrong) {
		t.Errorf("an object for an int: %v", err)
	}
	if err := in.Send(1, siddhi.String("a")); err == nil || !strings.Contains(err.Error(), "2 attributes") {
		t.Errorf("too few values: %v", err)
	}
	for name, spoil := range map[string]func(*siddhi.Batch){
		"a timestamp too few": func(b *siddhi.Batch) { b.Time = nil },
		"a column too few":    func(b *siddhi.Batch) { b.Cols = b.Cols[:1] },
		"a short column":      func(b *siddhi.Batch) { b.Cols[1].I32 = nil },
		"ends beyond":         func(b *siddhi.Batch) { b.Ends = []int32{5} },
		"ends that descend":   func(b *siddhi.Batch) { b.Ends = []int32{2, 1} },
		"ends too early":      func(b *siddhi.Batch) { b.Ends = []int32{1} },
		"no ends":             func(b *siddhi.Batch) { b.Ends = []int32{} },
		"keys":                func(b *siddhi.Batch) { b.Key = []int32{0, 0} },
	} {
		b := in.NewBatch()
		for range 2 {
			b.N++
			b.Time = append(b.Time, 1)
			b.Cols[0].AppendString("a")
			b.Cols[1].AppendInt(1)
		}
		spoil(b)
		if err := in.SendBatch(b); err == nil {
			t.Errorf("a batch with %s is taken", name)
		}
	}
	app.Close()
	if err := in.Send(1, siddhi.String("a"), siddhi.Int(1)); !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("after Close: %v", err)
	}
	if err := app.Start(); !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("Start after Close: %v", err)
	}
}

func TestOnlyVirtualClocksAdvance(t *testing.T) {
	app := compile(t, pass, siddhi.Options{Time: siddhi.Playback})
	if err := app.AdvanceTo(5); err == nil {
		t.Error("a playback clock was advanced")
	}
	virtual := compile(t, pass, siddhi.Options{Time: siddhi.Virtual, Start: 10})
	if err := virtual.AdvanceTo(20); !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("before Start: %v", err)
	}
	virtual.Start()
	if err := virtual.AdvanceTo(20); err != nil || virtual.Now() != 20 {
		t.Errorf("%v, the clock is at %d", err, virtual.Now())
	}
	if virtual.AdvanceTo(15); virtual.Now() != 20 {
		t.Errorf("the clock went back to %d", virtual.Now())
	}
}

const sliding = "define stream S (k string, v int); from S#window.time(1 sec) select sum(v) as s insert all events into O;"

// In live mode rows expire when the system's clock says so, and not after Close.
func TestLiveTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, err := siddhi.Compile(sliding, siddhi.Options{Time: siddhi.Live})
		if err != nil {
			t.Fatal(err)
		}
		var calls atomic.Int32
		app.OnStream("O", func(*siddhi.Batch) { calls.Add(1) })
		app.Start()
		in, err := app.Input("S")
		if err != nil {
			t.Fatal(err)
		}
		in.Send(time.Now().UnixMilli(), siddhi.String("a"), siddhi.Int(1))
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if n := calls.Load(); n != 1 {
			t.Fatalf("%d rows before the second was over, want 1", n)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if n := calls.Load(); n != 2 {
			t.Fatalf("%d rows after it, want 2", n)
		}
		in.Send(time.Now().UnixMilli(), siddhi.String("a"), siddhi.Int(1))
		app.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := calls.Load(); n != 3 {
			t.Fatalf("%d rows, want 3: something came after Close", n)
		}
	})
}

// In playback the clock follows the rows of one batch: what is due comes in between.
func TestPlaybackCutsBatches(t *testing.T) {
	app := compile(t, "@app:playback "+sliding, siddhi.Options{})
	var sums []any
	app.OnStream("O", func(b *siddhi.Batch) {
		for r := range b.N {
			sums = append(sums, b.Cols[0].Any(r))
		}
	})
	app.Start()
	in := input(t, app, "S")
	b := in.NewBatch()
	for i, at := range []int64{1000, 1500, 2000, 5000} {
		b.N++
		b.Time = append(b.Time, at)
		b.Cols[0].AppendString("a")
		b.Cols[1].AppendInt(int32(1 << i))
	}
	if err := in.SendBatch(b); err != nil {
		t.Fatal(err)
	}
	// The timers of 2500 and 3000 find the clock at 5000: both rows leave at once.
	want := []any{int64(1), int64(3), int64(2), int64(6), nil, int64(8)}
	if len(sums) != len(want) {
		t.Fatalf("got %v, want %v", sums, want)
	}
	for i := range want {
		if sums[i] != want[i] {
			t.Fatalf("got %v, want %v", sums, want)
		}
	}
}

// Several goroutines may send, look and take snapshots at once.
func TestManySenders(t *testing.T) {
	app := compile(t, "define stream S (k string, v int); from S select k, count() as c, sum(v) as s group by k insert into O;", siddhi.Options{Time: siddhi.Virtual})
	rows := 0
	app.OnStream("O", func(b *siddhi.Batch) { rows += b.N })
	app.Start()
	in := input(t, app, "S")
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				if err := in.Send(int64(i), siddhi.String(string(rune('a'+g))), siddhi.Int(1)); err != nil {
					t.Error(err)
					return
				}
				if i%50 == 0 {
					if _, err := app.Snapshot(nil); err != nil {
						t.Error(err)
					}
					app.Now()
				}
			}
		})
	}
	all.Wait()
	app.Close()
	if rows != 1600 {
		t.Errorf("%d rows, want 1600", rows)
	}
}

// A loop of streams without an end is an error of the row, not of the process.
func TestEndlessLoop(t *testing.T) {
	var failed []string
	app := compile(t, "define stream S (v int); from S select v insert into L; from L select v insert into L;",
		siddhi.Options{Time: siddhi.Virtual, OnError: func(e *siddhi.ProcessingError) { failed = append(failed, e.Error()) }})
	app.Start()
	if err := input(t, app, "S").Send(1, siddhi.Int(1)); err != nil {
		t.Fatal(err)
	}
	if len(failed) != 1 || !strings.Contains(failed[0], "come back to stream L") {
		t.Errorf("errors: %q", failed)
	}
}
