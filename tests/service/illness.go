package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Illness is the one way in which a release misbehaves.
//
//	exit            exits at once with status 3
//	deaf            runs, but never listens
//	other-port      listens on another port
//	unhealthy       /healthz answers 500
//	redirect        /healthz answers 301
//	errors          / answers 500 while /healthz is fine
//	wrong-identity  X-Release names another version
//	ignore-term     does not stop when asked
//	fork            starts a grandchild in a session of its own
//	slow-start:MS   listens only after that time
//
// /ill makes any release ill, of which /healthz tells by 500; but of
//
//	late-errors     / does, and /healthz is fine
//	late-exit       the end does, with status 3
type Illness struct {
	text  string
	kind  string
	delay time.Duration // of slow-start

	ill atomic.Bool // switched by /ill and /well
}

var simpleIllnesses = map[string]bool{"": true, "exit": true, "deaf": true, "other-port": true,
	"unhealthy": true, "redirect": true, "errors": true, "wrong-identity": true,
	"ignore-term": true, "fork": true, "late-errors": true, "late-exit": true}

func parseIllness(text string) (*Illness, error) {
	kind, argument, found := strings.Cut(text, ":")
	ill := &Illness{text: text, kind: kind}
	if simpleIllnesses[kind] && !found {
		return ill, nil
	}
	if kind != "slow-start" {
		return nil, fmt.Errorf("no such illness: %q", text)
	}
	var err error
	ill.delay, err = time.ParseDuration(argument + "ms")
	return ill, err
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

// fall is /ill.
func (ill *Illness) fall() {
	ill.ill.Store(true)
	if ill.kind == "late-exit" {
		fmt.Fprintf(os.Stderr, "service %s: illness %q broke out\n", version, ill.text)
		os.Exit(3)
	}
}

func (ill *Illness) healthStatus() int {
	switch {
	case ill.kind == "redirect":
		return http.StatusMovedPermanently
	case ill.kind == "unhealthy", ill.kind != "late-errors" && ill.ill.Load():
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

func (ill *Illness) hasErrors() bool {
	return ill.kind == "errors" || ill.kind == "late-errors" && ill.ill.Load()
}

func (ill *Illness) claimedVersion() string {
	if ill.kind == "wrong-identity" {
		return "9.9.9-wrong"
	}
	return version
}
