package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	stopTime = 15 * time.Second // for what was asked to stop
	killTime = 5 * time.Second  // for what was killed
)

// Instance is the state file that a supervisor keeps for a slot.
type Instance struct {
	State      string     `json:"state"`
	Restarts   int        `json:"restarts"`
	LastExit   string     `json:"last_exit"`
	Supervisor *ProcessID `json:"supervisor"`
	Process    *ProcessID `json:"instance"`
}

// ProcessID names a process; the stamp tells a reused pid apart.
type ProcessID struct {
	PID int `json:"pid"`
}

// Instance reads run/SLOT.state.json; false if there is none.
func (box *Box) Instance(slot string) (Instance, bool) {
	box.t.Helper()
	var instance Instance
	content, err := os.ReadFile(box.AppDir("run", slot+".state.json"))
	if os.IsNotExist(err) {
		return instance, false
	}
	if err == nil {
		err = json.Unmarshal(content, &instance)
	}
	if err != nil {
		box.t.Fatal(err)
	}
	return instance, true
}

// Process is one that runs now.
type Process struct {
	PID, Parent int
	Program     string // as it was called; may hold blanks
	Command     string
}

func (p Process) String() string {
	return fmt.Sprintf("%d (child of %d): %s", p.PID, p.Parent, p.Command)
}

// Is says whether it runs that program.
func (p Process) Is(program string) bool {
	return filepath.Base(p.Program) == program
}

// Processes are those that have to do with the box: their program, current folder or arguments lie
// in it. So grandchildren in sessions of their own are found too.
func (box *Box) Processes() []Process {
	return processesOf(box.Dir)
}

// Programs are those of Processes that run this program, such as godeploy-proxy.
func (box *Box) Programs(program string) []Process {
	var found []Process
	for _, process := range box.Processes() {
		if process.Is(program) {
			found = append(found, process)
		}
	}
	return found
}

// ProxyParents are the godeploy-proxy processes that hold the control socket.
func (box *Box) ProxyParents() []Process {
	parents, _ := box.proxies()
	return parents
}

// ProxyWorkers are those that move the bytes, also when their parent is gone.
func (box *Box) ProxyWorkers() []Process {
	_, workers := box.proxies()
	return workers
}

func (p Process) isWorker() bool {
	return strings.Contains(p.Command, " --worker ")
}

func (box *Box) proxies() (parents, workers []Process) {
	for _, process := range box.Programs("godeploy-proxy") {
		if process.isWorker() {
			workers = append(workers, process)
		} else {
			parents = append(parents, process)
		}
	}
	return parents, workers
}

func processesOf(dir string) []Process {
	var found []Process
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if process, ours := processOf(pid, dir); ours {
			found = append(found, process)
		}
	}
	return found
}

// processOf reads what may vanish while it is read: then it is not there. A process in the middle of
// its exec has no arguments yet, but is one: only its state tells a zombie.
func processOf(pid int, dir string) (Process, bool) {
	if !isAlive(pid) {
		return Process{}, false
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	program, _ := os.Readlink(filepath.Join(proc, "exe"))
	folder, _ := os.Readlink(filepath.Join(proc, "cwd"))
	arguments, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	command := strings.TrimSpace(strings.ReplaceAll(string(arguments), "\x00", " "))
	if !within(program, dir) && !within(folder, dir) && !strings.Contains(command, dir+"/") {
		return Process{}, false
	}
	called, _, _ := strings.Cut(string(arguments), "\x00")
	return Process{PID: pid, Parent: parentOf(proc), Program: called, Command: command}, true
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// parentOf reads the fourth field of stat, which begins behind the name in brackets.
func parentOf(proc string) int {
	stat, _ := os.ReadFile(filepath.Join(proc, "stat"))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// endProcesses asks proxies and supervisors to stop, and returns what that left running; it is
// killed by then.
func endProcesses(dir string) []string {
	for _, process := range processesOf(dir) {
		switch {
		case process.Is("godeploy"):
			syscall.Kill(process.PID, syscall.SIGKILL) // a command that the test left in the background
		case process.Is("godeploy-supervise"), process.Is("godeploy-proxy") && !process.isWorker():
			syscall.Kill(process.PID, syscall.SIGTERM)
		}
	}
	waitUntilNone(dir, stopTime)
	var left []string
	for _, process := range processesOf(dir) {
		left = append(left, process.String())
	}
	for deadline := time.Now().Add(killTime); time.Now().Before(deadline); {
		for _, process := range processesOf(dir) {
			syscall.Kill(process.PID, syscall.SIGKILL)
		}
		if waitUntilNone(dir, 100*time.Millisecond) {
			break
		}
	}
	return left
}

func waitUntilNone(dir string, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if len(processesOf(dir)) == 0 {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return len(processesOf(dir)) == 0
}

// KillNow is kill -9 of one process, and waits until it is gone.
func (box *Box) KillNow(pid int) {
	box.t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		box.t.Fatalf("killing %d: %v", pid, err)
	}
	waitFor(box.t, killTime, fmt.Sprintf("process %d is gone", pid), func() bool {
		return !isAlive(pid)
	})
}

// mustEnd: what was killed before needs a moment to be gone.
func (box *Box) mustEnd(program string) {
	box.t.Helper()
	waitFor(box.t, killTime, "no "+program+" runs", func() bool { return len(box.Programs(program)) == 0 })
}

// isAlive is false for a zombie. The first thread of a process that is killed may be one before the
// others have ended, and they keep its sockets open: the 20th field of stat counts them.
func isAlive(pid int) bool {
	const state, threads = 3 - 3, 20 - 3 // behind the name in brackets
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return len(fields) > threads && (fields[state] != "Z" || fields[threads] != "1")
}

// Whatever a test leaves behind in its box is found, in whichever session it hides.
func TestBoxFindsProcessesInSessionsOfTheirOwn(t *testing.T) {
	dir, err := os.MkdirTemp("", "gd")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	service := startService(t, "fork", dir)
	waitFor(t, 10*time.Second, "the service and its grandchild run", func() bool {
		return len(processesOf(dir)) == 2
	})
	service.Process.Kill()
	service.Wait()

	left := processesOf(dir)
	if len(left) != 1 || !left[0].Is("sleep") {
		t.Errorf("found %v instead of the grandchild alone", left)
	}
	for _, process := range left {
		syscall.Kill(process.PID, syscall.SIGKILL)
	}
	if !waitUntilNone(dir, killTime) {
		t.Error("the grandchild survived")
	}
}
