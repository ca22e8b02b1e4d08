package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

const insideVariable = "GODEPLOY_E2E_INSIDE"

// inNetworkOfItsOwn runs the rest of the test in a network namespace where nothing is but loopback,
// so that rules of the kernel can be changed: this program again, for this one test. It returns true
// inside; the caller returns where it is false, and the outcome is the test's.
func inNetworkOfItsOwn(t *testing.T) bool {
	t.Helper()
	return inNamespacesOfItsOwn(t, syscall.CLONE_NEWNET)
}

// inNamespacesOfItsOwn is the same with further namespaces; a network is always among them.
func inNamespacesOfItsOwn(t *testing.T, namespaces uintptr) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		ip(t, "link set lo up")
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("a network namespace needs root, and this runs as another user")
	}
	command := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v",
		"-test.timeout", "160s")
	command.Env = append(os.Environ(), insideVariable+"=1")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	output, err := command.CombinedOutput()
	if err != nil && len(output) == 0 {
		t.Skipf("this kernel or container makes no network namespace: %v", err)
	}
	t.Logf("in a network namespace:\n%s", output)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(output), "--- SKIP") {
		t.Skip("skipped inside, as said above")
	}
	return false
}

func ip(t *testing.T, arguments string) {
	t.Helper()
	output, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v\n%s", arguments, err, output)
	}
}

// Addresses of the two ends of the cable: this host, and the other one.
const (
	hostIPv4, otherIPv4 = "10.83.7.1", "10.83.7.2"
	hostIPv6, otherIPv6 = "fd83:7::1", "fd83:7::2"
)

// OtherHost is a second network namespace, joined to this one by a cable.
type OtherHost struct {
	namespace *os.File
}

// newOtherHost makes it; it goes with the test program.
func newOtherHost(t *testing.T) *OtherHost {
	t.Helper()
	host := &OtherHost{}
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		failed <- host.enterNew()
	}()
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.namespace.Close() })
	there := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), host.namespace.Fd())
	ip(t, "link add cable type veth peer name plug netns "+there)
	ip(t, "addr add "+hostIPv4+"/24 dev cable")
	ip(t, "addr add "+hostIPv6+"/64 dev cable nodad")
	ip(t, "link set cable up")
	host.do(t, func() error {
		for _, arguments := range []string{"addr add " + otherIPv4 + "/24 dev plug",
			"addr add " + otherIPv6 + "/64 dev plug nodad", "link set plug up", "link set lo up"} {
			if output, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %v: %s", arguments, err, output)
			}
		}
		return nil
	})
	return host
}

func (host *OtherHost) enterNew() error {
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return err
	}
	namespace, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", syscall.Gettid()))
	host.namespace = namespace
	return err
}

// systemCallSetns is not in the package syscall.
var systemCallSetns = map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH]

// run does something on the other host. What it opens stays there.
func (host *OtherHost) run(what func() error) error {
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		_, _, number := syscall.RawSyscall(systemCallSetns, host.namespace.Fd(),
			syscall.CLONE_NEWNET, 0)
		if number != 0 {
			failed <- number
			return
		}
		failed <- what()
	}()
	return <-failed
}

func (host *OtherHost) do(t *testing.T, what func() error) {
	t.Helper()
	if err := host.run(what); err != nil {
		t.Fatal(err)
	}
}

// dial connects from there to an address of this host.
func (host *OtherHost) dial(address string) (conn net.Conn, err error) {
	err = host.run(func() error {
		var failed error
		conn, failed = net.DialTimeout("tcp", address, answerDeadline)
		return failed
	})
	return conn, err
}

// A test that needs another host sees that the cable works, and that nothing else is there.
func TestOtherHostIsReachedByItsCableAlone(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	host := newOtherHost(t)
	for _, address := range []string{hostIPv4, hostIPv6} {
		listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		conn, err := host.dial(listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if from := conn.LocalAddr().(*net.TCPAddr).IP.String(); from != otherIPv4 && from != otherIPv6 {
			t.Errorf("the client is %s", from)
		}
	}
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) != 2 {
		t.Errorf("%v, %v", interfaces, err)
	}
}
