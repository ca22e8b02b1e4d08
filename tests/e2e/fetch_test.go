package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// HostileServer has the archives of a box, and remembers who asked for what.
type HostileServer struct {
	*httptest.Server
	box    *Box
	lock   sync.Mutex
	asked  []http.Request
	answer hostility
}

// hostility answers the number-th request for an archive, from 1; false: the server answers well.
type hostility func(w http.ResponseWriter, r *http.Request, number int) bool

func (box *Box) serveReleases(answer hostility, secure bool) *HostileServer {
	server := &HostileServer{box: box, answer: answer}
	server.Server = httptest.NewUnstartedServer(server)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	box.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

func (server *HostileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := server.remember(r)
	if server.answer != nil && number > 0 && server.answer(w, r, number) {
		return
	}
	server.answerWell(w, r)
}

// remember counts the requests for archives; 0 for the small files beside them.
func (server *HostileServer) remember(r *http.Request) int {
	if strings.HasSuffix(r.URL.Path, ".sig") {
		return 0
	}
	server.lock.Lock()
	defer server.lock.Unlock()
	server.asked = append(server.asked, *r.Clone(r.Context()))
	return len(server.asked)
}

// etagOf is another one for every content, also of the same size.
func etagOf(content []byte) string {
	return fmt.Sprintf(`"%x"`, sha256.Sum256(content))
}

// answerWell knows ranges, and tells contents apart by their ETag.
func (server *HostileServer) answerWell(w http.ResponseWriter, r *http.Request) {
	content, err := os.ReadFile(server.archive(r))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", etagOf(content))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (server *HostileServer) archive(r *http.Request) string {
	return filepath.Join(server.box.Dir, "releases", filepath.Base(r.URL.Path))
}

// begin sends the head of the whole archive and its first half.
func (server *HostileServer) begin(w http.ResponseWriter, r *http.Request, length int) {
	content, err := os.ReadFile(server.archive(r))
	if err != nil {
		panic(err)
	}
	w.Header().Set("ETag", etagOf(content))
	w.Header().Set("Content-Length", fmt.Sprint(len(content)+length))
	w.Write(content[:len(content)/2])
	w.(http.Flusher).Flush()
}

func (server *HostileServer) requests() []http.Request {
	server.lock.Lock()
	defer server.lock.Unlock()
	return append([]http.Request{}, server.asked...)
}

func (server *HostileServer) source() string {
	return `"` + server.URL + `/v{version}/{app}_{version}.tar.gz"`
}

func (server *HostileServer) mustBeAsked(t *testing.T, times int) {
	t.Helper()
	if asked := len(server.requests()); asked != times {
		t.Errorf("the server was asked %d times instead of %d", asked, times)
	}
}

// fetchAndAbort is one stage by itself; what it fetched is thrown away.
func (box *Box) fetchAndAbort(arguments ...string) Result {
	box.t.Helper()
	result := box.Must(append([]string{"fetch", "--version", "2.0.0"}, arguments...)...)
	box.Must("abort")
	if entries, err := os.ReadDir(box.AppDir("incoming")); err != nil || len(entries) > 0 {
		box.t.Errorf("left after the abort: %v, %v", entries, err)
	}
	return result
}

func forFetching(t *testing.T) *Box {
	t.Helper()
	box := withServing(t, "release.tries", "3", "release.backoff", "10ms",
		"release.connect_timeout", "5s", "release.stall_timeout", "20s")
	box.Environment = []string{"no_proxy=127.0.0.1", "http_proxy=", "https_proxy="}
	box.Release("2.0.0", "2.0.0")
	return box
}

// Whatever the server answers: status 5, the old release serves on, and the next fetch works.
func TestFetchFromAHostileServer(t *testing.T) {
	box := forFetching(t)
	for _, c := range []struct {
		name    string
		answer  func(server **HostileServer) hostility
		changes []string
		times   int
		words   []string
	}{
		{"not found", always(404), nil, 1, []string{"HTTP 404", "release.source"}},
		{"forbidden", always(403), nil, 1, []string{"HTTP 403", "credentials", "release.headers"}},
		{"in trouble", always(500), nil, 3, []string{"HTTP 500", "failed 3 times", "later"}},
		{"redirect in a circle", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return true
			}
		}, nil, 11, []string{"more than 10 redirects", "circle"}},
		{"cut each time", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				w.Header().Set("Accept-Ranges", "none")
				(*server).begin(w, r, 0)
				panic(http.ErrAbortHandler)
			}
		}, nil, 3, []string{"failed 3 times"}},
		{"less than it said", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				(*server).begin(w, r, 1000)
				panic(http.ErrAbortHandler)
			}
		}, nil, 3, []string{"failed 3 times"}},
		{"stalls", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				(*server).begin(w, r, 0)
				<-r.Context().Done()
				return true
			}
		}, []string{"release.stall_timeout", "200ms", "release.tries", "1"}, 1,
			[]string{"sent nothing for 200 ms"}},
		{"endless", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				for r.Context().Err() == nil {
					w.Write(make([]byte, 64<<10))
				}
				return true
			}
		}, []string{"release.max_size", "1MiB"}, 1, []string{"1.0 MiB", "release.max_size"}},
		{"too large by its own word", func(server **HostileServer) hostility {
			return func(w http.ResponseWriter, r *http.Request, number int) bool {
				(*server).begin(w, r, 1<<30)
				<-r.Context().Done()
				return true
			}
		}, []string{"release.max_size", "100MiB"}, 1, []string{"100.0 MiB", "release.max_size"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := box.with(t)
			var server *HostileServer
			server = inner.serveReleases(c.answer(&server), false)
			inner.Change(append(c.changes, "release.source", server.source())...)
			inner.mustFailDeploying(5, "2.0.0", append(c.words, "downloading "+server.URL)...)
			server.mustBeAsked(t, c.times)
		})
	}
	box.Change()
	box.mustDeploy("2.0.0")
}

