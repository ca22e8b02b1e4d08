package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Proxy is one godeploy-proxy, asked over its control socket as the deployer does.
type Proxy struct {
	t      *testing.T
	Dir    string
	Folder string
	Port   int
	Slots  map[string]string
	cmd    *exec.Cmd
}

type slotStats struct {
	InFlight    int `json:"in_flight"`
	Idle        int `json:"idle"`
	Upgraded    int `json:"upgraded"`
	Requests    int `json:"requests"`
	Connections int `json:"connections"`
	Failed      int `json:"failed"`
	Status2xx   int `json:"status_2xx"`
	Status5xx   int `json:"status_5xx"`
	Latency     struct {
		P50   int `json:"p50"`
		P95   int `json:"p95"`
		Count int `json:"count"`
	} `json:"latency_us"`
	Failures map[string]int `json:"failures"`
	Window   *slotStats     `json:"window"`
}

type heldStats struct {
	Waiting    int `json:"waiting"`
	Held       int `json:"held"`
	Refused    int `json:"refused"`
	TimedOut   int `json:"timed_out"`
	Left       int `json:"left"`
	TurnedAway int `json:"turned_away"`
}

type proxyAnswer struct {
	OK         bool   `json:"ok"`
	Code       string `json:"code"`
	Error      string `json:"error"`
	Generation int    `json:"generation"`
	Closed     int    `json:"closed"`
	PID        int    `json:"pid"`
	Problem    string `json:"problem"`
	Restarts   int    `json:"worker_restarts"`
	Workers    []struct {
		PID     int    `json:"pid"`
		Version string `json:"version"`
		Leaving bool   `json:"leaving"`
	} `json:"workers"`
	Routes []struct {
		App    string `json:"app"`
		Active string `json:"active"`
	} `json:"routes"`
	Slots map[string]slotStats `json:"slots"`
	Held  heldStats            `json:"held"`
	Text  string               `json:"text"`
}

// newProxy starts one with two slots that nobody serves yet, and no route.
func newProxy(t *testing.T) *Proxy {
	t.Helper()
	proxy := newProxyAtRest(t)
	proxy.Start()
	return proxy
}

func newProxyAtRest(t *testing.T) *Proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "gdproxy")
	if err != nil {
		t.Fatal(err)
	}
	proxy := &Proxy{t: t, Dir: dir, Folder: filepath.Join(dir, "proxy"), Port: freePort(t),
		Slots: map[string]string{"blue": fmt.Sprintf("127.0.0.1:%d", freePort(t)),
			"green": fmt.Sprintf("127.0.0.1:%d", freePort(t))}}
	t.Cleanup(proxy.cleanUp)
	return proxy
}

func (proxy *Proxy) Start() {
	proxy.t.Helper()
	proxy.startAs(exec.Command(programPath(proxy.t, "godeploy-proxy"), "--folder", proxy.Folder))
}

func (proxy *Proxy) startAs(cmd *exec.Cmd) {
	proxy.t.Helper()
	proxy.cmd = cmd
	proxy.cmd.Stderr = os.Stderr
	if err := proxy.cmd.Start(); err != nil {
		proxy.t.Fatal(err)
	}
	go proxy.cmd.Wait()
	proxy.Status()
}

func (proxy *Proxy) cleanUp() {
	if proxy.t.Failed() {
		log, _ := os.ReadFile(filepath.Join(proxy.Folder, "proxy.log"))
		proxy.t.Logf("proxy.log:\n%s", log)
	}
	proxy.try(fields{"do": "stop"}) // the parent, whichever process that is by now
	left := endProcesses(proxy.Dir)
	if len(left) > 0 {
		proxy.t.Errorf("left running: %v", left)
	}
	os.RemoveAll(proxy.Dir)
}

func (proxy *Proxy) try(question interface{}) (proxyAnswer, error) {
	var answer proxyAnswer
	conn, err := net.Dial("unix", filepath.Join(proxy.Folder, "control.sock"))
	if err != nil {
		return answer, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	line, _ := json.Marshal(question)
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return answer, err
	}
	err = json.NewDecoder(conn).Decode(&answer)
	return answer, err
}

// Ask asks until somebody answers: a parent that was killed is back in a moment.
func (proxy *Proxy) Ask(question interface{}) proxyAnswer {
	proxy.t.Helper()
	var answer proxyAnswer
	var err error
	waitFor(proxy.t, 20*time.Second, "an answer on the control socket", func() bool {
		answer, err = proxy.try(question)
		return err == nil
	})
	return answer
}

type fields = map[string]interface{}

func (proxy *Proxy) Status() proxyAnswer {
	proxy.t.Helper()
	return proxy.Ask(fields{"do": "status"})
}

func (proxy *Proxy) Stats(slot string) slotStats {
	proxy.t.Helper()
	return proxy.Ask(fields{"do": "stats", "app": "shop"}).Slots[slot]
}

