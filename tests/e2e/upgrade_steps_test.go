package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pausedUpgrade is an upgrade whose two parents are stopped and continued, so that it stands still
// between two words that they say to each other (proxy/server/parent/succession.h).
type pausedUpgrade struct {
	*Proxy
	old, fresh, worker int
	version            string
	second             string // another address
	stopped            map[int]bool
	answer             chan proxyAnswer
}

// pauseUpgrade returns once the new build is there and has done nothing yet.
func pauseUpgrade(t *testing.T, proxy *Proxy, graceMS int) *pausedUpgrade {
	t.Helper()
	var status proxyAnswer
	waitFor(t, 20*time.Second, "a worker that has said hello", func() bool {
		status = proxy.Status()
		return status.Workers[0].Version != ""
	})
	paused := &pausedUpgrade{Proxy: proxy, old: status.PID, worker: status.Workers[0].PID,
		version: status.Workers[0].Version, second: fmt.Sprintf("127.0.0.1:%d", freePort(t)),
		stopped: map[int]bool{}, answer: make(chan proxyAnswer, 1)}
	name := filepath.Join(proxy.Dir, "pid")
	os.Remove(name)
	program := fakeBuild(t, proxy, fmt.Sprintf("echo $$ >%s\nkill -STOP $$\nexec %s \"$@\"", name,
		programPath(t, "godeploy-proxy")))
	go func() {
		answer, err := proxy.try(fields{"do": "upgrade", "program": program, "grace_ms": graceMS})
		if err != nil {
			t.Logf("the upgrade was not answered: %v", err) // as it is when the old parent is killed
		}
		paused.answer <- answer
	}()
	waitFor(t, 20*time.Second, "the new build", func() bool {
		text, _ := os.ReadFile(name)
		paused.fresh, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return paused.fresh > 0 && isStopped(paused.fresh)
	})
	paused.stopped[paused.fresh] = true
	return paused
}

func isStopped(pid int) bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return bytes.Contains(stat, []byte(") T "))
}

// stop is SIGSTOP, and returns once it has come into effect.
func (paused *pausedUpgrade) stop(pid int) {
	paused.t.Helper()
	syscall.Kill(pid, syscall.SIGSTOP)
	paused.stopped[pid] = true
	waitFor(paused.t, 20*time.Second, "a stopped process", func() bool { return isStopped(pid) })
}

// goOn is SIGCONT, and only to who was stopped: it would also undo the SIGSTOP by which the leak
// sanitizer has a process stand still at its end.
func (paused *pausedUpgrade) goOn(pids ...int) {
	for _, pid := range pids {
		if paused.stopped[pid] {
			syscall.Kill(pid, syscall.SIGCONT)
		}
		delete(paused.stopped, pid)
	}
}

// freshWorker is the worker of the new build; 0: it has none yet.
func (paused *pausedUpgrade) freshWorker() int {
	_, workers := splitProxies(paused.Dir)
	for _, worker := range workers {
		if worker.Parent == paused.fresh {
			return worker.PID
		}
	}
	return 0
}

func (proxy *Proxy) waitForLog(pid int, event string) {
	proxy.t.Helper()
	waitFor(proxy.t, 20*time.Second, "in proxy.log: "+event, func() bool {
		log, _ := os.ReadFile(filepath.Join(proxy.Folder, "proxy.log"))
		return strings.Contains(string(log), fmt.Sprintf(" [%d] %s", pid, event))
	})
}

// The steps of an upgrade in their order. Each begins where the one before it ends.

// The new build's worker has the sockets, and the old parent has not heard of it.
func (paused *pausedUpgrade) untilReady() {
	paused.t.Helper()
	paused.stop(paused.old)
	paused.goOn(paused.fresh)
	paused.waitForLog(paused.fresh, "ready to follow")
}

// The lock is free, nobody answers questions, and the new parent has not read that it is its turn.
func (paused *pausedUpgrade) untilHandedOver() {
	paused.t.Helper()
	paused.untilReady()
	paused.stop(paused.fresh)
	paused.goOn(paused.old)
	paused.waitForLog(paused.old, "handed over")
}

// The new parent has the lock and the old worker, which does not answer it yet.
func (paused *pausedUpgrade) untilTaken() {
	paused.t.Helper()
	paused.untilHandedOver()
	paused.stop(paused.worker)
	paused.goOn(paused.fresh)
	waitFor(paused.t, 20*time.Second, "the new parent's name in the lock", func() bool {
		note, _ := os.ReadFile(filepath.Join(paused.Folder, "lock"))
		return string(note) == strconv.Itoa(paused.fresh)
	})
}

