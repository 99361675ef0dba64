package topology

import (
	"fmt"
	"strings"
)

// String returns the topology for people: groups with what they read and write, and the topics between them.
func (t *Topology) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "app %s over %s: %s, %s, %s\n", t.App, t.Transport,
		count(len(t.Groups), "group"), count(len(t.PartialApps), "partial app"), count(len(t.Topics), "topic"))
	for _, g := range t.Groups {
		b.WriteString("\ngroup " + g.Name)
		if g.Parallel > 1 {
			fmt.Fprintf(&b, " × %d", g.Parallel)
		}
		if g.Passthrough {
			b.WriteString(" (pass-through)")
		}
		b.WriteByte('\n')
		for _, in := range g.Inputs {
			b.WriteString("  reads  " + in.String() + "\n")
		}
		for _, out := range g.Outputs {
			b.WriteString("  writes " + out.String() + "\n")
		}
	}
	if len(t.Topics) > 0 {
		b.WriteString("\ntopics\n")
	}
	for _, topic := range t.Topics {
		b.WriteString("  " + topic.String() + "\n")
	}
	if !t.CreateTopics && len(t.Topics) > 0 {
		b.WriteString("  they must exist: the app forbids to make them\n")
	}
	if len(t.Notes) > 0 {
		b.WriteString("\nnotes\n")
	}
	for _, n := range t.Notes {
		b.WriteString("  " + n + "\n")
	}
	return b.String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// String returns one line: the stream, how it is shared, and where it comes from.
func (in Input) String() string {
	switch {
	case in.Trigger:
		return in.Stream + ": trigger"
	case in.Topic == "" && in.Sources == 0:
		return in.Stream + ": made in the group"
	}
	var from []string
	if in.Sources > 0 {
		from = append(from, count(in.Sources, "source")+" of its own")
	}
	if in.Topic != "" {
		how := "topic " + in.Topic + ", " + string(in.Strategy)
		if in.Key != "" {
			how += " by " + in.Key
		}
		from = append(from, how)
	}
	return in.Stream + ": " + strings.Join(from, "; ")
}

// String returns one line: the stream and where it goes.
func (out Output) String() string {
	var to []string
	for _, topic := range out.Topics {
		to = append(to, "topic "+topic)
	}
	if out.Sinks > 0 {
		to = append(to, count(out.Sinks, "sink"))
	}
	if len(to) == 0 {
		to = []string{"stays in the group"}
	}
	return out.Stream + ": " + strings.Join(to, "; ")
}

// String returns one line: the topic, its partitions and the key they are picked by.
func (t Topic) String() string {
	text := t.Name + ": " + count(t.Partitions, "partition")
	if t.Key != "" {
		text += ", by " + t.Key
	}
	return text
}
