package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// withConfiguration serves a release that reads a configuration, at first the administrator's own.
func withConfiguration(t *testing.T, changes ...string) *Box {
	t.Helper()
	box := newBox(t)
	box.Change(append([]string{"config.file", box.configFile(), "config.watch", "300ms",
		"config.reload.kind", "signal", "service.restart.delay", "100ms",
		"service.environment", fmt.Sprintf("{ SERVICE_CONFIG: %q }", box.configFile())},
		changes...)...)
	writeTo(t, box.configFile(), []byte("by hand\n"), 0o640)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	box.mustBeConfigured("by hand\n")
	return box
}

func (box *Box) configFile() string {
	return filepath.Join(box.Dir, "service.conf")
}

// mustBeConfigured asks the file and the running service.
func (box *Box) mustBeConfigured(text string) {
	box.t.Helper()
	waitFor(box.t, commandDeadline, "the file says "+text, func() bool {
		return string(contentOf(box.t, box.configFile())) == text
	})
	waitFor(box.t, commandDeadline, "the service has read "+text, func() bool {
		status, _, found := get(box.t, box.URL("/configuration"))
		return status == 200 && found == text
	})
}

// signedConfig writes a configuration and its statement.
func (box *Box) signedConfig(text string, sequence int, more ...string) string {
	box.t.Helper()
	file := filepath.Join(box.Dir, "pushed.conf")
	writeTo(box.t, file, []byte(text), 0o600)
	box.mustBare(append([]string{"sign", "--config", file, "--key", box.PrivateKey, "--name",
		appName, "--sequence", fmt.Sprint(sequence)}, more...)...)
	return file
}

func (box *Box) pushConfig(text string, sequence int) Result {
	box.t.Helper()
	return box.Must("config", "push", box.signedConfig(text, sequence))
}

func TestConfigIsPushedAndRolledBack(t *testing.T) {
	box := withConfiguration(t)
	box.pushConfig("level = 1\n", 1).mustSay(t, "configuration 1 is in place", "healthy for")
	box.mustBeConfigured("level = 1\n")
	if mode := modeOfFile(t, box.configFile()); mode != 0o640 {
		t.Errorf("the permissions became %o", mode)
	}
	box.pushConfig("level = 5\n", 5)
	box.mustBeConfigured("level = 5\n")
	box.Must("config", "show").mustSay(t, "in place  5", "previous  1", box.keyID())

	if copies, _ := os.ReadDir(box.AppDir("configs")); len(copies) != 4 { // 1 and 5, each signed
		t.Errorf("copies: %v", copies)
	}

	box.Must("config", "rollback")
	box.mustBeConfigured("level = 1\n")
	box.mustRefuse(6, []string{"config", "push", box.signedConfig("level = 5\n", 5)}, "5 was accepted")
	box.mustBeConfigured("level = 1\n")
	box.Must("config", "rollback") // twice is back where it was
	box.mustBeConfigured("level = 5\n")
	if text := box.Must("config", "show", "--json").Stdout; strings.Contains(text, "level") ||
		!strings.Contains(text, `"sequence":5`) || !strings.Contains(text, `"changed":false`) {
		t.Errorf("%s", text)
	}
	writeTo(t, box.configFile(), []byte("by hand again\n"), 0o640)
	box.Must("config", "show").mustSay(t, "has been changed since: it is not 5 any more")
}

func TestConfigIsTakenByHTTPToo(t *testing.T) {
	box := withConfiguration(t, "config.reload.kind", "http")
	box.pushConfig("level = 1\n", 1)
	box.mustBeConfigured("level = 1\n")
	box.mustRefuse(11, []string{"config", "push", box.signedConfig("refuse\n", 2)}, "400",
		"expected 2xx", "in place again")
	box.mustBeConfigured("level = 1\n")
}

func TestConfigThatMakesTheServiceIllIsTakenBack(t *testing.T) {
	box := withConfiguration(t)
	box.pushConfig("level = 1\n", 1)
	for i, text := range []string{"ill\n", "crash\n"} {
		box.mustRefuse(11, []string{"config", "push", box.signedConfig(text, 2+i)},
			"pushing configuration", "in place again")
		box.mustBeConfigured("level = 1\n")
	}
	box.Must("config", "show").mustSay(t, "in place  1")
	box.pushConfig("level = 2\n", 2) // a number that failed may be used again
	box.mustBeConfigured("level = 2\n")
}

