package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestRulesCatch shows each rule a tree that breaks it and one that does not:
// a rule that finds nothing must not pass for a clean tree.
func TestRulesCatch(t *testing.T) {
	long := func(lines int) string { return strings.Repeat("\t_ = 0\n", lines) }
	for _, tt := range []struct {
		rule  string
		files map[string]string
		want  []string // what is found, sorted; empty is clean
	}{
		{"imports", map[string]string{
			"pkg/siddhi/column/a.go":        `import "millrace/pkg/siddhi/schema"`,
			"pkg/siddhi/a.go":               `import "millrace/pkg/siddhi/runtime"`,
			"pkg/siddhi/runtime/a.go":       `import "millrace/pkg/siddhi/window"`,
			"pkg/transport/kafka/a.go":      `import ("millrace/pkg/transport"; "millrace/pkg/siddhi/stream")`,
			"pkg/transport/kafka/a_test.go": `import "millrace/internal/kafkatest"`,
			"internal/node/a.go":            `import ("millrace/pkg/scheduler"; "millrace/internal/rest")`,
			"cmd/manager/a.go":              `import ("millrace/internal/node"; "fmt")`,
		}, nil},
		{"imports", map[string]string{
			"pkg/siddhi/window/a.go":       `import "millrace/pkg/transport"`,
			"pkg/siddhi/ast/a.go":          `import "millrace/pkg/siddhi/column"`,
			"pkg/siddhi/runtime/a.go":      `import "millrace/pkg/siddhi"`,
			"pkg/siddhi/runtime/a_test.go": `import "millrace/pkg/persistence"`,
			"pkg/scheduler/a.go":           `import "millrace/pkg/coordination"`,
			"pkg/persistence/a.go":         `import "millrace/internal/node"`,
			"internal/flightref/a.go":      `import "millrace/pkg/siddhi"`,
			"cmd/worker/a.go":              `import "millrace/pkg/scheduler/topology"`,
			"internal/node/a_test.go":      `import "millrace/cmd/manager"`,
			"pkg/siddhi/util/a.go":         ``,
			"lib/a.go":                     ``,
		}, []string{
			"cmd/worker/a.go: cmd/worker may not import pkg/scheduler/topology; it may import internal, pkg/siddhi, pkg/transport, pkg/persistence, pkg/coordination",
			"internal/flightref/a.go: internal/flightref may not import pkg/siddhi; it may import nothing of ours",
			"internal/node/a_test.go: nobody may import cmd",
			"lib/a.go: folder lib has no row in the import table of internal/lint",
			"pkg/persistence/a.go: pkg/persistence may not import internal/node; it may import internal/database",
			"pkg/scheduler/a.go: pkg/scheduler may not import pkg/coordination; it may import pkg/siddhi/ast, pkg/siddhi/parser, pkg/siddhi/check, pkg/siddhi/schema",
			"pkg/siddhi/ast/a.go: pkg/siddhi/ast may not import pkg/siddhi/column; it may import pkg/siddhi/schema",
			"pkg/siddhi/runtime/a.go: pkg/siddhi/runtime may not import pkg/siddhi",
			"pkg/siddhi/runtime/a_test.go: tests of pkg/siddhi may not import pkg/persistence",
			"pkg/siddhi/util/a.go: folder pkg/siddhi/util has no row in the import table of internal/lint",
			"pkg/siddhi/window/a.go: pkg/siddhi/window may not import pkg/transport",
		}},
		{"dependencies", map[string]string{
			"pkg/siddhi/expr/a.go":      `import "golang.org/x/text/cases"`,
			"pkg/siddhi/expr/a_test.go": `import "go.uber.org/goleak"`,
			"pkg/siddhi/mapper/a/a.go":  `import "github.com/klauspost/compress/zstd"`,
			"pkg/transport/kafka/a.go":  `import ("github.com/segmentio/kafka-go"; "github.com/nats-io/nats-server/v2/server")`,
			"pkg/transport/nats/a.go":   `import "github.com/nats-io/nats-server/v2/server"`,
			"pkg/persistence/a.go":      `import ("database/sql"; _ "modernc.org/sqlite")`,
			"internal/database/a.go":    `import _ "modernc.org/sqlite"`,
		}, []string{
			"pkg/persistence/a.go: pkg/persistence may not import modernc.org/sqlite",
			"pkg/siddhi/expr/a.go: pkg/siddhi may not import golang.org/x/text/cases",
			"pkg/transport/kafka/a.go: pkg/transport may not import github.com/nats-io/nats-server/v2/server",
		}},
		{"dependencies", map[string]string{"go.mod": "require github.com/mattn/go-sqlite3 v1.14.0\n"},
			[]string{"go.mod: github.com/mattn/go-sqlite3 needs cgo; use modernc.org/sqlite"}},
		{"clock", map[string]string{
			wallClockFile:               `import "time"; var _ = time.Now()`,
			"pkg/siddhi/flow/a.go":      `import clock "time"; var _ = clock.After(clock.Second)`,
			"pkg/siddhi/flow/a_test.go": `import "time"; var _ = time.Now()`,
			"pkg/coordination/a.go":     `import "time"; var _ = time.Now()`,
			"pkg/siddhi/state/a.go":     `import "time"; var _ = time.Unix(0, 0)`,
		}, []string{"pkg/siddhi/flow/a.go: time.After"}},
		{"no init", map[string]string{
			"pkg/siddhi/expr/a.go": `func init() {}; type t int; func (t) init() {}`,
			"internal/node/a.go":   `func init() {}`,
		}, []string{"pkg/siddhi/expr/a.go: func init"}},
		{"no cgo", map[string]string{"internal/a.go": `import "C"`}, []string{`internal/a.go: import "C"`}},
		{"no boxed rows", map[string]string{
			"pkg/siddhi/window/a.go":      `type a struct{ rows [][]any }; type b []interface{}; func f(args ...any) {}; var m map[string]any`,
			"pkg/siddhi/window/a_test.go": `var v []any`,
			"pkg/siddhi/ast/a.go":         `var v []any`,
		}, []string{"pkg/siddhi/window/a.go: a slice of any", "pkg/siddhi/window/a.go: a slice of any"}},
		{"no reflection", map[string]string{
			"pkg/siddhi/table/a.go":      `import "reflect"`,
			"pkg/siddhi/table/a_test.go": `import "reflect"`,
		}, []string{"pkg/siddhi/table/a.go: import of reflect"}},
		{"no sleep in tests", map[string]string{
			"pkg/a/a_test.go": `import "time"; func f() { time.Sleep(1) }`,
			"pkg/b/b_test.go": `import ("time"; _ "testing/synctest"); func f() { time.Sleep(1) }`,
			"pkg/c/c.go":      `import "time"; func f() { time.Sleep(1) }`,
		}, []string{"pkg/a/a_test.go: time.Sleep"}},
		{"goroutines are watched", map[string]string{
			"pkg/a/a.go":      `func f() { go f() }`,
			"pkg/b/b.go":      `func f() { go f() }`,
			"pkg/b/b_test.go": `import "go.uber.org/goleak"`,
			"pkg/btest/b.go":  `func f() { go f() }`,
		}, []string{"pkg/a/a.go: starts a goroutine, and no test of pkg/a uses goleak"}},
		{"file size", map[string]string{
			"pkg/a/a.go": strings.Repeat("\n", 801),
			"pkg/a/b.go": strings.Repeat("\n", 798),
		}, []string{"pkg/a/a.go: 802 lines"}},
		{"function size", map[string]string{
			"pkg/a/a.go":      "func f() {\n" + long(99) + "}\nfunc g() {\n" + long(98) + "}",
			"pkg/a/a_test.go": "func f() {\n" + long(99) + "}",
		}, []string{"pkg/a/a.go: f has 101 lines"}},
		{"doc comments", map[string]string{
			"pkg/a/a.go": `
type A struct{ X int }
func (A) M() {}
func (*hidden[T]) M() {}
func (A) Error() string { return "" }
func (A) Name() string { return "" }
// I is documented.
type I interface { Name() string }
// B is documented.
type B int
func F() {}
func f() {}
var V, w = 1, 2
const (
	C = 1
	D = 2 // D is documented.
)
// The colours.
const ( Red = iota; Green )
`,
			"internal/a/a.go": `func F() {}`,
		}, []string{"pkg/a/a.go: A has no doc comment", "pkg/a/a.go: C has no doc comment", "pkg/a/a.go: F has no doc comment",
			"pkg/a/a.go: M has no doc comment", "pkg/a/a.go: V has no doc comment"}},
		{"forbidden words", map[string]string{
			"README.md":  "see /wo" + "rk/shared\nand network/work/ing, TO" + "DO\n",
			".ci/run":    "curl https://repo1.ma" + "ven.org\n",
			"pkg/a/a.go": "// TO" + "DO: more\n// ----" + "----\n// - an item\n",
		}, []string{
			".ci/run: the address of a package registry: repo1.ma" + "ven",
			"README.md: a path of one machine: /wo" + "rk/",
			"pkg/a/a.go: a note to oneself: open an issue: TO" + "DO",
			"pkg/a/a.go: a ruler: split the file instead: // ----",
		}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			for p, text := range tt.files {
				if strings.HasSuffix(p, ".go") {
					tt.files[p] = "package p\n" + text
				}
			}
			compare(t, tt.rule, tt.files, tt.want)
		})
	}
}

