package nats

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func TestDurabilityOfAForeignBroker(t *testing.T) {
	for _, always := range []bool{false, true} {
		s, err := server.NewServer(&server.Options{
			Host: "127.0.0.1", Port: server.RANDOM_PORT, HTTPHost: "127.0.0.1", HTTPPort: server.RANDOM_PORT,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: always, SyncInterval: 2 * time.Minute, NoSigs: true, NoLog: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		defer func() { s.Shutdown(); s.WaitForShutdown() }()
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("the server is not ready")
		}
		d, err := ReadDurability(deadline(t), "http://"+s.MonitorAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		if d.SyncAlways != always || (d.Warning() == "") != always || !always && !strings.Contains(d.Warning(), "up to 2m0s") {
			t.Errorf("sync always %v is read as %+v: %s", always, d, d.Warning())
		}
	}
	if _, err := ReadDurability(deadline(t), "http://127.0.0.1:1"); err == nil {
		t.Error("an endpoint that is not there gives no error")
	}
}

func TestTheEmbeddedBrokerSyncsAlways(t *testing.T) {
	e, err := NewEmbedded(EmbeddedOptions{StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := e.server
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if err := e.Ready(deadline(t)); err != nil {
		t.Fatal(err)
	}
	jsz, err := s.Jsz(&server.JSzOptions{Config: true})
	if err != nil {
		t.Fatal(err)
	}
	if !jsz.Config.SyncAlways {
		t.Errorf("settings are %+v", jsz.Config)
	}
}
