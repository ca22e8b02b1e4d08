package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// Load is clients of some kinds that ask all the time and remember every answer. It is independent
// of proxy/load/load.c, and of http.Transport, which would send a lost request again in silence.
type Load struct {
	t       *testing.T
	target  *url.URL
	pause   time.Duration // of each client, between two requests
	stop    chan struct{}
	clients sync.WaitGroup
	lock    sync.Mutex
	answers []Answer
	dial    func(address string) (net.Conn, error) // nil: from this host
}

// Answer is one request and what became of it.
type Answer struct {
	Kind     string    // keepalive, fresh, post; of open loops also upload, stream, websocket
	Due      time.Time // when it was to be sent
	Dialed   time.Time // when its connection was begun
	Begun    time.Time
	Ended    time.Time
	Status   int    // a message of a WebSocket that came back counts as 200
	Release  string // X-Release
	Goodbyes int    // how often a WebSocket was told 1001 instead, and the message sent again
	Err      error
	digest   string // of an upload: what /upload has to say
}

// Lost says whether the client has got anything but a good answer.
func (a Answer) Lost() bool {
	return a.Err != nil || a.Status != http.StatusOK
}

func (a Answer) String() string {
	return fmt.Sprintf("%s %s: %s status %d release %q after %v, %v", a.Begun.Format("05.000"), a.Kind,
		map[bool]string{true: "lost", false: "ok"}[a.Lost()], a.Status, a.Release,
		a.Ended.Sub(a.Begun).Round(time.Millisecond), a.Err)
}

const (
	clientsOfAKind = 3
	pauseOfClient  = 4 * time.Millisecond
	answerDeadline = 20 * time.Second
	postBytes      = 20000
)

// startLoad begins at once, and ends by Stop, or with the test.
func startLoad(t *testing.T, address string) *Load {
	t.Helper()
	return startLoadOf(t, address, clientsOfAKind, pauseOfClient)
}

// startLightLoad leaves the processors to what is tested.
func startLightLoad(t *testing.T, address string) *Load {
	t.Helper()
	return startLoadOf(t, address, 1, 4*pauseOfClient)
}

func startLoadOf(t *testing.T, address string, ofAKind int, pause time.Duration) *Load {
	t.Helper()
	return startLoadFrom(t, address, ofAKind, pause, nil)
}

// startLoadFrom has the clients connect by dial, from another host.
func startLoadFrom(t *testing.T, address string, ofAKind int, pause time.Duration,
	dial func(address string) (net.Conn, error)) *Load {
	t.Helper()
	load := newLoad(t, address)
	load.pause, load.dial = pause, dial
	for _, kind := range []string{"keepalive", "fresh", "post"} {
		for i := 0; i < ofAKind; i++ {
			load.clients.Add(1)
			go load.client(kind)
		}
	}
	return load
}

// newLoad has no clients yet; those that it gets are ended with the test.
func newLoad(t *testing.T, address string) *Load {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	load := &Load{t: t, target: target, stop: make(chan struct{})}
	t.Cleanup(load.end)
	return load
}

func (load *Load) end() {
	load.lock.Lock()
	select {
	case <-load.stop:
	default:
		close(load.stop)
	}
	load.lock.Unlock()
	load.clients.Wait()
}

// Stop ends the clients once their requests are answered, and returns all answers in the order in
// which they came.
func (load *Load) Stop() Answers {
	load.end()
	sort.SliceStable(load.answers, func(i, j int) bool {
		return load.answers[i].Ended.Before(load.answers[j].Ended)
	})
	return load.answers
}

// WaitForAnswers waits until so many more requests were answered, from now on.
func (load *Load) WaitForAnswers(more int) {
	load.t.Helper()
	until := load.count() + more
	waitFor(load.t, 30*time.Second, fmt.Sprintf("%d more answers", more), func() bool {
		return load.count() >= until
	})
}

func (load *Load) count() int {
	load.lock.Lock()
	defer load.lock.Unlock()
	return len(load.answers)
}

// client is a closed loop: it pauses after every answer.
func (load *Load) client(kind string) {
	load.repeat(kind, load.ask, func(time.Time) time.Time { return time.Now().Add(load.pause) })
}

// asker does one request, on the connection if there is one, and returns the connection if it can
// carry another.
type asker func(connection *clientConnection, answer *Answer) *clientConnection

func (load *Load) repeat(kind string, ask asker, next func(due time.Time) time.Time) {
	defer load.clients.Done()
	var connection *clientConnection
	defer func() { connection.close() }()
	for due := next(time.Now()); ; due = next(due) {
		select {
		case <-load.stop:
			return
		case <-time.After(time.Until(due)):
		}
		answer := Answer{Kind: kind, Due: due, Begun: time.Now()}
		connection = ask(connection, &answer)
		answer.Ended = time.Now()
		load.lock.Lock()
		load.answers = append(load.answers, answer)
		load.lock.Unlock()
	}
}

type clientConnection struct {
	net.Conn
	in     *bufio.Reader
	dialed time.Time
}

func (c *clientConnection) close() {
	if c != nil {
		c.Close()
	}
}

func (load *Load) connect() (net.Conn, error) {
	if load.dial != nil {
		return load.dial(load.target.Host)
	}
	return net.DialTimeout("tcp", load.target.Host, answerDeadline)
}