func (proxy *Proxy) route(active string, changes fields) fields {
	route := fields{"app": "shop", "mode": "http", "release": "release-of-" + active,
		"listen": []string{fmt.Sprintf("127.0.0.1:%d", proxy.Port)},
		"slots":  proxy.Slots, "active": active, "proof": "SECRET"}
	for name, value := range changes {
		route[name] = value
	}
	return route
}

func (proxy *Proxy) Flip(active string, changes ...fields) {
	proxy.t.Helper()
	all := fields{}
	for _, some := range changes {
		for name, value := range some {
			all[name] = value
		}
	}
	answer := proxy.Ask(fields{"do": "route.set", "route": proxy.route(active, all)})
	if !answer.OK {
		proxy.t.Fatalf("route.set: %s", answer.Error)
	}
}

func (proxy *Proxy) Address() string {
	return fmt.Sprintf("127.0.0.1:%d", proxy.Port)
}

func (proxy *Proxy) URL(path string) string {
	return "http://" + proxy.Address() + path
}

// Serve makes a slot answer; without a handler it says its name.
func (proxy *Proxy) Serve(slot string, handler http.HandlerFunc) *http.Server {
	proxy.t.Helper()
	listener := proxy.listen(slot)
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			io.WriteString(w, slot)
		}
	}
	server := &http.Server{Handler: handler}
	go server.Serve(listener)
	proxy.t.Cleanup(func() { server.Close() })
	return server
}

func (proxy *Proxy) listen(slot string) net.Listener {
	proxy.t.Helper()
	listener, err := net.Listen("tcp", proxy.Slots[slot])
	if err != nil {
		proxy.t.Fatal(err)
	}
	proxy.t.Cleanup(func() { listener.Close() })
	return listener
}

// ServeRaw gives each connection to a function.
func (proxy *Proxy) ServeRaw(slot string, serve func(conn net.Conn)) {
	proxy.t.Helper()
	listener := proxy.listen(slot)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
}

