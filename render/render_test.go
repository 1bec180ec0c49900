package render

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/schema"
	"netstat/snapshot"
)

var renderUpdate = flag.Bool("update", false, "rewrite the golden files")

// renderViews lists all views.
var renderViews = []fact.View{fact.Sockets, fact.Routes, fact.Interfaces, fact.Groups, fact.Statistics, fact.NAT, fact.Findings, fact.Conntrack, fact.Neighbors, fact.Rules, fact.Lookups}

func renderText(s string) fact.Value {
	if s == "" {
		return fact.Value{}
	}
	return fact.Value{Kind: fact.ValueText, Text: s}
}

func renderNumber(kind fact.ValueKind, n uint64) fact.Value { return fact.Value{Kind: kind, Number: n} }

func renderAddress(ip netip.Addr) fact.Value {
	if !ip.IsValid() {
		return fact.Value{}
	}
	return fact.Value{Kind: fact.ValueAddress, Address: ip}
}

// renderColumns returns some columns of each view, with every kind of value.
func renderColumns(v fact.View) []fact.Fact {
	text := func(name string, value func(*fact.Record) string) fact.Fact {
		return fact.Fact{Name: name, Title: strings.ToUpper(name), Kind: fact.ValueText, Value: func(r *fact.Record) fact.Value { return renderText(value(r)) }}
	}
	number := func(name string, value func(*fact.Record) uint64) fact.Fact {
		return fact.Fact{Name: name, Title: strings.ToUpper(name), Kind: fact.ValueNumber, Value: func(r *fact.Record) fact.Value {
			return renderNumber(fact.ValueNumber, value(r))
		}}
	}
	address := func(name string, value func(*fact.Record) netip.Addr) fact.Fact {
		return fact.Fact{Name: name, Title: strings.ToUpper(name), Kind: fact.ValueAddress, Value: func(r *fact.Record) fact.Value { return renderAddress(value(r)) }}
	}
	switch v {
	case fact.Sockets:
		return []fact.Fact{
			text("proto", func(r *fact.Record) string { return r.Row.Socket.Table.String() }),
			{Name: "recvq", Title: "RECV-Q", Kind: fact.ValueBytes, Value: func(r *fact.Record) fact.Value {
				if r.Row.Socket.Absent&netstat.FactQueues != 0 {
					return fact.Value{}
				}
				return renderNumber(fact.ValueBytes, r.Row.Socket.RecvQ)
			}},
			address("local_address", func(r *fact.Record) netip.Addr { return r.Row.Socket.Local.IP }),
			number("local_port", func(r *fact.Record) uint64 { return uint64(r.Row.Socket.Local.Port) }),
			text("state", func(r *fact.Record) string { return r.Row.Socket.State.String() }),
			{Name: "timer_expires", Title: "EXPIRES", Kind: fact.ValueDuration, Value: func(r *fact.Record) fact.Value {
				return renderNumber(fact.ValueDuration, uint64(r.Row.Socket.Timer.Expires))
			}},
			text("local_name", func(r *fact.Record) string { return r.Row.Socket.Local.Name }),
		}
	case fact.Routes:
		return []fact.Fact{
			{Name: "destination", Title: "DESTINATION", Kind: fact.ValueAddress, Value: func(r *fact.Record) fact.Value {
				if r.Route == nil {
					return fact.Value{}
				}
				return fact.Value{Kind: fact.ValueAddress, Text: "/", Address: r.Route.Destination.Addr(), Number: uint64(r.Route.Destination.Bits())}
			}},
			text("interface", func(r *fact.Record) string {
				if r.Route == nil {
					return ""
				}
				return r.Route.Interface
			}),
		}
	case fact.Interfaces:
		return []fact.Fact{
			text("name", func(r *fact.Record) string { return r.Interface.Name }),
			number("mtu", func(r *fact.Record) uint64 { return uint64(r.Interface.MTU) }),
			{Name: "up", Title: "UP", Kind: fact.ValueFlag, Value: func(r *fact.Record) fact.Value {
				return renderNumber(fact.ValueFlag, uint64(r.Interface.Flags)&1)
			}},
		}
	case fact.Groups:
		return []fact.Fact{
			text("interface", func(r *fact.Record) string { return r.Membership.Interface }),
			{Name: "users", Title: "USERS", Kind: fact.ValueSigned, Value: func(r *fact.Record) fact.Value {
				return renderNumber(fact.ValueSigned, uint64(int64(r.Membership.Users)))
			}},
			address("group", func(r *fact.Record) netip.Addr { return r.Membership.Group }),
		}
	case fact.Statistics:
		return []fact.Fact{
			text("group", func(r *fact.Record) string { return r.Counter.Group }),
			text("name", func(r *fact.Record) string { return r.Counter.Name }),
			number("value", func(r *fact.Record) uint64 { return r.Counter.Value }),
		}
	}
	if v == fact.Conntrack {
		list, err := fact.Find(v, "proto,source,dnat_to,state,mark,original_bytes")
		if err != nil {
			panic(err)
		}
		return list
	}
	if v == fact.Findings || v == fact.Neighbors || v == fact.Rules || v == fact.Lookups {
		names := map[fact.View]string{fact.Findings: "severity,rule,subject,text,pid", fact.Neighbors: "address,mac,state,interface,used", fact.Rules: "priority,selector,table,goto,to", fact.Lookups: "destination,type,refusal,rule,gateway,mtu,neighbor_mac"}
		list, err := fact.Find(v, names[v])
		if err != nil {
			panic(err)
		}
		return list
	}
	return []fact.Fact{
		text("proto", func(r *fact.Record) string { return r.NATSession.Protocol.String() }),
		address("original_source", func(r *fact.Record) netip.Addr { return r.NATSession.Original.Source.Addr() }),
	}
}

// renderTracked are a connection with every fact, and one with few.
var renderTracked = []netstat.TrackedConnection{
	{
		Family: netstat.Inet, IPProtocol: 6, State: "ESTABLISHED",
		Original: netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.1:4000"), Destination: netip.MustParseAddrPort("192.0.2.1:21"), Has: netstat.TrackedPorts, Packets: 3, Bytes: 1 << 63},
		Reply:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.9:2121"), Destination: netip.MustParseAddrPort("10.0.0.1:4000"), Has: netstat.TrackedPorts, Packets: 2, Bytes: 100},
		Status:   netstat.TrackedSeenReply | netstat.TrackedAssured | netstat.TrackedConfirmed | netstat.TrackedDestNAT, StatusKnown: 1<<16 - 1,
		Timeout: 432000 * time.Second, Mark: 1<<32 - 1, Labels: [2]uint64{1 << 3, 1 << 63}, Zone: 7, ZoneOf: netstat.TrackedOriginal,
		Started: time.Unix(1700000000, 5).UTC(), Helper: "ftp\x1b", SecurityContext: "system_u:object_r:x", Use: 1, ID: 1<<32 - 1, Known: 1<<6 - 1,
	},
	{
		Family: netstat.Inet6, IPProtocol: 253,
		Original:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("[fe80::1]:0"), Destination: netip.MustParseAddrPort("[fe80::2]:0")},
		Reply:       netstat.TrackedDirection{Source: netip.MustParseAddrPort("[fe80::2]:0"), Destination: netip.MustParseAddrPort("[fe80::1]:0")},
		StatusKnown: netstat.TrackedSeenReply,
	},
}

