package e2e

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// openTerminal makes a pseudo terminal (pty(7)): our end of it, and that of a program.
func openTerminal(t *testing.T) (terminal, slave *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var number, unlock uint32
	size := [4]uint16{50, 200}
	for request, value := range map[uintptr]unsafe.Pointer{
		syscall.TIOCGPTN:   unsafe.Pointer(&number),
		syscall.TIOCSPTLCK: unsafe.Pointer(&unlock),
		syscall.TIOCSWINSZ: unsafe.Pointer(&size),
	} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), request, uintptr(value)); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return terminal, slave
}

// answered runs godeploy at a terminal on which that is typed, and returns what it showed there.
func (box *Box) answered(typed string, status int, arguments ...string) string {
	box.t.Helper()
	terminal, slave := openTerminal(box.t)
	defer terminal.Close()
	if _, err := terminal.WriteString(typed); err != nil { // kept until somebody reads it
		box.t.Fatal(err)
	}
	running := box.prepare(programPath(box.t, "godeploy"), append(arguments, "--file", box.File))
	running.command.Stdin, running.command.Stderr = slave, slave
	running.begin().mustEnd(status)
	slave.Close()
	shown, _ := io.ReadAll(terminal) // ends with EIO: nobody is at the other end any more
	return string(shown)
}

// What ends the traffic of every app is not done by a slip of the hand, nor by a script that did not mean it.
func TestProxyStopAsksFirst(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	served := fmt.Sprintf("godeploy-proxy serves %s (release 1.0.0, 127.0.0.1:%d)", appName, box.PublicPort)
	box.MustExit(2, "proxy", "stop").mustSay(t, served, "nobody is here to be asked", "`--yes` does it")
	for _, typed := range []string{"n\n", "\n", "\x04", "yellow\n"} {
		if shown := box.answered(typed, 130, "proxy", "stop"); !strings.Contains(shown, served) ||
			!strings.Contains(shown, "Go on? [y/N]") {
			t.Errorf("%q: %q", typed, shown)
		}
	}
	box.MustServe("1.0.0")
	box.answered("y\n", 0, "proxy", "stop")
	box.Must("proxy", "stop").mustSay(t, "was not running")
}
