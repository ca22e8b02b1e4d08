package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A limit of time in these tests is one that is waited for, never one that must be met.
const soonMS = 150

func expectStatus(t *testing.T, reader *bufio.Reader, want int) {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("expected %d: %v", want, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want || !response.Close || len(body) == 0 {
		t.Errorf("expected %d and a reason, then the end; got %d %q, %v", want, response.StatusCode, body, err)
	}
}

// sendUntilHeard sends bytes and returns what reads the answer. Who is so slow that it had not begun
// when its time for a head was over is sent away without a word, and tries again.
func (proxy *Proxy) sendUntilHeard(bytes string) *bufio.Reader {
	proxy.t.Helper()
	var reader *bufio.Reader
	waitFor(proxy.t, 20*time.Second, "an answer", func() bool {
		conn := proxy.dial()
		io.WriteString(conn, bytes)
		reader = bufio.NewReader(conn)
		_, err := reader.Peek(1)
		return err == nil
	})
	return reader
}

func TestLimitsEachHaveAnAnswerOfTheirOwn(t *testing.T) {
	proxy := newProxy(t)
	hold := make(chan bool)
	defer close(hold)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			<-hold
		}
		io.Copy(io.Discard, r.Body)
	})
	long := strings.Repeat("a", 2048)
	for _, c := range []struct {
		limit  string
		value  int
		sends  string
		status int
	}{
		{"head_ms", soonMS, "GET / HTTP/1.1\r\nHost:", 408},
		{"head_ms", soonMS, "\r\nG", 408},
		{"stall_ms", soonMS, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhello", 408},
		{"stall_ms", soonMS, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", 408},
		{"body_bytes", 5, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n", 413},
		{"body_bytes", 5, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n", 413},
		{"body_bytes", 5, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!", 413},
		{"head_bytes", 1024, "GET /" + long, 414},
		{"head_bytes", 1024, "GET / HTTP/1.1\r\nHost: x\r\nA: " + long, 431},
		{"head_bytes", 1024, "GET / HTTP/1.1\r\nHost: x\r\nA: " + long + "\r\n\r\n", 431},
		{"first_byte_ms", soonMS, "GET /silent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 504},
	} {
		t.Run(fmt.Sprintf("%s %d", c.limit, c.status), func(t *testing.T) {
			proxy.Flip("blue", fields{"limits": fields{c.limit: c.value}})
			expectStatus(t, proxy.sendUntilHeard(c.sends), c.status)
		})
	}
}

func TestLimitsEndASilentClientWithoutAWord(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	for limit, sends := range map[string]string{"head_ms": "", "idle_ms": "GET / HTTP/1.1\r\nHost: x\r\n\r\n"} {
		proxy.Flip("blue", fields{"limits": fields{limit: soonMS}})
		conn := proxy.dial()
		io.WriteString(conn, sends)
		answer, err := io.ReadAll(conn)
		if err != nil || strings.Count(string(answer), "HTTP/1.1 ") != strings.Count(sends, "GET") {
			t.Errorf("after %q: %q, %v", sends, answer, err)
		}
	}
}

// fullListener takes no connection: its backlog is full.
func fullListener(t *testing.T, address string) {
	t.Helper()
	port, _ := strconv.Atoi(address[strings.LastIndex(address, ":")+1:])
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 10; i++ {
		conn, err := net.DialTimeout("tcp", address, 2*time.Second)
		if err != nil {
			return
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("this system takes connections beyond a backlog of 0")
}

func TestLimitsOfConnectingAreTold(t *testing.T) {
	proxy := newProxy(t)
	fullListener(t, proxy.Slots["blue"])
	proxy.Flip("blue", fields{"limits": fields{"connect_ms": soonMS}})
	expectStatus(t, proxy.sendUntilHeard("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 504)
}

func TestLimitsOfConnectionsTurnAwayWhoComesLater(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue", fields{"limits": fields{"connections": 2}})
	first, second := proxy.dial(), proxy.dial()
	for _, conn := range []net.Conn{first, second} {
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		expectRead(t, conn, "HTTP/1.1 200")
	}
	expectStatus(t, proxy.sendUntilHeard("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 503)
	first.Close()
	waitFor(t, 10*time.Second, "room for another client", func() bool {
		conn := proxy.dial()
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		return strings.HasPrefix(string(answer), "HTTP/1.1 200")
	})
	io.WriteString(second, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if rest, err := io.ReadAll(second); err != nil || !strings.Contains(string(rest), "HTTP/1.1 200") {
		t.Errorf("one who was inside was turned away: %q, %v", rest, err)
	}
}

func TestLimitsEndAClientThatTakesNothing(t *testing.T) {
	proxy := newProxy(t)
	gone := make(chan error, 1)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(w, zeros{})
		gone <- err
	})
	proxy.Flip("blue", fields{"limits": fields{"stall_ms": soonMS}})
	conn := proxy.dial()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-gone:
		if err == nil {
			t.Error("an answer without end has ended")
		}
	case <-time.After(60 * time.Second):
		t.Error("the app still writes to a client that takes nothing")
	}
}

// readBytes is how much a process has read so far, sockets included.
func readBytes(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		t.Fatal(err)
	}
	count, _ := strconv.Atoi(strings.Fields(string(text))[1]) // rchar: N
	return count
}

// readsNoMore waits until a process has read nothing for a while, and returns how much it had.
func readsNoMore(t *testing.T, pid int, begun func() bool) int {
	t.Helper()
	last, still := 0, 0
	waitFor(t, 60*time.Second, "a worker that reads no more", func() bool {
		now := readBytes(t, pid)
		if now != last {
			last, still = now, 0
		}
		still++
		return still > 30 && begun()
	})
	return last
}

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

// Many bodies in both directions at once, and requests without end, and nobody takes anything: what
// the worker holds of each is bounded, and far below what could be read.
func TestLimitsOfMemoryHoldWhenNobodyReads(t *testing.T) {
	const clients, size = 24, 16 << 20
	proxy := newProxy(t)
	var begun int64
	hold := make(chan bool)
	defer close(hold)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			io.CopyN(w, zeros{}, 64<<10)
			return
		}
		atomic.AddInt64(&begun, 1)
		if r.Method == "POST" {
			<-hold // reads nothing
			return
		}
		io.CopyN(w, zeros{}, size)
	})
	proxy.Flip("blue")
	for i := 0; i < clients; i++ {
		down, up := proxy.dial(), proxy.dial()
		io.WriteString(down, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		fmt.Fprintf(up, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
		go io.CopyN(up, zeros{}, size)
		go io.CopyN(proxy.dial(), &endless{"GET /again HTTP/1.1\r\nHost: x\r\n\r\n", 0}, size)
	}
	worker := proxy.Status().Workers[0].PID
	last := readsNoMore(t, worker, func() bool { return atomic.LoadInt64(&begun) == 2*clients })
	limit := 24 << 20 // 72 clients of at most 224 KiB, and what the worker is without them
	if strings.Contains(os.Getenv("GODEPLOY_BIN"), "asan") {
		limit = 200 << 20 // its shadow memory and quarantine
	}
	most := residentBytes(t, worker)
	t.Logf("%d clients of %d MiB each stand still; read %d MiB, held at most %d KiB", 3*clients, size>>20,
		last>>20, most>>10)
	if most > limit {
		t.Errorf("the worker held %d KiB", most>>10)
	}
	if last > 3*clients*size/2 {
		t.Errorf("the worker read %d MiB: too much for nobody to have taken it", last>>20)
	}
}

func TestLimitsOfOneWayLoseNothingThatWasAskedBefore(t *testing.T) {
	const requests, size = 400, 48 << 10 // one answer fills what a connection may hold
	proxy := newProxy(t)
	var begun int64
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		atomic.AddInt64(&begun, 1)
		io.CopyN(w, zeros{}, size)
	})
	proxy.Flip("blue")
	conn := proxy.dial().(*net.TCPConn)
	io.WriteString(conn, strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", requests))
	conn.CloseWrite() // it asks for no more, and takes nothing for a while
	readsNoMore(t, proxy.Status().Workers[0].PID, func() bool { return atomic.LoadInt64(&begun) > 0 })
	reader := bufio.NewReaderSize(conn, 512)
	for i := 0; i < requests; i++ {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("answer %d of %d: %v", i+1, requests, err)
		}
		if count, err := io.Copy(io.Discard, response.Body); count != size || err != nil {
			t.Fatalf("answer %d of %d: %d bytes, %v", i+1, requests, count, err)
		}
	}
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Errorf("expected the end, got %v", err)
	}
}

func TestLimitsLeaveTheOthersAloneWhenManyAreSlow(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			io.CopyN(w, zeros{}, 4<<20)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	proxy.Flip("blue")
	for i := 0; i < 100; i++ {
		for _, sends := range []string{"", "G", "GET / HTTP/1.1\r\nHost: x\r\nA: ",
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhello",
			"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"} {
			io.WriteString(proxy.dial(), sends)
		}
	}
	for i := 0; i < 10; i++ {
		io.WriteString(proxy.dial(), "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	client := newClient()
	for i := 0; i < 200; i++ {
		response, err := client.Post(proxy.URL("/"), "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || string(body) != "hello" {
			t.Fatalf("request %d: %d %q, %v", i, response.StatusCode, body, err)
		}
	}
}

func TestLimitsAndTrustOfTheSettingsReachTheProxy(t *testing.T) {
	box := newBox(t, "traffic.limits", "{ body: 1KiB, head_bytes: 4KiB }", "traffic.trusted", "[127.0.0.0/8]")
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	for path, want := range map[string]int{"/": 413, "/" + strings.Repeat("a", 5000): 414} {
		response, err := newClient().Post(box.URL(path), "text/plain", strings.NewReader(strings.Repeat("x", 1025)))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%.9s: status %d, expected %d", path, response.StatusCode, want)
		}
	}
	table, err := os.ReadFile(filepath.Join(box.Root, "proxy", "routes.json"))
	if err != nil || !strings.Contains(string(table), `"127.0.0.0/8"`) {
		t.Errorf("%v: %s", err, table)
	}
}
