package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	flipsInARow   = 50
	flipsOfTCP    = 6
	uploadBytes   = 50 << 20
	clockLatitude = 100 * time.Millisecond // between a stage's time in the journal and our own clock
)

// Flip is a command that moved the traffic to a release.
type Flip struct {
	Release         string
	Begun, Returned time.Time
}

// flipBackAndForth lets the two releases replace each other, by deploy and by rollback.
func flipBackAndForth(box *Box, load *Load, times int) []Flip {
	box.t.Helper()
	var flips []Flip
	for i := 0; i < times; i++ {
		flip := Flip{Release: []string{"2.0.0", "1.0.0"}[i%2], Begun: time.Now()}
		if i%4 < 2 {
			box.Must("deploy", "--version", flip.Release, "--allow-downgrade")
		} else {
			box.Must("rollback", flip.Release)
		}
		flip.Returned = time.Now()
		flips = append(flips, flip)
		load.WaitForAnswers(20)
		load.WaitForKind("fresh", clientsOfAKind+1) // one of them began after the flip
	}
	return flips
}

// mustFollow wants every request that began after a flip had returned, and that was answered before
// the next one began, to be answered by the release of that flip.
func (answers Answers) mustFollow(t *testing.T, flips []Flip) {
	t.Helper()
	for i, flip := range flips {
		judged, wrong := 0, Answers{}
		for _, answer := range answers.BegunAfter(flip.Returned) {
			if answer.Lost() || i+1 < len(flips) && answer.Ended.After(flips[i+1].Begun) {
				continue
			}
			judged++
			if answer.Release != flip.Release {
				wrong = append(wrong, answer)
			}
		}
		if judged == 0 || len(wrong) > 0 {
			t.Errorf("flip %d to %s: of %d answers these are wrong: %v", i+1, flip.Release, judged, wrong)
		}
	}
}

// of are the answers to clients of that kind.
func (answers Answers) of(kind string) Answers {
	var found Answers
	for _, answer := range answers {
		if answer.Kind == kind {
			found = append(found, answer)
		}
	}
	return found
}

func TestFiftyFlipsInARowLoseNoRequest(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "2.0.0"})
	box.Must("rollback", "1.0.0")
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)
	flips := flipBackAndForth(box, load, flipsInARow)

	answers := load.Stop()
	answers.MustLoseNothing(t)
	answers.mustFollow(t, flips)
	for _, kind := range []string{"keepalive", "fresh", "post"} {
		if len(answers.of(kind)) < flipsInARow {
			t.Errorf("only %d %s requests", len(answers.of(kind)), kind)
		}
	}
	t.Logf("%d answers, longest gap %v", len(answers), answers.LongestGap())
	box.MustServe(flips[len(flips)-1].Release)
}

// By connections, a client that keeps its own stays with its release until that is drained: only
// what connects anew tells where the traffic goes.
func TestFlipsOfConnectionsLoseNoNewOne(t *testing.T) {
	const budget = 300 * time.Millisecond
	box := deployed(t, []string{"1.0.0", "2.0.0"}, "traffic.mode", "tcp", "drain.in_flight", milliseconds(budget),
		"drain.upgraded", milliseconds(budget))
	box.Must("rollback", "1.0.0")
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)
	flips := flipBackAndForth(box, load, flipsOfTCP)

	var fresh Answers
	for _, answer := range load.Stop().of("fresh") {
		// One that was made before a flip has the budget of the drain, however busy the machine is.
		if !answer.Lost() || answer.Ended.Sub(answer.Begun) < budget {
			fresh = append(fresh, answer)
		}
	}
	fresh.MustLoseNothing(t)
	fresh.mustFollow(t, flips)
	box.MustServe(flips[len(flips)-1].Release)
}

