package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A release that is not healthy never sees a user's request: status 9, and its last answer is shown.
func TestCheckRefuses(t *testing.T) {
	box := withServing(t, "check.deadline", "1500ms", "check.timeout", "700ms") // start has the same deadline
	published := ""
	for _, c := range []struct {
		name, service string
		changes       []string
		words         []string
	}{
		{"answers 500", "unhealthy", nil, []string{"HTTP 500", "200", "logs --slot green"}},
		{"redirects", "redirect", nil, []string{"HTTP 301"}},
		{"calls itself otherwise", "wrong-identity", nil, []string{"9.9.9-wrong", "2.0.0", "X-Release"}},
		{"another answer", "2.0.0", []string{"check.body", "all is well"}, []string{"all is well"}},
		{"another status", "2.0.0", []string{"check.expect", "204"}, []string{"HTTP 200", "204"}},
		{"answers too late", "2.0.0", []string{"check.path", `"/slow?ms=5000"`},
			[]string{"no whole answer", "raise check.timeout", "logs --slot green"}},
		{"a check that fails", "2.0.0", []string{"check.kind", "exec", "check.exec",
			`["/bin/sh", "-c", "echo no good; exit 4"]`}, []string{"4"}},
		{"a check that is missing", "2.0.0", []string{"check.kind", "exec", "check.exec",
			`["./nothing"]`}, []string{"./nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			if c.service != published {
				inner.Release("2.0.0", c.service)
				published = c.service
			}
			inner.mustFailDeploying(9, "2.0.0", append(c.words, "checking release 2.0.0")...)
			inner.mustNotHave("2.0.0")
		})
	}
	for _, c := range []struct {
		name, service string
		changes       []string
	}{

		{"by tcp", "2.0.0", []string{"check.kind", "tcp", "check.deadline", "15s"}},
		{"by a program", "2.0.0", []string{"check.kind", "exec", "check.deadline", "15s",
			"check.exec", fmt.Sprintf(`["/bin/sh", "-c", "test {port} = %d"]`, box.SlotPorts[1])}},
		{"slow to start", "slow-start", []string{"check.deadline", "15s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			if c.service != published {
				inner.Release("2.0.0", c.service)
				published = c.service
			}
			for _, stage := range []string{"fetch", "verify", "unpack", "start", "check"} {
				inner.Must(stage, "--version", "2.0.0")
			}
			inner.Must("abort")
			inner.mustBeAsBefore("1.0.0")
		})
	}
	box.Change("check.deadline", "15s")
	box.Release("2.0.0", "2.0.0")
	box.mustDeploy("2.0.0")
}

// What turns ill under real traffic is sent back: status 11, and only what the ill release itself
// answered badly is lost.
func TestWatchSendsBack(t *testing.T) {
	for _, c := range []struct {
		name, service string
		words         []string
		mayLose       bool
	}{
		{"turns ill", "2.0.0", []string{"turned ill", "HTTP 500", "times in a row"}, false},
		{"answers with errors", "late-errors", []string{"failed", "allowed are 1.00%",
			"watch.max_error_rate", "logs --slot green"}, true},
		{"ends", "late-exit", []string{"ended", "exit status 3", "broke out"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := newBox(t)
			box.Release("1.0.0", "1.0.0")
			box.Release("2.0.0", c.service)
			box.Must("deploy", "--version", "1.0.0")
			load := lightLoad(t, box.URL("/"))
			box.Change("watch.for", "20s")
			box.deployWhatFallsIll("2.0.0").mustBeRefused(11, append(c.words, "watching release 2.0.0",
				"serves: release 1.0.0 still answers")...)
			box.mustBeAsBefore("1.0.0")
			after := load.count()
			load.WaitForAnswers(30)
			answers := load.Stop()
			if answers.Releases()["2.0.0"] == 0 {
				t.Error("release 2.0.0 has not served")
			}
			answers[after:].MustLoseNothing(t)
			mustLoseOnlyBy(t, answers.Lost(), c.mayLose)
			box.mustNotHave("2.0.0")
			box.Release("3.0.0", "3.0.0")
			box.Change("watch.for", "300ms")
			box.mustDeploy("3.0.0")
		})
	}
}

