package demo

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

// process is a node of the cluster. Its output is in a file.
type process struct {
	id      string
	log     string
	command *exec.Cmd
	ended   chan struct{} // closed when it has ended
	err     error         // valid then
}

// startProcess starts a program in a directory of its own, to which it logs.
func startProcess(id, program, dir string, args ...string) (*process, error) {
	p := &process{id: id, log: filepath.Join(dir, "log.txt"), ended: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	p.command = exec.Command(program, args...)
	p.command.Dir, p.command.Stdout, p.command.Stderr = dir, log, log
	p.command.SysProcAttr = childAttributes()
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that made a child for the end of its
		// parent: this one stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			p.err = p.command.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", id, err)
	}
	return p, nil
}

// running says whether the process has not ended.
func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process without a chance to do anything, and waits for its end.
func (p *process) kill() {
	_ = p.command.Process.Kill() // an error says that it has ended
	<-p.ended
}

// ask has the process end in order; stop waits for it.
func (p *process) ask() { _ = p.command.Process.Signal(syscall.SIGTERM) }

// stop waits for the end of a process that has been asked to, and kills it when
// that takes too long.
func (p *process) stop(limit time.Duration) {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-p.ended:
	case <-t.C:
		p.kill()
	}
}

// failure says that the process ended by itself, with the last it logged.
func (p *process) failure() error {
	why := "it ended without an error"
	if p.err != nil {
		why = p.err.Error()
	}
	return fmt.Errorf("%s has stopped: %s; the end of %s:\n%s", p.id, why, p.log, lastLines(p.log, 12))
}

// lastLines returns the last n lines of a file, each indented.
func lastLines(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return "    " + strings.Join(lines, "\n    ")
}