func newClient() *http.Client {
	return &http.Client{Timeout: 60 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
}

func fetch(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
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

func (proxy *Proxy) dial() net.Conn {
	proxy.t.Helper()
	conn, err := net.Dial("tcp", proxy.Address())
	if err != nil {
		proxy.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	proxy.t.Cleanup(func() { conn.Close() })
	return conn
}

// raw sends bytes on a connection of its own and reads until the proxy closes it.
func (proxy *Proxy) raw(request string) string {
	proxy.t.Helper()
	conn := proxy.dial()
	io.WriteString(conn, request)
	conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil {
		proxy.t.Fatalf("%q: %v", request, err)
	}
	return string(answer)
}

func residentBytes(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			kib, _ := strconv.Atoi(strings.Fields(line)[1])
			return kib << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

func TestProxyRoutesEachRequestOfAKeepAliveClientOnItsOwn(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	conn := proxy.dial()
	reader := bufio.NewReader(conn)
	for i := 0; i < 20; i++ {
		slot := []string{"blue", "green"}[i%2]
		proxy.Flip(slot)
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nGodeploy-Proof: SECRET\r\n\r\n")
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		if string(body) != slot || response.Header.Get("Godeploy-Slot") != slot ||
			response.Header.Get("Godeploy-Release") != "release-of-"+slot {
			t.Fatalf("expected %s, got %q, %v", slot, body, response.Header)
		}
		waitFor(t, 5*time.Second, "the idle connection in the pool of the active slot only",
			func() bool { return proxy.Stats(slot).Idle == 1 })
	}
}

func TestProxyTellsItsSlotToNobodyElse(t *testing.T) {
	proxy := newProxy(t)
	seen := make(chan http.Header, 1)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		w.Header().Set("Godeploy-Slot", "forged")
	})
	proxy.Flip("blue")
	request, _ := http.NewRequest("GET", proxy.URL("/"), nil)
	request.Header.Set("Godeploy-Proof", "SECRE")
	request.Header.Set("X-Forwarded-For", "10.0.0.1")
	request.Header.Set("X-Forwarded-Proto", "https")
	request.Header.Set("Connection", "X-Secret")
	request.Header.Set("X-Secret", "1")
	response, err := newClient().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	header := <-seen
	if got := response.Header.Get("Godeploy-Slot"); got != "" {
		t.Errorf("told its slot: %q", got)
	}
	if header.Get("Godeploy-Proof") != "" || header.Get("X-Secret") != "" {
		t.Errorf("passed on what is not for the service: %v", header)
	}
	if header.Get("X-Forwarded-For") != "127.0.0.1" ||
		header.Get("X-Forwarded-Proto") != "http" || header.Get("X-Forwarded-Host") != proxy.Address() {
		t.Errorf("forwarded headers: %v", header)
	}
}

// load runs clients of three kinds until it is stopped, and counts what they lose.
type proxyLoad struct {
	sent, failed int64
	refused      int64
	stop         chan struct{}
	wait         sync.WaitGroup
	lock         sync.Mutex
	first        []string
}

func (load *proxyLoad) fail(err error) {
	if atomic.AddInt64(&load.failed, 1) < 6 {
		load.lock.Lock()
		load.first = append(load.first, err.Error())
		load.lock.Unlock()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		atomic.AddInt64(&load.refused, 1)
	}
}

func (load *proxyLoad) run(once func(client *http.Client) error) {
	load.wait.Add(1)
	go func() {
		defer load.wait.Done()
		client := newClient()
		for {
			select {
			case <-load.stop:
				return
			default:
			}
			atomic.AddInt64(&load.sent, 1)
			if err := once(client); err != nil {
				load.fail(err)
			}
		}
	}()
}

func startProxyLoad(proxy *Proxy) *proxyLoad {
	load := &proxyLoad{stop: make(chan struct{})}
	body := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	get := func(client *http.Client) error {
		_, err := fetch(client, proxy.URL("/"))
		return err
	}
	for i := 0; i < 3; i++ {
		load.run(get)
		load.run(func(*http.Client) error {
			client := newClient()
			defer client.CloseIdleConnections()
			return get(client)
		})
		load.run(func(client *http.Client) error {
			response, err := client.Post(proxy.URL("/"), "text/plain", bytes.NewReader(body))
			if err != nil {
				return err
			}
			defer response.Body.Close()
			_, err = io.Copy(io.Discard, response.Body)
			if err == nil && response.StatusCode != 200 {
				err = fmt.Errorf("POST: status %d", response.StatusCode)
			}
			return err
		})
	}
	return load
}

func (load *proxyLoad) end(t *testing.T) {
	t.Helper()
	close(load.stop)
	load.wait.Wait()
	t.Logf("sent %d, failed %d, refused %d", load.sent, load.failed, load.refused)
	if load.sent < 50 {
		t.Errorf("only %d requests were sent: this proves nothing", load.sent)
	}
}

func (load *proxyLoad) waitForMore(t *testing.T, requests int64) {
	t.Helper()
	goal := atomic.LoadInt64(&load.sent) + requests
	waitFor(t, 30*time.Second, "more load", func() bool {
		return atomic.LoadInt64(&load.sent) >= goal
	})
}

func TestProxyLosesNoRequestOverManyFlips(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startProxyLoad(proxy)
	for i := 0; i < 60; i++ {
		proxy.Flip([]string{"green", "blue"}[i%2])
		load.waitForMore(t, 20)
	}
	load.end(t)
	if load.failed > 0 {
		t.Errorf("%d of %d requests failed: %v", load.failed, load.sent, load.first)
	}
}

func TestProxyRefusesNobodyWhileAWorkerIsKilled(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	load := startProxyLoad(proxy)
	for i := 1; i <= 3; i++ {
		load.waitForMore(t, 50)
		worker := proxy.Status().Workers[0].PID
		syscall.Kill(worker, syscall.SIGKILL)
		waitFor(t, 10*time.Second, "another worker", func() bool {
			workers := proxy.Status().Workers
			return len(workers) == 1 && workers[0].PID != worker
		})
	}
	load.waitForMore(t, 50)
	load.end(t)
	if load.refused > 0 {
		t.Errorf("%d connections were refused", load.refused)
	}
	if load.failed > 60 { // nine clients, three kills, and Go's own retries
		t.Errorf("%d requests failed: %v", load.failed, load.first)
	}
	if _, err := fetch(newClient(), proxy.URL("/")); err != nil {
		t.Error(err)
	}
	if restarts := proxy.Status().Restarts; restarts != 3 {
		t.Errorf("counted %d restarts", restarts)
	}
}

func TestProxyLosesNothingWhileItsParentIsKilled(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startProxyLoad(proxy)
	worker := proxy.Status().Workers[0].PID
	for i := 0; i < 3; i++ {
		load.waitForMore(t, 50)
		parent := proxy.Status().PID
		syscall.Kill(parent, syscall.SIGKILL)
		waitFor(t, 10*time.Second, "another parent", func() bool {
			answer, err := proxy.try(fields{"do": "status"})
			return err == nil && answer.PID != parent
		})
		status := proxy.Status()
		if len(status.Workers) != 1 || status.Workers[0].PID != worker {
			t.Fatalf("the worker %d was not adopted: %v", worker, status.Workers)
		}
		proxy.Flip([]string{"green", "blue"}[i%2])
	}
	load.waitForMore(t, 50)
	load.end(t)
	if load.failed > 0 {
		t.Errorf("%d of %d requests failed: %v", load.failed, load.sent, load.first)
	}
	body, err := fetch(newClient(), proxy.URL("/"))
	if err != nil || body != "green" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestProxyParentThatAdoptedAWorkerReplacesItToo(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	first := proxy.Status()
	syscall.Kill(first.PID, syscall.SIGKILL)
	waitFor(t, 10*time.Second, "another parent", func() bool {
		answer, err := proxy.try(fields{"do": "status"})
		return err == nil && answer.PID != first.PID
	})
	second := proxy.Status()
	syscall.Kill(second.Workers[0].PID, syscall.SIGKILL)
	if _, err := fetch(newClient(), proxy.URL("/")); err != nil {
		t.Error(err)
	}
	third := proxy.Status()
	if third.PID != second.PID || third.Restarts != 1 {
		t.Errorf("parent %d then %d, restarts %d", second.PID, third.PID, third.Restarts)
	}
}

func TestProxyKeepsItsRoutesOverARestart(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("green", nil)
	proxy.Flip("green")
	proxy.Stop()
	proxy.Start()
	body, err := fetch(newClient(), proxy.URL("/"))
	if err != nil || body != "green" {
		t.Errorf("%q, %v", body, err)
	}
}

// Stop stops it and waits until it is gone.
func (proxy *Proxy) Stop() {
	proxy.t.Helper()
	pid := proxy.Status().PID
	proxy.Ask(fields{"do": "stop"})
	waitFor(proxy.t, stopTime, "the end of the proxy", func() bool { return !isAlive(pid) })
}

// What serves is not forgotten with its file.
func TestProxyParentTakesRoutesThatWereLostFromItsWorker(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	path := filepath.Join(proxy.Folder, "routes.json")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	load := startLightLoad(t, proxy.URL("/"))
	load.WaitForAnswers(5)
	parent := proxy.Status().PID
	(&Box{t: t}).KillNow(parent)
	status := proxy.Status()
	if status.PID == parent || len(status.Routes) != 1 || !strings.Contains(status.Problem, "lost") {
		t.Errorf("%+v", status)
	}
	load.WaitForAnswers(5)
	load.Stop().MustLoseNothing(t)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestProxyMovesATornTableAside(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	proxy.Stop()
	path := filepath.Join(proxy.Folder, "routes.json")
	whole, _ := os.ReadFile(path)
	os.WriteFile(path, whole[:len(whole)/2], 0o600)
	proxy.Start()
	if problem := proxy.Status().Problem; !strings.Contains(problem, "moved to") {
		t.Errorf("the problem is %q", problem)
	}
	aside, _ := filepath.Glob(path + ".bad-*")
	if len(aside) != 1 {
		t.Errorf("moved aside: %v", aside)
	}
}

func TestProxySecondParentLeavesTheFirstAlone(t *testing.T) {
	proxy := newProxy(t)
	second := exec.Command(programPath(t, "godeploy-proxy"), "--folder", proxy.Folder)
	output, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(string(output), "another") {
		t.Errorf("%v: %s", err, output)
	}
	if !proxy.Status().OK {
		t.Error("the first one is gone")
	}
}

func TestProxyPassesLargeBodiesInBoundedMemory(t *testing.T) {
	const size = 100 << 20
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
			io.CopyN(w, zeros{}, size)
			return
		}
		time.Sleep(300 * time.Millisecond) // a slow reader: everything waits for it
		count, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", count, err)
	})
	proxy.Flip("blue")
	for _, length := range []int64{size, -1} {
		request, _ := http.NewRequest("POST", proxy.URL("/"), io.LimitReader(zeros{}, size))
		request.ContentLength = length // -1: chunked
		response, err := newClient().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if string(body) != fmt.Sprintf("%d <nil>", size) {
			t.Errorf("length %d: %s", length, body)
		}
	}
	response, err := newClient().Get(proxy.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // the same in the other direction
	count, err := io.Copy(io.Discard, response.Body)
	if count != size || err != nil {
		t.Errorf("got %d bytes, %v", count, err)
	}
	limit := 16 << 20
	if strings.Contains(os.Getenv("GODEPLOY_BIN"), "asan") {
		limit = 200 << 20 // its shadow memory and quarantine
	}
	if most := residentBytes(t, proxy.Status().Workers[0].PID); most > limit {
		t.Errorf("the worker held %d KiB", most>>10)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0
	}
	return len(p), nil
}

func TestProxyForwardsEventsAsTheyArrive(t *testing.T) {
	proxy := newProxy(t)
	next := make(chan bool)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; i < 5; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next // the next one only after this one has arrived
		}
	})
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	response, err := newClient().Get(proxy.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	reader := bufio.NewReader(response.Body)
	for i := 0; i < 5; i++ {
		line, err := reader.ReadString('\n')
		if err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q, %v", line, err)
		}
		reader.ReadString('\n')
		if i == 2 { // a stream stays with its release
			proxy.Flip("green")
			if stats := proxy.Stats("blue"); stats.InFlight != 1 {
				t.Errorf("in flight: %d", stats.InFlight)
			}
		}
		next <- true
	}
	if _, err := reader.ReadString('\n'); err != io.EOF {
		t.Errorf("expected the end, got %v", err)
	}
	waitFor(t, 5*time.Second, "the end of the stream", func() bool {
		return proxy.Stats("blue").InFlight == 0
	})
}

