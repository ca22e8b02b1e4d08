package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	held        = fields{"gate": "held"}
	maintenance = fields{"gate": "maintenance"}
)

// Held is what waits, and has waited, at the gate.
func (proxy *Proxy) Held() heldStats {
	proxy.t.Helper()
	return proxy.Ask(fields{"do": "stats", "app": "shop"}).Held
}

func (proxy *Proxy) waitForHeld(count int) {
	proxy.t.Helper()
	waitFor(proxy.t, 20*time.Second, fmt.Sprintf("%d requests at the gate", count), func() bool {
		return proxy.Held().Waiting == count
	})
}

// ask sends a request on a connection of its own and returns before there is an answer.
func (proxy *Proxy) ask(request string) net.Conn {
	proxy.t.Helper()
	conn := proxy.dial()
	if _, err := io.WriteString(conn, request); err != nil {
		proxy.t.Fatal(err)
	}
	return conn
}

func expectAnswer(t *testing.T, conn net.Conn, status int, body string) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status || !strings.Contains(string(got), body) {
		t.Fatalf("expected %d with %q, got %d with %q, %v", status, body, response.StatusCode, got, err)
	}
	return response
}

const getRoot = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func TestGateHoldsRequestsUntilItOpensAndSendsThemToWhoServesThen(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue", held) // nobody serves: this is what an exclusive deployment looks like
	get := proxy.ask(getRoot)
	post := proxy.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
	proxy.waitForHeld(2)
	io.WriteString(post, "llo")
	body := make(chan string, 2)
	proxy.Serve("green", func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		body <- string(got)
		io.WriteString(w, "green")
	})
	proxy.Flip("green")
	expectAnswer(t, get, 200, "green")
	expectAnswer(t, post, 200, "green")
	if first, second := <-body, <-body; first+second != "hello" {
		t.Errorf("the release got %q and %q", first, second)
	}
	if got := proxy.Held(); got != (heldStats{Held: 2}) {
		t.Errorf("%+v", got)
	}
	if stats := proxy.Stats("blue"); stats.Requests != 0 || stats.Failed != 0 {
		t.Errorf("blue: %+v", stats)
	}
}

func TestGateLetsRequestsThroughInTheirOrder(t *testing.T) {
	proxy := newProxy(t)
	listener := proxy.listen("blue")
	proxy.Flip("blue", held)
	const count = 12
	var conns []net.Conn
	for i := 0; i < count; i++ {
		conns = append(conns, proxy.ask(fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i)))
		proxy.waitForHeld(i + 1)
	}
	proxy.Flip("blue")
	for i := 0; i < count; i++ { // a listener accepts in the order in which the proxy connected
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil || request.URL.Path != fmt.Sprintf("/%d", i) {
			t.Fatalf("request %d: %v, %v", i, request, err)
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nblue")
		expectAnswer(t, conns[i], 200, "blue")
	}
}

func TestGateKeepsToTheBoundsOfItsRoute(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue", held, fields{"hold": fields{"requests": 2, "bytes": 200}})
	first := proxy.ask(getRoot)
	second := proxy.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	proxy.waitForHeld(2)
	third := expectAnswer(t, proxy.ask(getRoot), 503, "too many requests wait")
	if third.Header.Get("Retry-After") == "" {
		t.Errorf("no Retry-After: %v", third.Header)
	}
	io.WriteString(second, strings.Repeat("x", 200))
	expectAnswer(t, second, 503, "too much waits")
	if got := proxy.Held(); got != (heldStats{Waiting: 1, Held: 2, Refused: 2}) {
		t.Errorf("%+v", got)
	}
	proxy.Flip("blue")
	expectAnswer(t, first, 200, "blue")
}

