package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A host where systemd keeps the instances: deploy, flip under load, roll back; what is enabled is what
// serves.
func TestContainerSystemdDeploysUnderLoadAndRollsBack(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("service.environment.GREETING", `"100% \"$HOME\" \\ ä"`, "service.account", "dynamic")
	box.Root = filepath.Join(box.Dir, "100% $HOME ä") // means much to systemd, and nothing to a deployment
	box.Change("root", `"`+box.Root+`"`)
	if err := os.Chmod(box.Dir, 0o711); err != nil { // what is above the root is its owner's affair
		t.Fatal(err)
	}
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

	process := "/proc/" + host.Show("godeploy-shop@blue", "MainPID")
	variables := host.Do("cat", process+"/environ")
	for _, variable := range []string{"GREETING=100% \"$HOME\" \\ ä", "STATE_DIRECTORY=/var/lib/godeploy-shop"} {
		if !strings.Contains(variables, variable+"\x00") {
			t.Errorf("%s is not among %q", variable, variables)
		}
	}
	owner, user := host.Do("stat", "--format=%u", "/var/lib/private/godeploy-shop"), host.Do("stat", "--format=%u", process)
	if owner != user || user == "0" {
		t.Errorf("user %s cannot write where %s can", user, owner)
	}
	box.Must("logs").mustSay(t, "start version=1.0.0")
	if strings.Contains(box.Must("logs", "-n", "1000").Stdout, "version=2.0.0") {
		t.Error("the log of 1.0.0 holds lines of 2.0.0")
	}
	box.Must("logs", "--slot", "green").mustSay(t, "start version=2.0.0")

	followed, err := os.Create(filepath.Join(box.Dir, "followed"))
	if err != nil {
		t.Fatal(err)
	}
	defer followed.Close()
	following := box.StartTo(followed, "logs", "--follow")
	host.Do("systemctl", "restart", "godeploy-shop@blue")
	waitFor(t, stopTime, "the line of the new process is shown", func() bool {
		return strings.Count(string(contentOf(t, followed.Name())), "start version=1.0.0") == 2
	})
	for _, process := range box.Programs("godeploy") { // what runs there is not what we started
		syscall.Kill(process.PID, syscall.SIGKILL)
	}
	following.Wait()

	other := host.newBox() // another root of this host, with an app of the same name
	other.Release("3.0.0", "3.0.0")
	other.MustExit(8, "deploy", "--version", "3.0.0").mustSay(t, "belongs to another root", box.Root)
	host.MustServe(box, "1.0.0")
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

	box.Must("proxy", "stop", "--yes")
	if box.whoAnswers() != "" || host.Show(unit, "UnitFileState") != "disabled" {
		t.Error("the proxy was stopped, and answers or would start at the next boot")
	}
	box.Must("proxy", "start")
	host.MustServe(box, "1.0.0")
}

// In every stage that takes a while the power goes; between two, the host is shut down. When it is up again a release
// answers without a command from anybody, status tells what was cut, and one command gets to an end.
func TestContainerRebootInTheMiddleOfEachStage(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("check.interval", "200ms", "watch.for", "500ms", "drain.in_flight", "2s",
		"release.keep", "2")
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "slow-start")
	box.Must("deploy", "--version", "1.0.0")
	for i, stage := range []string{"start", "check", "watch", "flip", "drain"} {
		var held net.Conn
		if stage == "flip" { // it is too short to be hit by chance
			box.stagesUntil("flip")
		} else {
			held = dialSlow(t, box) // drain has something to wait for
			running := box.Start("deploy", "--version", "2.0.0", "--allow-downgrade")
			waitFor(t, commandDeadline, "it stands in "+stage, func() bool {
				open := box.Status().Open
				return open != nil && *open.NextStage == stage
			})
			defer running.Wait()
		}
		if held == nil {
			host.ShutDown() // no command runs that could undo what it did
		} else {
			host.CutPower()
			held.Close()
		}
		host.Boot()
		waitFor(t, bootTime, "a release answers after "+stage, func() bool {
			return box.whoAnswers() != ""
		})
		status := box.Status()
		if status.Open == nil || status.kinds() != "open_deployment" ||
			status.Serving.Release != box.whoAnswers() {
			t.Errorf("cut in %s, then %s answers: %v", stage, box.whoAnswers(), box.Run("status"))
		}
		if i%2 == 0 {
			box.Must("abort")
			host.MustServe(box, "1.0.0")
			continue
		}
		box.Must("deploy", "--resume")
		host.MustServe(box, "2.0.0")
		box.Must("rollback", "1.0.0")
	}
	host.ShutDown() // at rest
	host.Boot()
	waitFor(t, bootTime, "the release answers", func() bool { return box.whoAnswers() == "1.0.0" })
	host.MustServe(box, "1.0.0")
}

