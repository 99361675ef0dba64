// Package transporttest is what every transport has to do, as tests: run it
// against a transport's real server, or against what it has instead of one.
//
// It imports stream.
package transporttest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"millrace/pkg/siddhi/stream"
)

// maxPoll is the largest number of records that one Poll may return.
const maxPoll = 4096

// limit is how long a step against a real server may take.
const limit = 30 * time.Second

// Transport is one topic, empty at first, of the transport under test.
type Transport struct {
	// Source makes a source that reads the topic from its start.
	Source func(t *testing.T) stream.Source
	// Sink makes a sink that writes to the topic.
	Sink func(t *testing.T) stream.Sink
	// StopServer and StartServer end and start what both connect to; nil when
	// there is no such thing.
	StopServer, StartServer func(t *testing.T)
	// Keys and Headers say that these arrive.
	Keys, Headers bool
	// Forgets says that a new source does not get records from before.
	Forgets bool
}

// Run runs the suite; newTransport makes a new topic for each test.
func Run(t *testing.T, newTransport func(t *testing.T) Transport) {
	t.Run("records arrive in order", func(t *testing.T) { ordered(t, newTransport(t)) })
	t.Run("a poll is bounded", func(t *testing.T) { bounded(t, newTransport(t)) })
	t.Run("close ends a waiting poll", func(t *testing.T) { closeWhilePolling(t, newTransport(t)) })
	t.Run("cancel ends a waiting poll", func(t *testing.T) { cancelPoll(t, newTransport(t)) })
	t.Run("close is final and may be repeated", func(t *testing.T) { closeTwice(t, newTransport(t)) })
	t.Run("a source goes on at a position", func(t *testing.T) {
		tr := newTransport(t)
		if tr.Forgets {
			t.Skip("this transport keeps no records")
		}
		resume(t, tr)
	})
	t.Run("nothing is lost while the server is away", func(t *testing.T) {
		tr := newTransport(t)
		if tr.StopServer == nil {
			t.Skip("this transport has no server")
		}
		outage(t, tr)
	})
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// OpenSource opens a source and closes it with the test.
func OpenSource(t *testing.T, s stream.Source, from ...stream.Position) stream.Source {
	t.Helper()
	if err := s.Open(within(t), from); err != nil {
		t.Fatalf("open source: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// OpenSink opens a sink and closes it with the test.
func OpenSink(t *testing.T, s stream.Sink) stream.Sink {
	t.Helper()
	if err := s.Open(within(t)); err != nil {
		t.Fatalf("open sink: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Write writes the records with the numbers from to to, exclusive.
func Write(t *testing.T, s stream.Sink, from, to int) {
	t.Helper()
	if err := s.Write(within(t), Records(from, to)); err != nil {
		t.Fatalf("write records %d to %d: %v", from, to, err)
	}
}

// Records makes the records with the numbers from to to, exclusive.
func Records(from, to int) []stream.Record {
	var recs []stream.Record
	for i := from; i < to; i++ {
		recs = append(recs, stream.Record{
			Key: fmt.Appendf(nil, "key%d", i), Value: fmt.Appendf(nil, `{"n":%d}`, i),
			Headers: []stream.Header{{Name: "number", Value: fmt.Sprint(i)}},
		})
	}
	return recs
}

// Read polls until it has n records, which are copies.
func Read(t *testing.T, s stream.Source, n int) []stream.Record {
	t.Helper()
	var got []stream.Record
	ctx := within(t)
	for len(got) < n {
		recs, err := s.Poll(ctx)
		for _, r := range recs {
			r.Key, r.Value = append([]byte(nil), r.Key...), append([]byte(nil), r.Value...)
			r.Headers = append([]stream.Header(nil), r.Headers...)
			got = append(got, r)
		}
		if err != nil {
			t.Fatalf("poll after %d of %d records: %v", len(got), n, err)
		}
	}
	return got
}

// Expect compares records with those numbered from from on.
func Expect(t *testing.T, got []stream.Record, from int, keys, headers bool) {
	t.Helper()
	for i, want := range Records(from, from+len(got)) {
		if string(got[i].Value) != string(want.Value) {
			t.Fatalf("record %d is %q, want %q", i, got[i].Value, want.Value)
		}
		if keys && string(got[i].Key) != string(want.Key) {
			t.Errorf("key of record %d is %q, want %q", i, got[i].Key, want.Key)
		}
		if headers && (len(got[i].Headers) != 1 || got[i].Headers[0] != want.Headers[0]) {
			t.Errorf("headers of record %d are %v, want %v", i, got[i].Headers, want.Headers)
		}
	}
}

func ordered(t *testing.T, tr Transport) {
	source := OpenSource(t, tr.Source(t))
	sink := OpenSink(t, tr.Sink(t))
	written := write(t, sink, 0, 1, 50, 50, 51)
	got := Read(t, source, 51)
	if len(got) != 51 {
		t.Fatalf("got %d records, 51 were written", len(got))
	}
	Expect(t, got, 0, tr.Keys, tr.Headers)
	if err := source.Ack(within(t), []stream.Position{got[50].Position}); err != nil {
		t.Errorf("ack: %v", err)
	}
	if err := <-written; err != nil {
		t.Errorf("write: %v", err)
	}
}

// write writes in the background the records between each two of the numbers:
// a transport may hold a writer until its records are acknowledged.
func write(t *testing.T, s stream.Sink, numbers ...int) <-chan error {
	t.Helper()
	written := make(chan error, 1)
	ctx := within(t)
	go func() {
		var err error
		for i := 1; i < len(numbers) && err == nil; i++ {
			err = s.Write(ctx, Records(numbers[i-1], numbers[i]))
		}
		written <- err
	}()
	return written
}

func bounded(t *testing.T, tr Transport) {
	const n = 2 * maxPoll
	source := OpenSource(t, tr.Source(t))
	sink := OpenSink(t, tr.Sink(t))
	var numbers []int
	for i := 0; i <= n; i += 512 {
		numbers = append(numbers, i)
	}
	written := write(t, sink, numbers...)
	ctx := within(t)
	for at := 0; at < n; {
		recs, err := source.Poll(ctx)
		if err != nil {
			t.Fatalf("poll after %d records: %v", at, err)
		}
		if len(recs) > maxPoll {
			t.Fatalf("one poll gave %d records", len(recs))
		}
		Expect(t, recs, at, false, false)
		at += len(recs)
		if at%1024 == 0 || at == n {
			if err := source.Ack(ctx, []stream.Position{recs[len(recs)-1].Position}); err != nil {
				t.Fatalf("ack: %v", err)
			}
		}
	}
	if err := <-written; err != nil {
		t.Errorf("write: %v", err)
	}
}

// poll starts a Poll that has nothing to give and returns its error when it ends.
func poll(ctx context.Context, s stream.Source) <-chan error {
	ended := make(chan error, 1)
	go func() {
		for {
			recs, err := s.Poll(ctx)
			if err == nil && len(recs) > 0 {
				err = fmt.Errorf("poll gave %d records of an empty topic", len(recs))
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	return ended
}

func await(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(limit):
		t.Fatal("poll does not end")
		return nil
	}
}

func closeWhilePolling(t *testing.T, tr Transport) {
	source := OpenSource(t, tr.Source(t))
	ended := poll(within(t), source)
	if err := source.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := await(t, ended); !errors.Is(err, stream.ErrNotConnected) && !errors.Is(err, stream.ErrEndOfStream) {
		t.Errorf("poll of a closed source gives %v", err)
	}
}

func cancelPoll(t *testing.T, tr Transport) {
	source := OpenSource(t, tr.Source(t))
	ctx, cancel := context.WithCancel(t.Context())
	ended := poll(ctx, source)
	cancel()
	if err := await(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled poll gives %v", err)
	}
	// The source itself goes on.
	written := write(t, OpenSink(t, tr.Sink(t)), 0, 3)
	got := Read(t, source, 3)
	Expect(t, got, 0, tr.Keys, tr.Headers)
	if err := source.Ack(within(t), []stream.Position{got[2].Position}); err != nil {
		t.Errorf("ack: %v", err)
	}
	if err := <-written; err != nil {
		t.Errorf("write: %v", err)
	}
}

func closeTwice(t *testing.T, tr Transport) {
	source, sink := tr.Source(t), tr.Sink(t)
	if err := source.Close(); err != nil {
		t.Errorf("close of a source that was not open: %v", err)
	}
	if err := sink.Close(); err != nil {
		t.Errorf("close of a sink that was not open: %v", err)
	}
	OpenSource(t, source)
	OpenSink(t, sink)
	for range 2 {
		if err := source.Close(); err != nil {
			t.Errorf("close source: %v", err)
		}
		if err := sink.Close(); err != nil {
			t.Errorf("close sink: %v", err)
		}
	}
	if err := sink.Write(within(t), Records(0, 1)); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("write to a closed sink gives %v", err)
	}
}

func resume(t *testing.T, tr Transport) {
	sink := OpenSink(t, tr.Sink(t))
	Write(t, sink, 0, 30)
	source := OpenSource(t, tr.Source(t))
	first := Read(t, source, 30)
	if err := source.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	for _, at := range []int{1, 10, 29} {
		again := OpenSource(t, tr.Source(t), first[at-1].Position)
		got := Read(t, again, 30-at)
		if len(got) != 30-at {
			t.Errorf("from record %d on there are %d records, want %d", at, len(got), 30-at)
		}
		Expect(t, got, at, tr.Keys, tr.Headers)
		if err := again.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	// At the end there is nothing until something new comes; the same source can be opened again.
	OpenSource(t, source, first[29].Position)
	Write(t, sink, 30, 33)
	Expect(t, Read(t, source, 3), 30, tr.Keys, tr.Headers)
}

// outage stops the server under an open source and sink, lets both notice, and
// expects every record after the server is back; some may come twice.
func outage(t *testing.T, tr Transport) {
	source := OpenSource(t, tr.Source(t))
	sink := OpenSink(t, tr.Sink(t))
	Write(t, sink, 0, 5)
	got := Read(t, source, 5)

	tr.StopServer(t)
	ctx := within(t)
	for err := error(nil); err == nil; {
		if _, err = source.Poll(ctx); err != nil && !errors.Is(err, stream.ErrNotConnected) {
			t.Fatalf("poll without a server gives %v", err)
		}
	}
	if err := sink.Write(ctx, Records(5, 8)); !errors.Is(err, stream.ErrNotConnected) {
		t.Fatalf("write without a server gives %v", err)
	}
	source.Close()
	sink.Close()
	if err := source.Open(ctx, []stream.Position{got[4].Position}); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("opening a source without a server gives %v", err)
	}
	if err := sink.Open(ctx); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("opening a sink without a server gives %v", err)
	}
	source.Close()
	sink.Close()

	tr.StartServer(t)
	retry(t, func() error { return sink.Open(ctx) })
	retry(t, func() error { return sink.Write(ctx, Records(5, 8)) })
	retry(t, func() error { return source.Open(ctx, []stream.Position{got[4].Position}) })
	missing := map[string]bool{}
	for _, r := range Records(5, 8) {
		missing[string(r.Value)] = true
	}
	for len(missing) > 0 {
		recs, err := source.Poll(ctx)
		if errors.Is(err, stream.ErrNotConnected) {
			source.Close()
			retry(t, func() error { return source.Open(ctx, []stream.Position{got[4].Position}) })
			continue
		}
		if err != nil {
			t.Fatalf("poll after the outage, while %v are missing: %v", missing, err)
		}
		for _, r := range recs { // those from before may come again
			delete(missing, string(r.Value))
		}
	}
}

// retry does what a caller does on ErrNotConnected: pause and try again.
func retry(t *testing.T, do func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; {
		err := do()
		if err == nil {
			return
		}
		if !errors.Is(err, stream.ErrNotConnected) || time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(50 * time.Millisecond)
	}
}
