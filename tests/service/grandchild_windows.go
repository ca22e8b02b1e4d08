package main

import (
	"os/exec"
	"syscall"
)

// startGrandchild leaves a process behind that no console event to our group reaches.
func startGrandchild() (int, error) {
	command := exec.Command("ping", "-n", "1000", "127.0.0.1")
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	if err := command.Start(); err != nil {
		return 0, err
	}
	return command.Process.Pid, nil
}
