package wine

import (
	"strings"
	"testing"
)

// A Windows server as its engineer finds it: the settings name neither a runner nor an engine, and so
// the app is two services behind two rules of portproxy (the stand-in of netsh/standin.h).
func newServer(t *testing.T, settings ...string) *App {
	t.Helper()
	app := newPortproxyApp(t, settings...)
	app.change("engine: portproxy, ", "")
	app.change(", runner: supervise", "")
	app.change("in_flight: 5s", "in_flight: 1s") // clients who keep their connections use up all of it
	return app
}

// How the manager writes down when a service is started.
const (
	atBoot   = "0x2"
	onDemand = "0x3"
)

func (app *App) mustStart(service, start string) {
	app.t.Helper()
	found := app.Host.must("reg", "query", `HKLM\SYSTEM\CurrentControlSet\Services\`+service, "/v", "Start")
	if !strings.Contains(found, start) {
		app.t.Errorf("service %s is not of start %s:\n%s", service, start, found)
	}
}

// All of it in one life: deployments under load, a release that does not start, a power cut.
func TestWindowsServerWithoutARunnerOrAnEngineNamed(t *testing.T) {
	app := newServer(t)
	app.release("1.0.0")
	app.release("2.0.0")
	app.releaseProgram("3.0.0", "no program")
	app.deploy("1.0.0")
	app.mustServeBothStacks("1.0.0")
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 20)

	app.deploy("2.0.0")
	app.mustServeBothStacks("2.0.0")
	app.mustStart("godeploy-"+appName+"-green", atBoot)
	app.mustStart("godeploy-"+appName+"-blue", onDemand)
	app.mustEnd(8, app.of("deploy", "--version", "3.0.0")...).mustSay(t, "2.0.0 still")
	app.mustBeWell("2.0.0")
	app.must(app.of("rollback")...)
	crowd.mustLoseNothing()
	app.mustBeWell("1.0.0")

	rules := app.Host.netsh("show", "all")
	app.Host.reboot()
	waitFor(t, commandDeadline, "release 1.0.0 serves again after the boot", func() bool {
		app.status() // any program starts Wine, and with it what starts at boot
		return app.whoAnswers() == "1.0.0"
	})
	app.mustServeBothStacks("1.0.0")
	app.mustBeWell("1.0.0")
	if kept := app.Host.netsh("show", "all"); kept != rules {
		t.Errorf("the rules were\n%s\nand are\n%s", rules, kept)
	}
}
