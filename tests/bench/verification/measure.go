package main

import (
	"context"
	"fmt"
	"os/exec"
	"sort"
	"strings"
	"time"
)

// Taken is what one run of a command took.
type Taken struct {
	wall, cpu time.Duration
}

// Sample is a number of runs of one thing.
type Sample struct {
	runs []Taken
}

func (sample *Sample) add(one Taken) {
	sample.runs = append(sample.runs, one)
}

// median is that of the wall clock, and, for itself, that of the processor time.
func (sample *Sample) median() Taken {
	of := func(value func(Taken) time.Duration) time.Duration {
		values := make([]time.Duration, len(sample.runs))
		for i, run := range sample.runs {
			values[i] = value(run)
		}
		sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
		return values[len(values)/2]
	}
	return Taken{wall: of(func(t Taken) time.Duration { return t.wall }),
		cpu: of(func(t Taken) time.Duration { return t.cpu })}
}

// timed runs a command that has to succeed: a file that is refused early would be a fast one.
func timed(ctx context.Context, dir string, words []string) (Taken, error) {
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir = dir
	var said strings.Builder
	command.Stderr = &said
	began := time.Now()
	err := command.Run()
	taken := Taken{wall: time.Since(began)}
	if err != nil {
		return taken, fmt.Errorf("%s: %w\n%s", strings.Join(words[:2], " "), err, said.String())
	}
	taken.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	return taken, nil
}