func TestGateHoldsNobodyLongerThanItsRouteAllows(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue", held, fields{"hold": fields{"ms": 50}})
	answer := expectAnswer(t, proxy.ask(getRoot), 503, "held for too long")
	if answer.Header.Get("Retry-After") == "" {
		t.Errorf("no Retry-After: %v", answer.Header)
	}
	if got := proxy.Held(); got != (heldStats{Held: 1, TimedOut: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestGateForgetsClientsThatLeave(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue", held)
	leaver, stayer := proxy.ask(getRoot), proxy.ask(getRoot)
	proxy.waitForHeld(2)
	leaver.Close()
	proxy.waitForHeld(1)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	expectAnswer(t, stayer, 200, "blue")
	if stats := proxy.Stats("blue"); stats.Requests != 1 {
		t.Errorf("the release was asked %d times", stats.Requests)
	}
	if got := proxy.Held(); got != (heldStats{Held: 2, Left: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestGateAnswersTheHealthPathAndLetsTheProofPass(t *testing.T) {
	for _, gate := range []fields{held, maintenance} {
		t.Run(gate["gate"].(string), func(t *testing.T) {
			proxy := newProxy(t)
			proxy.Serve("blue", nil)
			proxy.Flip("blue", gate, fields{"health_path": "/up"})
			conn := proxy.ask("GET /up HTTP/1.1\r\nHost: x\r\n\r\n")
			expectAnswer(t, conn, 200, gate["gate"].(string))
			io.WriteString(conn, "HEAD /up?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if rest, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(rest), "HTTP/1.1 200 ") ||
				!strings.HasSuffix(string(rest), "\r\n\r\n") {
				t.Errorf("HEAD: %q, %v", rest, err)
			}
			if stats := proxy.Stats("blue"); stats.Requests != 0 {
				t.Errorf("the release was asked: %+v", stats)
			}
			proof := proxy.ask("GET / HTTP/1.1\r\nHost: x\r\nGodeploy-Proof: SECRET\r\n\r\n")
			answer := expectAnswer(t, proof, 200, "blue")
			if answer.Header.Get("Godeploy-Slot") != "blue" {
				t.Errorf("%v", answer.Header)
			}
			proxy.Flip("blue", fields{"health_path": "/up"})
			expectAnswer(t, proxy.ask("GET /up HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "blue")
		})
	}
}

func TestGateInMaintenanceShowsTheOperatorsPage(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	page := filepath.Join(proxy.Dir, "page.html")
	if err := os.WriteFile(page, []byte("<h1>Gleich zurück</h1>"), 0o644); err != nil {
		t.Fatal(err)
	}
	proxy.Flip("blue", held)
	waiting := proxy.ask(getRoot)
	proxy.waitForHeld(1)
	proxy.Flip("blue", maintenance, fields{"page": page})
	os.Remove(page) // it was read when it was set
	answer := expectAnswer(t, waiting, 503, "<h1>Gleich zurück</h1>")
	if answer.Header.Get("Retry-After") == "" || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v", answer.Header)
	}
	killWorker(t, proxy) // the next one shows it too
	expectAnswer(t, proxy.ask(getRoot), 503, "<h1>Gleich zurück</h1>")
	proxy.Flip("blue", maintenance)
	expectAnswer(t, proxy.ask(getRoot), 503, "in maintenance")
	proxy.Flip("blue")
	expectAnswer(t, proxy.ask(getRoot), 200, "blue")
}

func killWorker(t *testing.T, proxy *Proxy) {
	t.Helper()
	before := proxy.Status()
	process, err := os.FindProcess(before.Workers[0].PID)
	if err != nil {
		t.Fatal(err)
	}
	process.Kill()
	waitFor(t, 20*time.Second, "another worker", func() bool {
		now := proxy.Status()
		return len(now.Workers) == 1 && now.Workers[0].PID != before.Workers[0].PID
	})
}

func TestGateRefusesAPageThatCannotBeShown(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	write := func(name string, content []byte) string {
		path := filepath.Join(proxy.Dir, name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, page := range []string{
		filepath.Join(proxy.Dir, "missing.html"),
		proxy.Dir, // a folder
		write("empty.html", nil),
		write("latin1.html", []byte("zur\xfcck")),
		write("nul.html", []byte("a\x00b")),
		write("large.html", make([]byte, 1<<20+1)),
	} {
		answer := proxy.Ask(fields{"do": "route.set",
			"route": proxy.route("blue", fields{"gate": "maintenance", "page": page})})
		if answer.OK || answer.Code != "usage" || !strings.Contains(answer.Error, "page") {
			t.Errorf("%s: %+v", page, answer)
		}
	}
	expectAnswer(t, proxy.ask(getRoot), 200, "blue")
}

// expectReset wants a connection to end as none does that was served; the reset may come before the
// system has said that there is a connection.
func (proxy *Proxy) expectReset() {
	proxy.t.Helper()
	conn, err := net.Dial("tcp", proxy.Address())
	if err == nil {
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = io.ReadAll(conn)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		proxy.t.Errorf("expected a reset, got %v", err)
	}
}

func TestGateHoldsConnectionsInTCPMode(t *testing.T) {
	proxy := newProxy(t)
	tcp := fields{"mode": "tcp"}
	proxy.Flip("blue", tcp, held, fields{"hold": fields{"requests": 1}})
	waiting := proxy.ask("hello")
	proxy.waitForHeld(1)
	proxy.expectReset()
	proxy.ServeRaw("green", func(conn net.Conn) { io.Copy(conn, conn) })
	proxy.Flip("green", tcp)
	expectRead(t, waiting, "hello")
	proxy.Flip("green", tcp, maintenance)
	proxy.expectReset()
	if got := proxy.Held(); got != (heldStats{Held: 1, Refused: 1, TurnedAway: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestGateRefusesWhoWaitsWhenItsRouteOrItsProxyGoes(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue", held)
	first := proxy.ask(getRoot)
	proxy.waitForHeld(1)
	proxy.Ask(fields{"do": "route.remove", "app": "shop"})
	expectAnswer(t, first, 503, "no release serves here")
	proxy.Flip("blue", held)
	second := proxy.ask(getRoot)
	proxy.waitForHeld(1)
	proxy.Ask(fields{"do": "stop"})
	expectAnswer(t, second, 503, "in maintenance")
}

func TestGateLosesNothingUnderLoadWhenItShutsAndOpens(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startProxyLoad(proxy)
	for i := 0; i < 6; i++ {
		load.waitForMore(t, 30)
		proxy.Flip("blue", held)
		waitFor(t, 20*time.Second, "requests at the gate", func() bool { return proxy.Held().Waiting > 0 })
		waitFor(t, 20*time.Second, "nothing in flight", func() bool { return proxy.Stats("blue").InFlight == 0 })
		proxy.Flip([]string{"green", "blue"}[i%2])
		proxy.Flip("blue")
	}
	load.end(t)
	if load.failed > 0 {
		t.Errorf("%d failed: %v", load.failed, load.first)
	}
}