// renderFindings are findings about subjects of each kind.
var renderFindings = []netstat.Finding{
	{
		Rule: "accept-queue", Severity: netstat.Critical, Text: "queue is full", Advice: "accept faster", Command: "-tlnp --port 80", Source: "listen(2)",
		Subject: netstat.Subject{
			Kind: netstat.OfSocket, Table: netstat.TCP4Table, State: netstat.Listen, PID: 7, Process: "a\x1b[31m", Service: "web.service",
			Local: netstat.Addr{IP: netip.MustParseAddr("127.0.0.1"), Port: 80}, Remote: netstat.Addr{IP: netip.IPv4Unspecified()}, Netns: "red",
		},
		Evidence: []netstat.Evidence{
			{Fact: "recvq", Value: netstat.NumberOf(5), Limit: netstat.NumberOf(4)},
			{Fact: "TcpExt.ListenDrops", Grown: true, Value: netstat.NumberOf(3), Limit: netstat.NumberOf(0)},
		},
	},
	{
		Rule: "ephemeral-ports", Severity: netstat.Warning, Text: "few ports are left", Source: "RFC 6056",
		Subject: netstat.Subject{
			Kind: netstat.OfRemote, Table: netstat.TCP6Table, Local: netstat.Addr{IP: netip.MustParseAddr("::1")},
			Remote: netstat.Addr{IP: netip.MustParseAddr("2001:db8::1"), Port: 443},
		},
		Evidence: []netstat.Evidence{{Fact: "share", Value: netstat.PermilleOf(705), Limit: netstat.PermilleOf(700)}},
	},
	{
		Rule: "deleted-exe", Text: "the program was deleted", Subject: netstat.Subject{Kind: netstat.OfProcess, PID: 9, Process: "old"},
		Evidence: []netstat.Evidence{{Fact: "executable", Value: netstat.TextOf("/opt/old (deleted)")}},
	},
	{
		Rule: "routing", Severity: netstat.Warning, Text: "the link is down",
		Subject:  netstat.Subject{Kind: netstat.OfRoute, Interface: "eth\x1b0", Destination: netip.MustParsePrefix("10.0.0.0/8")},
		Evidence: []netstat.Evidence{{Fact: "up", Value: netstat.TextOf("no")}},
	},
	{
		Rule: "interface", Text: "errors", Subject: netstat.Subject{Kind: netstat.OfInterface, Interface: "eth0"},
		Evidence: []netstat.Evidence{{Fact: "rx_errors", Grown: true, Value: netstat.NumberOf(1)}},
	},
	{
		Rule: "softnet", Text: "packets were dropped", Subject: netstat.Subject{Kind: netstat.OfHost},
		Evidence: []netstat.Evidence{{Fact: "softnet.dropped", Grown: true, Value: netstat.NumberOf(1)}},
	},
}

// renderNeighbors are neighbours with every fact, with few, and a proxy.
var renderNeighbors = []netstat.Neighbor{
	{
		Address: netip.MustParseAddr("fe80::1"), HardwareAddr: []byte{2, 0, 0, 0, 0, 1}, State: netstat.NeighborReachable, Index: 2, Interface: "eth\x1b0",
		Router: true, ExternLearn: true, Offloaded: true, Managed: true, Sticky: true, Protocol: 186, VLAN: 5, VNI: 1 << 31, Master: 3,
		Used: 3 * time.Second, Confirmed: 1500 * time.Millisecond, Updated: time.Hour, RefCount: 4, Probes: 1, Known: 1<<8 - 1,
	},
	{Address: netip.MustParseAddr("10.0.0.2"), State: netstat.NeighborFailed, Index: 2, Interface: "eth0"},
	{Address: netip.MustParseAddr("10.0.0.3"), Index: 2, Interface: "eth0", Proxy: true},
}

// renderRules are a rule with every fact, one with few, and one that goes on.
var renderRules = []netstat.Rule{
	{
		Family: netstat.Inet6, Priority: 1<<32 - 1, Invert: true, From: netip.MustParsePrefix("2001:db8::/32"), To: netip.MustParsePrefix("fd00::/8"),
		Input: "eth\x1b0", Output: "vrf", InputDetached: true, OutputDetached: true, Mark: 7, MarkMask: 255, DSCP: 10, DSCPMask: 63, FlowLabel: 5, FlowLabelMask: 15,
		IPProto: 6, SourcePort: netstat.PortRange{First: 1, Last: 1023}, DestinationPort: netstat.PortRange{First: 80, Last: 80, Mask: 0xff},
		FirstUID: 0, LastUID: 1000, TunnelID: 1 << 63, Action: netstat.RuleTable, Table: 100, TableName: "vpn", VRF: "blue", SuppressGroup: 3,
		SourceRealm: 1, Realm: 2, Protocol: 186, Permanent: true, Known: 1<<4 - 1,
	},
	{Family: netstat.Inet, Action: netstat.RuleTable, Table: 255, TableName: "local"},
	{Family: netstat.Inet, Priority: 5, L3MDev: true, TOS: 16, Action: netstat.RuleGoto, Goto: 9, Unresolved: true},
}

// renderLookups are an answer with every fact, and one about packets that are refused.
var renderLookups = []netstat.RouteAnswer{
	{
		Lookup: netstat.RouteLookup{
			Destination: netip.MustParseAddr("2001:db8::1"), From: netip.MustParseAddr("fd00::1"), Input: "eth\x1b0", Output: "eth1", Mark: 7, TOS: 16, IPProto: 6,
			SourcePort: 1, DestinationPort: 443, HasUID: true,
		},
		Type: netstat.RouteUnicast, Rule: &renderRules[0], Table: 100, TableName: "vpn", VRF: "blue", Gateway: netip.MustParseAddr("fe80::1"), Index: 3, Interface: "eth1",
		Route:  &netstat.Route{Family: netstat.Inet6, Destination: netip.MustParsePrefix("2001:db8::/32"), Detail: &netstat.RouteDetail{Type: netstat.RouteUnicast, Table: 100}},
		Source: netip.MustParseAddr("fd00::1"), MTU: 1280, Neighbor: &renderNeighbors[0],
	},
	{Lookup: netstat.RouteLookup{Destination: netip.MustParseAddr("10.0.0.1")}, Refusal: syscall.ENETUNREACH},
}

