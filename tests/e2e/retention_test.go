package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// deployOf makes a release, deploys it, and leaves nothing of it outside the root.
func (box *Box) deployOf(version, service string, status int) {
	box.t.Helper()
	archive := box.Release(version, service)
	box.MustExit(status, "deploy", "--version", version)
	for _, file := range []string{archive, archive + ".sig"} {
		if err := os.Remove(file); err != nil {
			box.t.Fatal(err)
		}
	}
	if err := os.RemoveAll(box.Dir + "/payload-" + version); err != nil {
		box.t.Fatal(err)
	}
}

// newBoxOfAnyVersion does not ask a service which one it is, so that one can play many versions.
func newBoxOfAnyVersion(t *testing.T, changes ...string) *Box {
	t.Helper()
	box := newBox(t, append(append([]string{}, quick...), changes...)...)
	delete(box.Settings, "check.identity.header")
	box.Change()
	return box
}

func TestOnlyAsManyReleasesStayAsAreToBeKept(t *testing.T) {
	box := newBoxOfAnyVersion(t, "release.keep", "2")
	for i := 1; i <= 6; i++ {
		box.deployOf(fmt.Sprintf("1.0.%d", i), "2.0.0", 0)
	}
	if releases := box.ReleasesOnDisk(); releases != "1.0.5 1.0.6" {
		t.Errorf("on disk: %s", releases)
	}
	if states := box.states(); len(states) != 2 {
		t.Errorf("%v", states)
	}
	box.Must("status")
	box.Must("rollback")
	if states := box.states(); states["1.0.5"] != "good" {
		t.Errorf("%v", states)
	}
	box.MustExit(12, "rollback", "1.0.1").mustSay(t, "1.0.1 is not on this host")
	box.mustLeaveNoFiles()
}

func TestFailedDeploymentsInARowFillNothingAndRemoveNothingGood(t *testing.T) {
	box := deployed(t, []string{"1.0.0", "1.1.0"}, "release.keep", "2")
	delete(box.Settings, "check.identity.header") // as in newBoxOfAnyVersion
	box.Change("hooks.before_flip", `[["/bin/false"]]`)
	size := box.bytesOnDisk()
	for i := 1; i <= 8; i++ {
		box.deployOf(fmt.Sprintf("2.0.%d", i), "2.0.0", 10)
	}
	box.Change("hooks.before_flip", "[]")
	if releases := box.ReleasesOnDisk(); releases != "1.0.0 1.1.0" {
		t.Errorf("on disk: %s", releases)
	}
	if now := box.bytesOnDisk(); now > size+1<<20 {
		t.Errorf("%d bytes have become %d", size, now)
	}
	for i := 1; i <= 4; i++ { // refused ones go to quarantine, which has room for one
		archive := box.Release("3.0.0", "2.0.0")
		if err := os.WriteFile(archive+".sig", []byte(strings.Repeat("x", 384)), 0o600); err != nil {
			t.Fatal(err)
		}
		box.MustExit(6, "deploy", "--version", "3.0.0")
	}
	if now := box.bytesOnDisk(); now > size+4<<20 {
		t.Errorf("%d bytes have become %d", size, now)
	}
	box.MustServe("1.1.0")
	box.Must("rollback")
	box.MustServe("1.0.0")
}

func TestReleasesStayWithinTheirBytesButTheWayBackStays(t *testing.T) {
	box := newBoxOfAnyVersion(t, "release.keep", "5", "release.keep_bytes", "12MiB")
	for i := 1; i <= 4; i++ { // each of 4.4 MiB
		box.deployOf(fmt.Sprintf("1.0.%d", i), "2.0.0", 0)
	}
	if releases := box.ReleasesOnDisk(); releases != "1.0.3 1.0.4" {
		t.Errorf("on disk: %s", releases)
	}
	box.Change("release.keep_bytes", "1MiB") // what serves, and the way back, are never pruned
	box.Must("prune")
	if releases := box.ReleasesOnDisk(); releases != "1.0.3 1.0.4" {
		t.Errorf("on disk: %s", releases)
	}
	box.Must("rollback")
	box.Must("status")
}

func (box *Box) bytesOnDisk() int64 {
	box.t.Helper()
	var sum int64
	for _, path := range box.files(".", "") {
		info, err := os.Stat(path)
		if err != nil {
			box.t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}
