// Package wine has the Windows programs run end to end, under Wine: clients and apps are Linux ones.
package wine

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"godeploy/box"
)

const wineserver = "/usr/lib/wine/wineserver64"

// Windows is a host of a test's own: a Wine prefix, and a folder that both systems see.
type Windows struct {
	t      *testing.T
	Dir    string
	prefix string
}

func newWindows(t *testing.T) *Windows {
	t.Helper()
	ready, err := exec.Command(tool("prefix")).Output()
	if err != nil {
		t.Fatalf("a Wine prefix: %v", err)
	}
	dir, err := os.MkdirTemp("", "gdwine")
	if err != nil {
		t.Fatal(err)
	}
	host := &Windows{t: t, Dir: dir, prefix: filepath.Join(dir, "prefix")}
	guard := host.startGuard()
	t.Cleanup(func() {
		host.end()
		fmt.Fprintln(guard, "all is done")
		guard.Close()
	})
	host.copyPrefix(strings.TrimSpace(string(ready)))
	host.switchOn()
	return host
}

// copyPrefix: 700 MB of DLLs are hard links to those of the ready prefix (what a test changes of them
// it has to remove first); the registry is its own.
func (host *Windows) copyPrefix(ready string) {
	host.t.Helper()
	output, err := exec.Command("cp", "-al", ready, host.prefix).CombinedOutput()
	if err != nil {
		host.t.Fatalf("%v: %s", err, output)
	}
	files, _ := filepath.Glob(filepath.Join(ready, "*.reg"))
	output, err = exec.Command("cp", append([]string{"--remove-destination", "-t", host.prefix}, files...)...).CombinedOutput()
	if err != nil {
		host.t.Fatalf("%v: %s", err, output)
	}
}

// switchOn keeps it running until it is switched off. By itself Wine ends all services as soon as no other
// program is left: a native service, and iphlpsvc, would be gone with the godeploy that started them.
func (host *Windows) switchOn() {
	host.t.Helper()
	cmd := exec.Command(wineserver, "-p")
	cmd.Env = host.environment()
	if err := cmd.Run(); err != nil {
		host.t.Fatalf("%s -p: %v", wineserver, err)
	}
}

// switchOff: wineserver tells everybody to end, and waits for itself alone; whoever had no turn yet has his
// sockets and files still.
func (host *Windows) switchOff() {
	host.t.Helper()
	running := host.inhabitants()
	for _, word := range []string{"-k", "-w"} {
		cmd := exec.Command(wineserver, word)
		cmd.Env = host.environment()
		cmd.Run() // it may have ended by itself
	}
	for _, pid := range running {
		pid := pid
		waitFor(host.t, 30*time.Second, fmt.Sprintf("the end of process %d, whose host is off", pid),
			func() bool { return !isAlive(pid) })
	}
}

// inhabitants are the processes of this host, those of Windows itself too.
func (host *Windows) inhabitants() (pids []int) {
	for _, pid := range wineProcesses() {
		environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if bytes.Contains(environment, []byte("WINEPREFIX="+host.prefix+"\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// wineProcesses are those of every host; one may end while it is looked at.
func wineProcesses() (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		loader, _ := os.Readlink(filepath.Join("/proc", entry.Name(), "exe"))
		if err == nil && strings.Contains(loader, "wine") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// reboot: the next program that starts finds the services running that start at boot.
func (host *Windows) reboot() {
	host.t.Helper()
	host.switchOff()
	host.switchOn()
}

// guarding: a word of its test ends the guard, the end of its test without one is its signal.
const guarding = `read -r word || { ` + wineserver + ` -k; ` + wineserver + ` -w; rm -rf "$0"; }`

// startGuard has somebody in a session of his own end this host if the test is killed: a deadline
// leaves it no time for that.
func (host *Windows) startGuard() *os.File {
	host.t.Helper()
	ear, mouth, err := os.Pipe()
	if err != nil {
		host.t.Fatal(err)
	}
	defer ear.Close()
	guard := exec.Command("setsid", "--fork", "sh", "-c", guarding, host.Dir)
	guard.Stdin, guard.Env = ear, host.environment()
	if err := guard.Run(); err != nil {
		host.t.Fatal(err)
	}
	return mouth
}

// end switches it off, and nothing of it is left.
func (host *Windows) end() {
	host.switchOff()
	if left := host.processes(""); len(left) > 0 {
		host.t.Errorf("left running: %v", left)
	}
	os.RemoveAll(host.Dir)
}

func tool(name string) string {
	return filepath.Join(os.Getenv("GODEPLOY_WINE"), name)
}

func (host *Windows) environment() []string {
	return append(os.Environ(), "WINEPREFIX="+host.prefix, "GODEPLOY_WINE_SECONDS=150")
}

// program is one of ours.
func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv("GODEPLOY_BIN"), name+".exe")
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func (host *Windows) command(program string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(tool("run"), append([]string{program}, arguments...)...)
	cmd.Env = host.environment()
	cmd.Dir = host.Dir
	return cmd
}

// path is how Windows calls a file of ours.
func path(unix string) string {
	return `Z:` + strings.ReplaceAll(unix, "/", `\`)
}

// processes are the Linux processes of Windows programs that have to do with this host and have all
// the words in their command lines.
func (host *Windows) processes(words ...string) map[int]string {
	found := map[int]string{}
	for _, pid := range wineProcesses() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		command := strings.ReplaceAll(string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})), `\`, "/")
		ours := strings.Contains(command, host.Dir)
		for _, word := range words {
			ours = ours && strings.Contains(command, word)
		}
		if ours && isAlive(pid) {
			found[pid] = command
		}
	}
	return found
}

// isAlive is false for a zombie. The first thread of a process that is killed may be one before the others have
// ended, and they keep its sockets open: the 20th field of stat counts them.
func isAlive(pid int) bool {
	const state, threads = 3 - 3, 20 - 3 // behind the name in brackets
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	return len(fields) > threads && (string(fields[state]) != "Z" || string(fields[threads]) != "1")
}

// kill ends a Linux process at once, and waits until it has.
func kill(t *testing.T, pid int) {
	t.Helper()
	syscall.Kill(pid, syscall.SIGKILL)
	waitFor(t, 10*time.Second, "the end of a killed process", func() bool { return !isAlive(pid) })
}

func waitFor(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// Wine's sockets are the host's, and so are its ports.
func freePort(t *testing.T) int {
	t.Helper()
	port, held, err := box.HoldPort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	return port
}
