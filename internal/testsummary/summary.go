package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64 // seconds
	Output      string
	ImportPath  string // of build-output
	FailedBuild string // on a package that did not compile
}

// test is one test, subtest, example or fuzz target.
type test struct {
	end    string // pass, fail, skip; empty while it runs
	parent bool   // has subtests, which are counted in its place
	output []string
}

// pkg is what is known of a package until its line is printed.
type pkg struct {
	tests  map[string]*test
	output []string // what belongs to no test
}

// summary counts tests and prints packages as they end.
type summary struct {
	out                     io.Writer
	running                 map[string]*pkg
	builds                  map[string][]string // compiler output by import path
	passed, failed, skipped int
	failures, skips         []string
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, running: make(map[string]*pkg), builds: make(map[string][]string)}
}

// read takes events until r ends. A line that is no event is passed on.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.add(e)
			} else {
				fmt.Fprintf(s.out, "%s\n", strings.TrimRight(string(line), "\n"))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the output of go test: %w", err)
		}
	}
}

func (s *summary) add(e event) {
	switch {
	case e.Action == "build-output":
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
	case e.Package == "":
	case e.Test != "":
		s.pkg(e.Package).add(e)
	case e.Action == "output":
		p := s.pkg(e.Package)
		p.output = append(p.output, e.Output)
	case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
		s.endPackage(e)
	}
}

func (s *summary) pkg(path string) *pkg {
	p := s.running[path]
	if p == nil {
		p = &pkg{tests: make(map[string]*test)}
		s.running[path] = p
	}
	return p
}

func (p *pkg) add(e event) {
	t := p.tests[e.Test]
	if t == nil {
		t = &test{}
		p.tests[e.Test] = t
		if above := p.ancestor(e.Test); above != nil {
			above.parent = true
		}
	}
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		t.end = e.Action
	}
}

// ancestor is the test that name is a subtest of. A subtest's own name may
// hold slashes, so the nearest known prefix is looked for.
func (p *pkg) ancestor(name string) *test {
	for {
		cut := strings.LastIndexByte(name, '/')
		if cut < 0 {
			return nil
		}
		name = name[:cut]
		if t := p.tests[name]; t != nil {
			return t
		}
	}
}

// endPackage counts the tests of a package and prints its line. A package that
// fails without a failed test (it does not compile, or it exits) is one failure.
func (s *summary) endPackage(e event) {
	p := s.pkg(e.Package)
	delete(s.running, e.Package)
	passed, failed, skipped := s.passed, s.failed, s.skipped
	for _, name := range slices.Sorted(maps.Keys(p.tests)) {
		s.endTest(e.Package, name, p)
	}
	if e.Action == "fail" {
		if s.failed == failed {
			s.failed++
			s.failures = append(s.failures, e.Package)
		}
		s.print(s.builds[e.FailedBuild])
		s.print(p.output)
	}
	passed, failed, skipped = s.passed-passed, s.failed-failed, s.skipped-skipped
	if e.Action == "skip" && len(p.tests) == 0 {
		return // no test files
	}
	word := "ok  "
	if e.Action == "fail" {
		word = "FAIL"
	}
	fmt.Fprintf(s.out, "%s  %-44s %6.1fs  %d passed", word, e.Package, e.Elapsed, passed)
	if failed > 0 {
		fmt.Fprintf(s.out, ", %d failed", failed)
	}
	if skipped > 0 {
		fmt.Fprintf(s.out, ", %d skipped", skipped)
	}
	fmt.Fprintln(s.out)
}

func (s *summary) endTest(path, name string, p *pkg) {
	t := p.tests[name]
	if t.end == "" {
		t.end = "fail"
		t.output = append(t.output, fmt.Sprintf("    %s did not finish\n", name))
	}
	full := path + "." + name
	switch {
	case t.end == "fail":
		s.print(t.output)
		// A parent fails with its subtests; alone, the failure is its own.
		if !t.parent || !p.failedBelow(name) {
			s.failed++
			s.failures = append(s.failures, full)
		}
	case t.end == "skip":
		// A subtest that ran before a parent skipped is counted by itself.
		s.skipped++
		s.skips = append(s.skips, full+": "+reason(t.output))
	case !t.parent:
		s.passed++
	}
}

func (p *pkg) failedBelow(name string) bool {
	for other, t := range p.tests {
		if strings.HasPrefix(other, name+"/") && (t.end == "fail" || t.end == "") {
			return true
		}
	}
	return false
}

// reason is what a skipped test said, without the frame that go test puts
// around it.
func reason(output []string) string {
	var words []string
	for _, o := range output {
		o = strings.TrimSpace(o)
		if o != "" && !strings.HasPrefix(o, "=== ") && !strings.HasPrefix(o, "--- ") {
			words = append(words, o)
		}
	}
	return strings.Join(words, " ")
}

func (s *summary) print(output []string) {
	for _, o := range output {
		if !strings.HasPrefix(o, "=== ") {
			io.WriteString(s.out, o)
		}
	}
}

// close counts packages that never ended, lists what was skipped and what
// failed, and returns the counts.
func (s *summary) close() (passed, failed, skipped int) {
	for _, path := range slices.Sorted(maps.Keys(s.running)) {
		s.endPackage(event{Action: "fail", Package: path})
	}
	for _, line := range s.skips {
		fmt.Fprintln(s.out, "SKIPPED", line)
	}
	for _, line := range s.failures {
		fmt.Fprintln(s.out, "FAILED ", line)
	}
	return s.passed, s.failed, s.skipped
}
