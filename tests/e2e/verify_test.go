package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A release that is not what was promised is refused before anything of it is unpacked: status 6.
func TestVerifyRefuses(t *testing.T) {
	box := withServing(t)
	foreign := box.makeKey("foreign")
	for _, c := range []struct {
		name    string
		prepare func(box *Box)
		changes []string
		words   []string
	}{
		{"another key", func(box *Box) {
			box.signBy(foreign, box.packSmall("2.0.0"))
		}, nil, []string{"signature", "key"}},
		{"a stripped signature", func(box *Box) {
			box.packSmall("2.0.0")
		}, nil, []string{"no signature"}},
		{"the signature of another archive", func(box *Box) {
			other := box.packSmall("1.9.0")
			box.Sign(other)
			archive := box.packSmall("2.0.0")
			writeTo(box.t, archive+".sig", contentOf(box.t, other+".sig"), 0o600)
		}, nil, []string{"signature"}},
		{"an empty signature", func(box *Box) {
			writeTo(box.t, box.packSmall("2.0.0")+".sig", nil, 0o600)
		}, nil, []string{"signature", "empty"}},
		{"a signature as text", func(box *Box) {
			archive := box.packSmall("2.0.0")
			box.Sign(archive)
			text := fmt.Sprintf("%x\n", contentOf(box.t, archive+".sig"))
			writeTo(box.t, archive+".sig", []byte(text), 0o600)
		}, nil, []string{"signature", "raw"}},
		{"an archive cut short", func(box *Box) {
			archive := box.packAndSign("2.0.0")
			content := contentOf(box.t, archive)
			writeTo(box.t, archive, content[:len(content)-1], 0o600)
		}, nil, []string{"signature"}},
		{"an archive with another bit", func(box *Box) {
			archive := box.packAndSign("2.0.0")
			content := contentOf(box.t, archive)
			content[len(content)/2] ^= 1
			writeTo(box.t, archive, content, 0o600)
		}, nil, []string{"signature"}},
		{"an older release under the name of this one", func(box *Box) {
			box.Sign(box.packAs("2.0.0", "--name", appName, "--version", "1.9.0"))
		}, nil, []string{"1.9.0", "2.0.0"}},
		{"another app", func(box *Box) {
			box.Sign(box.packAs("2.0.0", "--name", "cart", "--version", "2.0.0"))
		}, nil, []string{"cart", appName}},
		{"another system", func(box *Box) {
			box.Sign(box.packSmall("2.0.0", "--os", "plan9"))
		}, nil, []string{"plan9", runtime.GOOS}},
		{"another processor", func(box *Box) {
			box.Sign(box.packSmall("2.0.0", "--arch", "mips"))
		}, nil, []string{"mips", runtime.GOARCH}},
		{"expired", func(box *Box) {
			box.Sign(box.packSmall("2.0.0", "--expires", "2020-02-03T04:05:06Z"))
		}, nil, []string{"expired", "2020-02-03"}},
		{"signed under the other scheme", func(box *Box) {
			box.mustBare("sign", box.packSmall("2.0.0"), "--key", box.PrivateKey,
				"--scheme", "pss-sha256")
		}, nil, []string{"signature"}},
		{"not signed under the scheme that is pinned", func(box *Box) {
			box.packAndSign("2.0.0")
		}, []string{"verify.rsa.scheme", "pss-sha256"}, []string{"signature"}},
		{"a key that is denied", func(box *Box) {
			box.packAndSign("2.0.0")
			box.Change("verify.rsa.deny", "["+box.keyID()+"]",
				"verify.rsa.keys", "["+box.PublicKey+", "+foreign+".pem]")
		}, nil, []string{"deny list", box.keyID()}},
		{"no archive at all", func(box *Box) {
			archive := filepath.Join(box.Dir, "releases", "shop_2.0.0.tar.gz")
			writeTo(box.t, archive, []byte("<html>please log in</html>"), 0o600)
			box.Sign(archive)
		}, nil, []string{"shop_2.0.0.tar.gz"}},
		{"no description", func(box *Box) {
			box.writeSigned("2.0.0", map[string]string{"service": "#!/bin/sh\n"})
		}, nil, []string{"no release.json", "godeploy pack", "release.require_manifest"}},
		{"a description that is not understood", func(box *Box) {
			box.writeSigned("2.0.0", map[string]string{"release.json": `{"schema":"x/1"}`})
		}, nil, []string{"release.json"}},
		{"no description and no checksums", func(box *Box) {
			box.packAndSign("2.0.0")
		}, []string{"verify.checksums", "checksums.txt"}, []string{"checksums"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			c.prepare(inner)
			refused := contentOf(t, filepath.Join(box.Dir, "releases", "shop_2.0.0.tar.gz"))
			result := inner.mustFailDeploying(6, "2.0.0",
				append(c.words, "verifying", "quarantine")...)
			if strings.Contains(result.Stderr, "unpack: started") {
				t.Errorf("it was unpacked\n%v", result)
			}
			if !bytes.Equal(contentOf(t, box.AppDir("quarantine", "archive")), refused) {
				t.Error("the quarantine does not hold the refused archive")
			}
			inner.mustNotHave("2.0.0")
			inner.clearReleases("2.0.0")
		})
	}
	t.Run("no key that may sign", func(t *testing.T) { // the archive is not to blame for that
		inner := box.with(t, "verify.rsa.deny", "["+box.keyID()+"]")
		inner.packAndSign("2.0.0")
		result := inner.mustFailDeploying(6, "2.0.0", "every key", "deny list", "verify.rsa.keys")
		if strings.Contains(result.Stderr, "quarantine") {
			t.Errorf("the archive went to quarantine\n%v", result)
		}
	})
	box.Change()
	box.Release("2.0.0", "2.0.0")
	box.mustDeploy("2.0.0")
}

