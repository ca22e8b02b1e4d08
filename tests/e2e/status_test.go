package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
)

// Status is the document of `status --json`, as far as tests look at it.
type Status struct {
	App     string
	Serving *struct{ Release, Slot, Since string }
	Slots   map[string]struct {
		Port, PID, Supervisor, Restarts int
		State                           string
		Until                           *time.Time
		Remaining                       int64 `json:"remaining_ms"`
		Release                         *string
	}
	Route struct {
		Engine        string
		Running       bool
		Listen        []string
		Slot, Release *string
	}
	Open *struct {
		ID            int
		Kind, Version string
		NextStage     *string `json:"next_stage"`
	}
	Lock struct {
		Held        bool
		Why         string
		PID         int
		HoldMessage string `json:"hold_message"`
	}
	Findings []struct{ Kind, Text, Fix string }
}

// Findings by their kind, sorted.
func (status Status) kinds() string {
	var kinds []string
	for _, finding := range status.Findings {
		kinds = append(kinds, finding.Kind)
	}
	sort.Strings(kinds)
	return strings.Join(kinds, " ")
}

// Status runs `status --json`. It exits with 13 where something is found, else with 0.
func (box *Box) Status() Status {
	box.t.Helper()
	result := box.Run("status", "--json")
	var status Status
	if err := json.Unmarshal([]byte(result.Stdout), &status); err != nil {
		box.t.Fatalf("%v\n%v", err, result)
	}
	expected := 0
	if len(status.Findings) > 0 {
		expected = 13
	}
	if result.Status != expected {
		box.t.Fatalf("%d findings and\n%v", len(status.Findings), result)
	}
	return status
}

// untruth compares what status says with what is seen from outside: the public address, and the
// processes that run. "" where they agree.
func (box *Box) untruth(status Status) string {
	box.t.Helper()
	if running := box.engineRuns(); running != status.Route.Running {
		return fmt.Sprintf("the engine runs: status says %v, seen %v", status.Route.Running, running)
	}
	said := map[int]string{}
	for slot, instance := range status.Slots {
		if instance.PID != 0 {
			said[instance.PID] = slot
		}
	}
	for _, process := range box.Programs("service") {
		if said[process.PID] == "" {
			return fmt.Sprintf("status does not know %v", process)
		}
		delete(said, process.PID)
	}
	if len(said) > 0 {
		return fmt.Sprintf("status says that these run, and they do not: %v", said)
	}
	return box.untruthOfRoute(status)
}

// engineRuns: godeploy-proxy, unless the box has another engine.
func (box *Box) engineRuns() bool {
	if box.Engine != nil {
		return box.Engine.runs()
	}
	return len(box.ProxyParents()) > 0
}

func (box *Box) untruthOfRoute(status Status) string {
	answering := box.whoAnswers()
	if status.Route.Slot == nil || !status.Route.Running {
		if answering != "" {
			return "status knows no route, but release " + answering + " answers"
		}
		return ""
	}
	up := status.Slots[*status.Route.Slot].PID != 0
	release := status.Route.Release
	if release == nil { // an engine that knows slots alone
		release = status.Slots[*status.Route.Slot].Release
	}
	if up && answering != *release {
		return fmt.Sprintf("the route is to %s, but %q answers", *release, answering)
	}
	if !up && answering != "" {
		return fmt.Sprintf("the release of the route is down, but %q answers", answering)
	}
	return ""
}

// whoAnswers is the release behind the public address, "" if none is.
func (box *Box) whoAnswers() string {
	client := http.Client{Timeout: answerDeadline,
		Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(box.URL("/healthz"))
	if err != nil {
		return ""
	}
	response.Body.Close()
	return response.Header.Get("X-Release")
}

// TrueStatus is Status, and fails where it does not tell the truth. What ends or begins meanwhile
// is given a moment to be seen by both.
func (box *Box) TrueStatus() Status {
	box.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status := box.Status()
		untruth := box.untruth(status)
		if untruth == "" {
			return status
		}
		if time.Now().After(deadline) {
			box.t.Fatalf("%s\n%v\n%v", untruth, box.Run("status"), box.Processes())
		}
	}
}

