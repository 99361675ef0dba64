package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"millrace/internal/api"
	"millrace/internal/managerapi"
)

func (c *cli) queryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "query APP QUERY",
		Short: "Ask an app's tables and windows, or change its tables",
		Long: "Ask an app an on-demand query, as in\n\n" +
			"  millrace query Shop 'from Stock on amount < 10 select item, amount order by amount'\n" +
			"  millrace query Shop \"update Stock set Stock.amount = 0 on Stock.item == 'nut'\"\n\n" +
			"APP is the name of an app, or of a part of one. --manager may also be the URL of a worker without managers.",
		Args: args(cobra.ExactArgs(2)),
		RunE: c.withManager(func(ctx context.Context, m *managerapi.Client, given []string) error {
			r, err := m.Query(ctx, api.Query{AppName: given[0], Query: given[1], Details: true})
			if err != nil {
				return c.refused("query", err)
			}
			return c.printRecords(r)
		}),
	}
}

// printRecords prints the rows of an answer.
func (c *cli) printRecords(r api.Records) error {
	if c.json() {
		return c.printJSON(r)
	}
	title := make([]string, len(r.Details))
	for i, d := range r.Details {
		title[i] = strings.ToUpper(d.Name)
	}
	rows := [][]string{title}
	for _, record := range r.Records {
		cells := make([]string, len(record))
		for i, v := range record {
			cells[i] = cell(v)
		}
		rows = append(rows, cells)
	}
	if len(r.Records) == 0 {
		fmt.Fprintln(c.out, "no rows")
		return nil
	}
	return c.table(rows)
}

// cell shows a value on one line.
func cell(v any) string {
	if v == nil {
		return "null"
	}
	return strings.NewReplacer("\t", `\t`, "\n", `\n`).Replace(fmt.Sprint(v))
}
