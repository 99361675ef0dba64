// Package managerapi is what users and managers say to each other over HTTP: the
// JSON of /siddhi-apps, /managers and /workers, and a client.
//
// Paths and names are those of WSO2 Stream Processor where it has them. What goes
// between managers and workers is in internal/api.
//
// It imports internal/api, pkg/scheduler/topology and, for the places of mistakes, the parser and checker.
package managerapi
