package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const diskSize = 80 << 20

// onSmallDisk is withServing on a file system of its own, that a test can fill.
func onSmallDisk(t *testing.T, changes ...string) *Box {
	t.Helper()
	box := newBox(t, changes...)
	box.mkdir(box.Root)
	err := syscall.Mount("tmpfs", box.Root, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize))
	if err != nil {
		t.Skipf("mounting a small file system: %v (it needs root, and a container that allows it)", err)
	}
	t.Cleanup(func() { box.unmount() })
	box.Release("1.0.0", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "1.0.0")
	load := lightLoad(t, box.URL("/"))
	t.Cleanup(func() { load.Stop().MustLoseNothing(t) })
	return box
}

// unmount: what still runs holds the file system, and its logs lie in it.
func (box *Box) unmount() {
	box.free()
	if box.t.Failed() {
		box.t.Logf("logs of the box:%s", box.logs())
	}
	if left := endProcesses(box.Dir); len(left) > 0 {
		box.t.Errorf("left running, and killed now:\n%s", strings.Join(left, "\n"))
	}
	if err := syscall.Unmount(box.Root, syscall.MNT_DETACH); err != nil {
		box.t.Errorf("unmounting %s: %v", box.Root, err)
	}
}

func (box *Box) ballast() string {
	return filepath.Join(box.Root, "ballast")
}

// leave fills the disk until only so many bytes are free.
func (box *Box) leave(bytes int64) {
	box.t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(box.Root, &disk); err != nil {
		box.t.Fatal(err)
	}
	writeTo(box.t, box.ballast(), make([]byte, int64(disk.Bavail)*disk.Bsize-bytes), 0o600)
}

func (box *Box) free() {
	box.t.Helper()
	if err := os.Remove(box.ballast()); err != nil && !os.IsNotExist(err) {
		box.t.Error(err)
	}
}

// fill is a hook that leaves no byte free; that it cannot write more is its success.
func (box *Box) fill() string {
	return shell("dd if=/dev/zero of=" + box.ballast() + " bs=4k 2>/dev/null; true")
}

// A disk that is full before or while the archive comes changes nothing.
func TestDiskFullBeforeTheStart(t *testing.T) {
	box := onSmallDisk(t)
	for _, c := range []struct {
		name   string
		bytes  int64
		secure bool // by http, which tells the size before
		status int
		words  []string
	}{
		{"while fetching a file", 1 << 20, false, 5, []string{"space"}},
		{"before fetching by http", 1 << 20, true, 5, []string{"are free"}},
		{"before unpacking", 10 << 20, false, 7, []string{"unpacking needs", "free", "prune"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t)
			if c.secure {
				inner.Environment = []string{"no_proxy=127.0.0.1"}
				inner.Change("release.source", inner.serveReleases(nil, false).source())
			}
			inner.leave(c.bytes)
			defer inner.free()
			inner.mustFailDeploying(c.status, "2.0.0", c.words...)
			inner.mustNotHave("2.0.0")
		})
	}
	t.Run("nothing at all is free", func(t *testing.T) {
		inner := box.with(t)
		inner.leave(0)
		defer inner.free()
		result := inner.Run("deploy", "--version", "2.0.0")
		if result.Status == 0 || result.Status > 13 || result.Stdout != "" {
			t.Errorf("%v", result)
		}
		inner.mustSay(result, "error: ", "no space left", "try: free some space")
		if _, release, _ := get(t, inner.URL("/")); release != "1.0.0" {
			t.Errorf("release %q serves", release)
		}
		if status := inner.Status(); status.Serving == nil || status.Serving.Release != "1.0.0" {
			t.Errorf("%+v", status)
		}
		inner.Must("history").mustSay(t, "1.0.0")
	})
	box.Change()
	box.mustGoOnWith("2.0.0", "deploy", "--version", "2.0.0")
}

// mustGoOnWith: whatever the full disk left behind, these words get out of it.
func (box *Box) mustGoOnWith(version string, arguments ...string) {
	box.t.Helper()
	if document, _ := box.statusDocument(); document.Open != nil {
		arguments = []string{"deploy", "--resume"}
	}
	box.Must(arguments...)
	box.mustBeAsBefore(version)
}

// A disk that fills up in the middle: exactly one release serves, and the next command knows which.
func TestDiskFullInTheMiddle(t *testing.T) {
	box := onSmallDisk(t)
	next := map[string]string{"1.0.0": "2.0.0", "2.0.0": "1.0.0"}
	serves := "1.0.0"
	box.Change("verify.downgrade", "allow")
	for _, hook := range []string{"before_start", "before_flip", "after_flip"} {
		for _, way := range []string{"resume", "abort"} {
			t.Run(hook+", then "+way, func(t *testing.T) {
				inner := box.with(t, "hooks."+hook, box.fill())
				wanted := next[serves]
				result := inner.Run("deploy", "--version", wanted)
				inner.mustAnswerAs(result, serves, wanted)
				inner.free()
				inner.Change("hooks."+hook, "[]")
				document, _ := inner.statusDocument()
				switch {
				case document.Open != nil && way == "abort":
					inner.Must("abort")
					inner.mustBeAsBefore(serves)
				case document.Open != nil:
					inner.Must("deploy", "--resume")
					inner.mustBeAsBefore(wanted)
					serves = wanted
				default:
					inner.Must("deploy", "--resume") // what else is amiss is mended
					inner.mustBeAsBefore(document.Serving.Release)
					serves = document.Serving.Release
				}
			})
		}
	}
	box.Change()
	box.mustGoOnWith(next[serves], "deploy", "--version", next[serves])
}

// mustAnswerAs: the command may have done it or not; what it says of it must be true.
func (box *Box) mustAnswerAs(result Result, old, wanted string) {
	box.t.Helper()
	_, release, _ := get(box.t, box.URL("/"))
	box.t.Logf("status %d, and release %s serves", result.Status, release)
	switch {
	case release != old && release != wanted:
		box.t.Errorf("release %q serves\n%v", release, result)
	case result.Status == 0 && release != wanted:
		box.t.Errorf("success, and yet release %s serves\n%v", release, result)
	case result.Status != 0:
		box.mustSay(result, "error: ", "no space left", "try: ", "serves: release "+release)
	}
}
