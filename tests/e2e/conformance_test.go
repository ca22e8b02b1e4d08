package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// outcome is what a client and an app see of one case.
type outcome struct {
	status  string
	reaches string
}

func (o outcome) String() string {
	return "status [" + o.status + "], reached the app: [" + o.reaches + "]"
}

func methodOf(request string) string {
	return strings.SplitN(strings.TrimLeft(request, "\r\n"), " ", 2)[0]
}

func judge(t *testing.T, address string, app *recorder, c requestCase) outcome {
	t.Helper()
	answer := exchangeRaw(t, address, c.request)
	return outcome{answersIn(answer, methodOf(c.request), false),
		strings.Join(app.takeUpToNow(address), "&\n")}
}

func newRecordedProxy(t *testing.T) (*Proxy, *recorder) {
	t.Helper()
	proxy := newProxy(t)
	app := newRecorder(t, proxy.Slots["blue"])
	proxy.Flip("blue")
	return proxy, app
}

func TestConformanceOfRequests(t *testing.T) {
	proxy, app := newRecordedProxy(t)
	for _, c := range append(append([]requestCase{}, acceptedRequests...), refusedRequests...) {
		want := outcome{c.status, strings.Join(c.reaches, "&\n")}
		if got := judge(t, proxy.Address(), app, c); got != want {
			t.Errorf("%s:\nexpected %q\ngot      %q", c.name, want, got)
		}
	}
}

// answerTo is what an app says to the case whose number is its target.
func answerTo(target string) (string, bool) {
	number, err := strconv.Atoi(strings.TrimPrefix(target, "/answer/"))
	if err != nil || number >= len(answerCases) {
		return "", false
	}
	return answerCases[number].answer, answerCases[number].ends
}

// judgeAnswer returns what the client of one case sees.
func judgeAnswer(t *testing.T, address string, app *recorder, number int) string {
	t.Helper()
	c := answerCases[number]
	request := fmt.Sprintf("%s /answer/%d HTTP/1.1\r\nHost: x\r\n%s\r\n", c.method, number, c.fields)
	seen := answersIn(exchangeRaw(t, address, request), c.method, true)
	app.takeUpToNow(address)
	if seen == "" || strings.HasSuffix(seen, " cut") {
		return "cut" // how much of it arrived is a matter of luck
	}
	return seen
}

func TestConformanceOfAnswers(t *testing.T) {
	proxy, app := newRecordedProxy(t)
	app.answers = answerTo
	for number, c := range answerCases {
		if got := judgeAnswer(t, proxy.Address(), app, number); got != c.seen {
			t.Errorf("%s:\nexpected %q\ngot      %q", c.name, c.seen, got)
		}
	}
}

// meaning is what is left of an outcome without what each proxy may decide for itself: how a body
// is framed towards the app, and in which words something is refused.
func (o outcome) meaning() string {
	var lines []string
	for _, line := range strings.Split(o.reaches, "\n") {
		if !strings.HasPrefix(line, "content-length: ") && line != "transfer-encoding: chunked" {
			lines = append(lines, line)
		}
	}
	if !strings.Contains(o.status, "200") {
		o.status = "refused"
	}
	o.reaches = strings.Join(lines, "\n")
	return o.String()
}

// compare reports what a peer does in another way, unless the table says so and why; and what the
// table says that is not so.
func compare(t *testing.T, peer, name, ours, theirs string) {
	t.Helper()
	reason := reasonFor(differences[peer], name)
	switch {
	case ours != theirs && reason == "":
		t.Errorf("%s differs, and nobody said why: %s\nours:   %q\ntheirs: %q", peer, name, ours, theirs)
	case ours == theirs && reason != "":
		t.Errorf("%s does not differ: %s (%s)", peer, name, reason)
	}
}

// testDifferencesFrom compares with what the tables expect of us: that we meet it is what the two
// tests above prove.
func testDifferencesFrom(t *testing.T, peer peer) {
	address, app := peer.start(t)
	known := map[string]bool{}
	isComparable := func(name string) bool {
		known[name] = true
		return reasonFor(incomparable[peer.name], name) == ""
	}
	for _, c := range append(append([]requestCase{}, acceptedRequests...), refusedRequests...) {
		if isComparable(c.name) {
			ours := outcome{c.status, strings.Join(c.reaches, "&\n")}
			compare(t, peer.name, c.name, ours.meaning(), judge(t, address, app, c).meaning())
		}
	}
	app.answers = answerTo
	for number, c := range answerCases {
		if name := "answer, " + c.name; isComparable(name) {
			compare(t, peer.name, name, c.seen, judgeAnswer(t, address, app, number))
		}
	}
	for _, difference := range append(differences[peer.name], incomparable[peer.name]...) {
		for _, name := range difference.cases {
			if !known[name] {
				t.Errorf("a difference is listed for a case that does not exist: %s", name)
			}
		}
	}
}

func TestConformanceDiffersFromNginxOnPurposeOnly(t *testing.T) {
	testDifferencesFrom(t, nginx)
}

func TestConformanceDiffersFromHaproxyOnPurposeOnly(t *testing.T) {
	testDifferencesFrom(t, haproxy)
}
