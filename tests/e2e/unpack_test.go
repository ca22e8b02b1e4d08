package e2e

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// entry is one of a hostile archive; a regular file if kind is 0.
type entry struct {
	name, content string
	kind          byte // of tar
	link          string
	mode          int64 // 0: 0755
	unlisted      bool  // not in release.json
}

var goodEntry = entry{name: "service", content: "#!/bin/sh\nexit 7\n"}

// An archive may be signed with the right key and hostile all the same, where who builds it was
// fooled: it is refused with the entry named, and nothing is written outside.
func TestUnpackRefusesHostileArchives(t *testing.T) {
	box := withServing(t)
	outside := filepath.Join(box.Dir, "evil")
	for _, c := range []struct {
		name    string
		entries []entry
		changes []string
		words   []string
		tarOnly bool
	}{
		{name: "above its folder", entries: []entry{{name: "../evil"}}, words: []string{"../evil"}},
		{name: "above in the middle", entries: []entry{{name: "a/../../evil"}},
			words: []string{"a/../../evil"}},
		{name: "an absolute name", entries: []entry{{name: outside}}, words: []string{outside}},
		{name: "a drive", entries: []entry{{name: `C:evil`}}, words: []string{"C:evil"}},
		{name: "a backslash", entries: []entry{{name: `..\evil`}}, words: []string{"evil"}},
		{name: "a device of Windows", entries: []entry{{name: "con.evil"}},
			words: []string{"con.evil"}},
		{name: "an escape sequence", entries: []entry{{name: "evil\x1b[2J"}},
			words: []string{"evil"}},
		{name: "a symbolic link", entries: []entry{{name: "evil", kind: tar.TypeSymlink,
			link: "/etc/passwd"}}, words: []string{"evil", "link"}},
		{name: "through a symbolic link", entries: []entry{{name: "lib", kind: tar.TypeSymlink,
			link: box.Dir}, {name: "lib/evil"}}, words: []string{"lib", "link"}},
		{name: "a hard link", entries: []entry{{name: "evil", kind: tar.TypeLink, link: "service"}},
			words: []string{"evil", "link"}, tarOnly: true},
		{name: "a device", entries: []entry{{name: "evil", kind: tar.TypeChar}},
			words: []string{"evil"}, tarOnly: true},
		{name: "a pipe", entries: []entry{{name: "evil", kind: tar.TypeFifo}},
			words: []string{"evil"}, tarOnly: true},
		{name: "twice", entries: []entry{{name: "evil", content: "x"},
			{name: "evil", content: "y", unlisted: true}}, words: []string{"evil"}},
		{name: "one name in two cases", entries: []entry{{name: "evil"}, {name: "EVIL"}},
			words: []string{"evil"}},
		{name: "a file as a folder", entries: []entry{{name: "evil"}, {name: "evil/evil"}},
			words: []string{"evil"}},
		{name: "not listed", entries: []entry{{name: "evil", unlisted: true}},
			words: []string{"evil", "not listed in release.json"}},
		{name: "too many", entries: []entry{{name: "evil1"}, {name: "evil2"}, {name: "evil3"}},
			changes: []string{"release.max_entries", "4"}, words: []string{"4 ", "entries"}},
		{name: "a bomb", entries: []entry{{name: "evil", content: strings.Repeat("\x00", 20<<20)}},
			words: []string{"200 times", "release.max_ratio"}},
		{name: "too large", entries: []entry{{name: "evil", content: strings.Repeat("\x00", 3<<20)}},
			changes: []string{"release.max_unpacked", "2MiB", "release.max_ratio", "100000"},
			words:   []string{"evil", "2.0 MiB", "release.max_unpacked"}},
	} {
		for _, format := range []string{"tar.gz", "zip"} {
			if format == "zip" && c.tarOnly {
				continue
			}
			t.Run(c.name+" in "+format, func(t *testing.T) {
				inner := box.with(t, c.changes...)
				entries := append([]entry{goodEntry}, c.entries...)
				inner.publish(format, entries, inner.describe(entries))
				inner.mustRefuseToUnpack(c.words...)
				mustHaveNoEvil(t, box.Dir)
			})
		}
	}
	box.Change()
	box.Release("2.0.0", "2.0.0")
	box.mustDeploy("2.0.0")
}

