package main

import (
	"fmt"
	"strconv"

	"godeploy/box/screen"
)

var kindNames = []struct{ key, words string }{
	{"keepalive", "GET, kept connections"},
	{"fresh", "GET, fresh connections"},
	{"post", "POST /upload, 4 KiB"},
}

func text(words string) screen.Cell {
	return screen.Cell{Words: words}
}

func number(words string, color screen.Color) screen.Cell {
	return screen.Cell{Words: words, Color: color, Right: true}
}

// zeroIsGood is how a count of losses is shown.
func zeroIsGood(count int64) screen.Cell {
	if count == 0 {
		return number("0", screen.Green)
	}
	return number(strconv.FormatInt(count, 10), screen.Red)
}

// sumUp prints what was done and what the clients saw of it.
func (demo *Demo) sumUp() error {
	s := demo.screen
	s.Line("")
	s.Table(demo.stepRows())
	s.Line("")
	s.Table(demo.report.rows())
	s.Line("")
	demo.sayRest()
	problems := demo.report.problems()
	for _, problem := range problems {
		s.Line("  %s %s", s.Mark(false), s.Paint(screen.Red, problem))
	}
	if len(problems) > 0 {
		return errNotAsPromised
	}
	return nil
}

func (demo *Demo) stepRows() [][]screen.Cell {
	rows := [][]screen.Cell{{text("what was done"), number("exit", ""), number("took", ""), number("flip", ""),
		text("what serves now"), text("")}}
	for _, outcome := range demo.done {
		how := "done"
		if outcome.Result.Status != 0 {
			how = "refused"
		}
		rows = append(rows, []screen.Cell{text(outcome.Step.Short), number(strconv.Itoa(outcome.Result.Status), ""),
			number(duration(outcome.Result.Took), ""), number(outcome.Flip, ""), text(outcome.Serves),
			text(how)})
	}
	return rows
}

func (report *Report) rows() [][]screen.Cell {
	rows := [][]screen.Cell{{text("requests meanwhile"), number("sent", ""), number("ok", ""),
		number("failed", ""), number("median", ""), number("p99", ""), number("slowest", "")}}
	for _, kind := range kindNames {
		one := report.Kinds[kind.key]
		rows = append(rows, requestRow(kind.words, one.Sent, one.OK, one.Failed, one.Latency))
	}
	return append(rows, requestRow("all", report.Sent, report.OK, report.Failed, report.Latency))
}

func requestRow(words string, sent, ok, failed int64, latency Latency) []screen.Cell {
	ms := func(us int64) screen.Cell { return number(fmt.Sprintf("%.1f ms", float64(us)/1000), "") }
	return []screen.Cell{text(words), number(strconv.FormatInt(sent, 10), ""),
		number(strconv.FormatInt(ok, 10), ""), zeroIsGood(failed), ms(latency.P50), ms(latency.P99),
		ms(latency.Max)}
}

func (demo *Demo) sayRest() {
	s, report := demo.screen, demo.report
	s.Line("  longest time without an answer: %d ms (one is sent every 5 ms)", report.LongestGap)
	for _, identity := range report.Identities {
		s.Line("  answers of release %s: %d, the first after %.1f s, the last after %.1f s", identity.Value,
			identity.Count, float64(identity.First)/1000, float64(identity.Last)/1000)
	}
	s.Line("  streams of 4 s: %d came whole, %d were cut", report.StreamsWhole, report.StreamsCut)
	if report.Unfinished > 0 {
		s.Line("  under way when the clients were stopped: %d", report.Unfinished)
	}
}
