package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// A release that does not start is no danger: status 8, its last words, and the old one serves on.
// The deadlines leave a busy machine the time to begin what is then found to listen elsewhere.
func TestStartThatFails(t *testing.T) {
	box := withServing(t)
	port := box.SlotPorts[1]
	published := ""
	for _, c := range []struct {
		name, service string
		changes       []string
		words         []string
	}{
		{"ends at once", "exit", nil, []string{"ended", "exit status 3", "its last lines",
			`illness "exit": cannot work here`, "godeploy logs --slot green"}},
		{"never listens", "deaf", []string{"check.deadline", "1500ms"},
			[]string{fmt.Sprintf("does not listen on side port %d after 1.5 s", port), "$PORT",
				"deaf", "check.deadline"}},
		{"listens elsewhere", "other-port", []string{"check.deadline", "1500ms"},
			[]string{fmt.Sprintf("listens on port %d instead of its side port %d",
				otherPortOf(port), port), "{port}"}},
		{"listens where the command says", "2.0.0", []string{"check.deadline", "1500ms",
			"service.command", fmt.Sprintf(`["./service", "--listen", "127.0.0.1:%d"]`,
				freePort(t))}, []string{"instead of its side port", "{port}"}},
		{"there is no such program", "2.0.0", []string{"service.command", `["./nothing"]`},
			[]string{"./nothing", "does not exist"}},
		{"the program may not be run", "2.0.0", []string{"service.command", `["./release.json"]`},
			[]string{"./release.json", "permission denied"}},
		{"wrong arguments", "2.0.0", []string{"service.command", `["./service", "--nonsense"]`},
			[]string{"exit status 2", "flag provided but not defined"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t, c.changes...)
			if c.service != published {
				inner.Release("2.0.0", c.service)
				published = c.service
			}
			inner.mustFailDeploying(8, "2.0.0", append(c.words, "starting release 2.0.0")...)
			inner.mustNotHave("2.0.0")
		})
	}
	t.Run("no program at all", func(t *testing.T) {
		inner := box.with(t)
		entries := []entry{{name: "service", content: "neither ELF nor script"}}
		inner.publish("tar.gz", entries, inner.describe(entries))
		inner.mustFailDeploying(8, "2.0.0", "./service", "exec format error")
		inner.mustNotHave("2.0.0")
	})
	t.Run("somebody else has the side port", func(t *testing.T) {
		inner := box.with(t)
		inner.Release("2.0.0", "2.0.0")
		taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		inner.mustFailDeploying(8, "2.0.0",
			fmt.Sprintf("side port %d is taken by process %d", port, os.Getpid()), "traffic.slots")
		taken.Close()
		inner.mustDeploy("2.0.0")
	})
}

// Found out before anything is begun, not when all but the flip is done.
func TestDeployBeginsNothingWhereAnotherProgramHasThePublicAddress(t *testing.T) {
	box := newBox(t)
	note := filepath.Join(box.Dir, "hook-ran")
	box.Change("hooks.before_start", shell("touch "+note))
	box.Release("1.0.0", "1.0.0")
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", box.PublicPort))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	told := fmt.Sprintf("public address 127.0.0.1:%d: another program listens there: process %d",
		box.PublicPort, os.Getpid())
	const hint = "Choose another address in traffic.listen"
	box.MustExit(13, "plan", "--version", "1.0.0").mustSay(t, told, hint)
	box.mustRefuse(14, []string{"deploy", "--version", "1.0.0"}, told, hint)
	if _, err := os.Stat(note); err == nil || box.Must("history", "--json").Stdout != "[]\n" {
		t.Error("something was begun")
	}
	taken.Close()
	box.mustDeploy("1.0.0")

	// The same of an address that is added beside one that the engine has.
	beside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	box.Change("traffic.listen", fmt.Sprintf(`["127.0.0.1:%d", "%s"]`, box.PublicPort, beside.Addr()))
	told = fmt.Sprintf("public address %s: another program listens there: process %d", beside.Addr(), os.Getpid())
	box.MustExit(13, "plan", "--version", "1.0.0").mustSay(t, told, hint)
	box.Doctor(16).mustFind(t, "public-port-taken", told)
	box.mustRefuse(14, []string{"deploy", "--version", "1.0.0"}, told, hint)
	beside.Close()
	box.mustDeploy("1.0.0")
}

// otherPortOf is where the service with that illness listens.
func otherPortOf(port int) int {
	return 3000 + port%9000
}
