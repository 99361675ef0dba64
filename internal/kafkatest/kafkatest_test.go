package kafkatest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// TestRoundTrip writes to a topic with two partitions and reads it back by
// partition and offset.
func TestRoundTrip(t *testing.T) {
	bootstrap := Start(t)
	if again := Start(t); again != bootstrap {
		t.Errorf("the second Start gives %s, not %s: the broker is not shared", again, bootstrap)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	client := &kafka.Client{Addr: kafka.TCP(bootstrap)}
	const topic = "round-trip"
	created, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := created.Errors[topic]; err != nil {
		t.Fatal(err)
	}

	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	defer transport.CloseIdleConnections()
	writer := &kafka.Writer{
		Addr: kafka.TCP(bootstrap), Topic: topic, Transport: transport, RequiredAcks: kafka.RequireAll,
		BatchTimeout: time.Millisecond,
		Balancer: kafka.BalancerFunc(func(m kafka.Message, partitions ...int) int {
			return partitions[int(m.Key[0]-'0')]
		}),
	}
	for i := range 6 {
		key := fmt.Sprint(i % 2)
		if err := writer.WriteMessages(ctx, kafka.Message{Key: []byte(key), Value: fmt.Append(nil, "value ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}

	for partition := range 2 {
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, Partition: partition, MaxWait: 100 * time.Millisecond})
		if err := reader.SetOffset(1); err != nil {
			t.Fatal(err)
		}
		for offset := 1; offset < 3; offset++ {
			m, err := reader.ReadMessage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("value %d", 2*offset+partition)
			if m.Offset != int64(offset) || string(m.Value) != want {
				t.Errorf("partition %d: offset %d holds %q, want %q at %d", partition, m.Offset, m.Value, want, offset)
			}
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
}
