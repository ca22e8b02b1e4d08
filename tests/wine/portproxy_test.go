package wine

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The engine portproxy against the stand-in of netsh/standin.h. What Wine cannot show: who owns a port.

// newPortproxyApp is an app on a host with netsh and iphlpsvc. Clients come by both stacks.
func newPortproxyApp(t *testing.T, settings ...string) *App {
	t.Helper()
	app := newApp(t, settings...)
	app.Host.installNetsh()
	content, err := os.ReadFile(app.file("godeploy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf(`engine: portproxy, listen: ["0.0.0.0:%d", "[::]:%d"]`, app.PublicPort, app.PublicPort)
	changed := regexp.MustCompile(`engine: embedded, listen: \[[^]]*\]`).ReplaceAllString(string(content), listen)
	changed = strings.Replace(changed, "[service.exe,", "[./service.exe,", 1)
	if changed == string(content) {
		t.Fatalf("no engine to replace in\n%s", content)
	}
	app.write("godeploy.yaml", changed)
	return app
}

// installNetsh puts the stand-in where Windows has netsh, and starts the service that belongs to it.
func (host *Windows) installNetsh() {
	host.t.Helper()
	standin, err := os.ReadFile(filepath.Join(os.Getenv("GODEPLOY_BIN"), "..", "tests", "wine", "netsh.exe"))
	if err != nil {
		host.t.Fatal(err)
	}
	netsh := filepath.Join(host.prefix, "drive_c", "windows", "system32", "netsh.exe")
	if err := os.Remove(netsh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		host.t.Fatal(err)
	}
	if err := os.WriteFile(netsh, standin, 0o700); err != nil {
		host.t.Fatal(err)
	}
	// By the registry, as the service manager starts it too, whose environment is an older one.
	host.must("reg", "add", `HKCU\Software\Wine\DllOverrides`, "/v", "netsh.exe", "/d", "native", "/f")
	host.must(`C:\windows\system32\netsh.exe`, "standin", "install")
}

// must runs a program of Windows, and returns what it printed.
func (host *Windows) must(program string, arguments ...string) string {
	host.t.Helper()
	output, err := host.command(program, arguments...).CombinedOutput()
	if err != nil {
		host.t.Fatalf("%s %v: %v\n%s", program, arguments, err, output)
	}
	return string(output)
}

// netshDoes says what it shall do wrong; "": nothing. See netsh/standin.h.
func (host *Windows) netshDoes(mode string) {
	host.t.Helper()
	host.must("reg", "add", `HKLM\SOFTWARE\netsh-standin`, "/v", "mode", "/d", mode, "/f")
}

func (host *Windows) netsh(arguments ...string) string {
	host.t.Helper()
	return host.must(`C:\windows\system32\netsh.exe`, append([]string{"interface", "portproxy"}, arguments...)...)
}

func (app *App) mustServeBothStacks(version string) {
	app.t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		release, err := ask(client, fmt.Sprintf("http://%s:%d/", host, app.PublicPort))
		if err != nil || release != version {
			app.t.Fatalf("release %q answers at %s, not %s: %v", release, host, version, err)
		}
	}
}

func TestPortproxyThatFailsLeavesTheOldReleaseServing(t *testing.T) {
	app := newPortproxyApp(t)
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")
	app.Host.must("reg", "add", `HKLM\SOFTWARE\netsh-standin`, "/v", "language", "/d", "de", "/f")
	deploy := app.of("deploy", "--version", "2.0.0")

	for _, failure := range []struct{ mode, said string }{
		{"refused-v6", "netsh refused (exit status 1): Der angeforderte Vorgang erfordert erhöhte Rechte"},
		{"deaf", "did not reach slot"}, // exit 0, and nobody listens for the new rule
	} {
		app.Host.netshDoes(failure.mode)
		result := app.mustEnd(10, deploy...)
		if !strings.Contains(result.Stderr, failure.said) {
			t.Errorf("%s: %q is not said by\n%v", failure.mode, failure.said, result)
		}
		app.mustServeBothStacks("1.0.0")
	}
}

func TestPortproxyThatIsLateIsWaitedForAndReminded(t *testing.T) {
	app := newPortproxyApp(t)
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")

	app.Host.netshDoes("unnoticed") // iphlpsvc hears of the rule by PARAMCHANGE alone
	app.deploy("2.0.0")
	app.mustServeBothStacks("2.0.0")
	app.Host.netshDoes("gap")
	app.must(app.of("rollback")...)
	app.mustServeBothStacks("1.0.0")
}

// Two stacks are two rules: godeploy is killed between them.
func TestPortproxyCutBetweenTheStacksIsUndoneOrFinished(t *testing.T) {
	app := newServer(t)
	app.release("1.0.0")
	app.release("2.0.0")
	app.deploy("1.0.0")

	app.cutBetweenTheStacks("2.0.0")
	app.mustSee(fmt.Sprintf("stands before flip and nobody works on it: 0.0.0.0:%d leads to green, and [::]:%d to blue",
		app.PublicPort, app.PublicPort))
	app.must(app.of("abort")...)
	app.mustServeBothStacks("1.0.0")
	app.cutBetweenTheStacks("2.0.0")
	app.must(app.of("deploy", "--resume")...)
	app.mustServeBothStacks("2.0.0")
}

// cutBetweenTheStacks deploys, and kills godeploy once the first rule leads to that version.
func (app *App) cutBetweenTheStacks(version string) {
	app.t.Helper()
	app.Host.netshDoes("slow-v6")
	deployment := app.Host.command(program(app.t, "godeploy"), app.of("deploy", "--version", version)...)
	if err := deployment.Start(); err != nil {
		app.t.Fatal(err)
	}
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	waitFor(app.t, 60*time.Second, "the first rule", func() bool {
		release, _ := ask(client, app.address())
		return release == version
	})
	for pid := range app.Host.processes("godeploy.exe", "deploy") {
		kill(app.t, pid)
	}
	deployment.Wait() // it was killed
	app.Host.netshDoes("")
}

func TestPortproxyStatusTellsADeadServiceFromAMissingRule(t *testing.T) {
	app := newPortproxyApp(t)
	app.release("1.0.0")
	app.deploy("1.0.0")

	app.Host.netsh("delete", "v6tov4", "listenaddress=::", fmt.Sprintf("listenport=%d", app.PublicPort))
	app.mustSee("there is no portproxy rule for [::]:")
	app.must(app.of("deploy", "--resume")...)
	app.mustServeBothStacks("1.0.0")

	app.Host.must("sc", "stop", "iphlpsvc")
	waitFor(t, 20*time.Second, "the end of iphlpsvc", func() bool {
		return strings.Contains(app.run(app.of("status")...).Stdout, "iphlpsvc (IP Helper) does not run")
	})
	app.mustSee("sc.exe start iphlpsvc")
	app.Host.must("sc", "start", "iphlpsvc")
	app.mustServeBothStacks("1.0.0")
}

// mustSee looks for words of `status`.
func (app *App) mustSee(words string) {
	app.t.Helper()
	status := app.run(app.of("status")...)
	if !strings.Contains(status.Stdout, words) {
		app.t.Errorf("%q is not said by\n%v", words, status)
	}
}

// The first day: a service of the operator's holds the public port.
func TestPortproxyTakesOverFromALegacyServiceBehindARule(t *testing.T) {
	app := newPortproxyApp(t)
	app.release("1.0.0")
	legacy, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", app.PublicPort))
	if err != nil {
		t.Fatal(err)
	}
	refused := app.mustEnd(14, app.of("deploy", "--version", "1.0.0")...)
	for _, said := range []string{"Windows lets no portproxy rule listen", "traffic.portproxy.take_over"} {
		if !strings.Contains(refused.Stderr, said) {
			t.Errorf("%q is not said by\n%v", said, refused)
		}
	}
	legacy.Close()

	// What the refusal advises: the legacy service moves, in one restart, behind a rule.
	moved := &http.Server{Handler: http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("X-Release", "legacy")
	})}
	place, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go moved.Serve(place)
	t.Cleanup(func() { moved.Close() })
	app.Host.netsh("set", "v4tov4", "listenaddress=0.0.0.0", fmt.Sprintf("listenport=%d", app.PublicPort),
		"connectaddress=127.0.0.1", fmt.Sprintf("connectport=%d", place.Addr().(*net.TCPAddr).Port))
	waitFor(t, commandDeadline, "the legacy service behind the rule", func() bool { return app.whoAnswers() == "legacy" })
	app.mustEnd(14, app.of("deploy", "--version", "1.0.0")...)
	app.mustServe("legacy")

	app.takeOver()
	crowd := app.startCrowd()
	crowd.waitFor("legacy", 20)
	for _, stage := range []string{"fetch", "verify", "unpack", "start", "check", "flip"} {
		app.must(app.of(stage, "--version", "1.0.0")...)
	}
	app.mustServeBothStacks("1.0.0")
	crowd.waitFor("1.0.0", 20)
	app.must(app.of("abort")...)
	app.mustServe("legacy")
	crowd.mustLoseNothing()
}

