// Package kafkatest gives tests a real Kafka broker, run from its jars by
// test/servers/kafka.sh. It imports nothing of ours.
package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	fetchLimit = 10 * time.Minute // the first time, over a slow line
	startLimit = 90 * time.Second
	pollPeriod = 50 * time.Millisecond
)

// errMissing means that this machine cannot run a broker.
var errMissing = errors.New("cannot run Kafka")

// shared starts the one broker of this test binary. It needs no stop: it holds
// the other end of a pipe and ends when this process does.
var shared = sync.OnceValues(start)

// Start returns the address of a broker that all tests of this binary share;
// use topics of your own. Where Java or Maven is missing the test is skipped,
// but fails if CI=true.
func Start(t testing.TB) (bootstrap string) {
	t.Helper()
	bootstrap, err := shared()
	switch {
	case errors.Is(err, errMissing) && os.Getenv("CI") != "true":
		t.Skipf("KAFKA IS NOT TESTED HERE: %v", err)
	case err != nil:
		t.Fatalf("start Kafka: %v", err)
	}
	return bootstrap
}

func start() (string, error) {
	script, err := findScript()
	if err != nil {
		return "", err
	}
	for _, program := range []string{"bash", "java", "mvn", "flock"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%w: %s is not installed", errMissing, program)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	if out, err := exec.CommandContext(ctx, script, "fetch").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: fetch its jars: %v\n%s", errMissing, err, out)
	}
	// Another process may take the port between our look and the broker's.
	for range 3 {
		var address string
		if address, err = run(script); err == nil {
			return address, nil
		}
	}
	return "", err
}

// run starts a broker on free ports and waits until it answers.
func run(script string) (string, error) {
	port, err := freePorts()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "kafkatest")
	if err != nil {
		return "", err
	}
	log, err := os.CreateTemp("", "kafkatest-*.log")
	if err != nil {
		return "", err
	}
	defer log.Close()
	defer os.Remove(log.Name())

	broker := exec.Command(script, "run", dir, strconv.Itoa(port))
	broker.Stdout, broker.Stderr = log, log
	life, err := broker.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := broker.Start(); err != nil {
		return "", err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if err := ready(ctx, address); err != nil {
		life.Close()
		waitErr := broker.Wait()
		said, _ := os.ReadFile(log.Name())
		return "", fmt.Errorf("%w (script: %v); it said:\n%s", err, waitErr, said)
	}
	keep = append(keep, life)
	return address, nil
}

// keep holds the pipe of the broker: the garbage collector would close it, and
// the broker would end.
var keep []io.Closer

// ready waits until the broker at address names a controller.
func ready(ctx context.Context, address string) error {
	tick := time.NewTicker(pollPeriod)
	defer tick.Stop()
	for {
		conn, err := kafka.DialContext(ctx, "tcp", address)
		if err == nil {
			_, err = conn.Controller()
			conn.Close()
			if err == nil {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("no answer from %s within %v: %w", address, startLimit, err)
		}
	}
}

// freePorts returns a port that is free now together with the one after it.
func freePorts() (int, error) {
	for range 50 {
		first, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1)))
		first.Close()
		if err == nil {
			second.Close()
			return port, nil
		}
	}
	return 0, errors.New("no two neighbouring ports are free")
}

// findScript looks for test/servers/kafka.sh from the test's folder upwards.
func findScript() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		script := filepath.Join(dir, "test", "servers", "kafka.sh")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("test/servers/kafka.sh is not above the folder of the test")
		}
	}
	return "", err
}