func TestPackageComments(t *testing.T) {
	compare(t, "package comments", map[string]string{
		"pkg/a/a.go":      "// Package a is.\npackage a\n",
		"pkg/a/b.go":      "package a\n",
		"pkg/b/b.go":      "package b\n",
		"pkg/b/b_test.go": "// Package b is.\npackage b\n",
		"cmd/c/main.go":   "// Command c does.\npackage main\n",
		"cmd/d/main.go":   "// Package main does.\npackage main\n",
	}, []string{
		`cmd/d: no package comment that starts with "Command d "`,
		`pkg/b: no package comment that starts with "Package b "`,
	})
}

// TestReasons fails when a rule or an exception does not say why it is there.
func TestReasons(t *testing.T) {
	for _, r := range Rules() {
		if r.Reason == "" {
			t.Errorf("rule %q gives no reason", r.Name)
		}
	}
	for name, exceptions := range map[string]map[string]string{
		"boxedAllowed": boxedAllowed, "sleepAllowed": sleepAllowed, "reflectAllowed": reflectAllowed, "longAllowed": longAllowed} {
		for key, reason := range exceptions {
			if len(strings.Fields(reason)) < 4 {
				t.Errorf("%s[%q] gives no reason", name, key)
			}
		}
	}
}

func TestStaleExceptions(t *testing.T) {
	tree, err := NewTree(map[string]string{"a.go": "package p", "b.go": "package p"})
	if err != nil {
		t.Fatal(err)
	}
	got := tree.stale("list", map[string]string{"a.go: f": "why", "b.go: g": "why"}, map[string]bool{"b.go: g": true})
	if len(got) != 1 || got[0].Path != "a.go" {
		t.Errorf("stale exceptions = %v, want the one of a.go", got)
	}
}

// compare runs one rule; a wanted line may leave out the end of what is found.
func compare(t *testing.T, rule string, files map[string]string, want []string) {
	t.Helper()
	tree, err := NewTree(maps.Clone(files))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(Rules(), func(r Rule) bool { return r.Name == rule })
	if i < 0 {
		t.Fatalf("there is no rule %q", rule)
	}
	var got []string
	for _, v := range Rules()[i].Check(tree) {
		got = append(got, fmt.Sprintf("%s: %s", v.Path, v.What))
	}
	slices.Sort(got)
	ok := len(got) == len(want)
	for i := 0; ok && i < len(got); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