// deployWhatFallsIll deploys to slot green what falls ill as soon as it is watched.
func (box *Box) deployWhatFallsIll(version string) *Running {
	box.t.Helper()
	running := box.Start("deploy", "--version", version)
	box.waitForStage("watch")
	box.fallIll(1)
	return running
}

// fallIll: the instance may end by that, and answer no more.
func (box *Box) fallIll(slot int) {
	if response, err := http.Get(box.SlotURL(slot, "/ill")); err == nil {
		response.Body.Close()
	}
}

// mustLoseOnlyBy: each loss is an answer of the ill release, or of the proxy in its place.
func mustLoseOnlyBy(t *testing.T, lost Answers, may bool) {
	t.Helper()
	if !may && len(lost) > 0 {
		t.Errorf("lost:\n%v", lost)
	}
	for _, answer := range lost {
		if answer.Status < 500 || answer.Release != "" && answer.Release != "2.0.0" {
			t.Errorf("lost by somebody else: %v", answer)
		}
	}
}

// A request that the new release has begun is finished there, although the traffic has gone back.
func TestWatchSendsBackAndCutsNoRequest(t *testing.T) {
	box := withServing(t, "service.stop_timeout", "200ms")
	box.Release("2.0.0", "2.0.0")
	box.Change("watch.for", "60s")
	running := box.Start("deploy", "--version", "2.0.0")
	box.waitForStage("watch")
	stream, err := http.Get(box.URL("/stream?for=2s&every=50ms")) // its head is here: it has begun
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	box.fallIll(1)
	whole, err := io.ReadAll(stream.Body)
	if err != nil || !strings.HasSuffix(string(whole), "event: end\ndata: end\n\n") ||
		stream.Header.Get("X-Release") != "2.0.0" {
		t.Errorf("the stream of release %q was cut: %v", stream.Header.Get("X-Release"), err)
	}
	if result := running.Wait(); result.Status != 11 {
		t.Errorf("status %d instead of 11\n%v", result.Status, result)
	}
	box.mustBeAsBefore("1.0.0")
}

// A leak of handles is seen while the new release is watched; with few requests nobody judges.
func TestWatchSeesALeakAndJudgesNoFewRequests(t *testing.T) {
	box := newBox(t)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	t.Run("leak", func(t *testing.T) {
		inner := box.with(t, "watch.for", "20s", "watch.max_handle_growth", "50")
		inner.Release("2.0.0", "2.0.0")
		running := inner.Start("deploy", "--version", "2.0.0")
		inner.waitForRelease("2.0.0")
		ended := make(chan Result, 1)
		go func() { ended <- running.Wait() }()
		result := leakUntil(t, ended, inner.SlotURL(1, "/leak?handles=60"))
		if result.Status != 11 {
			t.Errorf("status %d instead of 11\n%v", result.Status, result)
		}
		inner.mustSay(result, "leaks handles", "allowed are 50", "watch.max_handle_growth",
			"release 1.0.0 still answers")
		inner.mustBeAsBefore("1.0.0")
	})
	t.Run("too few to judge", func(t *testing.T) {
		inner := box.with(t, "watch.for", "600ms", "watch.min_requests", "1000000")
		inner.Release("2.0.0", "errors")
		running := inner.Start("deploy", "--version", "2.0.0")
		inner.waitForRelease("2.0.0")
		if status, _, _ := get(t, inner.URL("/")); status != http.StatusInternalServerError {
			t.Errorf("the release that answers errors answered %d", status)
		}
		result := running.Wait()
		if result.Status != 0 {
			t.Errorf("status %d\n%v", result.Status, result)
		}
		inner.mustSay(result, "too few to judge")
	})
}

// leakUntil leaks more and more: the first look only tells where it began. Before the command has
// ended the instance may be gone already.
func leakUntil(t *testing.T, ended chan Result, address string) (result Result) {
	t.Helper()
	waitFor(t, commandDeadline, "the leak is seen", func() bool {
		select {
		case result = <-ended:
			return true
		default:
		}
		if response, err := http.Get(address); err == nil {
			response.Body.Close()
		}
		return false
	})
	return result
}

// waitForRelease waits until the public address answers by that release.
func (box *Box) waitForRelease(version string) {
	box.t.Helper()
	waitFor(box.t, stopTime, "release "+version+" answers", func() bool {
		_, release, _ := get(box.t, box.URL("/healthz"))
		return release == version
	})
}
