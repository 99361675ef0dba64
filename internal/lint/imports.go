package lint

import (
	"fmt"
	"slices"
	"strings"
)

// anything stands for every package of ours but those of cmd.
const anything = "*"

// allowed says which of our packages the non-test files of a folder, and of
// the folders below it that have no row of their own, may import. An entry
// covers the packages below it. What is not listed is forbidden, and a folder
// without a row must get one. Packages under one row may import each other.
var allowed = map[string][]string{
	"cmd":        {anything},
	"cmd/worker": {"internal", "pkg/siddhi", "pkg/transport", "pkg/persistence", "pkg/coordination"},
	"internal":   {anything},
	"test":       {anything},

	// What checks the rest must not be built from it.
	"internal/lint":        {},
	"internal/flightref":   {},
	"internal/kafkatest":   {},
	"internal/testsummary": {},

	// What makes up apps knows the language only: the engine's tests use it.
	"internal/randomapp": {"pkg/siddhi/ast", "pkg/siddhi/parser"},

	"pkg/scheduler":    {"pkg/siddhi/ast", "pkg/siddhi/parser", "pkg/siddhi/check", "pkg/siddhi/schema"},
	"pkg/coordination": {"internal/database"}, // only its sql store: how a database is opened and spoken to
	"pkg/persistence":  {"internal/database"}, // likewise
	"pkg/transport":    {"pkg/siddhi/stream", "pkg/siddhi/schema", "pkg/siddhi/column", "pkg/siddhi/mapper"},

	"pkg/siddhi": {},

	// Users of the façade inside the engine.
	"pkg/siddhi/scenario": {"pkg/siddhi"},

	// Leaves: what the language and the engine both speak of.
	"pkg/siddhi/schema":    {},
	"pkg/siddhi/state":     {},
	"pkg/siddhi/stream":    {},
	"pkg/siddhi/suggest":   {},
	"pkg/siddhi/cron":      {},
	"pkg/siddhi/extension": {"pkg/siddhi/schema", "pkg/siddhi/suggest"},

	// The language. It knows nothing of columns.
	"pkg/siddhi/ast":    {"pkg/siddhi/schema"},
	"pkg/siddhi/parser": {"pkg/siddhi/ast", "pkg/siddhi/schema", "pkg/siddhi/suggest"},
	"pkg/siddhi/check":  {"pkg/siddhi/ast", "pkg/siddhi/cron", "pkg/siddhi/extension", "pkg/siddhi/parser", "pkg/siddhi/schema", "pkg/siddhi/suggest"},

	// The engine. Operators work on columns and expressions; none reads text.
	"pkg/siddhi/column":   {"pkg/siddhi/schema", "pkg/siddhi/state"},
	"pkg/siddhi/flow":     {"pkg/siddhi/column", "pkg/siddhi/schema", "pkg/siddhi/state"},
	"pkg/siddhi/javatext": {"pkg/siddhi/column", "pkg/siddhi/schema", "pkg/siddhi/state"},
	"pkg/siddhi/function": {"pkg/siddhi/column", "pkg/siddhi/extension", "pkg/siddhi/flow", "pkg/siddhi/javatext",
		"pkg/siddhi/schema", "pkg/siddhi/state"},
	"pkg/siddhi/expr": {"pkg/siddhi/ast", "pkg/siddhi/check", "pkg/siddhi/column", "pkg/siddhi/extension",
		"pkg/siddhi/flow", "pkg/siddhi/function", "pkg/siddhi/javatext", "pkg/siddhi/schema", "pkg/siddhi/state"},
	"pkg/siddhi/aggregate":   operatorImports,
	"pkg/siddhi/operator":    append([]string{"pkg/siddhi/aggregate"}, operatorImports...),
	"pkg/siddhi/window":      append([]string{"pkg/siddhi/aggregate", "pkg/siddhi/cron"}, operatorImports...),
	"pkg/siddhi/ratelimit":   operatorImports,
	"pkg/siddhi/table":       operatorImports,
	"pkg/siddhi/aggregation": append([]string{"pkg/siddhi/table"}, operatorImports...),
	"pkg/siddhi/join":        append([]string{"pkg/siddhi/table", "pkg/siddhi/window"}, operatorImports...),
	"pkg/siddhi/pattern":     operatorImports,
	"pkg/siddhi/handler":     operatorImports,
	"pkg/siddhi/mapper":      {"pkg/siddhi/column", "pkg/siddhi/javatext", "pkg/siddhi/schema", "pkg/siddhi/state", "pkg/siddhi/stream"},

	// plan builds operators out of a checked app; the only reader of both.
	"pkg/siddhi/plan": append([]string{"pkg/siddhi/aggregate", "pkg/siddhi/aggregation", "pkg/siddhi/handler", "pkg/siddhi/join", "pkg/siddhi/operator",
		"pkg/siddhi/pattern", "pkg/siddhi/ratelimit", "pkg/siddhi/suggest", "pkg/siddhi/table", "pkg/siddhi/window"}, operatorImports...),

	// runtime turns a plan into a running app, so it sees the whole engine.
	"pkg/siddhi/runtime": append([]string{"pkg/siddhi/aggregate", "pkg/siddhi/mapper", "pkg/siddhi/operator",
		"pkg/siddhi/parser", "pkg/siddhi/pattern", "pkg/siddhi/plan", "pkg/siddhi/stream", "pkg/siddhi/suggest", "pkg/siddhi/table",
		"pkg/siddhi/window"}, operatorImports...),

	// connect gives a running app its sources and sinks: what is beside the engine, not in it.
	"pkg/siddhi/connect": {"pkg/siddhi/ast", "pkg/siddhi/check", "pkg/siddhi/column", "pkg/siddhi/mapper",
		"pkg/siddhi/runtime", "pkg/siddhi/schema", "pkg/siddhi/state", "pkg/siddhi/stream", "pkg/siddhi/suggest"},
}

