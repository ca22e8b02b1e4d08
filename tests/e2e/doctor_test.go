package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Diagnosis is the document of `doctor --json`.
type Diagnosis struct {
	App                       *string
	Problems, Warnings, Notes int
	Findings                  []struct{ Check, Level, Code, Text string }
}

// Doctor runs `doctor --json` to this exit status.
func (box *Box) Doctor(status int) Diagnosis {
	box.t.Helper()
	var diagnosis Diagnosis
	box.MustExit(status, "doctor", "--json").document(box.t, &diagnosis)
	return diagnosis
}

// mustFind looks for a finding whose text matches.
func (diagnosis Diagnosis) mustFind(t *testing.T, code, text string) {
	t.Helper()
	for _, finding := range diagnosis.Findings {
		if finding.Code == code && regexp.MustCompile(text).MatchString(finding.Text) {
			return
		}
	}
	t.Errorf("%s with %q is not among %+v", code, text, diagnosis.Findings)
}

// ill are the codes of what is no mere note, but for what this host is like: which ports it lends, and
// how many files it lets a process open.
func (diagnosis Diagnosis) ill() string {
	var codes []string
	for _, finding := range diagnosis.Findings {
		if (finding.Level == "problem" || finding.Level == "warning") &&
			finding.Code != "port-lent" && finding.Code != "open-files-few" {
			codes = append(codes, finding.Code)
		}
	}
	return strings.Join(codes, " ")
}

// tree is every name below the root, with the size of what is no database in use.
func (box *Box) tree() string {
	box.t.Helper()
	var tree strings.Builder
	err := filepath.Walk(box.Root, func(path string, info os.FileInfo, err error) error {
		if err == nil && !strings.Contains(path, "journal.db-") && !strings.HasSuffix(path, ".log") {
			fmt.Fprintf(&tree, "%s %v %d\n", path, info.Mode(), info.Size())
		}
		return err
	})
	if err != nil {
		box.t.Fatal(err)
	}
	return tree.String()
}

func TestDoctorFindsNothingWhereAllIsWell(t *testing.T) {
	small := []string{"release.max_size", "64MiB", "release.max_entries", "1000"} // whatever is free here
	fresh := newBox(t, small...)
	fresh.mkdir(filepath.Join(fresh.Dir, "releases"))
	if ill := fresh.Doctor(0).ill(); ill != "" {
		t.Errorf("before the first deployment: %s", ill)
	}
	if _, err := os.Stat(fresh.Root); !os.IsNotExist(err) {
		t.Errorf("the doctor made %s: %v", fresh.Root, err)
	}
	box := deployed(t, []string{"1.0.0"}, small...)
	before := box.tree()
	diagnosis := box.Doctor(0)
	if diagnosis.ill() != "" || diagnosis.Problems != 0 || *diagnosis.App != appName {
		t.Errorf("%+v", diagnosis)
	}
	people := box.Must("doctor").mustSay(t, "release 1.0.0 serves", "embedded routes to slot blue")
	for _, line := range strings.Split(people.Stdout, "\n") {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
	if after := box.tree(); after != before {
		t.Errorf("it was\n%s and is\n%s", before, after)
	}
	box.MustServe("1.0.0")
}

// What is ill is found, told with who and where, and mended as the doctor says.
func TestDoctorFindsWhatIsIll(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "release.max_size", "64MiB", "release.max_entries", "1000")
	box.MayLeave = true
	t.Run("somebody listens on the side port", func(t *testing.T) {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", box.SlotPorts[1]))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		box.with(t).Doctor(16).mustFind(t, "side-port-taken",
			fmt.Sprintf(`%d of slot green is taken by process %d \(e2e.test\)`, box.SlotPorts[1], os.Getpid()))
	})
	t.Run("a program of the release was left behind", func(t *testing.T) {
		stray := exec.Command(box.AppDir("releases", "1.0.0", "service"), "--listen", "127.0.0.1:0")
		if err := stray.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { stray.Process.Kill(); stray.Wait() }()
		box.with(t).Doctor(0).mustFind(t, "process-stray",
			fmt.Sprintf(`process %d \(service\)`, stray.Process.Pid))
	})
	t.Run("the clients' limit is above that of open files", func(t *testing.T) {
		inner := box.with(t, "traffic.limits.connections", "100000")
		for _, proxy := range box.Programs("godeploy-proxy") {
			output, err := exec.Command("prlimit", "--pid", fmt.Sprint(proxy.PID), "--nofile=4000").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
		}
		inner.Doctor(0).mustFind(t, "open-files-few", "may open 4000 files; 100000 clients")
	})
	t.Run("the file of a key is another user's", func(t *testing.T) {
		if err := os.Chown(box.PublicKey, 4711, -1); err != nil {
			t.Skipf("giving a file away: %v (it needs root)", err)
		}
		defer os.Chown(box.PublicKey, 0, -1)
		box.with(t).Doctor(0).mustFind(t, "strange-hands", "release.pem: it belongs to user 4711")
	})
	t.Run("the supervisor was killed", func(t *testing.T) {
		inner := box.with(t)
		box.KillNow(box.Programs("godeploy-supervise")[0].PID)
		inner.Doctor(13).mustFind(t, "instance-unsupervised", "1.0.0 in slot blue")
		inner.Must("deploy", "--resume")
		if ill := inner.Doctor(0).ill(); ill != "" {
			t.Errorf("still ill: %s", ill)
		}
	})
	t.Run("the journal is damaged", func(t *testing.T) {
		journal := box.AppDir("journal.db")
		content := contentOf(t, journal)
		copy(content, make([]byte, 64))
		writeTo(t, journal, content, 0o600)
		box.with(t).Doctor(16).mustFind(t, "journal-unreadable", "journal.db: reading: file is not a database")
	})
	t.Run("the settings are wrong", func(t *testing.T) {
		inner := box.with(t, "traffic.slots", "[1]")
		inner.Doctor(16).mustFind(t, "settings-refused", "traffic.slots")
		inner.MustExit(16, "doctor").mustSay(t, "checks could not be made")
	})
}

