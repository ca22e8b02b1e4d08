package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"godeploy/box"
	"godeploy/box/screen"
)

// Demo is what the story is about, and what it has come to so far.
type Demo struct {
	ctx    context.Context
	box    *box.Box
	screen *screen.Screen
	load   *box.Running // nil: no clients
	report *Report      // nil: the clients are still at work
	done   []Outcome
}

// How long the clients are at work before anything happens to them, and after everything has.
const calmTime = 1500 * time.Millisecond

// settings are all that godeploy needs to know. The times are short because people watch; the bound
// on latency is wide because this machine does everything at once.
const settings = `app: shop
root: %s
release: { source: "releases/shop_{version}.tar.gz" }
verify:  { rsa: { keys: [keys/release.pem] } }
service: { command: ["./service", "--listen", "127.0.0.1:{port}"], runner: supervise }
traffic: { listen: ["127.0.0.1:%d"], slots: [%d, %d] }
check:   { path: /healthz, identity: { header: X-Release }, deadline: 3s }
watch:   { for: 1500ms, max_p95_increase: 10000%% }
drain:   { in_flight: 10s, idle: 1s }
`

// steps are the story. What is promised here is what the demo is judged by.
var steps = []Step{
	{Say: "Deploy release 1.0.0. Nothing has served before, so godeploy starts its traffic engine too.",
		Arguments: []string{"deploy", "--version", "1.0.0"}, Short: "deploy 1.0.0", Serves: "1.0.0"},
	{Say: "Replace it by 2.0.0 under load. The stream that is under way may finish: the drain waits for it.",
		Arguments: []string{"deploy", "--version", "2.0.0"}, Short: "deploy 2.0.0 under load", Serves: "2.0.0",
		UnderLoad: true},
	{Say: "Change your mind. Without a version, the last good release comes back; no network is needed.",
		Arguments: []string{"rollback"}, Short: "rollback under load", Serves: "1.0.0", UnderLoad: true},
	{Say: "Deploy 3.0.0, which starts but is never healthy. It is refused before it gets a single request.",
		Arguments: []string{"deploy", "--version", "3.0.0"}, Short: "deploy 3.0.0, which is ill",
		Status: 9, Serves: "1.0.0", UnderLoad: true},
	{Say: "Deploy 3.0.1, in which somebody changed one byte after it was signed. It is not even unpacked.",
		Arguments: []string{"deploy", "--version", "3.0.1"}, Short: "deploy 3.0.1, tampered with",
		Status: 6, Serves: "1.0.0", UnderLoad: true},
}

func (demo *Demo) tell() error {
	s := demo.screen
	s.Line("%s", s.Paint(screen.Bold, "A live service is replaced, rolled back, and kept from two bad releases."))
	s.Line("It answers on %s; all files are in %s. Both are gone afterwards.", demo.box.URL("/"), demo.box.Dir)
	if err := demo.prepare(); err != nil {
		return err
	}
	for _, step := range steps {
		if step.UnderLoad && demo.load == nil {
			if err := demo.startLoad(); err != nil {
				return err
			}
		}
		if err := demo.run(step); err != nil {
			return err
		}
	}
	if err := demo.pause(calmTime); err != nil {
		return err
	}
	demo.stopLoad()
	return demo.sumUp()
}

// prepare is what happens on the machine that builds releases, and once on the host.
func (demo *Demo) prepare() error {
	if err := demo.box.MakeFolders("keys", "releases"); err != nil {
		return err
	}
	demo.say("Make a key pair. The private half stays where releases are built.")
	if err := demo.must("keygen", "-o", "keys/release"); err != nil {
		return err
	}
	demo.say("Pack and sign the releases: a Go service of a few hundred lines, tests/service.")
	releases := []struct{ version, service string }{
		{"1.0.0", "1.0.0"}, {"2.0.0", "2.0.0"}, {"3.0.0", "3.0.0-ill"}, {"3.0.1", "3.0.0"}}
	for i, release := range releases {
		if err := demo.makeRelease(release.version, release.service, i == 0); err != nil {
			return err
		}
	}
	demo.screen.Line("  %s", demo.screen.Paint(screen.Dim, "# likewise 2.0.0, 3.0.0 and 3.0.1"))
	demo.say("Say what is to be deployed, once.")
	demo.command("cat godeploy.yaml")
	text := fmt.Sprintf(settings, demo.box.Path("root"), demo.box.PublicPort, demo.box.SlotPorts[0],
		demo.box.SlotPorts[1])
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		demo.screen.Line("    %s", line)
	}
	return demo.box.Write("godeploy.yaml", []byte(text), 0o600)
}

func (demo *Demo) makeRelease(version, service string, shown bool) error {
	archive := "releases/shop_" + version + ".tar.gz"
	if err := demo.box.PutService(service, "build/"+version+"/service"); err != nil {
		return err
	}
	commands := [][]string{
		{"pack", "build/" + version, "-o", archive, "--name", box.App, "--version", version},
		{"sign", archive, "--key", "keys/release.key"}}
	for _, arguments := range commands {
		if shown {
			demo.command(box.Line(arguments...))
		}
		if _, err := demo.box.Must(demo.ctx, arguments...); err != nil {
			return err
		}
	}
	if version == "3.0.1" {
		return demo.tamper(archive)
	}
	return nil
}