// The power goes while a stage is held in its middle: fetch waits for the source, verify opens a key, unpack
// gives the folder its name, and flip in its hooks, which stand before the engine is asked and behind its answer.
func TestContainerPowerCutInsideTheOtherStages(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox()
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "1.0.0")
	asked := make(chan bool, 1)
	source := box.serveReleases(func(w http.ResponseWriter, r *http.Request, number int) bool {
		asked <- true
		<-r.Context().Done()
		return true
	}, false)
	note := filepath.Join(box.Dir, "note")
	inHook := shell("touch " + note + "; exec sleep 98765")
	noted := func() bool { _, err := os.Stat(note); return err == nil }
	deploy := func() *Running { return box.Start("deploy", "--version", "2.0.0") }
	for _, cut := range []struct {
		stage   string
		setting []string
		begin   func() *Running
		held    func() bool
		answers string
		end     []string
	}{
		{"fetch", []string{"release.source", source.source()}, deploy,
			func() bool { return len(asked) > 0 }, "1.0.0", []string{"abort"}},
		{"verify", nil, func() *Running { return box.startHeld("fetch", "verify", "openat", "-P", box.PublicKey) },
			func() bool { return true }, "1.0.0", []string{"abort"}},
		{"unpack", nil, func() *Running { return box.startHeld("verify", "unpack", "rename,renameat,renameat2") },
			func() bool { return len(folderOf(t, box.AppDir("releases"))) == 2 }, "1.0.0", []string{"abort"}},
		{"flip", []string{"hooks.before_flip", inHook}, deploy, noted, "1.0.0", []string{"abort"}},
		{"flip", []string{"hooks.after_flip", inHook}, deploy, noted, "2.0.0", []string{"deploy", "--resume"}},
	} {
		usual := Settings{}
		for name, value := range box.Settings {
			usual[name] = value
		}
		os.Remove(note) // of the cut before; mostly there is none
		box.Change(cut.setting...)
		running := cut.begin()
		waitFor(t, commandDeadline, "it is held in "+cut.stage, func() bool {
			open := box.Status().Open
			return open != nil && *open.NextStage == cut.stage && cut.held()
		})
		host.killCommands()
		if filepath.Base(running.command.Path) == "strace" {
			running.Kill() // the kernel waits for the dead, whom a tracer would keep
		}
		running.Wait()
		host.CutPower()
		box.Settings = usual
		box.Change()
		host.Boot()
		waitFor(t, bootTime, "a release answers after "+cut.stage, func() bool { return box.whoAnswers() != "" })
		status := box.Status()
		if status.Open == nil || *status.Open.NextStage != cut.stage || status.kinds() != "open_deployment" ||
			box.whoAnswers() != cut.answers {
			t.Errorf("cut in %s, %v: then %s answers: %v", cut.stage, cut.setting, box.whoAnswers(),
				box.Run("status"))
		}
		box.Must(cut.end...)
		host.MustServe(box, cut.answers)
	}
}

// startHeld runs the stages up to `before`, and the next one until it makes one of these system calls; it stays in
// there. More options of strace narrow the calls down.
func (box *Box) startHeld(before, stage, calls string, options ...string) *Running {
	box.t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		box.t.Skip("strace is not installed")
	}
	box.stagesUntil(before)
	running := box.prepare("", []string{stage, "--version", "2.0.0", "--file", box.File})
	options = append([]string{strace, "-f", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
		"inject=" + calls + ":delay_enter=600000000"}, options...)
	running.command.Path, running.command.Args = strace, append(options, running.command.Args...)
	running.command.Env = append(running.command.Env, "ASAN_OPTIONS=detect_leaks=0") // not under ptrace
	return running.begin()
}

