package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"
)

// newClients are clients without a past, one after the other, until the test ends them. Each asks a
// few times and keeps its cookies.
type newClients struct {
	lock     sync.Mutex
	releases map[string]int // clients by the release of their first answer
	strayed  int            // answers of another release than the first
	lost     int
	stop     chan struct{}
	done     sync.WaitGroup
}

func startNewClients(t *testing.T, box *Box) *newClients {
	t.Helper()
	clients := &newClients{releases: map[string]int{}, stop: make(chan struct{})}
	clients.done.Add(1)
	go func() {
		defer clients.done.Done()
		for {
			select {
			case <-clients.stop:
				return
			default:
				clients.one(box)
			}
		}
	}()
	t.Cleanup(clients.end)
	return clients
}

func (clients *newClients) end() {
	clients.lock.Lock()
	select {
	case <-clients.stop:
	default:
		close(clients.stop)
	}
	clients.lock.Unlock()
	clients.done.Wait()
}

func (clients *newClients) one(box *Box) {
	jar, _ := cookiejar.New(nil) // without a list of public suffixes it cannot fail
	client := &http.Client{Jar: jar, Timeout: answerDeadline}
	defer client.CloseIdleConnections()
	first := ""
	for i := 0; i < 3; i++ {
		response, err := client.Get(box.URL("/"))
		clients.lock.Lock()
		if err != nil || response.StatusCode != 200 {
			clients.lost++
		} else if release := response.Header.Get("X-Release"); first == "" {
			first = release
			clients.releases[release]++
		} else if release != first && release != "2.0.0" { // from old to new is what a step does
			clients.strayed++
		}
		clients.lock.Unlock()
		if err == nil {
			response.Body.Close()
		}
	}
}

func (clients *newClients) of(release string) int {
	clients.lock.Lock()
	defer clients.lock.Unlock()
	return clients.releases[release]
}

// mustBeWell: no request failed, and nobody went back and forth.
func (clients *newClients) mustBeWell(t *testing.T) {
	t.Helper()
	clients.end()
	if clients.lost != 0 || clients.strayed != 0 {
		t.Errorf("%d lost, %d answered by the old release after the new one; clients: %v",
			clients.lost, clients.strayed, clients.releases)
	}
	t.Logf("clients by release: %v", clients.releases)
}

func TestCanaryGivesTheNewReleaseARisingShareAndThenAll(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "canary.steps", "[20%, 60%, 100%]", "canary.interval", "400ms")
	box.Release("2.0.0", "2.0.0")
	clients := startNewClients(t, box)
	result := box.Must("deploy", "--version", "2.0.0")
	box.mustSay(result, "20% of new clients:", "60% of new clients:", "release 2.0.0 answers on")
	clients.mustBeWell(t)
	box.MustServe("2.0.0")
	if document := box.pauseDocument(0); document.Route.Canary != 0 || document.Open != nil {
		t.Errorf("status says %+v", document)
	}
}

func TestCanaryByHandWaitsForEachStep(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "canary.steps", "[50%]", "canary.interval", "300ms",
		"canary.promote", "manual")
	box.Release("2.0.0", "2.0.0")
	clients := startNewClients(t, box)
	result := box.Must("deploy", "--version", "2.0.0")
	if !strings.Contains(result.Stdout, "50% of new clients see release 2.0.0") ||
		!strings.Contains(result.Stdout, "`godeploy promote` goes on") {
		t.Errorf("what is waited for is not said\n%v", result)
	}
	document := box.pauseDocument(0)
	if document.Open == nil || !document.Open.Waits || document.Open.Canary != 500000 ||
		document.Open.Next != "flip" || document.Route.Canary != 500000 {
		t.Errorf("status says %+v", document)
	}
	waitFor(t, 30*time.Second, "clients of both releases", func() bool {
		return clients.of("1.0.0") > 0 && clients.of("2.0.0") > 0
	})
	box.mustRefuse(13, []string{"deploy", "--version", "2.0.0"}, "`godeploy promote` goes on with it")
	box.Must("deploy", "--resume") // stands where it stood
	if document := box.pauseDocument(0); document.Open == nil || !document.Open.Waits {
		t.Errorf("status says %+v", document)
	}
	box.Must("promote")
	clients.mustBeWell(t)
	box.MustServe("2.0.0")
	box.mustRefuse(2, []string{"promote"}, "no canary waits")
}