// SIGHUP ends a program that does not handle it. Its supervisor would wait a minute.
func TestConfigThatEndsTheServiceBringsItBackAtOnce(t *testing.T) {
	box := withConfiguration(t, "service.restart.delay", "1h")
	box.Change("service.environment", "{}")
	box.Must("deploy", "--version", "1.0.0")
	box.mustRefuse(11, []string{"config", "push", box.signedConfig("level = 1\n", 1)},
		"pushing configuration", "in place again; the service had ended, and runs again")
	box.MustServe("1.0.0")
	if text := string(contentOf(t, box.configFile())); text != "by hand\n" {
		t.Errorf("the file says %q", text)
	}
	box.Must("status")
}

func TestConfigThatIsNotToBeBelievedIsRefused(t *testing.T) {
	box := withConfiguration(t)
	box.pushConfig("level = 7\n", 7)
	stranger := box.makeKey("stranger")
	for _, c := range []struct {
		name    string
		prepare func(file string)
		words   string
	}{
		{"changed", func(file string) { writeTo(t, file, []byte("level = 9\n"), 0o600) }, "SHA-256"},
		{"no statement", func(file string) { os.Remove(file + ".sig") }, "there is no"},
		{"by a stranger", func(file string) {
			box.mustBare("sign", "--config", file, "--key", stranger+".key", "--name", appName,
				"--sequence", "8")
		}, "no key of the keyring"},
		{"of another app", func(file string) {
			box.mustBare("sign", "--config", file, "--key", box.PrivateKey, "--name", "other",
				"--sequence", "8")
		}, "signed for the app other"},
		{"replayed", func(file string) {
			box.mustBare("sign", "--config", file, "--key", box.PrivateKey, "--name", appName,
				"--sequence", "7")
		}, "7 was accepted"},
		{"expired", func(file string) {
			box.mustBare("sign", "--config", file, "--key", box.PrivateKey, "--name", appName,
				"--sequence", "8", "--expires", "2020-01-01T00:00:00Z")
		}, "expired"},
		{"signed as an archive is", func(file string) { box.Sign(file) }, "no signed statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t)
			file := inner.signedConfig("level = 8\n", 8)
			c.prepare(file)
			inner.mustRefuse(6, []string{"config", "push", file}, c.words)
			inner.mustBeConfigured("level = 7\n")
		})
	}
	box.Change("config.file", box.configFile(), "verify.rsa.deny", "["+box.keyID()+"]",
		"verify.rsa.keys", "["+stranger+".pem, "+box.PublicKey+"]")
	box.mustRefuse(6, []string{"config", "push", box.signedConfig("level = 9\n", 9)}, "deny list")
}

func TestConfigPushThatWasKilledIsTakenBackByTheNextCommand(t *testing.T) {
	for _, next := range [][]string{{"deploy", "--resume"}, {"config", "push"}} {
		next := next
		t.Run(strings.Join(next, " "), func(t *testing.T) {
			box := withConfiguration(t, "config.watch", "1h")
			running := box.Start("config", "push", box.signedConfig("level = 3\n", 3))
			box.mustBeConfigured("level = 3\n")
			running.Kill()
			running.Wait()
			if status := box.TrueStatus(); status.kinds() != "config_unproven" {
				t.Errorf("%+v", status)
			}
			box.MustExit(13, "status").mustSay(t, "configuration 3", "cut before it was proven")
			if next[0] == "config" {
				box.Change("config.watch", "100ms")
				box.pushConfig("level = 4\n", 4)
				box.mustBeConfigured("level = 4\n")
				box.Must("config", "show").mustSay(t, "previous  the one before godeploy")
				return
			}
			box.Must(next...)
			box.mustBeConfigured("by hand\n")
		})
	}
}

func TestConfigPushThatIsInterruptedIsTakenBack(t *testing.T) {
	box := withConfiguration(t, "config.watch", "1h")
	running := box.Start("config", "push", box.signedConfig("level = 3\n", 3))
	box.mustBeConfigured("level = 3\n")
	running.Signal(syscall.SIGINT)
	if result := running.Wait(); result.Status != 130 {
		t.Errorf("status %d instead of 130\n%v", result.Status, result)
	}
	box.mustBeConfigured("by hand\n")
	box.Must("status")
}

func TestConfigWantsSettingsAndNoOpenDeployment(t *testing.T) {
	box := withConfiguration(t)
	file := box.signedConfig("level = 3\n", 3)
	box.mustRefuse(12, []string{"config", "rollback"}, "no configuration to go back to")
	box.mustRefuse(2, []string{"config", "push"}, "FILE")
	box.mustRefuse(2, []string{"config", "pull"}, "pull")
	box.Release("2.0.0", "2.0.0")
	box.Must("fetch", "--version", "2.0.0")
	box.mustRefuse(13, []string{"config", "push", file}, "deployment is open", "abort")
	box.Must("abort")
	delete(box.Settings, "config.file")
	box.Change()
	box.mustRefuse(3, []string{"config", "push", file}, "config.file")
}