// What release.json promises is what must come: no file more or less, and each to the byte.
func TestUnpackRefusesWhatIsNotAsDescribed(t *testing.T) {
	box := withServing(t)
	more := entry{name: "data/evil", content: "good", mode: 0o6777}
	for _, format := range []string{"tar.gz", "zip"} {
		for _, c := range []struct {
			name    string
			entries []entry
			listed  []entry
			words   []string
		}{
			{"missing", []entry{goodEntry}, []entry{goodEntry, more},
				[]string{"data/evil", "missing"}},
			{"other bytes", []entry{goodEntry, {name: more.name, content: "evil"}},
				[]entry{goodEntry, more}, []string{"data/evil", "SHA-256"}},
			{"more bytes", []entry{goodEntry, {name: more.name, content: "goodevil"}},
				[]entry{goodEntry, more}, []string{"data/evil", "8 bytes instead of 4"}},
			{"fewer bytes", []entry{goodEntry, {name: more.name, content: ""}},
				[]entry{goodEntry, more}, []string{"data/evil", "0 bytes instead of 4"}},
		} {
			t.Run(c.name+" in "+format, func(t *testing.T) {
				inner := box.with(t)
				inner.publish(format, c.entries, inner.describe(c.listed))
				inner.mustRefuseToUnpack(c.words...)
				mustHaveNoEvil(t, box.Dir)
			})
		}
		// The same archive as it should be is unpacked: the refusals above are about what they name.
		t.Run("as described in "+format, func(t *testing.T) {
			inner := box.with(t)
			entries := []entry{goodEntry, more}
			inner.publish(format, entries, inner.describe(entries))
			for _, stage := range []string{"fetch", "verify", "unpack"} {
				inner.Must(stage, "--version", "2.0.0")
			}
			got := contentOf(t, box.AppDir("releases", "2.0.0", "data", "evil"))
			if string(got) != more.content {
				t.Errorf("unpacked as %q", got)
			}
			mode := modeOfFile(t, box.AppDir("releases", "2.0.0", "data", "evil"))
			if mode != 0o755 {
				t.Errorf("unpacked with mode %v instead of what release.json says", mode)
			}
			inner.Must("abort")
			inner.mustBeAsBefore("1.0.0")
			inner.mustNotHave("2.0.0")
		})
	}
}

// mustRefuseToUnpack: verify may see it already (6), else unpack does (7).
func (box *Box) mustRefuseToUnpack(words ...string) {
	box.t.Helper()
	result := box.Run("deploy", "--version", "2.0.0")
	if result.Status != 6 && result.Status != 7 {
		box.t.Errorf("status %d instead of 6 or 7\n%v", result.Status, result)
	}
	if strings.ContainsRune(result.Stderr, '\x1b') {
		box.t.Errorf("an escape sequence of the archive came through: %q", result.Stderr)
	}
	box.mustSay(result, append(words, "error: ", "try: ", "release 1.0.0 still answers")...)
	box.mustBeAsBefore("1.0.0")
	box.mustNotHave("2.0.0")
}

// describe is release.json for these entries.
func (box *Box) describe(entries []entry) string {
	box.t.Helper()
	type file struct {
		Path   string `json:"path"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
		Mode   string `json:"mode"`
	}
	files := []file{}
	for _, e := range entries {
		if e.unlisted || e.kind != 0 {
			continue
		}
		files = append(files, file{e.name, len(e.content),
			fmt.Sprintf("%x", sha256.Sum256([]byte(e.content))), "0755"})
	}
	text, err := json.Marshal(map[string]any{"schema": "godeploy-release/1", "name": appName,
		"version": "2.0.0", "os": runtime.GOOS, "arch": runtime.GOARCH,
		"created": "2026-11-23T00:00:00.000Z", "files": files})
	if err != nil {
		box.t.Fatal(err)
	}
	return string(text)
}

// publish writes and signs the archive of release 2.0.0; its description comes first.
func (box *Box) publish(format string, entries []entry, description string) {
	box.t.Helper()
	entries = append([]entry{{name: "release.json", content: description, mode: 0o644}}, entries...)
	var content []byte
	if format == "zip" {
		content = zipOf(box.t, entries)
	} else {
		content = tarOf(box.t, entries)
	}
	path := filepath.Join(box.Dir, "releases", appName+"_2.0.0.tar.gz") // the content tells
	writeTo(box.t, path, content, 0o600)
	box.Sign(path)
}

func modeOf(e entry) int64 {
	if e.mode == 0 {
		return 0o755
	}
	return e.mode
}

func tarOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	packed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.link, Mode: modeOf(e),
			Size: int64(len(e.content)), Format: tar.FormatPAX}
		if e.kind == 0 {
			header.Typeflag = tar.TypeReg
		}
		err := archive.WriteHeader(header)
		if err == nil {
			_, err = archive.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	packed.Close() // into memory
	return buffer.Bytes()
}

func zipOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		mode := os.FileMode(modeOf(e) & 0o777)
		if modeOf(e)&0o6000 != 0 {
			mode |= os.ModeSetuid | os.ModeSetgid
		}
		content := e.content
		if e.kind == tar.TypeSymlink {
			mode |= os.ModeSymlink
			content = e.link
		}
		header.SetMode(mode)
		file, err := archive.CreateHeader(header)
		if err == nil {
			_, err = file.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func mustHaveNoEvil(t *testing.T, folder string) {
	t.Helper()
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && strings.Contains(strings.ToLower(info.Name()), "evil") {
			t.Errorf("written: %s", path)
		}
		if os.IsNotExist(err) { // a file of a running program that came and went
			return nil
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
