package connect_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/schema"
)

const (
	sums = `@app:name('Sums')
@source(type='topic', topic='in', @map(type='json')) define stream In (k string, v long);
@sink(type='topic', topic='sums') define stream Sum (k string, total long);
from In[v % 5 != 3]#window.length(7) select k, sum(v) as total group by k insert into Sum;`
	counts = `@app:name('Counts')
@source(type='topic', topic='sums', @map(type='frame', ordered='true')) define stream Sum (k string, total long);
@sink(type='topic', topic='counts') define stream Out (k string, total long, n long);
from Sum select k, total, count() as n insert into Out;`
)

var outAttrs = schema.Attributes{{Name: "k", Type: schema.String}, {Name: "total", Type: schema.Long}, {Name: "n", Type: schema.Long}}

func events(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"event":{"k":"k%d","v":%d}}`, i%3, i))
	}
	return all
}

// TestKilledAtAnyPoint runs two parts, one after the other, each killed again
// and again at random moments, and compares what a consumer makes of the last
// topic with a run that nothing disturbed.
func TestKilledAtAnyPoint(t *testing.T) {
	const n = 600
	total := 0
	run := func(seed uint64, crashes int) []string {
		rnd := rand.New(rand.NewPCG(seed, 1))
		in, mid, out := newTopic("in", events(n)...), newTopic("sums"), newTopic("counts")
		in.ended = true
		for _, tp := range []*topic{in, mid, out} {
			tp.perPoll, tp.pollTime, tp.writeTime = 1+rnd.IntN(20), time.Millisecond, time.Duration(rnd.IntN(3000))*time.Microsecond
		}
		for _, text := range []string{sums, counts} {
			opts := connect.Options{
				App: text[10:16], Transports: transports(in, mid, out), Store: &store{}, StopAtEnd: true,
				SnapshotEvery: time.Duration(1+rnd.IntN(15)) * time.Millisecond, BufferRows: 1 + rnd.IntN(50),
			}
			for range crashes {
				r := start(t, newRunner(t, text, opts))
				time.Sleep(time.Duration(rnd.IntN(40_000)) * time.Microsecond)
				r.crash()
			}
			r := start(t, newRunner(t, text, opts))
			if err := <-r.result; err != nil {
				t.Fatal(err)
			}
			mid.ended = true
		}
		rows, repeated, lost := rowsOf(t, out, true, outAttrs)
		if lost != 0 {
			t.Errorf("seed %d: %d rows are lost", seed, lost)
		}
		total += repeated
		return rows
	}
	var want []string
	synctest.Test(t, func(t *testing.T) { want = run(0, 0) })
	if len(want) != n*4/5 {
		t.Fatalf("an undisturbed run gives %d rows, want %d", len(want), n*4/5)
	}
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			if got := run(seed, 8); !reflect.DeepEqual(got, want) {
				t.Errorf("seed %d: got %d rows, want %d", seed, len(got), len(want))
			}
		})
	}
	if total == 0 {
		t.Error("no row was written twice: the crashes came at no interesting moment")
	}
}

// TestMixedOrderIsNotDeduplicated: with two sources the rows after a restart may
// come in another order. None may pass for one that has been seen.
func TestMixedOrderIsNotDeduplicated(t *testing.T) {
	const text = `@app:name('Merge')
@source(type='topic', topic='a', @map(type='json')) @source(type='topic', topic='b', @map(type='json'))
define stream In (k string, v long);
@sink(type='topic', topic='out') define stream Out (k string, v long);
from In select k, v insert into Out;`
	synctest.Test(t, func(t *testing.T) {
		a, b, out := newTopic("a", events(40)...), newTopic("b", events(50)[40:]...), newTopic("out")
		a.perPoll, b.perPoll, a.pollTime, b.pollTime = 3, 1, 2*time.Millisecond, 3*time.Millisecond
		opts := connect.Options{App: "Merge", Transports: transports(a, b, out), Store: &store{}, StopAtEnd: true, SnapshotEvery: 5 * time.Millisecond}
		r := start(t, newRunner(t, text, opts))
		time.Sleep(18 * time.Millisecond)
		r.crash()
		a.ended, b.ended = true, true
		b.pollTime = time.Millisecond // b is faster now
		if err := <-start(t, newRunner(t, text, opts)).result; err != nil {
			t.Fatal(err)
		}
		rows, _, lost := rowsOf(t, out, true, schema.Attributes{{Name: "k", Type: schema.String}, {Name: "v", Type: schema.Long}})
		slices.Sort(rows)
		if distinct := slices.Compact(slices.Clone(rows)); len(distinct) != 50 || lost != 0 {
			t.Errorf("%d distinct rows arrive, want 50; %d are reported lost", len(distinct), lost)
		} else if len(rows) == 50 {
			t.Error("no row came twice: the crash came at no interesting moment")
		}
	})
}

// TestOrderlyStop: nothing is in flight, nothing comes twice.
func TestOrderlyStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, mid, out := newTopic("in", events(100)...), newTopic("sums"), newTopic("counts")
		in.perPoll, in.pollTime, mid.writeTime = 7, time.Millisecond, 3*time.Millisecond
		opts := connect.Options{App: "Sums", Transports: transports(in, mid, out), Store: &store{}, SnapshotEvery: time.Hour}
		for range 5 {
			r := start(t, newRunner(t, sums, opts))
			time.Sleep(10 * time.Millisecond)
			r.stop()
		}
		in.ended = true
		r := start(t, newRunner(t, sums, opts))
		synctest.Wait()
		time.Sleep(time.Second)
		if got := r.runner.Status().State; got != connect.Finished {
			t.Errorf("state = %s when all sources have ended", got)
		}
		r.stop()
		rows, repeated, lost := rowsOf(t, mid, true, outAttrs[:2])
		if len(rows) != 80 || repeated != 0 || lost != 0 {
			t.Errorf("%d rows, %d repeated, %d lost; want 80, 0, 0", len(rows), repeated, lost)
		}
		if in.acked != 100 {
			t.Errorf("acknowledged up to %d, want 100", in.acked)
		}
	})
}

// TestRestartWithOtherSources: a snapshot of another version of the app is refused.
func TestRestartWithOtherSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, mid, out := newTopic("in", events(10)...), newTopic("sums"), newTopic("counts")
		in.ended = true
		opts := connect.Options{Transports: transports(in, mid, out), Store: &store{}, StopAtEnd: true}
		if err := <-start(t, newRunner(t, sums, opts)).result; err != nil {
			t.Fatal(err)
		}
		err := <-start(t, newRunner(t, counts, opts)).result
		if err == nil {
			t.Fatal("the snapshot of another app is restored")
		}
	})
}
