package memory

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func pair(t *testing.T, b *Broker, topic string) (stream.Source, stream.Sink) {
	t.Helper()
	source, err := b.Source(stream.Env{}, stream.Options{"topic": topic})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := b.Sink(stream.Env{}, stream.Options{"topic": topic})
	if err != nil {
		t.Fatal(err)
	}
	return source, sink
}

func TestConformance(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		b := &Broker{}
		return transporttest.Transport{
			Source: func(t *testing.T) stream.Source { s, _ := pair(t, b, "x"); return s },
			Sink:   func(t *testing.T) stream.Sink { _, s := pair(t, b, "x"); return s },
			Keys:   true, Headers: true, Forgets: true,
		}
	})
}

func TestEverySubscriberOfTheTopicGetsEveryRecord(t *testing.T) {
	b := &Broker{}
	one, sink := pair(t, b, "x")
	two, _ := pair(t, b, "x")
	other, _ := pair(t, b, "y")
	for _, s := range []stream.Source{one, two, other} {
		transporttest.OpenSource(t, s)
	}
	transporttest.OpenSink(t, sink)
	recs := transporttest.Records(0, 3)
	if err := sink.Write(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
	clear(recs[1].Value) // the writer's memory is its own again
	transporttest.Expect(t, transporttest.Read(t, one, 3), 0, true, true)
	transporttest.Expect(t, transporttest.Read(t, two, 3), 0, true, true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if recs, err := other.Poll(ctx); err == nil {
		t.Errorf("another topic has %v", recs)
	}
}

func TestASlowSubscriberHoldsWritersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, sink := pair(t, &Broker{}, "x")
		if err := transporttest.OpenSink(t, sink).Write(t.Context(), transporttest.Records(0, 1)); !errors.Is(err, stream.ErrNotConnected) {
			t.Errorf("a write that nobody reads gives %v", err)
		}
		transporttest.OpenSource(t, source)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		written := 0
		for ; ; written++ {
			if err := sink.Write(ctx, transporttest.Records(written, written+1)); err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				break
			}
		}
		if written != queuePieces {
			t.Errorf("%d writes went ahead of the subscriber", written)
		}
		transporttest.Expect(t, transporttest.Read(t, source, written), 0, true, true)
		// A writer that waits goes on when the subscriber leaves.
		ended := make(chan error)
		go func() {
			var err error
			for err == nil {
				err = sink.Write(t.Context(), transporttest.Records(0, 1))
			}
			ended <- err
		}()
		synctest.Wait()
		source.Close()
		if err := <-ended; !errors.Is(err, stream.ErrNotConnected) {
			t.Errorf("after the subscriber has left: %v", err)
		}
	})
}
