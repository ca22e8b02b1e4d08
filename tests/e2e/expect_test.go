package e2e

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// with is the same box for a subtest: what fails, fails there, and the changes of its settings end
// with it.
func (box *Box) with(t *testing.T, changes ...string) *Box {
	t.Helper()
	inner := *box
	inner.t = t
	inner.Environment = append([]string{}, box.Environment...)
	inner.Settings = Settings{}
	for name, value := range box.Settings {
		inner.Settings[name] = value
	}
	inner.Change(changes...)
	return &inner
}

// withServing is a box where release 1.0.0 serves, under a light load that must lose nothing until
// the test is over.
func withServing(t *testing.T, changes ...string) *Box {
	t.Helper()
	box := newBox(t, changes...)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	load := lightLoad(t, box.URL("/"))
	t.Cleanup(func() { load.Stop().MustLoseNothing(t) })
	return box
}

// lightLoad is one client of each kind: enough to see a loss, and little beside other tests.
func lightLoad(t *testing.T, address string) *Load {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	load := &Load{t: t, target: target, stop: make(chan struct{})}
	for _, kind := range []string{"keepalive", "fresh", "post"} {
		load.clients.Add(1)
		go load.client(kind)
	}
	t.Cleanup(load.end)
	return load
}

// mustSay looks for words on stderr, in any order and whichever the case of their letters.
func (box *Box) mustSay(result Result, words ...string) {
	box.t.Helper()
	said := strings.ToLower(result.Stderr)
	for _, word := range words {
		if !strings.Contains(said, strings.ToLower(word)) {
			box.t.Errorf("nothing is said of %q\n%v", word, result)
		}
	}
}

// mustRefuse runs a command that has to fail with this status, say why and what to try, and leave
// stdout empty.
func (box *Box) mustRefuse(status int, arguments []string, words ...string) Result {
	box.t.Helper()
	return box.Start(arguments...).mustBeRefused(status, words...)
}

func (running *Running) mustBeRefused(status int, words ...string) Result {
	box := running.box
	box.t.Helper()
	result := running.mustEnd(status)
	if result.Stdout != "" {
		box.t.Errorf("a result on stdout, although it failed\n%v", result)
	}
	box.mustSay(result, append([]string{"error: ", "try: "}, words...)...)
	return result
}

// mustFailDeploying is mustRefuse for a deployment that has to leave release 1.0.0 as it was.
func (box *Box) mustFailDeploying(status int, version string, words ...string) Result {
	box.t.Helper()
	result := box.mustRefuse(status, []string{"deploy", "--version", version},
		append([]string{"serves: release 1.0.0 still answers"}, words...)...)
	box.mustBeAsBefore("1.0.0")
	return result
}

// StatusDocument is what `status --json` says, as far as tests ask.
type StatusDocument struct {
	Serving *struct {
		Release string `json:"release"`
		Slot    string `json:"slot"`
	} `json:"serving"`
	Open *struct {
		Version string `json:"version"`
		Next    string `json:"next_stage"`
	} `json:"open"`
	Findings []struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
	} `json:"findings"`
}

func (box *Box) statusDocument() (StatusDocument, Result) {
	box.t.Helper()
	result := box.Run("status", "--json")
	var document StatusDocument
	if err := json.Unmarshal([]byte(result.Stdout), &document); err != nil {
		box.t.Fatalf("%v\n%v", err, result)
	}
	return document, result
}

// mustBeAsBefore: this release answers, `status` finds nothing wrong and nothing open, and of what
// failed neither processes nor half-unpacked folders are left.
func (box *Box) mustBeAsBefore(version string) {
	box.t.Helper()
	if status, release, _ := get(box.t, box.URL("/healthz")); status != 200 || release != version {
		box.t.Errorf("status %d of release %q instead of %s", status, release, version)
	}
	document, result := box.statusDocument()
	if result.Status != 0 || document.Serving == nil || document.Serving.Release != version ||
		document.Open != nil || len(document.Findings) > 0 {
		box.t.Errorf("release %s does not serve as if nothing had happened\n%v", version, result)
	}
	box.mustRunOneInstance()
	box.mustHaveNoHalfFolders()
}

// mustRunOneInstance: its supervisor may need a moment to go after what it kept.
func (box *Box) mustRunOneInstance() {
	box.t.Helper()
	for _, program := range []string{"godeploy-supervise", "service"} {
		deadline := time.Now().Add(killTime)
		for len(box.Programs(program)) != 1 && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if running := box.Programs(program); len(running) != 1 {
			box.t.Errorf("%d of %s run instead of one: %v", len(running), program, running)
		}
	}
}

func (box *Box) mustHaveNoHalfFolders() {
	box.t.Helper()
	entries, err := os.ReadDir(box.AppDir("releases"))
	if err != nil {
		box.t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			box.t.Errorf("left over: %s", filepath.Join(box.AppDir("releases"), entry.Name()))
		}
	}
}

// mustNotHave fails if a release was unpacked, or its folder left.
func (box *Box) mustNotHave(version string) {
	box.t.Helper()
	if _, err := os.Stat(box.AppDir("releases", version)); err == nil {
		box.t.Errorf("releases/%s is there", version)
	}
}

// mustDeploy is a good deployment, whatever was tried before, and no process too many after it.
func (box *Box) mustDeploy(version string) Result {
	box.t.Helper()
	result := box.Must("deploy", "--version", version)
	box.mustBeAsBefore(version)
	return result
}

// contentOf is a file's, and ends the test where it cannot be read.
func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeTo(t *testing.T, path string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func modeOfFile(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}
