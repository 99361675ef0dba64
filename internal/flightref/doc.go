// Package flightref computes what the flights example must answer, straight
// from the CSV files in plain Go. It is the second opinion against which the
// output of a cluster is compared row by row, so it imports nothing of ours:
// no parser, no engine, no mapper. internal/lint holds it to that.
package flightref