// serveUpgrade answers 101 and echoes.
func serveUpgrade(conn net.Conn) {
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil || request.Header.Get("Upgrade") != "echo" {
		return
	}
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n"+
		"Connection: Upgrade\r\n\r\nhello ")
	io.Copy(conn, reader)
}

func expectRead(t *testing.T, reader io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if count, err := io.ReadFull(reader, got); err != nil || string(got) != want {
		t.Fatalf("expected %q, got %q, %v", want, got[:count], err)
	}
}

func upgrade(t *testing.T, proxy *Proxy) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := proxy.dial()
	io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"+
		"early ")
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			break
		}
	}
	expectRead(t, reader, "hello early ")
	return conn, reader
}

func TestProxyTunnelsWhatIsUpgraded(t *testing.T) {
	proxy := newProxy(t)
	proxy.ServeRaw("blue", serveUpgrade)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	conn, reader := upgrade(t, proxy)
	proxy.Flip("green")
	io.WriteString(conn, "after the flip")
	expectRead(t, reader, "after the flip")
	if stats := proxy.Stats("blue"); stats.Upgraded != 1 || stats.InFlight != 0 {
		t.Errorf("%+v", stats)
	}
	conn.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(reader); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	waitFor(t, 5*time.Second, "the end of the tunnel", func() bool {
		return proxy.Stats("blue").Upgraded == 0
	})
}

