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
