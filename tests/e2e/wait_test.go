package e2e

import (
	"net"
	"sync"
	"testing"
	"time"

	"godeploy/box"
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

// heldPorts keeps the ports that were given out until the program ends.
var heldPorts struct {
	sync.Mutex
	sockets []net.Listener
}

// freePort is a port that nobody listens on, and that no test has been given before.
func freePort(t *testing.T) int {
	t.Helper()
	port, held, err := box.HoldPort()
	if err != nil {
		t.Fatal(err)
	}
	heldPorts.Lock()
	defer heldPorts.Unlock()
	heldPorts.sockets = append(heldPorts.sockets, held)
	return port
}
