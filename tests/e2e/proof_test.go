package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// kill is the time in which a worker was killed.
type kill struct {
	from, to time.Time
}

// heldAt tells whether the connection of the request was there when a worker was killed.
func (a Answer) heldAt(kills []kill) bool {
	for _, one := range kills {
		if !a.Dialed.After(one.to) && !a.Ended.Before(one.from) {
			return true
		}
	}
	return false
}

// proof is what happened while the clients asked.
type proof struct {
	proxy    *Proxy
	flips    []time.Time
	kills    []kill
	upgrades int
}

// Flips, killed workers and upgrades, all mixed, under an open loop of clients of every kind:
// 100 flips, or 1,000 where GODEPLOY_E2E_ALL is set. Only what came by a connection that a killed
// worker held may be lost, and is counted apart.
func TestFlipsKillsAndUpgradesMixedLoseNothing(t *testing.T) {
	flips := 100
	if os.Getenv("GODEPLOY_E2E_ALL") != "" {
		flips = 1000
	}
	mixed := &proof{proxy: newProxy(t)}
	mixed.proxy.serveReleases("1.0.0", "2.0.0")
	mixed.proxy.Flip("blue")
	load := startOpenLoad(t, mixed.proxy.URL("/"))
	load.WaitForEachKind(1)
	for i := 1; i <= flips; i++ {
		mixed.step(i)
		load.WaitForAnswers(10)
	}
	mixed.proxy.waitForTheLast()
	load.WaitForEachKind(5)

	answers := load.Stop()
	t.Logf("%d flips, %d kills, %d upgrades", len(mixed.flips), len(mixed.kills), mixed.upgrades)
	for _, kind := range openKinds {
		mixed.judge(t, kind.name, answers.of(kind.name))
	}
	if answers.Goodbyes() == 0 || mixed.streamsFlipped(answers) == 0 {
		t.Errorf("%d WebSockets were told goodbye, %d streams ran through a flip", answers.Goodbyes(),
			mixed.streamsFlipped(answers))
	}
}

// serveReleases has the test service in both slots.
func (proxy *Proxy) serveReleases(blue, green string) {
	proxy.t.Helper()
	for slot, release := range map[string]string{"blue": blue, "green": green} {
		service := startService(proxy.t, release, proxy.t.TempDir())
		proxy.Slots[slot] = strings.TrimPrefix(serviceURL(service, ""), "http://")
	}
}

// step is one flip, and what comes with it: each fifth time the WebSockets of the slot before are told
// goodbye, each twentieth a worker is killed, and between those there is an upgrade.
func (mixed *proof) step(i int) {
	t, proxy := mixed.proxy.t, mixed.proxy
	t.Helper()
	slots := []string{"blue", "green"}
	mixed.flips = append(mixed.flips, time.Now())
	proxy.Flip(slots[i%2])
	if i%5 == 0 {
		answer := proxy.Ask(fields{"do": "close", "app": "shop", "slot": slots[(i+1)%2],
			"class": "upgraded", "over_ms": 0})
		if !answer.OK {
			t.Fatalf("close: %+v", answer)
		}
	}
	if i%20 == 0 {
		mixed.kills = append(mixed.kills, killServingWorker(t, proxy))
	} else if i%20 == 10 {
		proxy.upgradeTo(programPath(t, "godeploy-proxy"), 10000)
		mixed.upgrades++
	}
}

// judge wants nothing lost but what a killed worker held: one request of each client at most.
func (mixed *proof) judge(t *testing.T, kind string, answers Answers) {
	t.Helper()
	inKilled, failed := 0, Answers{}
	for _, lost := range answers.Lost() {
		if lost.Err != nil && lost.heldAt(mixed.kills) {
			inKilled++
		} else {
			failed = append(failed, lost)
		}
	}
	t.Logf("%-9s sent %d, ok %d, failed %d, cut with a killed worker %d, told goodbye %d, "+
		"slowest %v, longest gap %v", kind, len(answers), len(answers)-inKilled-len(failed), len(failed),
		inKilled, answers.Goodbyes(), answers.Slowest().Round(time.Millisecond),
		answers.LongestGap().Round(time.Millisecond))
	if len(failed) > 0 {
		t.Errorf("%s: lost: %v", kind, failed)
	}
	if most := clientsOfAKind * len(mixed.kills); inKilled > most {
		t.Errorf("%d %s clients lost %d requests to killed workers", clientsOfAKind, kind, inKilled)
	}
}

// streamsFlipped counts the whole streams that a flip came into.
func (mixed *proof) streamsFlipped(answers Answers) int {
	count := 0
	for _, stream := range answers.of("stream") {
		for _, flip := range mixed.flips {
			if !stream.Lost() && flip.After(stream.Begun) && flip.Before(stream.Ended) {
				count++
				break
			}
		}
	}
	return count
}

// killServingWorker kills the worker that takes new clients, waits for the next one, and returns
// when that was.
func killServingWorker(t *testing.T, proxy *Proxy) kill {
	t.Helper()
	victim := 0
	for _, worker := range proxy.waitForTheLast().Workers {
		victim = worker.PID
	}
	one := kill{from: time.Now()}
	(&Box{t: t}).KillNow(victim)
	one.to = time.Now()
	waitFor(t, 20*time.Second, "another worker", func() bool {
		for _, worker := range proxy.Status().Workers {
			if worker.PID != victim && !worker.Leaving {
				return true
			}
		}
		return false
	})
	return one
}