func folderOf(t *testing.T, path string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// A release that dies is started again as often as the ladder has it; on trial it is not.
func TestContainerSystemdRestartsByTheLadderAndConfines(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("service.restart.delay", "100ms", "service.restart.times", "2",
		"service.account", "daemon", "service.limits.memory", "256MiB", "service.limits.files", "4096",
		"service.hardening.capabilities", "[CAP_KILL]")
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "exit")
	if err := os.Chmod(box.Dir, 0o711); err != nil { // what is above the root is its owner's affair
		t.Fatal(err)
	}
	box.Must("deploy", "--version", "1.0.0")
	host.MustServe(box, "1.0.0")
	unit := "godeploy-" + appName + "@blue"

	state := host.Do("cat", "/proc/"+host.Show(unit, "MainPID")+"/status")
	for _, line := range []string{"Uid:\t1\t1\t1\t1", "NoNewPrivs:\t1", "CapBnd:\t0000000000000020"} {
		if !strings.Contains(state, line) {
			t.Errorf("%q is not in\n%s", line, state)
		}
	}
	if limits := host.Do("cat", "/proc/"+host.Show(unit, "MainPID")+"/limits"); !strings.Contains(limits,
		"Max open files            4096                 4096") {
		t.Errorf("%s", limits)
	}
	if info, err := os.Stat(box.AppDir("journal.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the service's account can come to the journal: %v, %v", info.Mode(), err)
	}
	if most := host.Show(unit, "MemoryMax"); most != "268435456" {
		t.Errorf("MemoryMax is %s", most)
	}

	box.MustExit(8, "deploy", "--version", "2.0.0").mustSay(t, "exit status 3", "last lines")
	host.MustServe(box, "1.0.0")

	host.mustRestartTwice(box, unit)
	if status := box.Status(); status.kinds() != "serving_down" {
		t.Errorf("after the ladder's end: %v", box.Run("status"))
	}
	box.Must("logs").mustSay(t, "it was restarted 2 times within 86400 s, and ended again")
	box.Must("deploy", "--resume")
	host.MustServe(box, "1.0.0")
	host.CutPower()
	host.Boot()
	waitFor(t, bootTime, "the release answers", func() bool { return box.whoAnswers() == "1.0.0" })
	host.Do("systemctl", "restart", unit) // by hand, which is no step of the ladder
	host.mustRestartTwice(box, unit)
	box.Must("deploy", "--resume")
	host.MustServe(box, "1.0.0")
	box.Must("logs").mustSay(t, "start version=1.0.0")
}

// mustRestartTwice kills what serves until systemd has given up: after the second restart, however often it has
// read its units meanwhile, by which its own limit is forgotten.
func (host *Host) mustRestartTwice(box *Box, unit string) {
	host.t.Helper()
	for restarts := 0; restarts <= 2; restarts++ {
		waitFor(host.t, killTime, fmt.Sprintf("it runs, restarted %d times", restarts), func() bool {
			slot := box.Status().Slots["blue"]
			return slot.State == "running" && slot.Restarts == restarts
		})
		host.Do("systemctl", "daemon-reload")
		host.Do("systemctl", "kill", "--signal=KILL", "--kill-who=main", unit)
	}
	waitFor(host.t, killTime, "systemd gives up", func() bool {
		return box.Status().Slots["blue"].State == "gave up"
	})
	if state := host.Show(unit, "ActiveState"); state != "failed" {
		host.t.Errorf("the unit is %s, which nobody notices", state)
	}
}

// What an administrator did to the units by hand holds, and stands in nobody's way unseen: drop-ins, presets, a journal
// that is switched off, units that are disabled or masked.
func TestContainerSystemdUnderAnAdministratorsHands(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("release.max_size", "64MiB", "release.max_entries", "1000")
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "exit")
	box.Release("3.0.0", "3.0.0")
	blue, green := "godeploy-"+appName+"@blue", "godeploy-"+appName+"@green"
	host.write("/etc/systemd/system-preset/00-none.preset", "disable *\n")
	edited := "/etc/systemd/system/" + blue + ".service.d/override.conf" // as `systemctl edit` calls it
	host.write(edited, "[Service]\nLimitNOFILE=2048\nTimeoutStopSec=7s\n")
	box.Must("deploy", "--version", "1.0.0")
	host.MustServe(box, "1.0.0")
	if limits := host.Show(blue, "LimitNOFILE") + " " + host.Show(blue, "TimeoutStopUSec"); limits != "2048 7s" {
		t.Errorf("the administrator's drop-in is overruled: %s", limits)
	}

	host.write("/etc/systemd/journald.conf.d/off.conf", "[Journal]\nStorage=none\n")
	host.Do("systemctl", "restart", "systemd-journald")
	box.MustExit(8, "deploy", "--version", "2.0.0").mustSay(t, "exit status 3", "what it wrote is not known",
		"journald has kept nothing")
	box.MustExit(1, "logs", "--slot", "green").mustSay(t, "journald has kept nothing", "Storage=")
	host.MustServe(box, "1.0.0")

	host.Do("systemctl", "preset", blue)
	box.Doctor(16).mustFind(t, "runner-hindered", blue+" is disabled: it does not come back")
	host.Do("systemctl", "enable", blue)
	host.Do("systemctl", "mask", green)
	box.Doctor(16).mustFind(t, "runner-hindered", green+" is masked")
	box.MustExit(8, "deploy", "--version", "3.0.0").mustSay(t, green+" is masked", "systemctl unmask "+green,
		"release 1.0.0 still answers all requests")
	host.Do("systemctl", "unmask", green)
	box.Must("deploy", "--version", "3.0.0")
	host.MustServe(box, "3.0.0")
	if ill := box.Doctor(0).ill(); ill != "" {
		t.Errorf("the doctor finds %s where all is well again", ill)
	}

	host.Do("systemctl", "mask", green) // goes on until it ends
	box.Must("status").mustSay(t, "release 3.0.0 serves from slot green")
	host.Do("systemctl", "kill", "--signal=KILL", "--kill-who=main", green)
	waitFor(t, killTime, "it is down", func() bool { return box.Status().kinds() == "serving_down" })
	box.MustExit(13, "deploy", "--resume").mustSay(t, green+" is masked")
	host.Do("systemctl", "unmask", green)
	box.Must("deploy", "--resume")
	host.MustServe(box, "3.0.0")
	if content := host.Do("cat", edited); !strings.Contains(content, "LimitNOFILE=2048") {
		t.Errorf("the administrator's drop-in is now %s", content)
	}
}

