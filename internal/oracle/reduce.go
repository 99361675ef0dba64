package main

import (
	"context"
	"fmt"
	"math"

	"millrace/internal/randomapp"
)

// A round tries so many variants of each app: a run of the oracle takes seconds
// to start and milliseconds a variant.
const variants = 24

// reduce makes the apps smaller as long as they differ in the same way, all of
// them together in rounds.
func (c *comparison) reduce(ctx context.Context, all []*finding) error {
	open := all
	for round := 0; round < c.rounds && len(open) > 0 && ctx.Err() == nil; round++ {
		var tries []*randomapp.App
		var of []*finding
		for _, f := range open {
			for _, v := range f.variants() {
				tries, of = append(tries, v), append(of, f)
			}
		}
		if len(tries) == 0 {
			return nil
		}
		fmt.Printf("round %d: %d apps, %d variants\n", round+1, len(open), len(tries))
		results, err := c.compare(ctx, tries, "")
		if ctx.Err() != nil {
			return nil // what is small so far is of use
		}
		if err != nil {
			return err
		}
		better := map[*finding]*finding{}
		for i, r := range results {
			f := of[i]
			if r.kind == f.kind && (better[f] == nil || size(r.app) < size(better[f].app)) {
				better[f] = r
			}
		}
		var still []*finding
		for _, f := range open {
			if b := better[f]; b != nil {
				f.app, f.recording, f.differences, f.source, f.at = b.app, b.recording, b.differences, b.source, b.at
				still = append(still, f)
			} else if f.untried() {
				still = append(still, f)
			}
		}
		open = still
	}
	return nil
}

// size is what reduction makes smaller.
func size(a *randomapp.App) int {
	n := len(a.Text)
	for _, s := range a.Steps {
		n += 20 + 20*len(s.Rows)
	}
	return n
}

// variants returns the next smaller apps to try that the engine accepts.
func (f *finding) variants() []*randomapp.App {
	if f.tried == nil {
		f.tried = map[string]bool{}
	}
	var all []*randomapp.App
	for _, v := range append(f.focused(), randomapp.Smaller(f.app)...) {
		file, err := v.File()
		if err != nil || len(v.Steps) == 0 || f.tried[string(file)] {
			continue
		}
		f.tried[string(file)] = true
		if f.kind == "app" || valid(v.Text) {
			all = append(all, v)
		}
		if len(all) == variants {
			break
		}
	}
	return all
}

// focused returns the app with only what the first difference depends on.
func (f *finding) focused() []*randomapp.App {
	if f.kind != "rows" {
		return nil
	}
	return []*randomapp.App{
		randomapp.Focus(f.app, f.source, f.at),
		randomapp.Focus(f.app, f.source, math.MaxInt64),
	}
}

// untried says whether there are variants left that no round has had.
func (f *finding) untried() bool {
	for _, v := range randomapp.Smaller(f.app) {
		if file, err := v.File(); err == nil && !f.tried[string(file)] {
			return true
		}
	}
	return false
}