func TestProxyClosesWhatIsLeftOfAClass(t *testing.T) {
	proxy := newProxy(t)
	held := make(chan bool)
	defer close(held)
	proxy.ServeRaw("blue", serveUpgrade)
	proxy.Serve("green", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			<-held
		}
	})
	proxy.Flip("blue")
	_, reader := upgrade(t, proxy)
	proxy.Flip("green")
	answer := proxy.Ask(fields{"do": "close", "app": "shop", "slot": "blue", "class": "upgraded"})
	if answer.Closed != 1 {
		t.Errorf("%+v", answer)
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the tunnel is still open")
	}
	done := make(chan int)
	go func() {
		response, err := newClient().Get(proxy.URL("/held"))
		if err != nil {
			done <- 0
			return
		}
		response.Body.Close()
		done <- response.StatusCode
	}()
	waitFor(t, 5*time.Second, "a request in flight", func() bool {
		return proxy.Stats("green").InFlight == 1
	})
	answer = proxy.Ask(fields{"do": "close", "app": "shop", "slot": "green", "class": "in_flight"})
	if status := <-done; answer.Closed != 1 || status != 503 {
		t.Errorf("%+v, status %d", answer, status)
	}
	fetch(newClient(), proxy.URL("/"))
	waitFor(t, 5*time.Second, "an idle connection", func() bool {
		return proxy.Stats("green").Idle == 1
	})
	answer = proxy.Ask(fields{"do": "close", "app": "shop", "slot": "green", "class": "idle"})
	if answer.Closed != 1 || proxy.Stats("green").Idle != 0 {
		t.Errorf("%+v", answer)
	}
}

func TestProxyRefusesWhatCouldSmuggleARequest(t *testing.T) {
	proxy := newProxy(t)
	var reached int64
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		atomic.AddInt64(&reached, 1)
	})
	proxy.Flip("blue")
	const tail = "Host: x\r\n\r\n"
	cases := []struct {
		request string
		status  int
	}{
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
		{"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
		{"GET / HTTP/1.1\nHost: x\n\n", 400},
		{"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nA: b\x00c\r\n" + tail, 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: x\r\n" + tail, 400},
		{"GET  / HTTP/1.1\r\n" + tail, 400},
		{"GET / HTTP/1.1 \r\n" + tail, 400},
		{"GET / HTTP/2.0\r\n" + tail, 505},
		{"CONNECT x:80 HTTP/1.1\r\n" + tail, 501},
		{"GET / HTTP/1.1\r\nA: " + strings.Repeat("b", 70000) + "\r\n" + tail, 431},
	}
	for _, c := range cases {
		answer := proxy.raw(c.request)
		if !strings.HasPrefix(answer, fmt.Sprintf("HTTP/1.1 %d ", c.status)) ||
			strings.Count(answer, "HTTP/1.1 "+fmt.Sprint(c.status)) != 1 ||
			strings.Contains(answer, "HTTP/1.1 200") {
			t.Errorf("%.80q: expected %d alone, got %.200q", c.request, c.status, answer)
		}
	}
	if reached > 0 { // bodies that turn out to be bad may begin, but never arrive whole
		t.Logf("%d handlers ran on a broken body", reached)
	}
}

func TestProxyKeepsTheOrderOfPipelinedRequests(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s%s", r.URL.Path, body)
	})
	proxy.Flip("blue")
	answer := proxy.raw("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" +
		"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
		"POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n\r\n" +
		"HEAD /4 HTTP/1.1\r\nHost: x\r\n\r\n" +
		"GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" +
		"GET /6 HTTP/1.1\r\nHost: x\r\n\r\n")
	reader := bufio.NewReader(strings.NewReader(answer))
	for i, want := range []string{"/1", "/2abc", "/3de", "", "/5"} {
		method := "GET"
		if i == 3 {
			method = "HEAD"
		}
		request, _ := http.NewRequest(method, "/", nil)
		response, err := http.ReadResponse(reader, request)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); string(body) != want {
			t.Errorf("answer %d is %q, expected %q", i+1, body, want)
		}
	}
	if rest, _ := io.ReadAll(reader); len(rest) > 0 {
		t.Errorf("more than was asked for: %q", rest)
	}
}

