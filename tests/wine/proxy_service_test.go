package wine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newServiceProxy is a Proxy that `godeploy proxy start` made a service of.
func newServiceProxy(t *testing.T) *Proxy {
	t.Helper()
	host := newWindows(t)
	proxy := &Proxy{t: t, host: host, Folder: filepath.Join(host.Dir, "root", "proxy"), Port: freePort(t)}
	t.Cleanup(proxy.showLog)
	proxy.slots = map[string]string{"blue": proxy.serve("blue"), "green": proxy.serve("green")}
	settings := fmt.Sprintf("app: shop\nroot: '%s'\nrelease: { source: 'C:\\r\\{version}.zip' }\n"+
		"verify: { rsa: { keys: ['C:\\r\\key.pem'] } }\n"+
		"service: { command: [service.exe], runner: service }\n"+
		"traffic: { engine: embedded, listen: ['%s'], slots: [18081, 18082] }\n",
		path(filepath.Join(host.Dir, "root")), proxy.address())
	if err := os.WriteFile(filepath.Join(host.Dir, "godeploy.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy.mustGodeploy("start")
	proxy.startAsking()
	return proxy
}

func (proxy *Proxy) mustGodeploy(words ...string) {
	proxy.t.Helper()
	cmd := proxy.host.command(program(proxy.t, "godeploy"), append([]string{"proxy", "--file",
		path(filepath.Join(proxy.host.Dir, "godeploy.yaml"))}, words...)...)
	output, err := os.Create(filepath.Join(proxy.host.Dir, "output")) // no pipe: Wine would keep it open
	if err != nil {
		proxy.t.Fatal(err)
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(output.Name())
		proxy.t.Fatalf("proxy %s: %v\n%s", words, err, said)
	}
}

func (proxy *Proxy) keepers() int {
	return len(proxy.host.processes("godeploy-proxy", "--service"))
}

// Nobody but the service manager starts a keeper. No service may be about to start meanwhile: under Wine
// the program would be taken for that one, which is why this is no unit test.
func (proxy *Proxy) mustRefuseToServeByHand() {
	proxy.t.Helper()
	cmd := proxy.host.command(program(proxy.t, "godeploy-proxy"), "--folder", path(proxy.Folder),
		"--service", "by-hand")
	output, err := os.Create(filepath.Join(proxy.host.Dir, "by-hand"))
	if err != nil {
		proxy.t.Fatal(err)
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	_ = cmd.Run() // its status is looked at
	said, _ := os.ReadFile(output.Name())
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(said), "not started as a service") {
		proxy.t.Errorf("%v\n%s", cmd.ProcessState, said)
	}
}

// The service outlives its parents: one that is killed, and one that is followed by another build.
// A stop ends all of them, and a boot brings the route back.
func TestWindowsProxyAsAServiceOutlivesItsParentsAndComesBackAtBoot(t *testing.T) {
	proxy := newServiceProxy(t)
	proxy.flip("http", "blue")
	clients := startLoad(proxy)
	clients.waitForMore(t, 20)
	kill(t, proxy.one(false))
	proxy.flip("http", "green")
	clients.waitForMore(t, 20)
	proxy.must(fields{"do": "upgrade", "grace_ms": 3000, "program": path(program(t, "godeploy-proxy"))})
	clients.waitForMore(t, 20)
	clients.mustLoseNothing(t)
	if proxy.keepers() != 1 {
		t.Errorf("%v", proxy.host.processes("godeploy-proxy"))
	}

	proxy.host.reboot()
	proxy.startAsking() // any program starts Wine, and with it what starts at boot
	proxy.status()
	proxy.mustAnswer("green")

	proxy.mustGodeploy("stop", "--yes")
	waitFor(t, 30*time.Second, "the end of all processes", func() bool {
		return len(proxy.host.processes("godeploy-proxy", "--folder")) == 0
	})
	proxy.mustRefuseToServeByHand()
}
