package e2e

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// effects are the system calls by which a deployment changes anything outside its own process.
const effects = "fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,write," +
	"pwrite64,ftruncate,connect,sendto,sendmsg,clone,clone3,fork,vfork,kill"

// Points of a deployment at which it is killed, unless GODEPLOY_E2E_ALL asks for all of them; and
// over how many tests they are spread.
const (
	crashPoints = 40
	crashParts  = 4
)

// Point is the nth time that a process makes a system call.
type Point struct {
	call string
	nth  int
}

func (p Point) String() string {
	return fmt.Sprintf("%s %d", p.call, p.nth)
}

// startTraced runs a command under strace: only the command itself, not what it starts.
func (box *Box) startTraced(options []string, arguments ...string) *Running {
	box.t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		box.t.Skip("strace is not installed")
	}
	all := append([]string{}, options...)
	all = append(all, programPath(box.t, "godeploy"))
	all = append(all, arguments...)
	running := box.prepare(strace, append(all, "--file", box.File))
	// In a build with sanitizers: leaks cannot be looked for under ptrace; all else is looked for.
	running.command.Env = append(running.command.Env, "ASAN_OPTIONS=detect_leaks=0")
	return running.begin()
}

// effectsOf runs a command that has to succeed, and returns its effects in their order.
func (box *Box) effectsOf(arguments ...string) []Point {
	box.t.Helper()
	box.startTraced([]string{"-o", box.trace(), "-e", "trace=" + effects}, arguments...).mustEnd(0)
	return box.traced()
}

func (box *Box) trace() string {
	return filepath.Join(box.Dir, "trace")
}

// traced are the effects of the command that was traced last.
func (box *Box) traced() []Point {
	box.t.Helper()
	file, err := os.Open(box.trace())
	if err != nil {
		box.t.Fatal(err)
	}
	defer file.Close()
	var points []Point
	count := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		call, _, found := strings.Cut(lines.Text(), "(")
		if found && !strings.ContainsAny(call, " +") {
			count[call]++
			points = append(points, Point{call, count[call]})
		}
	}
	return points
}

