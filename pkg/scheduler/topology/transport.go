package topology

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
)

// maxTopicName is the longest name of a topic that Kafka takes.
const maxTopicName = 249

// legalName reports whether a name can be part of a topic's name everywhere:
// letters, digits, '_' and '-', with single dots between them.
func legalName(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if part == "" {
			return false
		}
		for _, c := range part {
			if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// topicName returns <App>.<Stream>[.<key>] for Kafka and <App>_<Stream>[_<key>] for NATS.
func (s *splitter) topicName(stream, key string) string {
	separator := "_"
	if s.opts.Transport == Kafka {
		separator = "."
	}
	name := s.app.Name() + separator + stream
	if key != "" {
		name += separator + key
	}
	return name
}

// Addresses returns what the broker calls a topic: NATS has a subject for each partition of a keyed one.
func (t Topic) Addresses(transport Transport) []string {
	if transport == Kafka || t.Key == "" {
		return []string{t.Name}
	}
	names := make([]string, t.Partitions)
	for i := range names {
		names[i] = subject(t, i)
	}
	return names
}

func subject(t Topic, partition int) string { return fmt.Sprintf("%s_%d", t.Name, partition) }

// share returns the partitions from to to-1 that the instance with that index, from 1, owns.
func share(partitions, parallel, index int) (from, to int) {
	return (index - 1) * partitions / parallel, index * partitions / parallel
}

// sources returns the annotations by which an instance reads its part of a topic.
func (s *splitter) sourcesOf(w *wiring, g *group, index int) ast.Annotations {
	t, strategy, mapping := w.topicFor(g), g.strategy(w.name), s.opts.Mapping
	if t.Name == w.public {
		mapping = s.opts.IngressMapping
	}
	if s.opts.Transport == Kafka {
		return ast.Annotations{s.kafkaSource(t, strategy, g, index, mapping)}
	}
	if strategy == FieldGrouping {
		var all ast.Annotations
		from, to := share(t.Partitions, g.parallel, index)
		for p := from; p < to; p++ {
			all = append(all, s.annotation("source", mapping, [2]string{"destination", subject(t, p)}))
		}
		return all
	}
	options := [][2]string{{"destination", t.Name}}
	if strategy == RoundRobin {
		options = append(options, [2]string{"queue.group.name", g.name})
	}
	return ast.Annotations{s.annotation("source", mapping, options...)}
}

// kafkaSource returns a source of its own partitions, which goes on from the
// positions in the app's snapshot; only instances that share a topic by turns
// leave the partitions to Kafka's group.
func (s *splitter) kafkaSource(t Topic, strategy Strategy, g *group, index int, mapping string) *ast.Annotation {
	id, threading, partitions := g.name, "single.thread", ""
	switch strategy {
	case All:
		id += "-" + strconv.Itoa(index-1) // each instance gets everything
		partitions = "*"
	case FieldGrouping:
		threading = "partition.wise"
		var owned []string
		from, to := share(t.Partitions, g.parallel, index)
		for p := from; p < to; p++ {
			owned = append(owned, strconv.Itoa(p))
		}
		partitions = strings.Join(owned, ",")
	}
	options := [][2]string{{"topic.list", t.Name}, {"group.id", id}, {"threading.option", threading}}
	if partitions != "" {
		options = append(options, [2]string{"partition.no.list", partitions})
	}
	return s.annotation("source", mapping, options...)
}

// sinksOf returns the annotations by which a producer writes the topics of a stream.
func (s *splitter) sinksOf(w *wiring) ast.Annotations {
	var all ast.Annotations
	for _, t := range w.topics {
		switch {
		case t.Key != "":
			all = append(all, s.keyedSink(t.Topic))
		case s.opts.Transport == Kafka:
			all = append(all, s.annotation("sink", s.opts.Mapping, [2]string{"topic", t.Name}))
		default:
			all = append(all, s.annotation("sink", s.opts.Mapping, [2]string{"destination", t.Name}))
		}
	}
	return all
}

// keyedSink returns the distributed sink that sends each event to the partition of its key.
func (s *splitter) keyedSink(t Topic) *ast.Annotation {
	distribution := ast.NewAnnotation("distribution", [2]string{"strategy", "partitioned"}, [2]string{"partitionKey", t.Key})
	for p := range t.Partitions {
		destination := [2]string{"destination", subject(t, p)}
		if s.opts.Transport == Kafka {
			destination = [2]string{"partition.no", strconv.Itoa(p)}
		}
		distribution.Annotations = append(distribution.Annotations, ast.NewAnnotation("destination", destination))
	}
	var options [][2]string
	if s.opts.Transport == Kafka {
		options = append(options, [2]string{"topic", t.Name})
	}
	a := s.annotation("sink", s.opts.Mapping, options...)
	a.Annotations = append(a.Annotations, distribution)
	return a
}

// publicSource returns the annotation by which a pass-through reads what the outside writes.
func (s *splitter) publicSource(w *wiring, g *group, index int) *ast.Annotation {
	t := Topic{Name: w.public, Stream: w.name, Partitions: w.publicPartitions}
	if s.opts.Transport == Kafka {
		return s.kafkaSource(t, All, g, index, s.opts.IngressMapping)
	}
	return s.annotation("source", s.opts.IngressMapping, [2]string{"destination", t.Name})
}

// annotation returns @source or @sink of the options' transport with a mapper.
func (s *splitter) annotation(name, mapping string, options ...[2]string) *ast.Annotation {
	a := ast.NewAnnotation(name, [2]string{"type", string(s.opts.Transport)})
	for _, o := range options {
		a.Set(o[0], o[1])
	}
	if s.opts.Servers != "" {
		a.Set("bootstrap.servers", s.opts.Servers)
	}
	a.Annotations = ast.Annotations{ast.NewAnnotation("map", [2]string{"type", mapping})}
	return a
}
