package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Engine is a traffic engine that is not godeploy-proxy, as a box has it. The scenarios of this file
// are the same for each; what an engine cannot promise is stated where it is made.
type Engine struct {
	box     *Box
	begin   func(engine *Engine) // starts the program, or does whatever makes the engine be there
	stop    func(engine *Engine)
	program *exec.Cmd
	// forgives says which loss the engine cannot rule out; nil: none.
	forgives func(answer Answer) bool
	// otherPort is of a site that is somebody else's; 0: there is none.
	otherPort int
	// alwaysThere: it is part of the kernel and cannot be stopped.
	alwaysThere bool
}

// engineMaker makes a box with an engine, configured as its documentation asks for; the engine runs.
type engineMaker func(t *testing.T) *Box

// withEmbedded is the measure for the others.
func withEmbedded(t *testing.T) *Box {
	return newBox(t, append([]string{"traffic.engine", "embedded"}, quick...)...)
}

// useEngine starts it; it ends with the test.
func (box *Box) useEngine(engine *Engine) {
	box.t.Helper()
	engine.box = box
	box.Engine = engine
	box.t.Cleanup(func() { engine.Stop() })
	engine.Start()
}

// Start makes it be there, and waits until it is.
func (engine *Engine) Start() {
	engine.box.t.Helper()
	engine.begin(engine)
}

// Stop is a crash: nothing is said goodbye to.
func (engine *Engine) Stop() {
	if engine.stop != nil {
		engine.stop(engine)
	}
	if engine.program != nil {
		engine.program.Process.Kill() // harmless where it is gone
		engine.program.Wait()
		engine.program = nil
	}
}

func (engine *Engine) runs() bool {
	return engine.alwaysThere || engine.program != nil
}

// run starts a program of the engine's, which belongs to the test, and writes into a file of the box.
func (engine *Engine) run(name string, arguments ...string) {
	box := engine.box
	box.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		box.t.Fatalf("%v: ./dev setup installs it", err)
	}
	log, err := os.OpenFile(filepath.Join(box.Dir, name+".log"),
		os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		box.t.Fatal(err)
	}
	defer log.Close()
	engine.program = exec.Command(path, arguments...)
	engine.program.Dir = box.Dir
	engine.program.Env = append(os.Environ(), "HOME="+box.Dir)
	engine.program.Stdout, engine.program.Stderr = log, log
	engine.program.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := engine.program.Start(); err != nil {
		box.t.Fatal(err)
	}
}

// mustLoseNothing but what the engine cannot rule out, which must stay within bounds: kept connections
// were cut, and no more than there are, in so many moves of the traffic; some meet with both the old
// and the new listener.
func (box *Box) mustLoseNothing(answers Answers, keptConnections, moves int) {
	box.t.Helper()
	var kept Answers
	for _, answer := range answers {
		if answer.Lost() && box.Engine != nil && box.Engine.forgives != nil &&
			box.Engine.forgives(answer) {
			box.t.Logf("forgiven: %v", answer)
			continue
		}
		kept = append(kept, answer)
	}
	kept.MustLoseNothing(box.t)
	if forgiven := len(answers) - len(kept); forgiven > 2*keptConnections*moves {
		box.t.Errorf("%d connections were cut, of %d, in %d moves", forgiven, keptConnections, moves)
	}
}

// servingBy is a box with that engine where these releases were deployed.
func servingBy(t *testing.T, make engineMaker, versions ...string) *Box {
	t.Helper()
	box := make(t)
	for _, version := range versions {
		box.Release(version, version)
		box.Must("deploy", "--version", version)
	}
	return box
}

// Deployment, rollback and abort under load: each moves all requests, and loses none.
func engineFlips(t *testing.T, make engineMaker) {
	box := servingBy(t, make, "1.0.0")
	box.Release("2.0.0", "2.0.0")
	load := startLoad(t, box.URL("/"))
	load.WaitForAnswers(50)

	box.Must("deploy", "--version", "2.0.0")
	flipped := time.Now()
	box.MustServe("2.0.0")
	load.WaitForAnswers(50)
	box.Must("rollback")
	box.MustServe("1.0.0")
	load.WaitForAnswers(50)
	box.Must("prune")
	box.stagesUntil("flip")
	load.WaitForAnswers(20)
	box.Must("abort")
	box.MustServe("1.0.0")
	load.WaitForAnswers(20)

	answers := load.Stop()
	box.mustLoseNothing(answers, 2*clientsOfAKind, 4)
	if len(answers.Of("1.0.0")) == 0 || len(answers.Of("2.0.0")) == 0 {
		t.Errorf("one of the two releases never answered: %v", answers.Releases())
	}
	if answers.BegunAfter(flipped).Releases()["2.0.0"] == 0 {
		t.Error("the new release did not answer after the flip")
	}
	t.Logf("%d requests, %v, longest gap %v", len(answers), answers.Releases(),
		answers.LongestGap().Round(time.Millisecond))
}

