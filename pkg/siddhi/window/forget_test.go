package window

import (
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/flow"
)

// forgetting plays a script of rows with keys; of those in gone everything is
// forgotten before step at.
func forgetting(t *testing.T, window string, script []step, expired bool, at int, gone []int32) []chunk {
	t.Helper()
	s := start(t, call(t, window, events), events, eventNeed, expired, script[0].at)
	for i, st := range script {
		s.advance(t, st.at)
		if f, ok := s.op.(flow.Forgetter); i == at && ok {
			f.Forget(gone)
			s.timers = slices.DeleteFunc(s.timers, func(w timer) bool { return slices.Contains(gone, w.key) })
		}
		s.send(t, batch(script[i:i+1], true, false))
	}
	s.advance(t, script[len(script)-1].at+20_000)
	return s.out
}

// of returns the chunks of a key.
func of(key int32, all []chunk) []chunk {
	return slices.DeleteFunc(slices.Clone(all), func(c chunk) bool { return c.key != key })
}

// from leaves the rows of a key out that come before a step.
func from(script []step, at int, key int32) []step {
	list := slices.Clone(script)
	for i := range list[:at] {
		list[i].rows = slices.DeleteFunc(slices.Clone(list[i].rows), func(r eventRow) bool { return r.key == key })
	}
	return slices.DeleteFunc(list, func(s step) bool { return len(s.rows) == 0 })
}

// A key that was forgotten is as one that has never come, and the others do not notice.
func TestForget(t *testing.T) {
	const at, key = 60, 1
	forAll(t, func(t *testing.T, window string, expired bool, r *rand.Rand) {
		w := call(t, window, events)
		if !expired && Sliding(w.Fn) || shared(window) {
			return // keeps nothing, or no key is by itself
		}
		sc := script(r, 120, 3, true)
		whole := forgetting(t, window, sc, expired, -1, nil)
		got := forgetting(t, window, sc, expired, at, []int32{key})
		for _, other := range []int32{0, 2} {
			sameChunks(t, "another key", of(other, whole), of(other, got))
		}
		before := forgetting(t, window, sc[:at], expired, -1, nil)
		before = slices.DeleteFunc(before, func(c chunk) bool { return c.at > sc[at].at })
		behind := forgetting(t, window, from(sc, at, key), expired, -1, nil)
		sameChunks(t, "the key", slices.Concat(of(key, before), of(key, behind)), of(key, got))
	})
}

// What is forgotten leaves nothing behind.
func TestForgetAll(t *testing.T) {
	forAll(t, func(t *testing.T, window string, expired bool, r *rand.Rand) {
		sc := script(r, 80, 3, true)
		s := start(t, call(t, window, events), events, eventNeed, expired, sc[0].at)
		f, ok := s.op.(flow.Forgetter)
		if !ok {
			if _, keeps := s.op.(flow.Stateful); keeps {
				t.Fatal("the window keeps keys that it cannot forget")
			}
			return
		}
		play := func() {
			later := s.now - sc[0].at
			for _, st := range sc {
				s.advance(t, st.at+later)
				rows := slices.Clone(st.rows)
				for i := range rows {
					rows[i].time += later
				}
				s.send(t, batch([]step{{rows: rows}}, true, false))
			}
			f.Forget([]int32{0, 1, 2})
			s.timers = nil
		}
		play()
		first, out := len(s.snapshot()), len(s.out)
		s.advance(t, s.now+20_000)
		if len(s.out) != out {
			t.Errorf("a window that has forgotten all gives %v", s.out[out:])
		}
		play()
		play()
		if size := len(s.snapshot()); size > first+first/2+64 {
			t.Errorf("a snapshot has grown from %d to %d bytes though all was forgotten", first, size)
		}
	})
}
