// Package e2e runs the real programs: godeploy, godeploy-proxy and godeploy-supervise deploy a real Go
// service, while clients that nobody told about it count what they lose.
//
// A test makes a Box, puts releases into it, and runs commands. Whatever the commands leave running is
// ended when the test is over; what survives that fails the test.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	appName         = "shop"
	commandDeadline = 90 * time.Second
)

// Box is one host for one app: folders, ports, keys, settings and releases of its own.
type Box struct {
	t          *testing.T
	Dir        string // short, as sockets lie below it
	Root       string // root: of the settings
	File       string // godeploy.yaml
	PublicPort int
	SlotPorts  [2]int
	PrivateKey string
	PublicKey  string
	Settings   Settings // written anew by WriteSettings
	// Environment is added to that of every command.
	Environment []string
	// Engine is nil for godeploy-proxy, the default.
	Engine *Engine
	// Inside is nil where commands run on this host, else the host on which they do.
	Inside *Host
	// User is 0 where commands run as who runs the test, else they run as that one (giveTo).
	User uint32
	// MayLeave is set by a test that kills supervisors, and so makes orphans on purpose.
	MayLeave bool
}

// newBox makes keys and settings; nothing runs yet. The changes are pairs of a dotted name of a
// setting and its value in YAML.
func newBox(t *testing.T, changes ...string) *Box {
	t.Helper()
	dir, err := os.MkdirTemp("", "gd")
	if err != nil {
		t.Fatal(err)
	}
	box := &Box{t: t, Dir: dir, Root: filepath.Join(dir, "root"),
		File: filepath.Join(dir, "godeploy.yaml"), PublicPort: freePort(t),
		SlotPorts: [2]int{freePort(t), freePort(t)}}
	t.Cleanup(box.cleanUp)
	box.makeKeys()
	box.Settings = box.defaultSettings()
	box.Change(changes...)
	return box
}

// Change changes settings and writes the file.
func (box *Box) Change(changes ...string) {
	box.t.Helper()
	if len(changes)%2 != 0 {
		box.t.Fatal("settings come in pairs of name and value")
	}
	for i := 0; i < len(changes); i += 2 {
		box.Settings[changes[i]] = changes[i+1]
	}
	if err := os.WriteFile(box.File, []byte(box.Settings.yaml()), 0o600); err != nil {
		box.t.Fatal(err)
	}
}

// URL is the public address, with path behind it.
func (box *Box) URL(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", box.PublicPort, path)
}

// SlotURL is that of an instance itself; slot 0 is blue, 1 is green.
func (box *Box) SlotURL(slot int, path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", box.SlotPorts[slot], path)
}

// AppDir is a path below ROOT/APP.
func (box *Box) AppDir(parts ...string) string {
	return filepath.Join(append([]string{box.Root, appName}, parts...)...)
}

// Result is what a command said and how it ended.
type Result struct {
	Line           string
	Stdout, Stderr string
	Status         int // -1: ended by a signal
	Took           time.Duration
}

func (r Result) String() string {
	return fmt.Sprintf("%s\nexit status %d after %v\n--- stdout\n%s--- stderr\n%s---", r.Line,
		r.Status, r.Took.Round(time.Millisecond), r.Stdout, r.Stderr)
}

// Run runs `godeploy ARGUMENTS --file FILE` to its end.
func (box *Box) Run(arguments ...string) Result {
	box.t.Helper()
	return box.Start(arguments...).Wait()
}

// Must is Run for what has to succeed.
func (box *Box) Must(arguments ...string) Result {
	box.t.Helper()
	return box.MustExit(0, arguments...)
}

// MustExit is Run for what has to end with this status.
func (box *Box) MustExit(status int, arguments ...string) Result {
	box.t.Helper()
	return box.Start(arguments...).mustEnd(status)
}

// Running is a command that was started.
type Running struct {
	box            *Box
	command        *exec.Cmd
	stdout, stderr bytes.Buffer
	began          time.Time
	expire         context.CancelFunc
}

// Start runs `godeploy ARGUMENTS --file FILE` in the background (-f of `logs` is another option).
func (box *Box) Start(arguments ...string) *Running {
	box.t.Helper()
	return box.start(append(append([]string{}, arguments...), "--file", box.File))
}

// RunBare is Run without --file, for commands that know no settings.
func (box *Box) RunBare(arguments ...string) Result {
	box.t.Helper()
	return box.start(arguments).Wait()
}

// StartTo is Start with stdout into a file that can be read meanwhile; Stdout of the Result is empty.
func (box *Box) StartTo(output *os.File, arguments ...string) *Running {
	box.t.Helper()
	running := box.prepare(programPath(box.t, "godeploy"),
		append(append([]string{}, arguments...), "--file", box.File))
	running.command.Stdout = output
	return running.begin()
}

