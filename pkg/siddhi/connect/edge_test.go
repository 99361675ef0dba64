package connect_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

const through = `@app:name('Through')
@source(type='topic', topic='in', @map(type='json')) define stream In (k string, v long);
@sink(type='topic', topic='out'%s) define stream Out (k string, v long);
from In select k, v insert into Out;`

func jsonRows(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"event":{"k":"k%d","v":%d}}`, i%3, i))
	}
	return all
}

func TestASlowSinkHoldsTheSourceUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newTopic("in", events(5000)...), newTopic("out")
		in.perPoll, out.down = 10, true
		r := start(t, newRunner(t, fmt.Sprintf(through, ", @map(type='json')"), connect.Options{Transports: transports(in, out), BufferRows: 100}))
		settle(time.Second) // the sink connects before anything is read
		if s := r.runner.Status(); s.RowsIn() != 0 || s.Sinks[0].State != connect.Waiting || s.Sinks[0].LastError == "" {
			t.Errorf("while the sink cannot connect: %+v", s)
		}
		out.set(func() { out.down = false; out.writeTime = time.Hour })
		settle(10 * time.Second)
		// What is being written, the buffer, and what waits for room in it.
		if s := r.runner.Status(); s.RowsIn() > 210 || s.Sinks[0].Waiting > 100 || s.Sinks[0].Writing == 0 || s.Sinks[0].Writing > 100 {
			t.Errorf("while the sink is busy %d rows are taken, %d wait and %d are on their way", s.RowsIn(), s.Sinks[0].Waiting, s.Sinks[0].Writing)
		}
		out.set(func() { out.writeTime = 0 })
		settle(2 * time.Hour)
		if got := out.values(); !reflect.DeepEqual(got, jsonRows(0, 5000)) {
			t.Errorf("%d rows arrive, or in another order", len(got))
		}
		r.stop()
	})
}

func TestFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newTopic("in"), newTopic("out")
		in.down = true
		opts := connect.Options{Transports: transports(in, out), FailAtOnce: true}
		r := newRunner(t, fmt.Sprintf(through, ""), opts)
		if err := <-start(t, r).result; !errors.Is(err, stream.ErrNotConnected) {
			t.Errorf("a source that cannot connect: %v", err)
		}
		in.set(func() { in.down = false })
		s := start(t, newRunner(t, fmt.Sprintf(through, ""), opts))
		settle(time.Second)
		in.set(func() { in.down, in.fails = true, stream.ErrNotConnected })
		settle(time.Minute)
		if e := s.runner.Status().Sources[0]; e.State != connect.Waiting {
			t.Errorf("a source that was connected once is %v: %s", e.State, e.LastError)
		}
		s.stop()
	})
}

func TestSinkDownThenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newTopic("in"), newTopic("out")
		st := &store{}
		r := start(t, newRunner(t, fmt.Sprintf(through, ""), connect.Options{
			Transports: transports(in, out), Store: st, SnapshotEvery: time.Second}))
		synctest.Wait()
		send(in, 0, 3)
		settle(1500 * time.Millisecond)
		if in.acked != 3 { // while the source waits in Poll
			t.Errorf("acknowledged up to %d, want 3", in.acked)
		}
		saved := len(st.saved)
		out.set(func() { out.down = true })
		send(in, 3, 7)
		settle(20 * time.Second) // tried at 0, 0, 5 and 15 s
		if s := r.runner.Status(); s.Sinks[0].State != connect.Waiting || len(st.saved) != saved || in.acked != 3 {
			t.Errorf("with rows that are not written: %+v, %d snapshots more, acknowledged up to %d", s, len(st.saved)-saved, in.acked)
		}
		up := time.Now()
		out.set(func() { out.down = false })
		settle(12 * time.Second)
		if in.acked != 7 || out.writes[len(out.writes)-1].Sub(up) > 11*time.Second {
			t.Errorf("after %v: acknowledged up to %d", time.Since(up), in.acked)
		}
		r.stop()
		rows, repeated, lost := rowsOf(t, out, true, schema.Attributes{{Name: "k", Type: schema.String}, {Name: "v", Type: schema.Long}})
		if len(rows) != 7 || repeated != 0 || lost != 0 {
			t.Errorf("got %q, %d repeated, %d lost", rows, repeated, lost)
		}
	})
}

func send(in *topic, from, to int) {
	in.set(func() { in.records = append(in.records, newTopic("", jsonRows(from, to)...).records...) })
}

func TestSinkThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newTopic("in"), newTopic("out")
		r := start(t, newRunner(t, fmt.Sprintf(through, ", on.error='log', @map(type='json')"), connect.Options{Transports: transports(in, out)}))
		synctest.Wait()
		out.set(func() { out.down = true })
		send(in, 0, 3)
		synctest.Wait()
		out.set(func() { out.down = false })
		send(in, 3, 5) // too early for the next try
		settle(6 * time.Second)
		send(in, 5, 6)
		synctest.Wait()
		if s := r.runner.Status().Sinks[0]; s.Dropped != 5 || !reflect.DeepEqual(out.values(), jsonRows(5, 6)) {
			t.Errorf("dropped %d, got %q", s.Dropped, out.values())
		}
		r.stop()
	})
}

func TestBadRecordsCostNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := jsonRows(0, 5)
		in, out := newTopic("in", rows[0], "{", rows[1], `{"event":{"k":"k","v":"x"}}`, `[`+rows[2]+`,`+rows[3]+`]`), newTopic("out")
		in.ended = true
		r := newRunner(t, fmt.Sprintf(through, ", @map(type='json')"), connect.Options{Transports: transports(in, out), StopAtEnd: true})
		if err := <-start(t, r).result; err != nil {
			t.Fatal(err)
		}
		s := r.Status().Sources[0]
		if !reflect.DeepEqual(out.values(), rows[:4]) || s.Bad != 2 || s.Records != 5 || s.Rows != 4 || !strings.Contains(s.LastError, "in:4: attribute v") {
			t.Errorf("got %q, status %+v", out.values(), s)
		}
	})
}

func TestDistribution(t *testing.T) {
	const text = `@source(type='topic', topic='in', @map(type='json')) define stream In (k string, v long);
