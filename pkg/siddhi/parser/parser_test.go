package parser

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
)

// grouped writes an expression with parentheses around every operator.
func grouped(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Binary:
		return "(" + grouped(e.L) + " " + e.Op.String() + " " + grouped(e.R) + ")"
	case *ast.Not:
		return "(not " + grouped(e.X) + ")"
	case *ast.In:
		return "(" + grouped(e.X) + " in " + e.Table + ")"
	case *ast.IsNull:
		return "(" + grouped(e.X) + " is null)"
	}
	return ast.Print(e)
}

// TestPrecedence follows the table of SiddhiQL: is null, not, * / %, + -, < <= > >=, == !=, in, and, or.
func TestPrecedence(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"not a == b", "((not a) == b)"},
		{"not a is null", "(not (a is null))"},
		{"not not a", "(not (not a))"},
		{"a == not b", "(a == (not b))"},
		{"not a * b", "((not a) * b)"},
		{"a * b / c % d", "(((a * b) / c) % d)"},
		{"a + b * c", "(a + (b * c))"},
		{"a - b - c", "((a - b) - c)"},
		{"a -1", "(a - 1)"},
		{"a - -1", "(a - -1)"},
		{"a + b > c - d", "((a + b) > (c - d))"},
		{"a < b == c >= d", "((a < b) == (c >= d))"},
		{"a == b != c", "((a == b) != c)"},
		{"a == b in T", "((a == b) in T)"},
		{"a in T in U", "((a in T) in U)"},
		{"not a in T", "((not a) in T)"},
		{"a in T and b", "((a in T) and b)"},
		{"a and b in T", "(a and (b in T))"},
		{"a and b or c and d", "((a and b) or (c and d))"},
		{"a or b and c or d", "((a or (b and c)) or d)"},
		{"(a or b) and not (c or d)", "((a or b) and (not (c or d)))"},
		{"A AND B OR NOT C", "((A and B) or (not C))"},
	} {
		e, err := ParseExpr(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if got := grouped(e); got != tt.want {
			t.Errorf("%s is read as %s, want %s", tt.src, got, tt.want)
		}
		again, err := ParseExpr(grouped(e))
		if err != nil || !ast.Equal(e, again) {
			t.Errorf("%s: with all parentheses it is %v, %v", tt.src, again, err)
		}
	}
}

func TestPositions(t *testing.T) {
	src := "define stream S (a int);\n@info(name='é')\nfrom S[a > 5]#window.length(10) as x\n\tjoin T on a == 'ü' and f(b) is null\nselect a, -1 as c\ninsert into O;"
	app, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	ast.Walk(app, func(n ast.Node) bool {
		span := n.Position()
		texts[span.Text(src)] = true
		before := src[:span.Start.Offset]
		line := before[strings.LastIndexByte(before, '\n')+1:]
		if want := strings.Count(before, "\n") + 1; span.Start.Line != want || span.Start.Column != len([]rune(line)) {
			t.Errorf("%q starts at %+v", span.Text(src), span.Start)
		}
		return true
	})
	for _, want := range []string{
		"define stream S (a int)", "a int", "@info(name='é')", "name='é'", "a > 5", "5", "[a > 5]", "#window.length(10)", "length(10)",
		"S[a > 5]#window.length(10) as x", "a == 'ü' and f(b) is null", "f(b) is null", "f(b)", "select a, -1 as c", "-1 as c", "-1",
		"insert into O", src[strings.Index(src, "@info") : len(src)-1],
	} {
		if !texts[want] {
			t.Errorf("no node covers %q", want)
		}
	}
}

func TestErrorPlaces(t *testing.T) {
	_, err := Parse("@app:name('Places')\ndefine stream S (a int);\nfrom S select 'ü' as x,, a insert into O;")
	var mistake *Error
	if !errors.As(err, &mistake) {
		t.Fatalf("got %v", err)
	}
	got := *mistake
	if got.App != "Places" || got.Line != 3 || got.Column != 24 || got.Found != "','" || len(got.Expected) == 0 {
		t.Errorf("got %+v", got)
	}
	want := "app Places, line 3, column 24: expected an expression, found ','\n" +
		"    from S select 'ü' as x,, a insert into O;\n" +
		"                           ^"
	if mistake.Detail() != want {
		t.Errorf("got:\n%s\nwant:\n%s", mistake.Detail(), want)
	}
}

func TestOnDemandErrors(t *testing.T) {
	for _, src := range []string{
		"", "from", "from T select", "from T insert into U", "insert into T", "update or insert into T set T.a = 1 on T.b == 2",
		"select 1 as a", "select 1 as a insert all events into T", "delete T for all events on T.a == 1", "from T on", "from T; from T",
		"from T within 'x'", "from #T", "select a return",
	} {
		if q, err := ParseOnDemand(src); err == nil {
			t.Errorf("%q is understood as %s", src, ast.Print(q))
		}
	}
}

