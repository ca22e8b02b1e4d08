package wine

import (
	"testing"
)

// newNativeServer is a server whose app is a Go service by golang.org/x/sys/windows/svc.
func newNativeServer(t *testing.T) *App {
	t.Helper()
	app := newServer(t)
	app.change("stop_timeout: 3s", "stop_timeout: 20s, windows: { kind: native }")
	app.change("in_flight: 1s", "in_flight: 3s") // a request may be that slow on its way to the old release
	app.change("[./service.exe,", "[./service.exe, --service,")
	app.releaseAs("1.0.0", "service-native-1.0.0.exe")
	app.releaseAs("2.0.0", "service-native-2.0.0.exe")
	app.releaseAs("3.0.0", "service-native-deaf.exe") // its STOP_PENDING never ends
	return app
}

// The service manager starts it and asks it to stop; one that does not end is killed once its time is
// up, which is said, and its service is there for the next release.
func TestWindowsNativeGoServiceStopsByTheManagerOrIsKilled(t *testing.T) {
	app := newNativeServer(t)
	app.deploy("1.0.0")
	crowd := app.startCrowd()
	crowd.waitFor("1.0.0", 20)
	app.deploy("2.0.0").mustSay(t, "release 1.0.0 ended by itself")
	crowd.waitFor("2.0.0", 20)
	crowd.mustLoseNothing()
	app.deploy("3.0.0")
	app.mustBeWell("3.0.0")

	app.change("stop_timeout: 20s", "stop_timeout: 500ms")
	app.must(app.of("rollback")...).mustSay(t, "release 3.0.0 was killed")
	app.mustBeWell("2.0.0")
	app.must(app.of("deploy", "--version", "1.0.0", "--allow-downgrade")...)
	app.mustBeWell("1.0.0")
}
