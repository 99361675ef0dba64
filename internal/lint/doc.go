// Package lint holds the house rules as a test: which folder may import which,
// what the engine may not call, sizes, doc comments, forbidden words, and the
// standard tools gofmt, vet and staticcheck. A broken rule fails `make lint` and
// `make test` with the place, the reason and what to do instead.
//
// It reads source files as text and imports nothing of ours.
package lint

// A Rule is one house rule.
type Rule struct {
	Name   string
	Reason string // why the rule is there, and what to do instead
	Check  func(*Tree) []Violation
}

// A Violation is one place that breaks a rule.
type Violation struct {
	Path string // relative to the root of the module
	Line int    // 0 when the whole file or folder is meant
	What string
}

// Rules returns all house rules.
func Rules() []Rule {
	return []Rule{
		{"imports", "the arrows of docs/architecture.md point one way; pass what you need as an interface, or move it down", checkImports},
		{"dependencies", "an outside module stays behind the package that is its adapter", checkDependencies},
		{"clock", "the engine's time is the app's flow clock, so that playback and tests own it; only " + wallClockFile + " reads the system's", checkClock},
		{"no init", "what happens on import cannot be read in the wiring; export a constructor or a table and let cmd call it", checkInit},
		{"no cgo", "the binaries build with Go alone, on any machine", checkCgo},
		{"no boxed rows", "a value in an interface costs an allocation; use typed columns", checkBoxedRows},
		{"no reflection", "the engine's types are known when an app is created; use a typed kernel", checkReflection},
		{"no sleep in tests", "a sleep is too long on a fast machine and too short on a slow one; use testing/synctest or wait for a condition", checkTestSleep},
		{"goroutines are watched", "a leaked goroutine is a bug that no other test shows; add a TestMain with goleak.VerifyTestMain", checkGoleak},
		{"file size", "a file with more than 800 lines has more than one purpose; split it by noun", checkFileSize},
		{"function size", "a function with more than 100 lines cannot be read at once; name its parts", checkFunctionSize},
		{"doc comments", "what a package exports is its contract: one sentence that starts with the name", checkDocComments},
		{"package comments", "a package comment says the purpose of the package and what it may import", checkPackageComments},
		{"forbidden words", "no registry, no path of one machine and no note to oneself belongs in the repository", checkWords},
	}
}
