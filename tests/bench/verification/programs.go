package main

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"godeploy/box/pe"
)

const (
	largeBytes  = 500_000_000
	middleBytes = 20_000_000
	ca          = "root.pem"
)

// prepare makes an authority, signed programs, and what is to be done with them.
func prepare(ctx context.Context, dir, godeploy string) ([]Contest, error) {
	m := &maker{ctx: ctx, dir: dir}
	m.authority()
	large := m.signed("large.exe", largeBytes)
	middle := m.signed("middle.exe", middleBytes)
	small := m.signed("small.exe", 2_000)
	libraries := m.many("libraries", m.signed("library.dll", 1_000_000), 200)
	parts := m.many("parts", m.signed("part.dll", 64_000), 1_000)
	tiny := m.many("tiny", small, 200)
	if m.err != nil {
		return nil, m.err
	}
	verify := []string{godeploy, "verify", "--ca", ca}
	osslsigncode := []string{"osslsigncode", "verify", "-CAfile", ca, "-TSA-CAfile", ca, "-in"}
	byFile := func(name, file string, size int64, rounds int) Contest {
		return Contest{name: name, bytes: size, files: 1, target: 1, rounds: rounds,
			ours: with(verify, file), theirs: with(osslsigncode, file), shown: "osslsigncode verify"}
	}
	byFolder := func(name, folder string, size int64, files int, target float64) Contest {
		list := fmt.Sprintf("find %s -type f -print0 | xargs -0 -n 100 -P %d sha256sum >/dev/null", folder, runtime.NumCPU())
		return Contest{name: name, bytes: size, files: files, target: target, rounds: 5,
			ours: inShell(verify, folder), theirs: []string{"sh", "-c", list}, shown: fmt.Sprintf("xargs -P %d sha256sum", runtime.NumCPU())}
	}
	return []Contest{
		{name: "one of 500 MB", bytes: largeBytes, files: 1, target: 0.9, rounds: 7,
			ours: with(verify, large), theirs: []string{"openssl", "dgst", "-sha256", large},
			shown: "openssl dgst -sha256"},
		byFolder("200 of 1 MB", libraries, 200*1_000_000, 200, 0.9),
		byFolder("1000 of 64 kB", parts, 1_000*64_000, 1_000, 0),
		{name: "200 of 5 kB", bytes: 200 * 5_000, files: 200, target: 1, rounds: 5,
			ours: inShell(verify, tiny), shown: "osslsigncode, one by one",
			theirs: []string{"sh", "-c", "for f in " + tiny + "/*; do " + strings.Join(osslsigncode, " ") +
				" $f; done >/dev/null"}},
		byFile("one of 5 kB", small, 5_000, 21),
		byFile("one of 20 MB", middle, middleBytes, 9),
		byFile("one of 500 MB", large, largeBytes, 3),
	}, nil
}

func with(words []string, more string) []string {
	return append(append([]string{}, words...), more)
}

// inShell is the command with all files of a folder.
func inShell(words []string, folder string) []string {
	return []string{"sh", "-c", strings.Join(words, " ") + " " + folder + "/* >/dev/null"}
}

// maker makes files; after the first failure it does nothing more.
type maker struct {
	ctx context.Context
	dir string
	err error
}

func (m *maker) run(words ...string) {
	if m.err != nil {
		return
	}
	command := exec.CommandContext(m.ctx, words[0], words[1:]...)
	command.Dir = m.dir
	if output, err := command.CombinedOutput(); err != nil {
		m.err = fmt.Errorf("%s: %w\n%s", strings.Join(words, " "), err, output)
	}
}

func (m *maker) write(name string, content []byte) {
	if m.err == nil {
		m.err = os.WriteFile(filepath.Join(m.dir, name), content, 0o600)
	}
}

// authority is a root, a signer of code and a signer of time, as large as such keys are today.
func (m *maker) authority() {
	m.run("openssl", "req", "-x509", "-newkey", "rsa:4096", "-nodes", "-keyout", "root.key", "-out", ca,
		"-days", "30", "-subj", "/CN=Bench Root", "-addext", "basicConstraints=critical,CA:TRUE",
		"-addext", "keyUsage=critical,keyCertSign")
	m.certificate("leaf", "codeSigning")
	m.certificate("tsa", "critical,timeStamping")
}

func (m *maker) certificate(name, usage string) {
	m.write(name+".ext", []byte("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"+
		"extendedKeyUsage="+usage+"\n"))
	m.run("openssl", "req", "-newkey", "rsa:3072", "-nodes", "-keyout", name+".key", "-out", name+".csr",
		"-subj", "/CN=Bench "+name)
	m.run("openssl", "x509", "-req", "-in", name+".csr", "-CA", ca, "-CAkey", "root.key",
		"-CAcreateserial", "-days", "20", "-extfile", name+".ext", "-out", name+".pem")
}

// signed makes a program of about that many bytes, and signs it.
func (m *maker) signed(name string, size int) string {
	say("making %s", name)
	content := make([]byte, size)
	rand.New(rand.NewSource(1)).Read(content) // never fails, by its contract
	m.write("unsigned", pe.Program(0, content))
	m.run("osslsigncode", "sign", "-h", "sha256", "-certs", "leaf.pem", "-key", "leaf.key",
		"-TSA-certs", "tsa.pem", "-TSA-key", "tsa.key", "-in", "unsigned", "-out", name)
	return name
}

// many are copies of a program, each with bytes of its own in the page cache.
func (m *maker) many(folder, program string, count int) string {
	if m.err == nil {
		m.err = os.Mkdir(filepath.Join(m.dir, folder), 0o700)
	}
	content := []byte{}
	if m.err == nil {
		content, m.err = os.ReadFile(filepath.Join(m.dir, program))
	}
	for i := 0; i < count; i++ {
		m.write(filepath.Join(folder, fmt.Sprintf("%05d.dll", i)), content)
	}
	return folder
}
