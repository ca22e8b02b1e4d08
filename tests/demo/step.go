package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"godeploy/box"
	"godeploy/box/screen"
)

var errNotAsPromised = errors.New("not everything was as promised")

// Step is one command and what it promises.
type Step struct {
	Say       string
	Short     string // in the table at the end
	Arguments []string
	Status    int    // promised exit status
	Serves    string // promised release afterwards
	UnderLoad bool
}

// Outcome is what became of a step.
type Outcome struct {
	Step   Step
	Result box.Result
	Serves string // the release that answered through the public port
	Flip   string // how long the flip took; "-": there was none
}

// AsPromised says whether the step kept its word.
func (outcome Outcome) AsPromised() bool {
	return outcome.Result.Status == outcome.Step.Status && outcome.Serves == outcome.Step.Serves
}

func (demo *Demo) say(words string) {
	s := demo.screen
	s.Line("")
	s.Line("%s %s", s.Paint(screen.Cyan, s.Pick("●", "*")), words)
}

func (demo *Demo) command(line string) {
	s := demo.screen
	s.Line("  %s %s", s.Paint(screen.Dim, "$"), s.Paint(screen.Bold, line))
}

// must shows a command that has to succeed, and runs it.
func (demo *Demo) must(arguments ...string) error {
	demo.command(box.Line(arguments...))
	_, err := demo.box.Must(demo.ctx, arguments...)
	return err
}

func (demo *Demo) pause(length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-demo.ctx.Done():
		return demo.ctx.Err()
	}
}

// run shows a step, runs it, and ends the story where it did not keep its word.
func (demo *Demo) run(step Step) error {
	demo.say(step.Say)
	demo.command(box.Line(step.Arguments...))
	running, err := demo.box.Start(demo.screen.Terminal, step.Arguments...)
	if err != nil {
		return err
	}
	outcome := Outcome{Step: step, Flip: "-"}
	if outcome.Result, err = running.Wait(demo.ctx); err != nil {
		return err
	}
	if outcome.Serves, err = demo.whoAnswers(); err != nil {
		outcome.Serves = "nobody: " + err.Error()
	}
	if err := demo.showStages(&outcome); err != nil {
		return err
	}
	demo.showEnd(outcome)
	demo.done = append(demo.done, outcome)
	if !outcome.AsPromised() {
		return fmt.Errorf("%w: %v", errNotAsPromised, outcome.Result)
	}
	return nil
}

// whoAnswers asks as any client would, on a connection of its own.
func (demo *Demo) whoAnswers() (string, error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(demo.box.URL("/"))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.Header.Get("X-Release"), err
}

// Deployment is what `godeploy show --json` tells.
type Deployment struct {
	Steps []struct {
		Stage string
		State string
		MS    int64
	}
}

// showStages prints what a live checklist has shown already, where there was none.
func (demo *Demo) showStages(outcome *Outcome) error {
	result, err := demo.box.Must(demo.ctx, "show", "--json")
	if err != nil {
		return err
	}
	var deployment Deployment
	if err := json.Unmarshal([]byte(result.Stdout), &deployment); err != nil {
		return fmt.Errorf("%w in what `godeploy show` says: %s", err, result.Stdout)
	}
	var words []string
	for _, step := range deployment.Steps {
		took := duration(time.Duration(step.MS) * time.Millisecond)
		switch step.State {
		case "done":
			words = append(words, step.Stage+" "+took)
		case "failed":
			words = append(words, step.Stage+" failed after "+took)
		default: // it took the time that undoing it did
			words = append(words, step.Stage+" "+step.State)
		}
		if step.Stage == "flip" && step.State == "done" {
			outcome.Flip = took
		}
	}
	if demo.screen.Terminal == nil {
		demo.screen.Line("    %s", strings.Join(words, ", "))
		demo.showError(outcome.Result)
	}
	return nil
}

// showError prints the error of a plain run; its progress lines are left out.
func (demo *Demo) showError(result box.Result) {
	_, text, found := strings.Cut("\n"+result.Stderr, "\nerror:")
	if !found {
		return
	}
	for _, line := range strings.Split(strings.TrimSpace("error:"+text), "\n") {
		demo.screen.Line("    %s", line)
	}
}

func (demo *Demo) showEnd(outcome Outcome) {
	s := demo.screen
	how := "done"
	if outcome.Step.Status != 0 {
		how = "refused, as it should be"
	}
	if !outcome.AsPromised() {
		how = fmt.Sprintf("promised were exit status %d, and that %s serves", outcome.Step.Status,
			outcome.Step.Serves)
	}
	s.Line("  %s exit status %d after %s: %s; %s answers", s.Mark(outcome.AsPromised()),
		outcome.Result.Status, duration(outcome.Result.Took), how, outcome.Serves)
}

// tamper changes one byte in the middle of a file.
func (demo *Demo) tamper(name string) error {
	content, err := os.ReadFile(demo.box.Path(name))
	if err != nil {
		return err
	}
	content[len(content)/2] ^= 1
	return demo.box.Write(name, content, 0o600)
}

func duration(length time.Duration) string {
	if length < time.Second {
		return fmt.Sprintf("%d ms", length.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", length.Seconds())
}
