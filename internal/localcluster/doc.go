// Package localcluster runs managers and workers on this machine, as processes of
// the real programs: for `millrace dev`, and for tests that kill them.
//
// Each node has a deployment.yaml and a log in a directory of its own. The
// processes end with this one, however it ends.
//
// It imports internal/managerapi.
package localcluster
