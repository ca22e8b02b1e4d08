//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// startGrandchild leaves a process behind that no signal to our process group or session reaches.
func startGrandchild() (int, error) {
	command := exec.Command("sleep", "1000")
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return 0, err
	}
	return command.Process.Pid, nil
}
