package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// upgradeTo asks for another build, and fails the test unless that one serves.
func (proxy *Proxy) upgradeTo(program string, graceMS int) proxyAnswer {
	proxy.t.Helper()
	answer, err := proxy.try(fields{"do": "upgrade", "program": program, "grace_ms": graceMS})
	if err != nil || !answer.OK {
		proxy.t.Fatalf("upgrade to %s: %+v, %v", program, answer, err)
	}
	return answer
}

func (proxy *Proxy) mustAnswer(slot string) {
	proxy.t.Helper()
	conn := proxy.ask(getRoot)
	defer conn.Close()
	expectAnswer(proxy.t, conn, 200, slot)
}

// waitForTheLast waits until the workers before an upgrade have finished.
func (proxy *Proxy) waitForTheLast() proxyAnswer {
	proxy.t.Helper()
	var status proxyAnswer
	waitFor(proxy.t, 30*time.Second, "only workers of the new build", func() bool {
		status = proxy.Status()
		for _, worker := range status.Workers {
			if worker.Leaving {
				return false
			}
		}
		return len(status.Workers) > 0
	})
	return status
}

func TestUpgradesInARowRefuseNobodyAndLoseNothing(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startLoad(t, proxy.URL("/"))
	load.WaitForAnswers(50)
	seen := map[int]bool{proxy.Status().PID: true}
	for i := 0; i < 5; i++ {
		answer := proxy.upgradeTo(programPath(t, "godeploy-proxy"), 10000)
		if seen[answer.PID] {
			t.Fatalf("process %d is one that served before", answer.PID)
		}
		seen[answer.PID] = true
		proxy.Flip([]string{"green", "blue"}[i%2]) // also while workers before it finish
		load.WaitForAnswers(50)
	}
	status := proxy.waitForTheLast()
	if !seen[status.PID] || len(status.Workers) != 1 || status.Workers[0].Version == "" {
		t.Errorf("%+v", status)
	}
	answers := load.Stop()
	answers.MustLoseNothing(t)
	t.Logf("%d answers over 5 upgrades, longest gap %v", len(answers), answers.LongestGap())
	proxy.mustAnswer("green")
}

// fakeBuild is a program in the place of the new build.
func fakeBuild(t *testing.T, proxy *Proxy, script string) string {
	t.Helper()
	path := filepath.Join(proxy.Dir, "fake-build")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUpgradeToWhatIsNoProxyLeavesTheOldOneServing(t *testing.T) {
	for _, fake := range []struct{ name, script, why string }{
		{"ends at once", "exit 3", "exit status 3"},
		{"is killed", "kill -9 $$", "signal 9"},
		{"talks nonsense", "echo nonsense >&3; exec sleep 60", "no JSON"},
		{"is silent", "exec sleep 60", "said nothing"},
		{"closes the channel", "exec 3>&-; exec sleep 60", "signal 9"},
		{"is ready and dies", `echo '{"ready":true}' >&3; read line <&3`, "exit status"},
		{"spoils the routes and dies", `echo '{"ready":true}' >&3; read line <&3; echo x >"$2/routes.json"`,
			"exit status"},
		{"says it serves out of turn", `echo '{"serving":true}' >&3; exit 0`, "exit status 0"},
	} {
		fake := fake
		t.Run(fake.name, func(t *testing.T) {
			t.Parallel()
			proxy := newProxy(t)
			proxy.Serve("blue", nil)
			proxy.Serve("green", nil)
			proxy.Flip("blue")
			before := proxy.Status()
			load := startLightLoad(t, proxy.URL("/"))
			load.WaitForAnswers(5)
			answer, err := proxy.try(fields{"do": "upgrade", "program": fakeBuild(t, proxy, fake.script)})
			if err != nil || answer.OK || answer.Code != "upgrade" || !strings.Contains(answer.Error, fake.why) {
				t.Fatalf("%+v, %v", answer, err)
			}
			load.WaitForAnswers(5)
			status := proxy.Status()
			if status.PID != before.PID || status.Workers[0].PID != before.Workers[0].PID || status.Restarts != 0 {
				t.Errorf("before %+v, after %+v", before, status)
			}
			proxy.Flip("green")
			proxy.mustAnswer("green")
			load.Stop().MustLoseNothing(t)
			proxy.upgradeTo(programPath(t, "godeploy-proxy"), 1000) // a good one still can follow
			proxy.mustAnswer("green")
		})
	}
}

func TestUpgradeToAMissingProgramIsRefused(t *testing.T) {
	proxy := newProxy(t)
	for _, program := range []string{"", "godeploy-proxy", filepath.Join(proxy.Dir, "nothing")} {
		if answer := proxy.Ask(fields{"do": "upgrade", "program": program}); answer.OK || answer.Error == "" {
			t.Errorf("%q: %+v", program, answer)
		}
	}
	proxy.Status()
}

// What was under way before an upgrade counts, and can be ended, as if there had been none.
func TestUpgradeLetsWhatIsUnderWayFinish(t *testing.T) {
	proxy := newProxy(t)
	release := make(chan struct{})
	proxy.Serve("blue", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-release
		fmt.Fprint(w, "whole")
	})
	proxy.Flip("blue")
	conn := proxy.ask(getRoot)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	proxy.upgradeTo(programPath(t, "godeploy-proxy"), 30000)
	status := proxy.Status()
	if len(status.Workers) != 2 || status.Workers[0].Leaving == status.Workers[1].Leaving {
		t.Errorf("%+v", status.Workers)
	}
	if stats := proxy.Stats("blue"); stats.InFlight != 1 {
		t.Errorf("the request in the old worker is not counted: %+v", stats)
	}
	close(release)
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "whole" {
		t.Errorf("%q, %v", body, err)
	}
	// Its head had said that the connection stays: so it does for one request more.
	io.WriteString(conn, getRoot)
	if response, err = http.ReadResponse(reader, nil); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "whole" ||
		!response.Close {
		t.Errorf("%q, %v, close %v", body, err, response.Close)
	}
	proxy.waitForTheLast()
}

