package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Settings that are wrong are refused before anything is done, and name what is wrong with them.
func TestSettingsThatAreWrongAreRefused(t *testing.T) {
	box := newBox(t)
	for _, wrong := range []struct {
		name    string
		changes []string
		words   []string
	}{
		{"unknown setting", []string{"traffic.listn", "[8080]"},
			[]string{"traffic.listn", "did you mean 'traffic.listen'", "help settings"}},
		{"unknown section", []string{"trafic.listen", "[8080]"},
			[]string{"trafic.listen", "did you mean 'traffic.listen'"}},
		{"no duration", []string{"watch.for", "soon"}, []string{"watch.for", "'soon'", "30s"}},
		{"no number", []string{"check.passes", "many"}, []string{"check.passes", "'many'"}},
		{"out of bounds", []string{"check.passes", "0"}, []string{"check.passes", "0"}},
		{"no bool", []string{"retire.keep_warm", "maybe"}, []string{"retire.keep_warm", "'maybe'"}},
		{"no list", []string{"hooks.before_flip", "./smoke"}, []string{"hooks.before_flip"}},
		{"no port", []string{"traffic.slots", "[80000, 1]"}, []string{"traffic.slots", "80000"}},
		{"one port", []string{"traffic.slots", "[18081]"}, []string{"traffic.slots"}},
		{"the same port", []string{"traffic.slots", "[18081, 18081]"},
			[]string{"traffic.slots", "18081"}},
		{"a header that http has no place for", []string{"traffic.send_proxy_header", "true"},
			[]string{"traffic.send_proxy_header", "traffic.mode must be tcp"}},
		{"a header that checks do not send", []string{"traffic.mode", "tcp", "traffic.send_proxy_header", "true"},
			[]string{"traffic.send_proxy_header", "check.kind must be tcp or exec"}},
		{"not a choice", []string{"traffic.mode", "udp"}, []string{"traffic.mode", "'udp'", "tcp"}},
		{"no such placeholder", []string{"service.command", `["./service", "{prot}"]`},
			[]string{"service.command", "{prot}", "{port}"}},
		{"no name", []string{"app", "../shop"}, []string{"app", "../shop"}},
		{"no key", []string{"verify.rsa.keys", "[]"}, []string{"verify.rsa.keys"}},
		{"Authenticode", []string{"verify.authenticode.require", "all"},
			[]string{"verify.authenticode.ca", "missing", "PEM file"}},
		{"publishers", []string{"verify.authenticode.publishers", `["CN=Example"]`},
			[]string{"verify.authenticode.publishers", "nothing reads it",
				"verify.authenticode.require: all"}},
		{"portproxy", []string{"traffic.engine", "portproxy"},
			[]string{"traffic.engine", "portproxy", "Use one of: embedded"}},
		{"systemd where it is not", []string{"service.runner", "systemd"},
			[]string{"service.runner", "systemd", "process 1", "supervise"}},
		{"rolling", []string{"traffic.strategy", "rolling"},
			[]string{"traffic.strategy", "rolling", "blue-green, exclusive"}},
		{"account", []string{"service.account", "shop"}, []string{"service.account"}},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			box.with(t, wrong.changes...).mustRefuseSettings(wrong.words...)
		})
	}
}

// A file that is no settings file at all.
func TestSettingsFileThatCannotBeRead(t *testing.T) {
	box := newBox(t)
	good := box.Settings.yaml()
	for _, wrong := range []struct {
		name, content string
		words         []string
	}{
		{"not YAML", good + "hooks: [1, 2\n", []string{"godeploy.yaml:", "not valid YAML"}},
		{"a list", "- app\n- root\n", []string{"godeploy.yaml"}},
		{"empty", "", []string{"missing", "app", "release.source", "verify.rsa.keys",
			"service.command", "godeploy init"}},
		{"set twice", good + "app: shop\n", []string{"'app' is set twice", "line 1"}},
		{"zeros", "app: \x00\n", []string{"godeploy.yaml"}},
		{"endless", "app: &a [*a]\n", []string{"godeploy.yaml"}},
		{"deep", strings.Repeat("[", 5000), []string{"godeploy.yaml"}},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			inner := box.with(t)
			writeTo(t, box.File, []byte(wrong.content), 0o600)
			inner.mustRefuseSettings(wrong.words...)
		})
	}
	if err := os.Remove(box.File); err != nil {
		t.Fatal(err)
	}
	box.mustRefuseSettings("no settings file "+box.File, "-f FILE", "godeploy init")
}

// mustRefuseSettings: every command that reads them ends with status 3, and makes nothing.
func (box *Box) mustRefuseSettings(words ...string) {
	box.t.Helper()
	for _, command := range [][]string{{"deploy", "--version", "1.0.0"}, {"status"}} {
		box.mustRefuse(3, command, append([]string{filepath.Base(box.File)}, words...)...)
	}
	if _, err := os.Stat(box.Root); !os.IsNotExist(err) {
		box.t.Errorf("something was made in %s", box.Root)
	}
	result := box.Run("deploy", "--version", "1.0.0", "--json")
	if result.Status != 3 || !strings.Contains(result.Stdout, `"code":"ERR_SETTINGS"`) ||
		result.Stderr != "" {
		box.t.Errorf("not an error in JSON\n%v", result)
	}
}

// The file names the variable that holds a secret; what it holds is never said, nor kept.
func TestSettingsSecretsAreNeverSaid(t *testing.T) {
	const secret = "s3cr3t-7f1"
	box := newBox(t)
	source := fmt.Sprintf("http://127.0.0.1:%d/shop.zip?token=%s", freePort(t), secret)
	box.Change("release.source", `"`+source+`"`, "release.tries", "1",
		"release.headers", `["Authorization: Bearer {env:TOKEN}"]`,
		"service.environment.PASSWORD", `"{env:TOKEN}"`)

	box.mustRefuse(3, []string{"deploy", "--version", "1.0.0"}, "{env:TOKEN} has no value",
		"set the environment variable")
	box.Environment = []string{"TOKEN=" + secret}
	for _, command := range [][]string{{"plan", "--version", "1.0.0"}, {"plan", "--json"},
		{"deploy", "--version", "1.0.0", "-v"}, {"deploy", "--version", "1.0.0", "--json"},
		{"history"}, {"history", "--json"}, {"show", "--json"}, {"status", "--json"},
		{"help", "settings"}} {
		result := box.Run(command...)
		if strings.Contains(result.Stdout+result.Stderr, secret) {
			t.Errorf("the secret was said\n%v", result)
		}
	}
	err := filepath.Walk(box.Root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() &&
			strings.Contains(string(contentOf(t, path)), secret) {
			t.Errorf("the secret was kept in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
