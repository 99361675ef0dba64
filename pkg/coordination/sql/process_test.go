package sql_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/internal/database"
	"millrace/pkg/coordination"
	coordinationsql "millrace/pkg/coordination/sql"
)

// The test binary runs itself as a node of the group when these are set.
const (
	processURL  = "COORDINATION_TEST_URL"
	processNode = "COORDINATION_TEST_NODE"
)

// runProcess is one node until its standard input ends. It prints a line when it
// begins and when it ends to lead.
func runProcess(url, node string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := beNode(ctx, url, node); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

func beNode(ctx context.Context, url, id string) error {
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := coordinationsql.New(ctx, db)
	if err != nil {
		return err
	}
	node, err := coordination.New(store, coordination.Options{
		Group: "g", NodeID: coordination.NodeID(id), HeartbeatInterval: 300 * time.Millisecond, HeartbeatMaxRetry: 3,
		OnLead: func(ctx context.Context, epoch coordination.Epoch) error {
			fmt.Println("leads", epoch)
			<-ctx.Done()
			fmt.Println("ended", epoch)
			return nil
		},
	})
	if err != nil {
		return err
	}
	return node.Run(ctx)
}

// process is a child that is a node, with the lines it prints.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines chan string
}

func startProcess(t *testing.T, url, node string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), processURL+"="+url, processNode+"="+node)
	cmd.Stderr = io.Discard
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, stdin: stdin, lines: make(chan string, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})
	return p
}

// awaitLead waits until the process leads and returns the epoch.
func (p *process) awaitLead(t *testing.T) int {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatal("the process ended without leading")
			}
			if epoch, found := strings.CutPrefix(line, "leads "); found {
				n, err := strconv.Atoi(epoch)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			if strings.HasPrefix(line, "error") {
				t.Fatal(line)
			}
		case <-deadline.C:
			t.Fatal("the process did not lead in time")
		}
	}
}

func TestKilledLeaderIsReplaced(t *testing.T) {
	url := sqliteURL(t)
	a := startProcess(t, url, "a")
	first := a.awaitLead(t)
	b := startProcess(t, url, "b")
	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	second := b.awaitLead(t)
	if second <= first {
		t.Errorf("epoch %d follows %d", second, first)
	}
	// A leader that is told to stop hands over without waiting for the expiry; a
	// third node with the id of the killed one may join then.
	c := startProcess(t, url, "a")
	if err := b.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if third := c.awaitLead(t); third <= second {
		t.Errorf("epoch %d follows %d", third, second)
	}
}

func TestSameIDInTwoProcessesIsRefused(t *testing.T) {
	url := sqliteURL(t)
	a := startProcess(t, url, "same")
	a.awaitLead(t)
	b := startProcess(t, url, "same")
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for {
		select {
		case line, ok := <-b.lines:
			if !ok {
				t.Fatal("the second process ended without saying why")
			}
			if strings.Contains(line, "same node id") {
				return
			}
			t.Logf("second process: %s", line)
		case line := <-a.lines:
			t.Fatalf("the first process was disturbed: %s", line)
		case <-deadline.C:
			t.Fatal("the second process was not refused in time")
		}
	}
}
