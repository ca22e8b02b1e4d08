package e2e

import (
	"strings"
	"testing"
)

// A host where systemd keeps the instances: deploy, flip under load, roll back; what is enabled is what
// serves.
func TestContainerSystemdDeploysUnderLoadAndRollsBack(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("service.environment.GREETING", `"100% \"$HOME\" \\ ä"`)
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "1.0.0")
	host.MustServe(box, "1.0.0")
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	box.Must("deploy", "--version", "2.0.0")
	load.WaitForAnswers(20)
	host.MustServe(box, "2.0.0")
	box.Must("rollback")
	load.WaitForAnswers(20)
	load.Stop().MustLoseNothing(t)
	host.MustServe(box, "1.0.0")

	if variables := host.Do("cat", "/proc/"+host.Show("godeploy-shop@blue", "MainPID")+"/environ"); !strings.Contains(
		variables, "GREETING=100% \"$HOME\" \\ ä\x00") {
		t.Errorf("the variable of the settings is another one in %q", variables)
	}
	box.Must("logs").mustSay(t, "start version=1.0.0")
	if strings.Contains(box.Must("logs", "-n", "1000").Stdout, "version=2.0.0") {
		t.Error("the log of 1.0.0 holds lines of 2.0.0")
	}
	box.Must("logs", "--slot", "green").mustSay(t, "start version=2.0.0")
}
