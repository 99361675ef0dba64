package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
)

func (c *cli) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain FILE",
		Short: "Show the operators that an app is made into",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			text, err := c.readApp(files[0])
			if err != nil {
				return err
			}
			app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
			if err != nil {
				return c.wrongApp(files[0], err)
			}
			defer app.Close()
			return c.printOperators(app)
		},
	}
}

// explainedQuery is an element of `explain -o json`.
type explainedQuery struct {
	Query     string   `json:"query"`
	Partition string   `json:"partition,omitempty"`
	Operators []string `json:"operators"`
	Output    string   `json:"output"`
}

func (c *cli) printOperators(app *siddhi.App) error {
	var all []explainedQuery
	for _, q := range app.Plan().Queries {
		e := explainedQuery{Query: q.Def.Name, Operators: []string{}, Output: target(q.Def)}
		if q.Def.Partition != nil {
			e.Partition = q.Def.Partition.Name
		}
		for _, s := range q.Steps {
			e.Operators = append(e.Operators, s.Text)
		}
		all = append(all, e)
	}
	if c.json() {
		return c.printJSON(all)
	}
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprint(c.out, "query ", e.Query)
		if e.Partition != "" {
			fmt.Fprint(c.out, " in partition ", e.Partition)
		}
		fmt.Fprintln(c.out)
		for _, op := range e.Operators {
			fmt.Fprintln(c.out, "  "+op)
		}
		fmt.Fprintln(c.out, "  → "+e.Output)
	}
	return nil
}

func target(q *check.Query) string {
	if id, ok := ast.OutputTarget(q.AST.Output); ok {
		return id.String()
	}
	return "callbacks only"
}
