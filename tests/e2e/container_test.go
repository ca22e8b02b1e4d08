package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Host is a Debian with systemd as process 1, in a container: it boots, is rebooted, and loses its
// power. Its network and /srv are the test's own, so that clients and boxes need not be inside.
type Host struct {
	t       *testing.T
	dir     string // its root, and what was changed there
	console string
	manager *exec.Cmd // systemd-nspawn
	ended   chan error
	leader  int      // process 1, as we see it
	program string   // godeploy, there
	as      []string // in front of it: what makes it another user's
}

const (
	bootTime = 60 * time.Second
	sharedIn = "/srv"
	programs = "/usr/local/bin"
)

// onHost runs the rest of the test with a booted Host; where it returns nil, the outcome of that is the
// test's, and the caller returns. Where no container can be made the test says so and is skipped.
func onHost(t *testing.T) *Host {
	t.Helper()
	var root string
	if os.Getenv(insideVariable) == "" {
		root = containerRoot(t)
		t.Setenv("GODEPLOY_CONTAINER", root)
	}
	// Whatever becomes of this test, the kernel ends with it all that it left: it is process 1 there.
	if !inNamespacesOfItsOwn(t, syscall.CLONE_NEWNET|syscall.CLONE_NEWNS|syscall.CLONE_NEWPID) {
		return nil
	}
	t.Setenv("TMPDIR", sharedIn) // of boxes
	host := &Host{t: t, program: filepath.Join(programs, "godeploy")}
	host.mount(os.Getenv("GODEPLOY_CONTAINER"))
	host.installPrograms()
	host.Boot()
	t.Cleanup(host.end)
	return host
}

// containerRoot makes it, the first time.
func containerRoot(t *testing.T) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(filepath.Join(os.Getenv("GODEPLOY_TREE"), "tests", "container", "root"))
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("skipped: %s", strings.TrimSpace(stderr.String()))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(stdout.String())
}

func (host *Host) must(what string, err error) {
	host.t.Helper()
	if err != nil {
		host.t.Fatalf("%s: %v", what, err)
	}
}

// mount puts a layer of memory above the container's files. All of it goes with our namespace.
func (host *Host) mount(root string) {
	host.t.Helper()
	host.must("private mounts", syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""))
	host.must("our own processes", syscall.Mount("proc", "/proc", "proc", 0, ""))
	host.joinGroup()
	for _, folder := range []string{sharedIn, "/run"} {
		host.must("a folder of our own", syscall.Mount("tmpfs", folder, "tmpfs", 0, "mode=0755"))
	}
	host.dir = filepath.Join("/run", "host")
	for _, name := range []string{"root", "changed", "work"} {
		host.must("a folder", os.MkdirAll(filepath.Join(host.dir, name), 0o755))
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s/changed,workdir=%s/work", root, host.dir, host.dir)
	if err := syscall.Mount("overlay", host.Path("/"), "overlay", 0, layers); err != nil {
		host.t.Skipf("skipped: this kernel or container mounts no overlay: %v", err)
	}
}

// joinGroup: systemd-nspawn makes the groups of the container below ours, and another test's container
// has groups of the same names.
func (host *Host) joinGroup() {
	host.t.Helper()
	name := "godeploy-" + filepath.Base(host.t.TempDir()) + strconv.FormatInt(time.Now().UnixNano(), 36)
	for _, tree := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} {
		procs := filepath.Join(tree, "cgroup.procs")
		if _, err := os.Stat(procs); err != nil {
			continue // this kernel has its groups elsewhere
		}
		group := filepath.Join(tree, name)
		host.must("a group of our own", os.Mkdir(group, 0o755))
		us := []byte(strconv.Itoa(os.Getpid()))
		host.must("joining our group", os.WriteFile(filepath.Join(group, "cgroup.procs"), us, 0o600))
		host.t.Cleanup(func() {
			os.WriteFile(procs, us, 0o600) // else it cannot be removed, and is left behind
			removeGroup(group)
		})
	}
}

// removeGroup removes what is below first. A group in which somebody still ends is left.
func removeGroup(group string) {
	entries, _ := os.ReadDir(group) // gone is as good
	for _, entry := range entries {
		if entry.IsDir() {
			removeGroup(filepath.Join(group, entry.Name()))
		}
	}
	os.Remove(group)
}

// Path is where a file of the host is for us.
func (host *Host) Path(path string) string {
	return filepath.Join(host.dir, "root", path)
}

// installPrograms copies what was built.
func (host *Host) installPrograms() {
	host.t.Helper()
	for _, name := range []string{"godeploy", "godeploy-proxy", "godeploy-supervise"} {
		content, err := os.ReadFile(programPath(host.t, name))
		host.must("reading a program", err)
		host.must("installing a program",
			os.WriteFile(host.Path(filepath.Join(programs, name)), content, 0o755))
	}
}

