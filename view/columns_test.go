package view

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

var columnsViews = []fact.View{fact.Sockets, fact.Routes, fact.Interfaces, fact.Groups, fact.Statistics, fact.NAT, fact.Findings, fact.Summaries, fact.Conntrack, fact.Neighbors, fact.Rules, fact.Lookups}

// columnsEmpty returns an empty record of a view.
func columnsEmpty(v fact.View) *fact.Record {
	switch v {
	case fact.Sockets:
		return &fact.Record{Row: &fact.Row{}}
	case fact.Routes:
		return &fact.Record{Route: &netstat.Route{InterfaceMetric: true}}
	case fact.Interfaces:
		return &fact.Record{Interface: &netstat.Interface{Partial: true}}
	case fact.Groups:
		return &fact.Record{Membership: &netstat.Membership{}}
	case fact.Statistics:
		return &fact.Record{Counter: &netstat.Counter{}}
	}
	if v == fact.Summaries {
		return &fact.Record{Summary: &netstat.Summary{}}
	}
	if v == fact.Conntrack {
		return &fact.Record{Tracked: &netstat.TrackedConnection{}}
	}
	if v == fact.Neighbors {
		return &fact.Record{Neighbor: &netstat.Neighbor{}}
	}
	if v == fact.Rules {
		return &fact.Record{Rule: &netstat.Rule{}}
	}
	if v == fact.Lookups {
		return &fact.Record{Lookup: &netstat.RouteAnswer{}}
	}
	if v == fact.Findings {
		return &fact.Record{Finding: &netstat.Finding{}}
	}
	return &fact.Record{NATSession: &netstat.NATSession{}}
}

func TestColumnsAreConsistent(t *testing.T) {
	for _, v := range columnsViews {
		seen := map[string]bool{}
		for _, c := range fact.Of(v) {
			if seen[c.Name] {
				t.Errorf("%s: duplicate column %s", v, c.Name)
			}
			seen[c.Name] = true
			if c.Title == "" || strings.ContainsAny(c.Title, " \t") || c.Value == nil || c.Kind == fact.ValueAbsent {
				t.Errorf("%s: column %+v", v, c)
			}
			if c.Name != strings.ToLower(c.Name) || strings.ContainsAny(c.Name, " ,-") {
				t.Errorf("%s: name %q", v, c.Name)
			}
			r := columnsEmpty(v)
			if got := c.Value(r); got.Kind != fact.ValueAbsent && got.Kind != c.Kind {
				t.Errorf("%s: %s of an empty row is %+v", v, c.Name, got)
			}
			if c.All != nil {
				if list := c.All(r, nil); len(list) != 0 {
					t.Errorf("%s: all %s of an empty row are %v", v, c.Name, list)
				}
			}
		}
		for _, c := range fact.Default(v) {
			if !seen[c.Name] {
				t.Errorf("%s: default %s", v, c.Name)
			}
		}
		for _, c := range fact.Of(v) {
			for _, alias := range c.Aliases {
				if seen[alias] {
					t.Errorf("%s: %s, an alias of %s, is already a name", v, alias, c.Name)
				}
				seen[alias] = true
			}
		}
	}
}

// TestColumnsOfPrograms checks that only the columns that show it read a
// program's file or verify its signature.
func TestColumnsOfPrograms(t *testing.T) {
	const programs = netstat.FactImage | netstat.FactSignature | netstat.FactPackage
	want := map[string]netstat.ProcessFacts{
		"company": netstat.FactImage, "version": netstat.FactImage, "package": netstat.FactPackage,
		"signature": netstat.FactSignature, "signer": netstat.FactSignature,
	}
	for _, c := range fact.Of(fact.Sockets) {
		if got := c.Needs.Process & programs; got != want[c.Name] || got != 0 && c.Needs.Process != got {
			t.Errorf("%s needs %b", c.Name, c.Needs.Process)
		}
		delete(want, c.Name)
	}
	if len(want) > 0 {
		t.Errorf("no columns %v", want)
	}
}