func TestExprErrors(t *testing.T) {
	for _, src := range []string{
		"", "a +", "(a", "a)", "a b", "5 is null", "(a) is null", "e1[0]", "#S", "f(", "f(a,)", "f(*, a)", "ns:a", "- a", "a.b.c",
		"e1[first].a", "e1[-1].a", "1 sec 2 min", "1 sec 1 sec", "3000000000", "not", "a in", "a is not null", "'a", "a == = b", "a // b",
	} {
		if e, err := ParseExpr(src); err == nil && src != "not" {
			t.Errorf("%q is understood as %s", src, ast.Print(e))
		}
	}
}

// TestHostileTexts checks that texts made to exhaust the parser are refused, and soon.
func TestOperatorsOfOtherLanguages(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a = 1", "line 1, column 3: unexpected '='; did you mean '=='?"},
		{"a <> 1", "line 1, column 4: unexpected '>'; did you mean '!='?"},
		{"a && b", "line 1, column 3: SiddhiQL has no '&&'; write 'and'"},
		{"a || b", "line 1, column 3: SiddhiQL has no '||'; write 'or'"},
		{"a < > 1", "line 1, column 5: expected an expression, found '>'"},
		{"= 1", "line 1, column 1: expected an expression, found '='"},
	} {
		_, err := ParseExpr(tt.src)
		var mistakes Errors
		if !errors.As(err, &mistakes) || mistakes[0].Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.src, err, tt.want)
		}
	}
}

func TestHostileTexts(t *testing.T) {
	const many = 100_000
	for name, src := range map[string]string{
		"parentheses": strings.Repeat("(", many),
		"not":         strings.Repeat("not ", many) + "a",
		"calls":       strings.Repeat("f(", many),
		"operators":   "a" + strings.Repeat(" + a", many),
	} {
		if _, err := ParseExpr(src); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, src := range map[string]string{
		"annotations": strings.Repeat("@a(", many),
		"patterns":    "define stream S (a int); from " + strings.Repeat("(", many),
		"every":       "define stream S (a int); from " + strings.Repeat("every (", many),
		"anonymous":   "define stream S (a int); from " + strings.Repeat("(from ", many),
		"from":        "define stream S (a int); " + strings.Repeat("from ", many),
		"scripts":     "define function f[js] return int " + strings.Repeat("{", many),
		"statements":  strings.Repeat("x;", many),
		"semicolons":  strings.Repeat(";", many),
		"partitions":  "define stream S (a int); " + strings.Repeat("partition with (a of S) begin ", many),
		"strings":     strings.Repeat("'", many),
		"variables":   strings.Repeat("${", many),
		"zero bytes":  strings.Repeat("\x00", many),
		"not UTF-8":   strings.Repeat("\xff", many),
	} {
		if _, err := Parse(src); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			checkPlaces(t, src, err)
		}
	}
}

func TestSubstitute(t *testing.T) {
	values := map[string]string{"HOST": "h$1\\n", "empty": "", "_x1": "${HOST}"}
	lookup := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	for _, tt := range []struct{ src, want string }{
		{"", ""},
		{"no variable: $HOST {HOST} ${} ${a b} ${HOST", "no variable: $HOST {HOST} ${} ${a b} ${HOST"},
		{"'${HOST}'-- ${empty}|${_x1}", "'h$1\\n'-- |${HOST}"},
		{"${${HOST}}", "${h$1\\n}"},
	} {
		got, err := Substitute(tt.src, lookup)
		if err != nil || got != tt.want {
			t.Errorf("Substitute(%q) = %q, %v, want %q", tt.src, got, err, tt.want)
		}
	}
	_, err := Substitute("a\n  é ${HOST} ${missing}\n${other}", lookup)
	var missing Errors
	if !errors.As(err, &missing) || len(missing) != 2 {
		t.Fatalf("got %v", err)
	}
	if first := missing[0]; first.Line != 2 || first.Column != 13 || first.Found != "${missing}" {
		t.Errorf("got %+v", first)
	}
}

func BenchmarkParse(b *testing.B) {
	files, err := filepath.Glob("testdata/apps/*.siddhi")
	if err != nil {
		b.Fatal(err)
	}
	var apps []string
	size := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Parse(string(src)); err == nil {
			apps = append(apps, string(src))
			size += len(src)
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range apps {
			if _, err := Parse(src); err != nil {
				b.Fatal(err)
			}
		}
	}
}
