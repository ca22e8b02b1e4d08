package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"godeploy/box/screen"
)

// Sample is a number of measurements of one thing.
type Sample struct {
	values []time.Duration
}

// Add takes one more.
func (sample *Sample) Add(value time.Duration) {
	sample.values = append(sample.values, value)
}

// Median is the one in the middle; 0 if there are none.
func (sample *Sample) Median() time.Duration {
	return sample.percentile(50)
}

// P95 is the one that 95 of 100 do not exceed.
func (sample *Sample) P95() time.Duration {
	return sample.percentile(95)
}

func (sample *Sample) percentile(percent int) time.Duration {
	if sample == nil || len(sample.values) == 0 {
		return 0
	}
	sorted := append([]time.Duration{}, sample.values...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	rank := (len(sorted)*percent + 99) / 100
	return sorted[rank-1]
}

var stages = []string{"fetch", "verify", "unpack", "start", "check", "flip", "watch", "drain", "retire"}

func ms(value time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(value.Microseconds())/1000)
}

func left(words string) screen.Cell {
	return screen.Cell{Words: words}
}

func right(words string) screen.Cell {
	return screen.Cell{Words: words, Right: true}
}

func (bench *Bench) print(series []Series, status Series) {
	s := bench.screen
	rows := [][]screen.Cell{{left("measured"), right("target"), right("median"), right("p95"), right("cpu"), right("runs"), left("")}}
	for _, one := range append(append([]Series{}, series...), status) {
		rows = append(rows, targetRow(one))
	}
	s.Table(rows)
	s.Line("")
	s.Table(stageRows(series))
	s.Line("")
	bench.explain(series)
}

func targetRow(series Series) []screen.Cell {
	verdict := screen.Cell{Words: "met", Color: screen.Green}
	if series.Whole.Median() > series.Target {
		verdict = screen.Cell{Words: "missed", Color: screen.Red}
	}
	return []screen.Cell{left(series.Name), right(ms(series.Target)), right(ms(series.Whole.Median())),
		right(ms(series.Whole.P95())), right(ms(series.CPU.Median())),
		right(strconv.Itoa(len(series.Whole.values))), verdict}
}

// stageRows are medians as the journal has them, waits included.
func stageRows(series []Series) [][]screen.Cell {
	rows := [][]screen.Cell{{left("median of each stage")}}
	for _, one := range series {
		rows[0] = append(rows[0], right(one.Name))
	}
	for _, stage := range stages {
		row := []screen.Cell{left(stage)}
		for _, one := range series {
			row = append(row, right(ms(one.Stages[stage].Median())))
		}
		rows = append(rows, row)
	}
	row := []screen.Cell{left("outside of them")}
	for _, one := range series {
		row = append(row, right(ms(one.Outside.Median())))
	}
	return append(rows, row)
}

func (bench *Bench) explain(series []Series) {
	s := bench.screen
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		s.Line("  this machine   %d processors, load average %s", runtime.NumCPU(), strings.Fields(string(load))[0])
	}
	s.Line("  deploy         wall clock of `godeploy deploy`, less %v between checks (%v x %d), %v of watch.for,", waits-watchFor,
		checkInterval, checkPasses-1, watchFor)
	s.Line("                 and the service's own start until it listens, measured by itself: %s", ms(bench.ownStart.Median()))
	s.Line("  warm rollback  wall clock of `godeploy rollback`, less the same waits; the release is that of the %s", kinds[0])
	s.Line("  status         wall clock of `godeploy status`")
	s.Line("  cpu            processor time of the command itself, median: it hardly depends on what else runs here")
	s.Line("  stages         as in the journal, waits and the service's start included, in whole milliseconds")
	for _, one := range series {
		if one.Packed > 0 {
			s.Line("  %-14s an archive of %.1f MB, unpacked %.1f MB", one.Name, float64(one.Packed)/1e6, float64(one.Unpacked)/1e6)
		}
	}
}
