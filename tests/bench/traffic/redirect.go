package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"godeploy/box/screen"
)

// The kernel's own redirection is measured in a network namespace: this program again, with this word.
const insideKernel = "inside-a-network-namespace"

const (
	redirectRounds = 5
	redirectLength = 700 * time.Millisecond
)

// What proxy/engine/engine_nftables_rules.c writes for a port of this host.
const redirectRules = `add table inet bench
add counter inet bench blue
add chain inet bench serve
add chain inet bench prerouting { type nat hook prerouting priority -101; }
add chain inet bench output { type nat hook output priority -101; }
add chain inet bench guard { type filter hook input priority 0; }
add rule inet bench serve meta l4proto tcp counter name "blue" redirect to :%[2]s
add rule inet bench prerouting ip daddr 127.0.0.1 tcp dport %[1]s tcp flags & (fin | syn | rst | ack) == syn jump serve
add rule inet bench output ip daddr 127.0.0.1 tcp dport %[1]s tcp flags & (fin | syn | rst | ack) == syn jump serve
add rule inet bench guard iifname != "lo" tcp dport %[2]s ct status & dnat == 0 reject with tcp reset
`

var redirectContests = []Contest{
	{name: "keep-alive, 32 clients", load: Load{path: small, connections: 32}},
	{name: "1 MB, 32 clients", load: Load{path: large, connections: 32}},
	{name: "a connection each, 32 clients", load: Load{path: small, connections: 32, fresh: true}},
}

// Redirection is what the namespace says, requests a second.
type Redirection struct {
	Name             string
	Direct, Kernel   float64
	DirectP, KernelP float64 // p99, microseconds
}

func (bench *Bench) redirect() error {
	say("the kernel's redirection against no proxy at all")
	command := exec.Command(os.Args[0], insideKernel)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	output, err := command.Output()
	if err != nil {
		bench.screen.Line("  nftables       not measured: a network namespace of its own needs root (%v)", err)
		return nil
	}
	var found []Redirection
	if err := json.Unmarshal(output, &found); err != nil {
		return fmt.Errorf("%w in %s", err, output)
	}
	rows := [][]screen.Cell{append(heading("nftables, requests/s", "direct", "nftables", "p99 direct, ms", "p99, ms",
		"ratio", "target"), left(""))}
	for _, one := range found {
		ratio := one.Kernel / one.Direct
		rows = append(rows, append([]screen.Cell{left(one.Name), number(one.Direct, 0), number(one.Kernel, 0),
			number(one.DirectP/1000, 2), number(one.KernelP/1000, 2), number(ratio, 3)},
			verdict(ratio, 0.98, false, "%.2f")...))
	}
	bench.show(rows)
	return nil
}

func measureRedirect() error {
	if output, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("ip link: %w: %s", err, output)
	}
	dir, err := os.MkdirTemp("", "godeploy-bench-redirect")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)                      // nothing is lost if some of it stays
	if err := os.Chmod(dir, 0o755); err != nil { // nginx reads its files as another user
		return err
	}
	rig := &Rig{dir: dir, address: "127.0.0.1:8081", second: "127.0.0.1:8082"}
	if err := rig.startBackend(); err != nil {
		return err
	}
	defer rig.backend.stop()
	const public = "127.0.0.1:8080"
	if err := loadRules(filepath.Join(dir, "rules"), public, rig.address); err != nil {
		return err
	}
	var found []Redirection
	for _, contest := range redirectContests {
		one, err := compare(contest.name, contest.load, rig.address, public)
		if err != nil {
			return err
		}
		found = append(found, one)
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func loadRules(path, public, backend string) error {
	if err := os.WriteFile(path, []byte(fmt.Sprintf(redirectRules, portOf(public), portOf(backend))), 0o600); err != nil {
		return err
	}
	if output, err := exec.Command("nft", "-f", path).CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// compare asks the backend in turns: at its own port, and at the one that the kernel redirects.
func compare(name string, load Load, direct, redirected string) (Redirection, error) {
	var costs [2]Cost
	for round := 0; round < redirectRounds; round++ {
		for i, address := range []string{direct, redirected} {
			outcome, err := load.run(address, redirectLength, func() {}, func() {})
			if err != nil {
				return Redirection{}, fmt.Errorf("%s at %s: %w", name, address, err)
			}
			costs[i].add(outcome, 0)
		}
	}
	return Redirection{Name: name, Direct: costs[0].rate.median(), Kernel: costs[1].rate.median(),
		DirectP: costs[0].p99.median(), KernelP: costs[1].p99.median()}, nil
}
