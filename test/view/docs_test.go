package view

import (
	"os"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
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
	for v, title := range map[fact.View]string{
		fact.Sockets: "Sockets", fact.Routes: "Routes", fact.Interfaces: "Interfaces", fact.Groups: "Groups of multicast",
		fact.Statistics: "Statistics", fact.NAT: "NAT",
	} {
		for _, c := range fact.Of(v) {
			name := c.Name
			if v == fact.Interfaces {
				name = strings.TrimSuffix(name, "_per_second")
			}
			known := strings.Contains(sections[title], "`"+name+"`") || strings.Contains(sections["All views"], "`"+name+"`")
			if !known && (v != fact.Sockets || !inside[name]) {
				t.Errorf("%s: %s is not documented", title, c.Name)
			}
		}
	}
}
