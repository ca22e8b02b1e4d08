package e2e

import (
	"strings"
	"syscall"
	"testing"
)

// Reboot is what a power cut leaves: files, and no process. A proxy worker that sees its parent die
// starts another one before its own turn comes, so it takes rounds; a process that is being killed
// has lost its name before it closes its sockets, so it is waited for by pid.
func (box *Box) Reboot() {
	box.t.Helper()
	var killed []int
	waitFor(box.t, killTime, "every process is killed", func() bool {
		found := box.Processes()
		for _, process := range found {
			syscall.Kill(process.PID, syscall.SIGKILL) // one that has just ended is no error
			killed = append(killed, process.PID)
		}
		for _, pid := range killed {
			if isAlive(pid) {
				return false
			}
		}
		return len(found) == 0
	})
}

func TestRebootOfAnIdleHostIsRepairedByResume(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "2.0.0"})
	box.withoutSource() // the network may come up later than we
	box.Reboot()
	if status := box.TrueStatus(); status.kinds() != "proxy_down serving_down" ||
		status.Serving.Release != "2.0.0" {
		t.Errorf("%+v", status)
	}
	box.MustExit(13, "status").mustSay(t, "release 2.0.0 should serve from slot green, but does not run",
		"the traffic engine does not run", "deploy --resume")
	box.Must("deploy", "--resume").mustSay(t, "2.0.0 serves again")
	box.MustServe("2.0.0")
	box.Must("rollback")
	box.MustServe("1.0.0")
}

func TestDeployAfterARebootRepairsAndDeploys(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Reboot()
	box.Must("deploy", "--version", "2.0.0")
	box.MustServe("2.0.0")
	box.Reboot()
	box.Must("rollback")
	box.MustServe("1.0.0")
}

// Each row: where the deployment stood, what status finds, what serves after --resume and abort.
func TestRebootWhileADeploymentIsOpen(t *testing.T) {
	for _, stood := range []struct{ after, serving string }{
		{"fetch", "1.0.0"}, {"unpack", "1.0.0"}, {"start", "1.0.0"}, {"check", "1.0.0"},
		{"flip", "2.0.0"}, {"watch", "2.0.0"}, {"drain", "2.0.0"},
	} {
		for _, way := range []struct{ command, release string }{
			{"deploy --resume", "2.0.0"}, {"abort", "1.0.0"},
		} {
			stood, way := stood, way
			t.Run(stood.after+" then "+way.command, func(t *testing.T) {
				t.Parallel()
				box := deployed(t, []string{"1.0.0"})
				box.Release("2.0.0", "2.0.0")
				box.stagesUntil(stood.after)
				box.Reboot()
				status := box.TrueStatus()
				if status.kinds() != "open_deployment proxy_down serving_down" ||
					status.Serving.Release != stood.serving {
					t.Errorf("%s %+v", status.kinds(), status)
				}
				result := box.MustExit(13, "status")
				result.mustSay(t, "release "+stood.serving+" should serve", "stands before", "--resume",
					"abort")
				box.Must(strings.Fields(way.command)...)
				box.MustServe(way.release)
			})
		}
	}
}

func TestRebootInTheMiddleOfEachStageOfADeployment(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "release.keep", "1", "check.interval", "200ms", "watch.for",
		"200ms", "drain.in_flight", "200ms")
	box.Release("2.0.0", "slow-start")
	for i, stage := range []string{"start", "check", "watch", "drain"} {
		box.goBack()
		held := dialSlow(t, box) // drain has something to wait for
		running := box.Start("deploy", "--version", "2.0.0")
		waitFor(t, commandDeadline, "it stands in "+stage, func() bool {
			open := box.Status().Open
			return open == nil && i > 0 && box.whoAnswers() == "2.0.0" ||
				open != nil && *open.NextStage == stage
		})
		box.Reboot()
		running.Wait()
		held.Close()
		box.TrueStatus()
		box.Must([][]string{{"abort"}, {"deploy", "--resume"}}[i%2]...)
		box.TrueStatus()
		box.Must("deploy", "--resume") // also where the deployment had ended
		box.MustServe(box.whoAnswers())
	}
}