// A key that no tool of today makes is allowed, and told: when it counted, afterwards, and beforehand.
func TestDoctorAndVerifyTellOfAWeakKey(t *testing.T) {
	box := newBox(t, quick...)
	private, public := filepath.Join(box.Dir, "weak.key"), filepath.Join(box.Dir, "weak.pem")
	archive := box.Pack("1.0.0", "1.0.0")
	for _, words := range [][]string{
		{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
			"rsa_keygen_pubexp:3", "-out", private},
		{"pkey", "-in", private, "-pubout", "-out", public},
		{"dgst", "-sha256", "-sign", private, "-out", archive + ".sig", archive},
	} {
		if output, err := exec.Command("openssl", words...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", words, err, output)
		}
	}
	box.Change("verify.rsa.keys", "["+public+"]")
	diagnosis := box.Doctor(0)
	diagnosis.mustFind(t, "key-weak", "weak.pem.*exponent is below 65537")
	diagnosis.mustFind(t, "key-short", "2048 bits")
	const told = "which signed it, is weak: its public exponent is below 65537"
	box.Must("deploy", "--version", "1.0.0").mustSay(t, told)
	box.Must("show").mustSay(t, told)
}

// Who may write where decides who deploys: asked as another user, not as root, who may everything.
func TestDoctorTellsWhatThisUserMayNot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("taking on another user needs root")
	}
	box := deployed(t, []string{"1.0.0"})
	program := filepath.Join(box.Dir, "godeploy") // where everybody may run it
	box.copyProgram(programPath(t, "godeploy"), program)
	for _, path := range []string{box.Dir, program, filepath.Join(box.Dir, "keys"), filepath.Join(box.Dir, "releases"),
		box.File, box.PublicKey} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	result := box.prepare("setpriv", []string{"--reuid=65534", "--regid=65534", "--clear-groups",
		program, "doctor", "--json", "--file", box.File}).begin().mustEnd(16)
	var diagnosis Diagnosis
	result.document(t, &diagnosis)
	diagnosis.mustFind(t, "root-not-writable", "may not write to "+box.Root)
	if err := os.Chmod(box.File, 0o666); err != nil {
		t.Fatal(err)
	}
	box.Doctor(0).mustFind(t, "strange-hands", "godeploy.yaml: anybody may write it")
}

// The server is met, and its certificate looked at, without anything being asked for.
func TestDoctorMeetsTheSource(t *testing.T) {
	box := newBox(t)
	box.Environment = []string{"no_proxy=127.0.0.1,localhost"}
	authority := newAuthority(t, box.Dir, "Releases")
	for _, c := range []struct {
		name       string
		until      time.Duration
		trusted    bool
		status     int
		code, text string
	}{
		{"a good certificate", year, true, 0, "well", "answers, and its certificate is good"},
		{"one that ends soon", 10 * 24 * time.Hour, true, 0, "source-certificate-ends", "ends on 2"},
		{"one that has ended", -time.Hour, true, 16, "source-not-trusted", "certificate has expired"},
		{"one of an unknown authority", year, false, 16, "source-not-trusted", "certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &HostileServer{box: box}
			server.Server = httptest.NewUnstartedServer(server)
			server.TLS = authority.server("localhost", time.Now().Add(c.until))
			server.StartTLS()
			defer server.Close()
			inner := box.with(t, "release.source", fmt.Sprintf(`"%s/{version}.zip?token=very-secret"`,
				strings.Replace(server.URL, "127.0.0.1", "localhost", 1)))
			if c.trusted {
				inner.Change("release.ca", authority.CA)
			}
			diagnosis := inner.Doctor(c.status)
			diagnosis.mustFind(t, c.code, c.text)
			if len(server.asked) != 0 || strings.Contains(fmt.Sprint(diagnosis), "very-secret") {
				t.Errorf("asked %d times, %+v", len(server.asked), diagnosis)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		inner := box.with(t, "release.source", fmt.Sprintf(`"http://127.0.0.1:%d/{version}.zip"`, freePort(t)))
		inner.Doctor(16).mustFind(t, "source-not-reached", "127.0.0.1.*refused")
	})
	t.Run("a name that leads nowhere", func(t *testing.T) {
		name := strings.Repeat("a", 64) + ".invalid" // RFC 1035: 63 at most, so that no server is asked
		inner := box.with(t, "release.source", `"https://`+name+`/{version}.zip"`)
		inner.Doctor(16).mustFind(t, "source-unknown-host", name)
	})
}

// server is what a TLS server of that name needs.
func (authority *Authority) server(name string, until time.Time) *tls.Config {
	authority.t.Helper()
	certificate, key := authority.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: time.Now().Add(-year), NotAfter: until,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, authority.cert, authority.key)
	return &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{certificate.Raw}, PrivateKey: key}}}
}

