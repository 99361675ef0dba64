package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/suggest"
)

func (c *cli) extensionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "extensions [NAME]",
		Short: "List the functions, aggregators and windows that apps can call, or explain one",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, names []string) error {
			if len(names) == 1 {
				return c.explainExtension(names[0])
			}
			return c.listExtensions()
		},
	}
}

// extensionInfo is a declaration as `extensions -o json` prints it.
type extensionInfo struct {
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Overloads []string `json:"overloads"`
	Summary   string   `json:"summary"`
	Example   string   `json:"example,omitempty"`
}

func infoOf(d *extension.Declaration) extensionInfo {
	info := extensionInfo{Kind: d.Kind.String(), Name: d.FullName(), Overloads: []string{}, Summary: d.Summary, Example: d.Example}
	for _, params := range d.Overloads {
		info.Overloads = append(info.Overloads, signature(d, params))
	}
	return info
}

// signature writes an overload as name(<int|long> a, ...).
func signature(d *extension.Declaration, params []extension.Param) string {
	parts := make([]string, 0, len(params)+1)
	for _, p := range params {
		types := make([]string, len(p.Types))
		for i, t := range p.Types {
			types[i] = t.String()
		}
		text := "<" + strings.Join(types, "|") + "> " + p.Name
		if p.Constant {
			text = "constant " + text
		}
		parts = append(parts, text)
		if p.Repeat {
			parts = append(parts, "...")
		}
		if p.Default != nil {
			parts[len(parts)-1] = "[" + text + "]"
		}
	}
	return d.FullName() + "(" + strings.Join(parts, ", ") + ")"
}

func allExtensions() []*extension.Declaration {
	r := siddhi.Builtin()
	var all []*extension.Declaration
	for _, kind := range extension.Kinds {
		all = append(all, r.All(kind)...)
	}
	return all
}

func (c *cli) listExtensions() error {
	rows := [][]string{{"KIND", "NAME", "WHAT IT DOES"}}
	var infos []extensionInfo
	for _, d := range allExtensions() {
		rows = append(rows, []string{d.Kind.String(), d.FullName(), d.Summary})
		infos = append(infos, infoOf(d))
	}
	if c.json() {
		return c.printJSON(infos)
	}
	return c.table(rows)
}

func (c *cli) explainExtension(name string) error {
	var names []string
	found := false
	for _, d := range allExtensions() {
		names = append(names, d.FullName())
		if incremental := d.Kind == extension.IncrementalAggregator && d.Name == name; d.FullName() != name && !incremental {
			continue
		}
		found = true
		info := infoOf(d)
		if c.json() {
			if err := c.printJSON(info); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(c.out, "%s %s: %s\n\n", info.Kind, info.Name, info.Summary)
		for _, o := range info.Overloads {
			fmt.Fprintf(c.out, "    %s\n", o)
		}
		if info.Example != "" {
			fmt.Fprintf(c.out, "\n    %s\n", strings.ReplaceAll(info.Example, "\n", "\n    "))
		}
	}
	if found {
		return nil
	}
	if near, ok := suggest.Closest(name, names); ok {
		return fmt.Errorf("there is no extension called %s; did you mean %s?", name, near)
	}
	return fmt.Errorf("there is no extension called %s; `millrace extensions` lists them", name)
}
