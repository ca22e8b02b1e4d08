package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// serving is the state of the slot; the test ends if nothing runs there.
func (box *Box) serving(slot string) Instance {
	box.t.Helper()
	instance, found := box.Instance(slot)
	if !found || instance.Process == nil || instance.Supervisor == nil {
		box.t.Fatalf("nothing runs in slot %s: %+v", slot, instance)
	}
	return instance
}

// The shell that ran the deployment, its group and its session end: what it started serves on.
func TestRunnerSurvivesTheSessionThatStartedIt(t *testing.T) {
	box := newBox(t)
	box.Release("1.0.0", "1.0.0")
	note := filepath.Join(box.Dir, "deployed")
	login := exec.Command("/bin/sh", "-c", fmt.Sprintf("%s deploy --version 1.0.0 --file %s && "+
		"touch %s; sleep 98765", programPath(t, "godeploy"), box.File, note))
	login.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := login.Start(); err != nil {
		t.Fatal(err)
	}
	session := login.Process.Pid
	defer login.Wait()
	defer syscall.Kill(-session, syscall.SIGKILL)
	waitFor(t, commandDeadline, "release 1.0.0 is deployed", func() bool {
		_, err := os.Stat(note)
		return err == nil
	})
	before := box.serving("blue")
	for _, process := range box.Processes() {
		if sessionOf(t, process.PID) == session && !process.Is("sh") && !process.Is("sleep") {
			t.Errorf("in the session of the login: %v", process)
		}
	}
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGKILL} {
		syscall.Kill(-session, signal) // it may be gone by now
	}
	login.Wait()
	box.mustBeAsBefore("1.0.0")
	if after := box.serving("blue"); *after.Process != *before.Process {
		t.Errorf("restarted: %+v, then %+v", before, after)
	}
}