// The new build serves and the old worker finishes, and the old parent has not heard of it.
func (paused *pausedUpgrade) untilServing() {
	paused.t.Helper()
	paused.untilHandedOver()
	paused.stop(paused.old)
	paused.goOn(paused.fresh)
	paused.waitForLog(paused.fresh, "version "+paused.version+" serves")
}

// Whoever dies at a step of an upgrade, and what is left of it serves on. Who is stopped goes on once
// the victim is dead.
func diesAt(t *testing.T, step func(paused *pausedUpgrade), outcomes map[string]string) {
	for victim, whoServes := range outcomes {
		victim, whoServes := victim, whoServes
		t.Run(victim, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			proxy := newProxy(t)
			proxy.serveReleases("1.0.0", "2.0.0")
			proxy.Flip("blue")
			load := startLightLoad(t, proxy.URL("/"))
			load.WaitForAnswers(5)
			paused := pauseUpgrade(t, proxy, 1000)
			step(paused)
			if victim == "old worker" {
				time.Sleep(time.Until(begun.Add(1500 * time.Millisecond))) // one that dies sooner is replaced later
			}
			death := paused.kill(victim)
			paused.goOn(paused.worker, paused.old, paused.fresh)
			answer := <-paused.answer
			load.WaitForAnswers(10)
			for _, lost := range load.Stop().Lost() {
				if lost.Err == nil || !strings.HasSuffix(victim, "worker") || !lost.heldAt([]kill{death}) {
					t.Errorf("lost: %v", lost)
				}
			}
			paused.mustServe(whoServes, answer)
		})
	}
}

func (paused *pausedUpgrade) kill(victim string) kill {
	paused.t.Helper()
	pid := map[string]int{"old parent": paused.old, "new parent": paused.fresh, "old worker": paused.worker,
		"new worker": paused.freshWorker()}[victim]
	death := kill{from: time.Now()}
	(&Box{t: paused.t}).KillNow(pid)
	death.to = time.Now()
	return death
}

// mustServe wants one parent with one worker in the end, which follow a flip.
func (paused *pausedUpgrade) mustServe(who string, answer proxyAnswer) {
	t := paused.t
	t.Helper()
	waitFor(t, 30*time.Second, "one parent and one worker", func() bool {
		parents, workers := splitProxies(paused.Dir)
		return len(parents) == 1 && len(workers) == 1
	})
	pid := paused.Status().PID
	served := map[int]string{paused.old: "old", paused.fresh: "new"}[pid]
	if served == "" {
		served = "heir"
	}
	if served != who && who != "old or new" {
		t.Errorf("%s is to serve, not %s (process %d), after %+v", who, served, pid, answer)
	}
	if answer.OK && served == "old" || !answer.OK && answer.Code == "upgrade" && served != "old" {
		t.Errorf("%s serves after %+v", served, answer)
	}
	if served == "new" {
		paused.mustHaveWorkersOfItsOwn()
	}
	paused.Flip("green")
	if _, release, _ := get(t, paused.URL("/")); release != "2.0.0" {
		t.Errorf("release %q serves after a flip to 2.0.0", release)
	}
}

// mustHaveWorkersOfItsOwn wants no worker replaced by the parent that leaves, and each that died before
// the new one said that it serves replaced by then.
func (paused *pausedUpgrade) mustHaveWorkersOfItsOwn() {
	paused.t.Helper()
	log, _ := os.ReadFile(filepath.Join(paused.Folder, "proxy.log"))
	count := func(log []byte, event string, parent int) int {
		return len(regexp.MustCompile(fmt.Sprintf(`\[%d\] worker \d+ %s`, parent, event)).FindAll(log, -1))
	}
	before, _, _ := bytes.Cut(log, []byte(fmt.Sprintf("[%d] version %s serves", paused.fresh, paused.version)))
	if count(log, "started", paused.old) != 1 ||
		count(before, "started", paused.fresh) != 1+count(before, "is gone", paused.fresh) {
		paused.t.Errorf("the wrong parent, or nobody, replaced a worker")
	}
}

func TestUpgradeSurvivesADeathBeforeTheNewBuildHasBegun(t *testing.T) {
	diesAt(t, func(*pausedUpgrade) {}, map[string]string{
		"old parent": "heir", "new parent": "old", "old worker": "old or new"})
}

