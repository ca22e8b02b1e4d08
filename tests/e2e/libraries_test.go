package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// libarchive is opened with the first archive. Where it cannot be, the commands that look into none
// do their work, and the others say what is missing; the release is not to blame for it.
func TestLibarchiveIsNeededForArchivesOnly(t *testing.T) {
	box := withServing(t)
	archive := box.packAndSign("2.0.0")
	libraries := filepath.Join(box.Dir, "libraries")
	box.mkdir(libraries)
	// Found before that of the system.
	writeTo(t, filepath.Join(libraries, "libarchive.so.13"), []byte("no library"), 0o644)
	whole := box.Environment
	box.Environment = append(append([]string{}, whole...), "LD_LIBRARY_PATH="+libraries)

	for _, arguments := range [][]string{{"status"}, {"history"}, {"verify", archive}} {
		box.Must(arguments...)
	}
	for _, c := range []struct {
		status    int
		arguments []string
	}{
		{6, []string{"deploy", "--version", "2.0.0"}}, // that of its stage
		{1, []string{"pack", filepath.Join(box.Dir, "small"), "-o",
			filepath.Join(box.Dir, "new.zip"), "--name", appName, "--version", "2.0.0"}},
	} {
		result := box.MustExit(c.status, c.arguments...)
		box.mustSay(result, "libarchive cannot be loaded", "Install libarchive")
	}
	if _, err := os.Stat(box.AppDir("quarantine", "archive")); !os.IsNotExist(err) {
		t.Errorf("the archive is in quarantine: %v", err)
	}

	box.Environment = whole
	box.MustServe("1.0.0")
	box.Must("fetch", "--version", "2.0.0")
	box.Must("verify", "--version", "2.0.0")
}
