package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	patience   = 20 * time.Second
	stopTime   = 5 * time.Second
	smallBytes = 128
	largeBytes = 1 << 20
)

// Engine is one contender in front of the same backend. Each has one worker, and all processors to run on.
type Engine struct {
	name    string
	http    string // address of its http mode
	tcp     string // of its tcp mode; "": it has none that is measured
	program *Program
	idle    []int64 // resident memory before the first request
}

// Rig is the backend and all who stand in front of it.
type Rig struct {
	dir     string
	backend *Program
	address string // of the backend
	second  string // of the slot for flips: the same backend
	engines []*Engine
	control string
	flipped bool
}

const backendConfig = `daemon off; pid %[1]s/backend.pid; error_log stderr crit; worker_processes 1;
events { worker_connections %[5]d; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on; sendfile on; open_file_cache max=8;
  client_body_temp_path %[1]s/b1; proxy_temp_path %[1]s/b2; fastcgi_temp_path %[1]s/b3; uwsgi_temp_path %[1]s/b4; scgi_temp_path %[1]s/b5;
  server { listen %[2]s backlog=4096; listen %[3]s backlog=4096; root %[1]s/files; default_type text/plain;
    location = /small { return 200 "%[4]s"; } }
}
`

const nginxConfig = `daemon off; pid %[1]s/nginx.pid; error_log stderr crit; worker_processes 1;
events { worker_connections %[4]d; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on;
  client_body_temp_path %[1]s/n1; proxy_temp_path %[1]s/n2; fastcgi_temp_path %[1]s/n3; uwsgi_temp_path %[1]s/n4; scgi_temp_path %[1]s/n5;
  upstream app { server %[3]s; keepalive 1024; keepalive_requests 1000000000; }
  server { listen %[2]s backlog=4096;
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host; } }
}
`

const haproxyConfig = `global
  nbthread 1
  maxconn %[4]d
defaults
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend http
  mode http
  bind %[1]s backlog 4096
  option forwardfor
  default_backend app
backend app
  mode http
  http-reuse always
  server app %[3]s
frontend tcp
  mode tcp
  bind %[2]s backlog 4096
  default_backend raw
backend raw
  mode tcp
  server raw %[3]s
`

const caddyConfig = `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://:%[1]s {
	bind 127.0.0.1
	reverse_proxy %[2]s {
		transport http {
			keepalive_idle_conns_per_host 1024
		}
	}
}
`

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address) // one of ours
	return port
}

// newRig starts everybody. What it started is stopped by close(), also where it fails.
func newRig(build, dir string) (*Rig, error) {
	rig := &Rig{dir: dir, control: filepath.Join(dir, "proxy", "control.sock")}
	for _, address := range []*string{&rig.address, &rig.second} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return rig, err
		}
	}
	if err := rig.startBackend(); err != nil {
		return rig, err
	}
	steps := []func(*Engine) error{
		func(engine *Engine) error { return rig.startOurs(engine, build) }, rig.startHAProxy, rig.startNginx, rig.startCaddy}
	for i, name := range []string{"godeploy", "haproxy", "nginx", "caddy"} {
		engine := &Engine{name: name}
		var err error
		if engine.http, err = freeAddress(); err != nil {
			return rig, err
		}
		rig.engines = append(rig.engines, engine)
		if err := steps[i](engine); err != nil {
			return rig, fmt.Errorf("starting %s: %w", name, err)
		}
		if err := engine.program.awaits(engine.http); err != nil {
			return rig, err
		}
		engine.idle = engine.program.memory()
	}
	return rig, nil
}

func (rig *Rig) close() {
	rig.tell(map[string]any{"do": "stop"}) // without it a worker takes over; it may not run at all
	for _, engine := range rig.engines {
		engine.program.stop()
	}
	rig.backend.stop()
}

// awaits waits until somebody listens; the program may have ended instead.
func (program *Program) awaits(address string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-program.ended:
			return fmt.Errorf("%s has ended:\n%s", program.command.Args[0], program.said.String())
		default:
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

func (rig *Rig) write(name, format string, values ...any) (string, error) {
	path := filepath.Join(rig.dir, name)
	return path, os.WriteFile(path, []byte(fmt.Sprintf(format, values...)), 0o600)
}

func (rig *Rig) startBackend() error {
	files := filepath.Join(rig.dir, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "large"), make([]byte, largeBytes), 0o644); err != nil {
		return err
	}
	answer := fmt.Sprintf("%0*d", smallBytes, 0)
	path, err := rig.write("backend.conf", backendConfig, rig.dir, rig.address, rig.second, answer, manyClients()+1500)
	if err != nil {
		return err
	}
	if rig.backend, err = start("nginx", "-p", rig.dir, "-c", path); err != nil {
		return err
	}
	return rig.backend.awaits(rig.address)
}

func (rig *Rig) startHAProxy(engine *Engine) error {
	var err error
	if engine.tcp, err = freeAddress(); err != nil {
		return err
	}
	path, err := rig.write("haproxy.cfg", haproxyConfig, engine.http, engine.tcp, rig.address, manyClients()+500)
	if err == nil {
		engine.program, err = start("haproxy", "-db", "-f", path)
	}
	return err
}

func (rig *Rig) startNginx(engine *Engine) error {
	path, err := rig.write("nginx.conf", nginxConfig, rig.dir, engine.http, rig.address, 2*manyClients()+1000)
	if err == nil {
		engine.program, err = start("nginx", "-p", rig.dir, "-c", path)
	}
	return err
}

func (rig *Rig) startCaddy(engine *Engine) error {
	path, err := rig.write("Caddyfile", caddyConfig, portOf(engine.http), rig.address)
	if err == nil {
		engine.program, err = start("caddy", "run", "--adapter", "caddyfile", "--config", path)
	}
	return err
}

// ---- ours ----

func (rig *Rig) startOurs(engine *Engine, build string) error {
	var err error
	if engine.tcp, err = freeAddress(); err != nil {
		return err
	}
	folder := filepath.Join(rig.dir, "proxy")
	if engine.program, err = start(filepath.Join(build, "bin", "godeploy-proxy"), "--folder", folder, "--foreground"); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if _, err = os.Stat(rig.control); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w\n%s", err, engine.program.said.String())
		}
	}
	if err = rig.setRoute("bench", "http", engine.http, "blue"); err != nil {
		return err
	}
	return rig.setRoute("bench-tcp", "tcp", engine.tcp, "blue")
}

func (rig *Rig) setRoute(app, mode, listen, active string) error {
	return rig.tell(map[string]any{"do": "route.set", "route": map[string]any{"app": app, "mode": mode,
		"listen": []string{listen}, "active": active, "release": "1.0.0",
		"slots": map[string]string{"blue": rig.address, "green": rig.second}}})
}

// flip sends all further requests to the other slot, and returns when that is acknowledged.
func (rig *Rig) flip() error {
	rig.flipped = !rig.flipped
	active := "blue"
	if rig.flipped {
		active = "green"
	}
	return rig.setRoute("bench", "http", rig.engines[0].http, active)
}

func (rig *Rig) tell(question any) error {
	line, err := json.Marshal(question)
	if err != nil {
		return err
	}
	conn, err := net.Dial("unix", rig.control)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return err
	}
	text, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		return err
	}
	var answer struct{ OK bool }
	if err := json.Unmarshal(text, &answer); err != nil || !answer.OK {
		return fmt.Errorf("godeploy-proxy refused %s: %s", line, text)
	}
	return nil
}