// sessionOf reads the sixth field of stat.
func sessionOf(t *testing.T, pid int) int {
	t.Helper()
	stat := string(contentOf(t, fmt.Sprintf("/proc/%d/stat", pid)))
	session, err := strconv.Atoi(strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])[3])
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// An instance gets the documented variables and no others: no secret of a CI job.
func TestRunnerGivesTheDocumentedEnvironment(t *testing.T) {
	box := newBox(t, "service.preset", "go-production", "service.environment.GOGC", `"50"`,
		"service.environment.PASSWORD", `"{env:SHOP_PASSWORD}"`,
		"service.environment.WHERE", `"{slot} {port} {release} {app}"`)
	box.Environment = []string{"CI_TOKEN=s3cr3t", "SHOP_PASSWORD=open sesame", "GODEPLOY_SLOT=pink",
		"PORT=1", "LD_PRELOAD=", "LANG=C", "GOMEMLIMIT=1"}
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")

	kept := map[string]bool{"PATH": true, "HOME": true, "USER": true, "LOGNAME": true, "LANG": true,
		"LC_ALL": true, "TZ": true, "TMPDIR": true, "SSL_CERT_FILE": true, "SSL_CERT_DIR": true}
	port := strconv.Itoa(box.SlotPorts[0])
	wanted := map[string]string{"PORT": port, "GODEPLOY_APP": "shop", "GODEPLOY_RELEASE": "1.0.0",
		"GODEPLOY_SLOT": "blue", "GOGC": "50", "PASSWORD": "open sesame",
		"WHERE": "blue " + port + " 1.0.0 shop", "LANG": "C"}
	found := map[string]string{}
	environ := contentOf(t, fmt.Sprintf("/proc/%d/environ", box.serving("blue").Process.PID))
	for _, line := range strings.Split(strings.TrimRight(string(environ), "\x00"), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		if _, twice := found[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		found[name] = value
	}
	for name, value := range wanted {
		if found[name] != value {
			t.Errorf("%s is %q instead of %q", name, found[name], value)
		}
	}
	for _, name := range []string{"GODEPLOY_INSTANCE", "GOMAXPROCS", "GODEBUG"} {
		if found[name] == "" {
			t.Errorf("no %s", name)
		}
		wanted[name] = ""
	}
	var more []string
	for name := range found {
		if _, known := wanted[name]; !known && !kept[name] {
			more = append(more, name)
		}
	}
	if sort.Strings(more); len(more) > 0 {
		t.Errorf("not documented: %v", more)
	}
}

// What an instance wrote, the last of it, and what comes.
func TestRunnerKeepsTheOutput(t *testing.T) {
	box := newBox(t)
	box.mustRefuse(12, []string{"logs"}, "no release of shop runs", "--slot")
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	command := exec.Command(programPath(t, "godeploy"), "logs", "--follow", "-n", "1", "--file", box.File)
	output, err := os.Create(filepath.Join(box.Dir, "followed"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Process.Kill()
	followed := func() string { return string(contentOf(t, output.Name())) }
	waitFor(t, stopTime, "the last line", func() bool {
		return strings.Contains(followed(), "start version=1.0.0")
	})
	if lines := strings.Count(followed(), "\n"); lines != 1 {
		t.Errorf("%d lines instead of one: %q", lines, followed())
	}
	writeMore(t, box.AppDir("logs", "blue.log"), "more\n")
	waitFor(t, stopTime, "what came meanwhile", func() bool {
		return strings.HasSuffix(followed(), "more\n")
	})
	command.Process.Signal(os.Interrupt)
	if err := command.Wait(); err != nil {
		t.Errorf("Ctrl-C is how following ends: %v", err)
	}
	if last := box.Must("logs", "-n", "1"); last.Stdout != "more\n" {
		t.Errorf("the last line is %q", last.Stdout)
	}
	if all := box.Must("logs", "--slot", "blue"); strings.Count(all.Stdout, "\n") != 2 {
		t.Errorf("not all of it\n%v", all)
	}
}

func writeMore(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// What does not stop when asked is killed, and the operator is told.
func TestRunnerKillsWhatDoesNotStop(t *testing.T) {
	box := withServing(t, "service.stop_timeout", "700ms")
	box.Release("2.0.0", "ignore-term")
	box.mustDeploy("2.0.0")
	box.Release("3.0.0", "3.0.0")
	box.mustSay(box.mustDeploy("3.0.0"), "warning", "2.0.0 did not stop when asked", "killed")
}

// What an instance started in a session of its own does not outlive it.
func TestRunnerEndsWhatAnInstanceLeftBehind(t *testing.T) {
	box := withServing(t)
	box.Release("2.0.0", "fork")
	box.mustDeploy("2.0.0")
	waitFor(t, stopTime, "the grandchild runs", func() bool { return len(box.Programs("sleep")) == 1 })
	box.Release("3.0.0", "3.0.0")
	box.mustDeploy("3.0.0")
	box.mustEnd("sleep")
}

// A good release that crashes is started again, up a ladder that ends; then the operator is told.
func TestRunnerRestartsWhatCrashes(t *testing.T) {
	box := newBox(t, "service.restart.delay", "100ms", "service.restart.times", "2")
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	for crash := 1; crash <= 2; crash++ {
		box.KillNow(box.serving("blue").Process.PID)
		waitFor(t, stopTime, fmt.Sprintf("restart %d", crash), func() bool {
			instance, found := box.Instance("blue")
			return found && instance.State == "running" && instance.Restarts == crash
		})
		box.waitForHealth()
		box.mustBeAsBefore("1.0.0")
	}
	box.KillNow(box.serving("blue").Process.PID)
	waitFor(t, stopTime, "the ladder ends", func() bool {
		instance, found := box.Instance("blue")
		return found && instance.State == "gave_up"
	})
	document, result := box.statusDocument()
	if result.Status != 13 || len(document.Findings) == 0 {
		t.Errorf("status does not tell\n%v", result)
	}
	box.Must("deploy", "--resume")
	box.mustBeAsBefore("1.0.0")
}

func (box *Box) waitForHealth() {
	box.t.Helper()
	waitFor(box.t, stopTime, "the public address answers well", func() bool {
		status, _, _ := get(box.t, box.URL("/healthz"))
		return status == 200
	})
}
