package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// peer is another proxy, set up to pass everything on to one app without buffering whole bodies; over
// a connection for each request, so that what one case leaves behind does not spoil the next.
type peer struct {
	name      string
	program   string
	arguments func(dir string) []string
	settings  string // of a file; listening port, then port of the app, twice if it wants
}

var nginx = peer{"nginx", "/usr/sbin/nginx",
	func(dir string) []string { return []string{"-p", dir, "-c", "settings", "-e", "stderr"} },
	`daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 256; }
http {
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi; client_max_body_size 0;
    map $http_upgrade $upgrade_or_not { default upgrade; '' ''; }
    server {
        listen 127.0.0.1:%[1]d;
        location / {
            proxy_pass http://127.0.0.1:%[2]d; proxy_http_version 1.1; proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade_or_not;
            proxy_request_buffering off; proxy_buffering off; proxy_ignore_client_abort on;
            proxy_next_upstream off;
        }
    }
}
`}

var haproxy = peer{"haproxy", "/usr/sbin/haproxy",
	func(dir string) []string { return []string{"-db", "-q", "-f", filepath.Join(dir, "settings")} },
	`global
    maxconn 256
defaults
    mode http
    timeout connect 10s
    timeout client 2s
    timeout server 10s
    timeout http-request 10s
    retries 0
    option http-server-close
frontend public
    bind 127.0.0.1:%[1]d
    default_backend app
backend app
    server app 127.0.0.1:%[2]d
`}

// start runs it in front of a recorder of its own, and returns its address. The test is skipped
// where the program is not installed: ./dev setup installs it.
func (peer peer) start(t *testing.T) (string, *recorder) {
	t.Helper()
	if _, err := os.Stat(peer.program); err != nil {
		t.Skipf("%s is not installed: %v", peer.name, err)
	}
	dir, err := os.MkdirTemp("", "gdpeer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port, appPort := freePort(t), freePort(t)
	app := newRecorder(t, fmt.Sprintf("127.0.0.1:%d", appPort))
	settings := fmt.Sprintf(peer.settings, port, appPort)
	if err := os.WriteFile(filepath.Join(dir, "settings"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(peer.program, peer.arguments(dir)...)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	waitFor(t, 20*time.Second, peer.name+" to listen", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return address, app
}