func TestUpgradeSaysGoodbyeToAWebSocketThatOutlastsItsBudget(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	socket := proxy.webSockets("blue", 1)[0]
	proxy.upgradeTo(programPath(t, "godeploy-proxy"), 200)
	socket.expectGoodbyeToClient()
	socket.expectGoodbyeToServer()
	proxy.waitForTheLast()
}

func TestUpgradeEndsWhatOutlastsItsBudget(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", func(w http.ResponseWriter, request *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-request.Context().Done()
	})
	proxy.Flip("blue")
	conn := proxy.ask(getRoot)
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	proxy.upgradeTo(programPath(t, "godeploy-proxy"), 200)
	proxy.waitForTheLast()
}

// Whoever of the two parents is killed, and whenever: afterwards one proxy serves, with the routes
// as they were, and nobody has noticed.
func TestUpgradeInWhichAParentIsKilledLosesNothing(t *testing.T) {
	for _, victim := range []string{"old", "new"} {
		victim := victim
		t.Run(victim, func(t *testing.T) {
			t.Parallel()
			proxy := newProxy(t)
			proxy.Serve("blue", nil)
			proxy.Flip("blue")
			load := startLightLoad(t, proxy.URL("/"))
			for i := 0; i < 8; i++ {
				load.WaitForAnswers(5)
				old := proxy.waitForTheLast().PID
				asked := make(chan struct{})
				go func() {
					defer close(asked)
					proxy.try(fields{"do": "upgrade", "program": programPath(t, "godeploy-proxy"), "grace_ms": 8000})
				}()
				proxy.killInUpgrade(victim, old, time.Duration(i)*4*time.Millisecond)
				<-asked
				load.WaitForAnswers(5)
				proxy.mustAnswer("blue")
			}
			status := proxy.waitForTheLast()
			waitFor(t, 20*time.Second, "one parent", func() bool {
				parents, workers := splitProxies(proxy.Dir)
				return len(parents) == 1 && len(workers) == 1
			})
			if len(status.Routes) != 1 || status.Routes[0].Active != "blue" {
				t.Errorf("%+v", status)
			}
			load.Stop().MustLoseNothing(t)
		})
	}
}

