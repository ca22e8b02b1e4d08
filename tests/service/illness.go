package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Illness is the one way in which a release misbehaves.
//
//	exit            exits at once with status 3
//	deaf            runs, but never listens
//	other-port      listens 1000 ports further
//	unhealthy       /healthz answers 500
//	redirect        /healthz answers 301
//	errors          / answers 500 while /healthz is fine
//	wrong-identity  X-Release names another version
//	ignore-term     does not stop when asked
//	fork            starts a grandchild in a session of its own
//	slow-start:MS   listens only after that time
//	late-ill:WHEN   /healthz answers 500 after WHEN: a number of requests (/healthz not counted), or 1500ms
//	late-errors:WHEN, late-exit:WHEN   likewise: / answers 500; exits with status 3
type Illness struct {
	text     string
	kind     string
	requests int64         // the late ones: after so many requests,
	delay    time.Duration // or after this time

	served atomic.Int64
	late   atomic.Bool // its hour has come
	ill    atomic.Bool // switched by /ill and /well
}

var simpleIllnesses = map[string]bool{"": true, "exit": true, "deaf": true, "other-port": true,
	"unhealthy": true, "redirect": true, "errors": true, "wrong-identity": true,
	"ignore-term": true, "fork": true}

func parseIllness(text string) (*Illness, error) {
	kind, argument, found := strings.Cut(text, ":")
	ill := &Illness{text: text, kind: kind}
	if simpleIllnesses[kind] && !found {
		return ill, nil
	}
	switch kind {
	case "slow-start":
		argument = strings.TrimSuffix(argument, "ms") + "ms"
	case "late-ill", "late-errors", "late-exit":
	default:
		return nil, fmt.Errorf("no such illness: %q", text)
	}
	return ill, ill.parseWhen(argument)
}

func (ill *Illness) parseWhen(text string) error {
	var err error
	if ill.requests, err = strconv.ParseInt(text, 10, 64); err == nil {
		return nil
	}
	if ill.delay, err = time.ParseDuration(text); err != nil {
		return fmt.Errorf("illness %s: %q is neither a number nor a duration", ill.kind, text)
	}
	return nil
}

// beforeListening does what is ill about the start itself.
func (ill *Illness) beforeListening(stop <-chan os.Signal, logger *log.Logger) error {
	switch ill.kind {
	case "exit":
		fmt.Fprintf(os.Stderr, "service %s: illness \"exit\": cannot work here\n", version)
		os.Exit(3)
	case "deaf":
		logger.Printf("start version=%s pid=%d deaf", version, os.Getpid())
		<-stop
		return errors.New("stopped while deaf")
	case "slow-start":
		select {
		case <-time.After(ill.delay):
		case <-stop:
			return errors.New("stopped while starting")
		}
	case "fork":
		pid, err := startGrandchild()
		if err != nil {
			return err
		}
		logger.Printf("grandchild pid=%d", pid)
	}
	return nil
}

// startClock begins the time after which a late illness breaks out.
func (ill *Illness) startClock() {
	if strings.HasPrefix(ill.kind, "late-") && ill.delay > 0 {
		time.AfterFunc(ill.delay, ill.breakOut)
	}
}

func (ill *Illness) countRequest() {
	if ill.served.Add(1) >= ill.requests && ill.requests > 0 && strings.HasPrefix(ill.kind, "late-") {
		ill.breakOut()
	}
}

func (ill *Illness) breakOut() {
	ill.late.Store(true)
	if ill.kind == "late-exit" {
		fmt.Fprintf(os.Stderr, "service %s: illness %q broke out\n", version, ill.text)
		os.Exit(3)
	}
}

func (ill *Illness) healthStatus() int {
	switch {
	case ill.kind == "redirect":
		return http.StatusMovedPermanently
	case ill.kind == "unhealthy", ill.ill.Load(), ill.kind == "late-ill" && ill.late.Load():
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

func (ill *Illness) hasErrors() bool {
	return ill.kind == "errors" || ill.kind == "late-errors" && ill.late.Load()
}

func (ill *Illness) claimedVersion() string {
	if ill.kind == "wrong-identity" {
		return "9.9.9-wrong"
	}
	return version
}
