package wine

import (
	"encoding/json"
	"strings"
	"testing"
)

// What the doctor finds of a Windows without firewall, Defender, Go and portproxy rules: every check of
// Windows has its line, and none could not be run.
func TestWindowsDoctorLooksAtWhatWindowsAloneHas(t *testing.T) {
	app := newApp(t)
	result := app.run(app.of("doctor", "--json")...) // its status depends on the disk of this host, too
	var diagnosis struct {
		Findings []struct{ Check, Code, Text string }
	}
	if err := json.Unmarshal([]byte(result.Stdout), &diagnosis); err != nil {
		t.Fatalf("%v\n%v", err, result)
	}
	found := map[string]string{}
	for _, finding := range diagnosis.Findings {
		if finding.Code == "look-failed" {
			t.Errorf("%+v", finding)
		}
		found[finding.Check] = finding.Code
	}
	for _, check := range strings.Fields("elevation root long-paths localhost portproxy kept-ports firewall handles mark " +
		"antivirus exporter go") {
		if found[check] == "" {
			t.Errorf("%s said nothing", check)
		}
	}
	for _, check := range strings.Fields("elevation root portproxy kept-ports firewall handles mark exporter go") {
		if found[check] != "well" && found[check] != "" {
			t.Errorf("%s: %s", check, found[check])
		}
	}
}