var operatorImports = []string{"pkg/siddhi/ast", "pkg/siddhi/check", "pkg/siddhi/column", "pkg/siddhi/cron", "pkg/siddhi/expr",
	"pkg/siddhi/extension", "pkg/siddhi/flow", "pkg/siddhi/function", "pkg/siddhi/javatext",
	"pkg/siddhi/schema", "pkg/siddhi/state"}

// checkImports holds non-test files to the table, and test files to the two
// rules without exception: nobody imports cmd, and the engine's tests need
// nothing outside of the engine but test helpers.
func checkImports(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		dir := f.Dir()
		for _, spec := range f.AST.Imports {
			target, ours := strings.CutPrefix(importPath(spec), module+"/")
			if !ours {
				continue
			}
			what := ""
			switch {
			case under(target, "cmd"):
				what = "nobody may import cmd"
			case f.Test():
				if under(dir, "pkg/siddhi") && under(target, "pkg") && !under(target, "pkg/siddhi") {
					what = "tests of pkg/siddhi may not import " + target
				}
			default:
				what = forbidden(dir, target)
			}
			if what != "" {
				out = append(out, Violation{f.Path, t.line(spec), what})
			}
		}
		if row(dir) == "" && dir != "." {
			out = append(out, Violation{f.Path, 0, "folder " + dir + " has no row in the import table of internal/lint"})
		}
	}
	return out
}

// forbidden says why dir may not import target, or "".
func forbidden(dir, target string) string {
	r := row(dir)
	if r == "" || under(target, r) {
		return ""
	}
	for _, a := range allowed[r] {
		if a == anything || under(target, a) {
			return ""
		}
	}
	may := strings.Join(allowed[r], ", ")
	if may == "" {
		may = "nothing of ours"
	}
	return fmt.Sprintf("%s may not import %s; it may import %s", r, target, may)
}

// row is the most specific row of the table that covers dir, or "". The row of
// pkg/siddhi is for the façade alone: each package below it needs its own.
func row(dir string) string {
	r := longest(allowed, dir)
	if r == "pkg/siddhi" && dir != r {
		return ""
	}
	return r
}

// longest is the longest key of table that is dir or above it, or "".
func longest(table map[string][]string, dir string) string {
	best := ""
	for r := range table {
		if under(dir, r) && len(r) > len(best) {
			best = r
		}
	}
	return best
}

// outside says which modules the non-test files of a folder under pkg may
// import; the most specific row counts. Everything else gets a client, a database or a driver handed in.
var outside = map[string][]string{
	"pkg/siddhi":         {},
	"pkg/siddhi/mapper":  {"github.com/klauspost/compress"},
	"pkg/siddhi/connect": {"golang.org/x/sync"},
	// Rules of letters that depend on what is around them, and patterns that need backtracking.
	"pkg/siddhi/function/text":      {"golang.org/x/text"},
	"pkg/siddhi/function/javaregex": {"github.com/dlclark/regexp2"},
	"pkg/siddhi/scenario":           {"gopkg.in/yaml.v3"},
	"pkg/scheduler":                 {"golang.org/x/sync"},
	"pkg/coordination":              {"golang.org/x/sync", "github.com/hashicorp/memberlist"},
	"pkg/persistence":               {"golang.org/x/sync", "github.com/klauspost/compress"},
	"pkg/transport": {"golang.org/x/sync", "github.com/klauspost/compress", "github.com/segmentio/kafka-go",
		"github.com/nats-io/nats.go", "github.com/nats-io/stan.go"},
	// The embedded broker lives beside its client.
	"pkg/transport/nats": {"golang.org/x/sync", "github.com/nats-io/nats.go", "github.com/nats-io/nats-server"},
}

// cgoDrivers are modules that need a C compiler, with what to use instead.
var cgoDrivers = map[string]string{
	"github.com/mattn/go-sqlite3":                "modernc.org/sqlite",
	"github.com/confluentinc/confluent-kafka-go": "github.com/segmentio/kafka-go",
	"github.com/godror/godror":                   "a pure Go driver",
	"github.com/ibmdb/go_ibm_db":                 "a pure Go driver",
}

func checkDependencies(t *Tree) []Violation {
	var out []Violation
	for _, f := range t.Files {
		root := longest(outside, f.Dir())
		if f.Test() || root == "" {
			continue
		}
		for _, spec := range f.AST.Imports {
			p := importPath(spec)
			first, _, _ := strings.Cut(p, "/")
			if strings.Contains(first, ".") && !slices.ContainsFunc(outside[root], func(m string) bool { return under(p, m) }) {
				out = append(out, Violation{f.Path, t.line(spec), fmt.Sprintf("%s may not import %s", root, p)})
			}
		}
	}
	for i, line := range strings.Split(t.Texts["go.mod"], "\n") {
		for driver, instead := range cgoDrivers {
			if strings.Contains(line, driver) {
				out = append(out, Violation{"go.mod", i + 1, driver + " needs cgo; use " + instead})
			}
		}
	}
	return out
}
