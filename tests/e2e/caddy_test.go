package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// caddyfile is a site as people write it. The second one is of somebody else's.
func caddyfile(box *Box, site string) string {
	return fmt.Sprintf(`{
	admin 127.0.0.1:%d
	auto_https off
}
http://:%d {
	bind 127.0.0.1
	%s
}
http://:%d {
	bind 127.0.0.1
	respond "1"
}
`, box.caddyPort(), box.PublicPort, site, box.otherPort())
}

// Ports of the engine's own are numbered behind the settings that name them.
func (box *Box) caddyPort() int {
	port, _ := strconv.Atoi(strings.TrimPrefix(box.Settings["traffic.caddy.admin"], "127.0.0.1:"))
	return port
}

func (box *Box) otherPort() int {
	return box.Engine.otherPort
}

func beginCaddy(engine *Engine) {
	box := engine.box
	engine.run("caddy", "run", "--adapter", "caddyfile", "--config",
		filepath.Join(box.Dir, "Caddyfile"))
	waitFor(box.t, 20*time.Second, "Caddy answers", func() bool {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/config/", box.caddyPort()))
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// connectionCut: to change its configuration Caddy 2.6 begins anew with all its listeners. It closes
// the idle connections of clients, and resets those that waited to be accepted by the old listener: a
// request on its way on one of them is lost, whoever asks for the change. It never answers wrongly.
func connectionCut(answer Answer) bool {
	return answer.Status == 0
}

func withCaddy(t *testing.T) *Box {
	t.Helper()
	return withCaddySite(t, `reverse_proxy 127.0.0.1:BLUE 127.0.0.1:GREEN {
		lb_policy first
		lb_try_duration 2s
		fail_duration 10s
	}`)
}

func withCaddySite(t *testing.T, site string) *Box {
	t.Helper()
	box := newBox(t, quick...)
	box.Change("traffic.engine", "caddy", "traffic.caddy.admin",
		fmt.Sprintf("127.0.0.1:%d", freePort(t)))
	box.Engine = &Engine{begin: beginCaddy, forgives: connectionCut, otherPort: freePort(t)}
	for slot, name := range []string{"BLUE", "GREEN"} {
		site = strings.ReplaceAll(site, name, fmt.Sprint(box.SlotPorts[slot]))
	}
	writeTo(t, filepath.Join(box.Dir, "Caddyfile"), []byte(caddyfile(box, site)), 0o600)
	box.useEngine(box.Engine)
	return box
}

// caddyConfig asks for a part of the configuration, or changes it; again where Caddy, which begins
// anew at each change, cut it.
func (box *Box) caddyConfig(method, path, body string) string {
	box.t.Helper()
	var content string
	waitFor(box.t, 20*time.Second, method+" "+path+" is answered", func() bool {
		request, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d/config/%s",
			box.caddyPort(), path), strings.NewReader(body))
		if err != nil {
			box.t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		read, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode != http.StatusOK {
			box.t.Fatalf("%s %s: %s, %s", method, path, answer.Status, read)
		}
		content = string(read)
		return err == nil
	})
	return content
}

func TestCaddyFlipsAndLosesNoAnswer(t *testing.T) {
	engineFlips(t, withCaddy)
}

func TestCaddyKilledAtTheFlip(t *testing.T) {
	engineKilledAtTheFlip(t, withCaddy)
}

// Caddy forgets what it was told when it is started anew with its Caddyfile: --resume tells it again.
func TestCaddyDies(t *testing.T) {
	engineDies(t, withCaddy)
}

func TestCaddyThatIsConfiguredOtherwiseIsRefused(t *testing.T) {
	nowhere := freePort(t)
	engineIsWrong(t, func(t *testing.T) *Box {
		return withCaddySite(t, "reverse_proxy 127.0.0.1:9")
	}, []wrongEngine{
		{"no reverse_proxy to a slot", nil, nil, []string{"has no reverse_proxy to a slot of shop",
			"reverse_proxy 127.0.0.1:"}},
		{"nobody there", []string{"traffic.caddy.admin", fmt.Sprintf("127.0.0.1:%d", nowhere)}, nil,
			[]string{fmt.Sprintf("asking Caddy at 127.0.0.1:%d", nowhere), "traffic.caddy.admin"}},
		{"no such server", []string{"traffic.caddy.server", "srv9"}, nil,
			[]string{"has no reverse_proxy to a slot of shop in server srv9"}},
		{"a server that is no name", []string{"traffic.caddy.server", `"../../load"`}, nil,
			[]string{"is no name"}},
	})
	box := withCaddy(t)
	box.with(t, "traffic.mode", "tcp").mustRefuse(3, []string{"deploy", "--version", "1.0.0"},
		"traffic.mode: tcp needs carrying connections of any protocol", "embedded")
	box.with(t, "canary.steps", "[5%]").mustRefuse(3, []string{"deploy", "--version", "1.0.0"},
		"canary.steps needs giving each release a share of the traffic", "embedded, haproxy")
}

// A reload of the Caddyfile undoes what Caddy was told over its API. With the two slots in it the one
// that is up is found all the same, and --resume tells Caddy again.
func TestCaddyThatIsReloadedStillServes(t *testing.T) {
	box := servingBy(t, withCaddy, "1.0.0", "2.0.0")
	box.Engine.Stop()
	box.Engine.Start()
	for i := 0; i < 20; i++ {
		if release := box.whoAnswers(); release != "2.0.0" {
			t.Fatalf("request %d was answered by %q", i, release)
		}
	}
	if status := box.Status(); status.kinds() != "route_wrong" {
		t.Errorf("%+v", status)
	}
	box.Must("deploy", "--resume")
	box.MustServe("2.0.0")
}

// Somebody who wrote one address is served too.
func TestCaddyWithOneUpstreamIsEnough(t *testing.T) {
	box := servingBy(t, func(t *testing.T) *Box {
		return withCaddySite(t, "reverse_proxy localhost:BLUE")
	}, "1.0.0", "2.0.0")
	box.Must("rollback")
	box.MustServe("1.0.0")
}

// What somebody else changes at the same time is not put back to what it was; and though each change
// makes Caddy begin anew with its admin API, and cut who is asking, the deployment goes on.
func TestCaddyKeepsTheChangesOfOthers(t *testing.T) {
	box := servingBy(t, withCaddy, "1.0.0")
	box.Release("2.0.0", "2.0.0")
	path := ""
	var servers map[string]struct {
		Listen []string
		Routes []map[string]any
	}
	if err := json.Unmarshal([]byte(box.caddyConfig("GET", "apps/http/servers", "")), &servers); err != nil {
		t.Fatal(err)
	}
	for name, server := range servers {
		if strings.HasSuffix(server.Listen[0], fmt.Sprintf(":%d", box.otherPort())) {
			path = "apps/http/servers/" + name + "/routes/0/handle/0/body"
		}
	}
	if got := box.caddyConfig("GET", path, ""); strings.TrimSpace(got) != `"1"` {
		t.Fatalf("the other site answers %s", got)
	}

	deploying := box.Start("deploy", "--version", "2.0.0")
	for n := 2; !deploying.hasEnded(); n++ {
		box.caddyConfig("PATCH", path, fmt.Sprintf("%q", fmt.Sprint(n)))
		if got := box.caddyConfig("GET", path, ""); strings.TrimSpace(got) != fmt.Sprintf("%q", fmt.Sprint(n)) {
			t.Errorf("it was %d, and is %s", n, got)
		}
	}
	deploying.mustEnd(0)
	box.MustServe("2.0.0")
}

// The old slot stays listed behind the new one, so that what it still does is counted: the drain
// waits for a request that is under way, which is answered to its end.
func TestCaddyDrainsRequestsThatAreUnderWay(t *testing.T) {
	box := servingBy(t, withCaddy, "1.0.0")
	box.Change("drain.in_flight", "30s")
	box.Release("2.0.0", "2.0.0")
	answered := make(chan string, 1)
	go func() {
		answer, err := http.Get(box.URL("/slow?ms=2500"))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer answer.Body.Close()
		content, _ := io.ReadAll(answer.Body)
		answered <- string(content)
	}()
	waitFor(t, 10*time.Second, "it is under way", func() bool {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/reverse_proxy/upstreams", box.caddyPort()))
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		content, _ := io.ReadAll(answer.Body)
		return strings.Contains(string(content), `"num_requests":1`)
	})
	box.Must("deploy", "--version", "2.0.0").mustSay(t, "slot blue has nothing left to do")
	if got := <-answered; !strings.HasPrefix(got, "service 1.0.0 after") {
		t.Errorf("the request was answered: %q", got)
	}
	box.MustServe("2.0.0")
}
