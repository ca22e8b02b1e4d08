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
	"syscall"
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

// mustHear: one message, these lines and no more. What it is told once and shows for ever must stay true.
func (manager *serviceManager) mustHear(lines ...string) {
	t := manager.proxy.t
	t.Helper()
	block := make([]byte, 4096)
	manager.ear.SetReadDeadline(time.Now().Add(20 * time.Second))
	count, err := manager.ear.Read(block)
	if heard := string(block[:count]); err != nil || heard != strings.Join(lines, "\n") {
		t.Fatalf("the service manager heard %q, %v: expected %q", heard, err, lines)
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

// hearAbout waits for what is said about a stored descriptor, and returns its name and the descriptor
// that came along, if one did.
func (manager *serviceManager) hearAbout(what string) (string, *os.File) {
	t := manager.proxy.t
	t.Helper()
	block, control := make([]byte, 4096), make([]byte, 256)
	for {
		manager.ear.SetReadDeadline(time.Now().Add(20 * time.Second))
		count, more, _, _, err := manager.ear.ReadMsgUnix(block, control)
		if err != nil {
			t.Fatalf("the service manager waited for %q: %v", what, err)
		}
		said := string(block[:count])
		if !strings.HasPrefix(said, what+"\nFDNAME=") {
			continue
		}
		name := strings.TrimPrefix(said, what+"\nFDNAME=")
		messages, _ := syscall.ParseSocketControlMessage(control[:more]) // none are none
		for _, message := range messages {
			descriptors, err := syscall.ParseUnixRights(&message)
			if err != nil || len(descriptors) != 1 {
				t.Fatalf("%q came with descriptors %v, %v", said, descriptors, err)
			}
			return name, os.NewFile(uintptr(descriptors[0]), name)
		}
		return name, nil
	}
}

// killAll is kill -9 of the parent and of its workers.
func (manager *serviceManager) killAll() {
	t := manager.proxy.t
	t.Helper()
	status := manager.proxy.Status()
	pids := []int{status.PID}
	for _, worker := range status.Workers {
		pids = append(pids, worker.PID)
	}
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGKILL) // one that has just ended is no error
	}
	for _, pid := range pids {
		pid := pid
		waitFor(t, killTime, "a killed process is gone", func() bool { return !isAlive(pid) })
	}
}

// The copy that the manager got outlives every process: who connects after a kill -9 of all of them
// waits, and the next one answers. With the route it is taken back.
func TestServiceManagerIsGivenTheListenersOfRoutes(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.start()
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	name, stored := manager.hearAbout("FDSTORE=1")
	if stored == nil || strings.Contains(name, ":") {
		t.Fatalf("stored as %q: %v", name, stored)
	}
	defer stored.Close()
	manager.sockets, manager.names = []*os.File{stored}, []string{name}
	manager.killAll()
	between := proxy.ask(getRoot)
	manager.start()
	mustAnswerOn(t, between, "blue")
	if answer := proxy.Ask(fields{"do": "route.remove", "app": "shop"}); !answer.OK {
		t.Fatalf("%+v", answer)
	}
	if taken, _ := manager.hearAbout("FDSTOREREMOVE=1"); taken != name {
		t.Errorf("stored as %q, and taken back as %q", name, taken)
	}
}

// A worker whose parent was killed starts no other one: the service manager does, and two would fight
// for the folder. It finishes what it has.
func TestServiceManagersNextParentIsNotStartedByAnOrphan(t *testing.T) {
	manager := newServiceManager(t)
	proxy := manager.proxy
	manager.start()
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	workers := proxy.Status().Workers
	parent := proxy.Status().PID
	if err := syscall.Kill(parent, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, worker := range workers {
		worker := worker
		waitFor(t, stopTime, "the orphan has ended", func() bool { return !isAlive(worker.PID) })
	}
	for _, process := range processesOf(proxy.Dir) {
		if process.Is("godeploy-proxy") {
			t.Errorf("somebody started %v", process)
		}
	}
}
