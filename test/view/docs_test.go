package view

import (
	"os"
	"strings"
	"testing"

	"netstat"
	"netstat/view"
)

// docs/columns.md has every column, in the section of its view.
func TestColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/columns.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		sections[title] = body
	}
	inside := map[string]bool{}
	for f := range netstat.TCPFields {
		inside[f.String()] = true
	}
	for f := range netstat.MemoryFields {
		inside[f.String()] = true
	}
	for v, title := range map[view.View]string{
		view.Sockets: "Sockets", view.Routes: "Routes", view.Interfaces: "Interfaces", view.Groups: "Groups of multicast",
		view.Statistics: "Statistics", view.NAT: "NAT",
	} {
		for _, c := range view.Columns(v) {
			name := c.Name
			if v == view.Interfaces {
				name = strings.TrimSuffix(name, "_per_second")
			}
			known := strings.Contains(sections[title], "`"+name+"`") || strings.Contains(sections["All views"], "`"+name+"`")
			if !known && (v != view.Sockets || !inside[name]) {
				t.Errorf("%s: %s is not documented", title, c.Name)
			}
		}
	}
}
