// Deployment measures what godeploy itself costs: whole deployments of 20 MB archives, warm rollbacks,
// and `godeploy status`. What the operator asked to wait for, and what the service takes to start, is
// taken off. It prints figures and targets, and never fails because of a figure.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"godeploy/box"
	"godeploy/box/screen"
)

const (
	deployRuns   = 15
	rollbackRuns = 15
	statusRuns   = 50
)

var kinds = []string{"tar.zst", "tar.gz", "zip"}

// Bench is one box and what was measured in it.
type Bench struct {
	ctx      context.Context
	box      *box.Box
	screen   *screen.Screen
	next     int    // number of the next release
	ownStart Sample // the service by itself, until it listens
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tests/bench/deploy BUILD_DIR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	b, err := box.New(os.Args[1])
	if err == nil {
		bench := &Bench{ctx: ctx, box: b, screen: screen.New(), next: 1}
		err = bench.run()
		if closing := b.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench deploy:", err)
		os.Exit(1)
	}
}

func (bench *Bench) run() error {
	if err := bench.prepare(); err != nil {
		return err
	}
	var series []Series
	for _, kind := range kinds {
		one, err := bench.deployments(kind)
		if err != nil {
			return err
		}
		series = append(series, one)
	}
	rollbacks, err := bench.rollbacks()
	if err != nil {
		return err
	}
	status, err := bench.status()
	if err != nil {
		return err
	}
	bench.print(append(series, rollbacks), status)
	return nil
}

// say tells what takes the time, on standard error: standard output is the figures alone.
func (bench *Bench) say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", values...)
}
