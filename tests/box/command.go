package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// What a command that was interrupted may take to undo what it began.
const interruptTime = 20 * time.Second

// Result is what a command said and how it ended.
type Result struct {
	Line           string // as a user would type it
	Stdout, Stderr string
	Status         int // -1: ended by a signal
	Took           time.Duration
	CPU            time.Duration // of the command itself, user and system
}

func (r Result) String() string {
	return fmt.Sprintf("$ %s\nexit status %d after %v\n%s%s", r.Line, r.Status,
		r.Took.Round(time.Millisecond), r.Stdout, r.Stderr)
}

// Running is a command that was started.
type Running struct {
	command        *exec.Cmd
	stdout, stderr bytes.Buffer
	began          time.Time
	ended          chan error
}

// Line is the command as a user would type it.
func Line(arguments ...string) string {
	words := []string{"godeploy"}
	for _, word := range arguments {
		if strings.ContainsAny(word, " ?*&;$'\"") {
			word = "'" + word + "'"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// Start runs godeploy in the background. Where progress is a terminal, what godeploy writes to stderr
// goes there, so that it draws its live checklist; nil: it is remembered for the Result.
func (box *Box) Start(progress *os.File, arguments ...string) (*Running, error) {
	running := &Running{command: exec.Command(box.program(), arguments...),
		ended: make(chan error, 1)}
	running.command.Dir = box.Dir
	// A group of its own: Ctrl-C reaches us alone, and we decide who hears of it, once.
	running.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	running.command.Stdout = &running.stdout
	running.command.Stderr = &running.stderr
	if progress != nil {
		running.command.Stderr = progress
	}
	running.began = time.Now()
	if err := running.command.Start(); err != nil {
		return nil, err
	}
	go func() { running.ended <- running.command.Wait() }()
	return running, nil
}

// Interrupt is Ctrl-C.
func (running *Running) Interrupt() {
	running.command.Process.Signal(os.Interrupt) // it may be gone: then there is nothing to interrupt
}

// Wait waits for the end. If ctx ends first the command is interrupted and its end waited for; the
// error is then that of ctx.
func (running *Running) Wait(ctx context.Context) (Result, error) {
	err := running.waitOrInterrupt(ctx)
	state := running.command.ProcessState
	result := Result{Line: Line(running.command.Args[1:]...), Stdout: running.stdout.String(),
		Stderr: running.stderr.String(), Took: time.Since(running.began),
		Status: state.ExitCode(), CPU: state.UserTime() + state.SystemTime()}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil // the status says it
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return result, err
}

func (running *Running) waitOrInterrupt(ctx context.Context) error {
	select {
	case err := <-running.ended:
		return err
	case <-ctx.Done():
	}
	running.Interrupt()
	select {
	case err := <-running.ended:
		return err
	case <-time.After(interruptTime):
	}
	running.command.Process.Kill()
	return <-running.ended
}

// Run runs godeploy to its end, whatever its exit status.
func (box *Box) Run(ctx context.Context, arguments ...string) (Result, error) {
	running, err := box.Start(nil, arguments...)
	if err != nil {
		return Result{}, err
	}
	return running.Wait(ctx)
}

// Must is Run for what has to succeed.
func (box *Box) Must(ctx context.Context, arguments ...string) (Result, error) {
	result, err := box.Run(ctx, arguments...)
	if err == nil && result.Status != 0 {
		err = errors.New(result.String())
	}
	return result, err
}
