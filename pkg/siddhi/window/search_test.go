package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// mirror follows a window and keeps the slots that it is told of.
type mirror struct {
	slots map[int32][]int32 // by key
	keyOf map[int32]int32   // by slot
}

func newMirror() *mirror {
	return &mirror{slots: map[int32][]int32{}, keyOf: map[int32]int32{}}
}

func (m *mirror) Restart() { *m = *newMirror() }

func (m *mirror) Change(gained, keys, lost []int32) {
	for i, slot := range gained {
		m.slots[keys[i]] = append(m.slots[keys[i]], slot)
		m.keyOf[slot] = keys[i]
	}
	for _, slot := range lost {
		list := m.slots[m.keyOf[slot]]
		at := slices.Index(list, slot)
		m.slots[m.keyOf[slot]] = slices.Delete(list, at, at+1)
	}
}

// searched runs a script through a window that can be searched, and compares,
// whenever it emits and after each step, what a search finds with what
// has come out and not expired, and with what a follower was told.
type searched struct {
	*sim
	window Searchable
	mirror *mirror
	kept   map[int32][]string // rows that came out and have not expired, by key
	// outSays is set where a search finds just what has come out and not expired.
	outSays  bool
	followed bool
}

func (s *searched) make(t *testing.T, text string, expired bool) {
	t.Helper()
	op, err := New(call(t, text, events), events, Options{Need: eventNeed, Expired: expired, Search: true, Clock: s.sim, Scheduler: s.sim})
	if err != nil {
		t.Fatal(err)
	}
	s.op, s.window, s.mirror = op, op.(Searchable), newMirror()
	s.followed = s.window.Follow(s.mirror)
	// Those of expressionBatch and delay have not come out yet, a row that a condition
	// refuses expires before it comes out, as a late one does in unique:time, and a
	// window of no rows lets them just pass.
	s.outSays = !strings.HasPrefix(text, "expression(") && text != "timeLength(1 sec, 0)" &&
		(s.followed || !Disorder(call(t, text, events).Fn))
	for _, other := range []string{"expressionBatch(", "delay(", "unique:time("} {
		s.outSays = s.outSays && !strings.HasPrefix(text, other)
	}
}

func (s *searched) found(key int32) (rows []string, slots []int32) {
	slots = s.window.Find(key, nil)
	for _, slot := range slots {
		text := "("
		for i, c := range eventNeed {
			if i > 0 {
				text += " "
			}
			text += fmt.Sprint(s.window.Column(c).Any(int(slot)))
		}
		rows = append(rows, text+")")
		if int(slot) >= len(s.window.Times()) {
			rows = append(rows, "without time")
		}
	}
	return rows, slots
}

func (s *searched) check(t *testing.T, when string) {
	t.Helper()
	for key := range int32(3) {
		rows, slots := s.found(key)
		if s.outSays && !slices.Equal(rows, s.kept[key]) {
			t.Fatalf("%s: a search for key %d finds\n%v, out and not expired are\n%v", when, key, rows, s.kept[key])
		}
		if s.followed && !slices.Equal(slots, s.mirror.slots[key]) {
			t.Fatalf("%s: a search for key %d finds slots %v, told were %v", when, key, slots, s.mirror.slots[key])
		}
	}
}

func (s *searched) apply(t *testing.T, chunks []chunk) {
	t.Helper()
	if !s.outSays {
		return
	}
	for _, c := range chunks {
		for _, r := range c.rows {
			switch r.kind {
			case column.Current:
				s.kept[c.key] = append(s.kept[c.key], r.values)
			case column.Expired:
				list := s.kept[c.key]
				at := slices.Index(list, r.values)
				if at < 0 {
					t.Fatalf("%s expired and had not come", r.values)
				}
				s.kept[c.key] = slices.Delete(list, at, at+1)
			}
		}
	}
}

// What can be followed: windows that find rows in the order of their coming.
func TestFollow(t *testing.T) {
	for _, text := range allWindows {
		s := &searched{sim: &sim{need: eventNeed}}
		s.make(t, text, true)
		want := !Disorder(call(t, text, events).Fn)
		for _, name := range []string{"unique:ever", "unique:first(", "unique:length(", "unique:time("} {
			want = want || strings.HasPrefix(text, name)
		}
		if s.followed != want {
			t.Errorf("%s can be followed: %v", text, s.followed)
		}
	}
}

func TestSearch(t *testing.T) {
	for _, text := range allWindows {
		t.Run(text, func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, 3))
				sc := script(r, 120, 3, false)
				s := &searched{sim: &sim{now: sc[0].at, need: eventNeed}, kept: map[int32][]string{}}
				s.make(t, text, true)
				for i, st := range sc {
					look := func(when string) {
						s.apply(t, s.out)
						s.out = nil
						s.check(t, fmt.Sprintf("seed %d, step %d, %s", seed, i, when))
					}
					s.advance(t, st.at)
					look("timers")
					if r.IntN(20) == 0 {
						snapshot := s.snapshot()
						s.timers = nil
						s.make(t, text, true)
						if err := s.op.(flow.Stateful).Restore(state.NewDecoder(snapshot)); err != nil {
							t.Fatal(err)
						}
						look("restored")
						s.advance(t, st.at)
						look("overdue")
					}
					err := s.op.Process(batch([]step{st}, seed%2 == 0, i%2 == 0), func(b *column.Batch) error {
						err := s.collect(b)
						look("emits")
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					s.advance(t, s.now)
					look("sent")
				}
			}
		})
	}
}

// Being searched does not change what a window emits, apart from that a sliding
// one passes its input on; nor does it emit expired rows that are not asked for.
func TestSearchEmits(t *testing.T) {
	forAll(t, func(t *testing.T, text string, expired bool, r *rand.Rand) {
		sc := script(r, 100, 3, false)
		keyed := r.IntN(2) == 0
		plain := &sim{now: sc[0].at, need: eventNeed}
		s := &searched{sim: &sim{now: sc[0].at, need: eventNeed}, kept: map[int32][]string{}}
		s.make(t, text, expired)
		op, err := New(call(t, text, events), events, Options{Need: eventNeed, Expired: true, Clock: plain, Scheduler: plain})
		if err != nil {
			t.Fatal(err)
		}
		plain.op = op
		for i, st := range sc {
			plain.advance(t, st.at)
			s.advance(t, st.at)
			plain.send(t, batch([]step{st}, keyed, i%2 == 0))
			s.send(t, batch([]step{st}, keyed, i%2 == 0))
		}
		want := plain.out
		if !expired {
			want = withoutExpired(want)
		}
		sameChunks(t, "searched", want, s.out)
	})
}

func withoutExpired(all []chunk) []chunk {
	var left []chunk
	for _, c := range all {
		c.rows = slices.DeleteFunc(slices.Clone(c.rows), func(r outRow) bool { return r.kind == column.Expired })
		if len(c.rows) > 0 {
			left = append(left, c)
		}
	}
	return left
}
