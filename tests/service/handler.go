package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const mostEchoBytes = 64 << 20

// Handler answers every request; each answer names the release and the instance it came from.
type Handler struct {
	mux      *http.ServeMux
	ill      *Illness
	instance string
	config   *Configuration

	leakLock sync.Mutex
	leaked   []*os.File
}

func newHandler(ill *Illness, sockets *Sockets) *Handler {
	h := &Handler{mux: http.NewServeMux(), ill: ill, config: newConfiguration(),
		instance: firstOf(os.Getenv("GODEPLOY_INSTANCE"), strconv.Itoa(os.Getpid()))}
	h.mux.HandleFunc("/", h.root)
	h.mux.HandleFunc("/healthz", h.health)
	h.mux.HandleFunc("/slow", h.slow)
	h.mux.HandleFunc("/upload", h.upload)
	h.mux.HandleFunc("/echo", h.echo)
	h.mux.HandleFunc("/stream", h.stream)
	h.mux.HandleFunc("/status/", h.status)
	h.mux.HandleFunc("/pid", h.pid)
	h.mux.HandleFunc("/client", h.client)
	h.mux.HandleFunc("/die", h.die)
	h.mux.HandleFunc("/ill", h.switchHealth)
	h.mux.HandleFunc("/well", h.switchHealth)
	h.mux.HandleFunc("/leak", h.leak)
	h.mux.HandleFunc("/configuration", h.config.show)
	h.mux.HandleFunc("/reload", h.config.reload)
	h.mux.HandleFunc("/ws", sockets.serve)
	return h
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Release", h.ill.claimedVersion())
	w.Header().Set("X-Instance", h.instance)
	h.mux.ServeHTTP(w, r)
}

func (h *Handler) root(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	// A body that is not read would make the server close the connection.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if h.ill.hasErrors() {
		http.Error(w, "illness: "+h.ill.text, http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "service %s\n", version)
}

func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	status := h.ill.healthStatus()
	if h.config.isIll() {
		status = http.StatusInternalServerError
	}
	if status == http.StatusMovedPermanently {
		http.Redirect(w, r, "/", status)
		return
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		io.WriteString(w, "ok")
	} else {
		io.WriteString(w, "ill")
	}
}

func (h *Handler) slow(w http.ResponseWriter, r *http.Request) {
	ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
	if err != nil {
		http.Error(w, "/slow?ms=N", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		fmt.Fprintf(w, "service %s after %d ms\n", version, ms)
	case <-r.Context().Done():
	}
}

// upload answers "SHA256 SIZE", computed while the body streams in.
func (h *Handler) upload(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	size, err := io.Copy(hash, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%s %d\n", hex.EncodeToString(hash.Sum(nil)), size)
}

// echo reads all before it answers, as HTTP/1.1 handlers must.
func (h *Handler) echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostEchoBytes))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if kind := r.Header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

// client says who asks, as the connection tells it.
func (h *Handler) client(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, r.RemoteAddr)
}

// stream sends server-sent events, flushed one by one. It runs to its end even when the service is
// asked to stop: only the end of the drain time cuts it, and then it lacks its last chunk.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	length, every, err := streamTimes(r)
	flusher, canFlush := w.(http.Flusher)
	if err != nil || !canFlush {
		http.Error(w, "/stream?for=10s&every=100ms", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	end := time.Now().Add(length)
	for id := 0; time.Now().Before(end); id++ {
		if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", id, version); err != nil {
			return
		}
		flusher.Flush()
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
	io.WriteString(w, "event: end\ndata: end\n\n")
}

func streamTimes(r *http.Request) (length, every time.Duration, err error) {
	query := r.URL.Query()
	length, err = time.ParseDuration(firstOf(query.Get("for"), "10s"))
	if err != nil {
		return 0, 0, err
	}
	every, err = time.ParseDuration(firstOf(query.Get("every"), "100ms"))
	if err == nil && every <= 0 {
		err = fmt.Errorf("every=%v", every)
	}
	return length, every, err
}

func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	status, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
	if err != nil || status < 200 || status > 599 {
		http.Error(w, "/status/N, 200 to 599", http.StatusBadRequest)
		return
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && status != http.StatusNotModified {
		fmt.Fprintf(w, "status %d\n", status)
	}
}

func (h *Handler) pid(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, os.Getpid())
}

func (h *Handler) die(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(os.Stderr, "service: told to die")
	os.Exit(3)
}

func (h *Handler) switchHealth(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ill" {
		h.ill.fall()
	} else {
		h.ill.ill.Store(false)
	}
	fmt.Fprintln(w, r.URL.Path[1:])
}

// leak opens ?handles=N (20 if not said) handles and never closes them.
func (h *Handler) leak(w http.ResponseWriter, r *http.Request) {
	wanted, err := strconv.Atoi(firstOf(r.URL.Query().Get("handles"), "20"))
	if err != nil || wanted < 0 {
		http.Error(w, "/leak?handles=N", http.StatusBadRequest)
		return
	}
	h.leakLock.Lock()
	defer h.leakLock.Unlock()
	for i := 0; i < wanted; i++ {
		file, err := os.Open(os.DevNull)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		h.leaked = append(h.leaked, file)
	}
	fmt.Fprintf(w, "%d handles leaked\n", len(h.leaked))
}
