package wine

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"godeploy/box/pe"
)

// publisher is somebody who signs programs, by osslsigncode, and the root that vouches for him.
type publisher struct {
	app         *App
	name        string
	root, chain string // PEM files
	key         string
}

// newPublisher: Wine 8 finds no issuer by its key identifier, and so the signer's certificate names none.
func newPublisher(app *App, name string) *publisher {
	app.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		app.t.Fatal(err)
	}
	now := time.Now()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name + " Root"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	signer := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
	made := &publisher{app: app, name: name, root: app.file(name + "-root.pem"), chain: app.file(name + ".pem"),
		key: app.file(name + ".key")}
	for file, template := range map[string]*x509.Certificate{made.root: root, made.chain: signer} {
		der, err := x509.CreateCertificate(rand.Reader, template, root, &key.PublicKey, key)
		if err != nil {
			app.t.Fatal(err)
		}
		app.write(filepath.Base(file), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	}
	app.write(name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
		Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	return made
}

// sign returns a program that he signed.
func (publisher *publisher) sign(program []byte) string {
	app := publisher.app
	app.t.Helper()
	app.write("unsigned.exe", string(program))
	name := publisher.name + ".exe"
	output, err := exec.Command("osslsigncode", "sign", "-h", "sha256", "-certs", publisher.chain, "-key", publisher.key,
		"-in", app.file("unsigned.exe"), "-out", app.file(name)).CombinedOutput()
	if err != nil {
		app.t.Fatalf("%v\n%s", err, output)
	}
	content, err := os.ReadFile(app.file(name))
	if err != nil {
		app.t.Fatal(err)
	}
	return string(content)
}

// verdictOn is what `verify FILE --json` says of a program: its code.
func (app *App) verdictOn(name string, arguments ...string) string {
	app.t.Helper()
	result := app.run(append([]string{"verify", path(app.file(name)), "--json"}, arguments...)...)
	var verdicts []struct{ Code string }
	document := strings.SplitN(result.Stdout, "\n", 2)[0]
	if err := json.Unmarshal([]byte(document), &verdicts); err != nil || len(verdicts) != 1 {
		app.t.Fatalf("%v\n%v", err, result)
	}
	if expected := map[bool]int{true: 0, false: 6}[verdicts[0].Code == "ok"]; result.Status != expected {
		app.t.Fatalf("not exit status %d\n%v", expected, result)
	}
	return verdicts[0].Code
}

// Windows and godeploy each have roots of their own: a program is good where both have its signer's.
func TestWindowsAndGodeployMustBothTrustTheSigner(t *testing.T) {
	app := newApp(t)
	known, stranger := newPublisher(app, "known"), newPublisher(app, "stranger")
	// The program of that unit test is also one that has Windows trust a root.
	app.Host.must(filepath.Join(os.Getenv("GODEPLOY_BIN"), "..", "tests",
		"unit_verify_authenticode_test_second_judge_windows.exe"), "trust", path(known.root))
	program := pe.Program(0, []byte("shop"))
	signed := map[string]string{"1.0.0": known.sign(program), "2.0.0": stranger.sign(program)}
	ours := func(publisher *publisher) []string { return []string{"--ca", path(publisher.root)} }
	both := func(publisher *publisher) []string { return append(ours(publisher), "--also-windows") }

	for _, judged := range []struct {
		file      string
		arguments []string
		code      string
	}{
		{"known.exe", both(known), "ok"},
		{"known.exe", both(stranger), "root-not-in-bundle"}, // Windows cannot make good what we refuse
		{"stranger.exe", ours(stranger), "ok"},
		{"stranger.exe", both(stranger), "windows-refuses"},
		{"unsigned.exe", both(known), "unsigned"},
	} {
		if code := app.verdictOn(judged.file, judged.arguments...); code != judged.code {
			t.Errorf("%s %v: %s, not %s", judged.file, judged.arguments, code, judged.code)
		}
	}

	app.change("verify: { ", "verify: { authenticode: { require: all, also_windows: true, ca: ['"+path(known.root)+"', '"+
		path(stranger.root)+"'] }, ")
	for version, content := range signed {
		app.releaseProgram(version, content)
		app.must(app.of("fetch", "--version", version)...)
		verify := app.of("verify", "--version", version)
		if version == "1.0.0" {
			app.must(verify...)
		} else {
			app.mustEnd(6, verify...).mustSay(t, "service.exe", "windows-refuses")
		}
		app.must(app.of("abort")...)
	}
}
