package window

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// Empty is the window that a stream without one has in a join: length(0).
func Empty() *check.Window {
	all := Declarations()
	length := slices.IndexFunc(all, func(d *extension.Declaration) bool { return d.FullName() == "length" })
	zero := &check.Const{Const: &ast.Const{Type: schema.Int}}
	return &check.Window{Fn: all[length], Args: []check.Expr{zero}}
}
