package wine

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	appName      = "shop"
	crowdClients = 4
	crowdEvery   = 40 * time.Millisecond // of each client
)

// App is one app on a host: keys, settings and releases, for godeploy.exe.
type App struct {
	t          *testing.T
	Host       *Windows
	PublicPort int
	Settings   []string // lines of YAML, behind those that every test needs
}

// newApp makes keys and settings; nothing runs yet.
func newApp(t *testing.T, settings ...string) *App {
	t.Helper()
	app := &App{t: t, Host: newWindows(t), PublicPort: freePort(t), Settings: settings}
	t.Cleanup(app.showLogs)
	for _, folder := range []string{"keys", "releases", "root"} {
		if err := os.Mkdir(app.file(folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	app.write("godeploy.yaml", app.yaml(freePort(t), freePort(t)))
	app.must("keygen", "-o", path(app.file("keys/release")))
	return app
}

// Short in all times, as those of tests/e2e.
func (app *App) yaml(blue, green int) string {
	lines := append([]string{
		"app: " + appName,
		"root: '" + path(app.file("root")) + "'",
		"release: { source: '" + path(app.file("releases")) + `\{app}_{version}.zip' }`,
		"verify: { rsa: { keys: ['" + path(app.file("keys/release.pem")) + "'] } }",
		`service: { command: [./service.exe, --listen, "127.0.0.1:{port}"], stop_timeout: 3s, runner: supervise }`,
		fmt.Sprintf(`traffic: { engine: embedded, listen: ["127.0.0.1:%d"], slots: [%d, %d] }`, app.PublicPort, blue, green),
		"check: { interval: 50ms, passes: 2, deadline: 30s, identity: { header: X-Release } }",
		"watch: { for: 300ms, max_p95_increase: 100000% }",
		"drain: { in_flight: 5s, idle: 500ms, upgraded: 2s }",
	}, app.Settings...)
	return strings.Join(lines, "\n") + "\n"
}

// change replaces a piece of the settings.
func (app *App) change(from, to string) {
	app.t.Helper()
	content, err := os.ReadFile(app.file("godeploy.yaml"))
	if err != nil {
		app.t.Fatal(err)
	}
	if !strings.Contains(string(content), from) {
		app.t.Fatalf("no %q in\n%s", from, content)
	}
	app.write("godeploy.yaml", strings.Replace(string(content), from, to, 1))
}

func (app *App) file(name string) string {
	return filepath.Join(app.Host.Dir, name)
}

func (app *App) write(name, content string) {
	app.t.Helper()
	if err := os.WriteFile(app.file(name), []byte(content), 0o600); err != nil {
		app.t.Fatal(err)
	}
}

// of adds the settings to the arguments of a command.
func (app *App) of(arguments ...string) []string {
	return append(arguments, "--file", path(app.file("godeploy.yaml")))
}

// deploy deploys a version that was released.
func (app *App) deploy(version string) Result {
	app.t.Helper()
	return app.must(app.of("deploy", "--version", version)...)
}

// release packs and signs the service of that version.
func (app *App) release(version string) {
	app.t.Helper()
	app.releaseAs(version, "service-"+version+".exe")
}

// releaseAs releases one of the services under any version.
func (app *App) releaseAs(version, service string) {
	app.t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("GODEPLOY_SERVICES"), service))
	if err != nil {
		app.t.Fatal(err)
	}
	app.releaseProgram(version, string(content))
}

func (app *App) releaseProgram(version, content string) {
	app.t.Helper()
	payload := app.file("payload-" + version)
	if err := os.MkdirAll(payload, 0o700); err != nil { // a test may have put more into it
		app.t.Fatal(err)
	}
	app.write("payload-"+version+"/service.exe", content)
	app.pack(version)
}

// pack packs and signs the payload of that version, by godeploy.exe.
func (app *App) pack(version string) {
	app.t.Helper()
	payload := app.file("payload-" + version)
	archive := path(app.file("releases/" + appName + "_" + version + ".zip"))
	app.must("pack", path(payload), "-o", archive, "--name", appName, "--version", version)
	app.must("sign", archive, "--key", path(app.file("keys/release.key")))
}

func (app *App) address() string {
	return fmt.Sprintf("http://127.0.0.1:%d/", app.PublicPort)
}

// mustServe asks on a connection of its own.
func (app *App) mustServe(version string) {
	app.t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	release, err := ask(client, app.address())
	if err != nil || release != version {
		app.t.Fatalf("release %q answers, not %s: %v", release, version, err)
	}
}

// ask returns the release that answered.
func ask(client *http.Client, address string) (string, error) {
	answer, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", answer.StatusCode)
	}
	return answer.Header.Get("X-Release"), nil
}

// showLogs is what the programs in the background wrote, for a failed test.
func (app *App) showLogs() {
	if !app.t.Failed() {
		return
	}
	for _, pattern := range []string{"root/proxy/*.log", "root/" + appName + "/logs/*"} {
		names, _ := filepath.Glob(app.file(pattern)) // the pattern is well-formed
		for _, name := range names {
			content, _ := os.ReadFile(name)
			if len(content) > 4000 {
				content = content[len(content)-4000:]
			}
			app.t.Logf("--- %s\n%s", name, content)
		}
	}
}

// Crowd is clients on Linux, some of which keep their connections. Each has something to send at fixed
// times, whether the answers keep up or not; what is lost is counted.
type Crowd struct {
	t       *testing.T
	stop    chan struct{}
	wait    sync.WaitGroup
	lock    sync.Mutex
	answers map[string]int // by release
	sent    int
	lost    []string
}

func (app *App) startCrowd() *Crowd {
	crowd := &Crowd{t: app.t, stop: make(chan struct{}), answers: map[string]int{}}
	for i := 0; i < crowdClients; i++ {
		client := &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		crowd.wait.Add(1)
		go crowd.run(client, app.address(), time.Duration(i)*crowdEvery/crowdClients)
	}
	return crowd
}

func (crowd *Crowd) run(client *http.Client, address string, first time.Duration) {
	defer crowd.wait.Done()
	defer client.CloseIdleConnections()
	for due := time.Now().Add(first); ; due = due.Add(crowdEvery) {
		select {
		case <-crowd.stop:
			return
		case <-time.After(time.Until(due)):
		}
		release, err := ask(client, address)
		crowd.lock.Lock()
		crowd.sent++
		if err != nil {
			crowd.lost = append(crowd.lost, err.Error())
		} else {
			crowd.answers[release]++
		}
		crowd.lock.Unlock()
	}
}

// waitFor waits until that release has answered so many times.
func (crowd *Crowd) waitFor(release string, count int) {
	crowd.t.Helper()
	waitFor(crowd.t, 60*time.Second, fmt.Sprintf("%d answers of %s", count, release), func() bool {
		crowd.lock.Lock()
		defer crowd.lock.Unlock()
		return crowd.answers[release] >= count
	})
}

func (crowd *Crowd) mustLoseNothing() {
	crowd.t.Helper()
	close(crowd.stop)
	crowd.wait.Wait()
	crowd.t.Logf("%d requests: %v", crowd.sent, crowd.answers)
	if len(crowd.lost) > 0 {
		crowd.t.Errorf("%d of %d requests were lost, the first: %s", len(crowd.lost), crowd.sent, crowd.lost[0])
	}
}
