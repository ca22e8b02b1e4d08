package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"godeploy/box"
)

// Report is what `godeploy probe --json` tells.
type Report struct {
	Sent       int64
	OK         int64 `json:"ok"`
	Failed     int64
	Unfinished int64
	LongestGap int64 `json:"longest_gap_ms"`
	Lateness   int64 `json:"own_lateness_us"`
	Latency    Latency
	Kinds      map[string]struct {
		Sent, OK, Failed int64
		Latency          Latency
	}
	Identities []struct {
		Value string
		Count int64
		First int64 `json:"first_ms"`
		Last  int64 `json:"last_ms"`
	}
	StreamsWhole int64 `json:"streams_whole"`
	StreamsCut   int64 `json:"streams_cut"`
}

// Latency is in microseconds.
type Latency struct {
	P50 int64 `json:"p50_us"`
	P99 int64 `json:"p99_us"`
	Max int64 `json:"max_us"`
}

// The clients end by Ctrl-C when the story is over; this is only for a demo that dies.
const loadLimit = "5m"

// startLoad sets the clients to work: requests leave at fixed times, whether the service keeps up or
// not, so that a stall shows.
func (demo *Demo) startLoad() error {
	arguments := []string{"probe", demo.box.URL("/"), "--rate", "200", "--for", loadLimit,
		"--mix", "keepalive,fresh,post", "--post-path", "/upload", "--stream", "/stream?for=4s",
		"--identity", "X-Release", "--json"}
	demo.say("Put on load: 200 requests a second, on kept and on fresh connections, uploads, and a long stream.")
	demo.command(box.Line(arguments...) + " &")
	var err error
	if demo.load, err = demo.box.Start(nil, arguments...); err != nil {
		return err
	}
	return demo.pause(calmTime)
}

// stopLoad ends the clients and reads what they saw; harmless where none are at work.
func (demo *Demo) stopLoad() {
	if demo.load == nil || demo.report != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	demo.load.Interrupt()
	demo.report = &Report{}
	result, err := demo.load.Wait(ctx)
	if err == nil {
		err = json.Unmarshal([]byte(result.Stdout), demo.report)
	}
	if err != nil {
		demo.screen.Line("  %s the clients: %v\n%v", demo.screen.Mark(false), err, result)
	}
}

// problems are what the clients lost, in words; none if all is well.
func (report *Report) problems() []string {
	var found []string
	if report.Failed > 0 {
		found = append(found, fmt.Sprintf("%d requests failed", report.Failed))
	}
	if report.StreamsCut > 0 {
		found = append(found, fmt.Sprintf("%d streams were cut", report.StreamsCut))
	}
	if report.StreamsWhole == 0 {
		found = append(found, "no stream came to its end")
	}
	answers := map[string]int64{}
	for _, identity := range report.Identities {
		answers[identity.Value] = identity.Count
	}
	if len(answers) != 2 || answers["1.0.0"] == 0 || answers["2.0.0"] == 0 {
		found = append(found, fmt.Sprintf("answers came from %v, not from 1.0.0 and 2.0.0", answers))
	}
	return found
}
