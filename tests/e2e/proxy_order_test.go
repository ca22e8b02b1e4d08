package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A worker that was busy for a moment finds several messages at once: a table, a listener, and the
// table that needs the listener. It must take them in this order, or nobody accepts on that address.
func TestProxyWorkerThatWasBusyTakesEachListenerInItsTurn(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	status := proxy.Status()
	worker := status.Workers[0].PID
	if err := syscall.Kill(worker, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	answers := make(chan string, 2)
	for _, change := range []fields{
		{"release": "again"},
		{"app": "other", "listen": []string{fmt.Sprintf("127.0.0.1:%d", port)}},
	} {
		before := proxy.routesOnDisk()
		go func(change fields) {
			answer, err := proxy.try(fields{"do": "route.set", "route": proxy.route("blue", change)})
			answers <- fmt.Sprint(answer.Error, err)
		}(change)
		waitFor(t, 10*time.Second, "the parent has told the worker", func() bool {
			return proxy.routesOnDisk() != before
		})
	}
	if err := syscall.Kill(worker, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 2; i++ {
		if answer := <-answers; answer != "<nil>" {
			t.Fatal(answer)
		}
	}
	client := newClient()
	client.Timeout = 5 * time.Second
	if body, err := fetch(client, fmt.Sprintf("http://127.0.0.1:%d/", port)); body != "blue" {
		t.Errorf("%q, %v", body, err)
	}
}

// routesOnDisk is the table as the parent has saved it, which it does before it tells the workers.
func (proxy *Proxy) routesOnDisk() string {
	proxy.t.Helper()
	content, err := os.ReadFile(filepath.Join(proxy.Folder, "routes.json"))
	if err != nil {
		proxy.t.Fatal(err)
	}
	return string(content)
}
