// Package transport assembles the kinds of sources and sinks that come with
// Millrace; each has a package of its own below this one.
//
// It imports stream and its own subpackages.
package transport

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/file"
	"millrace/pkg/transport/http"
	"millrace/pkg/transport/kafka"
	"millrace/pkg/transport/log"
	"millrace/pkg/transport/memory"
	"millrace/pkg/transport/nats"
	"millrace/pkg/transport/stan"
)

// Shared is what the sources and sinks of a process have in common. Zero
// members have defaults; apps that are to meet on inMemory topics or HTTP ports
// are given the same ones.
type Shared struct {
	NATS   string // servers for those that name none; "" makes them name some
	Kafka  string // brokers likewise
	STAN   string // servers of NATS Streaming likewise
	Memory *memory.Broker
	HTTP   *http.Transport
	Logger *slog.Logger // of log sinks
}

// Types are the kinds of sources and sinks, by the value of type in lower case.
type Types struct {
	Sources map[string]stream.SourceFactory
	Sinks   map[string]stream.SinkFactory
}

// Builtin returns the kinds that come with Millrace. The caller may add its own.
func Builtin(s Shared) Types {
	if s.Memory == nil {
		s.Memory = &memory.Broker{}
	}
	if s.HTTP == nil {
		s.HTTP = &http.Transport{}
	}
	if s.Logger == nil {
		s.Logger = slog.Default()
	}
	overNATS, overKafka, overSTAN := nats.Transport{URL: s.NATS}, kafka.Transport{Bootstrap: s.Kafka}, stan.Transport{URL: s.STAN}
	return Types{
		Sources: map[string]stream.SourceFactory{
			"file": file.Source, "http": s.HTTP.Source, "inmemory": s.Memory.Source,
			"kafka": overKafka.Source, "nats": overNATS.Source, "stan": overSTAN.Source,
		},
		Sinks: map[string]stream.SinkFactory{
			"file": file.Sink, "http": s.HTTP.Sink, "inmemory": s.Memory.Sink,
			"kafka": overKafka.Sink, "nats": overNATS.Sink, "stan": overSTAN.Sink, "log": log.Transport{Logger: s.Logger}.Sink,
		},
	}
}

// Source returns the factory of a kind of source, in any case.
func (t Types) Source(name string) (stream.SourceFactory, error) {
	return find(t.Sources, "source", name)
}

// Sink returns the factory of a kind of sink, in any case.
func (t Types) Sink(name string) (stream.SinkFactory, error) { return find(t.Sinks, "sink", name) }

func find[F any](kinds map[string]F, what, name string) (F, error) {
	f, ok := kinds[strings.ToLower(name)]
	if !ok {
		return f, fmt.Errorf("there is no %s of type %q; there are %s", what, name, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	return f, nil
}

// DefaultMapper returns the mapper of a source or sink of a kind without @map:
// passThrough carries events between apps of ours, what others or people read is text.
func DefaultMapper(name string) string {
	switch strings.ToLower(name) {
	case "log":
		return "text"
	case "file", "http":
		return "json"
	}
	return "passThrough"
}
