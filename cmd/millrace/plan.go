package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"millrace/pkg/scheduler/topology"
)

func (c *cli) planCommand() *cobra.Command {
	var transport, servers string
	var texts bool
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Show the partial apps that a cluster would split an app into, and the topics between them",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			text, err := c.readApp(files[0])
			if err != nil {
				return err
			}
			app, err := compileCheck(text)
			if err != nil {
				return c.wrongApp(files[0], err)
			}
			t, err := topology.SplitChecked(app, topology.Options{Transport: topology.Transport(transport), Servers: servers})
			if err != nil {
				return c.wrongApp(files[0], err)
			}
			return c.printPlan(t, texts)
		},
	}
	cmd.Flags().StringVar(&transport, "transport", string(topology.NATS), "message layer: nats or kafka")
	cmd.Flags().StringVar(&servers, "servers", "", "servers to write into the partial apps (default: those of the workers' configuration)")
	cmd.Flags().BoolVar(&texts, "text", false, "also print the partial apps")
	return cmd
}

func (c *cli) printPlan(t *topology.Topology, texts bool) error {
	if c.json() {
		return c.printJSON(t)
	}
	fmt.Fprint(c.out, t)
	if !texts {
		return nil
	}
	for _, p := range t.PartialApps {
		fmt.Fprintf(c.out, "\n-- %s\n%s\n", p.Name, strings.TrimSpace(p.Text))
	}
	return nil
}

// wrongApp prints what is wrong with an app, as check does.
func (c *cli) wrongApp(file string, failure error) error {
	if err := c.printCheck(file, nil, failure); err != nil {
		return err
	}
	return errReported
}
