package wine

import (
	"strings"
	"testing"
)

// The first day on a Windows host: two releases, packed and signed there too.
func TestWindowsDeployReplacesTheReleaseThatServes(t *testing.T) {
	app := newApp(t)
	app.release("1.0.0")
	app.release("2.0.0")

	app.deploy("1.0.0")
	app.mustServe("1.0.0")
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 50)
	app.deploy("2.0.0")
	crowd.waitFor("2.0.0", 50)
	app.mustServe("2.0.0")
	app.must(app.of("rollback")...)
	app.mustServe("1.0.0")
	crowd.mustLoseNothing()

	status := app.must(app.of("status")...)
	if !strings.Contains(status.Stdout, "1.0.0") {
		t.Errorf("the release that serves is not named by\n%v", status)
	}
}

// Whoever deploys keeps others out, and is named to them.
func TestWindowsSecondDeployIsToldWhoHoldsTheLockAndLogsAreFollowed(t *testing.T) {
	app := deployed(t)
	logs := app.start(app.of("logs", "--follow", "--slot", "green")...)
	app.change("for: 300ms", "for: 60s")
	first := app.start(app.of("deploy", "--version", "2.0.0", "--json")...)
	first.waitToSay(`"stage":"watch"`)
	app.mustEnd(4, app.of("rollback")...).mustSay(t, "deploy")
	logs.waitToSay("start version=2.0.0")
	logs.kill()
	logs.end()
	first.kill()
	first.end()
	app.must(app.of("abort")...)
	app.mustBeWell("1.0.0")
}
