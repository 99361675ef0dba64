// Package api is what managers, workers and their clients say to each other over
// HTTP: the JSON of requests and answers, errors as problem details, and clients.
//
// The paths and names are those of WSO2 Stream Processor where it has them; what
// is added are fields that it would ignore.
//
// It imports pkg/siddhi/parser and pkg/siddhi/check, for the places of mistakes.
package api
