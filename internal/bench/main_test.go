package bench

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// peerVariable makes the test binary behave as a peer: see fakePeer.
const peerVariable = "MILLRACE_BENCH_TEST_PEER"

func TestMain(m *testing.M) {
	if behaviour := os.Getenv(peerVariable); behaviour != "" {
		os.Exit(fakePeer(behaviour, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}
