package fact_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/render"
	"netstat/view"
)

// TestFactNamesWorkEverywhere checks that every name of every socket fact works
// everywhere that a fact can be named. It adds a fact that nothing else in the tree
// names.
func TestFactNamesWorkEverywhere(t *testing.T) {
	for _, f := range fact.Of(fact.Sockets) {
		template := format(t, "template={{."+f.Name+"}}")
		if n := template.Needs(fact.Sockets); n != f.Needs {
			t.Errorf("a template of %s asks for %+v, not %+v", f.Name, n, f.Needs)
		}
		for _, name := range append([]string{f.Name, f.Title, strings.ToUpper(f.Name)}, f.Aliases...) {
			if found, err := fact.Find(fact.Sockets, name); err != nil || found[0].Name != f.Name {
				t.Errorf("column %s: %v", name, err)
			}
			if keys, err := view.ParseSort(fact.Sockets, "-"+name); err != nil || keys[0].Fact.Name != f.Name {
				t.Errorf("sort by %s: %v", name, err)
			}
			if g, err := view.ParseGrouping(fact.Sockets, name, fact.Needs{}); err != nil || g.Keys[0].Name != f.Name {
				t.Errorf("group by %s: %v", name, err)
			}
			if strings.ContainsAny(name, "-") {
				continue // templates accept no such name
			}
			if _, err := render.New(format(t, "template={{."+name+"}}"), &bytes.Buffer{}, render.Head{View: fact.Sockets}, nil, render.Options{}); err != nil {
				t.Errorf("template of %s: %v", name, err)
			}
			if _, err := filter.Parse(name+" = x", filter.Env{Rates: true}); err != nil && (strings.Contains(err.Error(), "unknown field") || strings.Contains(err.Error(), "--filter cannot use it") != (f.Compared && !f.Needs.Rates)) {
				t.Errorf("filter by %s: %v", name, err)
			}
		}
		// The title works too.
		if _, err := filter.Parse(f.Title+" = x", filter.Env{Rates: true}); err != nil && (strings.Contains(err.Error(), "unknown field") || strings.Contains(err.Error(), "--filter cannot use it") != (f.Compared && !f.Needs.Rates)) {
			t.Errorf("filter by %s: %v", f.Title, err)
		}
	}
}

// TestExposure reads one socket through a column, a filter, JSON and a
// template.
func TestExposure(t *testing.T) {
	exposure, err := fact.Find(fact.Sockets, "exposure")
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"127.0.0.53": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback", "169.254.1.1": "link-local", "fe80::1": "link-local",
		"10.1.2.3": "private", "172.31.0.1": "private", "100.127.255.1": "private", "fd00::1": "private", "100.128.0.1": "public",
		"192.0.2.1": "public", "2001:db8::1": "public", "224.0.0.251": "multicast", "ff02::fb": "multicast", "0.0.0.0": "wildcard", "::": "wildcard",
	} {
		r := &fact.Record{Row: &fact.Row{Socket: netstat.Socket{Table: netstat.TCP6Table, State: netstat.Listen, Local: mustAddr(address)}}}
		if v := exposure[0].Value(r); v.Text != want {
			t.Errorf("%s: %q, want %q", address, v.Text, want)
		}
		e, err := filter.Parse("exposure = "+want, filter.Env{})
		if err != nil || !e.Match(r) {
			t.Errorf("%s does not match exposure = %s: %v", address, want, err)
		}
		for value, text := range map[string]string{"json": `"exposure":"` + want + `"`, "template=[{{.exposure}}]": "[" + want + "]"} {
			var out bytes.Buffer
			w, err := render.New(format(t, value), &out, render.Head{View: fact.Sockets}, exposure, render.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{w.Begin(time.Unix(0, 0)), w.Record(r), w.End()} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s as %s: %s", address, value, out.String())
			}
		}
	}
	unix := &fact.Record{Row: &fact.Row{Socket: netstat.Socket{Table: netstat.UnixTable}}}
	if v := exposure[0].Value(unix); v.Kind != fact.ValueAbsent {
		t.Errorf("a unix socket has exposure %q", v.Text)
	}
}

func mustAddr(s string) netstat.Addr {
	return netstat.Addr{IP: netip.MustParseAddr(s)}
}

func format(t *testing.T, value string) render.Format {
	t.Helper()
	f, err := render.ParseFormat(value)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
