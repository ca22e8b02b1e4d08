package main

import (
	"fmt"
	"syscall"
	"time"

	"godeploy/box/screen"
)

const (
	mostClients = 10000
	openRate    = 1000 // requests a second of the open loop
	openClients = 32
	busyOfMany  = 64
)

// manyClients are 10,000, or as many as ulimit -n allows: each may need a connection to the backend, too.
func manyClients() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1000
	}
	return min(mostClients, int(limit.Cur)/2-1000)
}

// Contest is one load on everybody.
type Contest struct {
	name   string
	load   Load
	target float64 // processor time a request, ours by HAProxy's
}

var contests = []Contest{
	{"keep-alive, 32 clients", Load{path: small, connections: 32}, 0.8},
	{"keep-alive, 512 clients", Load{path: small, connections: 512}, 0.7},
	{"keep-alive, 1000 clients", Load{path: small, connections: 1000}, 0},
	{"a connection each, 32 clients", Load{path: small, connections: 32, fresh: true}, 0},
	{"1 MB, 32 clients", Load{path: large, connections: 32}, 0},
}

var rawContests = []Contest{
	{"tcp, small, 32 clients", Load{path: small, connections: 32}, 0.8},
	{"tcp, small, 512 clients", Load{path: small, connections: 512}, 0.8},
	{"tcp, a connection each", Load{path: small, connections: 32, fresh: true}, 0.8},
	{"tcp, 1 MB, 32 clients", Load{path: large, connections: 32}, 0.8},
}

// Cost is what an engine took for one load, round by round.
type Cost struct {
	cpu, rate, p99 Sample // microseconds a request; requests a second; microseconds
}

func (cost *Cost) add(outcome Outcome, cpu time.Duration) {
	cost.cpu = append(cost.cpu, float64(cpu.Nanoseconds())/1000/float64(outcome.requests))
	cost.rate = append(cost.rate, float64(outcome.requests)/outcome.took.Seconds())
	cost.p99 = append(cost.p99, microseconds(outcome.latencies).percentile(99))
}

// on puts the load on one engine for a while.
func (load Load) on(engine *Engine, address string, length time.Duration, cost *Cost) error {
	var cpu time.Duration
	outcome, err := load.run(address, length,
		func() { cpu = -engine.program.cpu() }, func() { cpu += engine.program.cpu() })
	if err != nil {
		return fmt.Errorf("through %s: %w", engine.name, err)
	}
	if outcome.requests == 0 {
		return fmt.Errorf("through %s: not one answer in %v", engine.name, length)
	}
	cost.add(outcome, cpu)
	return nil
}

// inTurns measures each engine once a round.
func (bench *Bench) inTurns(contest Contest, engines []*Engine, address func(*Engine) string) ([]*Cost, error) {
	costs := make([]*Cost, len(engines))
	say("%s", contest.name)
	for round := 0; round < bench.rounds; round++ {
		for i := range engines {
			at := (i + round) % len(engines) // nobody always follows the same one
			if costs[at] == nil {
				costs[at] = &Cost{}
			}
			if err := contest.load.on(engines[at], address(engines[at]), bench.length, costs[at]); err != nil {
				return nil, err
			}
		}
	}
	return costs, nil
}

// table measures contests. The first engine is ours, the second HAProxy.
func (bench *Bench) table(contests []Contest, engines []*Engine, address func(*Engine) string) error {
	names := []string{"cpu, us a request"}
	for _, engine := range engines {
		names = append(names, engine.name)
	}
	rows := [][]screen.Cell{append(heading(append(names, "ratio", "target")...), left(""))}
	more := [][]screen.Cell{heading(append([]string{"requests/s; p99 under this load"}, names[1:]...)...)}
	for _, contest := range contests {
		costs, err := bench.inTurns(contest, engines, address)
		if err != nil {
			return err
		}
		row, other := []screen.Cell{left(contest.name)}, []screen.Cell{left(contest.name)}
		for _, cost := range costs {
			row = append(row, number(cost.cpu.median(), 1))
			other = append(other, right(fmt.Sprintf("%.0f; %.1f ms", cost.rate.median(), cost.p99.median()/1000)))
		}
		ratio := costs[0].cpu.median() / costs[1].cpu.median()
		row = append(row, number(ratio, 2))
		rows = append(rows, append(row, verdict(ratio, contest.target, true, "%.2f")...))
		more = append(more, other)
	}
	bench.show(rows)
	bench.show(more)
	return nil
}

