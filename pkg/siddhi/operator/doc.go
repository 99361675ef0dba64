// Package operator has the operators that every query shares: filters, the
// selector with its aggregation, ordering and limits, and the partition entry
// that gives rows their key.
//
// It imports flow, column, state, schema, ast, check, expr and aggregate.
package operator
