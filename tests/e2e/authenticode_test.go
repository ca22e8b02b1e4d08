package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"godeploy/box/pe"
)

// people is who signs in these tests.
type people struct {
	authority                       *Authority
	good, foreign, expired, unknown Signer
	tsa                             Signer
}

func newPeople(t *testing.T, dir string) *people {
	t.Helper()
	authority := newAuthority(t, dir, "Test Root")
	return &people{authority: authority,
		good:    authority.Present("Example Ltd"),
		foreign: authority.Present("Somebody Else"),
		expired: authority.Signer("Old Ltd", time.Now().Add(-3*year), time.Now().Add(-year)),
		unknown: newAuthority(t, dir, "Other Root").Present("Unknown Ltd"),
		tsa:     authority.TSA("Test TSA")}
}

// demanding are the settings that ask for signatures.
func (p *people) demanding(require string, more ...string) []string {
	return append([]string{"verify.authenticode.require", require,
		"verify.authenticode.ca", "[\"" + p.authority.CA + "\"]"}, more...)
}

// packWith packs and signs a release of these files, and a service that never starts where none of
// them is one.
func (box *Box) packWith(version string, files map[string][]byte) string {
	box.t.Helper()
	payload := filepath.Join(box.Dir, "payload-"+version)
	if err := os.RemoveAll(payload); err != nil {
		box.t.Fatal(err)
	}
	box.mkdir(filepath.Join(box.Dir, "releases"))
	box.mkdir(payload)
	writeTo(box.t, filepath.Join(payload, "service"), []byte("#!/bin/sh\nexit 7\n"), 0o755)
	for name, content := range files {
		path := filepath.Join(payload, name)
		box.mkdir(filepath.Dir(path))
		writeTo(box.t, path, content, 0o755)
	}
	archive := filepath.Join(box.Dir, "releases", appName+"_"+version+".tar.gz")
	box.mustBare("pack", payload, "-o", archive, "--name", appName, "--version", version)
	box.Sign(archive)
	return archive
}

// withService are these files and the service of release 2.0.0.
func withService(t *testing.T, files map[string][]byte) map[string][]byte {
	files["service"] = contentOf(t, servicePath(t, "2.0.0"))
	return files
}

