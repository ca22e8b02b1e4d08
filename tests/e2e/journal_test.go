package e2e

import (
	"os"
	"testing"
)

// loseJournal does what somebody does who moves a damaged journal aside and has no backup.
func (box *Box) loseJournal() {
	box.t.Helper()
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(box.AppDir("journal.db" + ending)); err != nil && !os.IsNotExist(err) {
			box.t.Fatal(err)
		}
	}
}

func TestLostJournalIsToldAndTheNextDeploymentTakesOverWhatServes(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	load := startLightLoad(t, box.URL("/"))
	box.loseJournal()

	status := box.Status()
	if status.kinds() != "journal_lost" || status.Serving != nil {
		t.Errorf("%+v", status)
	}
	if untrue := box.untruth(status); untrue != "" {
		t.Error(untrue)
	}
	box.MustExit(13, "doctor").mustSay(t, "release 1.0.0 answers from slot blue")
	// It would be unpacked into the folder from which it runs.
	box.MustExit(7, "deploy", "--version", "1.0.0").mustSay(t, "Deploy another version")
	box.MustServe("1.0.0")
	box.Must("deploy", "--version", "2.0.0")
	load.WaitForAnswers(10)

	load.Stop().MustLoseNothing(t)
	box.MustServe("2.0.0")
	if status = box.Status(); status.kinds() != "" {
		t.Errorf("%+v", status)
	}
}
