package coordination

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	rewrite = flag.Bool("rewrite", false, "accept what the stories print")
	walks   = flag.Uint64("walks", 25, "how many random walks to take")
)

// TestStories runs testdata/*.txt. A line is a command; what it printed follows,
// each line after "> ".
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tell(string(want))
			if err != nil {
				t.Fatal(err)
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// tell runs a story and returns it with what it prints now.
func tell(story string) (string, error) {
	var out strings.Builder
	var s *sim
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "> ") {
			continue
		}
		out.WriteString(line)
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if fields[0] == "group" { // group INTERVAL RETRIES
			interval, err := time.ParseDuration(fields[1])
			if err != nil {
				return "", err
			}
			var retries int
			if _, err := fmt.Sscan(fields[2], &retries); err != nil {
				return "", err
			}
			s = newSim(newTiming(interval, retries))
			s.log = func(format string, args ...any) {
				fmt.Fprintf(&out, "> %v: %s\n", s.at, fmt.Sprintf(format, args...))
			}
			continue
		}
		if err := s.command(&out, fields); err != nil {
			return "", fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
		}
		if s.fault != nil {
			return "", s.fault
		}
	}
	return out.String(), nil
}

func (s *sim) command(out *strings.Builder, fields []string) error {
	arg := func(i int) string {
		if i < len(fields) {
			return fields[i]
		}
		return ""
	}
	n := s.nodes[NodeID(arg(1))]
	if n == nil && strings.Contains(" crash stop pause suspend resume cut join slow give-up state ", " "+fields[0]+" ") {
		return fmt.Errorf("no node %q", arg(1))
	}
	switch fields[0] {
	case "start":
		s.start(NodeID(arg(1)))
	case "crash":
		s.crash(n)
	case "stop":
		s.stop(n)
	case "pause":
		s.pause(n)
	case "suspend":
		s.suspend(n)
	case "resume":
		s.resume(n)
	case "cut":
		n.cut = true
	case "join":
		n.cut = false
	case "slow": // answers reach it late
		n.slow = true
	case "give-up":
		s.giveUp(n)
	case "store":
		s.down = arg(1) == "down"
	case "pass":
		d, err := time.ParseDuration(arg(1))
		if err != nil {
			return err
		}
		s.pass(d)
	case "dbclock":
		d, err := time.ParseDuration(arg(1))
		if err != nil {
			return err
		}
		s.dbJump += d
	case "twin": // twin NEW OLD: a second process with the node id of OLD
		twin := s.start(NodeID(arg(1)))
		twin.core.id.Node = NodeID(arg(2))
	case "state":
		fmt.Fprintf(out, "> %s\n", describe(n.core.state(n.now())))
	default:
		return fmt.Errorf("unknown command %q", fields[0])
	}
	return nil
}

func describe(st State) string {
	if !st.Connected {
		return "not connected"
	}
	var b strings.Builder
	switch {
	case st.IsLeader:
		fmt.Fprintf(&b, "leads in epoch %d", st.Epoch)
	case st.Leader != "":
		fmt.Fprintf(&b, "follows %s in epoch %d", st.Leader, st.Epoch)
	default:
		fmt.Fprintf(&b, "no leader, last epoch %d", st.Epoch)
	}
	b.WriteString("; members")
	for _, m := range st.Members {
		fmt.Fprintf(&b, " %s", m.ID)
	}
	return b.String()
}

// TestRandomWalk lets everything go wrong at random, the invariants being checked
// at every tick, and then lets it heal: one leader must be left.
func TestRandomWalk(t *testing.T) {
	seeds := *walks
	led, disturbances := 0, 0
	for seed := range seeds {
		s, n := walk(seed)
		disturbances += n
		led += len(s.leaders)
		if s.fault == nil {
			s.fault = heal(s)
		}
		if s.fault != nil {
			t.Fatalf("seed %d: %v", seed, s.fault)
		}
	}
	// A walk in which nobody leads proves nothing.
	if led < int(seeds)*10 {
		t.Errorf("only %d terms in %d walks with %d disturbances", led, seeds, disturbances)
	}
}

func walk(seed uint64) (*sim, int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	retries := 1 + rng.IntN(4)
	s := newSim(newTiming(time.Second, retries))
	ids := []NodeID{"a", "b", "c"}
	for _, id := range ids {
		// Real clocks differ by some millionths; five percent leave half the margin.
		s.start(id).rate = 0.95 + 0.1*rng.Float64()
	}
	disturbances := 0
	for range 300 {
		n := s.nodes[ids[rng.IntN(len(ids))]]
		if rng.IntN(2) == 0 {
			n = s.leaderOr(n) // who leads is the one worth disturbing
		}
		disturbances++
		switch rng.IntN(16) {
		case 0:
			s.crash(n)
		case 1:
			s.stop(n)
		case 2, 3:
			s.pause(n)
		case 4:
			if !n.asleep {
				s.suspend(n)
			}
		case 5:
			s.down = !s.down
		case 6:
			n.cut = !n.cut
		case 7:
			s.dbJump += time.Duration(rng.IntN(7200)-3600) * time.Second
		case 8:
			s.giveUp(n)
		case 9: // a network that loses and delays
			s.lost = func() bool { return rng.IntN(4) == 0 }
			s.delay = func(*simNode) (time.Duration, time.Duration) {
				there := time.Duration(rng.IntN(50)) * time.Millisecond
				if rng.IntN(3) == 0 {
					there *= 60
				}
				return there, time.Duration(rng.IntN(900)) * time.Millisecond
			}
		case 10:
			s.calm()
		case 11, 12:
			n.slow = !n.slow
		default:
			s.revive(ids)
			disturbances--
		}
		s.pass(time.Duration(rng.IntN(3000)) * time.Millisecond)
	}
	s.calm()
	return s, disturbances
}

func (s *sim) leaderOr(n *simNode) *simNode {
	for _, other := range s.nodes {
		if other.believes() != 0 {
			return other
		}
	}
	return n
}

// revive ends all disturbances of the nodes and restarts the dead ones.
func (s *sim) revive(ids []NodeID) {
	s.down = false
	for _, id := range ids {
		n := s.nodes[id]
		n.cut, n.slow = false, false
		s.resume(n)
		if !n.alive {
			s.start(id)
		}
	}
}

func heal(s *sim) error {
	s.revive([]NodeID{"a", "b", "c"})
	// A process that was replaced ends when it wakes up, and is started again then.
	for range 3 {
		s.pass(8 * s.timing.expiry)
		s.revive([]NodeID{"a", "b", "c"})
	}
	leaders := 0
	for _, n := range s.nodes {
		if n.believes() != 0 {
			leaders++
		}
		if st := n.core.state(n.now()); s.fault == nil && (len(st.Members) != 3 || st.Leader == "") {
			return fmt.Errorf("healed, but %s sees: %s", n.id, describe(st))
		}
	}
	if s.fault == nil && leaders != 1 {
		return fmt.Errorf("healed, but %d nodes lead", leaders)
	}
	return s.fault
}

func TestTiming(t *testing.T) {
	for retries := 1; retries <= 10; retries++ {
		for _, interval := range []time.Duration{10 * time.Millisecond, time.Second, 5 * time.Second, time.Minute} {
			x := newTiming(interval, retries)
			if x.expiry != interval*time.Duration(retries) {
				t.Errorf("%v × %d: expiry is %v", interval, retries, x.expiry)
			}
			if x.period > interval || x.period+x.retry >= x.expiry-x.margin {
				t.Errorf("%v × %d: a round each %v leaves no time to try again before %v", interval, retries, x.period, x.expiry-x.margin)
			}
		}
	}
}