// A canary waits with half of the traffic at each release, is promoted, and the next one is taken
// back; each client is new, and none is lost.
func engineRunsACanary(t *testing.T, make engineMaker) {
	box := servingBy(t, make, "1.0.0")
	box.Change("canary.steps", "[50%]", "canary.interval", "100ms", "canary.promote", "manual")
	box.Release("2.0.0", "2.0.0")
	both := func() {
		box.Must("deploy", "--version", "2.0.0").mustSay(t, "50% of new clients see release 2.0.0")
		seen := map[string]bool{}
		waitFor(t, 30*time.Second, "both releases answer", func() bool {
			seen[box.whoAnswers()] = true
			return seen["1.0.0"] && seen["2.0.0"]
		})
		if len(seen) != 2 {
			t.Errorf("these answered: %v", seen)
		}
		box.Must("deploy", "--resume") // stands where it stood
	}
	both()
	box.Must("abort")
	box.MustServe("1.0.0")
	both()
	box.Must("promote")
	box.MustServe("2.0.0")
}

// flipPoints is how many points of the stage it is killed at; the stage has about fifty.
const flipPoints = 4

// kill -9 of the deployer in the middle of the flip, under load: one of two ends, and nothing lost.
func engineKilledAtTheFlip(t *testing.T, make engineMaker) {
	box := servingBy(t, make, "1.0.0")
	box.Release("2.0.0", "2.0.0")
	flip := []string{"flip", "--version", "2.0.0", "--quiet"}
	load := startLightLoad(t, box.URL("/"))
	box.stagesUntil("check")
	points := turns(box.effectsOf(flip...))
	box.Must("abort")
	for i := 0; i < flipPoints; i++ {
		point := points[(2*i+1)*len(points)/(2*flipPoints)]
		box.stagesUntil("check")
		result := box.killAt(point, flip...)
		if result.Status != -1 && result.Status != 0 {
			t.Fatalf("at %v: %v", point, result)
		}
		status := box.TrueStatus()
		t.Logf("%v: %s answers, %s", point, box.whoAnswers(), status.kinds())
		if i%2 == 0 {
			box.Must("deploy", "--resume")
			box.MustServe("2.0.0")
			box.goBack()
		} else {
			box.Must("abort")
			box.MustServe("1.0.0")
		}
	}
	box.mustLoseNothing(load.Stop(), 2, 4*flipPoints)
}

// An engine that is gone before a deployment is no reason to stop what serves, and one that goes
// while the new release is watched leaves both releases up and the deployment open.
func engineDies(t *testing.T, make engineMaker) {
	box := servingBy(t, make, "1.0.0")
	box.Release("2.0.0", "2.0.0")

	box.Engine.Stop()
	if status := box.TrueStatus(); status.kinds() != "proxy_down" {
		t.Errorf("%+v", status)
	}
	box.MustExit(14, "deploy", "--version", "2.0.0")
	box.mustRunOneInstance()
	box.Engine.Start()
	box.Must("deploy", "--resume")
	box.MustServe("1.0.0")

	box.Change("watch.for", "60s")
	deploying := box.Start("deploy", "--version", "2.0.0")
	box.waitForStage("watch")
	box.Engine.Stop()
	deploying.mustEnd(13).mustSay(t, "undoing flip")
	if running := box.Programs("service"); len(running) != 2 {
		t.Errorf("both releases should be up: %v", running)
	}
	box.Change("watch.for", "50ms")
	box.Engine.Start()
	box.Must("abort")
	box.MustServe("1.0.0")
}

// wrongEngine is an engine that is not as the settings say, and what is said of it.
type wrongEngine struct {
	name    string
	changes []string // of the settings
	change  func(box *Box)
	words   []string
}

// What is wrong with the engine is found before anything is done, and said with what to do.
func engineIsWrong(t *testing.T, make engineMaker, cases []wrongEngine) {
	whole := make(t)
	for _, wrong := range cases {
		wrong := wrong
		t.Run(wrong.name, func(t *testing.T) {
			box := whole.with(t, wrong.changes...)
			if wrong.change != nil {
				wrong.change(box)
			}
			box.mustRefuse(14, []string{"deploy", "--version", "1.0.0"}, wrong.words...)
			box.mustLeaveNoFiles()
			if releases := box.ReleasesOnDisk(); releases != "" {
				t.Errorf("it was begun nevertheless: %s is there", releases)
			}
		})
	}
}

// keptConnectionCut is the loss of a connection that carried requests before: where connections are
// routed and not requests, it stays with the old release, and ends with the budget of its drain. HTTP
// clients send such a request again where they may (RFC 9112, 9.3.1).
func keptConnectionCut(answer Answer) bool {
	return answer.Kind != "fresh" && answer.Status == 0
}

func TestEmbeddedFlipsAndLosesNothing(t *testing.T) {
	engineFlips(t, withEmbedded)
}

func TestEmbeddedEngineKilledAtTheFlip(t *testing.T) {
	engineKilledAtTheFlip(t, withEmbedded)
}
