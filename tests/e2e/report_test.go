package e2e

import (
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// withReports is a host where release 1.0.0 serves and a deployment of 2.0.0 was sent back by its watch.
func withReports(t *testing.T, changes ...string) (*Box, Result) {
	t.Helper()
	box := newBox(t, changes...)
	box.Release("1.0.0", "1.0.0")
	box.Must("deploy", "--version", "1.0.0")
	box.Release("2.0.0", "2.0.0")
	box.Change("watch.for", "20s")
	result := box.deployWhatFallsIll("2.0.0").mustEnd(11)
	box.Change("watch.for", "300ms")
	return box, result
}

// promtool is Prometheus' own judge of what an exporter hands on.
func mustPleasePrometheus(t *testing.T, text string) {
	t.Helper()
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v: %s\n%s", err, said, text)
	}
}

func mustHaveLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// Whoever scrapes meanwhile finds a whole file under a name that ends in .prom, and no other.
func mustHoldOne(t *testing.T, folder, name string) string {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil || len(found) != 1 || found[0].Name() != name {
		t.Fatalf("%v: %v instead of %s", err, found, name)
	}
	if info, err := found[0].Info(); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v: mode %v is not for an exporter of another user", err, info.Mode())
	}
	return string(contentOf(t, filepath.Join(folder, name)))
}

// The textfile tells of failures, of rollbacks and of what an operator took back; where it cannot be
// written, that is a warning.
func TestReportsToPrometheus(t *testing.T) {
	folder := t.TempDir()
	box, _ := withReports(t, "report.textfile", folder)
	text := mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text, `godeploy_last_deployment_success{app="shop"} 0`,
		`godeploy_last_deployment_info{app="shop",deployment="2",kind="deploy",release="2.0.0",`+
			`from="1.0.0",state="failed"} 1`,
		`godeploy_last_deployment_stage_info{app="shop",stage="watch",state="failed"} 1`,
		`godeploy_last_deployment_stage_info{app="shop",stage="flip",state="undone"} 1`,
		`godeploy_serving_release_info{app="shop",release="1.0.0",slot="blue"} 1`,
		`godeploy_deployments_total{app="shop",kind="deploy",state="done"} 1`,
		`godeploy_deployments_total{app="shop",kind="deploy",state="failed"} 1`)

	box.Release("3.0.0", "3.0.0")
	box.Must("fetch", "--version", "3.0.0")
	text = mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text,
		`godeploy_last_deployment_stage_info{app="shop",stage="fetch",state="done"} 1`)
	box.Must("abort")
	mustHaveLines(t, mustHoldOne(t, folder, "godeploy_shop.prom"),
		`godeploy_deployments_total{app="shop",kind="deploy",state="aborted"} 1`)

	box.Must("deploy", "--version", "3.0.0")
	box.mustOffer("1.0.0\tgood\n", box.File, "rollback")
	box.mustOffer("1\tdeploy 1.0.0, done\n", box.File, "show")
	box.mustOffer("shop\n", box.File, "sign", "--name")
	box.mustOffer("", filepath.Join(box.Dir, "nowhere.yaml"), "deploy", "--version")
	box.Must("rollback")
	text = mustHoldOne(t, folder, "godeploy_shop.prom")
	mustPleasePrometheus(t, text)
	mustHaveLines(t, text, `godeploy_last_deployment_success{app="shop"} 1`,
		`godeploy_deployments_total{app="shop",kind="rollback",state="done"} 1`)

	os.RemoveAll(folder)
	box.Release("3.1.0", "3.0.0")
	delete(box.Settings, "check.identity.header") // it calls itself 3.0.0
	box.Change()
	box.mustSay(box.Must("deploy", "--version", "3.1.0"), "warning: ", "godeploy_shop.prom")
}

// mustOffer asks as a shell does at a tab; what cannot be read is silence.
func (box *Box) mustOffer(expected, file string, words ...string) {
	box.t.Helper()
	result := box.RunBare(append([]string{"completion", "words", "=", "--", "--file", file}, words...)...)
	if result.Status != 0 || result.Stderr != "" || !strings.HasSuffix(result.Stdout, expected) ||
		(expected == "" && result.Stdout != "") {
		box.t.Errorf("%q is expected\n%v", expected, result)
	}
}