func (app *App) takeOver() {
	app.t.Helper()
	app.change("engine: portproxy,", "engine: portproxy, portproxy: { take_over: true },")
}

const legacyName = "LegacyShop"

// startLegacy makes a service of the operator's that holds the public port and is started at boot. Its
// program calls itself release 2.0.0.
func (app *App) startLegacy() {
	app.t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("GODEPLOY_SERVICES"), "service-native-2.0.0.exe"))
	if err != nil {
		app.t.Fatal(err)
	}
	app.write("legacy.exe", string(content))
	app.Host.must("sc", "create", legacyName, "start=", "auto", "binpath=",
		fmt.Sprintf("%s --service --listen 0.0.0.0:%d", path(app.file("legacy.exe")), app.PublicPort))
	app.Host.must("sc", "start", legacyName)
	waitFor(app.t, commandDeadline, "the legacy service", func() bool { return app.whoAnswers() == "2.0.0" })
}

// The same day, and the legacy service cannot move: the flip stops it, and what fails starts it again.
func TestPortproxyReplacesALegacyServiceThatHoldsThePort(t *testing.T) {
	app := newServer(t)
	app.release("1.0.0")
	app.startLegacy()
	plan := app.of("plan", "--version", "1.0.0")
	deploy := app.of("deploy", "--version", "1.0.0")
	for status, command := range map[int][]string{13: plan, 14: deploy} {
		app.mustEnd(status, command...).mustSay(t, "Windows lets no portproxy rule listen", "traffic.portproxy.replaces: ",
			"netsh interface portproxy set v4tov4 listenaddress=0.0.0.0")
	}

	app.change("traffic: { ", "traffic: { portproxy: { replaces: "+legacyName+" }, ")
	app.must(plan...).mustSay(t, "service "+legacyName+" is stopped first: connections are refused")
	app.Host.netshDoes("refused-v6")
	app.mustEnd(10, deploy...)
	waitFor(t, commandDeadline, "the legacy service again", func() bool { return app.whoAnswers() == "2.0.0" })
	app.Host.netshDoes("")
	for _, stage := range []string{"fetch", "verify", "unpack", "start", "check", "flip"} {
		app.must(app.of(stage, "--version", "1.0.0")...)
	}
	app.mustServeBothStacks("1.0.0")
	app.mustStart(legacyName, onDemand)
	app.must(app.of("abort")...)
	waitFor(t, commandDeadline, "the legacy service again", func() bool { return app.whoAnswers() == "2.0.0" })
	app.mustStart(legacyName, atBoot)
}