// A worker whose parent dies in an upgrade may find another parent in its folder. It leaves, and
// whoever was told that the connection stays may still ask.
func TestWorkerWhoseFolderHasAnotherParentAnswersWhoIsConnected(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	kept := proxy.ask(getRoot)
	defer kept.Close()
	expectAnswer(t, kept, 200, "blue")
	defer killAndTakeFolder(t, proxy, strconv.Itoa(os.Getpid())).Close()
	waitFor(t, 20*time.Second, "a worker that accepts nobody", func() bool {
		conn, err := net.Dial("tcp", proxy.Address())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	io.WriteString(kept, getRoot)
	if response := expectAnswer(t, kept, 200, "blue"); !response.Close {
		t.Error("the connection is to be kept by a worker that leaves")
	}
	waitFor(t, 20*time.Second, "the end of the worker", func() bool { return len(processesOf(proxy.Dir)) == 0 })
}

// A lock without a name may be the dead parent's, which the system has not let go of yet: on a full
// disk nobody could sign it.
func TestWorkerWaitsForTheLockOfNobodyInParticular(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	worker := proxy.Status().Workers[0].PID
	kept := proxy.ask(getRoot)
	defer kept.Close()
	expectAnswer(t, kept, 200, "blue")
	lock := killAndTakeFolder(t, proxy, "")
	defer lock.Close()
	waitFor(t, 20*time.Second, "who follows the parent", func() bool {
		parents, _ := splitProxies(proxy.Dir)
		return len(parents) > 0
	})
	lock.Close()
	if status := proxy.Status(); len(status.Workers) != 1 || status.Workers[0].PID != worker {
		t.Errorf("worker %d served, now %+v", worker, status.Workers)
	}
	io.WriteString(kept, getRoot)
	if response := expectAnswer(t, kept, 200, "blue"); response.Close {
		t.Error("the worker leaves, and nobody else has its folder")
	}
}

// killAndTakeFolder kills the parent, and returns the lock of the folder, held in that name. The
// worker stands still meanwhile: it would be faster.
func killAndTakeFolder(t *testing.T, proxy *Proxy, note string) *os.File {
	t.Helper()
	lock, err := os.OpenFile(filepath.Join(proxy.Folder, "lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	status := proxy.Status()
	worker := status.Workers[0].PID
	defer syscall.Kill(worker, syscall.SIGCONT)
	for _, one := range []struct {
		pid    int
		signal syscall.Signal
	}{{worker, syscall.SIGSTOP}, {status.PID, syscall.SIGKILL}} {
		if err := syscall.Kill(one.pid, one.signal); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, killTime, "the lock of the folder", func() bool {
		return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	})
	if err := lock.Truncate(0); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(lock, note)
	return lock
}

// killInUpgrade kills one of the two once the new one is there, and so much later.
func (proxy *Proxy) killInUpgrade(victim string, old int, later time.Duration) {
	var fresh int
	for deadline := time.Now().Add(10 * time.Second); fresh == 0 && time.Now().Before(deadline); {
		parents, _ := splitProxies(proxy.Dir)
		for _, parent := range parents {
			// A worker of the new one that is not yet past its exec still looks like a parent.
			isItsWorker := parent.Parent != old && isAmong(parent.Parent, parents)
			if parent.PID != old && !isItsWorker {
				fresh = parent.PID
			}
		}
	}
	if fresh == 0 {
		return // a worker has been killed with the parent before it, and there was no upgrade
	}
	time.Sleep(later)
	if victim == "old" {
		syscall.Kill(old, syscall.SIGKILL)
	} else {
		syscall.Kill(fresh, syscall.SIGKILL)
	}
}

func isAmong(pid int, processes []Process) bool {
	for _, process := range processes {
		if process.PID == pid {
			return true
		}
	}
	return false
}

func splitProxies(dir string) (parents, workers []Process) {
	for _, process := range processesOf(dir) {
		if process.Is("godeploy-proxy") && process.isWorker() {
			workers = append(workers, process)
		} else if process.Is("godeploy-proxy") {
			parents = append(parents, process)
		}
	}
	return parents, workers
}

func TestUpgradeCommandReturnsWhenTheOldOneHasFinished(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	load := startLightLoad(t, box.URL("/"))
	load.WaitForAnswers(5)
	before := box.ProxyParents()[0].PID
	box.Must("proxy", "upgrade", "--drain", "5s").mustSay(t, "serves now")
	var now proxyAnswer
	box.Must("proxy", "status", "--json").document(t, &now)
	if now.PID == before || len(now.Workers) != 1 {
		t.Errorf("parent %d before, now %+v", before, now)
	}
	waitFor(t, killTime, "the end of both processes of the old one", func() bool {
		return len(box.ProxyParents()) == 1 && len(box.ProxyWorkers()) == 1
	})
	box.Must("proxy", "status").mustSay(t, "version ")
	load.WaitForAnswers(5)
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "2.0.0")
	box.MustServe("2.0.0")
	load.Stop().MustLoseNothing(t)
	box.Must("proxy", "stop", "--yes")
	box.MustExit(14, "proxy", "upgrade").mustSay(t, "upgrade")
}