func (bench *Bench) show(rows [][]screen.Cell) {
	bench.screen.Table(rows)
	bench.screen.Line("")
}

func (bench *Bench) requests() error {
	return bench.table(contests, bench.rig.engines, func(engine *Engine) string { return engine.http })
}

func (bench *Bench) raw() error {
	return bench.table(rawContests, bench.rig.engines[:2], func(engine *Engine) string { return engine.tcp })
}

// latency is that of an open loop: what a proxy adds to what the backend takes.
func (bench *Bench) latency() error {
	direct := &Engine{name: "direct", http: bench.rig.address, program: bench.rig.backend}
	engines := append([]*Engine{direct}, bench.rig.engines...)
	load := Load{path: small, connections: openClients, every: time.Second * openClients / openRate}
	samples := make([]Sample, len(engines))
	say("an open loop of %d requests a second", openRate)
	for round := 0; round < bench.rounds; round++ {
		for i, engine := range engines {
			outcome, err := load.run(engine.http, 2*bench.length, func() {}, func() {})
			if err != nil {
				return fmt.Errorf("through %s: %w", engine.name, err)
			}
			samples[i] = append(samples[i], microseconds(outcome.latencies)...)
		}
	}
	rows := [][]screen.Cell{append(heading(fmt.Sprintf("added latency, us, at %d requests/s", openRate), "p50", "p99", "p99.9",
		"p99 by HAProxy's", "target"), left(""))}
	added := func(i int, percent float64) float64 {
		return samples[i].percentile(percent) - samples[0].percentile(percent)
	}
	for i, engine := range engines {
		row := []screen.Cell{left(engine.name)}
		for _, percent := range []float64{50, 99, 99.9} {
			if i == 0 {
				row = append(row, right(fmt.Sprintf("(%.0f)", samples[0].percentile(percent))))
			} else {
				row = append(row, number(added(i, percent), 0))
			}
		}
		if i == 1 {
			ratio := samples[1].percentile(99) / samples[2].percentile(99)
			row = append(append(row, number(ratio, 2)), verdict(ratio, 1, true, "%.2f")...)
		}
		rows = append(rows, row)
	}
	bench.show(rows)
	return nil
}

// memory is that of a proxy that has just started, and what 10,000 clients add that rest.
func (bench *Bench) memory() error {
	rows := [][]screen.Cell{append(heading("memory, MiB", "largest process, idle", "all, idle", "more by 10,000 clients",
		"cpu, us a request", "target"), left(""))}
	const mib = 1 << 20
	many := manyClients()
	for i, engine := range bench.rig.engines {
		say("%d clients of %s", many, engine.name)
		before := sum(engine.program.memory())
		var after int64
		var cost Cost
		load := Load{path: small, connections: many, busy: busyOfMany}
		cpu := time.Duration(0)
		outcome, err := load.run(engine.http, bench.length,
			func() { after = sum(engine.program.memory()); cpu = -engine.program.cpu() },
			func() { cpu += engine.program.cpu() })
		if err != nil {
			return fmt.Errorf("%d clients of %s: %w", many, engine.name, err)
		}
		cost.add(outcome, cpu)
		most := float64(largest(engine.idle)) / mib
		row := []screen.Cell{left(engine.name), number(most, 1), number(float64(sum(engine.idle))/mib, 1),
			number(float64(after-before)/mib*mostClients/float64(many), 1), number(cost.cpu.median(), 1)}
		if i == 0 {
			row = append(row, verdict(most, 4, true, "%.0f idle")...)
		}
		rows = append(rows, row)
	}
	bench.screen.Table(rows)
	bench.screen.Line("  with %d connections open (ulimit -n), of which %d ask at any moment; memory reckoned for 10,000",
		many, busyOfMany)
	bench.screen.Line("")
	return nil
}

// flipping is from the question to the acknowledgement, with the connection to the control socket.
func (bench *Bench) flipping() error {
	var took Sample
	say("%d flips", bench.flips)
	for i := 0; i < bench.flips; i++ {
		began := time.Now()
		if err := bench.rig.flip(); err != nil {
			return err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	row := append([]screen.Cell{left("acknowledged after"), number(took.median(), 2), number(took.percentile(99), 2)},
		verdict(took.median(), 1, true, "%.0f")...)
	bench.show([][]screen.Cell{append(heading("flip, ms", "p50", "p99", "target"), left("")), row})
	return nil
}