// An older release needs the operator's word, whether it is on the host already or not.
func TestVerifyRefusesToGoBack(t *testing.T) {
	box := withServing(t)
	box.Release("1.1.0", "1.1.0")
	box.mustDeploy("1.1.0")

	older := []string{"deploy", "--version", "1.0.0"}
	for _, arguments := range [][]string{older,
		append(older, "--release", filepath.Join(box.Dir, "releases", "shop_1.0.0.tar.gz"))} {
		box.mustRefuse(6, arguments, "1.0.0", "older than 1.1.0", "--allow-downgrade",
			"godeploy rollback", "release 1.1.0 still answers")
		box.mustBeAsBefore("1.1.0")
	}
	result := box.Must("deploy", "--version", "1.0.0", "--allow-downgrade")
	box.mustSay(result, "warning", "older than 1.1.0")
	box.mustBeAsBefore("1.0.0")
	box.mustDeploy("1.1.0")

	box.Release("1.1.0", "2.0.0") // a version is one content for ever
	box.mustRefuse(6, []string{"deploy", "--version", "1.1.0", "--release",
		filepath.Join(box.Dir, "releases", "shop_1.1.0.tar.gz")},
		"1.1.0", "other content", "new version", "release 1.1.0 still answers")
	box.mustBeAsBefore("1.1.0")
}

