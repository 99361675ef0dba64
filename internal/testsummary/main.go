// Command testsummary runs `go test -json` and shows it for a person: a line
// per package as it finishes, the whole output of what failed, the reason of
// every skip, and as its last line the count
//
//	N passed, N failed, N skipped
//
// It is what `make test` runs. Arguments are those of go test; "--" starts a
// further run whose tests are added to the same count. The exit code is the first one of
// go test that is not 0. It imports nothing of ours.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
)

func main() {
	// An interrupt reaches go test too, which ends; the count is still printed.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	total, code := newSummary(stdout), 0
	for _, a := range split(args) {
		c, err := goTest(a, total, stderr)
		if err != nil {
			fmt.Fprintf(stderr, "testsummary: %v\n", err)
		}
		if code == 0 {
			code = c
		}
	}
	passed, failed, skipped := total.close()
	if code == 0 && failed > 0 {
		code = 1
	}
	if passed+failed+skipped == 0 {
		fmt.Fprintln(stderr, "testsummary: no test ran")
		code = max(code, 1)
	}
	fmt.Fprintf(stdout, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	return code
}

// split cuts args at each "--".
func split(args []string) [][]string {
	for i, a := range args {
		if a == "--" {
			return slices.Concat([][]string{args[:i]}, split(args[i+1:]))
		}
	}
	return [][]string{args}
}

// goTest runs go test once and feeds its events to total.
func goTest(args []string, total *summary, stderr io.Writer) (code int, err error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("start go test: %w", err)
	}
	readErr := total.read(events)
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1), readErr
	case err != nil:
		return 1, err
	case readErr != nil:
		return 1, readErr
	}
	return 0, nil
}
