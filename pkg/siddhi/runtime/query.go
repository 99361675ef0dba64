package runtime

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/schema"
)

// Rows are the answer to an on-demand query. They belong to whoever asked.
type Rows struct {
	Attrs schema.Attributes
	// Batch has a column for each of Attrs. Every row has the time -1: what is
	// kept in a table has none.
	Batch *column.Batch
	// Changed is set when the query changed a table: it has no rows then.
	Changed bool
	// Cut is set when there would be rows without limit and offset, which were
	// given with groups or aggregates. Siddhi's answer is empty then, else null.
	Cut bool
}

// Len returns the number of rows.
func (r *Rows) Len() int { return r.Batch.N }

// Value returns a value boxed: nil, string, int32, int64, float32, float64, bool or an object.
func (r *Rows) Value(row, attr int) any { return r.Batch.Cols[attr].Any(row) }

// queryCache keeps compiled on-demand queries by their text: what is asked is
// mostly asked again.
type queryCache struct {
	byText map[string]*cachedQuery
	uses   uint64
}

type cachedQuery struct {
	query *plan.OnDemand
	used  uint64
}

// maxQueries is how many compiled queries an app keeps, as many as Siddhi does.
const maxQueries = 50

func (c *queryCache) get(text string) *plan.OnDemand {
	q := c.byText[text]
	if q == nil {
		return nil
	}
	c.uses++
	q.used = c.uses
	return q.query
}

// put keeps a query, in place of the one that was not used for longest.
func (c *queryCache) put(text string, q *plan.OnDemand) {
	if c.byText == nil {
		c.byText = map[string]*cachedQuery{}
	}
	if len(c.byText) >= maxQueries {
		oldest := ""
		for t, q := range c.byText {
			if oldest == "" || q.used < c.byText[oldest].used {
				oldest = t
			}
		}
		delete(c.byText, oldest)
	}
	c.uses++
	c.byText[text] = &cachedQuery{q, c.uses}
}

// Query asks an on-demand query: it reads a table, or changes one, at once,
// between two events. Errors: ErrStopped; what is wrong with the text, of type parser.Errors or check.Errors.
func (a *App) Query(text string) (*Rows, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.running {
		return nil, fmt.Errorf("query: %w", ErrStopped)
	}
	q := a.queries.get(text)
	if q == nil {
		var err error
		if q, err = a.compileQuery(text); err != nil {
			return nil, err
		}
		a.queries.put(text, q)
	}
	if a.opts.Time == Live && !a.playback {
		a.fireDue(wallMillis()) // windows are asked as they are now
	}
	rows := column.NewBuffer(q.Attrs())
	err := q.Run(func(b *column.Batch) error {
		rows.CopyFrom(b)
		return nil
	})
	return &Rows{Attrs: q.Attrs(), Batch: &rows.Batch, Changed: q.Changes(), Cut: q.Cut()}, err
}

func (a *App) compileQuery(text string) (*plan.OnDemand, error) {
	tree, err := parser.ParseOnDemand(text)
	if err != nil {
		return nil, err
	}
	checked, err := check.CheckOnDemand(tree, text, a.plan.App)
	if err != nil {
		return nil, err
	}
	return a.plan.OnDemand(checked, func(err error) { a.report("on demand", err) })
}