func TestProxySpeaksHTTP10ToThoseWhoDo(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one ")
		w.(http.Flusher).Flush() // chunked
		io.WriteString(w, "two")
	})
	proxy.Flip("blue")
	answer := proxy.raw("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if !strings.HasSuffix(answer, "\r\n\r\none two") || strings.Contains(answer, "chunked") {
		t.Errorf("%q", answer)
	}
}

func TestProxyAsksForABodyOnlyWhenTheReleaseDoes(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	proxy.Flip("blue")
	for path, want := range map[string]string{"/yes": "HTTP/1.1 100", "/no": "HTTP/1.1 403"} {
		conn := proxy.dial()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"+
			"Content-Length: 4\r\n\r\n", path)
		expectRead(t, conn, want)
		if path == "/yes" {
			io.WriteString(conn, "body")
			reader := bufio.NewReader(conn)
			reader.ReadString('\n') // the rest of the 100
			reader.ReadString('\n')
			response, err := http.ReadResponse(reader, nil)
			if err != nil || response.StatusCode != 200 {
				t.Fatalf("%v, %v", response, err)
			}
			expectRead(t, response.Body, "body")
		} else if rest, err := io.ReadAll(conn); err != nil ||
			!strings.Contains(string(rest), "Connection: close") {
			t.Errorf("%q, %v", rest, err)
		}
	}
}

