package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serviceManager does what systemd does: it holds the sockets of a .socket unit and hands them to the
// proxy, and hears what that says (sd_listen_fds(3), sd_notify(3)).
type serviceManager struct {
	proxy   *Proxy
	sockets []*os.File
	names   []string
	ear     *net.UnixConn
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	manager := &serviceManager{proxy: newProxyAtRest(t)}
	ear, err := net.ListenUnixgram("unixgram",
		&net.UnixAddr{Name: filepath.Join(manager.proxy.Dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ear.Close() })
	manager.ear = ear
	return manager
}

// hold listens on the public address, and accepts nothing.
func (manager *serviceManager) hold(name string) {
	t := manager.proxy.t
	t.Helper()
	listener, err := net.Listen("tcp", manager.proxy.Address())
	if err != nil {
		t.Fatal(err)
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	listener.Close() // the copy listens on
	t.Cleanup(func() { file.Close() })
	manager.sockets = append(manager.sockets, file)
	manager.names = append(manager.names, name)
}

// start: only the shell knows the pid that the proxy will have.
func (manager *serviceManager) start(arguments ...string) {
	manager.proxy.t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh",
		programPath(manager.proxy.t, "godeploy-proxy"), "--folder", manager.proxy.Folder}, arguments...)...)
	cmd.ExtraFiles = manager.sockets
	cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(manager.sockets)),
		"LISTEN_FDNAMES="+strings.Join(manager.names, ":"),
		"NOTIFY_SOCKET="+filepath.Join(manager.proxy.Dir, "notify"))
	manager.proxy.startAs(cmd)
}

func (manager *serviceManager) mustHear(words ...string) {
	t := manager.proxy.t
	t.Helper()
	block := make([]byte, 4096)
	manager.ear.SetReadDeadline(time.Now().Add(20 * time.Second))
	count, err := manager.ear.Read(block)
	for _, word := range words {
		if err != nil || !strings.Contains("\n"+string(block[:count])+"\n", "\n"+word+"\n") {
			t.Fatalf("the service manager heard %q, %v: expected %q", block[:count], err, words)
		}
	}
}

func mustAnswerOn(t *testing.T, conn net.Conn, slot string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != slot {
		t.Fatalf("%q, %v: expected %s", body, err, slot)
	}
}

func TestServiceManagersSocketsAreUsedAndWhoConnectsDuringARestartWaits(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.hold("godeploy-proxy.socket")
	early := proxy.ask(getRoot) // nobody runs yet
	manager.start()
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	mustAnswerOn(t, early, "blue")
	proxy.Stop()
	between := proxy.ask(getRoot)
	manager.start() // the route comes back
	mustAnswerOn(t, between, "blue")
}

// A socket that no route uses is kept, since nobody could open it again: the manager has it too.
func TestServiceManagersSocketIsKeptWhileNoRouteUsesIt(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.hold("godeploy-proxy.socket")
	manager.start()
	proxy.Serve("blue", nil)
	for _, step := range []string{"unused", "used again", "after an upgrade"} {
		early := proxy.ask(getRoot)
		proxy.Flip("blue")
		mustAnswerOn(t, early, "blue")
		if answer := proxy.Ask(fields{"do": "route.remove", "app": "shop"}); !answer.OK {
			t.Fatalf("%s: %+v", step, answer)
		}
		if step == "used again" {
			proxy.upgradeTo(programPath(t, "godeploy-proxy"), 1000)
		}
	}
}

// What the proxy itself had stored there is closed where no route uses it any more.
func TestServiceManagersStoredSocketIsClosedWhereNoRouteUsesIt(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.hold("godeploy-listener")
	manager.start()
	manager.sockets[0].Close()
	if conn, err := net.Dial("tcp", proxy.Address()); err == nil {
		conn.Close()
		t.Error("somebody listens still")
	}
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	proxy.mustAnswer("blue")
}

// One that nobody can connect to is left alone.
func TestServiceManagersDatagramSocketIsNoListener(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	datagrams, err := net.ListenPacket("udp", proxy.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	file, err := datagrams.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	manager.sockets, manager.names = []*os.File{file}, []string{"datagrams"}
	manager.start()
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	proxy.mustAnswer("blue")
}

func TestServiceManagerHearsWhenTheProxyIsReadyWhoFollowsItAndWhenItStops(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.start("--foreground") // as a unit does, to have the log in the journal
	manager.mustHear("READY=1", fmt.Sprintf("MAINPID=%d", proxy.Status().PID))
	fresh := proxy.upgradeTo(programPath(t, "godeploy-proxy"), 1000).PID
	manager.mustHear("READY=1", fmt.Sprintf("MAINPID=%d", fresh))
	manager.mustHear(fmt.Sprintf("MAINPID=%d", fresh)) // said by the one that leaves
	proxy.Ask(fields{"do": "stop"})
	manager.mustHear("STOPPING=1")
}