// TestColumnsNotRequested checks that a fact that was not requested is
// absent, so that its zero is not shown.
func TestColumnsNotRequested(t *testing.T) {
	r := &fact.Record{Row: &fact.Row{Socket: netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established}}}
	want := map[string]bool{
		"proto": true, "netid": true, "family": true, "state": true, "listening": true, "recvq": true, "sendq": true,
	}
	for _, c := range fact.Of(fact.Sockets) {
		if v := c.Value(r); (v.Kind != fact.ValueAbsent) != want[c.Name] {
			t.Errorf("%s: %+v", c.Name, v)
		}
	}
	r.Row.Facts = ^netstat.Facts(0)
	for _, name := range []string{"uid", "inode", "timer", "mark", "tos", "autobound", "user"} {
		c, err := fact.Find(fact.Sockets, name)
		if err != nil {
			t.Fatal(err)
		}
		if v := c[0].Value(r); v.Kind == fact.ValueAbsent {
			t.Errorf("%s is absent although it was requested", name)
		}
	}
	for name, table := range map[string]netstat.Table{
		"tclass": netstat.TCP4Table, "tos": netstat.UnixTable, "mark": netstat.VSockTable, "autobound": netstat.UnixTable,
	} {
		c, err := fact.Find(fact.Sockets, name)
		if err != nil {
			t.Fatal(err)
		}
		r.Row.Socket.Table = table
		if v := c[0].Value(r); v.Kind != fact.ValueAbsent {
			t.Errorf("%s of %v, which has none: %+v", name, table, v)
		}
	}
	r.Row.Socket.Table = netstat.TCP4Table
	r.Row.Socket.Absent = ^netstat.Facts(0)
	for _, c := range fact.Of(fact.Sockets) {
		switch c.Name {
		case "proto", "netid", "family", "state", "listening":
		default:
			if v := c.Value(r); v.Kind != fact.ValueAbsent {
				t.Errorf("%s of a socket without any fact: %+v", c.Name, v)
			}
		}
	}
}

// TestFilterFieldsAreColumns checks that each field of filters is also a
// column, with the same needs at least.
func TestFilterFieldsAreColumns(t *testing.T) {
	for _, name := range []string{
		"src", "dst", "local", "remote", "sport", "dport", "local_port", "remote_port", "dev", "interface", "fwmark", "cgroup",
		"state", "user", "autobound", "inode", "uid", "recvq", "sendq", "max_backlog", "tos", "tclass", "pid", "peer_pid",
		"process", "exe", "container", "unit", "peer_process", "netns", "family", "proto", "ulp", "congestion", "ca_state",
		"receive_closed", "send_closed", "v6only", "send_rate", "token", "tls_version", "tls_cipher", "tls_receive", "tls_transmit",
	} {
		if _, err := fact.Find(fact.Sockets, name); err != nil {
			t.Error(err)
		}
	}
	for f := range netstat.TCPFields {
		columnsNeed(t, f.String(), netstat.FactTCPInfo)
	}
	for f := range netstat.MemoryFields {
		columnsNeed(t, f.String(), netstat.FactMemory)
	}
}

func columnsNeed(t *testing.T, name string, needs netstat.Facts) {
	t.Helper()
	list, err := fact.Find(fact.Sockets, name)
	if err != nil {
		t.Error(err)
		return
	}
	if fact.NeedsOf(list).Socket&needs == 0 {
		t.Errorf("%s does not need its fact", name)
	}
}

func TestFindColumns(t *testing.T) {
	list, err := fact.Find(fact.Sockets, " State,LOCAL, peer-process")
	if err != nil || len(list) != 3 || list[0].Name != "state" || list[1].Name != "local" || list[2].Name != "peer_process" {
		t.Errorf("%v, %v", list, err)
	}
	if f := fact.NeedsOf(list); !f.Peers || f.Owners || f.Process&netstat.FactArgv0 == 0 || f.Socket&netstat.FactPeer == 0 {
		t.Errorf("facts %+v", f)
	}
	if list, err = fact.Find(fact.Interfaces, "receive_bytes,default"); err != nil || list[0].Name != "rx_bytes" || len(list) != 12 {
		t.Errorf("%v, %v", list, err)
	}
	for text, near := range map[string]string{
		"prosess": "process", "stat": "state", "remote_addr": "remote_address", "recv": "recvq", "zzzzz": "", "": "",
	} {
		_, err := fact.Find(fact.Sockets, text)
		var e *fact.NameError
		if !errors.As(err, &e) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%q: %v", text, err)
		}
		if near == "" && len(e.Near) != 0 || near != "" && (len(e.Near) == 0 || e.Near[0] != near) {
			t.Errorf("%q: suggestions %v, want %q", text, e.Near, near)
		}
		if !slices.Contains(e.All, "remote_address") || !strings.Contains(err.Error(), "--columns=help") {
			t.Errorf("%q: the columns are not listed: %v", text, err)
		}
	}
}

