package api

// Paths of a worker. Those of users are WSO2 SP's; orders of managers are below
// OrderPath: PUT OrderPath+name with an Order, DELETE OrderPath+name with a Fence
// in the query, DELETE OrderPath+name+"/state" likewise, GET OrderPath for all reports.
const (
	AppsPath  = "/siddhi-apps"
	OrderPath = "/internal/apps/"
)

// AppState is how an app on a worker is.
type AppState string

// The states of an app on a worker.
const (
	AppStarting AppState = "starting" // restores its state, connects
	AppActive   AppState = "active"
	AppFinished AppState = "finished" // every source has ended, everything is written
	AppFailed   AppState = "failed"   // stopped by the error in the report
	AppStopping AppState = "stopping" // finishes what is in flight
)

// Fence orders the orders: a worker refuses one that is older than the newest it
// has seen, by Epoch over all apps, by Generation within an app.
type Fence struct {
	Epoch      int64 `json:"epoch"`
	Generation int64 `json:"generation"`
}

// Older says whether f comes before g.
func (f Fence) Older(g Fence) bool {
	return f.Epoch < g.Epoch || f.Epoch == g.Epoch && f.Generation < g.Generation
}

// Order tells a worker to run a part. The part's name is in the path and must be
// that of @app:name in the text. An order that repeats the one being obeyed
// changes nothing but the epoch.
type Order struct {
	Fence
	Text string `json:"text"`
}

// AppReport is what a worker says of an app that it has.
type AppReport struct {
	App string `json:"app"`
	Fence
	Hash   string   `json:"hash"` // of the text: TextHash
	Status AppState `json:"status"`
	Error  string   `json:"error,omitempty"` // of AppFailed; otherwise the latest that it goes on after
	// StartedAt is in ms since the Unix epoch.
	StartedAt int64 `json:"startedAt"`
	// Revision is the newest snapshot, empty before the first.
	Revision string       `json:"revision,omitempty"`
	RowsIn   int64        `json:"rowsIn"`  // of all sources, since the start
	RowsOut  int64        `json:"rowsOut"` // of all sinks, since the start
	Errors   int64        `json:"errors"`  // rows that could not be processed
	Sources  []EdgeReport `json:"sources,omitempty"`
	Sinks    []EdgeReport `json:"sinks,omitempty"`
}

// EdgeReport is what a source or sink has done since the app's start.
type EdgeReport struct {
	Stream    string `json:"stream"`
	Type      string `json:"type"`  // kafka, nats, file, …
	State     string `json:"state"` // connecting, running, waiting, ended
	Records   int64  `json:"records"`
	Rows      int64  `json:"rows"`
	Bytes     int64  `json:"bytes"`
	Bad       int64  `json:"bad"`                 // source: records that could not be decoded; sink: rows that were refused
	Dropped   int64  `json:"dropped"`             // sink with on.error='log': rows given up
	Repeated  int64  `json:"repeated"`            // rows left out because they had been seen
	Missing   int64  `json:"missing"`             // rows that a producer sent and that never came
	Waiting   int64  `json:"waiting"`             // rows in a sink's buffer
	Writing   int64  `json:"writing"`             // rows that have left it and are on their way
	EventTime int64  `json:"eventTime,omitempty"` // source: of the latest row, ms since the Unix epoch
	Done      int64  `json:"done,omitempty"`      // bytes, of a source that knows its end
	Total     int64  `json:"total,omitempty"`
	LastError string `json:"lastError,omitempty"`
	// Positions is where a source has read to, by partition.
	Positions map[string]int64 `json:"positions,omitempty"`
}

// Message is a worker's answer to a user's request that changed something.
type Message struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// AppContent is the answer to GET /siddhi-apps/{name}.
type AppContent struct {
	Content string `json:"content"`
}

// AppStatus is the answer to GET /siddhi-apps/{name}/status: Status is "active"
// or "inactive" as in WSO2 SP, the report says more.
type AppStatus struct {
	Status string    `json:"status"`
	Report AppReport `json:"report"`
}

// AppStatistics is an element of the answer to GET /siddhi-apps/statistics.
type AppStatistics struct {
	AppName       string `json:"appName"`
	Status        string `json:"status"`
	Age           int64  `json:"age"` // ms
	IsStatEnabled string `json:"isStatEnabled"`
}

// WorkerStatistics is the answer to GET /statistics.
type WorkerStatistics struct {
	WorkerMetrics  WorkerMetrics `json:"workerMetrics"`
	RunningStatus  string        `json:"runningStatus"`
	IsStatsEnabled bool          `json:"isStatsEnabled"`
	ClusterID      string        `json:"clusterID"`
	OSName         string        `json:"osName"`
	// LastSnapshotTime is in ms since the Unix epoch; 0 before the first.
	LastSnapshotTime int64 `json:"lastSnapshotTime"`
}

// Health is the answer to GET /health.
type Health struct {
	Status string `json:"status"`
}
