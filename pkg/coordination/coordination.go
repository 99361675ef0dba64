// Package coordination elects one leader among the managers of a group and says
// who its members are, by leases in a database.
//
// The rules, from which everything else follows:
//
//   - The lease of a group is one row. It expires when it was not renewed for
//     heartbeatInterval × heartbeatMaxRetry. Only the database's clock ages it,
//     and a node takes it only after it has itself seen it unchanged for as long:
//     a jump of the database's clock unseats nobody.
//   - Taking the lease raises its Epoch. Whatever a leader orders or writes carries
//     the epoch, and whoever keeps state refuses a lower one than it has seen.
//   - A leader counts the lease from the moment before it asked for it, by its own
//     clocks, less a margin. It stops leading by itself at that moment, database or
//     not, so it stops before another can start.
//   - Every round reads the rows and derives leader and members from them. There are
//     no messages that could be lost.
//
// The decisions are a pure state machine (core.go): facts and the time in, steps
// out. Node drives it against a Store; the subpackage sql is the store on a
// database, memory the one inside a process. The other end of a lease, between
// managers and workers, is WorkerLease and FailureDetector.
//
// It imports nothing of ours; its subpackage sql imports internal/database.
package coordination

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// NodeID names a node; it is unique in its group and stays across restarts.
type NodeID string

// Epoch numbers the terms of leadership of a group. It rises with each one, so
// it fences what an earlier leader still tries to do. Zero means none.
type Epoch int64

// Properties describe a node to the others, for example its address. They are
// stored as JSON for everyone to read: no credentials.
type Properties map[string]string

// ErrDuplicateNode means that another live process uses the same node id.
var ErrDuplicateNode = errors.New("another live process uses the same node id: give each node an id of its own")

// Member is a live node of the group.
type Member struct {
	ID            NodeID
	Properties    Properties
	LastHeartbeat time.Duration // its age, by the database's clock, when the state was read
}

// State is what a node knows about its group.
type State struct {
	// Connected says that the store has answered within the expiry. When it has
	// not, nothing else is known and all other fields are zero.
	Connected bool
	// IsLeader says that this node leads, and with which Epoch, now.
	IsLeader bool
	// Leader is the node that holds the lease; empty when nobody does.
	Leader           NodeID
	LeaderProperties Properties
	Epoch            Epoch
	// Members are the live nodes, this one included, ordered by ID.
	Members []Member
}

// Store keeps the rows of all groups. Each method is one transaction; an error
// says that its outcome is unknown. A lost race is no error. Implementations
// prove themselves with storetest.Run.
type Store interface {
	// Heartbeat writes the node's row, renews the lease if asked to, and returns
	// all rows of the group as they are then.
	Heartbeat(ctx context.Context, hb Heartbeat) (View, error)
	// Take takes the lease if it is still as the claim saw it, and reports whether
	// it did. The epoch is then one more than the claim saw.
	Take(ctx context.Context, c Claim) (bool, error)
	// Leave gives up the lease, if the node holds it, and removes the node's row.
	Leave(ctx context.Context, id Identity) error
	// Resign gives up the lease of the epoch and nothing else.
	Resign(ctx context.Context, id Identity, epoch Epoch) error
}

// Identity is one process of one node of one group.
type Identity struct {
	Group       string
	Node        NodeID
	Incarnation string // random, new for each process
}

// Heartbeat is what a node writes each round.
type Heartbeat struct {
	Identity
	Properties Properties
	// Expiry is the age at which a row is dead: only then may a process take
	// over the row of another one with the same node id.
	Expiry time.Duration
	// Renew is the epoch of the lease that the node holds; zero if it leads not.
	Renew Epoch
	// Forget, if not zero, removes the rows of nodes that are older.
	Forget time.Duration
}

// Claim is a node's try to take the lease.
type Claim struct {
	Identity
	Seen   Lease         // the lease as the node has read it
	Expiry time.Duration // a lease of another process must be this old, unless it is free
}

// Lease is the row that says who leads. The zero Lease is one never taken.
type Lease struct {
	Node        NodeID // empty when it was given up
	Incarnation string
	Epoch       Epoch
	Renewals    int64         // counts renewals: a change proves life without a clock
	Age         time.Duration // since the last renewal, by the database's clock; may be negative after that clock was set
}

// MemberRow is a node's row.
type MemberRow struct {
	Node        NodeID
	Incarnation string
	Heartbeats  int64
	Age         time.Duration
	Properties  Properties
}

// View is the rows of a group at one instant.
type View struct {
	// Joined says that the node's row is this process's. It is not while the row
	// of another process with the same node id is fresh.
	Joined bool
	// Renewed says that the lease was the node's in the epoch to renew, and is renewed.
	Renewed bool
	Lease   Lease
	Members []MemberRow // ordered by Node, dead ones included
}

// MarshalProperties writes p as the JSON object that stores keep.
func MarshalProperties(p Properties) ([]byte, error) {
	if p == nil {
		p = Properties{}
	}
	return json.Marshal(p)
}
