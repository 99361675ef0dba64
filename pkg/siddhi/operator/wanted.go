package operator

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/column"
)

// groupKeys returns the group of each of s.rows, nil without groups.
func (s *Select) groupKeys() []int32 {
	if s.groups.grouped {
		return s.groupOf
	}
	return nil
}

// all says whether s.rows is every row of b in order.
func (s *Select) all(b *column.Batch) bool {
	// Rows are distinct; with groups they may be reordered, but then one chunk
	// of several rows exists.
	return len(s.rows) == b.N && (s.groups == nil || b.Ends == nil)
}

// wantedRows appends the rows of the kinds that leave the query.
func (s *Select) wantedRows(b *column.Batch, rows []int32) []int32 {
	if b.Kind == nil {
		if s.leaving[column.Current] == 0 {
			return rows
		}
		for r := range int32(b.N) {
			rows = append(rows, r)
		}
		return rows
	}
	at := len(rows)
	rows = slices.Grow(rows, b.N)[:at+b.N]
	for r, k := range b.Kind[:b.N] { // no branch: what leaves is hard to foresee
		rows[at] = int32(r)
		at += int(s.leaving[k&3])
	}
	return rows[:at]
}

// ofKind keeps, in place, the rows that leave the query.
func (s *Select) ofKind(kinds []column.Kind, rows []int32) []int32 {
	if kinds == nil {
		if s.events == ast.ExpiredEvents {
			return rows[:0]
		}
		return rows
	}
	kept := rows[:0]
	for _, r := range rows {
		if wants(s.events, kinds[r]) {
			kept = append(kept, r)
		}
	}
	return kept
}

// setLeaving fills s.leaving in.
func (s *Select) setLeaving() {
	for _, k := range []column.Kind{column.Current, column.Expired, column.Reset} {
		if wants(s.events, k) || s.resets && k == column.Reset || s.having.asks() && k != column.Reset {
			s.leaving[k] = 1
		}
	}
}

// wants says whether rows of kind k leave a query with that output.
func wants(events ast.EventKind, k column.Kind) bool {
	switch k {
	case column.Current:
		return events != ast.ExpiredEvents
	case column.Expired:
		return events != ast.CurrentEvents
	}
	return false
}
