package topology

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
)

// placeAggregations has each aggregation run in the group whose elements read it, or
// its tables; that group then reads the aggregation's stream, too. One that only
// on-demand queries read is a group of its own.
func (s *splitter) placeAggregations() {
	for _, d := range s.app.Aggregations() {
		var users []*group
		for _, g := range s.groups {
			if g.readsAggregation(d) {
				users = append(users, g)
			}
		}
		if len(users) == 0 {
			g := s.group(dist{label: d.Name, parallel: 1, at: d.Position()})
			g.refs = append(g.refs, ref{id: ast.StreamID{Name: d.Name}, at: d.Position()})
			users = append(users, g)
		}
		for _, g := range users { // of several all but the first are refused later
			g.refs = append(g.refs, ref{id: d.From.ID, how: reads, at: d.From.Position()})
		}
	}
}

// readsAggregation says whether a group names an aggregation or one of its tables.
// Of these it notes the aggregation, which brings them.
func (g *group) readsAggregation(d *ast.AggregationDef) bool {
	found := false
	for i := range g.refs {
		if r := &g.refs[i]; r.id.Name == d.Name || check.IsLevelTable(r.id.Name, d) {
			r.id.Name = d.Name
			if r.how == writes {
				r.how = searches // what is inserted into a table stays there
			}
			found = true
		}
	}
	return found
}
