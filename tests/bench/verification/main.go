// Verification measures `godeploy verify` on signed Windows programs: against openssl and sha256sum,
// which only hash the same bytes, and against osslsigncode, which verifies them too. Each run of ours
// has one of theirs beside it. It prints figures and targets, and never fails because of a figure.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"godeploy/box/screen"
)

// Contest is the same work, done by godeploy and by somebody else.
type Contest struct {
	name   string
	bytes  int64 // of all files
	files  int
	target float64 // their time by ours
	rounds int
	ours   []string // command lines
	theirs []string
	shown  string // theirs, in the table
}

// Figures are what one contest took.
type Figures struct {
	ours, theirs Sample
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tests/bench/verify BUILD_DIR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, filepath.Join(os.Args[1], "bin", "godeploy")); err != nil {
		fmt.Fprintln(os.Stderr, "bench verify:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program string) error {
	dir, err := os.MkdirTemp("", "godeploy-bench-verify")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // nothing is lost if some of it stays
	contests, err := prepare(ctx, dir, program)
	if err != nil {
		return err
	}
	rows := [][]screen.Cell{{left("verified"), left("against"), right("godeploy"), right("other"),
		right("ratio"), right("target"), left(""), right("cpu ratio"), right("godeploy does")}}
	for _, contest := range contests {
		say("%s against %s, %d times each", contest.name, contest.shown, contest.rounds)
		figures, err := contest.measure(ctx, dir)
		if err != nil {
			return err
		}
		rows = append(rows, contest.row(figures))
	}
	printAll(screen.New(), rows)
	return nil
}

// measure lets both do the work in turns; the first time each only warms the page cache.
func (contest Contest) measure(ctx context.Context, dir string) (Figures, error) {
	var figures Figures
	for round := 0; round <= contest.rounds; round++ {
		ours, err := timed(ctx, dir, contest.ours)
		if err != nil {
			return figures, err
		}
		theirs, err := timed(ctx, dir, contest.theirs)
		if err != nil {
			return figures, err
		}
		if round > 0 {
			figures.ours.add(ours)
			figures.theirs.add(theirs)
		}
	}
	return figures, nil
}

func (contest Contest) row(figures Figures) []screen.Cell {
	ours, theirs := figures.ours.median(), figures.theirs.median()
	ratio := float64(theirs.wall) / float64(ours.wall)
	verdict := screen.Cell{Words: "met", Color: screen.Green}
	if ratio < contest.target {
		verdict = screen.Cell{Words: "missed", Color: screen.Red}
	}
	target := fmt.Sprintf("%.2f", contest.target)
	if contest.target == 0 {
		verdict, target = screen.Cell{}, "-"
	}
	rate := fmt.Sprintf("%.0f MB/s", float64(contest.bytes)/1e6/ours.wall.Seconds())
	if contest.files > 1 {
		rate += fmt.Sprintf(", %.0f files/s", float64(contest.files)/ours.wall.Seconds())
	}
	return []screen.Cell{left(contest.name), left(contest.shown), right(ms(ours.wall)),
		right(ms(theirs.wall)), right(fmt.Sprintf("%.2f", ratio)), right(target), verdict,
		right(fmt.Sprintf("%.2f", float64(theirs.cpu)/float64(ours.cpu))), right(rate)}
}

func printAll(s *screen.Screen, rows [][]screen.Cell) {
	s.Table(rows)
	s.Line("")
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		s.Line("  this machine   %d processors, load average %s", runtime.NumCPU(), strings.Fields(string(load))[0])
	}
	s.Line("  ratio          their wall clock by ours, medians of runs in turns, files in the page cache; above 1 ours is faster")
	s.Line("  cpu ratio      the same of the processor time, which hardly depends on what else runs here")
	s.Line("  every program  is signed by an RSA key of 3072 bits, chains to a root of ours, and has an RFC 3161 timestamp")
	s.Line("  64 kB          no target: hashing alone knows no signature, which is nearly all of the work there")
	s.Line("  one of 5 kB    mostly the start of the program: its libraries, and OpenSSL's own")
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", values...)
}

func ms(value time.Duration) string {
	return strconv.FormatFloat(float64(value.Microseconds())/1000, 'f', 1, 64) + " ms"
}

func left(words string) screen.Cell {
	return screen.Cell{Words: words}
}

func right(words string) screen.Cell {
	return screen.Cell{Words: words, Right: true}
}
