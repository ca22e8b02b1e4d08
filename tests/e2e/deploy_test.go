package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var stageNames = []string{"fetch", "verify", "unpack", "start", "check", "flip", "watch", "drain",
	"retire"}

// Event is one line of --json while something is done.
type Event struct {
	Time, App, Deployment, Stage, Event, Text, Code, Message, Serves, Hint string
	MS                                                                     *int
	Exit                                                                   int
}

// events parses every line of stdout; none may be anything but JSON.
func (r Result) events(t *testing.T) []Event {
	t.Helper()
	var events []Event
	for _, line := range strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n") {
		var event Event
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %q of\n%v", err, line, r)
		}
		if _, err := time.Parse(time.RFC3339, event.Time); err != nil {
			t.Errorf("%v in %q", err, line)
		}
		events = append(events, event)
	}
	return events
}

// document parses stdout as one JSON document.
func (r Result) document(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Stdout), into); err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
}

// mustSay looks for each text in what was written to stdout and stderr.
func (r Result) mustSay(t *testing.T, texts ...string) Result {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Stdout+r.Stderr, text) {
			t.Errorf("%q is not said by\n%v", text, r)
		}
	}
	return r
}

func TestDeployReplacesTheReleaseThatServes(t *testing.T) {
	box := newBox(t)
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")

	first := box.Must("deploy", "--version", "1.0.0")
	first.mustSay(t, "release 1.0.0 serves")
	for _, stage := range stageNames {
		first.mustSay(t, stage+": done in ")
	}
	box.MustServe("1.0.0")
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)
	box.Must("deploy", "--version", "2.0.0")
	flipped := time.Now()
	load.WaitForAnswers(50)
	box.MustServe("2.0.0")

	answers := load.Stop()
	answers.MustLoseNothing(t)
	if late := answers.BegunAfter(flipped).Of("1.0.0"); len(late) > 0 {
		t.Errorf("the old release answered after the end:\n%v", late)
	}
	if len(answers.Of("1.0.0")) == 0 || len(answers.Of("2.0.0")) == 0 {
		t.Errorf("one of the two releases never answered: %v", answers.Releases())
	}
}

func TestDeployTellsEachStageAsOneLineOfJSON(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	var done []string
	for _, event := range box.Must("deploy", "--version", "2.0.0", "--json").events(t) {
		if event.App != appName || event.Deployment != "2" || event.Event == "" {
			t.Errorf("fields are missing: %+v", event)
		}
		if event.Event == "stage_done" {
			if event.MS == nil || event.Text == "" {
				t.Errorf("no duration or no proof: %+v", event)
			}
			done = append(done, event.Stage)
		}
	}
	if strings.Join(done, " ") != strings.Join(stageNames, " ") {
		t.Errorf("stages done: %v", done)
	}
}

func TestFailedDeployTellsAScriptWhyAndWhatServes(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "unhealthy")
	box.Change("check.deadline", "2s") // in which it has to start, too
	events := box.MustExit(9, "deploy", "--version", "2.0.0", "--json").events(t)
	last := events[len(events)-1]
	if last.Event != "error" || last.Exit != 9 || last.Code == "" || last.Message == "" ||
		!strings.Contains(last.Serves, "1.0.0") {
		t.Errorf("%+v", last)
	}
	undone := ""
	for _, event := range events {
		if event.Event == "undo_done" {
			undone += event.Stage + " "
		}
	}
	if undone != "start unpack fetch " {
		t.Errorf("undone: %s", undone)
	}
	box.MustServe("1.0.0")
}

