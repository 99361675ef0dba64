// Package log has the sink that writes events to the log of the process.
//
// It imports stream and mapper/option.
package log

import (
	"context"
	"log/slog"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// Transport makes log sinks.
type Transport struct{ Logger *slog.Logger }

type sink struct {
	logger *slog.Logger
	level  slog.Level
	prefix string
}

// Sink makes a sink. Options: prefix (default "<app> : <stream>"); priority
// (info, debug, warn, error; fatal and trace are taken as error and debug; off).
func (tr Transport) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='log')", opts)
	s := &sink{logger: tr.Logger, prefix: r.Text("prefix", env.App+" : "+env.Stream)}
	switch r.OneOf("priority", "info", "debug", "trace", "warn", "error", "fatal", "off") {
	case "debug", "trace":
		s.level = slog.LevelDebug
	case "warn":
		s.level = slog.LevelWarn
	case "error", "fatal":
		s.level = slog.LevelError
	case "off":
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s, r.Done()
}

// Open implements stream.Sink.
func (s *sink) Open(context.Context) error { return nil }

// Write implements stream.Sink.
func (s *sink) Write(ctx context.Context, records []stream.Record) error {
	for i := range records {
		s.logger.Log(ctx, s.level, s.prefix+" : "+string(records[i].Value))
	}
	return nil
}

// Close implements stream.Sink.
func (s *sink) Close() error { return nil }
