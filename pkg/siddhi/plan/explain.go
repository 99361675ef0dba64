package plan

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/check"
)

// Explain describes how an app is run: for each query its steps in order, with
// windows, state and how rows of tables are found, and where its rows go; the tables
// of aggregations; then the streams whose batches are taken apart into chunks, and why.
func Explain(p *Plan) string {
	var b strings.Builder
	for _, q := range p.Queries {
		fmt.Fprintf(&b, "query %s", q.Def.Name)
		if q.Def.Partition != nil {
			fmt.Fprintf(&b, " in partition %s", q.Def.Partition.Name)
		}
		b.WriteByte('\n')
		for _, s := range inputs(q.Def) {
			fmt.Fprintf(&b, "  from %s\n", s.Name)
		}
		for _, s := range q.Steps {
			fmt.Fprintf(&b, "  %s\n", s.Text)
		}
	}
	for _, a := range p.App.Aggregations {
		explainAggregation(&b, a)
	}
	for _, s := range p.App.Streams {
		explainStream(&b, s, p.Streams[s])
	}
	return b.String()
}

func explainAggregation(b *strings.Builder, a *check.Aggregation) {
	fmt.Fprintf(b, "aggregation %s\n  from %s\n", a.Name, a.Input.Stream.Name)
	for _, l := range a.Levels {
		keep := "for ever"
		if a.PurgeEvery > 0 && l.Keep != check.KeepAll {
			keep = "for " + check.ShortTime(l.Keep)
		}
		fmt.Fprintf(b, "  each %s into table %s, kept %s\n", l.Unit, l.Table.Name, keep)
	}
}

func explainStream(b *strings.Builder, s *check.Stream, j *Junction) {
	if j == nil || len(j.receivers) == 0 {
		return
	}
	if !j.OneByOne {
		fmt.Fprintf(b, "stream %s: whole batches\n", s.Name)
		return
	}
	fmt.Fprintf(b, "stream %s: chunk by chunk, since %s\n", s.Name, j.Reason)
}
