package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// errReported says that the user has been told what is wrong already.
var errReported = errors.New("reported")

// usageError is a command called wrongly.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// defaultManager is where a manager with an empty configuration listens.
const defaultManager = "http://127.0.0.1:9190"

// cli is what all commands share.
type cli struct {
	in       io.Reader
	out, err io.Writer
	format   string            // of -o
	define   map[string]string // of -D
	manager  string            // URL
	colours  bool
}

func newCLI(in io.Reader, out, errOut io.Writer) *cli {
	return &cli{in: in, out: out, err: errOut, colours: isTerminal(out)}
}

// isTerminal says whether w is a terminal that shows colours.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// command returns the tree of all commands.
func (c *cli) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "millrace",
		Short:         "SiddhiQL apps, on this machine or on a cluster",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if c.format != "text" && c.format != "json" {
				return &usageError{fmt.Errorf("-o is %q; it must be text or json", c.format)}
			}
			return nil
		},
	}
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(cmd *cobra.Command, words []string) error {
		if len(words) == 0 {
			return cmd.Help()
		}
		return unknownCommand(root, words[0])
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVarP(&c.format, "output", "o", "text", "text or json")
	flags.StringVar(&c.manager, "manager", envOr("MILLRACE_MANAGER", defaultManager), "URL of a manager (MILLRACE_MANAGER)")
	flags.StringToStringVarP(&c.define, "define", "D", nil, "value of a ${NAME} in apps, before the environment's (NAME=VALUE)")
	root.AddCommand(
		c.checkCommand(), c.planCommand(), c.explainCommand(), c.extensionsCommand(), c.runCommand(), c.testCommand(), c.benchCommand(),
		c.deployCommand(), c.appsCommand(), c.workersCommand(), c.statusCommand(), c.queryCommand(), c.undeployCommand(),
		c.devCommand(), c.demoCommand(),
	)
	return root
}

func unknownCommand(root *cobra.Command, word string) error {
	root.SuggestionsMinimumDistance = 2
	text := fmt.Sprintf("there is no command %s", word)
	if near := root.SuggestionsFor(word); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return &usageError{errors.New(text + "; see millrace --help")}
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func (c *cli) json() bool { return c.format == "json" }

// printJSON prints v on one line.
func (c *cli) printJSON(v any) error { return json.NewEncoder(c.out).Encode(v) }

// table prints rows in columns; the first row is the title.
func (c *cli) table(rows [][]string) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// Colours of the terminal.
const (
	red   = "31"
	green = "32"
	amber = "33"
)

// colour returns text in a colour where the output is a terminal.
func (c *cli) colour(code, text string) string {
	if !c.colours {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// args makes cobra's complaint about arguments one about usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return &usageError{fmt.Errorf("%w; see millrace %s --help", err, cmd.Name())}
		}
		return nil
	}
}
