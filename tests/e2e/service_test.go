package e2e

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The service under test is itself the first thing that must be true: it answers with its version,
// and when asked to stop it finishes the request under way.
func TestServiceAnswersAndStopsGracefully(t *testing.T) {
	port := freePort(t)
	command := exec.Command(servicePath(t, "1.0.0"))
	command.Env = append(os.Environ(), "PORT="+strconv.Itoa(port))
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	waitFor(t, 10*time.Second, "the service answers", func() bool {
		answer, err := http.Get(url + "/healthz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == 200 && answer.Header.Get("X-Release") == "1.0.0"
	})

	// Once the first event is here the request is under way: only then is the service asked to stop.
	stream, err := http.Get(url + "/stream?for=500ms&every=50ms")
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
		t.Fatalf("stopping: %v\n%s", err, output.String())
	}
	if !strings.Contains(output.String(), "stop version=1.0.0") {
		t.Fatalf("no word about the stop in %q", output.String())
	}
}

func servicePath(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("GODEPLOY_SERVICES")
	if folder == "" {
		t.Fatal("GODEPLOY_SERVICES is not set: run this by ctest")
	}
	return filepath.Join(folder, "service-"+name)
}
