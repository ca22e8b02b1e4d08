package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"godeploy/box"
)

// What is waited for by order of the operator.
const (
	checkInterval = 20 * time.Millisecond
	checkPasses   = 3
	watchFor      = 100 * time.Millisecond
	waits         = checkInterval*(checkPasses-1) + watchFor
)

const settings = `app: shop
root: %s
release: { source: "releases/shop_{version}.%s", keep: 2 }
verify: { rsa: { keys: [keys/release.pem] } }
service: { command: ["./service", "--listen", "127.0.0.1:{port}"], runner: supervise }
traffic: { listen: ["127.0.0.1:%d"], slots: [%d, %d] }
check: { interval: %v, passes: %d }
watch: { for: %v }
retire: { keep_warm: %v }
`

func (bench *Bench) configure(kind string, keepWarm bool) error {
	text := fmt.Sprintf(settings, bench.box.Path("root"), kind, bench.box.PublicPort, bench.box.SlotPorts[0],
		bench.box.SlotPorts[1], checkInterval, checkPasses, watchFor, keepWarm)
	return bench.box.Write("godeploy.yaml", []byte(text), 0o600)
}

// Series are runs of one command that goes through the stages.
type Series struct {
	Name     string
	Target   time.Duration
	Whole    Sample // less waits, and less the service's start where it starts
	CPU      Sample // of the command itself
	Stages   map[string]*Sample
	Outside  Sample // of the stages: start of the program, settings, journal, reconciliation
	Packed   int64
	Unpacked int64
}

// measureOwnStart is from the start of the process until its port takes a connection.
func (bench *Bench) measureOwnStart() error {
	for i := 0; i < deployRuns; i++ {
		command := exec.Command(bench.box.Path("payload/service"))
		command.Env = append(os.Environ(), "PORT="+strconv.Itoa(bench.box.SlotPorts[0]))
		began := time.Now()
		if err := command.Start(); err != nil {
			return err
		}
		err := waitForPort(bench.box.SlotPorts[0])
		bench.ownStart.Add(time.Since(began))
		command.Process.Kill()
		command.Wait() // ended by our signal
		if err != nil {
			return err
		}
	}
	return nil
}

func waitForPort(port int) error {
	address := "127.0.0.1:" + strconv.Itoa(port)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(200 * time.Microsecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			return connection.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// deployments deploys one new release after the other; the first, which also starts the proxy, is not
// counted.
func (bench *Bench) deployments(kind string) (Series, error) {
	series := Series{Name: "deploy " + kind, Target: 150 * time.Millisecond}
	bench.say("%d deployments of a %s", deployRuns, kind)
	var err error
	if err = bench.configure(kind, false); err != nil {
		return series, err
	}
	if series.Packed, series.Unpacked, err = bench.fitPayload(kind); err != nil {
		return series, err
	}
	for i := -1; i < deployRuns; i++ {
		version, err := bench.makeRelease(kind)
		if err != nil {
			return series, err
		}
		result, err := bench.box.Must(bench.ctx, "deploy", "--version", version)
		if err == nil && i >= 0 {
			err = bench.record(&series, result, waits+bench.ownStart.Median())
		}
		if err != nil {
			return series, err
		}
		if err := bench.removeRelease(version, kind); err != nil {
			return series, err
		}
	}
	return series, nil
}

// rollbacks deploys a release each time, keeping the old one warm, and goes back to that.
func (bench *Bench) rollbacks() (Series, error) {
	kind := kinds[0]
	series := Series{Name: "warm rollback", Target: 50 * time.Millisecond}
	bench.say("%d warm rollbacks", rollbackRuns)
	if err := bench.configure(kind, true); err != nil {
		return series, err
	}
	for i := 0; i < rollbackRuns; i++ {
		version, err := bench.makeRelease(kind)
		if err != nil {
			return series, err
		}
		if _, err := bench.box.Must(bench.ctx, "deploy", "--version", version); err != nil {
			return series, err
		}
		result, err := bench.box.Must(bench.ctx, "rollback")
		if err == nil {
			err = bench.record(&series, result, waits)
		}
		if err != nil {
			return series, err
		}
		if err := bench.removeRelease(version, kind); err != nil {
			return series, err
		}
	}
	return series, nil
}

func (bench *Bench) status() (Series, error) {
	series := Series{Name: "status", Target: 10 * time.Millisecond}
	bench.say("%d times status", statusRuns)
	for i := 0; i < statusRuns; i++ {
		result, err := bench.box.Must(bench.ctx, "status")
		if err != nil {
			return series, err
		}
		series.Whole.Add(result.Took)
		series.CPU.Add(result.CPU)
	}
	return series, nil
}

// record adds the run that has just ended, with the times of its stages from the journal.
func (bench *Bench) record(series *Series, run box.Result, off time.Duration) error {
	result, err := bench.box.Must(bench.ctx, "show", "--json")
	if err != nil {
		return err
	}
	var shown struct {
		Steps []struct {
			Stage string
			MS    int64
		}
	}
	if err := json.Unmarshal([]byte(result.Stdout), &shown); err != nil {
		return fmt.Errorf("%w in %s", err, result.Stdout)
	}
	if series.Stages == nil {
		series.Stages = map[string]*Sample{}
	}
	outside := run.Took
	for _, step := range shown.Steps {
		took := time.Duration(step.MS) * time.Millisecond
		outside -= took
		if series.Stages[step.Stage] == nil {
			series.Stages[step.Stage] = &Sample{}
		}
		series.Stages[step.Stage].Add(took)
	}
	series.Whole.Add(run.Took - off)
	series.CPU.Add(run.CPU)
	series.Outside.Add(outside)
	return nil
}