// What the settings demand of the programs in an archive is held against their content, before
// anything is unpacked.
func TestAuthenticodeRefuses(t *testing.T) {
	box := withServing(t)
	p := newPeople(t, box.Dir)
	exe, dll := pe.Program(0, []byte("exe")), pe.Program(pe.DLL, []byte("dll"))
	signed, library := p.good.sign(t, exe), p.good.sign(t, dll)
	changed := append([]byte{}, signed...)
	changed[700] ^= 1
	for _, c := range []struct {
		name    string
		changes []string
		files   map[string][]byte
		words   []string
	}{
		{"an unsigned DLL among signed ones", p.demanding("all"),
			map[string][]byte{"bin/shop.exe": signed, "lib/a.dll": library, "lib/util.dll": dll},
			[]string{"lib/util.dll", "no signature", "(unsigned)"}},
		{"a program under another name", p.demanding("all"),
			map[string][]byte{"shop.exe": signed, "data/native.node": dll},
			[]string{"data/native.node", "(unsigned)"}},
		{"text that calls itself a program", p.demanding("all"),
			map[string][]byte{"shop.exe": signed, "tool.exe": []byte("echo hello\n")},
			[]string{"tool.exe", "its content is none"}},
		{"no program where all must be signed", p.demanding("all"), nil,
			[]string{"none of its 2 files", "verify.authenticode.require is all", "none."}},
		{"an unsigned executable", p.demanding("executables"),
			map[string][]byte{"bin/shop.exe": signed, "bin/tool": exe}, []string{"bin/tool"}},
		{"a listed file that is missing", p.demanding("listed", "verify.authenticode.files",
			"[bin/shop.exe, bin/Tool.exe]"),
			map[string][]byte{"bin/shop.exe": signed, "bin/tool.exe": signed},
			[]string{"lists bin/Tool.exe", "no file of that name"}},
		{"two of three", p.demanding("listed", "verify.authenticode.files", `["bin/*"]`),
			map[string][]byte{"bin/a.exe": signed, "bin/b.exe": exe, "bin/c.exe": exe},
			[]string{"bin/b.exe", "and 1 other of the 3"}},
		{"another publisher", p.demanding("all", "verify.authenticode.publishers",
			`["CN=Example Ltd, O=Example Ltd"]`),
			map[string][]byte{"shop.exe": p.foreign.sign(t, exe)},
			[]string{"shop.exe", "Somebody Else"}},
		{"changed after it was signed", p.demanding("all"), map[string][]byte{"shop.exe": changed},
			[]string{"shop.exe", "changed after it was signed"}},
		{"an authority that nobody named", p.demanding("all"),
			map[string][]byte{"shop.exe": p.unknown.sign(t, exe)},
			[]string{"shop.exe", "Other Root", "root-not-in-bundle"}},
		{"expired, and no timestamp", p.demanding("all"),
			map[string][]byte{"shop.exe": p.expired.sign(t, exe)}, []string{"shop.exe", "expired"}},
		{"no timestamp where one is demanded", p.demanding("all",
			"verify.authenticode.require_timestamp", "true"),
			map[string][]byte{"shop.exe": signed}, []string{"shop.exe", "timestamp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			refused := contentOf(t, inner.packWith("2.0.0", c.files))
			result := inner.mustFailDeploying(6, "2.0.0",
				append(c.words, "verifying", "quarantine")...)
			if strings.Contains(result.Stderr, "unpack: started") {
				t.Errorf("it was unpacked\n%v", result)
			}
			if string(contentOf(t, box.AppDir("quarantine", "archive"))) != string(refused) {
				t.Error("the quarantine does not hold the refused archive")
			}
			inner.mustNotHave("2.0.0")
		})
	}
}

// What meets the demand is deployed, whichever kind of archive it comes in.
func TestAuthenticodeAccepts(t *testing.T) {
	box := withServing(t)
	p := newPeople(t, box.Dir)
	exe, dll := pe.Program(0, []byte("exe")), pe.Program(pe.DLL, []byte("dll"))
	signed := p.good.sign(t, exe, stampedBy(p.tsa, time.Now())...)
	library := p.good.sign(t, dll, "-ph") // page hashes: read a second time
	old := p.expired.sign(t, exe, stampedBy(p.tsa, time.Now().Add(-2*year))...)
	for _, c := range []struct {
		name    string
		ending  string
		changes []string
		files   map[string][]byte
		words   []string
	}{
		{"all, in a tar.gz", ".tar.gz", p.demanding("all", "verify.authenticode.publishers",
			`["CN=Example Ltd"]`),
			map[string][]byte{"shop.exe": signed, "lib/a.dll": library},
			[]string{"2 programs signed by Example Ltd"}},
		{"all, in a zip", ".zip", p.demanding("all"),
			map[string][]byte{"shop.exe": signed, "lib/a.dll": library},
			[]string{"2 programs signed by Example Ltd"}},
		{"all, in a tar.zst", ".tar.zst", p.demanding("all"),
			map[string][]byte{"shop.exe": signed, "lib/a.dll": library},
			[]string{"2 programs signed by Example Ltd"}},
		{"executables, with an unsigned DLL", ".tar.gz", p.demanding("executables"),
			map[string][]byte{"shop.exe": signed, "lib/util.dll": dll},
			[]string{"1 program signed by Example Ltd"}},
		{"listed, with others unsigned", ".tar.gz", p.demanding("listed",
			"verify.authenticode.files", "[shop.exe]"),
			map[string][]byte{"shop.exe": signed, "tool.exe": exe},
			[]string{"1 program signed by Example Ltd"}},
		{"expired, but signed in time", ".tar.gz", p.demanding("all",
			"verify.authenticode.require_timestamp", "true"),
			map[string][]byte{"shop.exe": old}, []string{"1 program signed by Old Ltd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			archive := inner.packWith("2.0.0", c.files)
			if c.ending != ".tar.gz" {
				archive = filepath.Join(box.Dir, "shop"+c.ending)
				inner.mustBare("pack", filepath.Join(box.Dir, "payload-2.0.0"), "-o", archive,
					"--name", appName, "--version", "2.0.0")
				inner.Sign(archive)
			}
			arguments := []string{"--version", "2.0.0", "--release", archive}
			inner.Must(append([]string{"fetch"}, arguments...)...)
			result := inner.Must(append([]string{"verify"}, arguments...)...)
			inner.mustSay(result, c.words...)
			inner.Must("unpack")
			for name, content := range c.files {
				if string(contentOf(t, box.AppDir("releases", "2.0.0", name))) != string(content) {
					t.Errorf("%s was not unpacked as it was packed", name)
				}
			}
			inner.Must("abort")
		})
	}
	box.Change(p.demanding("all")...)
	box.packWith("2.0.0", withService(t, map[string][]byte{"shop.exe": signed}))
	box.mustDeploy("2.0.0")
	box.Must("rollback")
	box.mustBeAsBefore("1.0.0") // it came when nobody asked for signatures; a way back is one
}

