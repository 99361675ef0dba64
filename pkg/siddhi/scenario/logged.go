package scenario

import (
	"errors"
	"slices"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/table"
)

// onlyLogged says whether Siddhi tells nobody of an error: of one that no event has
// caused, and of queries that read inner streams of a partition only. It does tell of
// rows that a table refuses, but of a key that is null only where an event has brought it.
func onlyLogged(app *check.App, err *siddhi.ProcessingError, ticking bool) bool {
	var null *table.NullKeyError
	var taken *table.DuplicateKeyError
	if errors.As(err, &taken) {
		return false
	}
	if err.Query == siddhi.FromTimer || ticking && errors.As(err, &null) {
		return true
	}
	at := slices.IndexFunc(app.Queries, func(q *check.Query) bool { return q.Name == err.Query })
	if at < 0 {
		return false
	}
	if _, ok := app.Queries[at].Output.(*check.TableWrite); ok {
		return false
	}
	read := inputs(app.Queries[at])
	outer := func(in *check.SingleInput) bool { return in != nil && in.Stream.Partition == nil }
	return len(read) > 0 && !slices.ContainsFunc(read, outer)
}
