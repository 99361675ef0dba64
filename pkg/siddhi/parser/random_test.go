package parser

import (
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// TestRandomTrees prints trees that no text was the source of, as the planner makes them, and parses the text.
func TestRandomTrees(t *testing.T) {
	for seed := range uint64(3000) {
		g := &grower{rand.New(rand.NewPCG(seed, 1))}
		app := g.app()
		printed := ast.Print(app)
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, printed)
		}
		if !ast.Equal(app, again) {
			t.Fatalf("seed %d: printed\n%s\nwhich is read as\n%s", seed, dumpApp(app), dumpApp(again))
		}
	}
}

// grower makes random trees.
type grower struct{ *rand.Rand }

func (g *grower) chance(percent int) bool { return g.IntN(100) < percent }

func (g *grower) name() string {
	if g.chance(20) {
		return []string{"two words", "x-y", "1st", "über", "a.b", "@", "-- c"}[g.IntN(7)]
	}
	if g.chance(30) {
		words := ast.Keywords()
		return words[g.IntN(len(words))]
	}
	return []string{"a", "b", "price", "S", "T", "f", "e1", "_x9"}[g.IntN(8)]
}

func (g *grower) text() string {
	return []string{"", "a", "it's", `say "x" now`, "two\nlines", `\n`, `"start`, "tab\t", "ü -- x", "${x}", "{{a}}"}[g.IntN(11)]
}

// many makes up to most items, and at least one.
func many[T any](g *grower, most int, item func() T) []T {
	items := make([]T, 1+g.IntN(most))
	for i := range items {
		items[i] = item()
	}
	return items
}

// maybe makes an item or the zero value.
func maybe[T any](g *grower, item func() T) T {
	var none T
	if g.chance(40) {
		return item()
	}
	return none
}

func (g *grower) app() *ast.App {
	app := &ast.App{Definitions: many(g, 4, g.definition), Elements: many(g, 3, g.element)}
	if g.chance(50) {
		app.Annotations = ast.Annotations{{Name: "app:" + g.name(), Elements: many(g, 2, g.annotationElement)}}
	}
	return app
}

func (g *grower) annotations() ast.Annotations {
	return many(g, 2, func() *ast.Annotation { return g.annotation(2) })
}

func (g *grower) annotation(depth int) *ast.Annotation {
	a := &ast.Annotation{Name: g.name(), Elements: maybe(g, func() []*ast.AnnotationElement { return many(g, 3, g.annotationElement) })}
	if depth > 0 && g.chance(30) {
		a.Annotations = many(g, 2, func() *ast.Annotation { return g.annotation(depth - 1) })
	}
	return a
}

func (g *grower) annotationElement() *ast.AnnotationElement {
	key := []string{"", "name", "a.b-c:d", "every", "two words", "x..y"}[g.IntN(6)]
	return &ast.AnnotationElement{Key: key, Value: g.text()}
}

func (g *grower) attributes() []*ast.Attribute {
	attributes := many(g, 12, func() *ast.Attribute {
		return &ast.Attribute{Name: g.name(), Type: schema.String + schema.Type(g.IntN(7))}
	})
	seen := map[string]bool{}
	var distinct []*ast.Attribute
	for _, a := range attributes {
		if !seen[a.Name] {
			distinct = append(distinct, a)
		}
		seen[a.Name] = true
	}
	return distinct
}

