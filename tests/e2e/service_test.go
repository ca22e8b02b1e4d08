package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startService runs a service by itself, without godeploy, and waits until it answers.
func startService(t *testing.T, name, folder string) *exec.Cmd {
	t.Helper()
	port := "PORT=" + strconv.Itoa(freePort(t))
	command := exec.Command(servicePath(t, name))
	command.Dir = folder
	command.Env = append(os.Environ(), port)
	output, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill() // harmless where it is gone
		command.Wait()
	})
	waitFor(t, 10*time.Second, "service "+name+" answers", func() bool {
		answer, err := http.Get(serviceURL(command, "/healthz"))
		if err != nil {
			return false
		}
		answer.Body.Close()
		return true
	})
	return command
}

func serviceURL(command *exec.Cmd, path string) string {
	port := strings.TrimPrefix(command.Env[len(command.Env)-1], "PORT=")
	return "http://127.0.0.1:" + port + path
}

// The service under test is itself the first thing that must be true: it answers with its version,
// and when asked to stop it finishes the request under way.
func TestServiceAnswersAndStopsGracefully(t *testing.T) {
	command := startService(t, "1.0.0", t.TempDir())
	if status, release, body := get(t, serviceURL(command, "/healthz")); status != 200 ||
		release != "1.0.0" || body != "ok" {
		t.Fatalf("status %d of release %q: %q", status, release, body)
	}

	// Once the head of the answer is here the request is under way; only then is the service stopped.
	stream, err := http.Get(serviceURL(command, "/stream?for=500ms&every=50ms"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(stream.Body)
	if err != nil || !strings.HasSuffix(string(whole), "event: end\ndata: end\n\n") {
		t.Fatalf("the stream was cut: %v after %q", err, whole)
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("stopping: %v", err)
	}
}

func TestServiceWithAnIllnessHasIt(t *testing.T) {
	for _, ill := range []struct {
		name, path, release string
		status              int
	}{
		{"unhealthy", "/healthz", "2.0.0", 500},
		{"redirect", "/healthz", "2.0.0", 301},
		{"errors", "/healthz", "2.0.0", 200},
		{"errors", "/", "2.0.0", 500},
		{"wrong-identity", "/", "9.9.9-wrong", 200},
	} {
		command := startService(t, ill.name, t.TempDir())
		status, release, _ := get(t, serviceURL(command, ill.path))
		if status != ill.status || release != ill.release {
			t.Errorf("%s: %s answered %d of release %q", ill.name, ill.path, status, release)
		}
	}
	for _, ill := range []struct {
		name, ill, well string
	}{
		{"2.0.0", "/healthz", "/"},
		{"late-errors", "/", "/healthz"},
	} {
		command := startService(t, ill.name, t.TempDir())
		for _, status := range []int{200, 500} {
			if got, _, _ := get(t, serviceURL(command, ill.ill)); got != status {
				t.Errorf("%s: %s answered %d instead of %d", ill.name, ill.ill, got, status)
			}
			get(t, serviceURL(command, "/ill"))
		}
		if got, _, _ := get(t, serviceURL(command, ill.well)); got != 200 {
			t.Errorf("%s: %s answered %d", ill.name, ill.well, got)
		}
	}
}
