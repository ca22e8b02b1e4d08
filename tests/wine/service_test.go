package wine

import (
	"testing"
)

// newServiceApp is an app whose instances are services, and whose engine is one, too.
func newServiceApp(t *testing.T) *App {
	t.Helper()
	app := newApp(t)
	app.change("runner: supervise", "runner: service")
	app.release("1.0.0")
	app.release("2.0.0")
	return app
}

// The two services of an app are made once, and change places under load; each boot starts the one
// that serves, and the proxy, and nobody has to repair anything.
func TestWindowsServicesOfAnAppChangePlacesAndComeBackAtBoot(t *testing.T) {
	app := newServiceApp(t)
	app.deploy("1.0.0")
	app.mustBeWell("1.0.0")
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 20)
	app.deploy("2.0.0")
	crowd.waitFor("2.0.0", 20)
	app.must(app.of("rollback")...)
	crowd.mustLoseNothing()
	app.mustBeWell("1.0.0")

	app.Host.reboot()
	waitFor(t, commandDeadline, "release 1.0.0 serves again after the boot", func() bool {
		app.status() // any program starts Wine, and with it what starts at boot
		return app.whoAnswers() == "1.0.0"
	})
	app.mustBeWell("1.0.0")
	app.deploy("2.0.0")
	app.mustBeWell("2.0.0")
}

// kill -9 of godeploy.exe where it has to do with services.
func TestWindowsServicesOfAKilledDeploymentAreFinishedOrUndone(t *testing.T) {
	app := newServiceApp(t)
	app.deploy("1.0.0")
	crowd := app.startCrowd()
	for i, stage := range []string{"start", "check", "watch", "retire"} {
		app.goBack()
		app.killIn(stage)
		app.repair(i%2 == 0, app.trueStatus().Open != nil)
	}
	crowd.mustLoseNothing()
}

// A service that no service manager keeps moves to Windows' own with the next deployment, and back, and no
// request notices: each release stays with the runner that started it until another takes its place.
func TestWindowsAppMovesFromSuperviseToServicesAndBack(t *testing.T) {
	app := newApp(t)
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 20)

	app.change("runner: supervise", "runner: service")
	app.mustBeWell("1.0.0")
	app.deploy("2.0.0")
	crowd.waitFor("2.0.0", 20)
	crowd.mustLoseNothing()
	app.mustStart("godeploy-"+appName+"-green", atBoot)
	if left := app.Host.processes("godeploy-supervise", "blue"); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
	app.Host.reboot() // the proxy that was there before comes back, too
	waitFor(t, commandDeadline, "release 2.0.0 serves again after the boot", func() bool {
		app.status() // any program starts Wine, and with it what starts at boot
		return app.whoAnswers() == "2.0.0"
	})

	app.change("runner: service", "runner: supervise")
	app.mustBeWell("2.0.0")
	crowd = app.startCrowd()
	crowd.waitFor("2.0.0", 20)
	app.must(app.of("rollback")...)
	app.mustServe("1.0.0")
	app.mustStart("godeploy-"+appName+"-green", onDemand)
	app.deploy("2.0.0") // in the slot that was a service
	crowd.mustLoseNothing()
	app.mustBeWell("2.0.0")
	if kept := app.Host.processes("godeploy-supervise", "--service"); len(kept) > 0 {
		t.Errorf("still services: %v", kept)
	}
}