func (g *grower) definition() ast.Definition {
	annotations := maybe(g, g.annotations)
	switch g.IntN(6) {
	case 0:
		return &ast.TableDef{Annotations: annotations, Name: g.name(), Attributes: g.attributes()}
	case 1:
		return &ast.WindowDef{Annotations: annotations, Name: g.name(), Attributes: g.attributes(), Window: g.call(2), Output: g.events()}
	case 2:
		if g.chance(50) {
			return &ast.TriggerDef{Name: g.name(), Every: g.time()}
		}
		return &ast.TriggerDef{Name: g.name(), At: "start"}
	case 3:
		return &ast.FunctionDef{Name: g.name(), Language: g.name(), Return: schema.Int, Body: "\n return {a: \"}\"}; // }\n"}
	case 4:
		return &ast.AggregationDef{
			Name: g.name(), From: &ast.StreamInput{ID: g.streamID(), Handlers: maybe(g, g.handlers)},
			Select: &ast.Select{Outputs: many(g, 3, g.outputAttr), GroupBy: maybe(g, g.attrs)}, By: maybe(g, g.attr),
			Every: &ast.Granularities{Range: true, Units: []ast.TimeUnit{ast.Second, ast.Year}},
		}
	}
	return &ast.StreamDef{Annotations: annotations, Name: g.name(), Attributes: g.attributes()}
}

func (g *grower) element() ast.Element {
	if g.chance(20) {
		return &ast.Partition{Annotations: maybe(g, g.annotations), With: many(g, 3, g.partitionKey), Queries: many(g, 2, g.query)}
	}
	return g.query()
}

func (g *grower) partitionKey() *ast.PartitionKey {
	if g.chance(50) {
		return &ast.PartitionKey{Value: g.expr(2), Stream: g.name()}
	}
	return &ast.PartitionKey{Stream: g.name(), Ranges: many(g, 2, func() *ast.PartitionRange {
		return &ast.PartitionRange{Cond: g.expr(2), Label: g.text()}
	})}
}

func (g *grower) query() *ast.Query {
	return &ast.Query{
		Annotations: maybe(g, g.annotations), From: g.input(), Select: maybe(g, g.selection), Rate: maybe(g, g.rate), Output: g.output(),
	}
}

func (g *grower) selection() *ast.Select {
	s := &ast.Select{Star: g.chance(20)}
	if !s.Star {
		s.Outputs = many(g, 12, g.outputAttr)
	}
	s.GroupBy = maybe(g, g.attrs)
	s.Having = maybe(g, func() ast.Expr { return g.expr(3) })
	s.OrderBy = maybe(g, func() []*ast.OrderBy {
		return many(g, 2, func() *ast.OrderBy { return &ast.OrderBy{Attr: g.attr(), Desc: g.chance(50)} })
	})
	s.Limit = maybe(g, func() *ast.Const { return ast.IntConst(int32(g.IntN(9) - 2)) })
	s.Offset = maybe(g, func() *ast.Const { return ast.LongConst(int64(g.IntN(9))) })
	return s
}

func (g *grower) outputAttr() *ast.OutputAttr {
	if g.chance(40) {
		return &ast.OutputAttr{Expr: g.attr(), As: maybe(g, g.name)}
	}
	return &ast.OutputAttr{Expr: g.expr(3), As: g.name()}
}

func (g *grower) rate() *ast.Rate {
	if g.chance(50) {
		return &ast.Rate{Kind: ast.RateKind(g.IntN(3)), Events: int64(g.IntN(10))}
	}
	return &ast.Rate{Kind: ast.RateKind(g.IntN(4)), Time: g.time()}
}

func (g *grower) output() ast.Output {
	table := ast.StreamID{Name: g.name()}
	set := maybe(g, func() []*ast.Assignment {
		return many(g, 3, func() *ast.Assignment { return &ast.Assignment{Attr: g.attr(), Value: g.expr(2)} })
	})
	switch g.IntN(5) {
	case 0:
		return &ast.Delete{Table: table, Events: g.events(), On: maybe(g, func() ast.Expr { return g.expr(3) })}
	case 1:
		return &ast.Update{Table: table, Events: g.events(), Set: set, On: g.expr(3)}
	case 2:
		return &ast.UpdateOrInsert{Table: table, Events: g.events(), Set: set, On: g.expr(3)}
	case 3:
		return &ast.Return{Events: g.events()}
	}
	return &ast.Insert{Events: g.events(), Target: g.streamID()}
}

func (g *grower) events() ast.EventKind { return ast.EventKind(g.IntN(3)) }
