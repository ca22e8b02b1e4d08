package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What clients of an open loop do: they have something to send at fixed times, whether the answers
// keep up or not, so that whoever is made to wait by one answer is late with the next, and the
// lateness counts. For the test service: other paths than / are asked.
var openKinds = []struct {
	name  string
	every time.Duration
	ask   func(load *Load, connection *clientConnection, answer *Answer) *clientConnection
}{
	{"keepalive", 20 * time.Millisecond, (*Load).ask},
	{"fresh", 20 * time.Millisecond, (*Load).ask},
	{"post", 20 * time.Millisecond, (*Load).ask},
	{"upload", 50 * time.Millisecond, (*Load).ask},
	{"stream", 600 * time.Millisecond, (*Load).ask},
	{"websocket", 20 * time.Millisecond, (*Load).talk},
}

const (
	openUploadBytes = 100 << 10
	endOfStream     = "event: end\ndata: end\n\n"
)

// startOpenLoad has clients of all openKinds ask the test service. Those of a kind do not ask at the
// same time.
func startOpenLoad(t *testing.T, address string) *Load {
	t.Helper()
	load := newLoad(t, address)
	begin := time.Now()
	for _, kind := range openKinds {
		kind := kind
		ask := func(connection *clientConnection, answer *Answer) *clientConnection {
			return kind.ask(load, connection, answer)
		}
		for i := 0; i < clientsOfAKind; i++ {
			due := begin.Add(time.Duration(i) * kind.every / clientsOfAKind)
			load.clients.Add(1)
			go load.repeat(kind.name, ask, func(time.Time) time.Time {
				due = due.Add(kind.every)
				return due
			})
		}
	}
	return load
}

// WaitForEachKind waits until so many more requests of every kind were answered, from now on.
func (load *Load) WaitForEachKind(more int) {
	load.t.Helper()
	for _, kind := range openKinds {
		load.WaitForKind(kind.name, more)
	}
}

// WaitForKind waits until so many more requests of that kind were answered, from now on.
func (load *Load) WaitForKind(kind string, more int) {
	load.t.Helper()
	until := load.countOf(kind) + more
	waitFor(load.t, 30*time.Second, fmt.Sprintf("%d more answers to %s", more, kind), func() bool {
		return load.countOf(kind) >= until
	})
}

func (load *Load) countOf(kind string) int {
	load.lock.Lock()
	defer load.lock.Unlock()
	return len(Answers(load.answers).of(kind))
}

// ---- uploads and streams ----

var (
	uploadsBegun  uint64
	pathOfUploads = url.URL{Path: "/upload"}
	pathOfStreams = url.URL{Path: "/stream", RawQuery: "for=400ms&every=20ms"}
)

// uploadRequest has a body whose length nobody knows before its end, and that no other upload has.
func (load *Load) uploadRequest(answer *Answer) (*http.Request, error) {
	line := fmt.Sprintf("upload %d\n", atomic.AddUint64(&uploadsBegun, 1))
	body := bytes.Repeat([]byte(line), openUploadBytes/len(line))
	sum := sha256.Sum256(body)
	answer.digest = fmt.Sprintf("%s %d\n", hex.EncodeToString(sum[:]), len(body))
	return http.NewRequest("POST", load.target.ResolveReference(&pathOfUploads).String(),
		struct{ io.Reader }{bytes.NewReader(body)})
}

// streamRequest is one on a connection of its own. A kept one may be closed behind a stream that an
// upgrade came into: its head had promised otherwise before anybody knew.
func (load *Load) streamRequest() (*http.Request, error) {
	request, err := http.NewRequest("GET", load.target.ResolveReference(&pathOfStreams).String(), nil)
	if err == nil {
		request.Close = true
	}
	return request, err
}

// check looks at the body of a good answer.
func (a Answer) check(body string) error {
	switch a.Kind {
	case "upload":
		if body != a.digest {
			return fmt.Errorf("an upload of %q arrived as %q", a.digest, body)
		}
	case "stream":
		return checkStream(body, a.Release)
	}
	return nil
}

