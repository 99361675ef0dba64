// Package config reads a node's deployment.yaml. It understands the keys of WSO2
// Stream Processor as they are, so a file that exists keeps working; without any
// key a node uses what comes with it: an SQLite database and a JetStream broker in
// a data directory.
//
// The way of a value: file → flat keys (tree.go) → environment overrides and
// placeholders (override.go) → typed, checked and defaulted (values.go, read.go).
// What may be written is the table in keys.go; anything else gives a warning that
// names the nearest known key, a value that does not fit an error.
//
// It imports pkg/siddhi/suggest only.
package config
