package wine

import (
	"fmt"
	"syscall"
	"testing"
)

var stages = []string{"fetch", "verify", "unpack", "start", "check", "flip", "watch", "drain", "retire"}

// deployed is an app on a host, where 1.0.0 serves and 2.0.0 is released.
func deployed(t *testing.T, settings ...string) *App {
	t.Helper()
	app := newApp(t, settings...)
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")
	app.mustServe("1.0.0")
	return app
}

// goBack makes 1.0.0 serve again, and 2.0.0 unknown, so that the next deployment has all to do.
func (app *App) goBack() {
	app.t.Helper()
	if app.whoAnswers() == "2.0.0" {
		app.must(app.of("rollback", "1.0.0")...)
		app.must(app.of("prune")...)
	}
}

// repair finishes or undoes what is open, and returns who has to serve then.
func (app *App) repair(resume, open bool) {
	app.t.Helper()
	release := "1.0.0"
	if resume {
		release = "2.0.0"
		app.must(app.of("deploy", "--resume")...)
	} else {
		app.must(app.of("abort")...)
	}
	if !open { // it was killed before its first or behind its last word to the journal
		release = app.whoAnswers()
	}
	app.mustBeWell(release)
}

// killIn deploys 2.0.0 until that stage has begun.
func (app *App) killIn(stage string) Result {
	app.t.Helper()
	command := app.start(app.of("deploy", "--version", "2.0.0", "--json")...)
	command.waitToSay(fmt.Sprintf(`"stage":"%s"`, stage))
	command.kill()
	return command.end()
}

// killInEach kills godeploy.exe when a stage has begun: the release that serves then serves on, and the
// next command, --resume and abort by turns, gets to one of two ends. Clients notice nothing.
func killInEach(t *testing.T, stages ...string) {
	app := deployed(t)
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 20)
	for i, stage := range stages {
		app.goBack()
		ended := app.killIn(stage)
		status := app.trueStatus()
		t.Logf("killed in %s (exit status %d): %s serves, status finds %q", stage, ended.Status,
			status.Serving.Release, status.kinds())
		app.repair(i%2 == 0, status.Open != nil)
	}
	crowd.mustLoseNothing()
}

func TestWindowsDeployerKilledInAStageBeforeTheFlip(t *testing.T) {
	killInEach(t, "fetch", "verify", "unpack", "start", "check")
}

func TestWindowsDeployerKilledInAStageFromTheFlipOn(t *testing.T) {
	killInEach(t, "flip", "watch", "drain", "retire")
}

// A power cut leaves files, and no process.
func TestWindowsPowerCutWhileADeploymentIsOpen(t *testing.T) {
	app := deployed(t)
	for i, cut := range []struct{ after, serving string }{
		{"check", "1.0.0"}, {"flip", "2.0.0"}, {"drain", "2.0.0"},
	} {
		app.goBack()
		for _, stage := range stages {
			app.must(app.of(stage, "--version", "2.0.0")...)
			if stage == cut.after {
				break
			}
		}
		app.Host.reboot()
		if answering := app.whoAnswers(); answering != "" {
			t.Fatalf("release %s answers without power", answering)
		}
		status := app.status()
		if status.kinds() != "open_deployment proxy_down serving_down" || status.Serving.Release != cut.serving {
			t.Errorf("cut after %s, status finds\n%v", cut.after, app.run(app.of("status")...))
		}
		app.repair(i%2 == 0, true)
	}
	app.Host.reboot() // nothing is open any more
	app.mustEnd(13, app.of("status")...).mustSay(t, "deploy --resume")
	app.must(app.of("deploy", "--resume")...)
	app.mustBeWell(app.whoAnswers())
}

// Wine has no keyboard: SIGINT to the process is its Ctrl-C.
func TestWindowsCtrlCBeforeTheFlipUndoesAndAfterItKeepsTheNew(t *testing.T) {
	app := deployed(t)
	app.change("passes: 2", "passes: 500")
	command := app.start(app.of("deploy", "--version", "2.0.0", "--json")...)
	command.waitToSay(`"stage":"check"`)
	command.signal(syscall.SIGINT)
	stopped := command.end()
	stopped.mustSay(t, "1.0.0 still")
	if stopped.Status != 130 {
		t.Errorf("not 130\n%v", stopped)
	}
	app.mustBeWell("1.0.0")

	app.change("passes: 500", "passes: 2")
	app.change("for: 300ms", "for: 60s")
	command = app.start(app.of("deploy", "--version", "2.0.0", "--json")...)
	command.waitToSay(`"stage":"watch"`)
	command.signal(syscall.SIGINT)
	stopped = command.end()
	stopped.mustSay(t, "2.0.0 now", "--resume")
	if stopped.Status != 130 || app.whoAnswers() != "2.0.0" {
		t.Errorf("%s answers\n%v", app.whoAnswers(), stopped)
	}
	app.change("for: 60s", "for: 300ms")
	app.must(app.of("deploy", "--resume")...)
	app.mustBeWell("2.0.0")
}
