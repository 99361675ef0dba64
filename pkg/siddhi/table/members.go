package table

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// NewMembers compiles the condition of an `in` expression.
func NewMembers(t *Table, in *check.In, env expr.Env) (*Condition, error) {
	row := make(schema.Attributes, in.Width)
	check.Walk(in.Cond, func(e check.Expr) {
		if c, ok := e.(*check.Column); ok && c.Index < in.Width {
			row[c.Index] = schema.Attribute{Name: c.Name, Type: c.T}
		}
	})
	return NewCondition(t, row, in.Cond, env)
}

// Explain says how the condition finds its rows.
func (c *Condition) Explain() string {
	switch {
	case c.probe == nil:
		return " by scan"
	case c.index != nil:
		return " by index on " + c.t.def.Attrs[c.index.attr].Name
	}
	return " by primary key"
}