func always(status int) func(**HostileServer) hostility {
	return func(**HostileServer) hostility {
		return func(w http.ResponseWriter, r *http.Request, number int) bool {
			w.WriteHeader(status)
			return true
		}
	}
}

// What passes is tried again, and what came is not fetched twice.
func TestFetchTriesAgainAndContinues(t *testing.T) {
	box := forFetching(t)
	t.Run("in trouble twice, then well", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveReleases(func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n < 3
		}, false)
		inner.Change("release.source", server.source())
		inner.mustSay(inner.fetchAndAbort(), "HTTP 503; try 2", "HTTP 503; try 3")
		server.mustBeAsked(t, 3)
	})
	t.Run("cut, then continued", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveCutOnce()
		inner.Change("release.source", server.source())
		result := inner.fetchAndAbort("--json")
		mustHaveContinued(t, server, result.Stdout)
	})
	t.Run("cut, then continued by the next command", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveCutOnce()
		inner.Change("release.source", server.source(), "release.tries", "1")
		inner.mustFailDeploying(5, "2.0.0", server.URL)
		result := inner.fetchAndAbort("--json")
		mustHaveContinued(t, server, result.Stdout)
	})
	t.Run("Ctrl-C, then continued by the next command", func(t *testing.T) {
		inner := box.with(t)
		begun := make(chan bool, 1)
		var server *HostileServer
		server = inner.serveReleases(func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n > 1 {
				return false
			}
			server.begin(w, r, 0)
			begun <- true
			<-r.Context().Done()
			return true
		}, false)
		inner.Change("release.source", server.source())
		running := inner.Start("deploy", "--version", "2.0.0")
		<-begun
		inner.waitForPartialArchive(partOfArchive)
		running.Signal(syscall.SIGINT)
		result := running.Wait()
		if result.Status != 130 {
			t.Errorf("status %d instead of 130\n%v", result.Status, result)
		}
		inner.mustSay(result, "interrupted", "release 1.0.0 still answers")
		inner.mustBeAsBefore("1.0.0")
		mustHaveContinued(t, server, inner.fetchAndAbort("--json").Stdout)
	})
	t.Run("cut, and changed meanwhile", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveCutOnce()
		inner.Change("release.source", server.source(), "release.tries", "1")
		inner.mustFailDeploying(5, "2.0.0", server.URL)
		inner.Release("2.0.0", "1.1.0") // another content, and so another ETag
		inner.Must("fetch", "--version", "2.0.0")
		inner.Must("verify")
		inner.Must("abort")
	})
}

func (box *Box) serveCutOnce() *HostileServer {
	var server *HostileServer
	server = box.serveReleases(func(w http.ResponseWriter, r *http.Request, number int) bool {
		if number > 1 {
			return false
		}
		server.begin(w, r, 0)
		box.waitForPartialArchive(partOfArchive)
		panic(http.ErrAbortHandler)
	}, false)
	return server
}

const partOfArchive = 100000 // bytes, of more than a million

// waitForPartialArchive: what is asked of the half that came is vain before it came.
func (box *Box) waitForPartialArchive(size int64) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		paths, _ := filepath.Glob(box.AppDir("incoming", "*", "archive")) // it is well-formed
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && info.Size() >= size {
				return
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	box.t.Error("no part of the archive came")
}

func mustHaveContinued(t *testing.T, server *HostileServer, events string) {
	t.Helper()
	requests := server.requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests", len(requests))
	}
	first, second := requests[0].Header, requests[1].Header
	if first.Get("Range") != "" || !strings.HasPrefix(second.Get("Range"), "bytes=") ||
		second.Get("Range") == "bytes=0-" || !strings.HasPrefix(second.Get("If-Range"), `"`) {
		t.Errorf("not continued: first %v, then %v", first, second)
	}
	from := strings.TrimSuffix(strings.TrimPrefix(second.Get("Range"), "bytes="), "-")
	if !strings.Contains(events, `"resumed_at":`+from) {
		t.Errorf("not told that it was continued at %s:\n%s", from, events)
	}
}