func TestCommandsThatShowSomethingPrintOneDocument(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "2.0.0"})

	var releases []struct {
		Version, State, SHA256, Key, Unpacked string
		Serves, Attested                      bool
		Bytes                                 int
	}
	box.Must("releases", "--json").document(t, &releases)
	if len(releases) != 2 || releases[0].Version != "2.0.0" || !releases[0].Serves ||
		releases[1].Serves || releases[1].State != "good" || len(releases[1].SHA256) != 64 ||
		releases[1].Key == "" || !releases[1].Attested || releases[1].Bytes == 0 {
		t.Errorf("%+v", releases)
	}
	type deployment struct {
		ID, MS                                          int
		Kind, State, Version, Source, By, Started, From string
		Steps                                           []struct {
			Stage, State, Started, Text string
			MS                          int
		}
		Events []struct{ Time, Kind, Text string }
	}
	var history []deployment
	box.Must("history", "--json").document(t, &history)
	if len(history) != 2 || history[0].ID != 2 || history[0].From != "1.0.0" ||
		history[1].From != "" || history[1].State != "done" || history[1].By == "" {
		t.Errorf("%+v", history)
	}
	for _, arguments := range [][]string{{"show", "--json"}, {"show", "2", "--json"}} {
		var shown deployment
		box.Must(arguments...).document(t, &shown)
		if shown.ID != 2 || shown.Version != "2.0.0" || len(shown.Steps) != len(stageNames) {
			t.Fatalf("%+v", shown)
		}
		for i, step := range shown.Steps {
			if step.Stage != stageNames[i] || step.State != "done" || step.MS < 0 || step.Text == "" {
				t.Errorf("%+v", step)
			}
		}
	}
	box.Release("3.0.0", "3.0.0")
	var plan struct {
		From, Version, Source, Slot, Engine string
		Port                                int
		Obstacles                           []string
	}
	box.Must("plan", "--version", "3.0.0", "--json").document(t, &plan)
	if plan.From != "2.0.0" || plan.Slot != "blue" || plan.Port != box.SlotPorts[0] ||
		!strings.HasSuffix(plan.Source, "shop_3.0.0.tar.gz") || len(plan.Obstacles) != 0 {
		t.Errorf("%+v", plan)
	}
	var pruned struct{ Removed, Bytes, Kept int }
	box.Must("prune", "--json").document(t, &pruned)
	if pruned.Removed != 0 || pruned.Kept != 2 {
		t.Errorf("%+v", pruned)
	}
	var proxy struct {
		PID    int
		Routes []struct{ App, Active, Release string }
	}
	box.Must("proxy", "status", "--json").document(t, &proxy)
	if proxy.PID != box.ProxyParents()[0].PID || len(proxy.Routes) != 1 ||
		proxy.Routes[0].Release != "2.0.0" {
		t.Errorf("%+v", proxy)
	}
	var version struct{ Version string }
	box.Must("version", "--json").document(t, &version)
	if version.Version == "" {
		t.Error("no version")
	}
}

func TestCommandsThatShowSomethingAreReadByPeople(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "2.0.0"})
	box.Must("status").mustSay(t, "release 2.0.0 serves from slot green", "green", "running")
	box.Must("releases").mustSay(t, "2.0.0 (current)", "1.0.0", "good")
	box.Must("history").mustSay(t, "deploy", "1.0.0", "2.0.0", "done")
	box.Must("show").mustSay(t, "deployment 2: deploy 1.0.0 -> 2.0.0, done", "retire")
	box.Must("show", "1").mustSay(t, "deploy nothing -> 1.0.0")
	box.MustExit(12, "show", "99").mustSay(t, "99")
	box.Release("3.0.0", "3.0.0")
	box.Must("plan", "--version", "3.0.0").mustSay(t, "2.0.0 -> 3.0.0", "slot blue")
	box.Must("prune").mustSay(t, "0 removed", "2 kept")
	box.Must("proxy", "status").mustSay(t, "-> green 2.0.0")
	box.Must("proxy", "start").mustSay(t, "runs already")
	box.Must("logs").mustSay(t, "start version=2.0.0")
	box.Must("logs", "--slot", "blue").mustSay(t, "stop version=1.0.0")
	box.Must("version").mustSay(t, "godeploy ")
	box.Must("help").mustSay(t, "rollback", "deploy")
	for _, command := range append([]string{"init", "plan", "deploy", "rollback", "abort", "status",
		"releases", "history", "show", "logs", "prune", "lock", "unlock", "keygen", "pack", "sign",
		"verify", "probe", "proxy", "version", "help"}, stageNames...) {
		box.RunBare("help", command).mustSay(t, "usage: godeploy "+command)
		box.RunBare(command, "--help").mustSay(t, "usage: godeploy "+command)
	}
}

