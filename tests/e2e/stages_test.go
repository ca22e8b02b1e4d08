package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// stage runs one stage as a CI job does: a process of its own, the same options for each.
func (box *Box) stage(name string) Result {
	box.t.Helper()
	return box.Must(name, "--version", "2.0.0")
}

// stagesUntil runs the stages up to that one.
func (box *Box) stagesUntil(last string) {
	box.t.Helper()
	for _, name := range stageNames {
		box.stage(name)
		if name == last {
			return
		}
	}
}

func TestEachStageByItselfIsRepeatable(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(10)
	var flipped time.Time
	for i, name := range stageNames {
		box.stage(name).mustSay(t, name+": done")
		if name == "flip" {
			flipped = time.Now()
		}
		status := box.TrueStatus()
		if i+1 < len(stageNames) && (status.Open == nil || *status.Open.NextStage != stageNames[i+1]) {
			t.Errorf("after %s: %+v", name, status.Open)
		}
		serving := map[bool]string{true: "1.0.0", false: "2.0.0"}[flipped.IsZero()]
		if answers := box.whoAnswers(); answers != serving || status.Serving.Release != serving {
			t.Errorf("after %s %s answers, %s serves", name, answers, status.Serving.Release)
		}
		// The new release must not be started twice, nor what is done be done again.
		before := box.Status().Slots["green"].PID
		box.stage(name).mustSay(t, name+": already done")
		if after := box.Status().Slots["green"].PID; after != before {
			t.Errorf("repeating %s made process %d out of %d", name, after, before)
		}
	}
	load.WaitForAnswers(10)
	answers := load.Stop()
	answers.MustLoseNothing(t)
	if old := answers.BegunAfter(flipped).Of("1.0.0"); len(old) > 0 {
		t.Errorf("after the flip: %v", old)
	}
	for _, name := range stageNames[:len(stageNames)-1] {
		if name == "fetch" { // begins the next deployment
			continue
		}
		box.MustExit(2, name).mustSay(t, "fetch")
	}
	box.MustServe("2.0.0")
}

func TestStageOutOfOrderNamesTheOneThatIsMissing(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	for _, name := range stageNames[1 : len(stageNames)-1] {
		box.MustExit(2, name, "--version", "2.0.0").mustSay(t, "fetch has not been done",
			"godeploy fetch")
	}
	for i, name := range stageNames[:len(stageNames)-2] {
		box.stage(name)
		missing := stageNames[i+1]
		for _, later := range stageNames[i+2:] {
			box.MustExit(2, later, "--version", "2.0.0").mustSay(t, missing+" has not been done",
				"Run `godeploy "+missing+"` first")
		}
	}
	box.stage("drain")
	box.stage("retire")
	box.MustServe("2.0.0")
}

func TestStageThatFailsUndoesTheWholeDeployment(t *testing.T) {
	for _, ill := range []struct {
		service, stage string
		status         int
		setting, value string
	}{
		{"exit", "start", 8, "service.restart.times", "0"},
		{"unhealthy", "check", 9, "check.deadline", "300ms"},
		{"2.0.0", "watch", 11, "watch.for", "20s"},
	} {
		t.Run(ill.stage, func(t *testing.T) {
			box := deployed(t, []string{"1.0.0"})
			box.Release("2.0.0", ill.service)
			load := startLightLoad(t, box.URL("/"))
			load.WaitForAnswers(10)
			for _, name := range stageNames {
				if name == ill.stage {
					break
				}
				box.stage(name)
			}
			box.Change(ill.setting, ill.value)
			if ill.stage == "watch" {
				box.fallIll(1)
			}
			box.MustExit(ill.status, ill.stage).mustSay(t, "1.0.0", "answers all requests")
			load.WaitForAnswers(10)
			load.Stop().MustLoseNothing(t)
			box.MustServe("1.0.0")
			if releases := box.ReleasesOnDisk(); releases != "1.0.0" {
				t.Errorf("on disk: %s", releases)
			}
			box.MustExit(2, ill.stage).mustSay(t, "no deployment is open")
		})
	}
}

func TestOpenDeploymentKeepsOthersOutAndCanBeResumedOrAborted(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Release("3.0.0", "3.0.0")
	load := startLightLoad(t, box.URL("/"))

	box.stagesUntil("check")
	box.MustExit(13, "deploy", "--version", "3.0.0").mustSay(t, "2.0.0", "--resume", "abort")
	box.MustExit(13, "rollback").mustSay(t, "--resume", "abort")
	box.MustExit(13, "flip", "--version", "3.0.0").mustSay(t, "2.0.0")
	box.MustExit(13, "deploy", "--resume", "--version", "3.0.0")
	box.MustExit(13, "status").mustSay(t, "stands before flip and nobody works on it")
	box.MustExit(13, "plan", "--version", "3.0.0")
	box.Must("abort").mustSay(t, "1.0.0")
	box.MustServe("1.0.0")
	box.Must("abort").mustSay(t, "nothing to undo")

	box.stagesUntil("flip")
	if box.whoAnswers() != "2.0.0" {
		t.Error("the flip did not flip")
	}
	box.Must("abort")
	box.MustServe("1.0.0")
	if releases := box.ReleasesOnDisk(); releases != "1.0.0" {
		t.Errorf("on disk: %s", releases)
	}

	box.stagesUntil("unpack")
	resumed := box.Must("deploy", "--resume")
	resumed.mustSay(t, "unpack: skipped", "start: done")
	box.MustServe("2.0.0")
	load.Stop().MustLoseNothing(t)
}

// After the old release was drained and stopped, abort still leads back to it.
func TestAbortAfterEachStageLeadsBack(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	load := startLightLoad(t, box.URL("/"))
	for _, last := range stageNames[:len(stageNames)-1] {
		box.stagesUntil(last)
		box.Must("abort")
		box.MustServe("1.0.0")
		if releases := box.ReleasesOnDisk(); releases != "1.0.0" && last != "watch" && last != "drain" {
			t.Errorf("after %s, on disk: %s", last, releases)
		}
	}
	load.WaitForAnswers(10)
	load.Stop().MustLoseNothing(t)
}

func TestArchiveThatChangesBetweenTheStagesIsRefused(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.stagesUntil("verify")
	found := box.files("incoming", "archive")
	if len(found) != 1 {
		t.Fatalf("incoming: %v", found)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(found[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	box.MustExit(6, "unpack").mustSay(t, "changed since it was verified")
	box.MustServe("1.0.0")
	if releases := box.ReleasesOnDisk(); strings.Contains(releases, "2.0.0") {
		t.Errorf("on disk: %s", releases)
	}
}
