package manager

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"millrace/internal/api"
	"millrace/pkg/scheduler"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/transport/kafka"
	"millrace/pkg/transport/nats"
)

// Deploy implements scheduler.Workers. What the worker answers is not kept:
// heartbeats say how the part does.
func (t *term) Deploy(ctx context.Context, d *scheduler.Deploy) error {
	at, err := api.ParseInterface(d.Address)
	if err != nil {
		return err
	}
	t.log.Info("deploy", "part", d.Partial.Name, "worker", string(d.Worker), "generation", d.Generation.String())
	_, err = t.orders.Deploy(ctx, at, d.Partial.Name, api.Order{
		Fence: api.Fence{Epoch: int64(d.Epoch), Generation: int64(d.Generation)}, Text: d.Partial.Text,
	})
	return t.verdict(err)
}

// Undeploy implements scheduler.Workers.
func (t *term) Undeploy(ctx context.Context, u *scheduler.Undeploy) error {
	at, err := api.ParseInterface(u.Address)
	if err != nil {
		return err
	}
	t.log.Info("undeploy", "part", u.Partial, "worker", string(u.Worker), "generation", u.Generation.String())
	return t.verdict(t.orders.Undeploy(ctx, at, u.Partial, api.Fence{Epoch: int64(u.Epoch), Generation: int64(u.Generation)}))
}

// Forget implements scheduler.Workers.
func (t *term) Forget(ctx context.Context, f *scheduler.Forget) error {
	at, err := api.ParseInterface(f.Address)
	if err != nil {
		return err
	}
	t.log.Info("forget", "part", f.Partial, "worker", string(f.Worker), "generation", f.Generation.String())
	return t.verdict(t.orders.Forget(ctx, at, f.Partial, api.Fence{Epoch: int64(f.Epoch), Generation: int64(f.Generation)}))
}

// verdict says what a worker's answer means for the scheduler.
func (t *term) verdict(err error) error {
	var p *api.Problem
	switch {
	case !errors.As(err, &p):
		return err
	case p.Status == http.StatusConflict && p.Epoch > int64(t.epoch):
		return fmt.Errorf("%w: %w", scheduler.ErrFenced, err)
	case p.Status == http.StatusConflict, p.Status == http.StatusBadRequest:
		return fmt.Errorf("%w: %w", scheduler.ErrRefused, err)
	}
	return err
}

// topics makes and removes topics at the servers of the message layer.
type topics struct {
	servers  string
	replicas int
}

// Ensure implements scheduler.Topics. One that is not to be created is taken to
// exist: the part that reads it says if it does not.
func (t topics) Ensure(ctx context.Context, transport topology.Transport, topic topology.Topic, create bool) error {
	if !create {
		return nil
	}
	if transport == topology.Kafka {
		return kafka.NewAdmin(t.servers).EnsureTopic(ctx, kafka.Topic{
			Name: topic.Name, Partitions: topic.Partitions, Keyed: topic.Key != "", Replicas: t.replicas,
		})
	}
	return nats.NewAdmin(t.servers).EnsureTopic(ctx, t.nats(topic))
}

// Delete implements scheduler.Topics.
func (t topics) Delete(ctx context.Context, transport topology.Transport, topic topology.Topic) error {
	if transport == topology.Kafka {
		return kafka.NewAdmin(t.servers).DeleteTopic(ctx, topic.Name)
	}
	return nats.NewAdmin(t.servers).DeleteTopic(ctx, t.nats(topic))
}

func (t topics) nats(topic topology.Topic) nats.Topic {
	n := nats.Topic{Name: topic.Name, Replicas: t.replicas}
	if topic.Key != "" {
		n.Partitions = topic.Partitions
	}
	return n
}