func TestColumnValuesAreOrdered(t *testing.T) {
	end := func(ip string, port uint16) fact.Value {
		return fact.Value{Kind: fact.ValueEndpoint, Address: netip.MustParseAddr(ip), Number: uint64(port)}
	}
	for _, list := range [][]fact.Value{
		{fact.Value{Kind: fact.ValueNumber, Number: 2}, fact.Value{Kind: fact.ValueNumber, Number: 10}, fact.Value{Kind: fact.ValueNumber, Number: 1 << 63}, {}},
		{fact.Value{Kind: fact.ValueSigned, Number: 1<<64 - 5}, fact.Value{Kind: fact.ValueSigned}, fact.Value{Kind: fact.ValueSigned, Number: 3}, {}},
		{end("::ffff:1.2.3.4", 0), end("9.0.0.1", 80), end("10.0.0.1", 9), end("10.0.0.1", 80), end("::ffff:10.0.0.1", 80), end("10.0.0.1", 81), end("::1", 1), end("fe80::1", 0), fact.Value{Kind: fact.ValueEndpoint, Text: "a"}, {}},
		{fact.Value{Kind: fact.ValueNumber, Number: 1}, fact.Value{Kind: fact.ValueAddress, Address: netip.IPv4Unspecified()}, fact.Value{Kind: fact.ValueText, Text: "0"}, fact.Value{Kind: fact.ValueText, Text: "a"}, {}},
	} {
		for i := range list {
			for j := range list {
				want := min(max(i-j, -1), 1)
				if got := compareValues(list[i], list[j]); got != want {
					t.Errorf("%+v beside %+v: %d, want %d", list[i], list[j], got, want)
				}
			}
		}
	}
}

// TestColumnsDoNotAllocate checks that showing a row costs no allocation.
func TestColumnsDoNotAllocate(t *testing.T) {
	ip := netip.MustParseAddr("10.0.0.1")
	r := &fact.Record{Row: &fact.Row{
		Socket: netstat.Socket{
			Table: netstat.TCP6Table, State: netstat.Established, Local: netstat.Addr{IP: ip, Port: 80}, Remote: netstat.Addr{IP: ip, Port: 81},
			TCP: &netstat.TCPInfo{RTT: 1500 * time.Microsecond}, Memory: &netstat.Memory{},
		},
		Facts:  ^netstat.Facts(0),
		Owners: []fact.Owner{{Process: netstat.Process{PID: 7, Argv0: "/usr/sbin/nginx", Args: []string{"nginx", "-g", "daemon off;"}}}},
	}}
	columns := fact.Of(fact.Sockets)
	buf := make([]byte, 0, 4096)
	values := make([]fact.Value, 0, 64)
	show := func() {
		for i := range columns {
			v := columns[i].Value(r)
			buf = v.Append(buf[:0])
			buf = v.AppendPretty(buf)
			if columns[i].All != nil {
				values = columns[i].All(r, values[:0])
			}
		}
	}
	show()
	if n := testing.AllocsPerRun(100, show); n > 0 {
		t.Errorf("%v allocations for a row", n)
	}
}

func TestFactsAdd(t *testing.T) {
	var f fact.Needs
	for _, v := range columnsViews {
		f.Add(fact.NeedsOf(fact.Of(v)))
	}
	want := fact.Needs{
		Socket: f.Socket, Process: f.Process, Owners: true, Peers: true, NetNS: true,
		UserNames: true, Interfaces: true, Cgroups: true, Reasons: true, Rates: true,
		Interface: netstat.InterfaceLink | netstat.InterfaceDriver | netstat.InterfaceNetns, Addresses: true,
	}
	if f != want {
		t.Errorf("%+v", f)
	}
}