// connectFor is a new connection for that request.
func (load *Load) connectFor(answer *Answer) (*clientConnection, error) {
	answer.Dialed = time.Now()
	conn, err := load.connect()
	if err != nil {
		return nil, err
	}
	return &clientConnection{Conn: conn, in: bufio.NewReader(conn), dialed: answer.Dialed}, nil
}

// ask is the asker of all kinds that are requests.
func (load *Load) ask(connection *clientConnection, answer *Answer) *clientConnection {
	if connection == nil {
		fresh, err := load.connectFor(answer)
		if err != nil {
			answer.Err = err
			return nil
		}
		connection = fresh
	}
	answer.Dialed = connection.dialed
	keep, err := load.exchange(connection, answer)
	answer.Err = err
	if err != nil || !keep {
		connection.close()
		return nil
	}
	return connection
}

func (load *Load) exchange(connection *clientConnection, answer *Answer) (keep bool, err error) {
	request, err := load.request(answer)
	if err != nil {
		return false, err
	}
	if err := connection.SetDeadline(time.Now().Add(answerDeadline)); err != nil {
		return false, err
	}
	if err := request.Write(connection); err != nil {
		return false, err
	}
	response, err := http.ReadResponse(connection.in, request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	answer.Status = response.StatusCode
	answer.Release = response.Header.Get("X-Release")
	body, err := io.ReadAll(response.Body)
	if err == nil && !answer.Lost() {
		err = answer.check(string(body))
	}
	if err != nil {
		return false, err
	}
	return !response.Close && !request.Close, nil
}

func (load *Load) request(answer *Answer) (*http.Request, error) {
	switch answer.Kind {
	case "post":
		return http.NewRequest("POST", load.target.String(),
			bytes.NewReader(make([]byte, postBytes)))
	case "upload":
		return load.uploadRequest(answer)
	case "stream":
		return load.streamRequest()
	}
	request, err := http.NewRequest("GET", load.target.String(), nil)
	if err == nil {
		request.Close = answer.Kind == "fresh"
	}
	return request, err
}

// Answers are in the order in which they came.
type Answers []Answer

// Lost are those that were no good answer.
func (answers Answers) Lost() Answers {
	var lost Answers
	for _, answer := range answers {
		if answer.Lost() {
			lost = append(lost, answer)
		}
	}
	return lost
}

// Of are the good answers of one release.
func (answers Answers) Of(release string) Answers {
	var found Answers
	for _, answer := range answers {
		if !answer.Lost() && answer.Release == release {
			found = append(found, answer)
		}
	}
	return found
}

// BegunAfter are those whose request was sent after that time.
func (answers Answers) BegunAfter(when time.Time) Answers {
	var found Answers
	for _, answer := range answers {
		if answer.Begun.After(when) {
			found = append(found, answer)
		}
	}
	return found
}

// Releases counts the good answers of each release.
func (answers Answers) Releases() map[string]int {
	counts := map[string]int{}
	for _, answer := range answers {
		if !answer.Lost() {
			counts[answer.Release]++
		}
	}
	return counts
}

// LongestGap is the longest time between two good answers.
func (answers Answers) LongestGap() time.Duration {
	var longest time.Duration
	var last time.Time
	for _, answer := range answers {
		if answer.Lost() {
			continue
		}
		if gap := answer.Ended.Sub(last); !last.IsZero() && gap > longest {
			longest = gap
		}
		last = answer.Ended
	}
	return longest
}

func (answers Answers) String() string {
	lines := []string{fmt.Sprintf("%d answers, releases %v", len(answers), answers.Releases())}
	for i, answer := range answers {
		if i == 20 {
			lines = append(lines, "...")
			break
		}
		lines = append(lines, answer.String())
	}
	return strings.Join(lines, "\n")
}

// MustLoseNothing is what the whole product is about.
func (answers Answers) MustLoseNothing(t *testing.T) {
	t.Helper()
	if lost := answers.Lost(); len(lost) > 0 {
		t.Errorf("%d of %d requests were lost:\n%v", len(lost), len(answers), lost)
	}
	if len(answers) == 0 {
		t.Error("no request was sent")
	}
}

// get asks once on a connection of its own.
func get(t *testing.T, address string) (status int, release, body string) {
	t.Helper()
	client := http.Client{Timeout: answerDeadline,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("X-Release"), string(content)
}

// A client that cannot see a loss proves nothing.
func TestLoadClientSeesWhatIsLost(t *testing.T) {
	service := startService(t, "1.0.0", t.TempDir())
	load := startLoad(t, serviceURL(service, "/"))
	load.WaitForAnswers(100)
	good := load.count()
	service.Process.Kill()
	service.Wait()
	for _, kind := range []string{"keepalive", "fresh", "post"} {
		load.WaitForKind(kind, clientsOfAKind+1) // each client may have had one good answer under way
	}

	answers := load.Stop()
	for _, kind := range []string{"keepalive", "fresh", "post"} {
		lost := 0
		for _, answer := range answers.Lost() {
			if answer.Kind == kind {
				lost++
			}
		}
		if lost == 0 {
			t.Errorf("no %s request was lost", kind)
		}
	}
	if served := answers.Releases()["1.0.0"]; served < 90 || served+len(answers.Lost()) != len(answers) {
		t.Errorf("%d good answers before the end, then\n%v", good, answers)
	}
}
