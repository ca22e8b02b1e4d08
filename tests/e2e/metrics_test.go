package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// metricFamily is what one TYPE line speaks of: its samples by their labels, as they are written.
type metricFamily struct {
	kind    string
	samples map[string]float64
}

var (
	metricName   = `[a-zA-Z_:][a-zA-Z0-9_:]*`
	metricHelp   = regexp.MustCompile(`^# HELP (` + metricName + `) .+\.$`)
	metricType   = regexp.MustCompile(`^# TYPE (` + metricName + `) (counter|gauge|histogram)$`)
	metricSample = regexp.MustCompile(`^(` + metricName + `)(?:\{(` + metricLabel + `(?:,` + metricLabel + `)*)\})? (\S+)$`)
	metricLabel  = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`
)

// parseMetrics is strict where Prometheus is lenient: HELP, TYPE and the samples of a family stand
// together, in this order, each family and each sample once; counters end in _total; histograms are
// whole and never fall.
func parseMetrics(t *testing.T, text string) map[string]*metricFamily {
	t.Helper()
	families := map[string]*metricFamily{}
	if !strings.HasSuffix(text, "\n") {
		t.Fatal("the last line has no end")
	}
	helped, current := "", ""
	for number, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if match := metricHelp.FindStringSubmatch(line); match != nil {
			helped = match[1]
			continue
		}
		if match := metricType.FindStringSubmatch(line); match != nil {
			current = match[1]
			if helped != current || families[current] != nil {
				t.Fatalf("line %d: TYPE of %s after HELP of %s, or for the second time", number, current, helped)
			}
			families[current] = &metricFamily{kind: match[2], samples: map[string]float64{}}
			if (match[2] == "counter") != strings.HasSuffix(current, "_total") {
				t.Errorf("%s is a %s", current, match[2])
			}
			continue
		}
		match := metricSample.FindStringSubmatch(line)
		if match == nil {
			t.Fatalf("line %d is no metric: %q", number, line)
		}
		suffix := strings.TrimPrefix(match[1], current)
		family := families[current]
		if family == nil || !strings.HasPrefix(match[1], current) ||
			(suffix != "" && (family.kind != "histogram" || !strings.Contains(" _bucket _sum _count", " "+suffix))) {
			t.Fatalf("line %d: %q does not belong to %s", number, line, current)
		}
		value, err := strconv.ParseFloat(match[3], 64)
		if err != nil || math.IsNaN(value) || value < 0 {
			t.Fatalf("line %d: %q", number, line)
		}
		key := suffix + "{" + match[2] + "}"
		if _, there := family.samples[key]; there {
			t.Fatalf("line %d stands there twice: %q", number, line)
		}
		family.samples[key] = value
		if suffix == "_bucket" {
			checkBucket(t, family, match[2], value)
		}
	}
	return families
}

var bucketBound = regexp.MustCompile(`^(.*),le="([^"]+)"$`)

// checkBucket wants the one before, half of its bound, to hold no more.
func checkBucket(t *testing.T, family *metricFamily, labels string, value float64) {
	t.Helper()
	match := bucketBound.FindStringSubmatch(labels)
	if match == nil {
		t.Fatalf("a bucket without a bound: %s", labels)
	}
	if bound, err := strconv.ParseFloat(match[2], 64); err == nil && !math.IsInf(bound, 1) {
		before, there := family.samples[fmt.Sprintf(`_bucket{%s,le="%.6f"}`, match[1], bound/2)]
		if there && before > value {
			t.Fatalf("a histogram falls: %s: %v after %v", labels, value, before)
		}
	}
}

func (proxy *Proxy) Metrics() map[string]*metricFamily {
	proxy.t.Helper()
	answer := proxy.Ask(fields{"do": "metrics"})
	if !answer.OK {
		proxy.t.Fatalf("metrics: %s", answer.Error)
	}
	return parseMetrics(proxy.t, answer.Text)
}

func expectMetric(t *testing.T, families map[string]*metricFamily, name, labels string, want float64) {
	t.Helper()
	family := families["godeploy_proxy_"+name]
	if family == nil {
		t.Fatalf("there is no %s", name)
	}
	if got, there := family.samples["{"+labels+"}"]; !there || got != want {
		t.Errorf("%s{%s} is %v (there: %v), not %v", name, labels, got, there, want)
	}
}

const blueLabels = `app="shop",slot="blue",release="release-of-blue"`

// serveTroubles answers as the path says, and counts as nobody else does.
func (proxy *Proxy) serveTroubles(slot string) {
	proxy.ServeRaw(slot, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		for {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			switch request.URL.Path {
			case "/cut":
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
				return
			case "/cut-500":
				io.WriteString(conn, "HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\n12345")
				return
			case "/garbled":
				io.WriteString(conn, "SMTP ready\r\n\r\n")
				return
			case "/silent":
				io.Copy(io.Discard, reader)
				return
			default:
				fmt.Fprintf(conn, "HTTP/1.1 %s OK\r\nContent-Length: 2\r\n\r\nok", request.URL.Path[1:])
			}
		}
	})
}

