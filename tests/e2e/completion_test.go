package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const typingTime = 30 * time.Second

// What is typed before a tab, and the words that the line is made of then. Each shell has its own ways to
// show a choice, so each of these has one answer.
var completedLines = []struct{ typed, words string }{
	{"godeploy rollb", "<godeploy><rollback>"},
	{"godeploy deploy --allow", "<godeploy><deploy><--allow-downgrade>"},
	{"godeploy verify --scheme ps", "<godeploy><verify><--scheme><pss-sha256>"},
	{"godeploy verify --scheme=ps", "<godeploy><verify><--scheme=pss-sha256>"},
	{"godeploy plan --file set", "<godeploy><plan><--file><settings.yaml>"},
	{"godeploy plan --file=set", "<godeploy><plan><--file=settings.yaml>"},
	{"godeploy verify rel", "<godeploy><verify><release of today.zip>"},
	{"godeploy pack fol", "<godeploy><pack><folder"}, // zsh takes the slash away again
	{"godeploy config push set", "<godeploy><config><push><settings.yaml>"},
	{"godeploy proxy up", "<godeploy><proxy><upgrade>"},
	{"godeploy --file settings.yaml hist", "<godeploy><--file><settings.yaml><history>"},
	{"godeploy logs -f --slot gr", "<godeploy><logs><-f><--slot><green>"},
}

func TestCompletionInBash(t *testing.T) {
	shell := newTypedShell(t, newUnpackedBox(t))
	shell.write("rc", "source <(godeploy completion bash)\n")
	shell.start("bash", "--noprofile", "--rcfile", filepath.Join(shell.home, "rc"), "-i")
	shell.mustComplete()
}

// From a script that is read, and from a file where zsh looks for functions.
func TestCompletionInZsh(t *testing.T) {
	box := newUnpackedBox(t)
	for _, how := range []string{"source <(godeploy completion zsh)", "true"} {
		shell := newTypedShell(t, box)
		if how == "true" {
			script, err := exec.Command(programPath(t, "godeploy"), "completion", "zsh").Output()
			if err != nil {
				t.Fatal(err)
			}
			shell.write("_godeploy", string(script))
		}
		shell.write(".zshrc", "bindkey -e\nfpath=($HOME $fpath)\nautoload -U compinit && compinit -u -D\n"+how+"\n")
		shell.start("zsh", "-i")
		shell.mustComplete()
	}
}

func TestCompletionInFish(t *testing.T) {
	shell := newTypedShell(t, newUnpackedBox(t))
	shell.write("config.fish", "godeploy completion fish | source\n")
	shell.start("fish", "-i", "--no-config", "-C", "source "+filepath.Join(shell.home, "config.fish"))
	shell.mustComplete()
}

// typedShell is an interactive shell at a terminal of its own.
type typedShell struct {
	t        *testing.T
	box      *Box
	home     string
	folder   string
	terminal *os.File
	lock     sync.Mutex
	screen   bytes.Buffer
}

// newUnpackedBox is a host that has one release, and one deployment.
func newUnpackedBox(t *testing.T) *Box {
	t.Helper()
	box := newBox(t)
	box.Release("7.7.7", "1.0.0")
	for _, stage := range []string{"fetch", "verify", "unpack"} {
		box.Must(stage, "--version", "7.7.7")
	}
	return box
}

func newTypedShell(t *testing.T, box *Box) *typedShell {
	t.Helper()
	shell := &typedShell{t: t, box: box, home: t.TempDir(), folder: t.TempDir()}
	for _, name := range []string{"settings.yaml", "release of today.zip"} {
		if err := os.WriteFile(filepath.Join(shell.folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(shell.folder, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	return shell
}

func (shell *typedShell) write(name, content string) {
	shell.t.Helper()
	if err := os.WriteFile(filepath.Join(shell.home, name), []byte(content), 0o600); err != nil {
		shell.t.Fatal(err)
	}
}

func (shell *typedShell) start(name string, arguments ...string) {
	shell.t.Helper()
	terminal, slave := openTerminal(shell.t)
	shell.terminal = terminal
	defer slave.Close()
	command := exec.Command(name, arguments...)
	command.Dir = shell.folder
	command.Env = []string{"HOME=" + shell.home, "ZDOTDIR=" + shell.home, "XDG_CONFIG_HOME=" + shell.home,
		"XDG_DATA_HOME=" + shell.home, "TERM=xterm", "LC_ALL=C.UTF-8",
		"PATH=" + filepath.Dir(programPath(shell.t, "godeploy")) + ":/usr/bin:/bin"}
	command.Stdin, command.Stdout, command.Stderr = slave, slave, slave
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		shell.t.Fatal(err)
	}
	go shell.watch()
	shell.t.Cleanup(func() {
		if shell.t.Failed() {
			shell.lock.Lock()
			defer shell.lock.Unlock()
			shell.t.Logf("on the screen: %q", shell.screen.String())
		}
		command.Process.Kill() // it reads on for ever
		command.Wait()
		shell.terminal.Close()
	})
}

func (shell *typedShell) watch() {
	buffer := make([]byte, 4096)
	for {
		count, err := shell.terminal.Read(buffer)
		if err != nil {
			return // the shell has ended
		}
		shell.lock.Lock()
		shell.screen.Write(buffer[:count])
		shell.lock.Unlock()
	}
}

func (shell *typedShell) shows(what string) bool {
	shell.lock.Lock()
	defer shell.lock.Unlock()
	return strings.Contains(shell.screen.String(), what)
}

// mustComplete types each line and a tab. Then it has the shell itself say what the words of the line are:
// it goes to the beginning of the line, makes it one that prints its words, and enters it.
func (shell *typedShell) mustComplete() {
	shell.t.Helper()
	shell.mustShow("printf '<%s>' is ready", "<is><ready>")
	for _, line := range completedLines {
		shell.mustShow(line.typed+"\t\x01printf '<%s>' ", line.words)
	}
	file := shell.box.File // what only the host knows
	shell.mustShow("godeploy --file "+file+" deploy --version 7\t\x01printf '<%s>' ",
		"<godeploy><--file><"+file+"><deploy><--version><7.7.7>")
	shell.mustShow("godeploy show --file="+file+" \t\x01printf '<%s>' ", "<godeploy><show><--file="+file+"><1>")
}

func (shell *typedShell) mustShow(keys, expected string) {
	shell.t.Helper()
	if _, err := shell.terminal.WriteString(keys + "\r"); err != nil {
		shell.t.Fatal(err)
	}
	waitFor(shell.t, typingTime, fmt.Sprintf("%q makes %s", keys, expected), func() bool {
		return shell.shows(expected)
	})
}
