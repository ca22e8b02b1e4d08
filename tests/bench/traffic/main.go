// Traffic measures what a request costs on its way through godeploy-proxy, HAProxy, nginx and Caddy: in
// turns, in one run, on the same processors and in front of the same backend. It prints figures and
// targets, and never fails because of a figure.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"godeploy/box/screen"
)

// Bench is what all measurements need.
type Bench struct {
	rig    *Rig
	screen *screen.Screen
	rounds int
	length time.Duration // of one load on one engine
	flips  int
}

const usage = "usage: tests/bench/proxy BUILD_DIR [quick]"

func main() {
	runtime.LockOSThread() // what is started below goes with this thread
	if len(os.Args) == 2 && os.Args[1] == insideKernel {
		report(measureRedirect())
		return
	}
	quick := len(os.Args) == 3 && os.Args[2] == "quick"
	if len(os.Args) != 2 && !quick {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	bench := &Bench{screen: screen.New(), rounds: 3, length: time.Second, flips: 200}
	if quick {
		bench.rounds, bench.length, bench.flips = 1, 400*time.Millisecond, 50
	}
	report(bench.run(os.Args[1]))
}

func report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench proxy:", err)
		os.Exit(1)
	}
}

func (bench *Bench) run(build string) error {
	dir, err := os.MkdirTemp("", "godeploy-bench-proxy")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)                      // nothing is lost if some of it stays
	if err := os.Chmod(dir, 0o755); err != nil { // nginx reads its files as another user
		return err
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	bench.rig, err = newRig(build, dir)
	defer bench.rig.close()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- bench.measure() }()
	select {
	case err := <-done:
		return err
	case signal := <-stopped:
		return fmt.Errorf("ended by the signal %v", signal)
	}
}

func (bench *Bench) measure() error {
	// Memory first: who has worked keeps some of what it took for that.
	sections := []func() error{bench.memory, bench.requests, bench.latency, bench.raw, bench.flipping, bench.redirect}
	for _, section := range sections {
		if err := section(); err != nil {
			return err
		}
	}
	bench.notes()
	return nil
}

func (bench *Bench) notes() {
	load, _ := os.ReadFile("/proc/loadavg") // shown as it is
	for _, line := range []string{
		fmt.Sprintf("this machine   %d processors, load average %.14s", runtime.NumCPU(), load),
		"cpu            processor time of all threads of a proxy by requests, kernel included; medians of rounds in turns.",
		"               What else runs here changes all figures, and ratios least: compare on an idle machine",
		"requests/s     of a proxy that shares the processors with the clients and the backend",
		"ratio          ours by HAProxy's; below 1 ours is cheaper, or sooner",
		"everybody      has one worker, keeps connections to the backend (nginx), and writes no access log",
	} {
		bench.screen.Line("  %s", line)
	}
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", values...)
}
