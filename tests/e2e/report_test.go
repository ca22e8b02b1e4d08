package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withReports is a host where release 1.0.0 serves and a deployment of 2.0.0 was sent back by its watch.
func withReports(t *testing.T, changes ...string) (*Box, Result) {
	t.Helper()
	box := newBox(t, changes...)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	box.Release("2.0.0", "late-ill")
	box.Change("watch.for", "20s")
	result := box.MustExit(11, "deploy", "--version", "2.0.0")
	box.Change("watch.for", "300ms")
	return box, result
}

// promtool is Prometheus' own judge of what an exporter hands on.
func mustPleasePrometheus(t *testing.T, text string) {
	t.Helper()
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v: %s\n%s", err, said, text)
	}
}

func mustHaveLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// Whoever scrapes meanwhile finds a whole file under a name that ends in .prom, and no other.
func mustHoldOne(t *testing.T, folder, name string) string {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil || len(found) != 1 || found[0].Name() != name {
		t.Fatalf("%v: %v instead of %s", err, found, name)
	}
	if info, err := found[0].Info(); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v: mode %v is not for an exporter of another user", err, info.Mode())
	}
	return string(contentOf(t, filepath.Join(folder, name)))
}

// The textfile tells of failures, of rollbacks and of what an operator took back; where it cannot be
// written, that is a warning.
func TestReportsToPrometheus(t *testing.T) {
	folder := t.TempDir()
	box, _ := withReports(t, "report.textfile", folder)
	text := mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text, `godeploy_last_deployment_success{app="shop"} 0`,
		`godeploy_last_deployment_info{app="shop",deployment="2",kind="deploy",release="2.0.0",`+
			`from="1.0.0",state="failed"} 1`,
		`godeploy_last_deployment_stage_info{app="shop",stage="watch",state="failed"} 1`,
		`godeploy_last_deployment_stage_info{app="shop",stage="flip",state="undone"} 1`,
		`godeploy_serving_release_info{app="shop",release="1.0.0",slot="blue"} 1`,
		`godeploy_deployments_total{app="shop",kind="deploy",state="done"} 1`,
		`godeploy_deployments_total{app="shop",kind="deploy",state="failed"} 1`)

	box.Release("3.0.0", "3.0.0")
	box.Must("fetch", "--version", "3.0.0")
	text = mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text,
		`godeploy_last_deployment_stage_info{app="shop",stage="fetch",state="done"} 1`)
	box.Must("abort")
	mustHaveLines(t, mustHoldOne(t, folder, "godeploy_shop.prom"),
		`godeploy_deployments_total{app="shop",kind="deploy",state="aborted"} 1`)

	box.Must("deploy", "--version", "3.0.0")
	box.Must("rollback")
	text = mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text, `godeploy_last_deployment_success{app="shop"} 1`,
		`godeploy_deployments_total{app="shop",kind="rollback",state="done"} 1`)

	os.RemoveAll(folder)
	box.Release("3.1.0", "3.0.0")
	delete(box.Settings, "check.identity.header") // it calls itself 3.0.0
	box.Change()
	box.mustSay(box.Must("deploy", "--version", "3.1.0"), "warning: ", "godeploy_shop.prom")
}
