package e2e

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// makeKeys lets godeploy make a pair, and finds out which file is which half.
func (box *Box) makeKeys() {
	box.t.Helper()
	keys := filepath.Join(box.Dir, "keys")
	box.mkdir(keys)
	box.mustBare("keygen", "-o", filepath.Join(keys, "release"))
	entries, err := os.ReadDir(keys)
	if err != nil {
		box.t.Fatal(err)
	}
	for _, entry := range entries {
		path := filepath.Join(keys, entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			box.t.Fatal(err)
		}
		if bytes.Contains(content, []byte("PRIVATE KEY-----")) {
			box.PrivateKey = path
		} else if bytes.Contains(content, []byte("PUBLIC KEY-----")) {
			box.PublicKey = path
		}
	}
	if box.PrivateKey == "" || box.PublicKey == "" {
		box.t.Fatalf("keygen left no pair of keys in %s", keys)
	}
}

// Release packs and signs the service of that name (service-NAME) as this version, and returns the
// path of the archive; that is also where the settings look for the version.
func (box *Box) Release(version, service string) string {
	box.t.Helper()
	archive := box.Pack(version, service)
	box.Sign(archive)
	return archive
}

// Pack makes the archive without a signature.
func (box *Box) Pack(version, service string) string {
	box.t.Helper()
	payload := filepath.Join(box.Dir, "payload-"+version)
	box.mkdir(payload)
	box.mkdir(filepath.Join(box.Dir, "releases"))
	box.copyProgram(servicePath(box.t, service), filepath.Join(payload, "service"))
	archive := filepath.Join(box.Dir, "releases", appName+"_"+version+".tar.gz")
	box.mustBare("pack", payload, "-o", archive, "--name", appName, "--version", version)
	return archive
}

// Sign writes ARCHIVE.sig.
func (box *Box) Sign(archive string) {
	box.t.Helper()
	box.mustBare("sign", archive, "--key", box.PrivateKey)
}

func (box *Box) mustBare(arguments ...string) {
	box.t.Helper()
	if result := box.RunBare(arguments...); result.Status != 0 {
		box.t.Fatal(result)
	}
}

func (box *Box) mkdir(path string) {
	box.t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		box.t.Fatal(err)
	}
}

func (box *Box) copyProgram(from, to string) {
	box.t.Helper()
	in, err := os.Open(from)
	if err != nil {
		box.t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		box.t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		box.t.Fatal(err)
	}
}
