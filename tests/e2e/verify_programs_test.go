package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"godeploy/box/pe"
)

// fileVerdict is one of `verify FILE... --json`.
type fileVerdict struct {
	File, Kind, Status, Code, Reason, Key, Publisher string
	Time                                             string
	TimeSource                                       string `json:"time_source"`
	ValidUntil                                       string `json:"valid_until"`
	OK                                               bool
}

// verdictsOf runs `verify ARGUMENTS --json`, and expects a verdict for each of the files, in order.
func (box *Box) verdictsOf(status int, files []string, arguments ...string) []fileVerdict {
	box.t.Helper()
	result := box.RunBare(append(append([]string{"verify", "--json"}, arguments...), files...)...)
	var verdicts []fileVerdict
	document := strings.SplitN(result.Stdout, "\n", 2)[0]
	if err := json.Unmarshal([]byte(document), &verdicts); err != nil || result.Status != status ||
		len(verdicts) != len(files) {
		box.t.Fatalf("%v, %d verdicts on %d files, status %d instead of %d\n%v", err, len(verdicts),
			len(files), result.Status, status, result)
	}
	for i, verdict := range verdicts {
		if verdict.File != files[i] {
			box.t.Fatalf("verdict %d is on %s instead of %s", i, verdict.File, files[i])
		}
	}
	return verdicts
}

// Programs by themselves: who signed them, when, until when it counts, and why not.
func TestVerifyPrograms(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	exe := pe.Program(0, []byte("exe"))
	write := func(name string, content []byte) string {
		writeTo(t, filepath.Join(box.Dir, name), content, 0o600)
		return name
	}
	changed := p.good.sign(t, exe)
	changed[600] ^= 0x80
	good := write("good.exe", p.good.sign(t, exe))
	stamped := write("stamped.exe", p.good.sign(t, exe, stampedBy(p.tsa, time.Now())...))
	old := write("old.exe", p.expired.sign(t, exe))
	inTime := write("in-time.exe", p.expired.sign(t, exe, stampedBy(p.tsa, time.Now().Add(-2*year))...))
	foreign := write("foreign.exe", p.foreign.sign(t, exe))
	unknown := write("unknown.exe", p.unknown.sign(t, exe))
	bare := write("bare.exe", exe)
	broken := write("broken.exe", changed)
	text := write("readme.exe", []byte("hello\n"))
	golang := write("service.exe", p.good.sign(t, contentOf(t, servicePath(t, "windows.exe"))))
	ca := []string{"--ca", p.authority.CA}
	for _, c := range []struct {
		file      string
		arguments []string
		ok        bool
		code      string // "" for any
		reason    string
	}{
		{good, nil, true, "ok", "Example Ltd"},
		{golang, nil, true, "ok", "Example Ltd"},
		{stamped, nil, true, "ok", "Example Ltd"},
		{stamped, []string{"--require-timestamp"}, true, "ok", ""},
		{good, []string{"--require-timestamp"}, false, "", "timestamp"},
		{stamped, []string{"--require-timestamp", "--tsa-ca", p.authority.path("Other Root.pem")},
			false, "", "timestamp"},
		{old, nil, false, "expired", "valid until"},
		{inTime, nil, true, "ok", "Old Ltd"},
		{old, []string{"--at", time.Now().Add(-2 * year).UTC().Format(time.RFC3339)}, true, "ok", ""},
		{good, []string{"--at", time.Now().Add(2 * year).UTC().Format(time.RFC3339)}, false,
			"expired", ""},
		{foreign, nil, true, "ok", "Somebody Else"},
		{foreign, []string{"--publisher", "CN=Example Ltd"}, false, "", "Somebody Else"},
		{foreign, []string{"--publisher", "CN=Example Ltd", "--publisher", "CN=Somebody Else"}, true,
			"ok", ""},
		{good, []string{"--publisher", "CN=Example"}, false, "", ""},
		{unknown, nil, false, "root-not-in-bundle", "Other Root"},
		{unknown, []string{"--ca", p.authority.path("Other Root.pem")}, true, "ok", "Unknown Ltd"},
		{bare, nil, false, "unsigned", "no signature"},
		{broken, nil, false, "digest-mismatch", "changed"},
		{text, nil, false, "not-mz", "no Windows program"},
		{"missing.exe", nil, false, "unreadable", "missing.exe"},
		{".", nil, false, "unreadable", "folder"},
	} {
		status := map[bool]int{true: 0, false: 6}[c.ok]
		verdict := box.verdictsOf(status, []string{c.file}, append(ca, c.arguments...)...)[0]
		if verdict.OK != c.ok || (c.code != "" && verdict.Code != c.code) ||
			!strings.Contains(verdict.Reason, c.reason) {
			t.Errorf("%s %v: %+v", c.file, c.arguments, verdict)
		}
	}
	all := []string{good, stamped, old, "missing.exe", unknown, bare}
	verdicts := box.verdictsOf(6, all, ca...)
	if v := verdicts[1]; v.TimeSource != "rfc3161" || v.Time == "" || v.ValidUntil == "" {
		t.Errorf("%+v", v)
	}
	result := box.RunBare(append(append([]string{"verify"}, all...), ca...)...)
	lines := strings.Split(strings.TrimSpace(result.Stdout), "\n")
	if result.Status != 6 || len(lines) != len(all)+1 ||
		!strings.Contains(result.Stderr, "4 of 6 files refused") {
		t.Fatal(result)
	}
	for i, words := range [][]string{{"file", "verdict", "who", "when", "valid until", "why"},
		{good, "good", "Example Ltd"}, {stamped, "good", "(rfc3161)"}, {old, "REFUSED", "(expired)"},
		{"missing.exe", "REFUSED"}, {unknown, "REFUSED", "Other Root"}, {bare, "REFUSED"}} {
		for _, word := range words {
			if !strings.Contains(lines[i], word) {
				t.Errorf("no %q in %q", word, lines[i])
			}
		}
	}
}

