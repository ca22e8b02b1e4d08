package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// recorder is an app behind a proxy that writes down which requests reach it, whole and byte by
// byte, with a reader of its own: one that knows nothing of what a proxy should have done.
type recorder struct {
	t        *testing.T
	listener net.Listener
	lock     sync.Mutex
	seen     []string
	reading  int // requests that have begun and are neither whole nor given up
	// answers gives the bytes for a target, and whether the connection ends behind them.
	answers func(target string) (string, bool)
}

func newRecorder(t *testing.T, address string) *recorder {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	recorder := &recorder{t: t, listener: listener}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go recorder.serve(conn)
		}
	}()
	return recorder
}

func (recorder *recorder) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(100 * time.Second))
	reader := bufio.NewReader(conn)
	for {
		if _, err := reader.Peek(1); err != nil {
			return
		}
		recorder.count(1)
		request, target, err := recorder.read(reader)
		if err == nil {
			recorder.note(request, target)
		}
		recorder.count(-1)
		if err != nil || !recorder.answer(conn, request, target) {
			return
		}
	}
}

func (recorder *recorder) count(change int) {
	recorder.lock.Lock()
	recorder.reading += change
	recorder.lock.Unlock()
}

func (recorder *recorder) note(request, target string) {
	recorder.lock.Lock()
	recorder.seen = append(recorder.seen, request)
	recorder.lock.Unlock()
}

func (recorder *recorder) answer(conn net.Conn, request, target string) bool {
	answer, end := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false
	if strings.HasPrefix(request, "HEAD ") {
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	}
	if recorder.answers != nil {
		if other, ends := recorder.answers(target); other != "" {
			answer, end = other, ends
		}
	}
	_, err := io.WriteString(conn, answer)
	return err == nil && !end
}

// Fields that every proxy writes in its own way, about itself or about its connection.
func isAboutTheHop(name string) bool {
	return strings.HasPrefix(name, "x-forwarded-") || name == "forwarded" ||
		name == "x-request-id" || name == "connection"
}

// read takes one request and returns it as text: its line, its fields in order of their names, and
// its body without framing.
func (recorder *recorder) read(reader *bufio.Reader) (request, target string, err error) {
	line, err := readLine(reader)
	if err != nil {
		return "", "", err
	}
	words := strings.SplitN(line, " ", 3)
	if len(words) != 3 {
		return "", "", fmt.Errorf("the request line is %q", line)
	}
	fields, err := readFields(reader)
	if err != nil {
		return "", "", err
	}
	body, trailers, err := readBody(reader, fields)
	return line + "\n" + written(fields) + "\n" + body + written(trailers), words[1], err
}

func readLine(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(line, "\r\n") {
		return "", fmt.Errorf("%q ends without CR", line)
	}
	return line[:len(line)-2], nil
}

// readFields returns lines of "name: value".
func readFields(reader *bufio.Reader) ([]string, error) {
	var fields []string
	for {
		line, err := readLine(reader)
		if err != nil || line == "" {
			return fields, err
		}
		colon := strings.Index(line, ":")
		if colon < 0 {
			return nil, fmt.Errorf("%q has no colon", line)
		}
		fields = append(fields, strings.ToLower(line[:colon])+": "+strings.Trim(line[colon+1:], " \t"))
	}
}

func written(fields []string) string {
	var kept []string
	for _, field := range fields {
		if !isAboutTheHop(field[:strings.Index(field, ":")]) {
			kept = append(kept, field+"\n")
		}
	}
	sort.Strings(kept)
	return strings.Join(kept, "")
}

func readBody(reader *bufio.Reader, fields []string) (body string, trailers []string, err error) {
	for _, field := range fields {
		switch {
		case field == "transfer-encoding: chunked":
			return readChunks(reader)
		case strings.HasPrefix(field, "content-length: "):
			length, err := strconv.Atoi(field[len("content-length: "):])
			if err != nil {
				return "", nil, err
			}
			bytes := make([]byte, length)
			_, err = io.ReadFull(reader, bytes)
			return string(bytes), nil, err
		}
	}
	return "", nil, nil
}

func readChunks(reader *bufio.Reader) (body string, trailers []string, err error) {
	for {
		line, err := readLine(reader)
		if err != nil {
			return "", nil, err
		}
		length, err := strconv.ParseUint(line, 16, 32) // no extension: a proxy takes them away
		if err != nil {
			return "", nil, err
		}
		if length == 0 {
			trailers, err := readFields(reader)
			return body, trailers, err
		}
		bytes := make([]byte, length+2)
		if _, err := io.ReadFull(reader, bytes); err != nil {
			return "", nil, err
		}
		body += string(bytes[:length])
	}
}

// take returns what was seen, and forgets it.
func (recorder *recorder) take() []string {
	recorder.lock.Lock()
	defer recorder.lock.Unlock()
	seen := recorder.seen
	recorder.seen = nil
	return seen
}

const sentinel = "/sentinel"

// takeUpToNow takes what reached the app before a request that is made now.
func (recorder *recorder) takeUpToNow(address string) []string {
	recorder.t.Helper()
	client := newClient()
	defer client.CloseIdleConnections()
	response, err := client.Get("http://" + address + sentinel)
	if err != nil {
		recorder.t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || string(body) != "ok" {
		recorder.t.Errorf("the next request got an answer that was not its own: %d %q",
			response.StatusCode, body)
	}
	waitFor(recorder.t, 20*time.Second, "no request that is half read", func() bool {
		recorder.lock.Lock()
		defer recorder.lock.Unlock()
		return recorder.reading == 0
	})
	var seen []string
	for _, request := range recorder.take() {
		if !strings.Contains(request, " "+sentinel+" ") {
			seen = append(seen, request)
		}
	}
	return seen
}

// exchange sends bytes and the end of them, and returns all that comes back.
func exchangeRaw(t *testing.T, address, bytes string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, bytes)
	conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%.60q: the connection does not end; it brought %.200q", bytes, answer)
	}
	return string(answer)
}

// answersIn takes `bytes` apart into the answers that a client sees: statuses alone, or all of each.
func answersIn(bytes, method string, all bool) string {
	var seen []string
	reader := bufio.NewReader(strings.NewReader(bytes))
	for {
		if _, err := reader.Peek(1); err != nil {
			return strings.Join(seen, " ")
		}
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return strings.Join(append(seen, "nonsense"), " ")
		}
		text := strconv.Itoa(response.StatusCode)
		body, err := io.ReadAll(response.Body)
		if all && response.StatusCode != 502 { // each proxy has its own words for that
			text += "\n" + fieldsOf(response.Header) + "\n" + string(body) + fieldsOf(response.Trailer)
		}
		seen = append(seen, text)
		if err != nil {
			return strings.Join(append(seen, "cut"), " ")
		}
	}
}

func fieldsOf(header http.Header) string {
	var lines []string
	for name, values := range header {
		switch name {
		case "Date", "Server", "Connection", "Keep-Alive", "Content-Length", "Via", "X-Request-Id":
			continue // each proxy's own, or framing
		}
		for _, value := range values {
			lines = append(lines, strings.ToLower(name)+": "+value+"\n")
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}
