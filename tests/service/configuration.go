package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
)

// Configuration is the file of SERVICE_CONFIG: read at the start, at SIGHUP and at POST /reload.
// A text that begins with "ill" makes the service unhealthy, "crash" ends it, "refuse" is not taken.
type Configuration struct {
	path string
	lock sync.Mutex
	text string
}

func newConfiguration() *Configuration {
	c := &Configuration{path: os.Getenv("SERVICE_CONFIG")}
	if c.path == "" {
		return c
	}
	c.read()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	go func() {
		for range told {
			c.read()
		}
	}()
	return c
}

func (c *Configuration) read() bool {
	content, err := os.ReadFile(c.path)
	text := string(content)
	switch {
	case err != nil || strings.HasPrefix(text, "refuse"):
		return false
	case strings.HasPrefix(text, "crash"):
		os.Exit(3)
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.text = text
	return true
}

func (c *Configuration) current() string {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.text
}

func (c *Configuration) isIll() bool {
	return strings.HasPrefix(c.current(), "ill")
}

func (c *Configuration) show(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, c.current())
}

func (c *Configuration) reload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !c.read() {
		w.WriteHeader(http.StatusBadRequest)
	}
}
