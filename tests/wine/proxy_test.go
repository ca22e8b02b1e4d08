package wine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Proxy is godeploy-proxy.exe, with two slots that Linux servers answer for.
type Proxy struct {
	t       *testing.T
	host    *Windows
	Folder  string
	Port    int
	slots   map[string]string
	asker   *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
}

type fields = map[string]interface{}

type answer struct {
	OK       bool   `json:"ok"`
	Code     string `json:"code"`
	Error    string `json:"error"`
	PID      int    `json:"pid"`
	Restarts int    `json:"worker_restarts"`
	Workers  []struct {
		PID     int  `json:"pid"`
		Leaving bool `json:"leaving"`
	} `json:"workers"`
	Routes []struct {
		Active string `json:"active"`
	} `json:"routes"`
}

func newProxy(t *testing.T) *Proxy {
	t.Helper()
	host := newWindows(t)
	proxy := &Proxy{t: t, host: host, Folder: filepath.Join(host.Dir, "proxy"), Port: freePort(t)}
	t.Cleanup(proxy.showLog)
	proxy.slots = map[string]string{"blue": proxy.serve("blue"), "green": proxy.serve("green")}
	proxy.start()
	proxy.startAsking()
	waitFor(t, 60*time.Second, "an answer of the proxy", func() bool {
		return proxy.question(fields{"do": "status"}).OK
	})
	return proxy
}

func (proxy *Proxy) showLog() {
	log, _ := os.ReadFile(filepath.Join(proxy.Folder, "proxy.log"))
	if proxy.t.Failed() {
		proxy.t.Logf("proxy.log:\n%s", log)
	}
}

// serve has a slot say its name, to HTTP clients and, after a line, to others.
func (proxy *Proxy) serve(slot string) string {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", freePort(proxy.t)))
	if err != nil {
		proxy.t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, slot)
	})}
	go server.Serve(listener)
	proxy.t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

func (proxy *Proxy) start() {
	cmd := proxy.host.command(program(proxy.t, "godeploy-proxy"), "--folder", path(proxy.Folder))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		proxy.t.Fatal(err)
	}
	go cmd.Wait()
}

// startAsking starts the client of the control pipe (ask.c): a line in, a line out.
func (proxy *Proxy) startAsking() {
	var err error
	cmd := proxy.host.command(program(proxy.t, "ask"), path(filepath.Join(proxy.Folder, "control.sock")))
	if proxy.ask, err = cmd.StdinPipe(); err != nil {
		proxy.t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		proxy.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		proxy.t.Fatal(err)
	}
	proxy.answers = bufio.NewReader(output)
	proxy.t.Cleanup(func() {
		proxy.ask.Close()
		cmd.Wait()
	})
}

func (proxy *Proxy) question(question fields) answer {
	proxy.t.Helper()
	var heard answer
	line, _ := json.Marshal(question)
	if _, err := proxy.ask.Write(append(line, '\n')); err != nil {
		proxy.t.Fatal(err)
	}
	text, err := proxy.answers.ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(text), &heard)
	}
	if err != nil {
		proxy.t.Fatalf("%s: %q, %v", line, text, err)
	}
	return heard
}

// must asks until somebody answers: a parent that was killed is back in a moment.
func (proxy *Proxy) must(question fields) answer {
	proxy.t.Helper()
	var heard answer
	waitFor(proxy.t, 30*time.Second, "an answer on the control pipe", func() bool {
		heard = proxy.question(question)
		return heard.Code != "nobody"
	})
	if !heard.OK {
		proxy.t.Fatalf("%v: %s", question, heard.Error)
	}
	return heard
}

func (proxy *Proxy) status() answer {
	proxy.t.Helper()
	return proxy.must(fields{"do": "status"})
}

func (proxy *Proxy) flip(mode, slot string) {
	proxy.t.Helper()
	proxy.must(fields{"do": "route.set", "route": fields{"app": "shop", "mode": mode, "release": slot,
		"listen": []string{proxy.address()}, "slots": proxy.slots, "active": slot, "proof": "SECRET"}})
}

func (proxy *Proxy) address() string {
	return fmt.Sprintf("127.0.0.1:%d", proxy.Port)
}