// verdictRecord is what the journal and --json say of one program.
type verdictRecord struct {
	Path, Status, Code, Reason, Signer, Publisher, Digest, Time string
	TimeSource                                                  string `json:"time_source"`
	OK, Demanded                                                bool
	Chain                                                       []string
}

type verifyDetail struct {
	Authenticode *struct {
		OK       bool
		Require  string
		Verdicts []verdictRecord
	}
}

// One verdict for each program: in the events, in the journal, and for people.
func TestAuthenticodeVerdictsAreKept(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	box.Change(p.demanding("all")...)
	stamped := p.good.sign(t, pe.Program(0, []byte("exe")), stampedBy(p.tsa, time.Now())...)
	box.packWith("2.0.0", map[string][]byte{"bin/shop.exe": stamped,
		"lib/a.dll": p.unknown.sign(t, pe.Program(pe.DLL, []byte("dll")))})

	check := func(from string, detail verifyDetail) {
		t.Helper()
		if detail.Authenticode == nil || detail.Authenticode.OK ||
			detail.Authenticode.Require != "all" || len(detail.Authenticode.Verdicts) != 2 {
			t.Fatalf("%s: %+v", from, detail.Authenticode)
		}
		good, bad := detail.Authenticode.Verdicts[0], detail.Authenticode.Verdicts[1]
		if good.Path != "bin/shop.exe" || !good.OK || good.Status != "valid" || good.Code != "ok" ||
			good.Publisher != "Example Ltd" || !strings.Contains(good.Signer, "CN=Example Ltd") ||
			len(good.Digest) != 64 || good.TimeSource != "rfc3161" || good.Time == "" ||
			fmt.Sprint(good.Chain) != "[Example Ltd Test Root]" || !good.Demanded {
			t.Errorf("%s: %+v", from, good)
		}
		if bad.Path != "lib/a.dll" || bad.OK || bad.Status != "invalid" ||
			bad.Code != "root-not-in-bundle" || !strings.Contains(bad.Reason, "Other Root") ||
			bad.Publisher != "Unknown Ltd" {
			t.Errorf("%s: %+v", from, bad)
		}
	}
	result := box.MustExit(6, "deploy", "--version", "2.0.0", "--json")
	events := 0
	for _, line := range strings.Split(strings.TrimSpace(result.Stdout), "\n") {
		var event struct {
			Event, Stage string
			Detail       verifyDetail
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if event.Event == "stage_failed" && event.Stage == "verify" {
			check("event", event.Detail)
			events++
		}
	}
	if events != 1 {
		t.Errorf("%d events that verify failed\n%v", events, result)
	}
	var shown struct {
		Steps []struct {
			Stage  string
			Detail verifyDetail
		}
	}
	if err := json.Unmarshal([]byte(box.Must("show", "--json").Stdout), &shown); err != nil {
		t.Fatal(err)
	}
	for _, step := range shown.Steps {
		if step.Stage == "verify" {
			check("journal", step.Detail)
		}
	}
	table := box.Must("show").Stdout
	for _, word := range []string{"bin/shop.exe", "good", "Example Ltd", "(rfc3161)", "lib/a.dll",
		"REFUSED", "Unknown Ltd", "Other Root"} {
		if !strings.Contains(table, word) {
			t.Errorf("no %q in\n%s", word, table)
		}
	}
	plan := box.Must("plan", "--version", "2.0.0").Stdout
	if !strings.Contains(plan, "Authenticode: all, signed by anybody the authorities vouch for") {
		t.Errorf("the plan does not tell\n%s", plan)
	}
}

// Between two stages somebody puts another archive in the place of the one that was judged, signed
// with the same key: nothing of it is unpacked.
func TestAuthenticodeArchiveSwappedAfterVerify(t *testing.T) {
	box := withServing(t)
	p := newPeople(t, box.Dir)
	box.Change(p.demanding("all")...)
	good := p.good.sign(t, pe.Program(0, []byte("good")))
	box.packWith("2.0.0", map[string][]byte{"shop.exe": good})
	box.Must("fetch", "--version", "2.0.0")
	box.Must("verify", "--version", "2.0.0")

	other := box.packWith("2.0.0", map[string][]byte{"shop.exe": pe.Program(0, []byte("evil"))})
	places, err := filepath.Glob(box.AppDir("incoming", "*", "archive"))
	if err != nil || len(places) != 1 {
		t.Fatal(places, err)
	}
	writeTo(t, places[0], contentOf(t, other), 0o600)
	box.mustRefuse(6, []string{"unpack", "--version", "2.0.0"},
		"the archive has changed since it was verified", "release 1.0.0 still answers")
	box.mustNotHave("2.0.0")
	box.mustBeAsBefore("1.0.0")
}

// A release that came when nobody asked for signatures is held to today's demand when it is deployed
// again.
func TestAuthenticodeOfAReleaseThatIsHere(t *testing.T) {
	box := withServing(t)
	p := newPeople(t, box.Dir)
	box.packWith("2.0.0", withService(t, map[string][]byte{"shop.exe": pe.Program(0, []byte("exe"))}))
	box.mustDeploy("2.0.0")
	box.Must("rollback")
	box.Change(p.demanding("all")...)
	box.mustFailDeploying(6, "2.0.0", "shop.exe", "no signature", "release 2.0.0")
	box.Change("verify.authenticode.require", "none", "verify.authenticode.ca", "[]")
}

// Settings that cannot be met are told before anything is fetched.
func TestAuthenticodePlanNamesWhatIsMissing(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	box.Release("1.0.0", "1.0.0")
	for _, c := range []struct {
		changes []string
		words   []string
	}{
		{[]string{"verify.authenticode.ca", "[missing.pem]"}, []string{"missing.pem"}},
		{[]string{"verify.authenticode.publishers", `["spki:12"]`}, []string{"spki:12"}},
		{[]string{"verify.authenticode.crl", "[" + box.PublicKey + "]"}, []string{box.PublicKey}},
	} {
		inner := box.with(t, append(p.demanding("all"), c.changes...)...)
		result := inner.MustExit(13, "plan", "--version", "1.0.0")
		for _, word := range c.words {
			if !strings.Contains(result.Stdout, word) {
				t.Errorf("no %q in\n%v", word, result)
			}
		}
	}
}
