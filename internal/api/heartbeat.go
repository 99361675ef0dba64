package api

import (
	"fmt"
	"net"
	"strconv"
)

// HeartbeatPath is where managers take heartbeats: POST with a Heartbeat,
// answered 200 with a HeartbeatAnswer by the leader, 301 with one that has only
// Leader by a manager that knows another leader, 204 by one that knows none.
const HeartbeatPath = "/resourceManager/heartbeat"

// Interface is the address of a node's REST API.
type Interface struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// Scheme is "http" or "https"; empty means http.
	Scheme string `json:"scheme,omitempty"`
}

// URL returns the address without a path.
func (i Interface) URL() string {
	scheme := i.Scheme
	if scheme == "" {
		scheme = "http"
	}
	return scheme + "://" + i.String()
}

// String is host:port.
func (i Interface) String() string { return net.JoinHostPort(i.Host, strconv.Itoa(i.Port)) }

// ParseInterface reads host:port.
func ParseInterface(hostPort string) (Interface, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return Interface{}, fmt.Errorf("%q is not host:port: %w", hostPort, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Interface{}, fmt.Errorf("%q is not host:port: the port must be a number up to 65535", hostPort)
	}
	return Interface{Host: host, Port: int(n)}, nil
}

// WorkerState says what a worker that sends a heartbeat knows of itself.
type WorkerState string

// What a worker says it is, and what the leader answers. A worker is New when it
// runs nothing and has just started or has dropped what it ran; it Exists once
// the leader has taken it in. Rejected: another live worker has this id.
const (
	WorkerNew      WorkerState = "NEW"
	WorkerExists   WorkerState = "EXISTS"
	WorkerRejected WorkerState = "REJECTED"
)

// Heartbeat is a worker's sign of life.
type Heartbeat struct {
	ID             string         `json:"id"`
	Interface      Interface      `json:"httpsInterface"`
	State          WorkerState    `json:"state"`
	IsReceiverNode bool           `json:"isReceiverNode"`
	WorkerMetrics  *WorkerMetrics `json:"workerMetrics,omitempty"`

	// Incarnation tells this process from others with the same ID.
	Incarnation string `json:"incarnation"`
	// Epoch is the highest that the worker has had an order or an answer from.
	Epoch int64 `json:"epoch"`
	// Apps is everything that the worker has, ordered by name.
	Apps []AppReport `json:"apps"`
}

// WorkerMetrics is how busy a worker is, as shares from 0 to 1.
type WorkerMetrics struct {
	ProcessCPU  float64 `json:"processCPU"`
	SystemCPU   float64 `json:"systemCPU"`
	LoadAverage float64 `json:"loadAverage"`
	MemoryUsage float64 `json:"memoryUsage"`
}

// HeartbeatAnswer is what the leader answers.
type HeartbeatAnswer struct {
	Leader            *Leader     `json:"leader"`
	ConnectedManagers []Interface `json:"connectedManagers,omitempty"`
	JoinedState       WorkerState `json:"joinedState,omitempty"`
}

// Leader is the manager that decides, with the terms on which its workers run.
type Leader struct {
	ID        string    `json:"id"`
	Interface Interface `json:"httpsInterface"`
	// HeartbeatInterval is in ms; times HeartbeatMaxRetry it is how long a worker
	// may run on without an answer.
	HeartbeatInterval int64 `json:"heartbeatInterval"`
	HeartbeatMaxRetry int   `json:"heartbeatMaxRetry"`
	// Epoch numbers the leader's term. A worker does not take an answer or an
	// order of a lower one than it has seen.
	Epoch int64 `json:"epoch"`
}