// renderRecords yields the records of a view of a host, at most limit per
// table; 0 means no limit.
func renderRecords(src *snapshot.Source, v fact.View, limit int) iter.Seq2[fact.Record, error] {
	ctx := context.Background()
	return func(yield func(fact.Record, error) bool) {
		switch v {
		case fact.Sockets:
			owners, _ := src.Owners(ctx, netstat.OwnerQuery{All: true})
			facts := netstat.FactTimer | netstat.FactUID | netstat.FactInode
			for _, t := range []netstat.Table{
				netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.Raw4Table, netstat.SCTP4Table, netstat.UnixTable, netstat.IPXTable,
				netstat.AX25Table, netstat.X25Table, netstat.NetROMTable, netstat.ROSETable, netstat.AppleTalkTable, netstat.L2CAPTable,
			} {
				renderEach(src.Sockets(ctx, t, netstat.Need{Facts: facts}), limit, yield, func(s netstat.Socket) fact.Record {
					row := &fact.Row{Socket: s, Facts: facts, Owners: []fact.Owner{}, Unknown: owners.Unknown(&s)}
					for _, pid := range owners.All(nil, s.Inode) {
						p, _ := src.Process(pid, 0)
						row.Owners = append(row.Owners, fact.Owner{Process: p, UserName: "user" + p.User})
					}
					if name, ok := src.Names().User(s.UID); ok && s.Absent&netstat.FactUID == 0 {
						row.UserName = name
					}
					return fact.Record{Row: row}
				})
			}
		case fact.Routes:
			for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
				renderEach(src.Routes(ctx, netstat.RouteQuery{Family: f}), limit, yield, func(r netstat.Route) fact.Record { return fact.Record{Route: &r} })
			}
			for _, f := range []netstat.Family{netstat.AX25, netstat.NetROM, netstat.ROSE, netstat.X25, netstat.IPX, netstat.AppleTalk} {
				renderEach(src.RareRoutes(ctx, f, nil), limit, yield, func(r netstat.RareRoute) fact.Record { return fact.Record{RareRoute: r} })
			}
		case fact.Interfaces:
			renderEach(src.Interfaces(ctx, netstat.InterfaceQuery{Details: true}), limit, yield, func(i netstat.Interface) fact.Record { return fact.Record{Interface: &i} })
		case fact.Groups:
			for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
				renderEach(src.Groups(ctx, netstat.GroupQuery{Family: f}), limit, yield, func(m netstat.Membership) fact.Record { return fact.Record{Membership: &m} })
			}
		case fact.Statistics:
			for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
				renderEach(src.Counters(ctx, f), limit, yield, func(c netstat.Counter) fact.Record { return fact.Record{Counter: &c, Family: f} })
			}
		case fact.Findings:
			for i := range renderFindings {
				yield(fact.Record{Finding: &renderFindings[i], Netns: renderFindings[i].Subject.Netns}, nil)
			}
		case fact.Conntrack:
			for i := range renderTracked {
				yield(fact.Record{Tracked: &renderTracked[i]}, nil)
			}
		case fact.Neighbors:
			for i := range renderNeighbors {
				yield(fact.Record{Neighbor: &renderNeighbors[i]}, nil)
			}
		case fact.Rules:
			for i := range renderRules {
				yield(fact.Record{Rule: &renderRules[i]}, nil)
			}
		case fact.Lookups:
			for i := range renderLookups {
				yield(fact.Record{Lookup: &renderLookups[i]}, nil)
			}
		case fact.NAT:
			renderEach(src.NATSessions(ctx), limit, yield, func(s netstat.NATSession) fact.Record { return fact.Record{NATSession: &s} })
		}
	}
}

func renderEach[T any](rows iter.Seq2[T, error], limit int, yield func(fact.Record, error) bool, record func(T) fact.Record) {
	n := 0
	for row, err := range rows {
		if err != nil {
			yield(fact.Record{}, err)
			continue
		}
		if n++; limit > 0 && n > limit {
			return
		}
		yield(record(row), nil)
	}
}

func renderHosts(t testing.TB) map[string]*snapshot.Source {
	t.Helper()
	files, err := filepath.Glob("../cmd/netstat/testdata/hosts/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d hosts, %v", len(files), err)
	}
	hosts := map[string]*snapshot.Source{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		src, err := snapshot.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		hosts[strings.TrimSuffix(filepath.Base(file), ".json")] = src
	}
	return hosts
}

var renderTime = time.Date(2026, 5, 6, 7, 8, 9, 0, time.FixedZone("", 7200))

func renderHead(v fact.View) Head {
	return Head{View: v, Program: "netstat test", Host: schema.Host{Name: "h", System: "linux"}}
}

// renderFormat parses a value of --format.
func renderFormat(value string) Format {
	f, err := ParseFormat(value)
	if err != nil {
		panic(err)
	}
	return f
}

// renderTemplate returns the format of a template.
func renderTemplate(text string) Format {
	f := renderFormat("template=x")
	f.argument = text
	return f
}

// renderFormats returns all formats, with the table for the classic text and
// "x" as the template.
func renderFormats() (list []Format) {
	for i := range formats[1:] {
		f := Format{index: uint8(i + 1)}
		if f.Totals() {
			continue // shows no records: metrics_test.go
		}
		if formats[f.index].argument != "" {
			f.argument = "x"
		}
		list = append(list, f)
	}
	return list
}

