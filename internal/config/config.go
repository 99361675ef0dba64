package config

import (
	"net"
	"strconv"
	"time"
)

// Role is what kind of node a file is for: its defaults differ.
type Role string

// The roles.
const (
	Manager Role = "manager"
	Worker  Role = "worker"
)

// Transport is the message layer between partial apps.
type Transport string

// The message layers.
const (
	NATS  Transport = "nats"
	Kafka Transport = "kafka"
)

// Address is a host and a port.
type Address struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// String is host:port.
func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// Config is what a node is configured to be, complete and checked.
type Config struct {
	Role Role   `json:"role"`
	ID   string `json:"id"` // unique among the nodes of its role
	// DataDirectory has everything that the node keeps on its own disk.
	DataDirectory string  `json:"dataDirectory"`
	Listen        Address `json:"listen"`
	// Publish is where other nodes reach this one.
	Publish     Address      `json:"publish"`
	Cluster     Cluster      `json:"cluster"`
	Deployment  Deployment   `json:"deployment"`
	Persistence Persistence  `json:"persistence"`
	DataSources []DataSource `json:"dataSources"`
	// AggregationZone is the time zone in which aggregations of a worker begin hours,
	// days, months and years; "": UTC.
	AggregationZone string `json:"aggTimeZone,omitempty"`
	// Warnings are what a user should know: unknown keys, settings without effect.
	Warnings []string `json:"warnings,omitempty"`
}

// Cluster is how managers find out who leads.
type Cluster struct {
	Enabled           bool          `json:"enabled"`
	GroupID           string        `json:"groupId"`
	DataSource        string        `json:"datasource"`
	HeartbeatInterval time.Duration `json:"heartbeatInterval"`
	HeartbeatMaxRetry int           `json:"heartbeatMaxRetry"`
}

// Deployment is how managers and workers find each other and place apps.
type Deployment struct {
	// Of a manager.
	HeartbeatInterval time.Duration `json:"heartbeatInterval"` // that workers must keep
	HeartbeatMaxRetry int           `json:"heartbeatMaxRetry"`
	MinResourceCount  int           `json:"minResourceCount"`
	DataSource        string        `json:"datasource"`
	Transport         Transport     `json:"transport"`
	BootstrapURLs     string        `json:"bootstrapURLs,omitempty"` // of Kafka
	NATSServerURL     string        `json:"natsServerUrl,omitempty"`
	// Broker is where the embedded broker listens; used when Transport is NATS
	// and NATSServerURL is empty.
	Broker Address `json:"broker"`

	// Of a worker.
	Receiver            bool          `json:"isReceiverNode"`
	LeaderRetryInterval time.Duration `json:"leaderRetryInterval"`
	ResourceManagers    []Address     `json:"resourceManagers,omitempty"`
}

// EmbeddedBroker says whether the leading manager runs the broker itself.
func (d Deployment) EmbeddedBroker() bool { return d.Transport == NATS && d.NATSServerURL == "" }

// Servers is what partial apps connect to, for the configured transport; empty
// with the embedded broker.
func (d Deployment) Servers() string {
	if d.Transport == Kafka {
		return d.BootstrapURLs
	}
	return d.NATSServerURL
}

// Store is where snapshots are kept.
type Store string

// The stores of snapshots.
const (
	DatabaseStore Store = "database"
	FileStore     Store = "file"
)

// Persistence is how a worker keeps the state of apps.
type Persistence struct {
	Enabled         bool          `json:"enabled"`
	Interval        time.Duration `json:"interval"` // 0: no periodic snapshots
	RevisionsToKeep int           `json:"revisionsToKeep"`
	Store           Store         `json:"store"`
	DataSource      string        `json:"datasource,omitempty"` // of DatabaseStore
	Location        string        `json:"location,omitempty"`   // of FileStore
}

// DataSource is a database, in the terms of WSO2 SP.
type DataSource struct {
	Name        string        `json:"name"`
	URL         string        `json:"jdbcUrl"`
	Username    string        `json:"username,omitempty"`
	Password    string        `json:"-"`
	MaxPoolSize int           `json:"maxPoolSize,omitempty"`
	IdleTimeout time.Duration `json:"idleTimeout,omitempty"`
}

// DataSource returns the data source of that name; read checks that those which
// are used exist.
func (c *Config) DataSource(name string) (DataSource, bool) {
	for _, d := range c.DataSources {
		if d.Name == name {
			return d, true
		}
	}
	return DataSource{}, false
}
