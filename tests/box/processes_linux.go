package box

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type process struct {
	pid, parent int
	command     string
}

func (p process) String() string {
	return fmt.Sprintf("process %d, %s", p.pid, p.command)
}

func (p process) is(program string) bool {
	return filepath.Base(strings.SplitN(p.command, " ", 2)[0]) == program
}

// endProcesses asks supervisors and proxies to stop, and returns what that left running; it is
// killed by then.
func endProcesses(dir string) []string {
	all := processesOf(dir)
	for _, p := range all {
		if p.is("godeploy-supervise") || p.is("godeploy-proxy") && !isOneOf(p.parent, all) {
			syscall.Kill(p.pid, syscall.SIGTERM) // it may be gone
		}
	}
	waitUntilNone(dir, stopTime)
	var left []string
	for _, p := range processesOf(dir) {
		left = append(left, p.String())
	}
	for deadline := time.Now().Add(killTime); time.Now().Before(deadline); {
		for _, p := range processesOf(dir) {
			syscall.Kill(p.pid, syscall.SIGKILL)
		}
		if waitUntilNone(dir, 100*time.Millisecond) {
			break
		}
	}
	return left
}

// isOneOf tells the worker of a proxy from its parent.
func isOneOf(pid int, all []process) bool {
	for _, p := range all {
		if p.pid == pid && p.is("godeploy-proxy") {
			return true
		}
	}
	return false
}

func waitUntilNone(dir string, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if len(processesOf(dir)) == 0 {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// processesOf finds those whose program, current folder or arguments lie in dir.
func processesOf(dir string) []process {
	var found []process
	entries, _ := os.ReadDir("/proc") // without it nothing would work here
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if p, ours := processOf(pid, dir); ours {
			found = append(found, p)
		}
	}
	return found
}

// processOf reads what may vanish while it is read: then it is not there.
func processOf(pid int, dir string) (process, bool) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	program, _ := os.Readlink(filepath.Join(proc, "exe"))
	folder, _ := os.Readlink(filepath.Join(proc, "cwd"))
	arguments, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	command := strings.TrimSpace(strings.ReplaceAll(string(arguments), "\x00", " "))
	ours := within(program, dir) || within(folder, dir) || strings.Contains(command, dir+"/")
	return process{pid: pid, parent: parentOf(proc), command: command},
		ours && command != "" // a zombie has no arguments
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
