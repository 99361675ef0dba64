// Package transports has the sources and sinks of a node: every type that
// @source and @sink can name.
//
// It imports pkg/transport and pkg/siddhi/connect.
package transports

import (
	"log/slog"

	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/file"
	"millrace/pkg/transport/http"
	"millrace/pkg/transport/kafka"
	"millrace/pkg/transport/log"
	"millrace/pkg/transport/memory"
	"millrace/pkg/transport/nats"
)

// Options are the servers of sources and sinks that name none themselves.
type Options struct {
	NATS   string // URL
	Kafka  string // host:port, comma-separated
	Logger *slog.Logger
}

// New returns the transports of one process; apps that share them share
// in-memory topics and HTTP ports.
func New(o Options) connect.Transports {
	var (
		web     = &http.Transport{}
		inside  = &memory.Broker{}
		broker  = nats.Transport{URL: o.NATS}
		brokers = kafka.Transport{Bootstrap: o.Kafka}
		logs    = log.Transport{Logger: o.Logger}
	)
	return connect.Transports{
		Sources: map[string]stream.SourceFactory{
			"file": file.Source, "http": web.Source, "inMemory": inside.Source,
			"kafka": brokers.Source, "nats": broker.Source,
		},
		Sinks: map[string]stream.SinkFactory{
			"file": file.Sink, "http": web.Sink, "inMemory": inside.Sink,
			"kafka": brokers.Sink, "nats": broker.Sink, "log": logs.Sink,
		},
	}
}
