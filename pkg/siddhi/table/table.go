// Package table has the tables of an app and the operators that read and write
// them: joins of a stream with a table, `in` conditions, and the four outputs
// insert, update, delete, update or insert.
//
// Operators know a table only as a Table: one in memory (Memory) here, one in a
// database elsewhere.
//
// It imports flow, column, state, schema, ast, check and expr.
package table

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// Table is what operators and on-demand queries see of a table. A condition or
// a change is prepared once, when the app is created, and run for batches.
//
//   - One goroutine at a time calls it and what it has prepared: the owner of the app.
//   - Rows of a batch act one after the other, each on the table that the rows
//     before it left; how an implementation gets there is its own affair. What an
//     update or insert adds is there when its chunk is done.
//   - Rows that the table does not take (a key that is there already) are told
//     to report and left out. An error means that the table cannot be reached or
//     a value not computed: the batch stops there.
type Table interface {
	Name() string
	Attrs() schema.Attributes
	// Search prepares the search that s asks for.
	Search(s Search) (Finder, error)
	// Add appends the rows of b, whose columns are the table's.
	Add(b *column.Batch, report func(error)) error
	// Change prepares a delete, an update, or an update or insert by rows with
	// the attributes out.
	Change(w *check.TableWrite, out schema.Attributes, env expr.Env, report func(error)) (Change, error)
}

// Search says which rows of a table are wanted.
type Search struct {
	// Stream has the attributes of the rows that ask.
	Stream schema.Attributes
	// On is over Stream followed by the table's attributes, the timestamp of the
	// row that asks and that of the table's row; nil: every row fits.
	On check.Expr
	// Need has the attributes of the table, ascending, that are read of what is found.
	Need []int
	Env  expr.Env
}

// Finder runs a prepared search.
type Finder interface {
	// Find returns the rows of the table that fit each row of b that is not a
	// Reset. What it returns is valid until the next call, and until the table changes.
	Find(b *column.Batch) (*Matches, error)
	// Explain says how rows are found, as in "by primary key".
	Explain() string
}

// Matches pairs rows of a batch with rows of a table: pair i is row Rows[i] of
// the batch, ascending, and value Slots[i] of each of Cols. The pairs of one row
// are in the table's order.
type Matches struct {
	Rows, Slots []int32
	Cols        []column.Column // by attribute of the table; only needed ones are filled
	Times       []int64         // timestamps, by slot
}

// Change is a prepared delete, update, or update or insert.
type Change interface {
	Apply(b *column.Batch) error
	Explain() string
}

func (m *Matches) add(row, slot int32) {
	m.Rows = append(m.Rows, row)
	m.Slots = append(m.Slots, slot)
}