// A check that could not be made must never read as one that was.
func TestVerifyRefusesHalfAQuestion(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	if err := os.Remove(box.File); err != nil { // no settings
		t.Fatal(err)
	}
	good := filepath.Join(box.Dir, "good.exe")
	writeTo(t, good, p.good.sign(t, pe.Program(0, []byte("exe"))), 0o600)
	for _, c := range []struct {
		arguments []string
		status    int
		words     []string
	}{
		{[]string{good}, 2, []string{"neither --ca nor --key", "--ca PEM", "--key PEM"}},
		{[]string{good, "--key", box.PublicKey}, 6, []string{"1 of 1 files refused", "--ca PEM"}},
		{[]string{good, "--publisher", "CN=Example Ltd"}, 2, []string{"--publisher needs --ca"}},
		{[]string{good, "--key", box.PublicKey, "--at", "2026-11-23T00:00:00Z"}, 2,
			[]string{"--at needs --ca"}},
		{[]string{good, "--ca", p.authority.CA, "--sig", good + ".sig"}, 2,
			[]string{"--sig needs --key"}},
		{[]string{"--ca", p.authority.CA}, 2, []string{"--ca", "FILE"}},
		{[]string{"--also-windows"}, 2, []string{"--also-windows", "FILE"}},
		{[]string{good, "--ca", p.authority.CA, "--also-windows"}, 2,
			[]string{"--also-windows", "this system does not judge programs of Windows"}},
		{[]string{good, "--ca", "missing.pem"}, 1, []string{"missing.pem"}},
		{[]string{good, "--ca", box.PublicKey}, 6, []string{box.PublicKey}},
		{[]string{good, "--ca", p.authority.CA, "--publisher", "Example Ltd"}, 3,
			[]string{"Example Ltd"}},
	} {
		result := box.RunBare(append([]string{"verify"}, c.arguments...)...)
		if result.Status != c.status {
			t.Errorf("status %d instead of %d\n%v", result.Status, c.status, result)
		}
		box.mustSay(result, c.words...)
	}
}

