package wine

import (
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"time"
)

// Status is the document of `status --json`, as far as tests look at it.
type Status struct {
	Serving *struct{ Release, Slot string }
	Open    *struct {
		Version   string
		NextStage string `json:"next_stage"`
	}
	Findings []struct{ Kind, Text string }
}

// kinds of the findings, sorted.
func (status Status) kinds() string {
	var kinds []string
	for _, finding := range status.Findings {
		kinds = append(kinds, finding.Kind)
	}
	sort.Strings(kinds)
	return strings.Join(kinds, " ")
}

func (app *App) status() Status {
	app.t.Helper()
	result := app.run(app.of("status", "--json")...)
	var status Status
	if err := json.Unmarshal([]byte(result.Stdout), &status); err != nil {
		app.t.Fatalf("%v\n%v", err, result)
	}
	expected := 0
	if len(status.Findings) > 0 {
		expected = 13
	}
	if result.Status != expected {
		app.t.Fatalf("%d findings and\n%v", len(status.Findings), result)
	}
	return status
}

// trueStatus is a status that names the release that answers, or says that the route goes elsewhere: a
// deployer may be killed between its word to the proxy, which may still be on its way, and the journal.
func (app *App) trueStatus() Status {
	app.t.Helper()
	var status Status
	waitFor(app.t, 20*time.Second, "status tells who answers", func() bool {
		status = app.status()
		return status.Serving != nil &&
			(status.Serving.Release == app.whoAnswers() || strings.Contains(status.kinds(), "route_wrong"))
	})
	return status
}

// whoAnswers is the release behind the public address, "" if none is.
func (app *App) whoAnswers() string {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	release, _ := ask(client, app.address()) // an answer that did not come is no release
	return release
}

// mustBeWell is one of the two ends that everything has: this release serves, and nothing is open.
func (app *App) mustBeWell(release string) {
	app.t.Helper()
	app.mustServe(release)
	status := app.status()
	if status.kinds() != "" || status.Open != nil || status.Serving == nil || status.Serving.Release != release {
		app.t.Fatalf("release %s should serve, and all be well\n%v", release, app.run(app.of("status")...))
	}
}