func (box *Box) start(arguments []string) *Running {
	box.t.Helper()
	return box.prepare(programPath(box.t, "godeploy"), arguments).begin()
}

func (box *Box) prepare(program string, arguments []string) *Running {
	ctx, cancel := context.WithTimeout(context.Background(), commandDeadline)
	running := &Running{box: box, began: time.Now(), expire: cancel,
		command: exec.CommandContext(ctx, program, arguments...)}
	if box.Inside != nil {
		running.command = box.Inside.command(ctx, box.Dir, arguments)
	}
	running.command.Dir = box.Dir
	// What a CI service tells its jobs is none of a test's business.
	running.command.Env = append(append(os.Environ(), "NO_COLOR=1", "GITHUB_ACTIONS=", "TF_BUILD=",
		"GITHUB_STEP_SUMMARY=", "TRACEPARENT="), box.Environment...)
	running.command.Stdout = &running.stdout
	running.command.Stderr = &running.stderr
	return running
}

func (running *Running) begin() *Running {
	running.box.t.Helper()
	if user := running.box.User; user != 0 {
		running.command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	if err := running.command.Start(); err != nil {
		running.expire()
		running.box.t.Fatal(err)
	}
	return running
}

// mustEnd waits for the end with this status.
func (running *Running) mustEnd(status int) Result {
	running.box.t.Helper()
	result := running.Wait()
	if result.Status != status {
		running.box.t.Fatalf("expected exit status %d\n%v%s", status, result, running.box.logs())
	}
	return result
}

// Kill is kill -9: what a crash of the deployer is.
func (running *Running) Kill() {
	running.Signal(syscall.SIGKILL)
}

// Signal sends one; that the command is already gone is no error.
func (running *Running) Signal(signal syscall.Signal) {
	running.box.t.Helper()
	err := running.command.Process.Signal(signal)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		running.box.t.Fatal(err)
	}
}

// hasEnded is true from the end on, before anybody waited for it.
func (running *Running) hasEnded() bool {
	return !isAlive(running.command.Process.Pid)
}

// Wait waits for the end. A command that overruns its deadline was killed, and fails the test.
func (running *Running) Wait() Result {
	running.box.t.Helper()
	defer running.expire()
	err := running.command.Wait()
	result := Result{Line: "godeploy " + strings.Join(running.command.Args[1:], " "),
		Stdout: running.stdout.String(), Stderr: running.stderr.String(),
		Status: running.command.ProcessState.ExitCode(), Took: time.Since(running.began)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		running.box.t.Fatalf("%v\n%v", err, result)
	}
	if result.Took >= commandDeadline {
		running.box.t.Fatalf("not done within %v\n%v", commandDeadline, result)
	}
	return result
}

// logs is what the programs in the background wrote, for a failed test.
func (box *Box) logs() string {
	var text strings.Builder
	for _, pattern := range []string{"../*.log", "proxy/*.log", appName + "/logs/*.log"} {
		paths, _ := filepath.Glob(filepath.Join(box.Root, pattern)) // the pattern is well-formed
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			if len(content) > 4000 {
				content = content[len(content)-4000:]
			}
			fmt.Fprintf(&text, "\n--- %s\n%s", path, content)
		}
	}
	return text.String()
}

// cleanUp ends what runs in the box, and removes it. A failed test keeps it where
// GODEPLOY_E2E_KEEP is set.
func (box *Box) cleanUp() {
	if box.t.Failed() {
		box.t.Logf("logs of the box:%s", box.logs())
	}
	var left []string
	if box.Inside == nil { // else they end with that host
		left = endProcesses(box.Dir)
	}
	if len(left) > 0 && !box.MayLeave {
		box.t.Errorf("left running, and killed now:\n%s", strings.Join(left, "\n"))
	}
	if box.t.Failed() && os.Getenv("GODEPLOY_E2E_KEEP") != "" {
		box.t.Logf("kept: %s", box.Dir)
		return
	}
	if err := os.RemoveAll(box.Dir); err != nil {
		box.t.Errorf("removing the box: %v", err)
	}
}

func programPath(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("GODEPLOY_BIN")
	if folder == "" {
		t.Fatal("GODEPLOY_BIN is not set: run this by ctest")
	}
	return filepath.Join(folder, name)
}

func servicePath(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("GODEPLOY_SERVICES")
	if folder == "" {
		t.Fatal("GODEPLOY_SERVICES is not set: run this by ctest")
	}
	return filepath.Join(folder, "service-"+name)
}