func TestCanaryThatFailsIsTakenBack(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "canary.steps", "[50%]", "canary.interval", "60s",
		"watch.min_requests", "10")
	box.Release("2.0.0", "errors")
	clients := startNewClients(t, box)
	box.mustRefuse(11, []string{"deploy", "--version", "2.0.0"},
		"the canary with 50% of new clients", "requests to release 2.0.0 failed",
		"serves: release 1.0.0 still answers all requests")
	clients.end()
	if clients.of("1.0.0") == 0 || clients.lost == 0 {
		t.Errorf("no canary has been seen: %d lost, clients %v", clients.lost, clients.releases)
	}
	box.mustBeAsBefore("1.0.0")
	if document := box.pauseDocument(0); document.Route.Canary != 0 {
		t.Errorf("status says %+v", document)
	}
}

func TestCanaryThatWaitsCanBeAborted(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "canary.steps", "[50%]", "canary.interval", "100ms",
		"canary.promote", "manual")
	box.Release("2.0.0", "2.0.0")
	clients := startNewClients(t, box)
	box.Must("deploy", "--version", "2.0.0")
	box.mustRefuse(13, []string{"rollback", "1.0.0"}, "waits for its next step", "godeploy promote")
	box.Must("abort")
	clients.end()
	if clients.lost != 0 {
		t.Errorf("%d requests were lost", clients.lost)
	}
	box.mustBeAsBefore("1.0.0")
}

// Killed in the middle of a step: the share stands until somebody decides.
func TestCanaryKilledInAStep(t *testing.T) {
	for _, way := range []struct{ name, command, serves string }{
		{"resume", "deploy --resume", "2.0.0"}, {"abort", "abort", "1.0.0"}} {
		t.Run(way.name, func(t *testing.T) {
			box := deployed(t, []string{"1.0.0"}, "canary.steps", "[50%]", "canary.interval", "60s")
			box.Release("2.0.0", "2.0.0")
			clients := startNewClients(t, box)
			deploy := box.Start("deploy", "--version", "2.0.0")
			waitFor(t, 30*time.Second, "a client of the canary", func() bool {
				return clients.of("2.0.0") > 0
			})
			deploy.Kill()
			deploy.Wait()
			document := box.pauseDocument(13)
			if document.Open == nil || document.Open.Waits || document.Route.Canary != 500000 {
				t.Errorf("status says %+v", document)
			}
			box.Change("canary.interval", "100ms")
			box.Must(strings.Fields(way.command)...)
			clients.end()
			if clients.lost != 0 {
				t.Errorf("%d requests were lost", clients.lost)
			}
			box.MustServe(way.serves)
		})
	}
}

func TestPlanShowsHowTrafficWillMove(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "canary.steps", "[5%, 25%]", "canary.promote", "manual")
	box.Release("2.0.0", "2.0.0")
	plan := box.Must("plan", "--version", "2.0.0").Stdout
	for _, line := range []string{"5% of new clients, watched for 1 min 0 s; then `godeploy promote`",
		"25% of new clients"} {
		if !strings.Contains(plan, line) {
			t.Errorf("%q is missing in\n%s", line, plan)
		}
	}
	alone := box.with(t, "canary.steps", "[]", "traffic.strategy", "exclusive")
	if plan := alone.Must("plan", "--version", "2.0.0").Stdout; !strings.Contains(plan,
		"1.0.0 ends first; requests wait, each up to 30.0 s") {
		t.Errorf("the wait is missing in\n%s", plan)
	}
}

// HAProxy gives a share of the requests, not of the clients, and holds none.
func TestCanaryThroughHaproxy(t *testing.T) {
	box := servingBy(t, withHaproxy, "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Change("canary.steps", "[40%]", "canary.interval", "300ms", "canary.promote", "manual")
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	box.Must("deploy", "--version", "2.0.0")
	if document := box.pauseDocument(0); document.Open == nil || !document.Open.Waits {
		t.Errorf("status says %+v", document)
	}
	load.WaitForAnswers(60)
	box.Must("promote")
	box.MustServe("2.0.0")
	promoted := time.Now()
	load.WaitForAnswers(20)
	answers := load.Stop()
	box.mustLoseNothing(answers, 2, 2)
	if releases := answers.Releases(); releases["1.0.0"] == 0 || releases["2.0.0"] == 0 {
		t.Errorf("one of the two releases never answered: %v", releases)
	}
	if releases := answers.BegunAfter(promoted).Releases(); releases["1.0.0"] != 0 {
		t.Errorf("the old release answered after all had moved: %v", releases)
	}
	t.Logf("%v", answers.Releases())
}