// Which ports the system lends to outgoing connections is the network namespace's own.
func TestDoctorKnowsWhichPortsAreLent(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	for name, value := range map[string]string{"ip_local_port_range": "20000 20999",
		"ip_local_reserved_ports": "20001,20010-20020"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0o644); err != nil {
			t.Skipf("this container does not let ports be reserved: %v", err)
		}
	}
	box := newBox(t, "traffic.listen", `["127.0.0.1:20015"]`)
	box.mkdir(filepath.Join(box.Dir, "releases"))
	for _, c := range []struct {
		slots string
		lent  string // the ports that are told
	}{
		{"[19999, 21000]", ""},
		{"[20001, 20010]", ""}, // reserved
		{"[20000, 20002]", "20000 20002"},
		{"[20020, 20021]", "20021"},
	} {
		box.Change("traffic.slots", c.slots)
		var lent []string
		for _, finding := range box.Doctor(0).Findings {
			if finding.Code == "port-lent" {
				lent = append(lent, strings.Fields(finding.Text)[1])
			}
		}
		if strings.Join(lent, " ") != c.lent {
			t.Errorf("slots %s: %q are told, expected %q", c.slots, lent, c.lent)
		}
	}
}

func TestPlanTellsWhetherAnythingWouldChange(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	box.Release("2.0.0", "2.0.0")
	box.Change("hooks.before_flip", `[["/opt/smoke-test", "{url}"]]`)
	var plan struct {
		WouldChange bool  `json:"would_change"`
		Needed      int64 `json:"needed_bytes"`
		Free        int64 `json:"free_bytes"`
		Hooks       map[string][][]string
	}
	box.MustExit(17, "plan", "--exit-code", "--version", "2.0.0", "--json").document(t, &plan)
	if !plan.WouldChange || plan.Needed < 1<<20 || plan.Free < plan.Needed ||
		fmt.Sprint(plan.Hooks["before_flip"]) != "[[/opt/smoke-test {url}]]" {
		t.Errorf("%+v", plan)
	}
	box.Must("plan", "--exit-code", "--version", "1.0.0").mustSay(t, "nothing would change",
		"hook before_flip: /opt/smoke-test {url}", "disk: about", "blue-green")
	box.Must("plan", "--version", "2.0.0")                   // without the option only obstacles are told
	box.MustExit(13, "plan", "--exit-code").mustSay(t, "! ") // the source needs a version
	// What the deployment itself would refuse.
	box.MustExit(13, "plan", "--version", "3.0.0").mustSay(t, "shop_3.0.0.tar.gz does not exist")
	box.MustExit(13, "plan", "--version", "0.9.0").mustSay(t, "release 0.9.0 is older than 1.0.0")
	box.MustExit(13, "plan", "--version", "../1.0.0").mustSay(t, `! version "../1.0.0"`,
		"A version is a name such as 2.4.0")
	box.Release("0.9.0", "1.0.0")
	box.Must("plan", "--version", "0.9.0", "--allow-downgrade")
	box.Must("plan", "--version", "1.0.0").mustSay(t, "nothing: it is on this host")

	// What stops a deployment is an obstacle; that nobody would be told of it is none.
	box.Change("release.headers", `["Authorization: Bearer {env:GODEPLOY_TEST_NOBODY}"]`)
	box.MustExit(13, "plan", "--version", "2.0.0").mustSay(t,
		"! release.headers takes {env:GODEPLOY_TEST_NOBODY}, and GODEPLOY_TEST_NOBODY is not set here")
	box.Change("release.headers", `[]`, "notify.webhook.url", `"{env:GODEPLOY_TEST_NOBODY}"`,
		"report.textfile", "/nowhere/metrics")
	box.Must("plan", "--version", "2.0.0").mustSay(t, "warning: notify.webhook.url takes",
		"warning: report.textfile: /nowhere/metrics is no folder")
}
