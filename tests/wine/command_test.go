package wine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const commandDeadline = 90 * time.Second // Wine, on a machine that has much else to do

// Result is what a command said and how it ended.
type Result struct {
	Line           string
	Stdout, Stderr string
	Status         int
	Took           time.Duration
}

func (r Result) String() string {
	return fmt.Sprintf("%s\nexit status %d after %v\n--- stdout\n%s--- stderr\n%s---", r.Line, r.Status,
		r.Took.Round(time.Millisecond), r.Stdout, r.Stderr)
}

// mustSay looks for words on both outputs.
func (r Result) mustSay(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(r.Stdout+r.Stderr, word) {
			t.Errorf("%q is not said by\n%v", word, r)
		}
	}
}

// Command is godeploy.exe while it runs. Its output goes to files: what it leaves running has the
// pipes of Linux open, which the test would wait for.
type Command struct {
	t              *testing.T
	host           *Windows
	arguments      []string
	linux          *exec.Cmd
	stdout, stderr *os.File
	began          time.Time
}

// start starts godeploy.exe.
func (app *App) start(arguments ...string) *Command {
	app.t.Helper()
	command := &Command{t: app.t, host: app.Host, arguments: arguments,
		linux:  app.Host.command(program(app.t, "godeploy"), arguments...),
		stdout: app.output("stdout"), stderr: app.output("stderr"), began: time.Now()}
	command.linux.Stdout, command.linux.Stderr = command.stdout, command.stderr
	if err := command.linux.Start(); err != nil {
		app.t.Fatal(err)
	}
	return command
}

func (app *App) output(name string) *os.File {
	app.t.Helper()
	file, err := os.CreateTemp(app.Host.Dir, name)
	if err != nil {
		app.t.Fatal(err)
	}
	return file
}

// said is what stands on its output by now.
func (command *Command) said() string {
	content, _ := os.ReadFile(command.stdout.Name()) // it is there: we made it
	return string(content)
}

// waitToSay waits for words on its output.
func (command *Command) waitToSay(words string) {
	command.t.Helper()
	waitFor(command.t, commandDeadline, fmt.Sprintf("%v says %q", command.arguments, words), func() bool {
		return strings.Contains(command.said(), words)
	})
}

// signal sends a signal to the process of godeploy.exe: SIGINT is Ctrl-C to Wine.
func (command *Command) signal(number os.Signal) {
	command.t.Helper()
	for pid := range command.host.processes(append([]string{"godeploy.exe"}, command.arguments[0])...) {
		process, err := os.FindProcess(pid)
		if err != nil {
			command.t.Fatal(err)
		}
		process.Signal(number) // one that has just ended is no error
	}
}

func (command *Command) kill() {
	command.t.Helper()
	command.signal(syscall.SIGKILL)
}

// end waits for its end.
func (command *Command) end() Result {
	command.t.Helper()
	err := command.linux.Wait()
	result := Result{Line: "godeploy " + strings.Join(command.arguments, " "), Stdout: readBack(command.stdout),
		Stderr: readBack(command.stderr), Status: command.linux.ProcessState.ExitCode(),
		Took: time.Since(command.began)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		command.t.Fatalf("%v\n%v", err, result)
	}
	return result
}

// readBack removes the file, too.
func readBack(file *os.File) string {
	defer os.Remove(file.Name())
	defer file.Close()
	content, _ := os.ReadFile(file.Name()) // it is there: we made it
	return string(content)
}

// run runs godeploy.exe to its end.
func (app *App) run(arguments ...string) Result {
	app.t.Helper()
	return app.start(arguments...).end()
}

// must is run for what has to succeed.
func (app *App) must(arguments ...string) Result {
	app.t.Helper()
	return app.mustEnd(0, arguments...)
}

// mustEnd is run for what has to end with this status.
func (app *App) mustEnd(status int, arguments ...string) Result {
	app.t.Helper()
	result := app.run(arguments...)
	if result.Status != status {
		app.t.Fatalf("expected exit status %d\n%v", status, result)
	}
	return result
}