// killAt runs a command that is killed with -9 when it gets to that point. A run may take another
// way than the one that was counted, and end by itself.
func (box *Box) killAt(point Point, arguments ...string) Result {
	box.t.Helper()
	return box.startTraced([]string{"-o", box.trace(), "-e", "trace=" + point.call, "-e",
		fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", point.call, point.nth)}, arguments...).Wait()
}

// aimAgain is the point as far from the end of the run that has just ended by itself as it was from that
// of a run with so many of these calls: who waits asks again and again, and not as often each time.
func (box *Box) aimAgain(point Point, calls int) (Point, int) {
	box.t.Helper()
	made := len(box.traced())
	return Point{point.call, point.nth - (calls - made)}, made
}

func count(call string, points []Point) int {
	count := 0
	for _, point := range points {
		if point.call == call {
			count++
		}
	}
	return count
}

// turns are the points at which another call is made than just before: of the many pages of an
// archive in a row, the first one stands for all.
func turns(points []Point) []Point {
	var found []Point
	for i, point := range points {
		if i == 0 || point.call != points[i-1].call {
			found = append(found, point)
		}
	}
	return found
}

// inPart are the points of one of the tests that share them.
func inPart(points []Point, part int) []Point {
	step := 1
	if os.Getenv("GODEPLOY_E2E_ALL") == "" {
		points = turns(points)
		step = (len(points) + crashPoints - 1) / crashPoints
	}
	var mine []Point
	for i := 0; i*step < len(points); i++ {
		if i%crashParts == part {
			mine = append(mine, points[i*step])
		}
	}
	return mine
}

// goBack makes 1.0.0 serve again, and 2.0.0 unknown, so that the next deployment has all to do.
func (box *Box) goBack() {
	box.t.Helper()
	if box.whoAnswers() == "2.0.0" {
		box.Must("rollback", "1.0.0")
		box.Must("prune")
	}
	box.MustServe("1.0.0")
}

// crashAndRecover is kill -9 of the deployer at one point after another, under load: each time
// status tells the truth, and --resume or abort, by turns, gets to exactly one of two ends.
func crashAndRecover(t *testing.T, choose func([]Point) []Point) {
	box := deployed(t, []string{"1.0.0"}, "watch.for", "30ms", "check.passes", "1", "release.keep", "1",
		"drain.idle", "50ms")
	box.Release("2.0.0", "2.0.0")
	deploy := []string{"deploy", "--version", "2.0.0", "--quiet"}
	load := startLightLoad(t, box.URL("/"))
	points := box.effectsOf(deploy...)
	if len(points) < 50 {
		t.Fatalf("only %d effects: %v", len(points), points)
	}
	mine := choose(points)
	killed := 0
	for i, point := range mine {
		box.goBack()
		result := box.killAt(point, deploy...)
		calls := count(point.call, points)
		for tries := 0; result.Status == 0 && tries < 3; tries++ {
			if point, calls = box.aimAgain(point, calls); point.nth < 1 {
				break
			}
			box.goBack()
			result = box.killAt(point, deploy...)
		}
		if result.Status == -1 {
			killed++
		} else if result.Status != 0 {
			t.Fatalf("at %v: %v", point, result)
		}
		status := box.TrueStatus()
		t.Logf("%v: %s answers, %s", point, box.whoAnswers(), status.kinds())
		if i%2 == 0 {
			box.Must("deploy", "--resume")
			if status.Open != nil {
				box.MustServe("2.0.0")
			}
		} else {
			box.Must("abort")
			if status.Open != nil {
				box.MustServe("1.0.0")
			}
		}
		box.MustServe(box.whoAnswers())
		if t.Failed() {
			t.Fatalf("at %v", point)
		}
	}
	if killed*3 < len(mine) { // on a loaded machine the counted run waits, and asks, more often
		t.Errorf("of %d runs only %d were killed", len(mine), killed)
	}
	load.Stop().MustLoseNothing(t)
	t.Logf("%d of %d points, %d of %d killed", len(mine), len(points), killed, len(mine))
}

func crashInPart(t *testing.T, part int) {
	crashAndRecover(t, func(points []Point) []Point { return inPart(points, part) })
}

func TestDeployerKilledAtAnyPointPart1(t *testing.T) { crashInPart(t, 0) }
func TestDeployerKilledAtAnyPointPart2(t *testing.T) { crashInPart(t, 1) }
func TestDeployerKilledAtAnyPointPart3(t *testing.T) { crashInPart(t, 2) }
func TestDeployerKilledAtAnyPointPart4(t *testing.T) { crashInPart(t, 3) }

// Its words to others are all tried: to the engine, to whom it starts, to who is to stop.
func TestDeployerKilledAtEachOfItsWords(t *testing.T) {
	crashAndRecover(t, func(points []Point) []Point {
		var words []Point
		for _, point := range turns(points) {
			if point.call == "sendto" || point.call == "kill" || point.call == "clone" {
				words = append(words, point)
			}
		}
		return words
	})
}

// Once everything has been proven, abort still leads all the way back.
func TestDeployerKilledNearTheEnd(t *testing.T) {
	crashAndRecover(t, func(points []Point) []Point {
		points = turns(points)
		var last []Point
		for _, point := range points[len(points)-8:] {
			last = append(last, point, point) // --resume, and abort
		}
		return last
	})
}

// The deployer is killed while it waits; what it waits for goes on.
func TestDeployerKilledWhileItWatchesOrDrains(t *testing.T) {
	for _, wait := range []struct{ stage, setting, long, short string }{
		{"watch", "watch.for", "60s", "30ms"},
		{"drain", "drain.in_flight", "60s", "100ms"},
	} {
		for _, way := range []struct{ command, release, told string }{
			{"deploy --resume", "2.0.0", "done"}, {"abort", "1.0.0", "aborted"},
		} {
			t.Run(wait.stage+" then "+way.command, func(t *testing.T) {
				box := deployed(t, []string{"1.0.0"})
				box.Change(wait.setting, wait.long)
				box.Release("2.0.0", "2.0.0")
				load := startLightLoad(t, box.URL("/"))
				held := dialSlow(t, box)
				box.Environment = []string{"TRACEPARENT=00-" + traceOfCI + "-" + spanOfCI + "-01"}
				running := box.Start("deploy", "--version", "2.0.0")
				box.Environment = nil // of who ends it
				waitFor(t, 30*time.Second, "it stands in "+wait.stage, func() bool {
					open := box.Status().Open
					return open != nil && *open.NextStage == wait.stage
				})
				receiver := newReceiver(t)
				receiver.tellBoth(box)
				running.Kill()
				running.Wait()
				status := box.TrueStatus()
				if status.kinds() != "open_deployment" || status.Serving.Release != "2.0.0" ||
					box.whoAnswers() != "2.0.0" {
					t.Errorf("%+v", status)
				}
				held.Close()
				box.Change(wait.setting, wait.short)
				box.Must(strings.Fields(way.command)...)
				box.MustServe(way.release)
				for _, span := range receiver.mustHear(way.told, false, true) {
					if span.TraceID != traceOfCI {
						t.Errorf("a trace of its own: %+v", span)
					}
				}
				load.Stop().MustLoseNothing(t)
			})
		}
	}
}

// dialSlow keeps a request under way until it is closed.
func dialSlow(t *testing.T, box *Box) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", box.PublicPort))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprint(conn, "GET /stream?for=60s HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// killDuring runs a deployment stage by stage and kills somebody after one of them; the rest of the
// stages must get to the end nevertheless. Each stage has its turn.
func killDuring(t *testing.T, finding string, mayLose bool, victim func(*Box) int) {
	box := deployed(t, []string{"1.0.0"}, "release.keep", "1")
	box.MayLeave = true
	box.Release("2.0.0", "2.0.0")
	for _, after := range stageNames[:len(stageNames)-1] {
		box.goBack()
		load := startLightLoad(t, box.URL("/"))
		box.stagesUntil(after)
		load.WaitForAnswers(5)
		box.KillNow(victim(box))
		status := box.TrueStatus()
		if !strings.Contains(status.kinds(), finding) || status.Open == nil {
			t.Errorf("killed after %s, status finds %q", after, status.kinds())
		}
		load.WaitForAnswers(5) // it serves on, whatever is killed
		for _, name := range stageNames {
			box.stage(name)
		}
		box.MustServe("2.0.0")
		load.WaitForAnswers(5)
		answers := load.Stop()
		if lost := len(answers.Lost()); mayLose && lost <= 3 {
			continue // one connection of each client
		}
		answers.MustLoseNothing(t)
		if t.Failed() {
			t.Fatalf("killed after %s", after)
		}
	}
}

func TestSupervisorOfTheServingReleaseKilledAfterEachStage(t *testing.T) {
	killDuring(t, "unsupervised", false, func(box *Box) int {
		status := box.Status()
		return status.Slots[status.Serving.Slot].Supervisor
	})
}

// Its worker brings up another one, so that status need not find anything.
func TestProxyParentKilledAfterEachStage(t *testing.T) {
	killDuring(t, "open_deployment", false, func(box *Box) int {
		return box.ProxyParents()[0].PID
	})
}

// What a worker holds is cut with it; nobody else may notice.
func TestProxyWorkerKilledAfterEachStage(t *testing.T) {
	killDuring(t, "open_deployment", true, func(box *Box) int {
		return box.ProxyWorkers()[0].PID
	})
}

// The new release is somebody's who is being deployed: its supervisor may die before and after the
// flip.
func TestSupervisorOfTheNewReleaseKilledAfterEachStage(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "release.keep", "1")
	box.MayLeave = true
	box.Release("2.0.0", "2.0.0")
	load := startLightLoad(t, box.URL("/"))
	for _, after := range []string{"start", "check", "flip", "watch", "drain"} {
		box.goBack()
		box.stagesUntil(after)
		status := box.Status()
		slot := map[string]string{"blue": "green", "green": "blue"}[status.Serving.Slot]
		if status.Serving.Release == "2.0.0" {
			slot = status.Serving.Slot
		}
		box.KillNow(status.Slots[slot].Supervisor)
		if found := box.TrueStatus().kinds(); found != "open_deployment unsupervised" {
			t.Errorf("killed after %s, status finds %q", after, found)
		}
		box.Must("deploy", "--resume")
		box.MustServe("2.0.0")
	}
	load.Stop().MustLoseNothing(t)
}