func TestMetricsCountAnswersByStatusAndFailuresByKind(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	client := newClient()
	get := func(path string) {
		if response, err := client.Get(proxy.URL(path)); err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
	get("/before") // nobody listens yet
	proxy.serveTroubles("blue")
	for _, path := range []string{"/200", "/201", "/302", "/404", "/500", "/503", "/cut", "/cut-500", "/garbled"} {
		get(path)
	}
	proxy.Flip("blue", fields{"limits": fields{"first_byte_ms": 100}})
	get("/silent")
	proxy.Flip("blue")
	waitFor(t, 20*time.Second, "nothing in flight", func() bool { return proxy.Stats("blue").InFlight == 0 })
	leaver := proxy.ask("POST /silent HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
	waitFor(t, 20*time.Second, "one in flight", func() bool { return proxy.Stats("blue").InFlight == 1 })
	leaver.Close()
	waitFor(t, 20*time.Second, "nothing in flight", func() bool { return proxy.Stats("blue").InFlight == 0 })

	metrics := proxy.Metrics()
	expectMetric(t, metrics, "requests_total", blueLabels, 12)
	for class, count := range map[string]float64{"2xx": 3, "3xx": 1, "4xx": 1, "5xx": 3} {
		expectMetric(t, metrics, "responses_total", blueLabels+`,class="`+class+`"`, count)
	}
	for kind, count := range map[string]float64{"not_connected": 1, "timed_out": 1, "cut": 2, "garbled": 1, "client_gone": 1} {
		expectMetric(t, metrics, "failures_total", blueLabels+`,kind="`+kind+`"`, count)
	}
	expectMetric(t, metrics, "in_flight", blueLabels, 0)
	latency := metrics["godeploy_proxy_response_seconds"]
	if latency.samples["_count{"+blueLabels+"}"] != 8 ||
		latency.samples["_bucket{"+blueLabels+`,le="+Inf"}`] != 8 || latency.samples["_sum{"+blueLabels+"}"] <= 0 {
		t.Errorf("%v", latency.samples)
	}
	// What the deployer asks: not connected, timed out, cut and garbled, once each; the 5xx that was
	// cut is a 5xx already.
	if stats := proxy.Stats("blue"); stats.Failed != 4 || stats.Status5xx != 3 || stats.Failures["cut"] != 2 {
		t.Errorf("%+v", stats)
	}
}

func TestMetricsSurviveTheDeathOfAWorker(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	for i := 0; i < 7; i++ {
		mustFetch(t, newClient(), proxy.URL("/"))
	}
	expectMetric(t, proxy.Metrics(), "requests_total", blueLabels, 7) // and what is asked is known
	killWorker(t, proxy)
	mustFetch(t, newClient(), proxy.URL("/"))
	metrics := proxy.Metrics()
	expectMetric(t, metrics, "requests_total", blueLabels, 8)
	expectMetric(t, metrics, "worker_restarts_total", "", 1)
	expectMetric(t, metrics, "in_flight", blueLabels, 0)
}

func TestMetricsOfANewReleaseBeginAtNothing(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue", fields{"release": "1.0"})
	mustFetch(t, newClient(), proxy.URL("/"))
	proxy.Flip("blue", fields{"release": `2.0"\`})
	mustFetch(t, newClient(), proxy.URL("/"))
	mustFetch(t, newClient(), proxy.URL("/"))
	metrics := proxy.Metrics()
	expectMetric(t, metrics, "requests_total", `app="shop",slot="blue",release="2.0\"\\"`, 2)
	if len(metrics["godeploy_proxy_requests_total"].samples) != 2 {
		t.Errorf("%v", metrics["godeploy_proxy_requests_total"].samples)
	}
	killWorker(t, proxy)
	expectMetric(t, proxy.Metrics(), "requests_total", `app="shop",slot="blue",release="2.0\"\\"`, 2)
}

func TestMetricsTellGateAndCanary(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue", held, canary(250000))
	proxy.ask(getRoot)
	proxy.waitForHeld(1)
	metrics := proxy.Metrics()
	expectMetric(t, metrics, "held", `app="shop"`, 1)
	expectMetric(t, metrics, "held_total", `app="shop"`, 1)
	expectMetric(t, metrics, "canary_ratio", `app="shop"`, 0.25)
}

func TestMetricsWindowBeginsForBothSlotsAtOnce(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	ask := func(fresh bool) map[string]slotStats {
		return proxy.Ask(fields{"do": "stats", "app": "shop", "fresh": fresh}).Slots
	}
	for _, slot := range []string{"blue", "green"} {
		proxy.Flip(slot)
		mustFetch(t, newClient(), proxy.URL("/"))
	}
	if before := ask(true); before["blue"].Window.Requests != 1 || before["green"].Window.Requests != 1 {
		t.Errorf("before the window began: %+v", before)
	}
	mustFetch(t, newClient(), proxy.URL("/"))
	after := ask(false)
	if after["blue"].Window.Requests != 0 || after["green"].Window.Requests != 1 ||
		after["blue"].Requests != 1 || after["green"].Requests != 2 ||
		after["green"].Window.Latency.Count != 1 || after["green"].Latency.Count != 2 {
		t.Errorf("in the window: %+v", after)
	}
}

// getMetrics asks over HTTP, and wants what it gets to be metrics.
func getMetrics(t *testing.T, address string) map[string]*metricFamily {
	t.Helper()
	response, err := newClient().Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 ||
		response.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%d, %v, %v", response.StatusCode, response.Header, err)
	}
	return parseMetrics(t, string(body))
}

func TestMetricsAreServedOverHTTPWhereTheyAreWanted(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue")
	mustFetch(t, newClient(), proxy.URL("/"))
	listen := func(address string) proxyAnswer {
		return proxy.Ask(fields{"do": "metrics.listen", "address": address})
	}
	first := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	for i := 0; i < 2; i++ { // asking twice is harmless
		if answer := listen(first); !answer.OK {
			t.Fatal(answer.Error)
		}
	}
	expectMetric(t, getMetrics(t, first), "requests_total", blueLabels, 1)
	for _, wrong := range []string{proxy.Address(), "localhost:1", "192.0.2.1:9090", "x"} {
		if answer := listen(wrong); answer.OK || answer.Code != "listen" {
			t.Errorf("%s: %+v", wrong, answer)
		}
	}
	getMetrics(t, first)
	second := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	if answer := listen(second); !answer.OK {
		t.Fatal(answer.Error)
	}
	getMetrics(t, second)
	if _, err := net.Dial("tcp", first); err == nil {
		t.Error("the first address is still served")
	}
	parent := proxy.Status().PID
	syscall.Kill(parent, syscall.SIGKILL)
	waitFor(t, 20*time.Second, "metrics of the next parent", func() bool {
		_, err := fetch(newClient(), "http://"+second+"/metrics")
		return err == nil && proxy.Status().PID != parent
	})
	expectMetric(t, getMetrics(t, second), "requests_total", blueLabels, 1) // the worker knows
	if answer := listen(""); !answer.OK {
		t.Fatal(answer.Error)
	}
	if _, err := net.Dial("tcp", second); err == nil {
		t.Error("the second address is still served")
	}
}

func TestMetricsServerAnswersNothingElseAndOutlivesRudeClients(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	if answer := proxy.Ask(fields{"do": "metrics.listen", "address": address}); !answer.OK {
		t.Fatal(answer.Error)
	}
	for request, status := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                         "404",
		"GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n":                 "404",
		"POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n":                 "405",
		"GET /metrics HTTP/1.1\r\n\r\n":                             "400",
		"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n":              "200",
		"GET /metrics HTTP/1.0\r\n\r\n":                             "200",
		"GET /metrics HTTP/1.1\nHost: x\n\n":                        "",
		"GET /metrics HTTP/1.1\r\nA: " + strings.Repeat("x", 1<<16): "",
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(conn, request)
		answer, _ := io.ReadAll(conn) // some are cut
		if got := strings.TrimPrefix(string(answer), "HTTP/1.1 "); !strings.HasPrefix(got, status) || (status == "" && got != "") {
			t.Errorf("%.40q: %.60q", request, answer)
		}
		conn.Close()
	}
	var silent []net.Conn
	for i := 0; i < 40; i++ { // more than it takes at a time
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	for _, conn := range silent {
		conn.Close()
	}
	waitFor(t, 20*time.Second, "an answer again", func() bool {
		_, err := fetch(newClient(), "http://"+address+"/metrics")
		return err == nil
	})
}

func TestProxyCommandShowsFiguresAndServesThem(t *testing.T) {
	box := deployed(t, []string{"1.0.0"})
	for i := 0; i < 3; i++ {
		mustFetch(t, newClient(), box.URL("/"))
	}
	box.Must("proxy", "status").mustSay(t, "blue 1.0.0: ", " requests, 0 answered 5xx, 0 failed; p50 ")
	families := parseMetrics(t, box.Must("proxy", "metrics").Stdout)
	if len(families["godeploy_proxy_requests_total"].samples) == 0 {
		t.Errorf("%v", families)
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	box.Must("proxy", "metrics", address).mustSay(t, "served at http://"+address+"/metrics")
	box.Must("proxy", "status").mustSay(t, "metrics: http://"+address+"/metrics")
	getMetrics(t, address)
	box.Must("proxy", "metrics", "off").mustSay(t, "nowhere")
	box.MustExit(14, "proxy", "metrics", "localhost:1").mustSay(t, "localhost:1")
	box.MustExit(2, "proxy", "status", "more").mustSay(t, "takes nothing more")
	box.MustExit(2, "proxy", "restart").mustSay(t, "start, stop, status, upgrade and metrics")
}
