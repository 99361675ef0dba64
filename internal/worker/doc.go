// Package worker is the node that runs apps: parts of apps on the orders of a
// manager or, without managers, whole apps on the orders of users.
//
// The pieces and their owners, all under Worker.Run:
//
//	server      REST: orders of managers, questions of users, metrics
//	heartbeat   tells the leading manager that the worker lives and what it runs
//	lease       stops everything when no manager has answered for too long
//	apps        what runs: one connect.Runner per app
//
// The rule behind the lease: a manager places this worker's parts elsewhere only
// after the worker has stopped them by its own clock. Nothing that the worker has
// to reach for that can keep it from stopping.
package worker
