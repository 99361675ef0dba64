// Package demo is `millrace demo`: a cluster of processes on this machine that
// works through the flights example, watched while it runs and checked at the end.
//
// The way of a run (demo.go): find the app and its data (input.go), start a manager
// and workers (internal/localcluster), deploy over REST, then look again and again
// (watch.go) at the status of the cluster and at what has been added to the output
// files (tail.go, output.go), show it (view.go), kill a worker if asked to (kill.go),
// until nothing is on its way any more (drain.go). What came out is then compared
// with a calculation that shares no code with the engine (verify.go) and summed up
// (summary.go).
//
// It imports internal/{api,managerapi,localcluster,flightref}, the scheduler's words for phases and,
// to read partial apps, the parser.
package demo
