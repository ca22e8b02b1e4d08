package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// ProbeReport is what `probe --json` says, as far as tests ask.
type ProbeReport struct {
	Sent      int `json:"sent"`
	OK        int `json:"ok"`
	Failed    int `json:"failed"`
	Refused   int `json:"refused"`
	Timeout   int `json:"timeout"`
	Status5xx int `json:"status_5xx"`
	Kinds     map[string]struct {
		Sent, OK, Failed int
	} `json:"kinds"`
	Identities []struct {
		Value string
		Count int
	} `json:"identities"`
	StreamsWhole int `json:"streams_whole"`
}

// It sends as often as it was told, counts what came back, and says by its status if all was well.
func TestProbeCounts(t *testing.T) {
	box := newBox(t)
	service := startService(t, "1.0.0", t.TempDir())
	url := serviceURL(service, "/")
	t.Run("well", func(t *testing.T) {
		report := box.with(t).probe(0, url, "--rate", "200", "--for", "1s", "--identity", "X-Release",
			"--mix", "keepalive,fresh,post", "--stream", "/stream?for=300ms&every=50ms")
		if report.Sent < 190 || report.Sent > 210 || report.OK != report.Sent || report.Failed != 0 {
			t.Errorf("%+v", report)
		}
		for _, kind := range []string{"keepalive", "fresh", "post"} {
			if report.Kinds[kind].Sent == 0 || report.Kinds[kind].OK != report.Kinds[kind].Sent {
				t.Errorf("%s: %+v", kind, report.Kinds[kind])
			}
		}
		if len(report.Identities) != 1 || report.Identities[0].Value != "1.0.0" ||
			report.StreamsWhole == 0 {
			t.Errorf("%+v", report)
		}
	})
	t.Run("it agrees with the server", func(t *testing.T) {
		var asked, posted atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if r.Method == "POST" {
				posted.Add(1)
			}
			if asked.Load()%10 == 0 {
				w.WriteHeader(http.StatusBadGateway)
			}
		}))
		defer server.Close()
		report := box.with(t).probe(9, server.URL+"/", "--rate", "100", "--for", "1s")
		if int(asked.Load()) != report.Sent || int(posted.Load()) != report.Kinds["post"].Sent ||
			report.Failed != report.Sent/10 || report.Status5xx != report.Failed {
			t.Errorf("%d asked, %d posted; %+v", asked.Load(), posted.Load(), report)
		}
	})
	t.Run("nobody is there", func(t *testing.T) {
		report := box.with(t).probe(9, fmt.Sprintf("http://127.0.0.1:%d/", freePort(t)),
			"--rate", "50", "--for", "300ms")
		if report.OK != 0 || report.Refused == 0 || report.Failed != report.Sent {
			t.Errorf("%+v", report)
		}
	})
	t.Run("too slow", func(t *testing.T) {
		report := box.with(t).probe(9, serviceURL(service, "/slow?ms=5000"), "--rate", "20",
			"--for", "300ms", "--timeout", "100ms", "--mix", "fresh")
		if report.OK != 0 || report.Timeout == 0 {
			t.Errorf("%+v", report)
		}
	})
	t.Run("for people", func(t *testing.T) {
		result := box.with(t).RunBare("probe", url, "--rate", "50", "--for", "200ms")
		if result.Status != 0 || !strings.Contains(result.Stdout, " 0 failed") ||
			!strings.Contains(result.Stdout, "longest gap") {
			t.Errorf("%v", result)
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		for _, arguments := range [][]string{{"ftp://127.0.0.1/"}, {"127.0.0.1"}, {}, {url, "--mix", "x"},
			{url, "--rate", "0"}} {
			result := box.with(t).RunBare(append([]string{"probe"}, arguments...)...)
			if result.Status != 2 || result.Stdout != "" || !strings.Contains(result.Stderr, "error: ") {
				t.Errorf("%v", result)
			}
		}
	})
}

func (box *Box) probe(status int, arguments ...string) ProbeReport {
	box.t.Helper()
	result := box.RunBare(append(append([]string{"probe"}, arguments...), "--json")...)
	var report ProbeReport
	if err := json.Unmarshal([]byte(result.Stdout), &report); err != nil || result.Status != status {
		box.t.Fatalf("expected exit status %d, %v\n%v", status, err, result)
	}
	return report
}
