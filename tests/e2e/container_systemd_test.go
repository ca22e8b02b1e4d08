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

// proxyUnit is the name of the unit of the box's godeploy-proxy.
func (host *Host) proxyUnit(box *Box) string {
	host.t.Helper()
	return "godeploy-proxy@" + host.Do("systemd-escape", "--path", box.Root) + ".service"
}

// However the process behind the public port ends, who connects meanwhile waits: systemd has the sockets.
func TestContainerProxyIsRestartedAndKilledWithoutRefusingAnybody(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox()
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	unit := host.proxyUnit(box)
	if state := host.Show(unit, "UnitFileState") + " " + host.Show(unit, "ActiveState"); state !=
		"enabled active" {
		t.Fatalf("the proxy's unit is %s", state)
	}
	load := startLightLoad(t, box.URL("/"))
	for _, words := range [][]string{
		{"systemctl", "restart", unit},
		{"systemctl", "kill", "--signal=KILL", "--kill-who=main", unit},
		{"systemctl", "restart", unit},
		{"systemctl", "kill", "--signal=KILL", "--kill-who=main", unit},
	} {
		before := host.Show(unit, "MainPID")
		load.WaitForAnswers(30)
		host.Do(words...)
		waitFor(t, killTime, "another process is the proxy", func() bool {
			now := host.Show(unit, "MainPID")
			return now != before && now != "0" && host.Show(unit, "ActiveState") == "active"
		})
		load.WaitForAnswers(30)
	}
	before := host.Show(unit, "MainPID")
	box.Must("proxy", "upgrade")
	if after := host.Show(unit, "MainPID"); after == before || after == "0" ||
		host.Show(unit, "ActiveState") != "active" {
		t.Errorf("after an upgrade systemd looks after process %s, before it was %s", after, before)
	}
	load.WaitForAnswers(30)
	load.Stop().MustLoseNothing(t)
	host.MustServe(box, "1.0.0")

	box.Must("proxy", "stop")
	if box.whoAnswers() != "" || host.Show(unit, "UnitFileState") != "disabled" {
		t.Error("the proxy was stopped, and answers or would start at the next boot")
	}
	box.Must("proxy", "start")
	host.MustServe(box, "1.0.0")
}