// post is what a receiver was sent.
type post struct {
	path   string
	header http.Header
	body   map[string]any
}

// receiver writes down what is posted to it. The first post is answered with 503.
type receiver struct {
	*httptest.Server
	t       *testing.T
	lock    sync.Mutex
	posts   []post
	refused bool // the first one
}

func newReceiver(t *testing.T) *receiver {
	receiver := &receiver{t: t}
	receiver.Server = httptest.NewServer(receiver)
	t.Cleanup(receiver.Close)
	return receiver
}

func (receiver *receiver) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	got := post{path: request.Method + " " + request.RequestURI, header: request.Header}
	bytes, err := io.ReadAll(request.Body)
	if err == nil {
		err = json.Unmarshal(bytes, &got.body)
	}
	if err != nil {
		receiver.t.Errorf("%v in %s", err, bytes)
	}
	receiver.lock.Lock()
	defer receiver.lock.Unlock()
	receiver.posts = append(receiver.posts, got)
	if !receiver.refused {
		receiver.refused = true
		writer.WriteHeader(503)
	}
}

// tellBoth makes it the webhook and the collector of a box; it refuses nothing.
func (receiver *receiver) tellBoth(box *Box) {
	receiver.t.Helper()
	receiver.refused = true
	box.Change("notify.webhook.url", receiver.URL+"/hook", "notify.webhook.timeout", "60s",
		"trace.otlp", receiver.URL+"/v1/traces", "trace.timeout", "60s")
}

// mustHear takes the word of a command that ended a deployment, or left it open, and returns its spans: the
// last one is that of the whole if the deployment is closed.
func (receiver *receiver) mustHear(result string, open, afterKill bool) []otlpSpan {
	t := receiver.t
	t.Helper()
	posts := receiver.take()
	if len(posts) != 2 || posts[0].path != "POST /hook" || posts[1].path != "POST /v1/traces" {
		t.Fatalf("%d posts: %v", len(posts), posts)
	}
	told := posts[0].body
	if told["result"] != result || told["open"] != open || told["after_kill"] != afterKill {
		t.Errorf("told was %v", told)
	}
	spans := posts[1].spans(t)
	for i, span := range spans {
		if isWhole := span.Name == "deploy shop"; isWhole != (i == len(spans)-1 && !open) {
			t.Errorf("span %d of %d, open %v: %v", i, len(spans), open, span)
		}
	}
	return spans
}

func (receiver *receiver) take() []post {
	receiver.lock.Lock()
	defer receiver.lock.Unlock()
	posts := receiver.posts
	receiver.posts = nil
	return posts
}

var allStages = []string{"fetch", "verify", "unpack", "start", "check", "flip", "watch", "drain", "retire"}

// takeTime takes a time out of what was sent, and fails unless it is one.
func takeTime(t *testing.T, from map[string]any, key string) time.Time {
	t.Helper()
	text, _ := from[key].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Errorf("%s: %v", key, err)
	}
	delete(from, key)
	return at
}

// takeVarying takes out what differs from run to run.
func takeVarying(t *testing.T, from map[string]any, texts ...string) {
	t.Helper()
	if ms, isNumber := from["ms"].(float64); !isNumber || ms < 0 {
		t.Errorf("ms is %v", from["ms"])
	}
	delete(from, "ms")
	for _, key := range texts {
		if text, _ := from[key].(string); text == "" {
			t.Errorf("%s is %v", key, from[key])
		}
		delete(from, key)
	}
}

// A webhook is told of the end, field by field what happened; a 503 is no reason to give up.
func (receiver *receiver) mustHaveBeenTold(got post) {
	t := receiver.t
	t.Helper()
	if got.path != "POST /hooks/5ecret?key=5ecret" || got.header.Get("Authorization") != "Bearer t0ken" ||
		got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got.path, got.header)
	}
	began, ended := takeTime(t, got.body, "started"), takeTime(t, got.body, "ended")
	stages, _ := got.body["stages"].([]any)
	if ended.Before(began) || len(stages) != len(allStages) {
		t.Fatalf("%v to %v: %v", began, ended, stages)
	}
	for i, one := range stages {
		stage := one.(map[string]any)
		if at := takeTime(t, stage, "started"); at.Before(began) || at.After(ended) {
			t.Errorf("%v began at %v, not from %v to %v", stage, at, began, ended)
		}
		takeVarying(t, stage, "text")
		expected := map[string]any{"stage": allStages[i], "undo": false, "result": "done"}
		if !reflect.DeepEqual(stage, expected) {
			t.Errorf("%v instead of %v", stage, expected)
		}
	}
	delete(got.body, "stages")
	takeVarying(t, got.body, "by")
	expected := map[string]any{"event": "success", "text": "shop: release 1.0.0 serves", "app": "shop",
		"deployment": "1", "kind": "deploy", "result": "done", "release": "1.0.0", "from": nil,
		"flipped_back": false, "open": false, "after_kill": false}
	if !reflect.DeepEqual(got.body, expected) {
		t.Errorf("%v instead of %v", got.body, expected)
	}
}