func TestProxyPassesEarlyHintsAndTrailers(t *testing.T) {
	proxy := newProxy(t)
	proxy.ServeRaw("blue", func(conn net.Conn) {
		http.ReadRequest(bufio.NewReader(conn))
		for _, part := range []string{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 2",
			"00 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nab", "c\r\n0\r",
			"\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n"} {
			io.WriteString(conn, part)
			time.Sleep(20 * time.Millisecond) // so that they arrive in pieces
		}
	})
	proxy.Flip("blue")
	answer := proxy.raw("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	first := strings.Index(answer, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
	if first != 0 || !strings.Contains(answer, "\r\nX-Sum: 7\r\n\r\n") ||
		strings.Contains(answer, "Content-Length: 9") {
		t.Errorf("%q", answer)
	}
}

func TestProxySaysWhatIsWrongWithTheRelease(t *testing.T) {
	proxy := newProxy(t)
	hold := make(chan bool)
	defer close(hold)
	proxy.ServeRaw("green", func(conn net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		switch request.URL.Path {
		case "/slow":
			<-hold
		case "/cut":
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
		case "/cut-chunk":
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort")
		case "/nonsense":
			io.WriteString(conn, "nonsense\r\n\r\n")
		case "/both":
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"+
				"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
		case "/silent":
		}
	})
	proxy.Flip("blue") // nobody listens there
	status := func(path string) int {
		response, err := newClient().Get(proxy.URL(path))
		if err != nil {
			t.Logf("%s: %v", path, err)
			return 0
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return -1
		}
		return response.StatusCode
	}
	if got := status("/"); got != 502 {
		t.Errorf("nobody listens: %d", got)
	}
	proxy.Flip("green", fields{"limits": fields{"first_byte_ms": 100}})
	if got := status("/slow"); got != 504 {
		t.Errorf("no answer in time: %d", got)
	}
	proxy.Flip("green")
	for path, want := range map[string]int{"/cut": -1, "/cut-chunk": -1,
		"/nonsense": 502, "/both": 502, "/silent": 502} {
		if got := status(path); got != want {
			t.Errorf("%s: %d, expected %d", path, got, want)
		}
	}
	if stats := proxy.Stats("green"); stats.Failed != 6 || stats.InFlight != 0 {
		t.Errorf("%+v", stats)
	}
	proxy.Flip("green", fields{"active": nil})
	if got := status("/"); got != 503 {
		t.Errorf("no slot is active: %d", got)
	}
}

func TestProxySendsNoRequestTwiceThatMustNotBe(t *testing.T) {
	proxy := newProxy(t)
	var seen sync.Map
	var posts, puts, wrongBodies int64
	// Each connection serves one request, then dies with the next: what a pool must live with.
	proxy.ServeRaw("blue", func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		for i := 0; i < 2; i++ {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			if request.Method == "POST" {
				atomic.AddInt64(&posts, 1)
				if _, again := seen.LoadOrStore(request.URL.Path, true); again {
					t.Errorf("%s came twice", request.URL.Path)
				}
			}
			if request.Method == "PUT" {
				atomic.AddInt64(&puts, 1)
				if body, err := io.ReadAll(request.Body); err != nil || string(body) != "hello" {
					atomic.AddInt64(&wrongBodies, 1)
				}
			}
			if i == 1 {
				return
			}
			io.Copy(io.Discard, request.Body)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	proxy.Flip("blue")
	client := newClient()
	for i := 0; i < 30; i++ {
		if _, err := fetch(client, proxy.URL("/")); err != nil {
			t.Errorf("GET %d: %v", i, err)
		}
	}
	lost := 0
	for i := 0; i < 30; i++ {
		response, err := client.Post(proxy.URL(fmt.Sprintf("/post/%d", i)), "text/plain",
			strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == 502 {
			lost++
		}
	}
	if posts != 30 || lost == 0 {
		t.Errorf("%d POSTs arrived, %d were told that they failed", posts, lost)
	}
	for i := 0; i < 30; i++ { // what may be sent twice is, as long as all of it is there
		answer := proxy.raw("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		if !strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Fatalf("PUT %d: %q", i, answer)
		}
	}
	if body, sent := atomic.LoadInt64(&wrongBodies), atomic.LoadInt64(&puts); body > 0 || sent <= 30 {
		t.Errorf("%d PUTs arrived for 30, %d of them without their body", sent, body)
	}
}

func TestProxyDropsAnIdleConnectionThatTheReleaseCloses(t *testing.T) {
	proxy := newProxy(t)
	proxy.ServeRaw("blue", func(conn net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			io.Copy(io.Discard, request.Body)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") // and closes
		}
	})
	proxy.Flip("blue")
	client := newClient()
	for i := 0; i < 200; i++ {
		response, err := client.Post(proxy.URL("/"), "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Fatalf("POST %d: %d", i, response.StatusCode)
		}
		waitFor(t, 5*time.Second, "an empty pool", func() bool { return proxy.Stats("blue").Idle == 0 })
	}
}

func TestProxyRelaysTCPWithHalfClose(t *testing.T) {
	proxy := newProxy(t)
	serve := func(name string) func(net.Conn) {
		return func(conn net.Conn) {
			all, _ := io.ReadAll(conn) // until the client's half is over
			fmt.Fprintf(conn, "%s %d", name, len(all))
		}
	}
	proxy.ServeRaw("blue", serve("blue"))
	proxy.ServeRaw("green", serve("green"))
	tcp := fields{"mode": "tcp"}
	proxy.Flip("blue", tcp)
	old := proxy.dial()
	waitFor(t, 5*time.Second, "a connection to blue", func() bool {
		return proxy.Stats("blue").InFlight == 1
	})
	proxy.Flip("green", tcp)
	if got := proxy.raw(strings.Repeat("x", 1<<20)); got != "green 1048576" {
		t.Errorf("%q", got)
	}
	io.WriteString(old, "12345")
	old.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(old); string(got) != "blue 5" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	waitFor(t, 5*time.Second, "no connection in flight", func() bool {
		return proxy.Stats("blue").InFlight == 0 && proxy.Stats("green").InFlight == 0
	})
}

func TestProxyFinishesWhatIsInFlightWhenItStops(t *testing.T) {
	proxy := newProxy(t)
	begun, finish := make(chan bool), make(chan bool)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-finish
		io.WriteString(w, "whole")
	})
	proxy.Flip("blue")
	answer := make(chan string)
	go func() {
		body, err := fetch(newClient(), proxy.URL("/"))
		answer <- fmt.Sprint(body, err)
	}()
	<-begun
	pid := proxy.Status().PID
	syscall.Kill(pid, syscall.SIGTERM)
	waitFor(t, 5*time.Second, "nobody to listen", func() bool {
		conn, err := net.Dial("tcp", proxy.Address())
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	finish <- true
	if got := <-answer; got != "whole<nil>" {
		t.Errorf("%q", got)
	}
	waitFor(t, stopTime, "its end", func() bool { return !isAlive(pid) })
}

// rudeServe is a release that does to its connections whatever can be done to them.
func rudeServe(seed int64) func(conn net.Conn) {
	var number int64 = seed
	return func(conn net.Conn) {
		random := rand.New(rand.NewSource(atomic.AddInt64(&number, 1)))
		reader := bufio.NewReader(conn)
		for {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			switch random.Intn(10) {
			case 0:
				conn.(*net.TCPConn).SetLinger(0) // a reset
				return
			case 1:
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
				return
			case 2: // an answer before the request was read
				io.WriteString(conn, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
				return
			case 3:
				if request.Header.Get("Upgrade") != "" {
					io.WriteString(conn, "HTTP/1.1 101 Go\r\nUpgrade: echo\r\n"+
						"Connection: Upgrade\r\n\r\n")
					io.CopyN(conn, reader, int64(random.Intn(1000)))
					return
				}
				io.WriteString(conn, "HTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end")
				return
			}
			if _, err := io.Copy(io.Discard, request.Body); err != nil {
				return
			}
			body := strings.Repeat("x", random.Intn(100000))
			if random.Intn(2) == 0 {
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			} else {
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+
					"%x\r\n%sx\r\n0\r\n\r\n", len(body)+1, body)
			}
		}
	}
}

func rudeClient(proxy *Proxy, random *rand.Rand) {
	conn, err := net.Dial("tcp", proxy.Address())
	if err != nil {
		return // nobody may be refused, but other tests see to that
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	requests := []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + strings.Repeat("y", 50000),
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello",
		"GET / HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"}
	all := ""
	for count := 1 + random.Intn(4); count > 0; count-- {
		all += requests[random.Intn(len(requests))]
	}
	for len(all) > 0 { // in pieces, perhaps not all of them
		piece := 1 + random.Intn(len(all))
		if _, err := io.WriteString(conn, all[:piece]); err != nil || random.Intn(8) == 0 {
			break
		}
		all = all[piece:]
	}
	switch random.Intn(4) {
	case 0:
		conn.(*net.TCPConn).SetLinger(0)
	case 1:
		io.CopyN(io.Discard, conn, int64(random.Intn(50000)))
	case 2:
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
	}
}

func openDescriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestProxyOutlivesRudeClientsAndRudeReleases(t *testing.T) {
	proxy := newProxy(t)
	proxy.ServeRaw("blue", rudeServe(1))
	proxy.ServeRaw("green", rudeServe(1000000))
	proxy.Flip("blue")
	worker := proxy.Status().Workers[0].PID
	proxy.raw("nonsense\r\n\r\n") // answered by the worker itself: it has all it needs
	before := openDescriptors(t, worker)
	end := time.Now().Add(3 * time.Second)
	var wait sync.WaitGroup
	var clients int64
	for i := int64(0); i < 64; i++ {
		wait.Add(1)
		random := rand.New(rand.NewSource(i))
		go func() {
			defer wait.Done()
			for time.Now().Before(end) {
				rudeClient(proxy, random)
				atomic.AddInt64(&clients, 1)
			}
		}()
	}
	for i := 0; time.Now().Before(end); i++ {
		slot := []string{"green", "blue"}[i%2]
		proxy.Flip(slot)
		class := []string{"in_flight", "upgraded", "idle"}[i%3]
		if i%5 == 0 {
			proxy.Ask(fields{"do": "close", "app": "shop", "slot": slot, "class": class})
		}
		time.Sleep(10 * time.Millisecond)
	}
	wait.Wait()
	for _, slot := range []string{"blue", "green"} {
		proxy.Flip(slot)
		waitFor(t, 20*time.Second, "nothing in flight on "+slot, func() bool {
			stats := proxy.Stats(slot)
			return stats.InFlight == 0 && stats.Upgraded == 0
		})
	}
	proxy.Flip("blue", fields{"active": nil}) // no pool is kept
	waitFor(t, 20*time.Second, "every descriptor to be closed", func() bool {
		return openDescriptors(t, worker) <= before
	})
	status := proxy.Status()
	if status.Restarts != 0 || status.Workers[0].PID != worker {
		t.Errorf("the worker died: %+v", status)
	}
	t.Logf("%d rude clients", clients)
}

func TestProxyBindsBeforeItChangesAnything(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	taken, _ := net.Listen("tcp", "127.0.0.1:0")
	defer taken.Close()
	other := freePort(t)
	route := proxy.route("green", fields{"listen": []string{fmt.Sprintf("127.0.0.1:%d", other),
		taken.Addr().String()}})
	answer := proxy.Ask(fields{"do": "route.set", "route": route})
	if answer.OK || answer.Code != "listen" || !strings.Contains(answer.Error, taken.Addr().String()) {
		t.Errorf("%+v", answer)
	}
	if body, err := fetch(newClient(), proxy.URL("/")); err != nil || body != "blue" {
		t.Errorf("%q, %v", body, err)
	}
	if again, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", other)); err != nil {
		t.Errorf("an address of the refused route is still taken: %v", err)
	} else {
		again.Close()
	}
	proxy.Ask(fields{"do": "route.remove", "app": "shop"})
	waitFor(t, 5*time.Second, "nobody to listen", func() bool {
		conn, err := net.Dial("tcp", proxy.Address())
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

func TestProxyControlSurvivesBadQuestions(t *testing.T) {
	proxy := newProxy(t)
	conn, err := net.Dial("unix", filepath.Join(proxy.Folder, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	decoder := json.NewDecoder(conn)
	for _, line := range []string{"nonsense", "{}", `{"do":"fly"}`, `{"do":"route.set"}`, "[]",
		`{"do":"route.set","route":{"app":"shop","mode":"http","listen":["x"]}}`,
		`{"do":"stats","app":"none"}`, `{"do":"close","app":"none"}`, strings.Repeat("x", 1<<20+1)} {
		io.WriteString(conn, line+"\n")
		var answer proxyAnswer
		if err := decoder.Decode(&answer); err != nil || answer.OK || answer.Code == "" {
			t.Fatalf("%.60s: %+v, %v", line, answer, err)
		}
	}
	io.WriteString(conn, `{"do":"status"}`+"\n"+`{"do":"status"}`+"\n")
	for i := 0; i < 2; i++ {
		var answer proxyAnswer
		if err := decoder.Decode(&answer); err != nil || !answer.OK {
			t.Fatalf("%+v, %v", answer, err)
		}
	}
	information, err := os.Stat(filepath.Join(proxy.Folder, "control.sock"))
	if err != nil || information.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", information.Mode(), err)
	}
}
