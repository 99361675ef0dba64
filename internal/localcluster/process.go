package localcluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Node is a manager or worker process.
type Node struct {
	ID  string
	URL string // of its REST API
	Dir string // has deployment.yaml and log.txt

	program string
	command *exec.Cmd
	ended   chan struct{} // closed when the process has ended
	err     error         // valid then
}

// Log is the path of the node's log.
func (n *Node) Log() string { return filepath.Join(n.Dir, "log.txt") }

// start starts the process, anew after it has ended.
func (n *Node) start() error {
	log, err := os.OpenFile(n.Log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	command := exec.Command(n.program, "-config", filepath.Join(n.Dir, "deployment.yaml"))
	command.Dir, command.Stdout, command.Stderr = n.Dir, log, log
	command.SysProcAttr = childAttributes()
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		// The kernel takes the end of the thread that made a child for the end of its
		// parent: this one stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			n.err = command.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", n.ID, err)
	}
	n.command, n.ended = command, ended
	return nil
}

// Restart starts the node again after it has ended.
func (n *Node) Restart() error {
	if n.Running() {
		return fmt.Errorf("%s runs", n.ID)
	}
	return n.start()
}

// Running says whether the process has not ended.
func (n *Node) Running() bool {
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// Ended is closed when the process has ended.
func (n *Node) Ended() <-chan struct{} { return n.ended }

// Kill ends the process without a chance to do anything, and waits for its end.
func (n *Node) Kill() {
	_ = n.command.Process.Kill() // an error says that it has ended
	<-n.ended
}

// Suspend stops the process where it is, as a machine that hangs; Resume has it go on.
func (n *Node) Suspend() error { return n.command.Process.Signal(suspendSignal) }

// Resume has a suspended process go on.
func (n *Node) Resume() error { return n.command.Process.Signal(resumeSignal) }

// ask has the process end in order. It must not be called twice: the second
// signal ends a node at once.
func (n *Node) ask() { _ = n.command.Process.Signal(syscall.SIGTERM) } // an error says that it has ended

// Stop has the process end in order and waits for that; after limit it kills it
// and returns an error.
func (n *Node) Stop(limit time.Duration) error {
	n.ask()
	return n.await(limit)
}

func (n *Node) await(limit time.Duration) error {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-n.ended:
	case <-t.C:
		n.Kill()
		return fmt.Errorf("%s did not stop in %v and was killed; its log is %s", n.ID, limit, n.Log())
	}
	if n.err != nil {
		return n.Failure()
	}
	return nil
}

// Failure says how a process that has ended did, with the last it logged.
func (n *Node) Failure() error {
	why := "it ended without an error"
	if n.err != nil {
		why = n.err.Error()
	}
	return fmt.Errorf("%s has stopped: %s; the end of %s:\n%s", n.ID, why, n.Log(), n.LastLines(12))
}

// LastLines returns the last lines of the log, indented.
func (n *Node) LastLines(count int) string {
	text, err := os.ReadFile(n.Log())
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-count):], "\n    ")
}