// GoReleaser signs a file of checksums: it must be signed and name the archive as it came.
func TestVerifyByChecksums(t *testing.T) {
	box := withServing(t)
	for _, c := range []struct {
		name, line string
		words      []string
	}{
		{"another digest", strings.Repeat("0", 64) + "  shop_2.0.0.tar.gz\n",
			[]string{"shop_2.0.0.tar.gz", strings.Repeat("0", 64)}},
		{"another file", "%s  shop_2.0.0.tar\n", []string{"shop_2.0.0.tar.gz"}},
		{"twice", "%[1]s  shop_2.0.0.tar.gz\n%[1]s  shop_2.0.0.tar.gz\n",
			[]string{"shop_2.0.0.tar.gz"}},
		{"no checksums", "hello\n", []string{"checksums"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, "verify.checksums", "checksums.txt")
			inner.packSmall("2.0.0")
			inner.signChecksums(c.line)
			inner.mustFailDeploying(6, "2.0.0", c.words...)
			inner.clearReleases("2.0.0")
		})
	}
	t.Run("without a signature", func(t *testing.T) {
		inner := box.with(t, "verify.checksums", "checksums.txt")
		inner.packAndSign("2.0.0") // one over the archive does not count
		inner.signChecksums("%s  shop_2.0.0.tar.gz\n")
		if err := os.Remove(filepath.Join(box.Dir, "releases", "checksums.txt.sig")); err != nil {
			t.Fatal(err)
		}
		inner.mustFailDeploying(6, "2.0.0", "no signature")
		inner.clearReleases("2.0.0")
	})
	box.Change("verify.checksums", "checksums.txt")
	box.Pack("2.0.0", "2.0.0")
	box.signChecksums(strings.Repeat("1", 64) + "  other.zip\n%s *shop_2.0.0.tar.gz\n")
	box.mustDeploy("2.0.0")
}

// The other scheme, and archives without a description where the settings allow both.
func TestVerifyAsTheSettingsSay(t *testing.T) {
	box := withServing(t)
	box.Change("verify.rsa.scheme", "pss-sha256")
	box.mustBare("sign", box.Pack("2.0.0", "2.0.0"), "--key", box.PrivateKey,
		"--scheme", "pss-sha256")
	box.mustDeploy("2.0.0")

	box.Change("verify.rsa.scheme", "pkcs1-sha256", "release.require_manifest", "false")
	service := string(contentOf(t, servicePath(t, "3.0.0")))
	box.writeSigned("3.0.0", map[string]string{"service": service})
	result := box.mustDeploy("3.0.0")
	box.mustSay(result, "warning", "3.0.0 is unattested")
	if listed := box.Must("releases", "--json"); !strings.Contains(listed.Stdout, "attested") {
		t.Errorf("not said in the list\n%v", listed)
	}
}

// `godeploy verify FILE` knows no deployment: files by themselves.
func TestVerifyFilesByThemselves(t *testing.T) {
	box := newBox(t)
	good := box.packAndSign("1.0.0")
	bad := box.packAndSign("2.0.0")
	writeTo(t, bad, append(contentOf(t, bad), 0), 0o600)
	for _, c := range []struct {
		arguments []string
		status    int
		stdout    []string
	}{
		{[]string{good, "--key", box.PublicKey}, 0, []string{good, "good", box.keyID()}},
		{[]string{bad, "--key", box.PublicKey}, 6, []string{bad, "REFUSED"}},
		{[]string{good, bad, "--key", box.PublicKey}, 6, []string{good, "good", bad, "REFUSED"}},
		{[]string{good + "x", "--key", box.PublicKey}, 6, []string{good + "x", "REFUSED"}},
		{[]string{good, "--key", box.PublicKey, "--sig", bad + ".sig"}, 6, []string{"REFUSED"}},
		{[]string{good, "--key", box.makeKey("foreign") + ".pem"}, 6, []string{"REFUSED"}},
		{[]string{good, "--key", box.PublicKey, "--scheme", "pss-sha256"}, 6, []string{"REFUSED"}},
		{[]string{good, "-f", box.File}, 0, []string{"good"}},
	} {
		result := box.RunBare(append([]string{"verify"}, c.arguments...)...)
		if result.Status != c.status {
			t.Errorf("status %d instead of %d\n%v", result.Status, c.status, result)
		}
		for _, word := range c.stdout {
			if !strings.Contains(result.Stdout, word) {
				t.Errorf("no %q on stdout\n%v", word, result)
			}
		}
	}
	result := box.RunBare("verify", good, bad, "--key", box.PublicKey, "--json")
	var verdicts []struct {
		File, Code, Key string
		OK              bool
	}
	line := strings.SplitN(result.Stdout, "\n", 2)[0]
	if err := json.Unmarshal([]byte(line), &verdicts); err != nil || len(verdicts) != 2 ||
		!verdicts[0].OK || verdicts[0].Key != box.keyID() || verdicts[1].OK ||
		verdicts[1].Code != "no-key" || result.Status != 6 {
		t.Errorf("%+v, %v\n%v", verdicts, err, result)
	}
}