// Where the archive may come from, and who may learn the secret that opens the door.
// Whoever stood still himself (a machine that was paused) finds the rest in his socket.
func TestFetchThatStoodStillDoesNotBlameTheServer(t *testing.T) {
	const patience = 2 * time.Second
	box := forFetching(t)
	begun, goOn, sent := make(chan int), make(chan struct{}), make(chan struct{})
	var server *HostileServer
	server = box.serveReleases(func(w http.ResponseWriter, r *http.Request, number int) bool {
		if number > 1 {
			return false
		}
		server.begin(w, r, 0)
		content, _ := os.ReadFile(server.archive(r)) // begin has read it, too
		begun <- len(content) / 2
		<-goOn
		w.Write(content[len(content)/2:])
		w.(http.Flusher).Flush()
		close(sent)
		return true
	}, false)
	box.Change("release.source", server.source(), "release.stall_timeout", patience.String())
	fetch := box.Start("fetch", "--version", "2.0.0")
	box.waitForPartialArchive(int64(<-begun))
	fetch.Signal(syscall.SIGSTOP)
	close(goOn)
	<-sent
	time.Sleep(patience + patience/10) // the time that it is not to count
	fetch.Signal(syscall.SIGCONT)
	fetch.mustEnd(0)
	server.mustBeAsked(t, 1)
}

func TestFetchFromManySources(t *testing.T) {
	box := forFetching(t)
	const secret = "Bearer s3cr3t-9a7"
	t.Run("a redirect, and the secret stays at the first host", func(t *testing.T) {
		inner := box.with(t)
		second := inner.serveReleases(nil, false)
		first := inner.serveReleases(func(w http.ResponseWriter, r *http.Request, n int) bool {
			http.Redirect(w, r, second.URL+r.URL.Path, http.StatusFound)
			return true
		}, false)
		inner.Environment = append(inner.Environment, "TOKEN=s3cr3t-9a7")
		inner.Change("release.source", first.source(),
			"release.headers", `["Authorization: Bearer {env:TOKEN}"]`)
		result := inner.fetchAndAbort("-v")
		if got := first.requests()[0].Header.Get("Authorization"); got != secret {
			t.Errorf("the first host got %q", got)
		}
		if got := second.requests()[0].Header.Get("Authorization"); got != "" {
			t.Errorf("the second host got %q", got)
		}
		if strings.Contains(result.Stdout+result.Stderr, "s3cr3t") {
			t.Errorf("the secret was said\n%v", result)
		}
	})
	t.Run("https", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveReleases(nil, true)
		inner.Change("release.source", server.source(), "release.tries", "1")
		inner.mustFailDeploying(5, "2.0.0", "certificate", "release.ca")
		inner.Change("release.ca", inner.writeAuthority(server))
		inner.fetchAndAbort()
	})
	t.Run("from https to http", func(t *testing.T) {
		inner := box.with(t)
		second := inner.serveReleases(nil, false)
		first := inner.serveReleases(func(w http.ResponseWriter, r *http.Request, n int) bool {
			http.Redirect(w, r, second.URL+r.URL.Path, http.StatusFound)
			return true
		}, true)
		inner.Change("release.source", first.source(), "release.ca", inner.writeAuthority(first))
		inner.mustFailDeploying(5, "2.0.0", "redirected from https to "+second.URL, "not encrypted")
		second.mustBeAsked(t, 0)
	})
	t.Run("a proxy", func(t *testing.T) {
		inner := box.with(t)
		proxy := inner.serveReleases(nil, false)
		inner.Environment = []string{"http_proxy=" + proxy.URL, "no_proxy=127.0.0.1"}
		inner.Change("release.source", `"http://releases.example.test/{app}_{version}.tar.gz"`)
		inner.fetchAndAbort()
		if got := proxy.requests()[0].URL.Host; got != "releases.example.test" {
			t.Errorf("the proxy was asked for host %q", got)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		inner := box.with(t)
		server := inner.serveReleases(nil, false)
		server.Close()
		inner.Change("release.source", server.source())
		inner.mustFailDeploying(5, "2.0.0", server.URL, "failed 3 times", "server is up")
	})
	t.Run("files", func(t *testing.T) {
		path := filepath.Join(box.Dir, "releases", "shop_2.0.0.tar.gz")
		inner := box.with(t, "release.source",
			`"file://`+filepath.Join(box.Dir, "releases", "{app}_{version}.tar.gz")+`"`)
		inner.fetchAndAbort()
		inner.fetchAndAbort("--release", path)
		inner.fetchAndAbort("--release", "releases/shop_2.0.0.tar.gz")
		inner.mustFailDeploying(5, "7.7.7", "shop_7.7.7.tar.gz does not exist", "release.source")
		inner.mustRefuse(5, []string{"deploy", "--release", path + "x"}, path+"x does not exist",
			"release 1.0.0 still answers")
	})
	t.Run("no version", func(t *testing.T) {
		box.with(t).mustRefuse(2, []string{"deploy"}, "needs a version", "--version")
		box.with(t).mustBeAsBefore("1.0.0")
	})
	box.Change()
	box.mustDeploy("2.0.0")
}

func (box *Box) writeAuthority(server *HostileServer) string {
	path := filepath.Join(box.Dir, "authority.pem")
	writeTo(box.t, path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: server.Certificate().Raw}), 0o600)
	return path
}