func (proxy *Proxy) fetch(client *http.Client) (string, error) {
	response, err := client.Get("http://" + proxy.address() + "/")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	return string(body), err
}

func (proxy *Proxy) mustAnswer(slot string) {
	proxy.t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	if body, err := proxy.fetch(client); err != nil || body != slot {
		proxy.t.Errorf("%q, %v: expected %s", body, err, slot)
	}
}

// one is the Linux process of the only parent or worker there is.
func (proxy *Proxy) one(worker bool) int {
	proxy.t.Helper()
	found := 0
	waitFor(proxy.t, 30*time.Second, "one parent and one worker", func() bool {
		count := 0
		for pid, command := range proxy.host.processes("godeploy-proxy", "--folder") {
			keeper := strings.Contains(command, "--service ")
			if !keeper && strings.Contains(command, "--worker ") == worker {
				found = pid
				count++
			}
		}
		return count == 1
	})
	return found
}

// load is clients that keep their connections and clients that do not.
type load struct {
	sent, failed, refused int64
	stop                  chan struct{}
	wait                  sync.WaitGroup
	lock                  sync.Mutex
	first                 []string
}

func startLoad(proxy *Proxy) *load {
	return startLoadWith(proxy, 60*time.Second)
}

func startLoadWith(proxy *Proxy, patience time.Duration) *load {
	running := &load{stop: make(chan struct{})}
	for i := 0; i < 6; i++ {
		client := &http.Client{Timeout: patience,
			Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		running.wait.Add(1)
		go running.run(proxy, client)
	}
	return running
}

func (running *load) run(proxy *Proxy, client *http.Client) {
	defer running.wait.Done()
	defer client.CloseIdleConnections()
	for {
		select {
		case <-running.stop:
			return
		case <-time.After(2 * time.Millisecond): // Wine's share of the machine
		}
		_, err := proxy.fetch(client)
		atomic.AddInt64(&running.sent, 1)
		if err == nil {
			continue
		}
		atomic.AddInt64(&running.failed, 1)
		if errors.Is(err, syscall.ECONNREFUSED) {
			atomic.AddInt64(&running.refused, 1)
		}
		running.lock.Lock()
		running.first = append(running.first, err.Error())
		running.lock.Unlock()
	}
}

func (running *load) waitForMore(t *testing.T, count int64) {
	t.Helper()
	goal := atomic.LoadInt64(&running.sent) + count
	waitFor(t, 60*time.Second, "more answers", func() bool {
		return atomic.LoadInt64(&running.sent) >= goal
	})
}

func (running *load) end(t *testing.T) {
	t.Helper()
	close(running.stop)
	running.wait.Wait()
	t.Logf("sent %d, failed %d, refused %d", running.sent, running.failed, running.refused)
}

func (running *load) mustLoseNothing(t *testing.T) {
	t.Helper()
	running.end(t)
	if running.failed > 0 {
		t.Errorf("%d of %d requests were lost: %.200q", running.failed, running.sent, running.first)
	}
}

func TestWindowsProxyLosesNothingOverManyFlips(t *testing.T) {
	proxy := newProxy(t)
	proxy.flip("http", "blue")
	clients := startLoad(proxy)
	for i := 0; i < 20; i++ {
		slot := []string{"green", "blue"}[i%2]
		proxy.flip("http", slot)
		proxy.mustAnswer(slot)
		clients.waitForMore(t, 10)
	}
	clients.mustLoseNothing(t)
	proxy.flip("tcp", "green")
	proxy.mustAnswer("green")
}

// What a worker that is killed has in hand is lost, as everywhere; nobody is refused.
//
// Wine 8 does not always close the socket of a process that is killed between its send and the end of that call:
// wineserver keeps it open when no process of godeploy is left (its report at the end: an Async and a Socket of a
// Process without handles). A client that had its answer and asks again on that connection hears nothing, not even
// an end: here it gives up soon, as one of those that lost what was in hand.
func TestWindowsProxyRefusesNobodyWhileAWorkerIsKilled(t *testing.T) {
	proxy := newProxy(t)
	proxy.flip("http", "blue")
	clients := startLoadWith(proxy, 10*time.Second)
	for i := 0; i < 3; i++ {
		clients.waitForMore(t, 30)
		kill(t, proxy.one(true))
		proxy.flip("http", []string{"green", "blue", "green"}[i])
	}
	clients.waitForMore(t, 30)
	clients.end(t)
	if clients.refused > 0 || clients.failed > 3*(6+1) { // of each client one, and one on its way
		t.Errorf("%d failed, %d refused: %.9q", clients.failed, clients.refused, clients.first)
	}
	if status := proxy.status(); status.Restarts != 3 {
		t.Errorf("%+v", status)
	}
	proxy.mustAnswer("green")
}

func TestWindowsProxyLosesNothingWhileItsParentIsKilled(t *testing.T) {
	proxy := newProxy(t)
	proxy.flip("http", "blue")
	clients := startLoad(proxy)
	for i := 0; i < 3; i++ {
		clients.waitForMore(t, 30)
		kill(t, proxy.one(false))
		proxy.flip("http", []string{"green", "blue", "green"}[i])
	}
	clients.waitForMore(t, 30)
	clients.mustLoseNothing(t)
	kill(t, proxy.one(true)) // a parent that was started by a worker replaces that one too
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	waitFor(t, 30*time.Second, "an answer of another worker", func() bool {
		body, err := proxy.fetch(client) // the one that was killed may have taken one more: that is lost
		return err == nil && body == "green"
	})
}

func TestWindowsProxyUpgradeRefusesNobodyAndLosesNothing(t *testing.T) {
	proxy := newProxy(t)
	proxy.flip("http", "blue")
	clients := startLoad(proxy)
	before := proxy.status().PID
	for i := 0; i < 3; i++ {
		clients.waitForMore(t, 30)
		answer := proxy.must(fields{"do": "upgrade", "grace_ms": 5000,
			"program": path(program(t, "godeploy-proxy"))})
		if answer.PID == before || answer.PID != proxy.status().PID {
			t.Fatalf("%+v after %d", answer, before)
		}
		before = answer.PID
		proxy.flip("http", []string{"green", "blue", "green"}[i]) // old workers may be there still
		waitFor(t, 30*time.Second, "only workers of the new build", func() bool {
			workers := proxy.status().Workers
			return len(workers) == 1 && !workers[0].Leaving
		})
	}
	clients.waitForMore(t, 30)
	clients.mustLoseNothing(t)
	proxy.mustAnswer("green")
}

func TestWindowsProxyServesOnWhereTheNewBuildIsNone(t *testing.T) {
	proxy := newProxy(t)
	proxy.flip("http", "blue")
	before := proxy.status().PID
	for _, build := range []string{`C:\nothing\godeploy-proxy.exe`, path(program(t, "ask"))} {
		answer := proxy.question(fields{"do": "upgrade", "program": build, "grace_ms": 1000})
		if answer.OK || answer.Error == "" {
			t.Errorf("%s: %+v", build, answer)
		}
	}
	if after := proxy.status(); after.PID != before || after.Restarts != 0 {
		t.Errorf("%+v", after)
	}
	proxy.mustAnswer("blue")
}

func TestWindowsProxyRefusesAnAddressThatIsTakenAndASecondParent(t *testing.T) {
	proxy := newProxy(t)
	taken := proxy.slots["green"]
	answer := proxy.question(fields{"do": "route.set", "route": fields{"app": "shop", "mode": "http",
		"listen": []string{taken}, "slots": proxy.slots, "active": "blue"}})
	if answer.OK || answer.Code != "listen" || !strings.Contains(answer.Error, taken) {
		t.Errorf("%+v", answer)
	}
	second := proxy.host.command(program(t, "godeploy-proxy"), "--folder", path(proxy.Folder))
	output, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(string(output), "another") {
		t.Errorf("%v: %s", err, output)
	}
	proxy.must(fields{"do": "stop"})
	waitFor(t, 30*time.Second, "the end of the proxy", func() bool {
		return len(proxy.host.processes("godeploy-proxy", "--folder")) == 0
	})
	if _, err := os.Stat(filepath.Join(proxy.Folder, "control.sock")); !os.IsNotExist(err) {
		t.Errorf("a proxy that stopped in good order left its mark: %v", err)
	}
}