// What openssl signs counts here, and what is signed here counts there.
func TestVerifyAgreesWithOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on this machine")
	}
	box := newBox(t)
	archive := box.packSmall("1.0.0")
	run := func(arguments ...string) {
		t.Helper()
		if output, err := exec.Command(openssl, arguments...).CombinedOutput(); err != nil {
			t.Errorf("openssl %v: %v\n%s", arguments, err, output)
		}
	}
	run("dgst", "-sha256", "-sign", box.PrivateKey, "-out", archive+".sig", archive)
	box.mustBare("verify", archive, "--key", box.PublicKey)
	run("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
		"-sign", box.PrivateKey, "-out", archive+".sig", archive)
	box.mustBare("verify", archive, "--key", box.PublicKey, "--scheme", "pss-sha256")

	box.Sign(archive)
	run("dgst", "-sha256", "-verify", box.PublicKey, "-signature", archive+".sig", archive)
	box.mustBare("sign", archive, "--key", box.PrivateKey, "--scheme", "pss-sha256")
	run("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
		"-verify", box.PublicKey, "-signature", archive+".sig", archive)
}

// A private key may be locked; its passphrase never stands on the command line.
func TestVerifyKeysWithAPassphrase(t *testing.T) {
	box := newBox(t)
	archive := box.packSmall("1.0.0")
	key := filepath.Join(box.Dir, "locked")
	phrase := filepath.Join(box.Dir, "phrase")
	wrong := filepath.Join(box.Dir, "wrong")
	writeTo(t, phrase, []byte("open sesame\n"), 0o600)
	writeTo(t, wrong, []byte("open barley\n"), 0o600)
	box.Environment = []string{"PHRASE=open sesame"}
	box.mustBare("keygen", "-o", key, "--bits", "2048", "--passphrase-file", phrase)
	if mode := modeOfFile(t, key+".key"); mode != 0o600 ||
		!bytes.Contains(contentOf(t, key+".key"), []byte("ENCRYPTED PRIVATE KEY")) {
		t.Errorf("the private key lies open, mode %v", mode)
	}
	for _, by := range [][]string{{"--passphrase-file", phrase}, {"--passphrase-env", "PHRASE"}} {
		box.mustBare(append([]string{"sign", archive, "--key", key + ".key"}, by...)...)
		box.mustBare("verify", archive, "--key", key+".pem")
	}
	for _, c := range []struct {
		arguments []string
		status    int
		words     []string
	}{
		{[]string{"sign", archive, "--key", key + ".key", "--passphrase-file", wrong}, 6,
			[]string{"passphrase"}},
		{[]string{"sign", archive, "--key", key + ".key"}, 6,
			[]string{"passphrase", "--passphrase-file"}},
		{[]string{"sign", archive, "--key", key + ".key", "--passphrase-env", "NOBODY"}, 2,
			[]string{"NOBODY"}},
		{[]string{"sign", archive, "--key", key + ".pem"}, 6, []string{"private key"}},
		{[]string{"sign", archive}, 2, []string{"--key"}},
		{[]string{"sign", archive + "x", "--key", box.PrivateKey}, 2, []string{archive + "x"}},
		{[]string{"keygen", "-o", key, "--bits", "2048"}, 2, []string{key + ".key", "exist"}},
	} {
		result := box.RunBare(c.arguments...)
		if result.Status != c.status {
			t.Errorf("status %d instead of %d\n%v", result.Status, c.status, result)
		}
		box.mustSay(result, c.words...)
		if said := result.Stdout + result.Stderr; strings.Contains(said, "sesame") ||
			strings.Contains(said, "barley") {
			t.Errorf("the passphrase was said\n%v", result)
		}
	}
}

