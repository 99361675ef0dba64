// Command millrace is what people work with: it checks, plans and runs apps, talks
// to a cluster's manager, starts a cluster on this machine, and measures the engine.
//
// Exit codes: 0 done; 1 it failed or an app is wrong; 2 it was called wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := newCLI(os.Stdin, os.Stdout, os.Stderr)
	err := c.command().ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "millrace:", err)
		return 2
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return 1
	}
	fmt.Fprintln(os.Stderr, "millrace:", err)
	return 1
}
