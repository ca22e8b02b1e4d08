package e2e

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const nftablesTable = "godeploy-" + appName

func nft(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := exec.Command("nft", arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("nft %v: %v\n%s", arguments, err, output)
	}
	return string(output)
}

// withNftables is a box in a network namespace of the test's own. A connection stays with the
// release that it was made to, and ends when that is stopped.
func withNftables(t *testing.T) *Box {
	t.Helper()
	box := newBox(t, append([]string{"drain.in_flight", "1s"}, quick...)...)
	box.Change("traffic.engine", "nftables", "traffic.mode", "tcp",
		"traffic.listen", fmt.Sprintf(`["0.0.0.0:%d", "[::]:%d"]`, box.PublicPort, box.PublicPort),
		"service.command", `["./service", "--listen", ":{port}"]`)
	box.useEngine(&Engine{begin: func(*Engine) {}, alwaysThere: true, forgives: keptConnectionCut})
	return box
}

func TestNftablesFlipsAndLosesNothing(t *testing.T) {
	if inNetworkOfItsOwn(t) {
		engineFlips(t, withNftables)
	}
}

func TestNftablesRunsACanary(t *testing.T) {
	if inNetworkOfItsOwn(t) {
		engineRunsACanary(t, withNftables)
	}
}

func TestNftablesKilledAtTheFlip(t *testing.T) {
	if inNetworkOfItsOwn(t) {
		engineKilledAtTheFlip(t, withNftables)
	}
}

// Clients of IPv4 and IPv6, of this host and of another one: all go over at the flip.
func TestNftablesServesClientsOfThisHostAndOfOthers(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	host := newOtherHost(t)
	box := servingBy(t, withNftables, "1.0.0")
	box.Release("2.0.0", "2.0.0")
	loads := map[string]*Load{}
	for _, address := range []string{"127.0.0.1", "::1", hostIPv4, hostIPv6} {
		url := fmt.Sprintf("http://%s/", net.JoinHostPort(address, fmt.Sprint(box.PublicPort)))
		loads["local client of "+address] = startLightLoad(t, url)
		if address == hostIPv4 || address == hostIPv6 {
			loads["client of another host of "+address] =
				startLoadFrom(t, url, 1, 4*pauseOfClient, host.dial)
		}
	}
	for _, load := range loads {
		load.WaitForAnswers(10)
	}
	box.Must("deploy", "--version", "2.0.0")
	for _, load := range loads {
		load.WaitForAnswers(10)
	}
	for who, load := range loads {
		answers := load.Stop()
		box.mustLoseNothing(answers, 2, 1)
		if len(answers.Of("1.0.0")) == 0 || len(answers.Of("2.0.0")) == 0 {
			t.Errorf("%s: one of the two releases never answered: %v", who, answers.Releases())
		}
	}

	for slot := range box.SlotPorts {
		_, err := host.dial(fmt.Sprintf("%s:%d", hostIPv4, box.SlotPorts[slot]))
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("another host gets to the side port of slot %d: %v", slot, err)
		}
	}
}

// A program that holds the public port is relieved of it: its connections stay, new ones go to the
// release, and nobody is refused.
func TestNftablesTakesOverAPortThatIsHeld(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	box := withNftables(t)
	legacy := exec.Command(servicePath(t, "3.0.0"), "--listen", fmt.Sprintf(":%d", box.PublicPort))
	legacy.Dir = t.TempDir()
	legacy.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := legacy.Start(); err != nil {
		t.Fatal(err)
	}
	defer legacy.Wait()
	defer legacy.Process.Kill()
	waitFor(t, stopTime, "the program answers", func() bool { return box.whoAnswers() == "3.0.0" })

	// From before the table, and so before the kernel follows connections at all.
	kept := dialSlow(t, box)
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(20)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	load.WaitForAnswers(20)
	answers := load.Stop()
	answers.MustLoseNothing(t)
	if len(answers.Of("3.0.0")) == 0 || len(answers.Of("1.0.0")) == 0 {
		t.Errorf("%v", answers.Releases())
	}
	if n, err := kept.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("the connection from before has ended: %v", err)
	}
	box.MustServe("1.0.0")
}

// A firewall that is loaded again may flush everything; a reboot does.
func TestNftablesRulesThatAreGoneAreFoundAndMended(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	box := servingBy(t, withNftables, "1.0.0")
	for _, damage := range []string{
		"delete table inet " + nftablesTable,
		"flush ruleset",
		"flush chain inet " + nftablesTable + " prerouting",
		"flush chain inet " + nftablesTable + " serve",
	} {
		nft(t, damage)
		if status := box.Status(); status.kinds() != "route_wrong" {
			t.Errorf("after %s: %+v", damage, status)
		}
		box.Must("deploy", "--resume")
		box.MustServe("1.0.0")
	}
}

// The first deployment that is undone leaves none of our rules; others are nobody's business but
// their owner's.
func TestNftablesLeavesNothingBehindAndNothingElseAlone(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	nft(t, "add table inet theirs; add chain inet theirs input { type filter hook input priority 0; }; "+
		"add rule inet theirs input tcp dport 22 accept")
	before := nft(t, "list", "ruleset")
	box := withNftables(t)
	box.Release("2.0.0", "2.0.0")
	box.stagesUntil("flip")
	if rules := nft(t, "list", "ruleset"); !strings.Contains(rules, nftablesTable) {
		t.Errorf("no table of ours:\n%s", rules)
	}
	box.Must("abort")
	if after := nft(t, "list", "ruleset"); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

func TestNftablesThatCannotWorkIsRefused(t *testing.T) {
	if !inNetworkOfItsOwn(t) {
		return
	}
	box := withNftables(t)
	box.Release("1.0.0", "1.0.0")
	box.with(t, "traffic.nftables.table", `"x; flush ruleset"`).
		mustRefuse(14, []string{"deploy", "--version", "1.0.0"}, "is no name of a table")
	box.with(t, "traffic.mode", "http").
		mustRefuse(3, []string{"deploy", "--version", "1.0.0"}, "traffic.mode: http needs routing")
	box.with(t, "service.command", `["./service", "--listen", "127.0.0.1:{port}"]`).
		mustRefuse(14, []string{"deploy", "--version", "1.0.0"},
			"listens on loopback alone", ":{port}")
	if rules := nft(t, "list", "ruleset"); rules != "" {
		t.Errorf("left behind:\n%s", rules)
	}
}

// Who may not change the rules is told so before anything is done.
func TestNftablesWithoutRightsIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become somebody else")
	}
	box := withNftables(t)
	deploying := box.prepare(programPath(t, "godeploy"),
		[]string{"deploy", "--version", "1.0.0", "--file", box.File})
	for _, path := range []string{box.Dir, box.File} {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	deploying.command.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	deploying.begin().mustEnd(15).mustSay(t, "Operation not permitted", "CAP_NET_ADMIN")
}
