// Service is what the tests deploy: a small but real Go HTTP service, standard library only (with the tag
// `native` it is a service of Windows, too, by golang.org/x/sys).
//
// Its version and its illness are fixed when it is built (-ldflags "-X main.version=... -X
// main.illness=..."), so that a release is told apart by what it answers and fails in a known way.
// It listens on 127.0.0.1:$PORT, or where --listen says, and stops gracefully on SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

var (
	version = "0.0.0"
	illness = ""
)

// How long requests under way may take once the service was asked to stop; then they are cut.
const defaultDrain = 5 * time.Second

func main() {
	listen := flag.String("listen", "", "address to listen on (default 127.0.0.1:$PORT)")
	drain := flag.Duration("drain", durationFrom("SERVICE_DRAIN", defaultDrain),
		"time for requests under way when stopping")
	headed := flag.Bool("proxy-header", false, "connections begin with a PROXY header, version 2")
	flag.Parse()

	logger := log.New(os.Stdout, "", log.LstdFlags|log.Lmicroseconds)
	ill, err := parseIllness(firstOf(os.Getenv("SERVICE_ILLNESS"), illness))
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(2)
	}
	work := func(stop <-chan os.Signal) error {
		return run(*listen, *headed, *drain, ill, logger, stop)
	}
	if err := underManager(ill, work, stopSignal(ill, logger)); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(listen string, headed bool, drain time.Duration, ill *Illness, logger *log.Logger,
	stop <-chan os.Signal) error {
	if err := ill.beforeListening(stop, logger); err != nil {
		return err
	}
	address, err := addressToListen(listen, ill)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if headed {
		listener = HeadedListener{listener}
	}

	sockets := newSockets()
	server := &http.Server{Handler: newHandler(ill, sockets), ErrorLog: logger}
	server.RegisterOnShutdown(sockets.sayGoodbye)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	logger.Printf("start version=%s pid=%d listen=%s illness=%q", version, os.Getpid(),
		listener.Addr(), ill.text)

	select {
	case err := <-failed:
		return err
	case <-stop:
	}
	return shutDown(server, sockets, drain, logger)
}

// shutDown refuses new connections, waits for the requests under way, and cuts what is still there
// when the time for it is over.
func shutDown(server *http.Server, sockets *Sockets, drain time.Duration, logger *log.Logger) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()

	err := server.Shutdown(ctx)
	cut := errors.Is(err, context.DeadlineExceeded)
	if cut {
		err = server.Close()
	}
	sockets.waitClosed(ctx)
	logger.Printf("stop version=%s pid=%d cut=%v took=%dms", version, os.Getpid(), cut,
		time.Since(began).Milliseconds())
	return err
}

func stopSignal(ill *Illness, logger *log.Logger) <-chan os.Signal {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	if ill.kind != "ignore-term" {
		return asked
	}
	go func() {
		for s := range asked {
			logger.Printf("ignored %v", s)
		}
	}()
	return nil
}

func addressToListen(listen string, ill *Illness) (string, error) {
	if listen == "" {
		port := os.Getenv("PORT")
		if port == "" {
			return "", errors.New("neither --listen nor PORT is given")
		}
		listen = net.JoinHostPort("127.0.0.1", port)
	}
	if ill.kind != "other-port" {
		return listen, nil
	}
	return otherPort(listen)
}

// otherPort is below 12000: no test is given one from there (tests/box/ports.go).
func otherPort(listen string) (string, error) {
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.Itoa(3000+port%9000)), nil
}

func durationFrom(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(os.Getenv(name)); err == nil {
		return d
	}
	return otherwise
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
