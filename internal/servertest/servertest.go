// Package servertest starts real database servers for tests, by the scripts in
// test/servers. A server is started once per test binary, when the first test asks
// for it, and stopped by Main. Where a server is not installed its tests are
// skipped with a line that says so; with CI=true they fail.
//
// It imports nothing of ours.
package servertest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// server is one kind of server; the package's tests share its one instance.
type server struct {
	script string
	url    string // of the data source, with %s for host:port

	mu      sync.Mutex
	tried   bool
	dir     string
	address string
	err     error
}

// The servers of this test binary: they must outlive the test that starts them.
var (
	postgres = &server{script: "postgres.sh", url: "jdbc:postgresql://%s/postgres?user=postgres&sslmode=disable"}
	mariaDB  = &server{script: "mariadb.sh", url: "jdbc:mariadb://%s/test?user=test"}
)

// Postgres returns the JDBC URL of a PostgreSQL with the empty database postgres,
// which the tests of a binary share.
func Postgres(t testing.TB) string { return postgres.get(t) }

// MariaDB returns the JDBC URL of a MariaDB with the empty database test, which
// the tests of a binary share.
func MariaDB(t testing.TB) string { return mariaDB.get(t) }

// Main runs the tests of a package and then stops what they started. Call it
// from TestMain and exit with its result.
func Main(m *testing.M) int {
	code := m.Run()
	for _, s := range []*server{postgres, mariaDB} {
		if err := s.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "servertest:", err)
			code = max(code, 1)
		}
	}
	return code
}

// errMissing means that the server's programs are not installed.
var errMissing = errors.New("not installed")

func (s *server) get(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		s.err = s.start()
	}
	if errors.Is(s.err, errMissing) && os.Getenv("CI") != "true" {
		t.Skipf("SKIPPED, NOT TESTED: %v", s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return fmt.Sprintf(s.url, s.address)
}

func (s *server) start() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	// Not t.TempDir: the server's own user must be able to enter it.
	if s.dir, err = os.MkdirTemp("", "servertest-"); err != nil {
		return err
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	if err := s.run("start", filepath.Join(s.dir, "server"), port); err != nil {
		return err
	}
	s.address = net.JoinHostPort("127.0.0.1", port)
	return nil
}

func (s *server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		return nil
	}
	var err error
	if s.address != "" {
		err = s.run("stop", filepath.Join(s.dir, "server"))
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// notInstalled is the exit status of a script whose server is missing.
const notInstalled = 3

func (s *server) run(args ...string) error {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return errors.New("the place of the scripts is unknown")
	}
	script := filepath.Join(filepath.Dir(file), "..", "..", "test", "servers", s.script)
	cmd := exec.Command(script, args...)
	// A file, not a pipe: the server inherits it and would keep a pipe open.
	out, err := os.CreateTemp("", "servertest-*.log")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(out.Name()) // best effort: it only explains err
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == notInstalled {
		err = errMissing
	}
	return fmt.Errorf("%s %s: %w: %s", s.script, strings.Join(args, " "), err, bytes.TrimSpace(said))
}

// freePort returns a port that was free a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
