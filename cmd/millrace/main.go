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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, newCLI(os.Stdin, os.Stdout, os.Stderr), os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the command of the arguments and returns the exit code.
func run(ctx context.Context, c *cli, arguments []string) int {
	root := c.command()
	root.SetArgs(arguments)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported), ctx.Err() != nil && errors.Is(err, context.Canceled):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintln(c.err, "millrace:", err)
		return 2
	}
	fmt.Fprintln(c.err, "millrace:", err)
	return 1
}
