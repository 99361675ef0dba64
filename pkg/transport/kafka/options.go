package kafka

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// Transport makes sources and sinks; Bootstrap is for those that name no brokers.
type Transport struct {
	Bootstrap string // host:port, comma-separated
	dial      dialFunc
}

// sourceOptions are those of @source(type='kafka').
type sourceOptions struct {
	brokers    []string
	topics     []string
	group      string // "": this source has its partitions to itself
	partitions []int  // of each topic; nil: all
	latest     bool   // where a partition without a position starts
	name       string // of the client
	dial       dialFunc
}

// Source makes a source. Options: topic.list, bootstrap.servers, group.id,
// partition.no.list, start.position (earliest or latest).
//
// With partition.no.list ('*' for all) or without group.id, the source has its
// partitions to itself and reads from the positions in the app's snapshot. With
// group.id alone, the members of the group share the partitions, and what is
// acknowledged is committed to Kafka.
//
// threading.option and the like of WSO2 SP are accepted and mean nothing here.
func (tr Transport) Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='kafka')", opts)
	o := sourceOptions{
		brokers: tr.brokers(r),
		topics:  splitList(r.Required("topic.list")),
		group:   r.Text("group.id", ""),
		latest:  r.OneOf("start.position", "earliest", "latest") == "latest",
		name:    clientName(env, "source"),
		dial:    tr.dial,
	}
	list := r.Text("partition.no.list", "")
	if list != "" {
		o.group = ""
	}
	if list != "" && strings.TrimSpace(list) != "*" {
		for _, text := range splitList(list) {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				r.Fail("option partition.no.list is %q; it must be numbers of partitions, such as 0,1, or *", list)
			}
			o.partitions = append(o.partitions, n)
		}
	}
	r.Ignore("threading.option", "is.binary.message", "seq.enabled")
	reportIgnored(env, r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	if o.group != "" {
		return &groupSource{env: env, opts: o}, nil
	}
	return &source{env: env, opts: o}, nil
}

// Sink makes a sink. Options: topic, bootstrap.servers, partition.no. Without
// partition.no the partition of a record is that of its key (package routing),
// and records without a key go to the partitions in turn.
func (tr Transport) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='kafka')", opts)
	s := &sink{
		brokers: tr.brokers(r), topic: r.Required("topic"), partition: r.Int("partition.no", -1, 0, 1<<20),
		name: clientName(env, "sink"), dial: tr.dial,
	}
	r.Ignore("is.binary.message", "sequence.id")
	reportIgnored(env, r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return s, nil
}

func (tr Transport) brokers(r *option.Reader) []string {
	brokers := splitList(r.Text("bootstrap.servers", tr.Bootstrap))
	if len(brokers) == 0 {
		r.Fail("option bootstrap.servers is missing")
	}
	return brokers
}

func reportIgnored(env stream.Env, r *option.Reader) {
	if v := r.Text("optional.configuration", ""); v != "" {
		env.Logf("kafka: optional.configuration %q is for the Java client and is ignored", v)
	}
}

func clientName(env stream.Env, what string) string {
	return fmt.Sprintf("millrace-%s-%s-%s", env.App, env.Stream, what)
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
