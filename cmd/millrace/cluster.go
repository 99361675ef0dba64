package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"millrace/internal/api"
	"millrace/internal/managerapi"
)

// callTimeout is how long a manager may take to answer.
const callTimeout = 30 * time.Second

// withManager calls do with a client of the manager.
func (c *cli) withManager(do func(context.Context, *managerapi.Client, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, given []string) error {
		client, err := managerapi.NewClient(c.manager, callTimeout)
		if err != nil {
			return &usageError{err}
		}
		defer client.Close()
		return do(cmd.Context(), client, given)
	}
}

func (c *cli) deployCommand() *cobra.Command {
	var update bool
	cmd := &cobra.Command{
		Use:   "deploy FILE",
		Short: "Give an app to the cluster",
		Args:  args(cobra.ExactArgs(1)),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, files []string) error {
			text, err := c.readRunnable(files[0])
			if err != nil {
				return err
			}
			deploy := m.Deploy
			if update {
				deploy = m.Update
			}
			d, err := deploy(ctx, text)
			if err != nil {
				return c.refused(files[0], err)
			}
			return c.printDeployed(d)
		}),
	}
	cmd.Flags().BoolVarP(&update, "update", "u", false, "replace the app if the cluster has one of that name")
	return cmd
}

func (c *cli) printDeployed(d managerapi.Deployed) error {
	if c.json() {
		return c.printJSON(d)
	}
	fmt.Fprintf(c.out, "%s (generation %d); see millrace status %s\n", d.Message, d.Generation, d.App)
	for _, n := range d.Notes {
		fmt.Fprintf(c.out, "%s: %s\n", c.colour(amber, "note"), n)
	}
	return nil
}

// refused prints the mistakes that the manager has found in an app, if it has.
func (c *cli) refused(file string, err error) error {
	var p *api.Problem
	if !errors.As(err, &p) || len(p.Mistakes) == 0 {
		return err
	}
	if c.json() {
		if err := c.printJSON(p); err != nil {
			return err
		}
		return errReported
	}
	fmt.Fprintf(c.out, "%s: %s\n%s\n", file, c.colour(red, "wrong"), p.Detail)
	return errReported
}

func (c *cli) undeployCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "undeploy NAME",
		Short: "Remove an app from the cluster",
		Args:  args(cobra.ExactArgs(1)),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, names []string) error {
			if err := m.Undeploy(ctx, names[0]); err != nil {
				return err
			}
			if c.json() {
				return c.printJSON(map[string]string{"type": "success", "app": names[0]})
			}
			fmt.Fprintf(c.out, "app %s is undeployed\n", names[0])
			return nil
		}),
	}
}

func (c *cli) appsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "apps",
		Short: "List the cluster's apps",
		Args:  args(cobra.NoArgs),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, _ []string) error {
			apps, err := m.Apps(ctx)
			var none *api.Problem
			if errors.As(err, &none) && none.Status == http.StatusNotFound {
				apps, err = []managerapi.AppSummary{}, nil // WSO2 SP's answer when there are none
			}
			if err != nil {
				return err
			}
			if c.json() {
				return c.printJSON(apps)
			}
			rows := [][]string{{"APP", "STATE", "PARTS", "GENERATION", "REASON"}}
			for _, a := range apps {
				rows = append(rows, []string{a.AppName, a.State, fmt.Sprintf("%d/%d", a.ActiveParts, a.Parts), strconv.FormatInt(a.Generation, 10), a.Reason})
			}
			return c.table(rows)
		}),
	}
}

func (c *cli) workersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "workers",
		Short: "List the cluster's workers with their parts",
		Args:  args(cobra.NoArgs),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, _ []string) error {
			workers, err := m.Workers(ctx)
			if err != nil {
				return err
			}
			if c.json() {
				return c.printJSON(workers)
			}
			rows := [][]string{{"WORKER", "ADDRESS", "KIND", "STATE", "PARTS"}}
			for _, w := range workers {
				kind := "worker"
				if w.IsReceiver {
					kind = "receiver"
				}
				address := api.Interface{Host: w.Host, Port: w.Port}
				rows = append(rows, []string{w.ID, address.String(), kind, w.State, strings.Join(w.Parts, " ")})
			}
			return c.table(rows)
		}),
	}
}

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status NAME",
		Short: "Show how an app and its parts do",
		Args:  args(cobra.ExactArgs(1)),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, names []string) error {
			s, err := m.Status(ctx, names[0])
			if err != nil {
				return err
			}
			if c.json() {
				return c.printJSON(s)
			}
			return c.printStatus(s)
		}),
	}
}

func (c *cli) printStatus(s managerapi.AppStatus) error {
	code := amber
	if s.Status == "active" {
		code = green
	}
	fmt.Fprintf(c.out, "app %s: %s, generation %d", s.AppName, c.colour(code, s.State), s.Generation)
	if s.Reason != "" {
		fmt.Fprintf(c.out, ": %s", s.Reason)
	}
	fmt.Fprintln(c.out)
	rows := [][]string{{"PART", "WORKER", "STATE", "ROWS IN", "ROWS OUT", "ERRORS", "REASON"}}
	for _, p := range s.PartialApps {
		in, out, errs := "", "", ""
		if r := p.Report; r != nil {
			in, out, errs = strconv.FormatInt(r.RowsIn, 10), strconv.FormatInt(r.RowsOut, 10), strconv.FormatInt(r.Errors, 10)
		}
		rows = append(rows, []string{p.Name, p.Worker, p.State, in, out, errs, p.Reason})
	}
	return c.table(rows)
}
