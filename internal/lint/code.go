package lint

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// wallClockFile is the one file of the engine that reads the system's clock.
const wallClockFile = "pkg/siddhi/runtime/wallclock.go"

// edgeClockFile is the one file of the engine's edge that does: connections are
// retried, and snapshots taken, in real time.
const edgeClockFile = "pkg/siddhi/connect/wallclock.go"

// readsClock are the functions of package time that read the system's clock or
// wait for it.
var readsClock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

func checkClock(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		if f.Test() || !under(f.Dir(), "pkg/siddhi") || f.Path == wallClockFile || f.Path == edgeClockFile {
			continue
		}
		out = append(out, t.uses(f, "time", readsClock)...)
	}
	return out
}

// sleepAllowed lists test files that may sleep, with the reason.
var sleepAllowed = map[string]string{
	"internal/bench/peer_test.go": "the test binary plays a peer process that hangs until it is killed",
}

func checkTestSleep(t *Tree) []Violation {
	var out []Violation
	found := make(map[string]bool)
	for _, f := range t.Files {
		// In a bubble of synctest a sleep takes no time.
		if !f.Test() || f.Imports("testing/synctest") {
			continue
		}
		sleeps := t.uses(f, "time", []string{"Sleep"})
		found[f.Path] = len(sleeps) > 0
		if sleepAllowed[f.Path] == "" {
			out = append(out, sleeps...)
		}
	}
	return append(out, t.stale("sleepAllowed", sleepAllowed, found)...)
}

// uses finds names of the package in f, whatever f calls the package.
func (t *Tree) uses(f *File, pkg string, names []string) []Violation {
	local := ""
	for _, spec := range f.AST.Imports {
		if importPath(spec) == pkg {
			local = path.Base(pkg)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	var out []Violation
	if local == "" {
		return nil
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, sel.Sel.Name) {
				out = append(out, Violation{f.Path, t.line(sel), pkg + "." + sel.Sel.Name})
			}
		}
		return true
	})
	return out
}

func checkInit(t *Tree) []Violation {
	var out []Violation
	t.functions(func(f *File, fn *ast.FuncDecl) {
		if under(f.Dir(), "pkg") && !f.Test() && fn.Recv == nil && fn.Name.Name == "init" {
			out = append(out, Violation{f.Path, t.line(fn), "func init"})
		}
	})
	return out
}

func checkCgo(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		if f.Imports("C") {
			out = append(out, Violation{f.Path, 0, `import "C"`})
		}
	}
	return out
}

// hot are the packages that see every event.
var hot = []string{"pkg/siddhi/column", "pkg/siddhi/flow", "pkg/siddhi/expr", "pkg/siddhi/aggregate",
	"pkg/siddhi/operator", "pkg/siddhi/window", "pkg/siddhi/table", "pkg/siddhi/pattern"}

// boxedAllowed lists files of hot packages that may hold a []any, with why
// that is not on the path of an event.
var boxedAllowed = map[string]string{
	"pkg/siddhi/column/column.go": "Siddhi's type object is a value of the host program: only a column of that type holds any",
}

// reflectAllowed is the same for the import of reflect.
var reflectAllowed = map[string]string{
	"pkg/siddhi/column/object.go": "values of type object may be of any Go type, also one that == does not compare",
}

func isHot(f *File) bool {
	return !f.Test() && slices.ContainsFunc(hot, func(h string) bool { return under(f.Dir(), h) })
}

func checkBoxedRows(t *Tree) []Violation {
	var out []Violation
	found := make(map[string]bool)
	for _, f := range t.Files {
		if !isHot(f) {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			a, ok := n.(*ast.ArrayType)
			if ok && isAny(a.Elt) {
				found[f.Path] = true
				if boxedAllowed[f.Path] == "" {
					out = append(out, Violation{f.Path, t.line(a), "a slice of any"})
				}
			}
			return true
		})
	}
	return append(out, t.stale("boxedAllowed", boxedAllowed, found)...)
}

func isAny(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "any"
	case *ast.InterfaceType:
		return len(e.Methods.List) == 0
	}
	return false
}

func checkReflection(t *Tree) []Violation {
	var out []Violation
	found := make(map[string]bool)
	for _, f := range t.Files {
		if !isHot(f) || !f.Imports("reflect") {
			continue
		}
		found[f.Path] = true
		if reflectAllowed[f.Path] == "" {
			out = append(out, Violation{f.Path, 0, "import of reflect"})
		}
	}
	return append(out, t.stale("reflectAllowed", reflectAllowed, found)...)
}

// checkGoleak leaves out the suites for others' tests (transporttest), which run
// under the goleak of those.
func checkGoleak(t *Tree) []Violation {
	starts, watched := make(map[string]Violation), make(map[string]bool)
	for _, f := range t.Files {
		if f.Test() && f.Imports("go.uber.org/goleak") {
			watched[f.Dir()] = true
		}
		if f.Test() || !under(f.Dir(), "pkg") || strings.HasSuffix(f.Dir(), "test") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				starts[f.Dir()] = Violation{f.Path, t.line(g), "starts a goroutine, and no test of " + f.Dir() + " uses goleak"}
			}
			return true
		})
	}
	var out []Violation
	for dir, v := range starts {
		if !watched[dir] {
			out = append(out, v)
		}
	}
	return out
}

const (
	maxFileLines     = 800
	goodFileLines    = 500
	maxFunctionLines = 100
)

func checkFileSize(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		if f.Lines > maxFileLines && !ast.IsGenerated(f.AST) {
			out = append(out, Violation{f.Path, 0, fmt.Sprintf("%d lines", f.Lines)})
		}
	}
	return out
}

// longFiles are those that are still allowed, but more than they should be.
func longFiles(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		if f.Lines > goodFileLines && f.Lines <= maxFileLines && !ast.IsGenerated(f.AST) {
			out = append(out, Violation{f.Path, 0, fmt.Sprintf("%d lines", f.Lines)})
		}
	}
	return out
}

// longAllowed lists functions, as "path: name", that may have more than 100
// lines, with the reason.
var longAllowed = map[string]string{}

func checkFunctionSize(t *Tree) []Violation {
	var out []Violation
	found := make(map[string]bool)
	t.functions(func(f *File, fn *ast.FuncDecl) {
		n := t.lines(fn)
		if f.Test() || n <= maxFunctionLines || ast.IsGenerated(f.AST) {
			return
		}
		key := f.Path + ": " + fn.Name.Name
		found[key] = true
		if longAllowed[key] == "" {
			out = append(out, Violation{f.Path, t.line(fn), fmt.Sprintf("%s has %d lines", fn.Name.Name, n)})
		}
	})
	return append(out, t.stale("longAllowed", longAllowed, found)...)
}

// stale reports exceptions that nothing needs any more, for the files that t has.
func (t *Tree) stale(list string, exceptions map[string]string, found map[string]bool) []Violation {
	var out []Violation
	for key := range exceptions {
		p, _, _ := strings.Cut(key, ":")
		if _, ok := t.Texts[p]; !found[key] && (ok || t.whole()) {
			out = append(out, Violation{p, 0, "needs its exception no more: remove it from " + list})
		}
	}
	return out
}

func (t *Tree) functions(visit func(*File, *ast.FuncDecl)) {
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				visit(f, fn)
			}
		}
	}
}

// whole reports whether t is our repository and not the few files of a test.
func (t *Tree) whole() bool { return t.Texts["LICENSE"] != "" }
