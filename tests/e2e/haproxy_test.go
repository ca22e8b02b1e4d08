package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// haproxyConfig is what godeploy asks for, and a frontend.
func haproxyConfig(box *Box, mode string) string {
	return fmt.Sprintf(`global
  stats socket %[1]s/haproxy.sock mode 600 level admin
  server-state-file %[1]s/haproxy.state
defaults
  mode %[2]s
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  load-server-state-from-file global
frontend public
  bind 127.0.0.1:%[3]d
  default_backend shop
backend shop
  option redispatch 1
  server blue 127.0.0.1:%[4]d check inter 500ms
  server green 127.0.0.1:%[5]d check inter 500ms
`, box.Dir, mode, box.PublicPort, box.SlotPorts[0], box.SlotPorts[1])
}

func (box *Box) haproxySocket() string {
	return filepath.Join(box.Dir, "haproxy.sock")
}

func beginHaproxy(engine *Engine) {
	box := engine.box
	engine.run("haproxy", "-db", "-f", filepath.Join(box.Dir, "haproxy.cfg"))
	waitFor(box.t, 10*time.Second, "HAProxy answers", func() bool {
		conn, err := net.Dial("unix", box.haproxySocket())
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

func boxWithHaproxy(t *testing.T, mode string) *Box {
	t.Helper()
	box := newBox(t, append([]string{"drain.in_flight", "1s"}, quick...)...)
	box.Change("traffic.engine", "haproxy", "traffic.mode", mode,
		"traffic.haproxy.socket", box.haproxySocket(),
		"traffic.haproxy.state_file", filepath.Join(box.Dir, "haproxy.state"))
	writeTo(t, filepath.Join(box.Dir, "haproxy.cfg"), []byte(haproxyConfig(box, mode)), 0o600)
	box.useEngine(&Engine{begin: beginHaproxy})
	return box
}

func withHaproxy(t *testing.T) *Box {
	return boxWithHaproxy(t, "http")
}

func withHaproxyTCP(t *testing.T) *Box {
	return boxWithHaproxy(t, "tcp")
}

func TestHaproxyFlipsAndLosesNothing(t *testing.T) {
	engineFlips(t, withHaproxy)
}

func TestHaproxyInModeTCPFlipsAndLosesNothing(t *testing.T) {
	engineFlips(t, func(t *testing.T) *Box {
		box := withHaproxyTCP(t)
		box.Engine.forgives = keptConnectionCut
		return box
	})
}

func TestHaproxyRunsACanary(t *testing.T) {
	engineRunsACanary(t, withHaproxy)
}

func TestHaproxyKilledAtTheFlip(t *testing.T) {
	engineKilledAtTheFlip(t, withHaproxy)
}

func TestHaproxyDies(t *testing.T) {
	engineDies(t, withHaproxy)
}

func TestHaproxyThatIsConfiguredOtherwiseIsRefused(t *testing.T) {
	edited := func(from, to string) func(box *Box) {
		return func(box *Box) {
			config := haproxyConfig(box, "http")
			from := strings.ReplaceAll(from, "GREEN", fmt.Sprint(box.SlotPorts[1]))
			if !strings.Contains(config, from) {
				box.t.Fatalf("%q is not in the configuration", from)
			}
			box.Engine.Stop()
			writeTo(box.t, filepath.Join(box.Dir, "haproxy.cfg"),
				[]byte(strings.ReplaceAll(config, from, to)), 0o600)
			box.Engine.Start()
		}
	}
	engineIsWrong(t, withHaproxy, []wrongEngine{
		{"no such socket", []string{"traffic.haproxy.socket", "nowhere.sock"}, nil,
			[]string{"nobody listens at", "nowhere.sock", "stats socket", "level admin"}},
		{"no such backend", []string{"traffic.haproxy.backend", "store"}, nil,
			[]string{"has no backend store", "backend store"}},
		{"a backend that is no name",
			[]string{"traffic.haproxy.backend", `"shop; disable frontend public"`}, nil,
			[]string{"is no name of a backend"}},
		{"no server green", nil, edited("server green", "server other"),
			[]string{"backend shop of HAProxy has no server green"}},
		{"another address", nil, edited("green 127.0.0.1:GREEN", "green 127.0.0.1:9"),
			[]string{"server green of backend shop is 127.0.0.1:9, but slot green is"}},
		{"level operator", nil, edited("level admin", "level operator"),
			[]string{"has level operator", "level admin is needed"}},
		{"mode tcp", nil, edited("mode http", "mode tcp"),
			[]string{"has mode tcp, but traffic.mode is http"}},
	})
}

// A reload of HAProxy reads the state that godeploy keeps for it: a server that godeploy took out of
// traffic stays out, although its instance is up.
func TestHaproxyKeepsTheRouteOverARestart(t *testing.T) {
	box := withHaproxy(t)
	box.Change("retire.keep_warm", "true")
	for _, version := range []string{"1.0.0", "2.0.0"} {
		box.Release(version, version)
		box.Must("deploy", "--version", version)
	}
	box.Engine.Stop()
	box.Engine.Start()
	for i := 0; i < 20; i++ {
		if release := box.whoAnswers(); release != "2.0.0" {
			t.Fatalf("request %d was answered by %q", i, release)
		}
	}
	box.MustServe("2.0.0")
}

// Somebody else's hand at HAProxy is seen, and put right.
func TestHaproxyThatRoutesElsewhereIsFoundAndMended(t *testing.T) {
	box := servingBy(t, withHaproxy, "1.0.0")
	conn, err := net.Dial("unix", box.haproxySocket())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(conn, "set server shop/blue state maint")
	conn.Read(make([]byte, 64))
	conn.Close()
	if status := box.TrueStatus(); status.kinds() != "route_wrong" {
		t.Errorf("%+v", status)
	}
	box.Must("deploy", "--resume")
	box.MustServe("1.0.0")
}
