package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// PauseDocument is what `status --json` says of gate and canary.
type PauseDocument struct {
	Route struct {
		Gate   string `json:"gate"`
		Canary int    `json:"canary_ppm"`
	} `json:"route"`
	Pause *struct {
		Gate    string `json:"gate"`
		By      string `json:"by"`
		Message string `json:"message"`
	} `json:"pause"`
	Open *struct {
		Version string `json:"version"`
		Next    string `json:"next_stage"`
		Canary  int    `json:"canary_ppm"`
		Waits   bool   `json:"waits_for_promote"`
	} `json:"open"`
	Findings []struct {
		Kind string `json:"kind"`
	} `json:"findings"`
}

func (box *Box) pauseDocument(status int) PauseDocument {
	box.t.Helper()
	var document PauseDocument
	result := box.MustExit(status, "status", "--json")
	if err := json.Unmarshal([]byte(result.Stdout), &document); err != nil {
		box.t.Fatalf("%v\n%v", err, result)
	}
	return document
}

// mustHaveGate also wants `status` to find nothing wrong.
func (box *Box) mustHaveGate(gate string) {
	box.t.Helper()
	if got := box.pauseDocument(0).Route.Gate; got != gate {
		box.t.Fatalf("the gate is %s instead of %s", got, gate)
	}
}

// waiting is how many requests stand at the gate, as the engine says.
func (box *Box) waiting() int {
	box.t.Helper()
	var document struct {
		Routes []struct {
			Held struct {
				Waiting int `json:"waiting"`
			} `json:"held"`
		} `json:"routes"`
	}
	result := box.Must("proxy", "status", "--json")
	if err := json.Unmarshal([]byte(result.Stdout), &document); err != nil || len(document.Routes) != 1 {
		box.t.Fatalf("%v\n%v", err, result)
	}
	return document.Routes[0].Held.Waiting
}

func (box *Box) waitForWaiting() {
	box.t.Helper()
	waitFor(box.t, 20*time.Second, "a request at the gate", func() bool { return box.waiting() > 0 })
}

func TestPauseHoldsRequestsAndResumeLetsThemThrough(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	paused := box.Must("pause", "-m", "moving the database")
	if !strings.Contains(paused.Stdout, "new requests wait, each up to 30.0 s") {
		t.Errorf("what was done is not said\n%v", paused)
	}
	box.waitForWaiting()
	document := box.pauseDocument(0)
	if document.Route.Gate != "held" || document.Pause == nil || document.Pause.Gate != "held" ||
		document.Pause.By == "" || document.Pause.Message != "moving the database" {
		t.Errorf("status says %+v", document)
	}
	shown := box.Must("status")
	if !strings.Contains(shown.Stdout, "requests are held since ") ||
		!strings.Contains(shown.Stdout, ": moving the database; `godeploy resume` ends it; each waits for up to 30.0 s") {
		t.Errorf("status does not say it to people\n%v", shown)
	}
	// Whoever asks for health is told by the proxy, and does not wait.
	if status, release, _ := get(t, box.URL("/healthz")); status != 200 || release != "" {
		t.Errorf("health: status %d of release %q", status, release)
	}
	resumed := box.Must("resume")
	if !strings.Contains(resumed.Stdout, "requests get through again") {
		t.Errorf("what was done is not said\n%v", resumed)
	}
	load.WaitForAnswers(20)
	answers := load.Stop()
	answers.MustLoseNothing(t)
	box.mustHaveGate("open")
	if again := box.Must("resume"); !strings.Contains(again.Stdout, "was not paused") {
		t.Errorf("there was nothing to end\n%v", again)
	}
}

// The gate of the operator outlasts a deployment, which is proven behind it all the same.
func TestDeploymentBehindAGateThatIsShutLeavesItShut(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Must("pause")
	load := startLightLoad(t, box.URL("/"))
	box.waitForWaiting()
	result := box.Must("deploy", "--version", "2.0.0")
	box.mustSay(result, "to us alone: the gate is shut until `resume`")
	box.mustHaveGate("held")
	box.Must("resume")
	load.WaitForAnswers(10)
	answers := load.Stop()
	answers.MustLoseNothing(t)
	if releases := answers.Releases(); releases["1.0.0"] != 0 {
		t.Errorf("answers of a release that was behind the gate when it shut: %v", releases)
	}
	box.MustServe("2.0.0")
	box.mustHaveGate("open")
}

func TestRequestsThatWaitTooLongAreTurnedAway(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Must("pause", "--for", "200ms")
	response, err := http.Get(box.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
	box.Must("resume")
	box.MustServe("1.0.0")
}

func TestMaintenanceShowsThePageOfTheOperator(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	page := filepath.Join(box.Dir, "down.html")
	missing := box.MustExit(14, "pause", "--maintenance", "--page", page)
	box.mustSay(missing, page)
	box.MustServe("1.0.0") // nothing has changed
	box.mustHaveGate("open")

	if err := os.WriteFile(page, []byte("<h1>back at noon</h1>"), 0o600); err != nil {
		t.Fatal(err)
	}
	box.Change("traffic.page", page)
	box.Must("pause", "--maintenance")
	response, err := http.Get(box.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 503 || string(body) != "<h1>back at noon</h1>" ||
		response.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q: %q, %v", response.StatusCode,
			response.Header.Get("Retry-After"), body, err)
	}
	box.mustHaveGate("maintenance")
	box.Must("deploy", "--version", "1.0.0").mustSay(t, "`godeploy resume` opens the gate")
	box.Must("resume")
	box.MustServe("1.0.0")
}

// What was paused stays paused when the proxy is gone and comes back.
func TestPauseOutlivesTheProxy(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Must("pause")
	box.Must("proxy", "stop", "--yes")
	box.Must("deploy", "--resume")
	box.mustHaveGate("held")
	box.Must("resume")
	box.MustServe("1.0.0")
}

func TestPauseIsRefusedWhereItCannotBe(t *testing.T) {
	box := newBox(t)
	box.Release("1.0.0", "1.0.0")
	box.mustRefuse(2, []string{"pause", "--page", "x.html"}, "--maintenance")
	box.mustRefuse(2, []string{"pause", "--maintenance", "--for", "3s"}, "--for")
	box.MustExit(12, "pause")
	box.Must("deploy", "--version", "1.0.0")
	tcp := box.with(t, "traffic.mode", "tcp")
	tcp.mustRefuse(3, []string{"pause", "--maintenance"}, "traffic.mode")
	engine := box.with(t, "traffic.engine", "haproxy")
	engine.mustRefuse(3, []string{"pause"}, "holding requests", "haproxy", "embedded")
	box.Change() // as it was
	box.MustServe("1.0.0")
	box.mustHaveGate("open")
}
