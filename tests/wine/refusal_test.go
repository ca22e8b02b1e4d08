package wine

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// publish makes an archive of release 2.0.0 with an entry of that name, and signs it: who builds it
// was fooled.
func (app *App) publish(entry string) {
	app.t.Helper()
	const content = "evil"
	type file struct {
		Path   string `json:"path"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
		Mode   string `json:"mode"`
	}
	description, err := json.Marshal(map[string]any{"schema": "godeploy-release/1", "name": appName,
		"version": "2.0.0", "os": "windows", "arch": "amd64", "created": "2026-11-23T00:00:00.000Z",
		"files": []file{{"service.exe", len(content), fmt.Sprintf("%x", sha256.Sum256([]byte(content))), "0755"}}})
	if err != nil {
		app.t.Fatal(err)
	}
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, part := range []struct{ name, content string }{{"release.json", string(description)},
		{"service.exe", content}, {entry, content}} {
		writer, err := archive.Create(part.name)
		if err == nil {
			_, err = writer.Write([]byte(part.content))
		}
		if err != nil {
			app.t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		app.t.Fatal(err)
	}
	app.write("releases/shop_2.0.0.zip", buffer.String())
	app.sign("2.0.0", "release")
}

func (app *App) sign(version, key string) {
	app.t.Helper()
	archive := app.file("releases/" + appName + "_" + version + ".zip")
	os.Remove(archive + ".sig") // there may be none yet
	app.must("sign", path(archive), "--key", path(app.file("keys/"+key+".key")))
}

// By these names Windows would write elsewhere than into the folder of the release; tests/verify has more.
var evilNames = []string{`..\evil.txt`, `C:\evil.txt`, `\\server\share\evil.txt`, `/evil.txt`, "evil.txt:stream", "lib/COM1", "evil.txt."}

// mustHaveNoEvil looks into all of the host, but for what nobody may have: the archive itself.
func (app *App) mustHaveNoEvil() {
	app.t.Helper()
	for _, folder := range []string{app.file("root"), filepath.Join(app.Host.prefix, "drive_c")} {
		for _, pattern := range []string{"evil*", "*/evil*", "*/*/evil*", "*/*/*/evil*", "shop/releases/*/lib"} {
			found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are well-formed
			if len(found) > 0 {
				app.t.Fatalf("written: %v", found)
			}
		}
	}
}

// What came is not what was promised: 1.0.0 serves on, and nothing of it is written where it could harm.
func TestWindowsBadReleasesAreRefused(t *testing.T) {
	app := deployed(t)
	crowd := app.startCrowd()
	deploy := app.of("deploy", "--version", "2.0.0")
	refuse := func(status int, what string, words ...string) {
		t.Helper()
		result := app.run(deploy...)
		if result.Status != status {
			t.Fatalf("%s: not exit status %d\n%v", what, status, result)
		}
		result.mustSay(t, append(words, "1.0.0")...)
		app.mustHaveNoEvil()
	}
	good, err := os.ReadFile(app.file("releases/shop_2.0.0.zip"))
	if err != nil {
		t.Fatal(err)
	}

	app.write("releases/shop_2.0.0.zip", string(good[:len(good)/2]))
	refuse(6, "an archive cut short", "signature")
	app.sign("2.0.0", "release")
	refuse(6, "an archive cut short, and signed")
	app.write("releases/shop_2.0.0.zip", string(good))
	app.must("keygen", "-o", path(app.file("keys/foreign")))
	app.sign("2.0.0", "foreign")
	refuse(6, "a foreign key", "key")
	os.Remove(app.file("releases/shop_2.0.0.zip.sig"))
	refuse(6, "no signature", "no signature")
	for _, name := range evilNames {
		app.publish(name)
		refuse(7, fmt.Sprintf("%q", name), strings.TrimRight(name, "."))
	}
	app.must("pack", path(app.file("payload-2.0.0")), "-o", path(app.file("releases/shop_2.0.0.zip")), "--name", appName,
		"--version", "2.0.0", "--os", "linux")
	app.sign("2.0.0", "release")
	refuse(6, "a release for Linux", "linux", "windows")

	crowd.mustLoseNothing()
	app.mustBeWell("1.0.0")
}

// Settings that Windows cannot have are refused before anything is done, and named.
func TestWindowsSettingsThatAreWrongAreRefused(t *testing.T) {
	app := newApp(t)
	good, err := os.ReadFile(app.file("godeploy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	root := "root: '" + path(app.file("root")) + "'"
	for _, wrong := range []struct {
		from, to string
		words    []string
	}{
		{"runner: supervise", "runner: systemd", []string{"service.runner", "systemd"}},
		{"engine: embedded", "engine: nftables", []string{"traffic.engine", "nftables"}},
		{"traffic:", "trafic:", []string{"did you mean 'traffic"}},
		{root, `root: "C:\shop"`, []string{"godeploy.yaml"}}, // \s is no escape of YAML
		{root, `root: 'C:\shop\aux'`, []string{"aux"}},
		{root, `root: 'C:\shop.'`, []string{`shop.`}},
		{"app: shop", "app: con", []string{"con"}},
		{"app: shop", "app: sh\u00f6p\x01", []string{"godeploy.yaml"}},
	} {
		app.write("godeploy.yaml", string(good))
		app.change(wrong.from, wrong.to)
		app.mustEnd(3, app.of("deploy", "--version", "1.0.0")...).mustSay(t, wrong.words...)
	}
	left, err := os.ReadDir(app.file("root"))
	if err != nil || len(left) > 0 {
		t.Errorf("made: %v %v", left, err)
	}
	app.mustEnd(3, "status", "--file", `Z:\nowhere\godeploy.yaml`).mustSay(t, `nowhere`, "godeploy init")
}
