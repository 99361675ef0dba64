package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// Topic is what a stream between parts is sent through.
type Topic struct {
	Name       string
	Partitions int // 0 means 1
	// Keyed says that a key's partition matters: such a topic must have exactly
	// the partitions that it was made with, since more would send keys elsewhere.
	Keyed    bool
	Replicas int           // copies; 0 leaves it to the brokers
	MaxAge   time.Duration // how long records are kept; 0 leaves it to the brokers
}

// Admin makes and removes topics. It connects for each call.
type Admin struct {
	brokers []string
	dial    dialFunc
}

// NewAdmin makes an admin for brokers (host:port, comma-separated).
func NewAdmin(bootstrap string) *Admin { return &Admin{brokers: splitList(bootstrap)} }

// EnsureTopic makes the topic, or adds partitions to one that has too few and
// is not keyed. It never takes anything away.
func (a *Admin) EnsureTopic(ctx context.Context, t Topic) error {
	want := max(t.Partitions, 1)
	c := newCluster(a.brokers, a.dial, "millrace admin")
	defer c.close()
	ids, err := c.partitions(ctx, t.Name)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		if err := c.create(ctx, t.config(want)); err != nil {
			return err
		}
		if ids, err = c.await(ctx, t.Name, 1); err != nil {
			return err
		}
	}
	switch {
	case t.Keyed && len(ids) != want:
		return fmt.Errorf("topic %s has %d partitions where %d are needed; changing them would send keys to other parts than their state is in: "+
			"delete the topic when all of it has been processed, or give the app a new name", t.Name, len(ids), want)
	case len(ids) < want:
		resp, err := c.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{
			Topics: []kafka.TopicPartitionsConfig{{Name: t.Name, Count: int32(want)}},
		})
		if err == nil {
			err = resp.Errors[t.Name]
		}
		if err != nil {
			return classify(ctx, "add partitions to topic "+t.Name, err)
		}
		_, err = c.await(ctx, t.Name, want)
		return err
	}
	return nil
}

func (t Topic) config(partitions int) kafka.TopicConfig {
	c := kafka.TopicConfig{Topic: t.Name, NumPartitions: partitions, ReplicationFactor: -1}
	if t.Replicas > 0 {
		c.ReplicationFactor = t.Replicas
		// A record that is acknowledged survives the loss of a broker.
		c.ConfigEntries = append(c.ConfigEntries, kafka.ConfigEntry{
			ConfigName: "min.insync.replicas", ConfigValue: strconv.Itoa(max(1, t.Replicas-1)),
		})
	}
	if t.MaxAge > 0 {
		c.ConfigEntries = append(c.ConfigEntries, kafka.ConfigEntry{
			ConfigName: "retention.ms", ConfigValue: strconv.FormatInt(t.MaxAge.Milliseconds(), 10),
		})
	}
	return c
}

// DeleteTopic removes a topic and what it holds. One that does not exist is no error.
func (a *Admin) DeleteTopic(ctx context.Context, name string) error {
	c := newCluster(a.brokers, a.dial, "millrace admin")
	defer c.close()
	resp, err := c.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{name}})
	if err == nil {
		err = resp.Errors[name]
	}
	if err != nil && !errors.Is(err, kafka.UnknownTopicOrPartition) {
		return classify(ctx, "delete topic "+name, err)
	}
	return nil
}