func TestCommandsOfAnAppThatWasNeverDeployed(t *testing.T) {
	box := newBox(t)
	box.Must("status").mustSay(t, "no release has been deployed yet")
	for _, command := range []string{"releases", "history"} {
		var list []any
		box.Must(command, "--json").document(t, &list)
		if len(list) != 0 {
			t.Errorf("%s: %v", command, list)
		}
	}
	box.MustExit(12, "show")
	box.MustExit(12, "logs")
	box.MustExit(12, "rollback")
	box.Must("abort").mustSay(t, "nothing to undo")
	box.Must("deploy", "--resume").mustSay(t, "nothing to resume")
	box.Must("proxy", "stop").mustSay(t, "was not running")
	box.MustExit(2, "flip").mustSay(t, "fetch")
	box.MustExit(5, "deploy", "--version", "1.0.0")
	box.Must("status")
	if status := box.Status(); status.Serving != nil {
		t.Errorf("%+v", status)
	}
}

func TestLogsFollowWhatComes(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	output, err := os.Create(box.Dir + "/followed")
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	following := box.StartTo(output, "logs", "-f")
	said := func(text string) func() bool {
		return func() bool {
			content, err := os.ReadFile(output.Name())
			return err == nil && strings.Contains(string(content), text)
		}
	}
	waitFor(t, 10*time.Second, "what was there is shown", said("start version=1.0.0"))
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "2.0.0")
	waitFor(t, 10*time.Second, "what came is shown", said("stop version=1.0.0"))
	following.Signal(syscall.SIGINT)
	if result := following.Wait(); result.Status != 0 && result.Status != 130 {
		t.Error(result)
	}
}

func TestDeployOfTheVersionThatServesStartsItAnew(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	before := box.Status().Slots["blue"].PID
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(10)
	if err := os.RemoveAll(box.Dir + "/releases"); err != nil { // no source is needed
		t.Fatal(err)
	}
	box.Must("deploy", "--version", "1.0.0").mustSay(t, "is on this host since")
	load.WaitForAnswers(10)
	load.Stop().MustLoseNothing(t)
	box.MustServe("1.0.0")
	if after := box.Status().Slots["green"].PID; after == 0 || after == before {
		t.Errorf("process %d, before %d", after, before)
	}
}

func TestSecondDeployIsToldWhoHoldsTheLock(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Release("3.0.0", "3.0.0")
	// It holds the lock for as long as the others take, on however busy a machine.
	goOn := filepath.Join(box.Dir, "go")
	box.Change("hooks.before_start", shell(fmt.Sprintf("while [ ! -e %s ]; do sleep 0.02; done", goOn)),
		"hooks.timeout", "80s")

	first := box.Start("deploy", "--version", "2.0.0")
	var holder Status
	waitFor(t, 20*time.Second, "the first holds the lock and stands in start", func() bool {
		holder = box.Status()
		return holder.Lock.Held && holder.Open != nil && *holder.Open.NextStage == "start"
	})
	if holder.Lock.PID != first.command.Process.Pid || holder.kinds() != "" {
		t.Errorf("%+v", holder)
	}
	locked := box.MustExit(4, "deploy", "--version", "3.0.0")
	locked.mustSay(t, fmt.Sprintf("process %d", holder.Lock.PID), "deploy 2.0.0", "--wait")
	box.MustExit(4, "abort")
	box.MustExit(4, "rollback")
	box.MustExit(4, "lock")
	box.MustExit(4, "deploy", "--version", "3.0.0", "--wait", "50ms")

	second := box.Start("deploy", "--version", "3.0.0", "--wait", "60s")
	writeTo(t, goOn, nil, 0o600)
	waited := second.mustEnd(0)
	first.mustEnd(0)
	waited.mustSay(t, "2.0.0 -> 3.0.0")
	box.MustServe("3.0.0")
}