// otlp is as much of ExportTraceServiceRequest as a collector needs.
type otlp struct {
	ResourceSpans []struct {
		Resource   struct{ Attributes []otlpAttribute }
		ScopeSpans []struct {
			Scope struct{ Name, Version string }
			Spans []otlpSpan
		}
	}
}

type otlpAttribute struct {
	Key   string
	Value struct{ StringValue string }
}

type otlpSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  int64 `json:",string"`
	Attributes                          []otlpAttribute
	Status                              struct {
		Code    int
		Message string
	}
}

func (span otlpSpan) attribute(key string) string {
	for _, attribute := range span.Attributes {
		if attribute.Key == key {
			return attribute.Value.StringValue
		}
	}
	return ""
}

func (got post) spans(t *testing.T) []otlpSpan {
	t.Helper()
	var request otlp
	bytes, _ := json.Marshal(got.body)
	if err := json.Unmarshal(bytes, &request); err != nil || len(request.ResourceSpans) != 1 ||
		len(request.ResourceSpans[0].ScopeSpans) != 1 {
		t.Fatalf("%v in %s", err, bytes)
	}
	if name := request.ResourceSpans[0].Resource.Attributes[0]; name.Key != "service.name" ||
		name.Value.StringValue != "godeploy" {
		t.Errorf("the resource is %v", name)
	}
	return request.ResourceSpans[0].ScopeSpans[0].Spans
}

const (
	traceOfCI = "0af7651916cd43dd8448eb211c80319c"
	spanOfCI  = "b7ad6b7169203331"
)

// The trace has a span for each part and one around them, which hangs on that of the CI job.
func mustBeOneTrace(t *testing.T, got post, status int, parts ...string) {
	t.Helper()
	spans := got.spans(t)
	if len(spans) != len(parts)+1 || got.path != "POST /v1/traces" {
		t.Fatalf("%s: %d spans, expected %v and the whole: %v", got.path, len(spans), parts, spans)
	}
	whole := spans[len(parts)]
	if whole.Name != "deploy shop" || whole.ParentSpanID != spanOfCI || whole.Status.Code != status {
		t.Errorf("the whole is %+v", whole)
	}
	seen := map[string]bool{}
	for i, span := range spans {
		if span.TraceID != traceOfCI || len(span.SpanID) != 16 || seen[span.SpanID] || span.Kind != 1 ||
			span.StartTimeUnixNano < whole.StartTimeUnixNano || span.EndTimeUnixNano > whole.EndTimeUnixNano ||
			span.StartTimeUnixNano > span.EndTimeUnixNano || span.attribute("godeploy.app") != "shop" {
			t.Errorf("%+v in %+v", span, whole)
		}
		seen[span.SpanID] = true
		if i < len(parts) && (span.Name != parts[i] || span.ParentSpanID != whole.SpanID) {
			t.Errorf("%+v is not %s below %+v", span, parts[i], whole)
		}
	}
}