// stageBegan is when a stage of the deployment that ran last began.
func (r Result) stageBegan(t *testing.T, stage string) time.Time {
	t.Helper()
	for _, event := range r.events(t) {
		if event.Stage == stage && event.Event == "stage_begin" {
			at, err := time.Parse(time.RFC3339, event.Time)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("%s never began in\n%v", stage, r)
	return time.Time{}
}

// socket is a client's end of a WebSocket, as far as an echo needs it.
type socket struct {
	net.Conn
	in *bufio.Reader
}

func dialSocket(t *testing.T, box *Box) *socket {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", box.PublicPort))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	one := &socket{Conn: conn, in: bufio.NewReader(conn)}
	if err := one.open(); err != nil {
		t.Fatal(err)
	}
	return one
}

func (one *socket) open() error {
	if err := one.SetDeadline(time.Now().Add(answerDeadline)); err != nil {
		return err
	}
	if _, err := io.WriteString(one, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); err != nil {
		return err
	}
	response, err := http.ReadResponse(one.in, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols ||
		response.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		return fmt.Errorf("no WebSocket: %s %v", response.Status, response.Header)
	}
	return nil
}

// errGoodbye is a close frame that says 1001, going away.
var errGoodbye = errors.New("closed with status 1001")

// echo sends a text and wants it back.
func (one *socket) echo(text string) error {
	if err := one.SetDeadline(time.Now().Add(answerDeadline)); err != nil {
		return err
	}
	mask := [4]byte{1, 2, 3, 4}
	frame := append([]byte{0x81, 0x80 | byte(len(text))}, mask[:]...)
	for i := range text {
		frame = append(frame, text[i]^mask[i%4])
	}
	if _, err := one.Write(frame); err != nil {
		return err
	}
	head, payload, err := one.receive()
	if err != nil {
		return err
	}
	if head == 0x88 && payload == "\x03\xe9" {
		return errGoodbye
	}
	if head != 0x81 || payload != text {
		return fmt.Errorf("%q came back as %#x %q", text, head, payload)
	}
	return nil
}

// receive reads one frame of less than 126 bytes.
func (one *socket) receive() (head byte, payload string, err error) {
	var start [2]byte
	if _, err := io.ReadFull(one.in, start[:]); err != nil {
		return 0, "", err
	}
	rest := make([]byte, start[1])
	if _, err := io.ReadFull(one.in, rest); err != nil {
		return 0, "", err
	}
	return start[0], string(rest), nil
}

// cut is when something ended, and how.
type cut struct {
	at  time.Time
	err error
}

// milliseconds is a duration as the settings know it.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%dms", d.Milliseconds())
}

func untilCut(ask func() error) <-chan cut {
	ended := make(chan cut, 1)
	go func() {
		for {
			if err := ask(); err != nil {
				ended <- cut{time.Now(), err}
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return ended
}

func TestHeldConnectionsAreCutByTheirBudgetAndNotBefore(t *testing.T) {
	const requests, upgraded = 700 * time.Millisecond, 1400 * time.Millisecond
	box := deployed(t, []string{"1.0.0"}, "drain.in_flight", milliseconds(requests),
		"drain.upgraded", milliseconds(upgraded))
	box.Release("2.0.0", "2.0.0")
	socket := dialSocket(t, box)
	stream, err := http.Get(box.URL("/stream?for=60s&every=10ms"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	buffer := make([]byte, 4096)
	streamCut := untilCut(func() error {
		_, err := stream.Body.Read(buffer)
		return err
	})
	socketCut := untilCut(func() error { return socket.echo("hello") })

	result := box.Must("deploy", "--version", "2.0.0", "--json")
	result.mustSay(t, "cut 1 request and 0 upgraded connections of release 1.0.0")
	result.mustSay(t, "upgraded connections closed one by one: 1")
	drain := result.stageBegan(t, "drain")
	for _, held := range []struct {
		what   string
		ended  <-chan cut
		budget time.Duration
	}{{"the stream", streamCut, requests}, {"the socket", socketCut, upgraded / 2}} {
		end := <-held.ended
		if lasted := end.at.Sub(drain); lasted < held.budget-clockLatitude {
			t.Errorf("%s was cut %v after the drain began, before its %v were over: %v", held.what, lasted,
				held.budget, end.err)
		}
	}
	box.MustServe("2.0.0")
}

func TestStreamAndUploadThatEndInTimeAreWhole(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "drain.in_flight", "60s")
	box.Release("2.0.0", "2.0.0")
	stream, err := http.Get(box.URL("/stream?for=2s&every=20ms"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	body, writer := io.Pipe()
	type uploaded struct {
		release, text string
		err           error
	}
	done := make(chan uploaded, 1)
	go func() {
		response, err := http.Post(box.URL("/upload"), "application/octet-stream", body)
		if err != nil {
			done <- uploaded{err: err}
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		done <- uploaded{response.Header.Get("X-Release"), string(text), err}
	}()
	half := make([]byte, uploadBytes/2)
	for i := range half {
		half[i] = byte(i * 7)
	}
	if _, err := writer.Write(half); err != nil {
		t.Fatal(err)
	}

	running := box.Start("deploy", "--version", "2.0.0")
	waitFor(t, 30*time.Second, "the traffic goes to the new release", func() bool {
		return box.whoAnswers() == "2.0.0"
	})
	if _, err := writer.Write(half); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	result := <-done
	hash := sha256.New()
	hash.Write(half)
	hash.Write(half)
	expected := fmt.Sprintf("%s %d\n", hex.EncodeToString(hash.Sum(nil)), uploadBytes)
	if result.err != nil || result.release != "1.0.0" || result.text != expected {
		t.Errorf("expected %q, got %+v", expected, result)
	}
	text, err := io.ReadAll(stream.Body)
	if err != nil || !strings.HasSuffix(string(text), "event: end\ndata: end\n\n") ||
		strings.Contains(string(text), "2.0.0") {
		t.Errorf("the stream was cut: %v", err)
	}
	if end := running.mustEnd(0); strings.Contains(end.Stderr, "cut") {
		t.Errorf("something was cut:\n%v", end)
	}
	box.MustServe("2.0.0")
}