func TestHoldKeepsDeploymentsOut(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Must("lock", "-m", "inventory until noon")
	box.MustExit(4, "lock", "-m", "again").mustSay(t, "inventory until noon")
	for _, arguments := range [][]string{{"deploy", "--version", "2.0.0"}, {"rollback"}, {"fetch",
		"--version", "2.0.0"}, {"deploy", "--version", "2.0.0", "--wait", "1s"}} {
		box.MustExit(4, arguments...).mustSay(t, "inventory until noon", "unlock")
	}
	if status := box.Status(); status.Lock.HoldMessage != "inventory until noon" {
		t.Errorf("%+v", status)
	}
	box.Must("status").mustSay(t, "inventory until noon")
	box.MustServe("1.0.0")
	box.Must("unlock")
	box.Must("unlock").mustSay(t, "was not held")
	box.Must("deploy", "--version", "2.0.0")
	box.MustServe("2.0.0")
}

func TestCommandsRefuseWhatTheyDoNotKnow(t *testing.T) {
	box := newBox(t)
	for _, arguments := range [][]string{{"deplyo"}, {"deploy", "--verison", "1"}, {"deploy", "x"},
		{"rollback", "1", "2"}, {"proxy", "dance"}, {"proxy"}, {"deploy", "--version"},
		{"deploy", "--wait", "soon"}, {"help", "nonsense"}} {
		box.MustExit(2, arguments...)
	}
	for _, version := range []string{"../../etc/shadow", "a b", strings.Repeat("1", 300), ".hidden"} {
		box.MustExit(2, "deploy", "--version", version).mustSay(t, "is a name such as")
	}
	box.MustExit(2, "deploy", "2.0.0").mustSay(t, "`godeploy deploy --version 2.0.0`")
	var mistake struct {
		Code, Hint string
		Exit       int
	}
	box.MustExit(2, "deploy", "--verison", "1", "--json").document(t, &mistake)
	if mistake.Code != "ERR_USAGE" || mistake.Exit != 2 || mistake.Hint == "" {
		t.Errorf("%+v", mistake)
	}
	var deployments []any
	box.Must("history", "--json").document(t, &deployments)
	if len(deployments) != 0 {
		t.Errorf("what could not be meant was begun: %v", deployments)
	}
	box.start([]string{"status", "-f", box.Dir + "/nowhere.yaml"}).mustEnd(3)
	if err := os.WriteFile(box.File, []byte("app: shop\nrelaese: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	box.MustExit(3, "deploy").mustSay(t, "relaese", "release")
}

func TestInterruptBeforeTheFlipUndoesAndAfterItKeepsTheNew(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "deaf")
	running := box.Start("deploy", "--version", "2.0.0")
	waitFor(t, 20*time.Second, "it stands in start", func() bool {
		open := box.Status().Open
		return open != nil && *open.NextStage == "start"
	})
	running.Signal(syscall.SIGINT)
	running.mustEnd(130).mustSay(t, "1.0.0 still")
	box.MustServe("1.0.0")

	receiver := newReceiver(t)
	receiver.tellBoth(box)
	box.Release("2.0.0", "2.0.0")
	box.Change("watch.for", "60s")
	running = box.Start("deploy", "--version", "2.0.0")
	waitFor(t, 20*time.Second, "it stands in watch", func() bool {
		open := box.Status().Open
		return open != nil && *open.NextStage == "watch"
	})
	running.Signal(syscall.SIGINT)
	running.mustEnd(130).mustSay(t, "2.0.0 now", "--resume")
	if status := box.TrueStatus(); status.kinds() != "open_deployment" {
		t.Errorf("%+v", status)
	}
	first := receiver.mustHear("failed", true, false)
	box.Change("watch.for", "50ms")
	box.Must("deploy", "--resume")
	box.MustServe("2.0.0")
	rest := receiver.mustHear("done", false, false)
	if whole := rest[len(rest)-1]; first[0].TraceID != whole.TraceID || first[0].ParentSpanID != whole.SpanID {
		t.Errorf("%v and %v do not meet", first, rest)
	}
}
