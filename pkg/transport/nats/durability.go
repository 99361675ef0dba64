package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Durability says when a server has a message on its disk.
type Durability struct {
	Server       string
	SyncAlways   bool          // before it acknowledges
	SyncInterval time.Duration // otherwise within this time
	StoreDir     string
}

// ReadDurability asks a server's monitoring endpoint, such as
// http://broker:8222, for its settings. NATS tells clients nothing about them.
func ReadDurability(ctx context.Context, monitorURL string) (Durability, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	url := strings.TrimSuffix(monitorURL, "/") + "/jsz?config=true"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Durability{}, fmt.Errorf("read the settings of the broker: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return Durability{}, fmt.Errorf("read the settings of the broker: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Durability{}, fmt.Errorf("read the settings of the broker: %s answers %s", url, resp.Status)
	}
	var answer struct {
		ID       string `json:"server_id"`
		Disabled bool   `json:"disabled"`
		Config   struct {
			SyncAlways   bool          `json:"sync_always"`
			SyncInterval time.Duration `json:"sync_interval"`
			StoreDir     string        `json:"store_dir"`
		} `json:"config"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return Durability{}, fmt.Errorf("read the settings of the broker: %s: %w", url, err)
	}
	if answer.Disabled {
		return Durability{}, fmt.Errorf("the broker at %s has no JetStream: start it with jetstream enabled", monitorURL)
	}
	c := answer.Config
	return Durability{Server: answer.ID, SyncAlways: c.SyncAlways, SyncInterval: c.SyncInterval, StoreDir: c.StoreDir}, nil
}

// Warning says what is at stake with these settings; "" when nothing is.
func (d Durability) Warning() string {
	if d.SyncAlways {
		return ""
	}
	return fmt.Sprintf("the NATS server %s acknowledges messages before its disk has them: when it loses power, up to %v of "+
		"acknowledged events are lost. Set jetstream.sync_interval to always, or replicate topics over machines that do not fail together",
		d.Server, d.SyncInterval)
}
