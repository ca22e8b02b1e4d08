package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// alone is a box for an app that cannot run twice: release 1.0.0 serves, and load is on.
func alone(t *testing.T, service string, changes ...string) (*Box, *Load) {
	t.Helper()
	box := deployed(t, []string{"1.0.0"}, append([]string{"traffic.strategy", "exclusive"}, changes...)...)
	box.Release("2.0.0", service)
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	return box, load
}

// slowest is how long the request took that took longest.
func (answers Answers) slowest() time.Duration {
	slowest := time.Duration(0)
	for _, answer := range answers {
		if took := answer.Ended.Sub(answer.Begun); took > slowest {
			slowest = took
		}
	}
	return slowest
}

// mustRunOnce: one instance is up and nothing is left to do.
func (box *Box) mustRunOnce() {
	box.t.Helper()
	document, _ := box.statusDocument()
	if len(document.Findings) != 0 || document.Open != nil {
		box.t.Errorf("status finds %+v", document)
	}
	up := 0
	for slot := 0; slot < 2; slot++ {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", box.SlotPorts[slot])); err == nil {
			conn.Close()
			up++
		}
	}
	if up != 1 {
		box.t.Errorf("%d instances are up", up)
	}
}

func TestExclusiveDeploymentLosesNoRequest(t *testing.T) {
	box, load := alone(t, "2.0.0")
	result := box.Must("deploy", "--version", "2.0.0")
	box.mustSay(result, "release 1.0.0 ended in", "requests wait")
	load.WaitForAnswers(20)
	back := box.Must("rollback")
	box.mustSay(back, "release 2.0.0 ended in", "requests wait")
	load.WaitForAnswers(20)
	answers := load.Stop()
	answers.MustLoseNothing(t)
	t.Logf("%d answers while two deployments took %v and %v; the slowest took %v", len(answers),
		result.Took, back.Took, answers.slowest())
	box.MustServe("1.0.0")
	box.mustRunOnce()
}

func TestExclusiveDeploymentThatFailsBringsTheOldReleaseBack(t *testing.T) {
	for _, ill := range []struct {
		service string
		status  int
	}{{"exit", 8}, {"unhealthy", 9}, {"wrong-identity", 9}} {
		t.Run(ill.service, func(t *testing.T) {
			box, load := alone(t, ill.service, "check.deadline", "2s")
			result := box.mustRefuse(ill.status, []string{"deploy", "--version", "2.0.0"},
				"serves: release 1.0.0 again answers all requests")
			load.WaitForAnswers(20)
			answers := load.Stop()
			answers.MustLoseNothing(t)
			t.Logf("%d answers while the deployment failed in %v; the slowest took %v", len(answers),
				result.Took, answers.slowest())
			box.MustServe("1.0.0")
			box.mustRunOnce()
		})
	}
}

// A release that fails under traffic is taken back, and requests wait once more.
func TestExclusiveDeploymentThatTurnsIllIsTakenBack(t *testing.T) {
	box, load := alone(t, "2.0.0")
	box.Change("watch.for", "20s")
	box.deployWhatFallsIll("2.0.0").mustBeRefused(11, "serves: release 1.0.0 again answers all requests")
	load.WaitForAnswers(20)
	load.Stop().MustLoseNothing(t)
	box.MustServe("1.0.0")
	box.mustRunOnce()
}

// Killed while the old instance is down: nobody answers until the next command, which finishes, or
// takes back; whoever waits at the gate is answered then.
func TestExclusiveDeploymentKilledWhileNobodyAnswers(t *testing.T) {
	for _, way := range []struct{ name, command, serves string }{
		{"resume", "deploy --resume", "2.0.0"}, {"abort", "abort", "1.0.0"}} {
		t.Run(way.name, func(t *testing.T) {
			box, load := alone(t, "2.0.0")
			holding, goOn := filepath.Join(box.Dir, "holding"), filepath.Join(box.Dir, "go")
			box.Change("hooks.before_start", shell(fmt.Sprintf(
				"touch %s; while [ ! -e %s ]; do sleep 0.02; done", holding, goOn)))
			deploy := box.Start("deploy", "--version", "2.0.0")
			waitFor(t, 20*time.Second, "the hook", func() bool {
				_, err := os.Stat(holding)
				return err == nil
			})
			deploy.Kill()
			deploy.Wait()
			box.waitForWaiting()
			status := box.MustExit(13, "status")
			if !strings.Contains(status.Stdout, "requests wait at the gate") {
				t.Errorf("status does not say that nobody answers\n%v", status)
			}
			if err := os.WriteFile(goOn, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			box.Must(strings.Fields(way.command)...)
			load.WaitForAnswers(20)
			load.Stop().MustLoseNothing(t)
			box.MustServe(way.serves)
			box.mustRunOnce()
		})
	}
}

func TestExclusiveIsRefusedWhereItCannotBe(t *testing.T) {
	box := newBox(t, "traffic.strategy", "exclusive")
	box.Release("1.0.0", "1.0.0")
	box.with(t, "traffic.engine", "haproxy").mustRefuse(3, []string{"deploy", "--version", "1.0.0"},
		"traffic.strategy: exclusive", "holding requests", "haproxy")
	box.with(t, "canary.steps", "[5%]").mustRefuse(3, []string{"deploy", "--version", "1.0.0"},
		"exclusive does not go with canary.steps")
}