// silence is a server that takes connections and never answers.
func silence(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// Who is told over the network hears the whole story; whether he can be told changes nothing of the deployment,
// and nobody reads his address in a log.
func TestReportsToOtherServices(t *testing.T) {
	receiver := newReceiver(t)
	summary := filepath.Join(t.TempDir(), "summary.md")
	box := newBox(t, "notify.webhook.url", `"{env:HOOK}"`, "notify.webhook.timeout", "30s",
		"notify.webhook.headers", `["Authorization: Bearer {env:TOKEN}"]`,
		"trace.otlp", receiver.URL+"/v1/traces", "trace.timeout", "30s")
	box.Environment = []string{"HOOK=" + receiver.URL + "/hooks/5ecret?key=5ecret", "TOKEN=t0ken",
		"TRACEPARENT=00-" + traceOfCI + "-" + spanOfCI + "-01", "GITHUB_ACTIONS=true",
		"GITHUB_STEP_SUMMARY=" + summary}
	box.Release("1.0.0", "1.0.0")
	result := box.Must("deploy", "--version", "1.0.0")
	posts := receiver.take()
	if len(posts) != 3 || !reflect.DeepEqual(posts[0].body, posts[1].body) {
		t.Fatalf("%d posts: %v\n%v", len(posts), posts, result)
	}
	receiver.mustHaveBeenTold(posts[1])
	mustBeOneTrace(t, posts[2], 1, allStages...)
	mustHaveLines(t, string(contentOf(t, summary)), "### shop: release 1.0.0 serves",
		"| stage | result | took | |")
	mustHaveLines(t, result.Stderr, "::group::flip", "::endgroup::")

	box.Change("notify.webhook.timeout", "300ms", "watch.for", "20s", "hooks.on_failure", `[["/bin/sh", "-c", `+
		`"printf '::stop-commands::hostile\\n  ::add-mask::x\\nx ##[add-path]/tmp\\n' >&2; exit 1"]]`)
	box.Environment[0] = "HOOK=http://" + silence(t) + "/hooks/5ecret?key=5ecret"
	box.Release("2.0.0", "2.0.0")
	result = box.deployWhatFallsIll("2.0.0").mustEnd(11)
	box.mustSay(result, "warning: notify.webhook: POST http://127.0.0.1:", "no whole answer",
		"::error title=godeploy::")
	mustHoldNoCommandButOurs(t, result, "stop-commands::hostile", "add-mask::x", "[add-path]/tmp")
	if strings.Contains(result.Stderr+result.Stdout, "5ecret") || strings.Contains(result.Stderr, "t0ken") {
		t.Errorf("a secret was told\n%v", result)
	}
	if posts = receiver.take(); len(posts) != 1 {
		t.Fatalf("%d posts: %v", len(posts), posts)
	}
	mustBeOneTrace(t, posts[0], 2, "fetch", "verify", "unpack", "start", "check", "flip", "watch",
		"undo flip", "undo start", "undo unpack", "undo fetch")
	box.mustBeAsBefore("1.0.0")
	box.mustReportAPage("2")
}

var (
	commandOfCI = regexp.MustCompile(`^\s*::|##\[|##vso\[`)
	ourCommand  = regexp.MustCompile(`^::(group::[a-z ]+|endgroup::|(error|warning) title=godeploy::.*)$`)
)

// What a release or a hook prints is shown, and a CI service obeys none of it.
func mustHoldNoCommandButOurs(t *testing.T, result Result, shown ...string) {
	t.Helper()
	for _, line := range strings.FieldsFunc(result.Stdout+"\n"+result.Stderr, func(c rune) bool { return c == '\n' || c == '\r' }) {
		if commandOfCI.MatchString(line) && !ourCommand.MatchString(line) {
			t.Errorf("a CI service would obey %q", line)
		}
	}
	for _, text := range shown {
		if !strings.Contains(result.Stderr, text) {
			t.Errorf("%q is not shown\n%v", text, result)
		}
	}
}

// The page holds the JSON of show, and that is all that it knows.
func (box *Box) mustReportAPage(id string) {
	box.t.Helper()
	file := filepath.Join(box.Dir, "page.html")
	box.Must("report", id, "-o", file)
	page := string(contentOf(box.t, file))
	_, rest, _ := strings.Cut(page, "<pre>")
	text, _, found := strings.Cut(rest, "</pre>")
	var shown, told any
	if err := json.Unmarshal([]byte(html.UnescapeString(text)), &told); err != nil || !found {
		box.t.Fatalf("%v in\n%s", err, page)
	}
	if err := json.Unmarshal([]byte(box.Must("show", id, "--json").Stdout), &shown); err != nil {
		box.t.Fatal(err)
	}
	if !reflect.DeepEqual(shown, told) {
		box.t.Errorf("%v instead of %v", told, shown)
	}
}
