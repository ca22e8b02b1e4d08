package e2e

import (
	"fmt"
	"math/rand"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// waitFor looks until the condition is true, or ends the test.
func waitFor(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if condition() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// Ports are taken from below the range that the system gives to outgoing connections: else some
// client's own port could be the one that a release is to listen on.
const (
	firstPort = 12000
	lastPort  = 31999
)

// heldPorts keeps one socket per port that was given out, under a name that every test program knows
// (an abstract one: it ends with its process), so that tests running at once do not share ports.
var heldPorts struct {
	sync.Mutex
	sockets []net.Listener
}

// freePort is a port that nobody listens on, and that no test has been given before.
func freePort(t *testing.T) int {
	t.Helper()
	heldPorts.Lock()
	defer heldPorts.Unlock()
	for try := 0; try < 1000; try++ {
		port := firstPort + portChoice.Intn(lastPort-firstPort)
		held, err := net.Listen("unix", fmt.Sprintf("@godeploy-e2e-port-%d", port))
		if err != nil {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			held.Close()
			continue
		}
		listener.Close()
		heldPorts.sockets = append(heldPorts.sockets, held)
		return port
	}
	t.Fatal("no port is free")
	return 0
}

var portChoice = rand.New(rand.NewSource(time.Now().UnixNano() + int64(os.Getpid())))