// checkStream wants every event, in order, of one release, and the end.
func checkStream(body, release string) error {
	rest := body
	for id := 0; rest != endOfStream; id++ {
		event := fmt.Sprintf("id: %d\ndata: %s\n\n", id, release)
		if !strings.HasPrefix(rest, event) {
			return fmt.Errorf("a stream of release %s is wrong at event %d: %q", release, id, body)
		}
		rest = rest[len(event):]
	}
	return nil
}

// ---- WebSockets ----

// talk is an asker: one message, which has to come back. A client that is told 1001 connects anew
// and sends it again, as a browser's script would.
func (load *Load) talk(connection *clientConnection, answer *Answer) *clientConnection {
	for {
		connection, answer.Err = load.say(connection, answer)
		if !errors.Is(answer.Err, errGoodbye) {
			break
		}
		answer.Goodbyes++
	}
	if answer.Err == nil {
		answer.Status = http.StatusOK
	}
	return connection
}

func (load *Load) say(connection *clientConnection, answer *Answer) (*clientConnection, error) {
	if connection == nil {
		fresh, err := load.connectFor(answer)
		if err != nil {
			return nil, err
		}
		if err := (&socket{fresh.Conn, fresh.in}).open(); err != nil {
			fresh.close()
			return nil, err
		}
		connection = fresh
	}
	answer.Dialed = connection.dialed
	err := (&socket{connection.Conn, connection.in}).echo("sent at " + answer.Due.Format("05.000000"))
	if err != nil {
		connection.close()
		return nil, err
	}
	return connection, nil
}

// ---- what came of it ----

// Slowest is the longest time from when a request was due until its good answer was there.
func (answers Answers) Slowest() time.Duration {
	var slowest time.Duration
	for _, answer := range answers {
		if took := answer.Ended.Sub(answer.Due); !answer.Lost() && took > slowest {
			slowest = took
		}
	}
	return slowest
}

// Goodbyes is how often a WebSocket was told 1001.
func (answers Answers) Goodbyes() int {
	count := 0
	for _, answer := range answers {
		count += answer.Goodbyes
	}
	return count
}

// A client that cannot see a cut stream, a changed upload or a reset proves nothing.
func TestOpenLoadSeesWhatIsLost(t *testing.T) {
	service := startService(t, "1.0.0", t.TempDir())
	load := startOpenLoad(t, serviceURL(service, "/"))
	load.WaitForEachKind(2)
	service.Process.Kill()
	service.Wait()
	load.WaitForEachKind(clientsOfAKind + 1) // each client may have had one good answer under way

	answers := load.Stop()
	for _, kind := range openKinds {
		of := answers.of(kind.name)
		if lost := len(of.Lost()); lost == 0 || lost == len(of) {
			t.Errorf("%d of %d %s were lost", lost, len(of), kind.name)
		}
	}
}

func TestStreamsAndUploadsAreCheckedToTheirLastByte(t *testing.T) {
	const good = "id: 0\ndata: 1.0.0\n\nid: 1\ndata: 1.0.0\n\n" + endOfStream
	for body, whole := range map[string]bool{
		good:                                  true,
		strings.TrimSuffix(good, endOfStream): false,
		strings.Replace(good, "id: 0", "id: 1", 1): false,
		strings.Replace(good, "1.0.0", "2.0.0", 1): false,
		strings.TrimSuffix(good, "\n"):             false,
		good + "\n":                                false,
		"":                                         false,
	} {
		if err := (Answer{Kind: "stream", Release: "1.0.0"}).check(body); (err == nil) != whole {
			t.Errorf("%q: %v", body, err)
		}
	}
	if (Answer{Kind: "upload", digest: "a 1\n"}).check("b 1\n") == nil {
		t.Error("another digest is taken for good")
	}
}
