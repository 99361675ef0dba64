package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// defaultMaxAge is how long a topic keeps records if nobody says otherwise.
const defaultMaxAge = 7 * 24 * time.Hour

// Topic is what a stream between parts is sent through.
type Topic struct {
	// Name is the subject, such as Trades_Ticks. With Partitions it is the start
	// of the subjects: Trades_Ticks_symbol_0, Trades_Ticks_symbol_1 and so on.
	Name       string
	Partitions int // 0: the one subject Name
	// MaxAge is how long records are kept; 0 means a week. Records that a
	// consumer has not read by then are lost to it.
	MaxAge time.Duration
	// MaxBytes makes producers of a partition wait when it holds so much; 0 means no limit.
	MaxBytes int64
	Replicas int // copies in a cluster; 0 means 1
}

// Subjects returns the subjects of the topic, by partition.
func (t Topic) Subjects() []string {
	if t.Partitions == 0 {
		return []string{t.Name}
	}
	subjects := make([]string, t.Partitions)
	for i := range subjects {
		subjects[i] = fmt.Sprintf("%s_%d", t.Name, i)
	}
	return subjects
}

// Admin makes and removes topics. It connects for each call: the calls are
// rare, and so it holds nothing that must be closed.
type Admin struct{ url string }

// NewAdmin makes an admin for the servers at url (comma-separated).
func NewAdmin(url string) *Admin { return &Admin{url: url} }

// EnsureTopic makes the streams of the topic that do not exist. It leaves those
// that exist as they are.
func (a *Admin) EnsureTopic(ctx context.Context, t Topic) error {
	c, err := connect(ctx, a.url, "millrace admin")
	if err != nil {
		return fmt.Errorf("topic %s: %w", t.Name, err)
	}
	defer c.close()
	for _, subject := range t.Subjects() {
		if _, err := ensureStream(ctx, c.js, subject, t); err != nil {
			return fmt.Errorf("topic %s: %w", t.Name, err)
		}
	}
	return nil
}

// DeleteTopic removes the topic's streams and what they hold. Streams that do not
// exist are no error.
func (a *Admin) DeleteTopic(ctx context.Context, t Topic) error {
	c, err := connect(ctx, a.url, "millrace admin")
	if err != nil {
		return fmt.Errorf("topic %s: %w", t.Name, err)
	}
	defer c.close()
	for _, subject := range t.Subjects() {
		err := c.js.DeleteStream(ctx, streamName(subject))
		if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return classify(ctx, fmt.Sprintf("topic %s: delete stream of %s", t.Name, subject), err)
		}
	}
	return nil
}

// ensureStream returns the name of the stream that has the subject, making one
// with the topic's settings if there is none.
func ensureStream(ctx context.Context, js jetstream.JetStream, subject string, t Topic) (string, error) {
	name, err := js.StreamNameBySubject(ctx, subject)
	if err == nil {
		return name, nil
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return "", classify(ctx, "find the stream of subject "+subject, err)
	}
	cfg := jetstream.StreamConfig{
		Name: streamName(subject), Subjects: []string{subject},
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy,
		MaxAge: t.MaxAge, MaxBytes: -1, Replicas: max(t.Replicas, 1),
		Discard: jetstream.DiscardOld, Duplicates: 2 * time.Minute,
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = defaultMaxAge
	}
	cfg.Duplicates = min(cfg.Duplicates, cfg.MaxAge)
	if t.MaxBytes > 0 {
		// A full topic holds its producers up instead of losing what is unread.
		cfg.MaxBytes, cfg.Discard = t.MaxBytes, jetstream.DiscardNew
	}
	_, err = js.CreateStream(ctx, cfg)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return "", classify(ctx, "make a stream for subject "+subject, err)
	}
	return cfg.Name, nil
}

// streamName makes a name for a subject's stream: what names must not have is
// written as =XX, and so is the equals sign, so that names differ as subjects do.
func streamName(subject string) string {
	var b strings.Builder
	for i := range len(subject) {
		switch c := subject[i]; {
		case c <= ' ', c >= 0x7f, strings.IndexByte(`.*>/\=`, c) >= 0:
			fmt.Fprintf(&b, "=%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
