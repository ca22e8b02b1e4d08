// Demo replaces a live service before your eyes: the real programs, a real service, real requests.
//
// Main path: story.go is what is shown, step.go how a step is run and judged, load.go the clients, and
// report.go the table at the end. Exit status 0 only if everything was as promised; nothing is left
// behind in any case, not after Ctrl-C either (130).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"godeploy/box"
	"godeploy/box/screen"
)

const statusInterrupted = 130

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tests/demo/run BUILD_DIR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1]))
}

// run shows everything and tidies up, whatever happens in between.
func run(ctx context.Context, build string) int {
	began := time.Now()
	b, err := box.New(build)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return 1
	}
	demo := &Demo{ctx: ctx, box: b, screen: screen.New()}
	err = demo.tell()
	demo.stopLoad()
	if err != nil && ctx.Err() == nil {
		demo.screen.Line("%s", b.Logs())
	}
	if closing := b.Close(); closing != nil {
		demo.screen.Line("%s %v", demo.screen.Mark(false), closing)
		err = errNotAsPromised
	}
	return demo.conclude(err, time.Since(began))
}

func (demo *Demo) conclude(err error, took time.Duration) int {
	s := demo.screen
	s.Line("")
	switch {
	case demo.ctx.Err() != nil && !errors.Is(err, errNotAsPromised):
		s.Line("%s interrupted; nothing is left running, nothing is left behind", s.Paint(screen.Yellow, "!"))
		return statusInterrupted
	case errors.Is(err, errNotAsPromised):
		s.Line("%s %s", s.Mark(false), s.Paint(screen.Red, err.Error()))
		return 1
	case err != nil:
		s.Line("%s %v", s.Mark(false), err)
		return 1
	}
	s.Line("%s everything was as promised; nothing is left running, nothing is left behind (%.1f s)",
		s.Mark(true), took.Seconds())
	return 0
}