// ---- what tests of archives need

// packAs makes a small archive where the settings look for the version, whatever it says of itself.
func (box *Box) packAs(version string, arguments ...string) string {
	box.t.Helper()
	payload := filepath.Join(box.Dir, "small")
	box.mkdir(payload)
	box.mkdir(filepath.Join(box.Dir, "releases"))
	writeTo(box.t, filepath.Join(payload, "service"), []byte("#!/bin/sh\nexit 7\n"), 0o755)
	archive := filepath.Join(box.Dir, "releases", appName+"_"+version+".tar.gz")
	box.mustBare(append([]string{"pack", payload, "-o", archive}, arguments...)...)
	return archive
}

func (box *Box) packSmall(version string, arguments ...string) string {
	box.t.Helper()
	return box.packAs(version, append([]string{"--name", appName, "--version", version},
		arguments...)...)
}

func (box *Box) packAndSign(version string) string {
	box.t.Helper()
	archive := box.packSmall(version)
	box.Sign(archive)
	return archive
}

// writeSigned makes an archive of these files and no others.
func (box *Box) writeSigned(version string, files map[string]string) string {
	box.t.Helper()
	var buffer bytes.Buffer
	packed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(packed)
	for name, content := range files {
		err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))})
		if err == nil {
			_, err = archive.Write([]byte(content))
		}
		if err != nil {
			box.t.Fatal(err)
		}
	}
	archive.Close() // into memory: what fails is seen when it is read
	packed.Close()
	path := filepath.Join(box.Dir, "releases", appName+"_"+version+".tar.gz")
	writeTo(box.t, path, buffer.Bytes(), 0o600)
	box.Sign(path)
	return path
}

// signChecksums writes checksums.txt; %s in the text is the digest of release 2.0.0.
func (box *Box) signChecksums(text string) {
	box.t.Helper()
	releases := filepath.Join(box.Dir, "releases")
	digest := sha256.Sum256(contentOf(box.t, filepath.Join(releases, "shop_2.0.0.tar.gz")))
	if strings.Contains(text, "%") {
		text = fmt.Sprintf(text, fmt.Sprintf("%x", digest))
	}
	path := filepath.Join(releases, "checksums.txt")
	writeTo(box.t, path, []byte(text), 0o600)
	box.Sign(path)
}

// makeKey makes another pair, and returns its path without .key and .pem.
func (box *Box) makeKey(name string) string {
	box.t.Helper()
	path := filepath.Join(box.Dir, name)
	box.mustBare("keygen", "-o", path)
	return path
}

func (box *Box) signBy(key, archive string) {
	box.t.Helper()
	box.mustBare("sign", archive, "--key", key+".key")
}

// keyID asks for the id of the box's key by a signature that it made.
func (box *Box) keyID() string {
	box.t.Helper()
	file := filepath.Join(box.Dir, "for-key-id")
	writeTo(box.t, file, []byte("x"), 0o600)
	box.Sign(file)
	result := box.RunBare("verify", file, "--key", box.PublicKey, "--json")
	var verdicts []struct{ Key string }
	if err := json.Unmarshal([]byte(result.Stdout), &verdicts); err != nil || len(verdicts) != 1 {
		box.t.Fatalf("%v\n%v", err, result)
	}
	return verdicts[0].Key
}

// clearReleases takes away what was published of a version.
func (box *Box) clearReleases(version string) {
	box.t.Helper()
	for _, end := range []string{"", ".sig"} {
		path := filepath.Join(box.Dir, "releases", appName+"_"+version+".tar.gz"+end)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			box.t.Fatal(err)
		}
	}
}