// write makes a file there, and the folders above it.
func (host *Host) write(path, content string) {
	host.t.Helper()
	host.must("a folder", os.MkdirAll(filepath.Dir(host.Path(path)), 0o755))
	host.must("a file", os.WriteFile(host.Path(path), []byte(content), 0o644))
}

// A service that runs without systemd moves to it with the next deployment, and back, and no request notices:
// each release stays with the runner that started it until another takes its place.
func TestContainerMovesFromSuperviseToSystemdAndBack(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	box := host.newBox("service.runner", "supervise")
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "1.0.0")
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)

	box.Change("service.runner", "auto")
	box.Must("status").mustSay(t, "release 1.0.0 serves from slot blue")
	box.Must("deploy", "--version", "2.0.0")
	load.WaitForAnswers(20)
	load.Stop().MustLoseNothing(t)
	host.MustServe(box, "2.0.0")
	box.mustEnd("godeploy-supervise")
	box.Must("logs", "--slot", "blue").mustSay(t, "start version=1.0.0")
	host.CutPower() // the proxy that was there before comes back with systemd, too
	host.Boot()
	waitFor(t, bootTime, "the release answers", func() bool { return box.whoAnswers() == "2.0.0" })
	host.MustServe(box, "2.0.0")

	box.Change("service.runner", "supervise")
	load = startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	box.Must("rollback", "1.0.0")
	box.Must("status").mustSay(t, "release 1.0.0 serves from slot blue") // and finds nothing wrong
	if state := host.Show("godeploy-shop@green", "UnitFileState"); state != "disabled" {
		t.Errorf("the unit that was left is %s", state)
	}
	box.Must("deploy", "--version", "2.0.0") // in the slot that systemd had
	load.WaitForAnswers(20)
	load.Stop().MustLoseNothing(t)
	box.Must("status").mustSay(t, "release 2.0.0 serves from slot green")
	if left := host.Do("find", "/etc/systemd/system", "-name", "godeploy-shop*"); left != "" {
		t.Errorf("left in the folder of units: %s", left)
	}
}

// A user without rights who lingers has a service manager of his own, which outlives his sessions.
func TestContainerUserUnitsOutliveSessions(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	host.Do("useradd", "--create-home", "ann")
	host.Do("loginctl", "enable-linger", "ann")
	box := host.newBox("service.runner", "auto")
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	host.Do("chown", "-R", "ann:", box.Dir)
	host.as = []string{"setpriv", "--reuid=ann", "--regid=ann", "--init-groups", "--reset-env"}
	waitFor(t, bootTime, "her service manager runs", func() bool {
		_, err := host.try("test", "-e", "/run/user/1000/systemd/private")
		return err == nil
	})
	box.Must("deploy", "--version", "1.0.0")
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	box.Must("deploy", "--version", "2.0.0")
	load.WaitForAnswers(20)
	load.Stop().MustLoseNothing(t)
	box.Must("logs").mustSay(t, "start version=2.0.0")
	host.CutPower()
	host.Boot()
	waitFor(t, bootTime, "the release answers", func() bool { return box.whoAnswers() == "2.0.0" })
	box.Must("status").mustSay(t, "release 2.0.0 serves from slot green")

	asAnn := host.as
	host.as = nil // root, whose systemd knows nothing of it
	for _, arguments := range [][]string{{"status"}, {"deploy", "--version", "1.0.0", "--allow-downgrade"}} {
		box.MustExit(15, arguments...).mustSay(t, "is kept by the systemd of user ann", "Run godeploy as that user")
	}
	host.as = asAnn
	host.Do("loginctl", "disable-linger", "ann") // she has no session, so all of hers ends
	waitFor(t, stopTime, "her service manager is gone", func() bool {
		_, err := host.try("test", "-e", "/run/user/1000")
		return err != nil
	})
	box.Doctor(13).mustFind(t, "runner-hindered", "lingering is off")
	host.Do("loginctl", "enable-linger", "ann")
	waitFor(t, bootTime, "the release answers again", func() bool { return box.whoAnswers() == "2.0.0" })
	box.Must("status").mustSay(t, "release 2.0.0 serves from slot green")
}
