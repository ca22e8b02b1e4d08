package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// states are the releases that are here, and what is thought of them.
func (box *Box) states() map[string]string {
	box.t.Helper()
	var releases []struct{ Version, State string }
	box.Must("releases", "--json").document(box.t, &releases)
	states := map[string]string{}
	for _, release := range releases {
		states[release.Version] = release.State
	}
	return states
}

// withoutSource takes the archives away, as when the network is gone.
func (box *Box) withoutSource() {
	box.t.Helper()
	if err := os.RemoveAll(filepath.Join(box.Dir, "releases")); err != nil {
		box.t.Fatal(err)
	}
}

func TestRollbackTakesTheLastGoodReleaseWithoutItsSource(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "1.1.0", "2.0.0"})
	box.withoutSource()
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)

	box.Must("rollback").mustSay(t, "rollback 2.0.0 -> 1.1.0")
	box.MustServe("1.1.0")
	if states := box.states(); states["2.0.0"] != "bad" || states["1.1.0"] != "good" {
		t.Errorf("%v", states)
	}
	box.Must("rollback") // not back to the bad one
	box.MustServe("1.0.0")
	box.MustExit(12, "rollback").mustSay(t, "no good release", "2.0.0 (bad)")
	box.MustServe("1.0.0")
	box.Must("rollback", "2.0.0").mustSay(t, "rollback 1.0.0 -> 2.0.0")
	box.MustServe("2.0.0")
	if states := box.states(); states["2.0.0"] != "good" || states["1.0.0"] != "bad" {
		t.Errorf("%v", states)
	}
	box.MustExit(12, "rollback", "9.9.9").mustSay(t, "9.9.9 is not on this host", "1.1.0")
	box.MustExit(12, "rollback", "2.0.0").mustSay(t, "serves already")
	load.WaitForAnswers(50)
	load.Stop().MustLoseNothing(t)
}

func TestRollbackToAWarmReleaseStartsNothing(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "retire.keep_warm", "true")
	warm := box.Status().Slots["blue"].PID
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "2.0.0").mustSay(t, "stays warm")
	box.MustServe("2.0.0")
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)

	box.Must("rollback").mustSay(t, "start: skipped", "still warm")
	box.MustServe("1.0.0")
	if now := box.Status().Slots["blue"].PID; now != warm {
		t.Errorf("process %d was started anew as %d", warm, now)
	}
	// The one that was left is warm as well, but bad: only by its name.
	box.MustExit(12, "rollback")
	left := box.Status().Slots["green"].PID
	box.Must("rollback", "2.0.0")
	if now := box.Status().Slots["green"].PID; left == 0 || now != left {
		t.Errorf("process %d was started anew as %d", left, now)
	}
	load.WaitForAnswers(50)
	load.Stop().MustLoseNothing(t)
	box.Release("3.0.0", "3.0.0")
	box.Must("deploy", "--version", "3.0.0")
	box.MustServe("3.0.0")
}

func TestRollbackToAReleaseThatChangedOnDiskIsRefused(t *testing.T) {
	for _, tampered := range []struct {
		name   string
		change func(folder string) error
	}{
		{"a file with other content", func(folder string) error {
			file, err := os.OpenFile(filepath.Join(folder, "service"), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = file.WriteString("more")
			return err
		}},
		{"a file more", func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "more"), nil, 0o600)
		}},
		{"a file less", func(folder string) error {
			return os.Remove(filepath.Join(folder, "service"))
		}},
		{"a link in place of a file", func(folder string) error {
			service := filepath.Join(folder, "service")
			if err := os.Rename(service, folder+"-elsewhere"); err != nil {
				return err
			}
			return os.Symlink(folder+"-elsewhere", service)
		}},
	} {
		t.Run(tampered.name, func(t *testing.T) {
			box := deployed(t, []string{"1.0.0", "2.0.0"})
			if err := tampered.change(box.AppDir("releases", "1.0.0")); err != nil {
				t.Fatal(err)
			}
			load := startLightLoad(t, box.URL("/"))
			load.WaitForAnswers(10)
			box.MustExit(6, "rollback").mustSay(t, "1.0.0 has changed on disk", "2.0.0 still answers")
			load.WaitForAnswers(10)
			load.Stop().MustLoseNothing(t)
			box.MustServe("2.0.0")
		})
	}
}

func TestRollbackToAReleaseOfADeniedKeyIsRefused(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	var releases []struct{ Key string }
	box.Must("releases", "--json").document(t, &releases)
	denied := releases[0].Key
	if err := os.RemoveAll(filepath.Join(box.Dir, "keys")); err != nil {
		t.Fatal(err)
	}
	box.makeKeys() // the old public key is not even here any more
	box.Change("verify.rsa.keys", "["+box.PublicKey+"]")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "2.0.0")
	box.Change("verify.rsa.deny", "["+denied+"]")

	box.MustExit(6, "rollback").mustSay(t, denied, "denied", "2.0.0 still answers")
	box.MustServe("2.0.0")
}

func TestRollbackThatFailsIsUndoneLikeADeployment(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "2.0.0"})
	box.Change("check.path", "/status/503", "check.deadline", "2s") // in which it has to start, too
	box.MustExit(9, "rollback").mustSay(t, "2.0.0 still answers")
	box.Change("check.path", "/healthz")
	box.MustServe("2.0.0")
	if states := box.states(); states["1.0.0"] != "good" || states["2.0.0"] != "good" {
		t.Errorf("%v", states)
	}
	box.Must("rollback")
	box.MustServe("1.0.0")
}