// MustServe is one of the two ends that everything has: exactly this release serves, and nothing of
// a deployment is left.
func (box *Box) MustServe(release string) {
	box.t.Helper()
	status := box.TrueStatus()
	if status.kinds() != "" || status.Open != nil || status.Lock.Held {
		box.t.Fatalf("all should be well, but %v", box.Run("status"))
	}
	if status.Serving == nil || status.Serving.Release != release || box.whoAnswers() != release {
		box.t.Fatalf("release %s should serve, %q answers\n%v", release, box.whoAnswers(),
			box.Run("status"))
	}
	instances := 1
	if box.Settings["retire.keep_warm"] == "true" {
		instances = 2
	}
	for _, program := range []string{"service", "godeploy-supervise"} {
		waitFor(box.t, killTime, fmt.Sprintf("%s runs 1 to %d times", program, instances), func() bool {
			running := len(box.Programs(program)) // who has said its last word needs a moment to be gone
			return running >= 1 && running <= instances
		})
	}
	if box.Engine == nil {
		waitFor(box.t, killTime, "one proxy", func() bool { return len(box.ProxyParents()) == 1 })
	}
	box.mustLeaveNoFiles()
}

// mustLeaveNoFiles looks for what is half downloaded or half unpacked.
func (box *Box) mustLeaveNoFiles() {
	box.t.Helper()
	for _, pattern := range []string{"releases/.*", "incoming/*"} {
		left, err := filepath.Glob(box.AppDir(pattern))
		if err != nil {
			box.t.Fatal(err)
		}
		if len(left) > 0 {
			box.t.Fatalf("left behind: %v", left)
		}
	}
}

// ReleasesOnDisk are the folders below releases/, sorted.
func (box *Box) ReleasesOnDisk() string {
	box.t.Helper()
	entries, err := os.ReadDir(box.AppDir("releases"))
	if err != nil {
		box.t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// deployed is a box in which these releases were deployed one after another, quickly.
// What waits is said until when, and how long that still is.
func TestStatusSaysWhenAnInstanceIsStartedAgain(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "service.restart.delay", "10m")
	box.MayLeave = true
	instance := box.Status().Slots["blue"]
	if instance.Until != nil {
		t.Errorf("%+v", instance)
	}
	box.KillNow(instance.PID)
	waitFor(t, commandDeadline, "it waits", func() bool {
		instance = box.Status().Slots["blue"]
		return instance.State == "waiting"
	})
	if instance.Until == nil || instance.Remaining <= 0 || instance.Remaining > 600000 {
		t.Errorf("%+v", instance)
	}
	box.MustExit(13, "status").mustSay(t, "slot blue: it ended: signal 9 (killed), and is started again at ", " (in ")
}

func deployed(t *testing.T, versions []string, changes ...string) *Box {
	t.Helper()
	box := newBox(t, append(append([]string{}, quick...), changes...)...)
	for _, version := range versions {
		box.Release(version, version)
		box.Must("deploy", "--version", version)
	}
	return box
}

// quick are settings for tests that deploy often and do not look at the times.
var quick = []string{"watch.for", "50ms", "check.interval", "20ms", "drain.idle", "100ms"}

// files are those below a folder of the app whose name ends so.
func (box *Box) files(folder, ending string) []string {
	box.t.Helper()
	var found []string
	err := filepath.Walk(box.AppDir(folder), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && strings.HasSuffix(path, ending) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		box.t.Fatal(err)
	}
	return found
}

// What a script reads must be whole, or the status says that it is not; what was done stands.
func TestResultsThatCannotBeWrittenAreAnError(t *testing.T) {
	box := newBox(t)
	box.Must("history").mustSay(t, "nothing has been deployed yet")
	box.Must("releases").mustSay(t, "no release is on this host")
	box.Release("1.0.0", "1.0.0")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, arguments := range [][]string{{"deploy", "--version", "1.0.0"}, {"status"}, {"status", "--json"}} {
		box.StartTo(full, arguments...).mustEnd(1).mustSay(t, "error: ", "the result was lost: writing to stdout")
	}
	box.mustBeAsBefore("1.0.0")
	closed := exec.Command("/bin/sh", "-c", `exec "$@" >&-`, "sh", programPath(t, "godeploy"), "status",
		"--file", box.File)
	if said, err := closed.CombinedOutput(); closed.ProcessState.ExitCode() != 1 {
		t.Errorf("closed: %v: %s", err, said)
	}
	reader, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	reader.Close()
	if result := box.StartTo(gone, "status").mustEnd(0); result.Stderr != "" {
		t.Errorf("a reader that has gone away is no trouble of ours\n%v", result)
	}
	result := box.RunBare("sign", "nosuch", "--key", box.PrivateKey).mustSay(t, "nosuch does not exist")
	if result.Status != 2 {
		t.Error(result)
	}
}
