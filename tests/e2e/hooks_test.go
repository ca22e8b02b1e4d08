package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// shell is a hook that runs this script; no quotes in it.
func shell(script string) string {
	return fmt.Sprintf(`[["/bin/sh", "-c", %q]]`, script)
}

// Before the flip a hook that fails fails its stage, and the old release serves on.
func TestHooksThatFailBeforeTheFlip(t *testing.T) {
	box := withServing(t)
	box.Release("2.0.0", "2.0.0")
	for _, c := range []struct {
		name    string
		changes []string
		status  int
		words   []string
	}{
		{"before the start", []string{"hooks.before_start", shell("echo no database; exit 3")}, 8,
			[]string{"hook before_start", "/bin/sh", "status 3", "no database"}},
		{"before the flip", []string{"hooks.before_flip", shell("echo smoke; exit 4")}, 10,
			[]string{"hook before_flip", "/bin/sh", "status 4", "smoke"}},
		{"the second of two", []string{"hooks.before_flip",
			`[["/bin/true"], ["/bin/false"], ["/bin/sh", "-c", "touch never"]]`}, 10,
			[]string{"hook before_flip", "/bin/false", "status 1"}},
		{"ended by a signal", []string{"hooks.before_flip", shell("kill -9 $$")}, 10,
			[]string{"hook before_flip", "signal 9"}},
		{"there is none", []string{"hooks.before_flip", `[["./nothing"]]`}, 10,
			[]string{"hook before_flip", "./nothing", "does not exist"}},
		{"hangs", []string{"hooks.before_flip", shell("sleep 98765 & sleep 98766"),
			"hooks.timeout", "300ms"}, 10, []string{"hook before_flip", "300 ms", "killed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			inner.mustFailDeploying(c.status, "2.0.0", c.words...)
			inner.mustNotHave("2.0.0")
			inner.mustEnd("sleep")
		})
	}
	if _, err := os.Stat(filepath.Join(box.Dir, "never")); err == nil {
		t.Error("a hook behind one that failed was run")
	}
	box.Change()
	box.mustDeploy("2.0.0")
}

// After the flip the new release has proven itself: a hook can only warn. on_failure is told.
func TestHooksThatCanOnlyWarn(t *testing.T) {
	box := withServing(t)
	note := filepath.Join(box.Dir, "note")
	t.Run("after the flip", func(t *testing.T) {
		inner := box.with(t, "hooks.after_flip", shell("echo mail is down; exit 5"),
			"hooks.after_retire", `[["./nothing"]]`, "hooks.on_failure", shell("touch "+note))
		inner.Release("2.0.0", "2.0.0")
		result := inner.mustDeploy("2.0.0")
		inner.mustSay(result, "warning: hook after_flip", "status 5", "mail is down",
			"warning: hook after_retire", "./nothing")
		if _, err := os.Stat(note); err == nil {
			t.Error("on_failure was run, although nothing failed")
		}
	})
	t.Run("on failure", func(t *testing.T) {
		inner := box.with(t, "hooks.before_flip", shell("exit 6"),
			"hooks.on_failure", shell("echo $GODEPLOY_RELEASE > "+note+"; exit 7"))
		inner.Release("3.0.0", "3.0.0")
		result := inner.mustRefuse(10, []string{"deploy", "--version", "3.0.0"},
			"shop: warning: hook on_failure", "status 7", "release 2.0.0 still answers")
		if got := string(contentOf(t, note)); got != "3.0.0\n" {
			t.Errorf("on_failure was told of release %q\n%v", got, result)
		}
		inner.mustBeAsBefore("2.0.0")
	})
	box.Change()
	box.mustDeploy("3.0.0")
}

