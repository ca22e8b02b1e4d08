package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Program is a process with its children: a master and its workers, say.
type Program struct {
	command *exec.Cmd
	ended   chan struct{}
	said    bytes.Buffer
}

// start begins a program that goes when the bench goes, however that ends.
func start(words ...string) (*Program, error) {
	program := &Program{command: exec.Command(words[0], words[1:]...), ended: make(chan struct{})}
	program.command.Stdout, program.command.Stderr = &program.said, &program.said
	program.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	program.command.Env = append(os.Environ(), "GOMAXPROCS=1", "HOME=/nonexistent", "XDG_DATA_HOME=/nonexistent",
		"XDG_CONFIG_HOME=/nonexistent")
	if err := program.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		program.command.Wait() // how it ended matters to nobody
		close(program.ended)
	}()
	return program, nil
}

func (program *Program) stop() {
	if program == nil {
		return
	}
	program.command.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-program.ended:
	case <-time.After(stopTime):
		program.command.Process.Kill()
		<-program.ended
	}
}

// processes are the program and all its descendants.
func (program *Program) processes() []int {
	pids := []int{program.command.Process.Pid}
	for i := 0; i < len(pids); i++ {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i]))
		for _, task := range tasks {
			children, _ := os.ReadFile(task) // it may have ended meanwhile
			for _, word := range strings.Fields(string(children)) {
				if pid, err := strconv.Atoi(word); err == nil {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids
}

// cpu is the processor time of all threads. /proc/PID/stat counts the same in ticks of 10 ms; schedstat
// counts nanoseconds (Documentation/scheduler/sched-stats.rst of Linux).
func (program *Program) cpu() time.Duration {
	var total time.Duration
	for _, pid := range program.processes() {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if words := strings.Fields(string(text)); len(words) > 0 {
				ns, _ := strconv.ParseInt(words[0], 10, 64)
				total += time.Duration(ns)
			}
		}
	}
	return total
}

// memory is the resident memory in bytes, process by process.
func (program *Program) memory() []int64 {
	var sizes []int64
	for _, pid := range program.processes() {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for _, line := range strings.Split(string(text), "\n") {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "VmRSS:" {
				kib, _ := strconv.ParseInt(words[1], 10, 64)
				sizes = append(sizes, kib*1024)
			}
		}
	}
	return sizes
}

func sum(sizes []int64) int64 {
	var total int64
	for _, size := range sizes {
		total += size
	}
	return total
}

func largest(sizes []int64) int64 {
	var most int64
	for _, size := range sizes {
		if size > most {
			most = size
		}
	}
	return most
}
