package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// makePackage packs what was built, and returns the path of the package.
func makePackage(t *testing.T, kind, folder string) string {
	t.Helper()
	command := exec.Command(filepath.Join(os.Getenv("GODEPLOY_TREE"), "packaging", "package"), kind,
		filepath.Dir(filepath.Dir(programPath(t, "godeploy"))), folder)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("packaging/package %s: %v", kind, err)
	}
	return strings.TrimSpace(string(output))
}

// giveTo makes a box that of another user, whom its commands run as from here on.
func (box *Box) giveTo(user int) {
	box.t.Helper()
	box.User = uint32(user)
	err := filepath.Walk(box.Dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, user, user)
	})
	if err != nil {
		box.t.Fatal(err)
	}
}

const nobody = 65534

// The archive needs no place of its own: godeploy finds what belongs to it, and writes nothing there. Whoever
// runs it could not: it belongs to another user.
func TestPackageTarDeploysWhereItIsUnpacked(t *testing.T) {
	parent, err := os.MkdirTemp("", "gd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	place := filepath.Join(parent, "some where")
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(place, 0o755); err != nil {
		t.Fatal(err)
	}
	archive := makePackage(t, "tar", t.TempDir())
	if output, err := exec.Command("tar", "-C", place, "--strip-components=1", "-xf",
		archive).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Setenv("GODEPLOY_BIN", filepath.Join(place, "bin"))
	box := newBox(t)
	box.Release("1.0.0", "1.0.0")
	if os.Getuid() == 0 {
		box.giveTo(nobody)
	}
	box.Must("deploy", "--version", "1.0.0")
	if answer := box.whoAnswers(); answer != "1.0.0" {
		t.Errorf("%q answers", answer)
	}
	for _, name := range []string{"godeploy-proxy", "godeploy-supervise"} {
		running := false
		for _, process := range processesOf(box.Dir) {
			exe, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(process.PID), "exe")) // it may have ended
			running = running || exe == filepath.Join(place, "libexec", "godeploy", name)
		}
		if !running {
			t.Errorf("%s does not run from the place where it was unpacked", name)
		}
	}
}

// A clean Debian: the package brings all it needs, deploys, stays while it serves, and leaves nothing behind
// when it is purged.
func TestContainerPackageInstallsDeploysAndIsPurged(t *testing.T) {
	host := onHost(t)
	if host == nil {
		return
	}
	host.Do("sh", "-c", "rm "+programs+"/godeploy*")
	deb := makePackage(t, "deb", sharedIn)
	host.Do("dpkg", "--install", deb)
	host.program = "/usr/bin/godeploy"
	box := host.newBox("root", "/var/lib/godeploy")
	box.Root = "/var/lib/godeploy"
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "1.0.0")
	box.Must("deploy", "--version", "2.0.0")
	host.MustServe(box, "2.0.0")

	// An upgrade touches nothing that runs.
	before := host.Show(host.proxyUnit(box), "MainPID")
	host.Do("dpkg", "--install", deb)
	if after := host.Show(host.proxyUnit(box), "MainPID"); after != before {
		t.Errorf("the proxy was process %s, and is %s after an upgrade of the package", before, after)
	}
	box.Must("proxy", "upgrade")
	host.MustServe(box, "2.0.0")

	said, err := host.try("dpkg", "--purge", "godeploy")
	units := []string{host.proxyUnit(box), "godeploy-" + appName + "@green.service"}
	if err == nil || !strings.Contains(said, "still keeps services alive") {
		t.Errorf("what serves was purged: %s", said)
	}
	for _, unit := range units {
		if !strings.Contains(said, unit) {
			t.Errorf("%s is not named in: %s", unit, said)
		}
	}
	host.MustServe(box, "2.0.0")

	host.Do(append([]string{"systemctl", "disable", "--now"}, units...)...)
	host.Do("dpkg", "--purge", "godeploy")
	left := host.Do("env", "--chdir=/", "find", "/", "-xdev", "-name", "*godeploy*",
		"-not", "-path", "/proc/*", "-not", "-path", "/sys/*", "-not", "-path", "/var/log/*")
	if left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}
