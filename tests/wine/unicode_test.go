package wine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const peoplesFolder = "Caf\u00e9 \u0141\u00f3d\u017a \u6771\u4eac"

// All that godeploy keeps lies in a folder as people make them, and a release has a path longer than
// the 260 characters that Windows knew for long. What is said of that to a pipe is UTF-8.
func TestWindowsFoldersHaveAnyNameAndFilesAnyDepth(t *testing.T) {
	app := newApp(t)
	root := filepath.Join(app.file("root"), peoplesFolder)
	app.change(path(app.file("root")), path(root))
	deep := filepath.Join(strings.Repeat("very long ", 10)+"name", strings.Repeat("deeper and ", 10)+"deeper")
	if err := os.MkdirAll(app.file(filepath.Join("payload-2.0.0", deep)), 0o700); err != nil {
		t.Fatal(err)
	}
	app.write(filepath.Join("payload-2.0.0", deep, "caf\u00e9.txt"), "deep")
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")
	said := app.must(app.of("deploy", "--version", "2.0.0", "--json")...)
	for _, line := range strings.Split(strings.TrimSpace(said.Stdout), "\n") {
		if !utf8.ValidString(line) || !json.Valid([]byte(line)) {
			t.Errorf("no JSON in UTF-8: %q", line)
		}
	}
	unpacked := filepath.Join(root, appName, "releases", "2.0.0", deep, "caf\u00e9.txt")
	content, err := os.ReadFile(unpacked)
	if string(content) != "deep" || len(path(unpacked)) <= 260 {
		t.Errorf("%d characters: %q %v", len(path(unpacked)), content, err)
	}
	app.mustBeWell("2.0.0")
	app.must(app.of("rollback")...)
	app.mustBeWell("1.0.0")

	if err := os.WriteFile(unpacked, []byte("evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	result := app.run(app.of("rollback", "2.0.0")...)
	result.mustSay(t, "very long", "deeper")
	if result.Status == 0 {
		t.Errorf("a release that was changed on disk was not refused\n%v", result)
	}
	app.mustBeWell("1.0.0")
}

// The folder of a release is what its program runs in, and Windows takes 258 characters there. That is
// said by `plan`, and by `deploy` before anything is fetched: there is no such archive.
func TestWindowsAReleaseThatCouldNotBeStartedIsNotFetched(t *testing.T) {
	app := newApp(t)
	longest := strings.Repeat("1", 40)
	releases := len(path(filepath.Join(app.file("root"), "/", appName, "releases", longest)))
	root := filepath.Join(app.file("root"), strings.Repeat("x", 258-releases-1))
	app.change(path(app.file("root")), path(root))
	result := app.run(app.of("plan", "--version", longest)...)
	if strings.Contains(result.Stdout, "characters") {
		t.Errorf("%v", result)
	}
	app.run(app.of("plan", "--version", longest+"1")...).mustSay(t, "259 characters", "258 at most")
	result = app.run(app.of("deploy", "--version", longest+"1")...)
	result.mustSay(t, "259 characters", "258 at most", "Shorten `root`")
	if result.Status != 3 {
		t.Errorf("%v", result)
	}
	app.change(path(root), path(root+strings.Repeat("x", len(longest))))
	app.run(app.of("doctor")...).mustSay(t, "leaves no", "259")
}
