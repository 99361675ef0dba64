// Package kafka has the source, the sink and the topics on Apache Kafka.
//
// It imports stream, mapper/option and mapper/routing.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"millrace/pkg/siddhi/stream"
)

const (
	callTimeout = 10 * time.Second
	// metadataTTL bounds how long a client does not know that a partition has a
	// new leader.
	metadataTTL = 2 * time.Second
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// cluster is a client of the brokers for one Open. It is never repaired: its
// user says ErrNotConnected and is opened anew.
type cluster struct {
	*kafka.Client
	transport *kafka.Transport
}

func newCluster(brokers []string, dial dialFunc, name string) *cluster {
	t := &kafka.Transport{Dial: dial, ClientID: name, MetadataTTL: metadataTTL}
	return &cluster{
		Client:    &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: callTimeout, Transport: t},
		transport: t,
	}
}

func (c *cluster) close() { c.transport.CloseIdleConnections() }

// partitions returns the numbers of a topic's partitions, none when the topic
// does not exist.
func (c *cluster) partitions(ctx context.Context, topic string) ([]int, error) {
	meta, err := c.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, classify(ctx, "look up topic "+topic, err)
	}
	for _, t := range meta.Topics {
		if t.Name != topic || errors.Is(t.Error, kafka.UnknownTopicOrPartition) {
			continue
		}
		if t.Error != nil {
			return nil, classify(ctx, "look up topic "+topic, t.Error)
		}
		var ids []int
		for _, p := range t.Partitions {
			ids = append(ids, p.ID)
		}
		slices.Sort(ids)
		return ids, nil
	}
	return nil, nil
}

// ensure returns the partitions of a topic, making it as the brokers' own
// settings say if it does not exist.
func (c *cluster) ensure(ctx context.Context, topic string) ([]int, error) {
	ids, err := c.partitions(ctx, topic)
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	if err := c.create(ctx, kafka.TopicConfig{Topic: topic, NumPartitions: -1, ReplicationFactor: -1}); err != nil {
		return nil, err
	}
	return c.await(ctx, topic, 1)
}

func (c *cluster) create(ctx context.Context, config kafka.TopicConfig) error {
	resp, err := c.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}})
	if err == nil {
		err = resp.Errors[config.Topic]
	}
	if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return classify(ctx, "make topic "+config.Topic, err)
	}
	return nil
}

// await waits until the brokers know of at least n partitions of a topic.
func (c *cluster) await(ctx context.Context, topic string, n int) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ids, err := c.partitions(ctx, topic)
		if err != nil || len(ids) >= n {
			return ids, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, notConnected("wait for topic "+topic, ctx.Err())
		}
	}
}

func notConnected(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, stream.ErrNotConnected, err)
}

// final are the answers of brokers that will not change by waiting.
var final = []error{
	kafka.InvalidTopic, kafka.TopicAuthorizationFailed, kafka.GroupAuthorizationFailed, kafka.ClusterAuthorizationFailed,
	kafka.InvalidGroupId, kafka.InvalidPartitionNumber, kafka.InvalidReplicationFactor, kafka.InvalidConfiguration,
	kafka.PolicyViolation, kafka.SASLAuthenticationFailed, kafka.UnsupportedSASLMechanism, kafka.UnsupportedVersion,
}

// classify says which errors are worth another try: those are ErrNotConnected.
func classify(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	for _, f := range final {
		if errors.Is(err, f) {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return notConnected(doing, err)
}

// unsettled are the answers of brokers that have not heard yet who leads a
// partition or a group, as after a topic was made or a broker went.
var unsettled = []error{
	kafka.LeaderNotAvailable, kafka.NotLeaderForPartition, kafka.UnknownTopicOrPartition, kafka.NotEnoughReplicas,
	kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup, kafka.GroupLoadInProgress,
}

func isUnsettled(err error) bool {
	return slices.ContainsFunc(unsettled, func(u error) bool { return errors.Is(err, u) })
}

const (
	settleTries = 15
	settlePause = 200 * time.Millisecond // together a little more than metadataTTL
)

// settle calls do again while the brokers are unsettled, for a short time: the
// caller of a source or sink would have to connect anew.
func settle(ctx context.Context, do func() error) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	var err error
	for range settleTries {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err = do(); !isUnsettled(err) {
			return err
		}
		pause.Reset(settlePause)
	}
	return err
}

// topicPartition is a partition of a topic. Its text is the Partition of positions.
type topicPartition struct {
	topic string
	id    int
}

func (tp topicPartition) String() string { return tp.topic + "/" + strconv.Itoa(tp.id) }

func parseTopicPartition(text string) (topicPartition, bool) {
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return topicPartition{}, false
	}
	id, err := strconv.Atoi(text[i+1:])
	return topicPartition{text[:i], id}, err == nil
}