// A program may have both kinds of signature, and where both are asked for both must be good.
func TestVerifyBothKindsOfSignature(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	good, bare := filepath.Join(box.Dir, "good.exe"), filepath.Join(box.Dir, "bare.exe")
	writeTo(t, good, p.good.sign(t, pe.Program(0, []byte("exe"))), 0o600)
	writeTo(t, bare, pe.Program(0, []byte("exe")), 0o600)
	archive := box.packAndSign("1.0.0")
	both := []string{"--ca", p.authority.CA, "--key", box.PublicKey}

	verdicts := box.verdictsOf(0, []string{archive, good}, both...)
	if verdicts[0].Kind != "signature" || verdicts[0].Key != box.keyID() ||
		verdicts[1].Kind != "authenticode" {
		t.Errorf("%+v", verdicts)
	}
	box.Sign(bare)
	if v := box.verdictsOf(6, []string{bare}, both...)[0]; v.Code != "unsigned" {
		t.Errorf("a signature beside it stood in for the one inside: %+v", v)
	}
	box.verdictsOf(0, []string{bare}, "--key", box.PublicKey)
	writeTo(t, good+".sig", contentOf(t, bare+".sig"), 0o600)
	named := append(both, "--sig", good+".sig")
	if v := box.verdictsOf(6, []string{good}, named...)[0]; v.Kind != "signature" {
		t.Errorf("the one inside stood in for the one that was named: %+v", v)
	}
	box.Sign(good)
	box.verdictsOf(0, []string{good}, named...)
}

// Without --ca and --key the settings say who counts.
func TestVerifyProgramsByTheSettings(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	box.Change(p.demanding("all", "verify.authenticode.publishers", `["CN=Example Ltd"]`)...)
	good, foreign := filepath.Join(box.Dir, "good.exe"), filepath.Join(box.Dir, "foreign.exe")
	writeTo(t, good, p.good.sign(t, pe.Program(0, []byte("exe"))), 0o600)
	writeTo(t, foreign, p.foreign.sign(t, pe.Program(0, []byte("exe"))), 0o600)
	box.verdictsOf(0, []string{good}, "--file", box.File)
	box.verdictsOf(6, []string{foreign}, "--file", box.File)
}

const (
	manyFiles  = 10000
	fewerFiles = 2000     // where a sanitizer makes everything slow, and memory tells nothing
	mostMemory = 32 << 10 // KiB
)

// isInstrumented: a sanitizer multiplies what a program takes.
func isInstrumented(t *testing.T, path string) bool {
	content := contentOf(t, path)
	return bytes.Contains(content, []byte("__asan_init")) || bytes.Contains(content, []byte("__tsan_init"))
}

// Ten thousand files in one call: every one gets its line, in order, in little memory.
func TestVerifyTenThousandFiles(t *testing.T) {
	box := newBox(t)
	p := newPeople(t, box.Dir)
	signed := filepath.Join(box.Dir, "signed.exe")
	bare := filepath.Join(box.Dir, "bare.exe")
	writeTo(t, signed, p.good.sign(t, pe.Program(0, []byte("exe"))), 0o600)
	writeTo(t, bare, pe.Program(0, []byte("exe")), 0o600)
	box.mkdir(filepath.Join(box.Dir, "f"))
	arguments := []string{"-f", "peak %M KiB", programPath(t, "godeploy"), "verify", "--ca", p.authority.CA}
	verdicts := map[bool]string{true: "good", false: "REFUSED"}
	instrumented := isInstrumented(t, programPath(t, "godeploy"))
	files := make([]string, map[bool]int{false: manyFiles, true: fewerFiles}[instrumented])
	for i := range files {
		files[i] = fmt.Sprintf("f/%05d.exe", i)
		of := signed
		if i%1000 == 999 {
			of = bare
		}
		if err := os.Link(of, filepath.Join(box.Dir, files[i])); err != nil {
			t.Fatal(err)
		}
	}
	// time, because a process inherits the peak of whoever starts it, and this one is larger.
	result := box.prepare("/usr/bin/time", append(arguments, files...)).begin().Wait()
	lines := strings.Split(strings.TrimSpace(result.Stdout), "\n")
	if result.Status != 6 || len(lines) != len(files)+1 ||
		!strings.Contains(result.Stderr, fmt.Sprintf("%d of %d files refused", len(files)/1000, len(files))) {
		t.Fatalf("status %d, %d lines\n%s", result.Status, len(lines), result.Stderr)
	}
	for i, line := range lines[1:] {
		words := strings.Fields(line)
		if words[0] != files[i] || words[1] != verdicts[i%1000 != 999] {
			t.Fatalf("line %d: %s", i, line)
		}
	}
	peak := 0
	_, after, _ := strings.Cut(result.Stderr, "peak ")
	if _, err := fmt.Sscanf(after, "%d KiB", &peak); err != nil {
		t.Fatalf("%v\n%s", err, result.Stderr)
	}
	t.Logf("%d KiB at most, %v", peak, result.Took)
	if peak >= mostMemory && !instrumented {
		t.Errorf("%d KiB of memory, more than %d", peak, mostMemory)
	}
}