// Boot starts it, and waits until it has started what it starts by itself.
func (host *Host) Boot() {
	host.t.Helper()
	host.console = filepath.Join(host.dir, "console.log")
	console, err := os.OpenFile(host.console, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	host.must("the console", err)
	defer console.Close()
	host.manager = exec.Command("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit",
		"--console=pipe", "--machine=host", "--directory="+host.Path("/"), "--bind="+sharedIn)
	host.manager.Stdout, host.manager.Stderr = console, console
	host.manager.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	host.must("systemd-nspawn", host.manager.Start())
	host.ended = make(chan error, 1)
	go func(manager *exec.Cmd, ended chan error) { ended <- manager.Wait() }(host.manager, host.ended)
	waitFor(host.t, bootTime, "the host has booted", host.hasBooted)
}

func (host *Host) hasBooted() bool {
	host.t.Helper()
	select {
	case err := <-host.ended:
		host.t.Skipf("skipped: systemd-nspawn cannot boot a container here: %v\n%s", err, host.said())
	default:
	}
	if host.leader = childOf(host.manager.Process.Pid); host.leader == 0 {
		return false
	}
	state, _ := host.try("systemctl", "is-system-running") // before it listens there is no answer
	return state == "running" || state == "degraded"
}

func (host *Host) said() string {
	content, _ := os.ReadFile(host.console) // none is nothing said
	return string(content)
}

func childOf(pid int) int {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	child, _ := strconv.Atoi(strings.TrimSpace(string(content))) // none yet is 0
	return child
}

// enter is the beginning of every command that is run there.
func (host *Host) enter(folder string) []string {
	return []string{"-t", strconv.Itoa(host.leader), "-m", "-p", "-u", "-i", "--wd=" + folder, "--"}
}

// command is `godeploy ARGUMENTS` there.
func (host *Host) command(ctx context.Context, folder string, arguments []string) *exec.Cmd {
	words := append(append(host.enter(folder), host.as...), host.program)
	return exec.CommandContext(ctx, "nsenter", append(words, arguments...)...)
}

func (host *Host) try(words ...string) (string, error) {
	output, err := exec.Command("nsenter", append(host.enter("/"), words...)...).CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// Do runs a program there and returns what it said.
func (host *Host) Do(words ...string) string {
	host.t.Helper()
	output, err := host.try(words...)
	if err != nil {
		host.t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, output)
	}
	return output
}

// Show is one property of a unit.
func (host *Host) Show(unit, property string) string {
	host.t.Helper()
	return host.Do("systemctl", "show", "--property="+property, "--value", unit)
}

// CutPower ends every process of it in the same instant. Files stay. Commands that we run there go first:
// the kernel closes what process 1 had open before it ends the others, and they could still act on that.
func (host *Host) CutPower() {
	host.t.Helper()
	host.killCommands()
	syscall.Kill(host.leader, syscall.SIGKILL) // the kernel ends the others with it
	host.waitForEnd()
}

func (host *Host) killCommands() {
	host.t.Helper()
	namespace := func(pid int) string {
		name, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid)) // one that has just ended has none
		return name
	}
	there := namespace(host.leader)
	for _, process := range processesOf(sharedIn) {
		if namespace(process.PID) == there && namespace(process.Parent) != there {
			syscall.Kill(process.PID, syscall.SIGKILL) // one that has just ended is no error
		}
	}
}

// ShutDown asks it to, as an administrator does.
func (host *Host) ShutDown() {
	host.t.Helper()
	host.try("systemctl", "poweroff") // it may be gone before it has answered
	host.waitForEnd()
}

func (host *Host) waitForEnd() {
	host.t.Helper()
	select {
	case <-host.ended:
	case <-time.After(bootTime):
		host.t.Fatalf("the host is still up\n%s", host.said())
	}
}

func (host *Host) end() {
	if host.t.Failed() {
		journal, _ := host.try("journalctl", "--no-pager", "--lines=40") // it may be down
		host.t.Logf("journal of the host:\n%s\nconsole:\n%s", journal, host.said())
	}
	host.CutPower()
}

// newBox is one whose commands run there, with the runner that it has.
func (host *Host) newBox(changes ...string) *Box {
	host.t.Helper()
	box := newBox(host.t, append([]string{"service.runner", "systemd"}, changes...)...)
	box.Inside = host
	return box
}

// MustServe is the state at rest: this release serves, its unit is enabled and runs, and the unit of the
// other slot does neither.
func (host *Host) MustServe(box *Box, release string) {
	host.t.Helper()
	status := box.Status()
	if status.kinds() != "" || status.Open != nil || status.Serving == nil ||
		status.Serving.Release != release || box.whoAnswers() != release {
		host.t.Fatalf("release %s should serve, %q answers\n%v", release, box.whoAnswers(),
			box.Run("status"))
	}
	for _, slot := range []string{"blue", "green"} {
		wanted := "disabled inactive"
		if slot == status.Serving.Slot {
			wanted = "enabled active"
		}
		unit := "godeploy-" + appName + "@" + slot
		if host.Show(unit, "LoadState") == "not-found" || host.Show(unit, "DropInPaths") == "" {
			continue // no release was ever in this slot
		}
		found := host.Show(unit, "UnitFileState") + " " + host.Show(unit, "ActiveState")
		if found != wanted {
			host.t.Errorf("unit %s is %s, expected %s", unit, found, wanted)
		}
	}
}