@sink(type='topic', @map(type='frame'), @distribution(strategy='%s', @destination(topic='a'), @destination(topic='b'))) define stream Out (k string, v long);
from In select k, v insert into Out;`
	attrs := schema.Attributes{{Name: "k", Type: schema.String}, {Name: "v", Type: schema.Long}}
	for strategy, want := range map[string][2][]string{
		"roundRobin": {{"k0 0", "k2 2", "k1 4"}, {"k1 1", "k0 3", "k2 5"}},
		"broadcast":  {{"k0 0", "k1 1", "k2 2", "k0 3", "k1 4", "k2 5"}, {"k0 0", "k1 1", "k2 2", "k0 3", "k1 4", "k2 5"}},
		// The hash of "k0" in Java is 3365.
		"partitioned', partitionKey='k": {{"k1 1", "k1 4"}, {"k0 0", "k2 2", "k0 3", "k2 5"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			in, a, b := newTopic("in", jsonRows(0, 6)...), newTopic("a"), newTopic("b")
			in.perPoll, in.pollTime = 1, time.Millisecond
			opts := connect.Options{Transports: transports(in, a, b), Store: &store{}}
			r := start(t, newRunner(t, fmt.Sprintf(text, strategy), opts))
			settle(3500 * time.Microsecond)
			r.stop() // whose turn it is survives
			in.ended, opts.StopAtEnd = true, true
			if err := <-start(t, newRunner(t, fmt.Sprintf(text, strategy), opts)).result; err != nil {
				t.Fatal(err)
			}
			for i, tp := range []*topic{a, b} {
				if got, _, lost := rowsOf(t, tp, true, attrs); !reflect.DeepEqual(got, want[i]) || lost != 0 {
					t.Errorf("%s: destination %d got %q, want %q", strategy, i, got, want[i])
				}
			}
		})
	}
}

func TestReplaySpeed(t *testing.T) {
	const text = `@app:playback
