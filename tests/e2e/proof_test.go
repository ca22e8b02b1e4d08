package e2e

import (
	"os"
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

// Flips, killed workers and upgrades, all mixed, under keep-alive clients, fresh ones and posts:
// 100 flips, or 1,000 where GODEPLOY_E2E_ALL is set. Only what came
// by a connection that a killed worker held may be lost, and is counted apart.
func TestFlipsKillsAndUpgradesMixedLoseNothing(t *testing.T) {
	flips := 100
	if os.Getenv("GODEPLOY_E2E_ALL") != "" {
		flips = 1000
	}
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startLoad(t, proxy.URL("/"))
	load.WaitForAnswers(50)
	var kills []kill
	upgrades := 0
	for i := 1; i <= flips; i++ {
		proxy.Flip([]string{"blue", "green"}[i%2])
		load.WaitForAnswers(10)
		if i%20 == 0 {
			kills = append(kills, killServingWorker(t, proxy))
		} else if i%20 == 10 {
			proxy.upgradeTo(programPath(t, "godeploy-proxy"), 10000)
			upgrades++
		}
	}
	proxy.waitForTheLast()
	load.WaitForAnswers(50)

	answers := load.Stop()
	inKilled, failed := 0, Answers{}
	for _, lost := range answers.Lost() {
		if lost.Err != nil && lost.heldAt(kills) {
			inKilled++
		} else {
			failed = append(failed, lost)
		}
	}
	t.Logf("%d flips, %d kills, %d upgrades: sent %d, failed %d, cut with a killed worker %d, "+
		"longest gap %v", flips, len(kills), upgrades, len(answers), len(failed), inKilled, answers.LongestGap())
	if len(failed) > 0 {
		t.Errorf("lost: %v", failed)
	}
	if most := 3 * clientsOfAKind * len(kills); inKilled > most {
		t.Errorf("%d clients lost %d requests to killed workers", 3*clientsOfAKind, inKilled)
	}
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
