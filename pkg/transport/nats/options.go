package nats

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// maxUnacked is how many records of a queue group may wait for acknowledgement.
const maxUnacked = 20000

// ackWait is how long the server waits for a sign of life about a record before
// it gives it to another member of the group.
const ackWait = 30 * time.Second

// Transport makes sources and sinks; URL is for those that name no server.
type Transport struct{ URL string }

// sourceOptions are those of @source(type='nats').
type sourceOptions struct {
	url, subject string
	group        string // "": every source gets every record
	start        string // earliest, latest or a sequence number
	startAt      uint64
	maxUnacked   int
	ackWait      time.Duration
}

// Source makes a source. Options: destination (the subject), bootstrap.servers,
// queue.group.name, start.position (earliest, latest or a sequence number),
// max.unacked and ack.wait of a group. Those of NATS Streaming (cluster.id, client.id) are accepted and
// mean nothing here.
func (tr Transport) Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='nats')", opts)
	o := sourceOptions{
		url:        tr.url(r),
		subject:    r.Required("destination"),
		group:      r.Text("queue.group.name", ""),
		start:      strings.ToLower(r.Text("start.position", "earliest")),
		maxUnacked: r.Int("max.unacked", maxUnacked, 1, 1<<20),
		ackWait:    r.Duration("ack.wait", ackWait),
	}
	if o.start != "earliest" && o.start != "latest" {
		var err error
		if o.startAt, err = strconv.ParseUint(o.start, 10, 64); err != nil || o.startAt == 0 {
			r.Fail("option start.position is %q; it must be earliest, latest or a sequence number from 1", o.start)
		}
	}
	r.Ignore("cluster.id", "client.id")
	checkSubject(r, o.subject)
	if err := r.Done(); err != nil {
		return nil, err
	}
	if o.group != "" {
		return &groupSource{env: env, opts: o}, nil
	}
	return &logSource{env: env, opts: o}, nil
}

// Sink makes a sink. Options: destination (the subject), bootstrap.servers.
func (tr Transport) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='nats')", opts)
	s := &sink{env: env, url: tr.url(r), subject: r.Required("destination")}
	r.Ignore("cluster.id", "client.id")
	checkSubject(r, s.subject)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return s, nil
}

func (tr Transport) url(r *option.Reader) string {
	url := r.Text("bootstrap.servers", tr.URL)
	if url == "" {
		r.Fail("option bootstrap.servers is missing, and this process has no broker of its own")
	}
	return url
}

func checkSubject(r *option.Reader, subject string) {
	if strings.ContainsAny(subject, "*> \t\r\n") || strings.HasPrefix(subject, ".") || strings.HasSuffix(subject, ".") || strings.Contains(subject, "..") {
		r.Fail("option destination is %q; it must be one subject, without wildcards and spaces", subject)
	}
}

// clientName is what the server shows of a connection.
func clientName(env stream.Env, what string) string {
	return fmt.Sprintf("millrace %s %s %s", env.App, env.Stream, what)
}