// What a hook may rely on: its placeholders, its folder and the documented environment.
func TestHooksKnowWhatTheyAreAbout(t *testing.T) {
	box := newBox(t)
	note := filepath.Join(box.Dir, "note")
	box.Release("1.0.0", "1.0.0")
	box.Environment = []string{"CI_SECRET=s3cr3t"}
	box.Change("hooks.before_flip", fmt.Sprintf(`[["/bin/sh", "-c", "pwd >%s; env >>%s; echo $1",`+
		` "sh", "{url} {port} {release} {slot} {app} {folder}"], ["./mark", "{instance}"]]`, note, note),
		"service.environment.EXTRA", "more")
	writeTo(t, filepath.Join(box.Dir, "mark"), []byte("#!/bin/sh\necho instance=$1 >>"+note+"\n"), 0o755)
	box.Must("deploy", "--version", "1.0.0")

	said := string(contentOf(t, note))
	for _, line := range []string{box.Dir + "\n", fmt.Sprintf("PORT=%d\n", box.SlotPorts[0]),
		"GODEPLOY_APP=shop\n", "GODEPLOY_RELEASE=1.0.0\n", "GODEPLOY_SLOT=blue\n", "EXTRA=more\n"} {
		if !strings.Contains(said, line) {
			t.Errorf("no %q in\n%s", line, said)
		}
	}
	id := said[strings.Index(said, "instance=")+len("instance="):]
	if id = strings.TrimSpace(id); id == "" || !strings.Contains(said, "GODEPLOY_INSTANCE="+id+"\n") {
		t.Errorf("the instance is not the same everywhere:\n%s", said)
	}
	if strings.Contains(said, "s3cr3t") {
		t.Errorf("a variable of the caller came through:\n%s", said)
	}
}

// Ctrl-C before the flip undoes; after it the new release serves, and the rest can be finished.
func TestInterruptBeforeAndAfterTheFlip(t *testing.T) {
	box := withServing(t)
	box.Release("2.0.0", "2.0.0")
	t.Run("in a hook before the flip", func(t *testing.T) {
		note := filepath.Join(box.Dir, "begun")
		inner := box.with(t, "hooks.before_flip", shell("touch "+note+"; sleep 98765"))
		running := inner.Start("deploy", "--version", "2.0.0")
		waitFor(t, stopTime, "the hook runs", func() bool {
			_, err := os.Stat(note)
			return err == nil
		})
		running.Signal(syscall.SIGINT)
		result := running.Wait()
		if result.Status != 130 {
			t.Errorf("status %d instead of 130\n%v", result.Status, result)
		}
		inner.mustSay(result, "interrupted", "release 1.0.0 still answers")
		inner.mustBeAsBefore("1.0.0")
		inner.mustNotHave("2.0.0")
		inner.mustEnd("sleep")
	})
	t.Run("while watching", func(t *testing.T) {
		inner := box.with(t, "watch.for", "80s")
		running := inner.Start("deploy", "--version", "2.0.0")
		inner.waitForStage("watch")
		running.Signal(syscall.SIGINT)
		result := running.Wait()
		if result.Status != 130 {
			t.Errorf("status %d instead of 130\n%v", result.Status, result)
		}
		inner.mustSay(result, "interrupted", "release 2.0.0 now answers", "--resume", "abort")
		document, _ := inner.statusDocument()
		if document.Open == nil || document.Open.Next != "watch" || document.Open.Version != "2.0.0" {
			t.Errorf("%+v", document)
		}
		inner.Change("watch.for", "300ms")
		inner.mustRefuse(13, []string{"deploy", "--version", "2.0.0"}, "not finished", "--resume")
		inner.Must("deploy", "--resume")
		inner.mustBeAsBefore("2.0.0")
	})
	box.Change()
	box.Release("3.0.0", "3.0.0")
	box.mustDeploy("3.0.0")
}

// waitForStage waits until that stage of the open deployment has begun.
func (box *Box) waitForStage(stage string) {
	box.t.Helper()
	waitFor(box.t, stopTime, stage+" has begun", func() bool {
		var document StatusDocument
		err := json.Unmarshal([]byte(box.Run("status", "--json").Stdout), &document)
		return err == nil && document.Open != nil && document.Open.Next == stage
	})
}
