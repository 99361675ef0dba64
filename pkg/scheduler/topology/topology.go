// Package topology splits an app into partial apps and the topics between them.
//
// It is a pure function of the app's tree, the attributes of its streams and
// the options: the same input gives byte-identical partial apps, in any
// process, so a plan that is made again moves nothing.
//
// The way of an app: split.go collects the groups (group.go, from @dist) and
// what each element reads and writes (use.go), rules.go refuses what cannot be
// distributed, wiring.go decides who sends each stream to whom, build.go makes
// the trees of the partial apps with the annotations of transport.go.
//
// It imports ast, check and schema.
package topology

import (
	"fmt"

	"millrace/pkg/siddhi/schema"
)

// Transport is the message layer between partial apps.
type Transport string

// The transports that partial apps can be generated for.
const (
	NATS  Transport = "nats"
	Kafka Transport = "kafka"
)

// Options says for which message layer the partial apps are made. Transport is required.
type Options struct {
	Transport Transport
	// Servers is written into every generated annotation as bootstrap.servers.
	// When empty, the workers use the servers of their own configuration.
	Servers string
	// VirtualPartitions is the number of partitions of a keyed topic; default
	// 16. Instances own ranges of them, so changing the parallelism of a group
	// does not change where a key is routed. A group with more instances
	// doubles the number until each instance has one.
	VirtualPartitions int
	// Mapping is the mapper between partial apps; default frame.
	Mapping string
	// IngressMapping is the mapper of streams that only the outside feeds and
	// that have no source of their own; default json.
	IngressMapping string
}

const (
	defaultVirtualPartitions = 16
	// MaxParallel is the most instances that a group may have.
	MaxParallel = 1000
)

func (o *Options) complete() error {
	switch o.Transport {
	case NATS, Kafka:
	default:
		return fmt.Errorf("option Transport is %q; it must be %s or %s", o.Transport, NATS, Kafka)
	}
	if o.VirtualPartitions == 0 {
		o.VirtualPartitions = defaultVirtualPartitions
	}
	if o.VirtualPartitions < 1 || o.VirtualPartitions > MaxParallel {
		return fmt.Errorf("option VirtualPartitions is %d; it must be from 1 to %d", o.VirtualPartitions, MaxParallel)
	}
	if o.Mapping == "" {
		o.Mapping = "frame"
	}
	if o.IngressMapping == "" {
		o.IngressMapping = "json"
	}
	return nil
}

// Schemas has the attributes of the app's streams by name, inferred ones included.
type Schemas map[string]schema.Attributes

// Topology is an app as partial apps and the topics between them: data only.
type Topology struct {
	App       string    `json:"app"`
	Transport Transport `json:"transport"`
	// CreateTopics is false when @app:transportChannelCreationEnabled('false')
	// says that the topics are there already.
	CreateTopics bool         `json:"createTopics"`
	Groups       []Group      `json:"groups"` // pass-throughs first, then in text order
	Topics       []Topic      `json:"topics"` // ordered by name
	PartialApps  []PartialApp `json:"partialApps"`
	// Notes tell the user what was left out or behaves differently from one process.
	Notes []string `json:"notes,omitempty"`
}

// Group is a set of queries and partitions that run together, in Parallel instances.
type Group struct {
	Name     string `json:"name"`
	Parallel int    `json:"parallel"`
	// Passthrough groups hold nothing but a source of the user's.
	Passthrough bool     `json:"passthrough,omitempty"`
	Inputs      []Input  `json:"inputs"`  // in text order
	Outputs     []Output `json:"outputs"` // in text order
}

// Strategy says which instances of a group get an event of a stream.
type Strategy string

// The strategies of an input.
const (
	All           Strategy = "ALL"            // every instance
	RoundRobin    Strategy = "ROUND_ROBIN"    // any one instance
	FieldGrouping Strategy = "FIELD_GROUPING" // the instance that owns the key
)

// Input is a stream that a group reads.
type Input struct {
	Stream   string   `json:"stream"`
	Strategy Strategy `json:"strategy"`
	Key      string   `json:"key,omitempty"`   // attribute, with FieldGrouping
	Topic    string   `json:"topic,omitempty"` // empty when nothing comes from a topic
	// Sources is the number of the user's own sources that the group holds.
	Sources int `json:"sources,omitempty"`
	// Trigger is set for a trigger: it fires in every instance.
	Trigger bool `json:"trigger,omitempty"`
}

// Output is a stream that a group writes.
type Output struct {
	Stream string   `json:"stream"`
	Topics []string `json:"topics,omitempty"` // none when the stream stays in the group
	Sinks  int      `json:"sinks,omitempty"`  // number of the user's own sinks
}

// Topic is what a stream is sent through between groups.
type Topic struct {
	// Name is the topic of Kafka or the subject of NATS. The subjects of a keyed
	// topic on NATS are Name_0, Name_1 and so on.
	Name       string `json:"name"`
	Stream     string `json:"stream"`
	Key        string `json:"key,omitempty"` // attribute that picks the partition, or empty
	Partitions int    `json:"partitions"`
}

// PartialApp is an app that one worker runs.
type PartialApp struct {
	Name        string `json:"name"`
	Group       string `json:"group"`
	Index       int    `json:"index"` // from 1
	Passthrough bool   `json:"passthrough,omitempty"`
	Text        string `json:"text"`
	Hash        string `json:"hash"` // SHA-256 of Text, in hex
}