// renderAll renders records in a format.
func renderAll(t testing.TB, f Format, v fact.View, o Options, columns []fact.Fact, records iter.Seq2[fact.Record, error]) string {
	t.Helper()
	var out bytes.Buffer
	r, err := New(f, &out, renderHead(v), columns, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Begin(renderTime); err != nil {
		t.Fatal(err)
	}
	for rec, err := range records {
		if err != nil {
			r.Problem(err)
			continue
		}
		if err := r.Record(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func renderOf(records ...fact.Record) iter.Seq2[fact.Record, error] {
	return func(yield func(fact.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// renderTemplates holds examples for each view.
var renderTemplates = map[fact.View]string{
	fact.Sockets:    `{{.proto}} {{.local_address}}:{{.local_port}}{{.local_name}} {{.state}}{{range .owners}} {{.pid}}/{{.name}}{{end}}{{with .owner_unknown}} ({{.}}){{end}}`,
	fact.Routes:     `{{.family}} {{.destination}}/{{.prefix_length}} {{join "," .flags}} {{.interface}}`,
	fact.Interfaces: `{{.name}} {{.mtu}}{{range .addresses}} {{.address}}/{{.prefix_length}}{{end}}`,
	fact.Groups:     `{{.interface}}\t{{.group}}\t{{.users}}`,
	fact.Statistics: `{{if .name}}{{.group}}.{{.name}}={{.value}}{{end}}`,
	fact.Findings:   `{{.severity}} {{.rule}} {{.local}}{{range .evidence}} {{.}}{{end}}`,
	fact.Conntrack:  `{{.proto}} {{.source_address}} {{.state}} {{join "," .status}}`,
	fact.Rules:      `{{.priority}} {{.selector}}{{with .goto}} {{.}}{{end}} {{.table}}`,
	fact.Lookups:    `{{.destination}} {{.type}} {{.refusal}} {{.rule}} {{.mtu}}`,
	fact.Neighbors:  `{{.address}} {{.mac}} {{.state}} {{.used}}`,
	fact.NAT:        `{{.proto}} {{.original_source_address}} {{.timeout}}`,
}

func TestGolden(t *testing.T) {
	for host, src := range renderHosts(t) {
		for _, f := range renderFormats() {
			var got strings.Builder
			for _, v := range renderViews {
				fmt.Fprintf(&got, "-- %v --\n", v)
				if f == renderTemplate(f.argument) {
					f = renderTemplate(renderTemplates[v])
				}
				columns := renderColumns(v)
				if !f.Columns() {
					columns = nil // and so whole records
				}
				got.WriteString(renderAll(t, f, v, Options{}, columns, renderRecords(src, v, 3)))
			}
			// These tables have no times, which would be in the
			// zone of the test machine.
			name := filepath.Join("testdata", host+"."+f.String())
			text := strings.ReplaceAll(got.String(), "\r\n", "^M\n")
			if *renderUpdate {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("%s: got\n%s", name, text)
			}
		}
	}
}

func renderSchema(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../docs/netstat.schema.json" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func renderValidate(t *testing.T, s *jsonschema.Schema, text string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err := s.Validate(v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestJSONValidates checks that every view of every host matches the schema and
// that NDJSON has the same records.
func TestJSONValidates(t *testing.T) {
	document, line := renderSchema(t, ""), renderSchema(t, "#/$defs/line")
	for host, src := range renderHosts(t) {
		for _, v := range renderViews {
			records := renderRecords(src, v, 0)
			text := renderAll(t, renderFormat("json"), v, Options{}, nil, records)
			renderValidate(t, document, text)
			var doc map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &doc); err != nil {
				t.Fatal(err)
			}
			var list, problems []json.RawMessage
			if err := json.Unmarshal(doc[v.String()], &list); err != nil {
				t.Fatal(err)
			}
			if doc["errors"] != nil {
				if err := json.Unmarshal(doc["errors"], &problems); err != nil {
					t.Fatal(err)
				}
			}
			lines := strings.Split(strings.TrimSuffix(renderAll(t, renderFormat("ndjson"), v, Options{}, nil, records), "\n"), "\n")
			for _, l := range lines {
				renderValidate(t, line, l)
			}
			if want := fmt.Sprintf(`{"record":"end","records":%d,"errors":%d}`, len(list), len(problems)); lines[len(lines)-1] != want {
				t.Errorf("%s %v: %s, want %s", host, v, lines[len(lines)-1], want)
			}
			i := 0
			for _, l := range lines[1 : len(lines)-1] {
				got := renderObject(t, []byte(l))
				if got["record"] == "error" {
					continue
				}
				delete(got, "record")
				if want := renderObject(t, list[i]); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s %v: %v, want %v", host, v, got, want)
				}
				i++
			}
			if i != len(list) {
				t.Errorf("%s %v: %d lines for %d records", host, v, i, len(list))
			}
		}
	}
}

func renderObject(t *testing.T, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// TestModel checks that the model survives writing and reading NDJSON.
func TestModel(t *testing.T) {
	src := renderHosts(t)["linux-server"]
	var want []netstat.Socket
	for rec := range renderRecords(src, fact.Sockets, 0) {
		if rec.Row != nil {
			want = append(want, rec.Row.Socket)
		}
	}
	facts := netstat.FactTimer | netstat.FactUID | netstat.FactInode
	var got []netstat.Socket
	for line := range strings.Lines(renderAll(t, renderFormat("ndjson"), fact.Sockets, Options{}, nil, renderRecords(src, fact.Sockets, 0))) {
		if !strings.HasPrefix(line, `{"record":"socket"`) {
			continue
		}
		r := schema.NewReader([]byte(line))
		s, _, looked := r.Socket(facts, nil)
		if r.Err() != nil || !looked {
			t.Fatalf("%v: %s", r.Err(), line)
		}
		got = append(got, s)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the model read back differs")
	}
}

// renderRow returns a socket with everything that can be joined to it.
func renderRow() *fact.Row {
	return &fact.Row{
		Socket: netstat.Socket{
			Table: netstat.TCP4Table, State: netstat.Established, Cgroup: 7,
			Local: netstat.Addr{IP: netip.MustParseAddr("127.0.0.1"), Port: 22}, Remote: netstat.Addr{IP: netip.MustParseAddr("127.0.0.1"), Port: 4000},
		},
		Facts: netstat.FactCgroup | netstat.FactUID, UserName: "ro\xffot", Cgroup: "/a\x1b", Unknown: netstat.OwnerDenied, Owners: []fact.Owner{}, Interface: "eth0",
		Peer: &fact.Peer{
			PeerEnd: fact.PeerEnd{Inode: 5, Netns: 9, State: netstat.Listen, Waiting: true, Translated: true},
			Netns:   "blue", Owners: []fact.Owner{{Process: netstat.Process{PID: 3, Argv0: "x"}, UserName: "me"}},
		},
	}
}

func TestJoined(t *testing.T) {
	rec := fact.Record{Row: renderRow(), Netns: "red", Change: fact.ChangeChanged, Changed: []string{"state", "recvq"}}
	got := renderAll(t, renderFormat("ndjson"), fact.Sockets, Options{}, nil, renderOf(rec))
	want := `{"record":"report","schema":"netstat","version":1,"content":"sockets","program":"netstat test","time":"2026-05-06T07:08:09+02:00","host":{"name":"h","system":"linux"}}
{"record":"socket","family":"inet","proto":"tcp","state":"ESTABLISHED","local_address":"127.0.0.1","local_port":22,"remote_address":"127.0.0.1","remote_port":4000,` +
		`"recv_queue":0,"send_queue":0,"uid":0,"cgroup_id":7,"user_name":"ro\ufffdot","user_name_bytes":"cm//b3Q=","cgroup":"/a\u001b","interface":"eth0","owners":[],"owner_unknown":"permission",` +
		`"peer":{"inode":5,"state":"LISTEN","netns_inode":9,"netns":"blue","waiting":true,"translated":true,"owners":[{"pid":3,"name":"x","argv0":"x","user_name":"me"}]},` +
		`"netns":"red","change":"changed","changed":["state","recvq"]}
{"record":"end","records":1,"errors":0}
`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	line := renderSchema(t, "#/$defs/line")
	for l := range strings.Lines(got) {
		renderValidate(t, line, l)
	}
	// The names of fields that only this package writes are in the schema
	// too.
	for _, other := range []fact.Record{
		{Route: &netstat.Route{Family: netstat.Inet}}, {RareRoute: &netstat.AX25Route{}}, {Interface: &netstat.Interface{}},
		{Membership: &netstat.Membership{Group: netip.MustParseAddr("224.0.0.1")}}, {Counter: &netstat.Counter{Group: "Ip6"}, Family: netstat.Inet6},
		{NATSession: &netstat.NATSession{Family: netstat.Inet}},
	} {
		other.Netns, other.Change = "n", fact.ChangeClosed
		for l := range strings.Lines(renderAll(t, renderFormat("ndjson"), fact.Routes, Options{}, nil, renderOf(other))) {
			renderValidate(t, line, l)
			if strings.Contains(l, `"record":"route"`) && !strings.HasSuffix(l, `,"netns":"n","change":"closed"}`+"\n") {
				t.Error(l)
			}
		}
	}
}

// renderGroups returns grouped records with values of every kind.
func renderGroups() (*Grouping, []fact.Record) {
	column := func(name string, kind fact.ValueKind) fact.Fact {
		return fact.Fact{Name: name, Title: strings.ToUpper(name), Kind: kind}
	}
	g := &Grouping{
		Keys: []fact.Fact{
			column("state", fact.ValueText), column("remote", fact.ValueAddress), column("rtt", fact.ValueDuration),
			column("started", fact.ValueTime), column("elevated", fact.ValueFlag), column("delta", fact.ValueSigned),
		},
		Totals: []fact.Fact{column("recvq", fact.ValueBytes), column("rate", fact.ValueRate)},
	}
	minus := int64(-5)
	return g, []fact.Record{
		{Group: &fact.Group{
			Keys: []fact.Value{
				renderText("LISTEN"), {Kind: fact.ValueAddress, Text: "/", Address: netip.MustParseAddr("10.0.0.0"), Number: 8},
				renderNumber(fact.ValueDuration, uint64(1500*time.Microsecond)), renderNumber(fact.ValueTime, uint64(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC).UnixNano())),
				renderNumber(fact.ValueFlag, 1), renderNumber(fact.ValueSigned, uint64(minus)),
			},
			Count: 3, Totals: []fact.Value{renderNumber(fact.ValueBytes, math.MaxUint64), renderNumber(fact.ValueRate, 7)},
		}},
		{Group: &fact.Group{Keys: make([]fact.Value, 6), Count: 1, Totals: []fact.Value{{}}}},
	}
}

func TestGroups(t *testing.T) {
	g, records := renderGroups()
	o := Options{Grouping: g}
	text := renderAll(t, renderFormat("json"), fact.Sockets, o, nil, renderOf(records...))
	renderValidate(t, renderSchema(t, ""), text)
	want := `{"schema":"netstat","version":1,"content":"sockets","program":"netstat test","time":"2026-05-06T07:08:09+02:00","host":{"name":"h","system":"linux"},` +
		`"group_by":["state","remote","rtt","started","elevated","delta"],"sockets":[
{"state":"LISTEN","remote":"10.0.0.0/8","rtt":0.0015,"started":"2026-01-02T03:04:05.000000006Z","elevated":true,"delta":-5,"count":3,"recvq":18446744073709551615,"rate":7},
{"count":1}]}
`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	text = renderAll(t, renderFormat("csv"), fact.Sockets, o, nil, renderOf(records...))
	want = "state,remote,rtt,started,elevated,delta,count,recvq,rate\r\n" +
		"LISTEN,10.0.0.0/8,0.0015,2026-01-02T03:04:05.000000006Z,true,-5,3,18446744073709551615,7\r\n,,,,,,1,,\r\n"
	if text != want {
		t.Errorf("got  %q\nwant %q", text, want)
	}
	text = renderAll(t, renderFormat("table"), fact.Sockets, Options{Grouping: &Grouping{Keys: g.Keys[:3], Totals: g.Totals[:1]}}, nil, renderOf(
		fact.Record{Group: &fact.Group{Keys: records[0].Group.Keys[:3], Count: 3, Totals: records[0].Group.Totals[:1]}},
		fact.Record{Group: &fact.Group{Keys: make([]fact.Value, 3), Count: 12345678}},
	))
	want = `STATE   REMOTE        RTT     COUNT                 RECVQ
LISTEN  10.0.0.0/8  1.5ms         3  18446744073709551615
-       -               -  12345678                     -
`
	if text != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
	text = renderAll(t, renderTemplate(`{{.state}}={{.count}} {{.recvq}}`), fact.Sockets, o, nil, renderOf(records...))
	if want := "LISTEN=3 18446744073709551615\n=1 \n"; text != want {
		t.Errorf("got  %q\nwant %q", text, want)
	}
	if _, err := New(renderTemplate("{{.local_port}}"), io.Discard, renderHead(fact.Sockets), nil, o); err == nil {
		t.Error("a field of a socket is accepted as one of a group")
	}
}

// TestCSVReadBack checks that encoding/csv reads back what was written, for any
// text.
func TestCSVReadBack(t *testing.T) {
	texts := []string{
		"plain", "", "a,b", `say "hi"`, "@/tmp/.X11", "=1+2", "+1", "-1", "'quoted", " lead", "trail ", "naïve 名字", "line\nbreak", "tab\tq", "\r", "\t=x",
		"\x1b[31m", "\xff", `""`, ",", "'", "0x10",
	}
	columns := []fact.Fact{
		{Name: "text", Kind: fact.ValueText, Value: func(r *fact.Record) fact.Value { return renderText(r.Row.UserName) }},
		{Name: "number", Kind: fact.ValueNumber, Value: func(r *fact.Record) fact.Value {
			return renderNumber(fact.ValueNumber, r.Row.Socket.Inode)
		}},
	}
	for _, only := range []bool{false, true} {
		used := columns
		if only {
			used = columns[:1]
		}
		var records []fact.Record
		for i, s := range texts {
			records = append(records, fact.Record{Row: &fact.Row{UserName: s, Socket: netstat.Socket{Inode: uint64(i) << 50}}})
		}
		text := renderAll(t, renderFormat("csv"), fact.Sockets, Options{}, used, renderOf(records...))
		if strings.Count(text, "\r\n") != len(texts)+1 || strings.Count(text, "\n") != len(texts)+1 {
			t.Errorf("lines: %q", text)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != len(texts)+1 || rows[0][0] != "text" {
			t.Fatalf("%v: %d rows", err, len(rows))
		}
		for i, s := range texts {
			cell := rows[i+1][0]
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%q is a formula", cell)
			}
			cell = strings.TrimPrefix(cell, "'")
			want := strings.Map(func(r rune) rune {
				if r < ' ' || r == 0xfffd {
					return '.'
				}
				return r
			}, s)
			if cell != want || !only && rows[i+1][1] != strconv.FormatUint(uint64(i)<<50, 10) {
				t.Errorf("%q: %q", s, rows[i+1])
			}
		}
	}
	for host, src := range renderHosts(t) {
		for _, v := range renderViews {
			columns := renderColumns(v)
			rows, err := csv.NewReader(strings.NewReader(renderAll(t, renderFormat("csv"), v, Options{}, columns, renderRecords(src, v, 0)))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			i := 0
			for rec, err := range renderRecords(src, v, 0) {
				if err != nil {
					continue
				}
				i++
				for k := range columns {
					value := columns[k].Value(&rec)
					if want := string(ascii.AppendSafe(nil, string(value.Append(nil)))); strings.TrimPrefix(rows[i][k], "'") != want {
						t.Errorf("%s %v: %q, want %q", host, v, rows[i][k], want)
					}
				}
			}
			if i != len(rows)-1 {
				t.Errorf("%s %v: %d rows for %d records", host, v, len(rows)-1, i)
			}
		}
	}
}

// renderNamed returns records with a name and a number.
func renderNamed(names ...string) []fact.Record {
	var records []fact.Record
	for i, name := range names {
		records = append(records, fact.Record{Row: &fact.Row{UserName: name, Socket: netstat.Socket{Inode: uint64(i*i*i) * 100, State: netstat.Listen}}})
	}
	return records
}

func renderNameColumns() []fact.Fact {
	return []fact.Fact{
		{Name: "name", Title: "NAME", Kind: fact.ValueText, Cut: true, Value: func(r *fact.Record) fact.Value { return renderText(r.Row.UserName) }},
		{Name: "inode", Title: "INODE", Kind: fact.ValueNumber, Value: func(r *fact.Record) fact.Value {
			return renderNumber(fact.ValueNumber, r.Row.Socket.Inode)
		}},
		{Name: "state", Title: "STATE", Kind: fact.ValueText, Value: func(r *fact.Record) fact.Value { return renderText(r.Row.Socket.State.String()) }},
	}
}

func TestTable(t *testing.T) {
	records := renderNamed("a", "名字", "e\u0301\x1b[31m", "", "a name that is much longer")
	for _, c := range []struct {
		name    string
		options Options
		want    string
	}{
		{"plain", Options{}, `
NAME                        INODE  STATE
a                               0  LISTEN
名字                          100  LISTEN
e` + "\u0301" + `.[31m                        800  LISTEN
                             2700  LISTEN
a name that is much longer   6400  LISTEN
`},
		{"wide enough", Options{Width: 42}, `
NAME                        INODE  STATE
a                               0  LISTEN
名字                          100  LISTEN
e` + "\u0301" + `.[31m                        800  LISTEN
                             2700  LISTEN
a name that is much longer   6400  LISTEN
`},
		{"narrow", Options{Width: 29}, `
NAME            INODE  STATE
a                   0  LISTEN
名字              100  LISTEN
e` + "\u0301" + `.[31m            800  LISTEN
                 2700  LISTEN
a name that i…   6400  LISTEN
`},
		{"too narrow to be of use", Options{Width: 26}, `
NAME                        INODE  STATE
a                               0  LISTEN
名字                          100  LISTEN
e` + "\u0301" + `.[31m                        800  LISTEN
                             2700  LISTEN
a name that is much longer   6400  LISTEN
`},
		{"without a spare column", Options{Width: 26, Spare: []string{"inode", "name"}, Whole: "default"}, `
NAME                STATE
a                   LISTEN
名字                LISTEN
e` + "\u0301" + `.[31m              LISTEN
                    LISTEN
a name that is mu…  LISTEN
left out to fit 26 columns:
inode
(--columns=default shows all)
`},
		{"colours", Options{Color: true, Width: 29}, `
` + bold + `NAME            INODE  STATE` + plain + `
a                   0  ` + cyan + `LISTEN` + plain + `
名字              100  ` + cyan + `LISTEN` + plain + `
e` + "\u0301" + `.[31m            800  ` + cyan + `LISTEN` + plain + `
                 2700  ` + cyan + `LISTEN` + plain + `
a name that i…   6400  ` + cyan + `LISTEN` + plain + `
`},
	} {
		got := renderAll(t, renderFormat("table"), fact.Sockets, c.options, renderNameColumns(), renderOf(records...))
		if got != c.want[1:] {
			t.Errorf("%s: got\n%swant%s", c.name, got, c.want)
		}
	}
	if got := renderAll(t, renderFormat("table"), fact.Sockets, Options{}, renderNameColumns(), renderOf()); got != "NAME  INODE  STATE\n" {
		t.Errorf("%q", got)
	}
	if got := renderAll(t, renderFormat("table"), fact.Sockets, Options{}, nil, renderOf(records...)); got != "" {
		t.Errorf("%q", got)
	}
}

// TestTableStreams checks that records after those that determine the widths
// are written as they come, and cut only if the terminal is too narrow.
func TestTableStreams(t *testing.T) {
	const long = "a name that is longer than those before"
	records := func(yield func(fact.Record, error) bool) {
		for range tableRows {
			if !yield(renderNamed("short")[0], nil) {
				return
			}
		}
		yield(renderNamed(long)[0], nil)
		yield(renderNamed("x")[0], nil)
	}
	text := renderAll(t, renderFormat("table"), fact.Sockets, Options{}, renderNameColumns(), records)
	if !strings.HasSuffix(text, "\nshort      0  LISTEN\n"+long+"      0  LISTEN\nx          0  LISTEN\n") {
		t.Errorf("%q", text[len(text)-150:])
	}
	text = renderAll(t, renderFormat("table"), fact.Sockets, Options{Width: 30}, renderNameColumns(), records)
	if !strings.HasSuffix(text, "\nshort      0  LISTEN\na na…      0  LISTEN\nx          0  LISTEN\n") {
		t.Errorf("%q", text[len(text)-150:])
	}
	var out bytes.Buffer
	r, err := New(renderFormat("table"), &out, renderHead(fact.Sockets), renderNameColumns(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // each report has its own widths
		if err := r.Begin(renderTime); err != nil {
			t.Fatal(err)
		}
		rec := renderNamed("name of " + strconv.Itoa(out.Len()))[0]
		if err := r.Record(&rec); err != nil {
			t.Fatal(err)
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "NAME       INODE  STATE\nname of 0      0  LISTEN\nNAME        INODE  STATE\nname of 49      0  LISTEN\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTableUncut checks that rows written as they come look like buffered ones,
// with and without colours.
func TestTableUncut(t *testing.T) {
	names := []string{"a", "名字", "e\u0301\x1b[31m", "", "name", "a longer name of a row"}
	columns := renderNameColumns()
	columns = append(columns, columns[1]) // a number as the last column
	for _, color := range []bool{false, true} {
		lines := func(early int) []string {
			records := func(yield func(fact.Record, error) bool) {
				for range early {
					for _, r := range renderNamed(names...) {
						if !yield(r, nil) {
							return
						}
					}
				}
			}
			text := renderAll(t, renderFormat("table"), fact.Sockets, Options{Color: color}, columns, records)
			return strings.SplitAfter(text, "\n")[1:]
		}
		kept := lines(1)[:len(names)]
		all := lines(2 * tableRows / len(names))
		for i := range all[:len(all)-1] {
			if want := kept[i%len(names)]; all[i] != want {
				t.Fatalf("colours %t, row %d: %q, want %q", color, i, all[i], want)
			}
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "1ns", 999: "999ns", 1500: "1.5us", -1501: "-1.501us", 34 * time.Microsecond: "34us", 1500 * time.Microsecond: "1.5ms",
		34200 * time.Millisecond: "34.2s", 7384 * time.Second: "2h3m4s", -time.Second: "-1s",
		24*time.Hour - 1: "23h59m59s", 24 * time.Hour: "1d0h", 293*time.Hour + time.Minute: "12d5h", -25 * time.Hour: "-1d1h",
	} {
		if got := string(fact.Value{Kind: fact.ValueDuration, Number: uint64(d)}.AppendPretty(nil)); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}

func TestTemplate(t *testing.T) {
	row := renderRow()
	row.Socket.TCP = &netstat.TCPInfo{RTT: 1500 * time.Nanosecond}
	row.Socket.TCP.Known.Add(netstat.TCPRTT)
	row.Facts |= netstat.FactTCPInfo
	row.Owners = []fact.Owner{{Process: netstat.Process{PID: 4, Argv0: "/bin/a\x1b"}}, {Process: netstat.Process{PID: 5, Args: []string{"b", "-c"}}}}
	for text, want := range map[string]string{
		`{{.local_address}}:{{.local_port}}`:          "127.0.0.1:22\n",
		`{{.proto}}\t{{.state}}\\n`:                   "tcp\tESTABLISHED\\n\n",
		`{{"a\tb"}}`:                                  "a\tb\n",
		`{{range .owners}}{{.pid}}={{.name}} {{end}}`: "4=a. 5= \n",
		`{{join "," "pid" .owners}}`:                  "4,5\n",
		`{{range .owners}}{{join " " .args}};{{end}}`: ";b -c;\n",
		`{{.tcp_info.rtt}} {{.memory.drops}}.`:        "0.0000015 .\n",
		`{{.retransmits}}{{with .timer}}x{{end}}`:     "",
		`{{if gt .local_port 1000}}high{{end}}`:       "",
		`{{if lt .local_port 1000}}low{{end}}`:        "low\n",
		`{{if eq .state "LISTEN"}}{{.proto}}{{end}}`:  "",
		`{{default "-" .timer}} {{default 1 .uid}}`:   "- 0\n",
		`{{if gt .timer_expires 1}}x{{end}}{{eq .timer 1}} {{ne .timer "none"}} {{lt .memory.drops 1.5}}`:                                                        "false true false\n",
		`{{lt .tcp_info.rtt 1}} {{gt .local_port 21.5}} {{ge .local_port 22}} {{le -1 .uid}} {{eq .state "LISTEN" "ESTABLISHED"}} {{gt -1 -2}} {{eq true true}}`: "true true true true true true true\n",
		`{{json .peer.owners}}`:                                    `[{"argv0":"x","name":"x","pid":3,"user_name":"me"}]` + "\n",
		`{{$o := index .owners 0}}{{$o.pid}}`:                      "4\n",
		`{{define "x"}}<{{.}}>{{end}}{{template "x" .local_port}}`: "<22>\n",
		`{{printf "%-5s|%5d" .proto .local_port}}`:                 "tcp  |   22\n",
		`{{.user_name}}`:                                           "ro\ufffdot\n",
		`{{/* nothing */}}`:                                        "",
		`plain`:                                                    "plain\n",
		`{{(index .owners 1).pid}}`:                                "5\n",
		`{{with .nothing}}{{else}}{{end}}`:                         "!",
		`{{(index .owners 9).pid}}.{{(index .groups 0).name}}.{{index . "proto"}}.{{index . "peer" "owners" 0 "pid"}}.{{index .owners -1}}`: "..tcp.3.\n",
		`{{len .owners}} {{len .groups}} {{len .proto}} {{gt (len .tcp_info) 0}}`:                                                           "2 0 3 true\n",
		`{{printf "%5s|%-3d|%v" .timer .groups .timer}}|{{print .timer .proto}}|{{println .timer .proto .local_port}}`:                      "     |   ||tcp| tcp 22\n\n",
	} {
		var out bytes.Buffer
		r, err := New(renderTemplate(text), &out, renderHead(fact.Sockets), nil, Options{})
		if err != nil {
			if want != "!" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		rec := fact.Record{Row: row}
		if err := errors.Join(r.Begin(renderTime), r.Record(&rec), r.End()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if out.String() != want {
			t.Errorf("%s: %q, want %q", text, out.String(), want)
		}
	}
}

func TestTemplateMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{{.local_prot}}`:                    `template: unknown field 'local_prot': did you mean local_port?`,
		`{{range .owners}}{{.nxme}}{{end}}`:  `template: unknown field 'nxme': did you mean name?`,
		`{{$.qqqqqqqq}}`:                     `template: unknown field 'qqqqqqqq'`,
		`{{.proto`:                           `template:1: unclosed action`,
		`{{end}}`:                            `template:1: unexpected {{end}}`,
		"a\n{{nope 1}}":                      `template:2: function "nope" not defined`,
		`{{template "x"}}`:                   `template: undefined template "x"`,
		`{{gt .proto 1}}`:                    `template:1:2: at <gt .proto 1>: error calling gt: values of different types cannot be compared`,
		`{{.proto.state}}`:                   `template:1:8: at <.proto.state>: can't evaluate field state in type interface {}`,
		`{{join 1}}`:                         `template:1:7: at <1>: expected string; found 1`,
		`{{join "," .proto}}`:                `template:1:2: at <join "," .proto>: error calling join: join needs a list`,
		`{{index .proto 0}}`:                 `template:1:2: at <index .proto 0>: error calling index: index needs a list or an object`,
		`{{index .owners "pid"}}`:            `template:1:2: at <index .owners "pid">: error calling index: index needs a number for a list`,
		`{{index . 1}}`:                      `template:1:2: at <index . 1>: error calling index: index needs a field name for an object`,
		`{{len .local_port}}`:                `template:1:2: at <len .local_port>: error calling len: len needs a list, an object or a string`,
		`{{slice .proto 9}}`:                 `template:1:2: at <slice .proto 9>: error calling slice: index out of range: 9`,
		`{{range 100000000}}for ever{{end}}`: `template: a record is longer than 16 MiB`,
		`{{$x := "x"}}{{range 60}}{{$x = print $x $x}}{{end}}`:  `template: a record is longer than 16 MiB`,
		`{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`: `template:1:25: at <{{template "x"}}>: exceeded maximum template depth (100000)`,
	} {
		var out bytes.Buffer
		r, err := New(renderTemplate(text), &out, renderHead(fact.Sockets), nil, Options{})
		if err == nil {
			row := renderRow()
			row.Facts |= netstat.FactTimer
			row.Socket.Absent = netstat.FactTimer
			rec := fact.Record{Row: row}
			err = r.Record(&rec)
			if again := r.End(); again == nil {
				t.Errorf("%s: it continues after %v", text, err)
			}
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

// TestEveryColumn checks that every column of every view is written for every
// host, and that all owners are listed.
func TestEveryColumn(t *testing.T) {
	for _, src := range renderHosts(t) {
		for _, v := range renderViews {
			for _, f := range renderFormats() {
				if !f.Columns() {
					continue
				}
				text := renderAll(t, f, v, Options{}, fact.Of(v), renderRecords(src, v, 0))
				if f == renderFormat("csv") {
					if _, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil {
						t.Errorf("%v: %v", v, err)
					}
				}
			}
		}
	}
	columns, err := fact.Find(fact.Sockets, "local,pid,process,users")
	if err != nil {
		columns, err = fact.Find(fact.Sockets, "local,pid,process")
	}
	if err != nil {
		t.Fatal(err)
	}
	row := renderRow()
	row.Owners = []fact.Owner{{Process: netstat.Process{PID: 4, Argv0: "/bin/a\x1b"}}, {Process: netstat.Process{PID: 5, Argv0: "b"}}}
	text := renderAll(t, renderFormat("csv"), fact.Sockets, Options{}, columns[:2], renderOf(fact.Record{Row: row}))
	if want := "local,pid\r\n127.0.0.1:22,4;5\r\n"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
	text = renderAll(t, renderFormat("table"), fact.Sockets, Options{}, columns[:3], renderOf(fact.Record{Row: row}))
	if !strings.Contains(text, "127.0.0.1:22  4,5  ") || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}

// TestFieldNames checks that a template may name every field of records, at any
// depth, and nothing else in a document.
func TestFieldNames(t *testing.T) {
	names := map[string]bool{}
	addFieldNames(names)
	for _, name := range []string{"local_port", "user_name_bytes", "bbr_bw", "fill_ring_empty", "prefix_length", "original_icmp_type", "netns_inode"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"sockets", "program", "version_", "captured"} {
		if names[name] {
			t.Errorf("%s is not a field of records", name)
		}
	}
	if len(names) < 400 {
		t.Errorf("%d names", len(names))
	}
}

type renderBroken struct{ err error }

func (w renderBroken) Write([]byte) (int, error) { return 0, w.err }

// TestWriteFails checks that a write error is returned and nothing is written
// after it.
func TestWriteFails(t *testing.T) {
	full := errors.New("no space left")
	for _, f := range renderFormats() {
		r, err := New(f, renderBroken{full}, renderHead(fact.Sockets), renderNameColumns(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Begin(renderTime)
		rec := renderNamed("a")[0]
		failed := false
		for range 30000 {
			failed = failed || errors.Is(r.Record(&rec), full)
		}
		if !failed || !errors.Is(r.End(), full) {
			t.Errorf("%v: no error", f)
		}
	}
}

func TestProblems(t *testing.T) {
	problem := &netstat.OpError{Op: "read", Table: netstat.UnixTable, Err: os.ErrPermission}
	records := func(yield func(fact.Record, error) bool) {
		yield(fact.Record{}, problem)
		yield(fact.Record{}, problem)
	}
	text := renderAll(t, renderFormat("json"), fact.Sockets, Options{}, nil, records)
	renderValidate(t, renderSchema(t, ""), text)
	object := `{"text":"read unix: permission denied","kind":"operation","operation":"read","family":"unix","proto":"unix","causes":[{"text":"permission denied","is":["permission"]}]}`
	if object = strings.Replace(object, `read unix: permission denied`, problem.Error(), 1); !strings.HasSuffix(text, ",\"sockets\":[],\"errors\":[\n"+object+",\n"+object+"]}\n") {
		t.Error(text)
	}
	// The next report begins without problems.
	var out bytes.Buffer
	r, err := New(renderFormat("json"), &out, renderHead(fact.NAT), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		_ = r.Begin(renderTime)
		if i == 0 {
			r.Problem(problem)
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	if d := json.NewDecoder(&out); strings.Count(out.String(), `"errors"`) != 1 || d.Decode(new(any)) != nil || d.Decode(new(any)) != nil {
		t.Error(out.String())
	}
}

// renderMany returns a row that is typical of a busy host.
func renderMany() fact.Record {
	return fact.Record{Row: &fact.Row{
		Facts: netstat.FactUID | netstat.FactInode | netstat.FactTimer,
		Socket: netstat.Socket{
			Table: netstat.TCP4Table, State: netstat.Established,
			Local:  netstat.Addr{IP: netip.MustParseAddr("192.168.100.17"), Port: 41234},
			Remote: netstat.Addr{IP: netip.MustParseAddr("10.20.30.40"), Port: 443},
			UID:    1000, Inode: 1234567, Cookie: 99,
		},
	}}
}

func TestAllocations(t *testing.T) {
	full := fact.Record{Row: renderRow(), Netns: "x", Change: fact.ChangeChanged}
	plainRow := renderMany()
	for _, f := range renderFormats() {
		if f == renderTemplate(f.argument) {
			continue // text/template allocates
		}
		r, err := New(f, io.Discard, renderHead(fact.Sockets), renderColumns(fact.Sockets), Options{Width: 60, Color: true})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Begin(renderTime)
		for range 2 * tableRows {
			_ = r.Record(&full)
		}
		if allocs := testing.AllocsPerRun(1000, func() { _ = r.Record(&full); _ = r.Record(&plainRow) }); allocs > 0 {
			t.Errorf("%v: %v allocations", f, allocs)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range renderTemplates {
		f.Add(text)
	}
	f.Add(`{{range $i, $o := .owners}}{{$i}}{{json $o}}{{end}}{{join "," "pid" .owners | printf "%q"}}\n\\{{`)
	f.Add(`{{define "x"}}{{.}}{{end}}{{template "x" .peer}}{{with $x := .tcp_info}}{{$x.rtt}}{{else with .memory}}{{end}}`)
	f.Add(`{{slice .proto 1 2}}{{len .owners}}{{index . "proto"}}{{call .proto}}{{html .cgroup}}{{(index .owners 0).pid}}{{break}}`)
	f.Fuzz(func(t *testing.T, text string) {
		// Skip templates that run forever; that is their author's
		// concern.
		if strings.Count(text, "range") > 1 || strings.Count(text, "template") > 1 || strings.Count(text, "block") > 0 || renderLongNumber(text) {
			return
		}
		var out bytes.Buffer
		r, err := New(renderTemplate(text), &out, renderHead(fact.Sockets), nil, Options{})
		check := func(err error) {
			if err != nil && (err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x1b")) {
				t.Fatalf("%q: %q", text, err)
			}
		}
		check(err)
		if err != nil {
			return
		}
		rec := fact.Record{Row: renderRow()}
		check(r.Record(&rec))
		check(r.End())
	})
}

// renderLongNumber reports whether a text has a number that is above 99, or may
// be.
func renderLongNumber(text string) bool {
	digits := 0
	for _, c := range text {
		if c >= '0' && c <= '9' || c == 'x' || c == 'e' && digits > 0 || c == '_' && digits > 0 || c == '\'' {
			digits++
		} else {
			digits = 0
		}
		if digits > 2 || digits > 0 && c == '\'' {
			return true
		}
	}
	return strings.Contains(text, "_port") || strings.Contains(text, "*")
}

// BenchmarkRows measures the cost of a row, like that of dialect/nettools.
func BenchmarkRows(b *testing.B) {
	for _, f := range renderFormats() {
		if f == renderTemplate(f.argument) {
			f = renderTemplate(`{{.local_address}}:{{.local_port}}`)
		}
		b.Run(f.String(), func(b *testing.B) {
			columns := renderColumns(fact.Sockets)
			if !f.Columns() {
				columns = nil // and so whole records
			}
			r, err := New(f, io.Discard, renderHead(fact.Sockets), columns, Options{})
			if err != nil {
				b.Fatal(err)
			}
			rec := renderMany()
			_ = r.Begin(renderTime)
			b.ReportAllocs()
			for b.Loop() {
				_ = r.Record(&rec)
			}
		})
	}
}

// TestDocumentedTemplates checks the examples of docs/formats.md.
func TestDocumentedTemplates(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Templates")
	src, n := renderHosts(t)["linux-server"], 0
	for line := range strings.Lines(section) {
		text, ok := strings.CutPrefix(line, "    {{")
		if !ok {
			continue
		}
		n++
		renderAll(t, renderTemplate("{{"+strings.TrimSuffix(text, "\n")), fact.Sockets, Options{}, nil, renderRecords(src, fact.Sockets, 0))
	}
	if n != 8 {
		t.Errorf("%d examples", n)
	}
}
