// Package box is one host for one app, for the demo and the measurements: a folder, free ports, and
// the real programs. When it is closed nothing is left of it, neither processes nor files.
package box

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// App is the name of the service in every box.
const App = "shop"

const (
	stopTime = 15 * time.Second // for what was asked to stop
	killTime = 5 * time.Second  // for what was killed
)

// Box is made by New and ended by Close.
type Box struct {
	Dir        string // short, as sockets lie below it; commands run in it
	PublicPort int
	SlotPorts  [2]int
	programs   string // folder of godeploy
	services   string // folder of service-VERSION
	ports      portHolder
}

// New makes the folder and picks the ports. build is where CMake built godeploy and the services.
func New(build string) (*Box, error) {
	build, err := filepath.Abs(build)
	if err != nil {
		return nil, err
	}
	box := &Box{programs: filepath.Join(build, "bin"), services: filepath.Join(build, "services")}
	if _, err := os.Stat(box.program()); err != nil {
		return nil, fmt.Errorf("%w: build it first, with ./dev build", err)
	}
	for _, port := range []*int{&box.PublicPort, &box.SlotPorts[0], &box.SlotPorts[1]} {
		if *port, err = box.ports.pick(); err != nil {
			return nil, err
		}
	}
	box.Dir, err = os.MkdirTemp("", "gd")
	return box, err
}

func (box *Box) program() string {
	return filepath.Join(box.programs, "godeploy")
}

// Path is one in the box.
func (box *Box) Path(parts ...string) string {
	return filepath.Join(append([]string{box.Dir}, parts...)...)
}

// URL is the public address, with path behind it.
func (box *Box) URL(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", box.PublicPort, path)
}

// MakeFolders makes folders in the box.
func (box *Box) MakeFolders(names ...string) error {
	for _, name := range names {
		if err := os.MkdirAll(box.Path(name), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Write makes a file in the box, and the folders above it.
func (box *Box) Write(name string, content []byte, mode os.FileMode) error {
	if err := box.MakeFolders(filepath.Dir(name)); err != nil {
		return err
	}
	return os.WriteFile(box.Path(name), content, mode)
}

// PutService copies service-NAME of the build to NAME.
func (box *Box) PutService(service, name string) error {
	content, err := os.ReadFile(filepath.Join(box.services, "service-"+service))
	if err != nil {
		return fmt.Errorf("%w: build it first, with ./dev build", err)
	}
	return box.Write(name, content, 0o755)
}

// Logs is the end of what the programs in the background wrote, for a failure.
func (box *Box) Logs() string {
	const most = 3000
	var text strings.Builder
	for _, pattern := range []string{"root/proxy/*.log", "root/" + App + "/logs/*.log"} {
		paths, _ := filepath.Glob(box.Path(pattern)) // the pattern is well-formed
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			if len(content) > most {
				content = content[len(content)-most:]
			}
			fmt.Fprintf(&text, "--- %s\n%s", path, content)
		}
	}
	return text.String()
}

// Close ends what runs in the box and removes it. What did not end when it was asked to is named in
// the error; it was killed.
func (box *Box) Close() error {
	left := endProcesses(box.Dir)
	box.ports.release()
	if err := os.RemoveAll(box.Dir); err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("did not stop when asked to, and had to be killed: %s", strings.Join(left, "; "))
	}
	return nil
}
