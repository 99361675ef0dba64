package worker

import (
	"strings"

	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport"
)

// Transports makes the sources and sinks that come with Millrace known to
// connect, with what it has to know about each.
func Transports(t transport.Types) connect.Transports {
	return connect.Transports{
		Sources: t.Sources, Sinks: t.Sinks, DefaultMapper: transport.DefaultMapper,
		Repeats: map[string]func(stream.Options) bool{
			"file": func(stream.Options) bool { return true },
			"nats": func(o stream.Options) bool { return o["queue.group.name"] == "" && fromStart(o) },
			// Several partitions come in another order each time.
			"kafka": func(o stream.Options) bool {
				list := strings.TrimSpace(o["partition.no.list"])
				one := list != "" && !strings.ContainsAny(list, ",*") && !strings.Contains(o["topic.list"], ",")
				return one && fromStart(o)
			},
		},
	}
}

func fromStart(o stream.Options) bool { return !strings.EqualFold(o["start.position"], "latest") }
