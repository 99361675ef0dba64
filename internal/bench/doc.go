// Package bench runs the project's benchmark workloads through an engine's
// public API and reports events per second, allocations and latencies.
//
// A workload is a SiddhiQL app, a deterministic sequence of events, and the
// count and checksum of the rows that a right engine gives for them. No figure
// is printed before an untimed pass gave exactly those rows.
//
// It may import pkg/siddhi and nothing else of ours.
package bench
