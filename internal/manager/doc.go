// Package manager is a manager node: the REST API for users and workers, and, on
// the manager that leads, the life of the cluster.
//
// The way of an app: apps.go takes it from a user, checks and splits it, writes it
// to the desired state under the leader's epoch, and wakes the scheduler. term.go is
// one term of leadership: it gives the scheduler its facts (the apps, and the
// workers of registry.go), and carries out what it decides (deps.go). All of a
// term ends before its lease does. A manager that does not lead answers readers
// from the database (view.go) and sends writers to the leader.
//
// It imports internal/api, internal/managerapi, pkg/coordination, pkg/persistence,
// pkg/scheduler, pkg/transport and the language.
package manager
