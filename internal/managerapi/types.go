package managerapi

import (
	"time"

	"millrace/internal/api"
	"millrace/pkg/scheduler/topology"
)

// Paths of a manager. Below AppsPath: {name}, {name}/status, and PlanPath.
const (
	AppsPath    = "/siddhi-apps"
	PlanPath    = "/siddhi-apps/plan"
	WorkersPath = "/workers"
)

// Deployed is the answer to an app that was taken: 201 when it is new, 200 when it
// replaces one. Its parts start afterwards; its status says how far they are.
type Deployed struct {
	Type       string   `json:"type"` // "success"
	Message    string   `json:"message"`
	App        string   `json:"app"`
	Generation int64    `json:"generation"`
	Notes      []string `json:"notes,omitempty"` // what behaves differently than in one process
}

// AppSummary is an element of GET /siddhi-apps/statistics. Status is "active" or
// "inactive" as in WSO2 SP; State says more.
type AppSummary struct {
	AppName       string `json:"appName"`
	Status        string `json:"status"`
	Age           int64  `json:"age"` // ms since it was first deployed
	IsStatEnabled string `json:"isStatEnabled"`
	State         string `json:"state"`
	Reason        string `json:"reason,omitempty"`
	Generation    int64  `json:"generation"`
	Parts         int    `json:"parts"`
	ActiveParts   int    `json:"activeParts"`
}

// AppStatus is the answer to GET /siddhi-apps/{name}/status.
type AppStatus struct {
	AppSummary
	PartialApps []PartStatus `json:"partialApps"` // ordered by name
}

// PartStatus says where a part is and how it does.
type PartStatus struct {
	Name       string `json:"name"`
	Group      string `json:"group"`
	Worker     string `json:"worker,omitempty"` // empty while it waits for one
	State      string `json:"state"`
	Reason     string `json:"reason,omitempty"`
	Generation int64  `json:"generation"`
	// Report is the worker's latest; only the leader has it.
	Report *api.AppReport `json:"report,omitempty"`
}

// Managers is the answer to GET /managers: about the node that is asked, as in
// WSO2 SP, and about its group.
type Managers struct {
	GroupID  string    `json:"groupId"`
	HAStatus string    `json:"haStatus"` // "Active" or "Passive"
	NodeID   string    `json:"nodeId"`
	Epoch    int64     `json:"epoch"`
	Members  []Manager `json:"members"`
}

// Manager is a live manager of the group.
type Manager struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Leader bool   `json:"leader"`
	// HeartbeatAge is in ms.
	HeartbeatAge int64 `json:"heartbeatAge"`
}

// States of a worker.
const (
	WorkerAlive   = "alive"
	WorkerSilent  = "silent"  // it has missed heartbeats, and may yet come back
	WorkerLost    = "lost"    // its parts are placed elsewhere
	WorkerUnknown = "unknown" // it has not been heard of since the leader took over
)

// Worker is an element of GET /workers.
type Worker struct {
	ID         string             `json:"id"`
	Host       string             `json:"host"`
	Port       int                `json:"port"`
	IsReceiver bool               `json:"isReceiverNode"`
	State      string             `json:"state,omitempty"` // known to the leader only
	LastSeen   time.Time          `json:"lastSeen,omitzero"`
	Metrics    *api.WorkerMetrics `json:"workerMetrics,omitempty"`
	Parts      []string           `json:"parts"`
}

// WorkerNode is an element of GET /resourceClusterWorkers/clusteredWorkerNodeDetails.
type WorkerNode struct {
	Host string `json:"https_host"`
	Port string `json:"https_port"`
	ID   string `json:"nodeId"`
}

// PlacedPart is an element of GET /managers/siddhi-apps, with numbers as text as
// WSO2 SP writes them. AppStatus is filled for one app only.
type PlacedPart struct {
	ParentAppName      string `json:"parentAppName"`
	GroupName          string `json:"groupName"`
	AppName            string `json:"appName"`
	SiddhiApp          string `json:"siddhiApp"`
	Host               string `json:"host,omitempty"`
	Port               string `json:"port,omitempty"`
	ID                 string `json:"id,omitempty"`
	State              string `json:"state,omitempty"`
	LastPingTimestamp  string `json:"lastPingTimestamp,omitempty"`
	FailedPingAttempts string `json:"failedPingAttempts,omitempty"`
	AppStatus          string `json:"appStatus,omitempty"`
}

// Plan is the answer to POST /siddhi-apps/plan.
type Plan = topology.Topology