func TestUpgradeSurvivesADeathWhenTheNewBuildIsReady(t *testing.T) {
	diesAt(t, (*pausedUpgrade).untilReady, map[string]string{
		"old parent": "heir", "new parent": "old", "old worker": "old or new", "new worker": "old or new"})
}

func TestUpgradeSurvivesADeathWhenAllIsHandedOver(t *testing.T) {
	diesAt(t, (*pausedUpgrade).untilHandedOver, map[string]string{
		"old parent": "new", "new parent": "old", "old worker": "new", "new worker": "old or new"})
}

func TestUpgradeSurvivesADeathWhenTheNewBuildHasTheLock(t *testing.T) {
	diesAt(t, (*pausedUpgrade).untilTaken, map[string]string{
		"old parent": "new", "new parent": "old", "old worker": "new", "new worker": "old or new"})
}

func TestUpgradeSurvivesADeathWhenTheNewBuildServes(t *testing.T) {
	diesAt(t, (*pausedUpgrade).untilServing, map[string]string{
		"old parent": "new", "new parent": "heir", "old worker": "new", "new worker": "new"})
}

// What came after the new build was started is not in its hands, and would be lost with the old one.
func TestUpgradeIsRefusedWhenTheNewBuildHasNotEverything(t *testing.T) {
	for name, change := range map[string]func(paused *pausedUpgrade){
		"an address": func(paused *pausedUpgrade) {
			paused.Flip("blue", fields{"listen": []string{paused.Address(), paused.second}})
		},
		"a worker": func(paused *pausedUpgrade) { killServingWorker(paused.t, paused.Proxy) },
	} {
		change := change
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := newProxy(t)
			proxy.Serve("blue", nil)
			proxy.Flip("blue")
			paused := pauseUpgrade(t, proxy, 1000)
			change(paused)
			worker := proxy.Status().Workers[0].PID
			paused.goOn(paused.fresh)
			if answer := <-paused.answer; answer.OK || !strings.Contains(answer.Error, "ask again") {
				t.Errorf("%+v", answer)
			}
			status := proxy.Status()
			if status.PID != paused.old || len(status.Workers) != 1 || status.Workers[0].PID != worker {
				t.Errorf("%+v", status)
			}
			proxy.mustAnswer("blue")
			proxy.upgradeTo(programPath(t, "godeploy-proxy"), 1000)
			proxy.mustAnswer("blue")
		})
	}
}

// A machine that stood still: who goes on first must not count the time against the others.
func TestProxyParentThatStoodStillKillsNobodyForIt(t *testing.T) {
	const tooLong = 9 * time.Second // longer than any deadline: there is nothing else to wait for
	t.Run("its worker", func(t *testing.T) {
		t.Parallel()
		proxy := newProxy(t)
		proxy.Serve("blue", nil)
		proxy.Flip("blue")
		before := proxy.Status()
		worker := before.Workers[0].PID
		paused := &pausedUpgrade{Proxy: proxy, stopped: map[int]bool{}}
		paused.stop(worker)
		first, err := net.Dial("unix", filepath.Join(proxy.Folder, "control.sock"))
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		fmt.Fprintln(first, `{"do":"status"}`)
		proxy.Ask(fields{"do": "nothing"}) // answered in turn: by now the worker is asked
		paused.stop(before.PID)
		time.Sleep(tooLong)
		paused.goOn(before.PID)
		proxy.Ask(fields{"do": "nothing"}) // it has looked at the time
		paused.goOn(worker)
		var after proxyAnswer
		if err := json.NewDecoder(first).Decode(&after); err != nil || after.Restarts != 0 ||
			len(after.Workers) != 1 || after.Workers[0].PID != worker {
			t.Errorf("before %+v, after %+v, %v", before, after, err)
		}
	})
	t.Run("the new build", func(t *testing.T) {
		t.Parallel()
		proxy := newProxy(t)
		proxy.Serve("blue", nil)
		proxy.Flip("blue")
		paused := pauseUpgrade(t, proxy, 1000)
		paused.stop(paused.old)
		time.Sleep(tooLong)
		paused.goOn(paused.old)
		proxy.Ask(fields{"do": "nothing"})
		paused.goOn(paused.fresh)
		if answer := <-paused.answer; !answer.OK || answer.PID != paused.fresh {
			t.Errorf("%+v", answer)
		}
	})
}
