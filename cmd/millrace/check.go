package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/internal/worker"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/transport"
)

func (c *cli) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Say what is wrong with apps, where, and what to do ('-' reads standard input)",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE:  func(_ *cobra.Command, files []string) error { return c.checkFiles(files) },
	}
}

// checkResult is a line of `check -o json`.
type checkResult struct {
	File     string        `json:"file"`
	App      string        `json:"app,omitempty"`
	Valid    bool          `json:"valid"`
	Error    string        `json:"error,omitempty"`
	Mistakes []api.Mistake `json:"mistakes,omitempty"`
	Warnings []api.Mistake `json:"warnings,omitempty"`
}

func (c *cli) checkFiles(files []string) error {
	wrong := false
	for _, file := range files {
		text, err := c.readApp(file)
		if err != nil {
			return err
		}
		app, err := compileCheck(text)
		if err == nil && distributed(app) {
			_, err = topology.SplitChecked(app, topology.Options{Transport: topology.NATS})
		}
		wrong = wrong || err != nil
		if err := c.printCheck(file, app, err); err != nil {
			return err
		}
	}
	if wrong {
		return errReported
	}
	return nil
}

// distributed says whether an app is meant for a cluster, whose rules it must then
// keep. Others may be run in one process, where more is allowed.
func distributed(app *check.App) bool {
	return slices.ContainsFunc(app.AST.Elements, func(e ast.Element) bool {
		return e.AnnotationList().Find("dist") != nil
	})
}

// compileCheck checks an app as far as can be done without running it.
func compileCheck(text string) (*check.App, error) {
	app, err := siddhi.Check(text)
	if err != nil {
		return nil, err
	}
	compiled, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		return nil, err
	}
	compiled.Close()
	if err := (edgeCheck{}).Check(app); err != nil {
		return nil, err
	}
	return app, nil
}

// edgeCheck looks at the sources and sinks of an app as in a cluster, without connecting them.
type edgeCheck struct{}

// Check implements scenario.EdgeCheck.
func (edgeCheck) Check(app *check.App) error {
	return connect.Check(app, worker.Transports(transport.Builtin(transport.Shared{NATS: "nats://cluster", Kafka: "cluster", STAN: "nats://cluster"})))
}

func (c *cli) printCheck(file string, app *check.App, failure error) error {
	if c.json() {
		r := checkResult{File: file, Valid: failure == nil}
		if failure != nil {
			r.Error, r.Mistakes = failure.Error(), managerapi.Mistakes(failure)
		} else {
			r.App, r.Warnings = app.Name, managerapi.Mistakes(app.Warnings)
		}
		return c.printJSON(r)
	}
	if failure != nil {
		_, err := fmt.Fprintf(c.out, "%s: %s\n%v\n", file, c.colour(red, "wrong"), failure)
		return err
	}
	what := counted(len(app.Streams), "stream", "streams")
	if n := len(app.Aggregations); n > 0 {
		what += ", " + counted(n, "aggregation", "aggregations")
	}
	name := "app without a name"
	if app.Name != "" {
		name = "app " + app.Name
	}
	fmt.Fprintf(c.out, "%s: %s: %s, %s, %s\n", file, c.colour(green, "ok"), name, what, counted(len(app.Queries), "query", "queries"))
	for _, w := range app.Warnings {
		fmt.Fprintf(c.out, "%s: %s\n", c.colour(amber, "warning"), w.Detail())
	}
	return nil
}

// readApp reads the text of an app from a file, or from standard input for "-",
// with the values that -D and the environment give its variables. Those without a
// value stay as they are: the text can be judged without them.
func (c *cli) readApp(file string) (string, error) {
	return c.read(file, func(name string) (string, bool) { return "${" + name + "}", true })
}

// readRunnable is readApp for what is to be run: each variable must have a value.
func (c *cli) readRunnable(file string) (string, error) {
	return c.read(file, func(string) (string, bool) { return "", false })
}

func (c *cli) read(file string, otherwise func(name string) (string, bool)) (string, error) {
	var text []byte
	var err error
	if file == "-" {
		if text, err = io.ReadAll(c.in); err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
	} else if text, err = os.ReadFile(file); err != nil {
		return "", err
	}
	full, err := parser.Substitute(string(text), func(name string) (string, bool) {
		if v, ok := c.Variable(name); ok {
			return v, true
		}
		return otherwise(name)
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w\ngive it one with -D NAME=VALUE or in the environment", file, err)
	}
	return full, nil
}

// Variable is the value that -D or the environment give ${name}; it implements scenario.Variables.
func (c *cli) Variable(name string) (string, bool) {
	if v, ok := c.define[name]; ok {
		return v, true
	}
	return os.LookupEnv(name)
}

// counted writes how many there are of something.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
