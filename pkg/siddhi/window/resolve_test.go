package window

import (
	"fmt"
	"strings"
	"testing"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
)

// resolve makes a window call as the checker does, from text as in an app.
func resolve(text string, in schema.Attributes) (*check.Window, error) {
	var attrs []string
	for _, a := range in {
		attrs = append(attrs, a.Name+" "+a.Type.String())
	}
	app := fmt.Sprintf("define stream S (%s);\nfrom S#window.%s select * insert into O;", strings.Join(attrs, ", "), text)
	tree, err := parser.Parse(app)
	if err != nil {
		return nil, err
	}
	reg, err := extension.NewRegistry(expr.Declarations(), aggregate.Declarations(), Declarations())
	if err != nil {
		return nil, err
	}
	checked, err := check.Check(tree, app, reg)
	if err != nil {
		return nil, err
	}
	return checked.Queries[0].Input.(*check.SingleInput).Window, nil
}

func mustResolve(t testing.TB, text string, in schema.Attributes) *check.Window {
	t.Helper()
	w, err := resolve(text, in)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return w
}
