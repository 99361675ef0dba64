package siddhi_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
)

var fullName = regexp.MustCompile(`^([a-z][A-Za-z]*:)?[A-Za-z][A-Za-z0-9]*$`)

// TestDeclarations holds what `millrace extensions` shows and the checker relies on.
func TestDeclarations(t *testing.T) {
	reg := siddhi.Builtin()
	for _, kind := range extension.Kinds {
		for _, d := range reg.All(kind) {
			name := kind.String() + " " + d.FullName()
			if !fullName.MatchString(d.FullName()) || d.Summary == "" || !strings.HasSuffix(d.Summary, ".") || len(d.Overloads) == 0 {
				t.Errorf("%s is not described: %q", name, d.Summary)
			}
			if !strings.Contains(d.Example, d.Name+"(") && !strings.Contains(d.Example, "#"+d.Name) && !strings.Contains(d.Example, "."+d.Name) {
				t.Errorf("%s: the example does not use it: %s", name, d.Example)
			}
			if _, err := parser.Parse("define stream S (x int);\n" + d.Example); err != nil {
				t.Errorf("%s: the example: %v", name, err)
			}
			computes := kind == extension.Function || kind == extension.Aggregator || kind == extension.IncrementalAggregator
			if computes != (d.Returns != nil || d.ReturnsFor != nil) {
				t.Errorf("%s: a result is for functions and aggregators", name)
			}
			for _, overload := range d.Overloads {
				checkOverload(t, name, overload)
			}
		}
	}
}

func checkOverload(t *testing.T, name string, overload []extension.Param) {
	t.Helper()
	optional := false
	for i, p := range overload {
		if p.Name == "" || len(p.Types) == 0 {
			t.Errorf("%s: parameter %d is not described", name, i+1)
		}
		if p.Repeat && i != len(overload)-1 {
			t.Errorf("%s: only the last parameter can repeat", name)
		}
		if optional && p.Default == nil {
			t.Errorf("%s: %s has no default, but one before it has", name, p.Name)
		}
		if optional = p.Default != nil; optional && !slices.Contains(p.Types, typeOf(p.Default)) {
			t.Errorf("%s: the default of %s is a %T", name, p.Name, p.Default)
		}
	}
}

func typeOf(v any) schema.Type {
	switch v.(type) {
	case string:
		return schema.String
	case bool:
		return schema.Bool
	case int32:
		return schema.Int
	case int64:
		return schema.Long
	case float64:
		return schema.Double
	}
	return schema.Invalid
}
