package main

import (
	"fmt"
	"math/rand"
	"os"
	"strings"

	"godeploy/box"
)

const (
	archiveBytes = 20_000_000
	textBytes    = 16_000_000 // templates, scripts, licences: what shrinks well
	firstFiller  = 10_000_000 // pictures and the like: what does not shrink
	fillerFiles  = 40
)

// prepare makes keys and the payload, and measures the service by itself.
func (bench *Bench) prepare() error {
	if err := bench.box.MakeFolders("keys", "releases", "payload"); err != nil {
		return err
	}
	if _, err := bench.box.Must(bench.ctx, "keygen", "-o", "keys/release"); err != nil {
		return err
	}
	if err := bench.box.PutService("1.0.0", "payload/service"); err != nil {
		return err
	}
	if err := bench.box.Write("payload/share/words.txt", wordsOf(textBytes), 0o644); err != nil {
		return err
	}
	bench.say("the service by itself")
	return bench.measureOwnStart()
}

// wordsOf is text that shrinks to about a third, as prose and code do.
func wordsOf(size int) []byte {
	choice := rand.New(rand.NewSource(1))
	var words [4096]string
	for i := range words {
		length := 3 + choice.Intn(8)
		for j := 0; j < length; j++ {
			words[i] += string(rune('a' + choice.Intn(26)))
		}
	}
	var text strings.Builder
	for text.Len() < size {
		text.WriteString(words[int(choice.ExpFloat64()*400)%len(words)])
		text.WriteByte(" \n"[choice.Intn(12)/11])
	}
	return []byte(text.String()[:size])
}

// fill writes so many bytes that do not shrink, in several files.
func (bench *Bench) fill(size int) error {
	choice := rand.New(rand.NewSource(2))
	for i := 0; i < fillerFiles; i++ {
		content := make([]byte, size/fillerFiles)
		choice.Read(content)
		if err := bench.box.Write(fmt.Sprintf("payload/share/filler-%02d.bin", i), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fitPayload chooses the filler so that an archive of this kind has 20 MB.
func (bench *Bench) fitPayload(kind string) (packed, unpacked int64, err error) {
	filler := firstFiller
	for try := 0; try < 2; try++ {
		if err := bench.fill(filler); err != nil {
			return 0, 0, err
		}
		if err := bench.pack("0.0.1", kind); err != nil {
			return 0, 0, err
		}
		info, err := os.Stat(bench.box.Path(archiveName("0.0.1", kind)))
		if err != nil {
			return 0, 0, err
		}
		packed = info.Size()
		if try == 0 {
			filler += archiveBytes - int(packed)
		}
	}
	service, err := os.Stat(bench.box.Path("payload/service"))
	if err != nil {
		return 0, 0, err
	}
	return packed, service.Size() + textBytes + int64(filler), bench.removeRelease("0.0.1", kind)
}

func archiveName(version, kind string) string {
	return "releases/" + box.App + "_" + version + "." + kind
}

func (bench *Bench) pack(version, kind string) error {
	_, err := bench.box.Must(bench.ctx, "pack", "payload", "-o", archiveName(version, kind), "--name", box.App,
		"--version", version)
	return err
}

// makeRelease packs and signs the payload as the next version.
func (bench *Bench) makeRelease(kind string) (version string, err error) {
	version = fmt.Sprintf("1.0.%d", bench.next)
	bench.next++
	if err := bench.pack(version, kind); err != nil {
		return "", err
	}
	_, err = bench.box.Must(bench.ctx, "sign", archiveName(version, kind), "--key", "keys/release.key")
	return version, err
}

func (bench *Bench) removeRelease(version, kind string) error {
	archive := bench.box.Path(archiveName(version, kind))
	if err := os.Remove(archive); err != nil {
		return err
	}
	if err := os.Remove(archive + ".sig"); !os.IsNotExist(err) {
		return err
	}
	return nil
}