@source(type='topic', topic='in', replay.time='at', replay.speed='3600', @map(type='json')) define stream In (at string);
@sink(type='topic', topic='out', @map(type='json')) define stream Out (t long);
from In select eventTimestamp() as t insert into Out;`
	synctest.Test(t, func(t *testing.T) {
		var events []string
		for _, at := range []string{"2013-01-01T05:00:00Z", "2013-01-01T06:00:00Z", "2013-01-01 05:30:00", "?", "2013-01-01T15:00:00Z"} {
			events = append(events, fmt.Sprintf(`{"event":{"at":%q}}`, at))
		}
		in, out := newTopic("in", events...), newTopic("out")
		in.ended = true
		began := time.Now()
		r := newRunner(t, text, connect.Options{Transports: transports(in, out), StopAtEnd: true})
		if err := <-start(t, r).result; err != nil {
			t.Fatal(err)
		}
		var offsets []time.Duration
		for _, w := range out.writes {
			offsets = append(offsets, w.Sub(began))
		}
		if last := offsets[len(offsets)-1]; last != 10*time.Second || !slices.Contains(offsets, time.Second) {
			t.Errorf("rows are written at %v; want the first, one at 1s and the last at 10s", offsets)
		}
		want := []string{}
		for _, ms := range []int64{1357016400000, 1357020000000, 1357018200000, 1357018200000, 1357052400000} {
			want = append(want, fmt.Sprintf(`{"event":{"t":%d}}`, ms))
		}
		if !reflect.DeepEqual(out.values(), want) {
			t.Errorf("got %q, want %q", out.values(), want)
		}
	})
}

func TestEnds(t *testing.T) {
	text := fmt.Sprintf(through, "")
	broken := errors.New("broken")
	t.Run("a source that breaks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in"), newTopic("out")
			in.fails = broken
			err := <-start(t, newRunner(t, text, connect.Options{Transports: transports(in, out)})).result
			if !errors.Is(err, broken) || !strings.Contains(err.Error(), "source topic of stream In") {
				t.Errorf("Run = %v", err)
			}
		})
	})
	t.Run("another node has the app", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in", events(3)...), newTopic("out")
			st := &store{}
			r := start(t, newRunner(t, text, connect.Options{Transports: transports(in, out), Store: st, SnapshotEvery: time.Second}))
			synctest.Wait()
			st.mu.Lock()
			st.err = fmt.Errorf("save: %w", connect.ErrReplaced)
			st.mu.Unlock()
			if err := <-r.result; !errors.Is(err, connect.ErrReplaced) {
				t.Errorf("Run = %v", err)
			}
		})
	})
	t.Run("a store that is away", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in", events(3)...), newTopic("out")
			st := &store{err: errors.New("away")}
			r := start(t, newRunner(t, text, connect.Options{Transports: transports(in, out), Store: st, SnapshotEvery: time.Second}))
			settle(1500 * time.Millisecond)
			if s := r.runner.Status(); s.Snapshot.LastError == "" || in.acked != 0 {
				t.Errorf("status %+v, acknowledged up to %d", s.Snapshot, in.acked)
			}
			st.mu.Lock()
			st.err = nil
			st.mu.Unlock()
			settle(time.Second)
			if s := r.runner.Status(); s.Snapshot.Count != 1 || s.Snapshot.LastError != "" || in.acked != 3 {
				t.Errorf("status %+v, acknowledged up to %d", s.Snapshot, in.acked)
			}
			r.stop()
		})
	})
	t.Run("a sink that never comes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in", events(300)...), newTopic("out")
			r := start(t, newRunner(t, text, connect.Options{Transports: transports(in, out), BufferRows: 10, StopTimeout: 3 * time.Second}))
			synctest.Wait()
			out.set(func() { out.down = true })
			send(in, 0, 300)
			synctest.Wait()
			began := time.Now()
			r.cancel()
			if err := <-r.result; err == nil || !strings.Contains(err.Error(), "did not stop in 3s") || time.Since(began) != 3*time.Second {
				t.Errorf("Run = %v after %v", err, time.Since(began))
			}
		})
	})
	t.Run("abandoned while stopping", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in"), newTopic("out")
			r := start(t, newRunner(t, text, connect.Options{Transports: transports(in, out), StopTimeout: time.Hour}))
			synctest.Wait()
			out.set(func() { out.down = true })
			send(in, 0, 3)
			synctest.Wait()
			began := time.Now()
			r.cancel()
			settle(time.Second)
			r.crash()
			if time.Since(began) != time.Second {
				t.Errorf("it stopped after %v", time.Since(began))
			}
		})
	})
	t.Run("stopped while connecting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in, out := newTopic("in"), newTopic("out")
			out.down = true
			r := start(t, newRunner(t, text, connect.Options{Transports: transports(in, out)}))
			synctest.Wait()
			r.stop()
		})
	})
}

// TestLostRowsAreReported: a topic that has lost a frame shows in the status.
func TestLostRowsAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, mid, out := newTopic("in", events(50)...), newTopic("sums"), newTopic("counts")
		in.perPoll, in.pollTime, in.ended = 5, time.Millisecond, true
		opts := connect.Options{Transports: transports(in, mid, out), StopAtEnd: true}
		if err := <-start(t, newRunner(t, sums, opts)).result; err != nil {
			t.Fatal(err)
		}
		mid.records = slices.Delete(mid.records, 3, 4)
		mid.ended = true
		r := newRunner(t, counts, opts)
		if err := <-start(t, r).result; err != nil {
			t.Fatal(err)
		}
		if s := r.Status().Sources[0]; s.Missing != 4 || s.Rows != 36 || !strings.Contains(s.LastError, "are lost") {
			t.Errorf("status %+v; want 4 rows missing", s)
		}
	})
}

func TestMistakesInAnnotations(t *testing.T) {
	in, out := newTopic("in"), newTopic("out")
	for annotations, want := range map[string]string{
		"@source(type='topik', topic='in')":                                                                     "line 1, column 9: there is no source of type 'topik'; there are topic; did you mean 'topic'?",
		"@source(topic='in')":                                                                                   "@source has no type",
		"@source('topic', type='topic')":                                                                        "has no key",
		"@source(type='topic', topic='in', @map(type='jso'))":                                                   `there is no mapper "jso"`,
		"@source(type='topic', topic='nowhere')":                                                                `there is no topic "nowhere"`,
		"@source(type='topic', topic='in', replay.speed='3')":                                                   "replay.speed needs replay.time",
		"@source(type='topic', topic='in', replay.time='x', @map(type='json'))":                                 "replay.time is 'x'; the stream has",
		"@source(type='topic', topic='in', replay.time='b', @map(type='json'))":                                 "it must be long",
		"@source(type='topic', topic='in', replay.time='a', replay.speed='fast', @map(type='json'))":            "replay.speed is 'fast'",
		"@source(type='topic', topic='in', replay.time='a')":                                                    "frames bring the times",
		"@source(type='topic', topic='in', @payload('x'))":                                                      "@source knows no @payload; it can have @map, @dist",
		"@sink(type='topic', topic='out', on.error='store')":                                                    "on.error='store' is not supported yet",
		"@sink(type='topic', topic='out', on.error='retry')":                                                    "there is no on.error='retry'",
		"@sink(type='topic', topic='out', on.error='log')":                                                      "frames need on.error='wait'",
		"@sink(type='topic', topic='{{a}}')":                                                                    "options must be constants",
		"@sink(type='topic', topic='out', @map(type='json', @payload('{{c}}')))":                                "{{c}}",
		"@sink(type='topic', @distribution(strategy='partitioned', partitionKey='z', @destination(topic='o')))": "partitionKey is 'z'",
		"@sink(type='topic', @distribution(strategy='some', @destination(topic='out')))":                        "there is no strategy 'some'",
		"@sink(type='topic', @distribution(strategy='broadcast'))":                                              "has no @destination",
		"@sink(ref='x')": "@sink(ref='...') is not supported yet",
	} {
		_, err := build(annotations+" define stream S (a string, b bool);\nfrom S select a insert into T;", connect.Options{Transports: transports(in, out)})
		var errs check.Errors
		if !errors.As(err, &errs) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", annotations, err, want)
		} else if !errs[0].Span.Start.Known() {
			t.Errorf("%s: the mistake has no place", annotations)
		}
	}
}

func TestAStopBeforeTheFirstSnapshotIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newTopic("in"), newTopic("out")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := newRunner(t, fmt.Sprintf(through, ""), connect.Options{Transports: transports(in, out)}).Run(ctx); err != nil {
			t.Errorf("Run = %v when its context has ended before", err)
		}
	})
}
