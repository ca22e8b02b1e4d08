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
