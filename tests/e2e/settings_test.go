package e2e

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
)

// Settings are values in YAML by the dotted name of the setting.
type Settings map[string]string

// defaultSettings are short in all times, so that a deployment takes about a second.
func (box *Box) defaultSettings() Settings {
	return Settings{
		"app":                   appName,
		"root":                  box.Root,
		"release.source":        filepath.Join(box.Dir, "releases", "{app}_{version}.tar.gz"),
		"verify.rsa.keys":       "[" + box.PublicKey + "]",
		"service.command":       `["./service", "--listen", "127.0.0.1:{port}"]`,
		"service.stop_timeout":  "3s",
		"service.runner":        "supervise", // also where systemd is process 1; that has tests of its own
		"traffic.listen":        fmt.Sprintf(`["127.0.0.1:%d"]`, box.PublicPort),
		"traffic.slots":         fmt.Sprintf("[%d, %d]", box.SlotPorts[0], box.SlotPorts[1]),
		"check.interval":        "50ms",
		"check.passes":          "2",
		"check.deadline":        "15s",
		"check.identity.header": "X-Release",
		"watch.for":             "300ms",
		// Tests share two cores with each other: what their neighbours do to the latency is no
		// release's fault. The bound itself has tests of its own.
		"watch.max_p95_increase": "100000%",
		"drain.in_flight":        "5s",
		"drain.idle":             "500ms",
		"drain.upgraded":         "2s",
	}
}

// yaml writes the settings as nested maps, sorted.
func (settings Settings) yaml() string {
	tree := map[string]any{}
	for name, value := range settings {
		parts := strings.Split(name, ".")
		node := tree
		for _, part := range parts[:len(parts)-1] {
			next, found := node[part].(map[string]any)
			if !found {
				next = map[string]any{}
				node[part] = next
			}
			node = next
		}
		node[parts[len(parts)-1]] = value
	}
	var out strings.Builder
	writeYAML(&out, tree, "")
	return out.String()
}

func writeYAML(out *strings.Builder, node map[string]any, indent string) {
	names := make([]string, 0, len(node))
	for name := range node {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if below, nested := node[name].(map[string]any); nested {
			fmt.Fprintf(out, "%s%s:\n", indent, name)
			writeYAML(out, below, indent+"  ")
		} else {
			fmt.Fprintf(out, "%s%s: %s\n", indent, name, node[name])
		}
	}
}
