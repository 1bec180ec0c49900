package filter

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

// Records of other views than sockets are compared by their own facts.
func TestOtherViews(t *testing.T) {
	counter := fact.Record{Family: netstat.Inet, Counter: &netstat.Counter{Group: "TcpExt", Name: "ListenDrops", Value: 2000}}
	route := fact.Record{Route: &netstat.Route{
		Family: netstat.Inet, Destination: netip.MustParsePrefix("10.0.0.0/8"), Gateway: netip.MustParseAddr("10.1.1.1"),
		Interface: "state",
	}}
	tracked := fact.Record{Tracked: &netstat.TrackedConnection{
		Family: netstat.Inet, IPProtocol: 6, State: "SYN_SENT", StatusKnown: 1<<16 - 1, Mark: 16, Known: netstat.TrackedMark,
		Original: netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.1:4000"), Destination: netip.MustParseAddrPort("192.0.2.1:443"), Has: netstat.TrackedPorts},
		Reply:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("192.0.2.1:443"), Destination: netip.MustParseAddrPort("198.51.100.1:61000"), Has: netstat.TrackedPorts},
	}}
	finding := fact.Record{Finding: &netstat.Finding{
		Rule: "accept-queue", Severity: netstat.Critical,
		Subject: netstat.Subject{
			Kind: netstat.OfSocket, Table: netstat.TCP6Table, State: netstat.Listen,
			Local: netstat.Addr{IP: netip.MustParseAddr("::1"), Port: 80}, PID: 7, Process: "api",
		},
		Evidence: []netstat.Evidence{
			{Fact: "recvq", Value: netstat.NumberOf(3)}, {Fact: "TcpExt.ListenDrops", Grown: true, Value: netstat.NumberOf(1)},
		},
	}}
	rated := fact.Record{Counter: &netstat.Counter{Group: "Ip", Name: "InReceives"}, Rates: &fact.Rates{
		Counter: fact.Value{Kind: fact.ValueMilli, Number: 2500}, Increase: fact.Value{Kind: fact.ValueNumber, Number: 5}, Back: fact.BackWrapped,
	}}
	drops := fact.Record{Counter: &netstat.Counter{Group: "TcpExt", Name: "ListenDrops", Value: 8}}
	host := fact.Record{Interface: &netstat.Interface{Name: "lo", Addrs: []netstat.InterfaceAddr{
		{Prefix: netip.MustParsePrefix("127.0.0.1/8")}, {Prefix: netip.MustParsePrefix("fd09::1/64")},
	}}}
	summed := fact.Record{Summary: &netstat.Summary{Protocol: "tcp", Name: "memory", Max: netstat.Amount{N: 4096, Known: true}}}
	for _, c := range []struct {
		view   fact.View
		record *fact.Record
		text   string
		want   bool
	}{
		{fact.Interfaces, &host, "addresses = 127.0.0.1", true},
		{fact.Interfaces, &host, "addresses = 127.0.0.1/8", true},
		{fact.Interfaces, &host, "addresses = 127.0.0.1/16", false},
		{fact.Interfaces, &host, "addresses = 127.0.0.2/8", false},
		{fact.Interfaces, &host, "addresses = 127.0.0.2", false},
		{fact.Interfaces, &host, "addresses = fd09::1", true},
		{fact.Interfaces, &host, "addresses = fd09::*", true},
		{fact.Interfaces, &host, "addresses = fd09::/16", true},
		{fact.Interfaces, &host, "addresses = fd0a::/16", false},
		{fact.Interfaces, &host, "addresses != 127.0.0.1", false},
		{fact.Routes, &route, "destination = 10.0.0.0", false},
		{fact.Statistics, &counter, "name = Listen*", true},
		{fact.Statistics, &counter, "name = tcp*", false},
		{fact.Statistics, &counter, "value >= 2k and not group = Tcp", true},
		{fact.Statistics, &counter, "value < 2000", false},
		{fact.Statistics, &counter, "family = ipv4", false}, // a word for sockets
		{fact.Statistics, &counter, "family = inet", true},
		{fact.Statistics, &rated, "per_second > 0", true},
		{fact.Statistics, &rated, "per_second = 2.5", true},
		{fact.Statistics, &rated, "per_second >= 2.6", false},
		{fact.Statistics, &rated, "per_second < 1k and increase = 5", true},
		{fact.Statistics, &counter, "per_second >= 0", false}, // absent
		{fact.Statistics, &rated, "back = wrapped", true},
		{fact.Statistics, &drops, "name = *Drop* and value > 0", true},
		{fact.Statistics, &drops, "name != *Drop*", false},
		{fact.Statistics, &drops, "group = TcpExt,Ip", true},
		{fact.Summaries, &summed, "name = mem* and max > 1k", true},
		{fact.Summaries, &summed, "pressure >= 0", false}, // absent
		{fact.Routes, &route, "destination = 10.0.0.0/8", true},
		{fact.Routes, &route, "gateway = 10.1.*", true},
		{fact.Routes, &route, "gateway = destination", false},
		{fact.Routes, &route, "interface = state", true},
		{fact.Routes, &route, "metric > 1", false}, // absent
		{fact.Conntrack, &tracked, "dport = :443", true},
		{fact.Conntrack, &tracked, "dport = 443 and sport >= :4000 and not sport = :4001-4005", true},
		{fact.Conntrack, &tracked, "src = 10.0.0.0/8 dst = 192.0.2.*", true},
		{fact.Conntrack, &tracked, "src = 10.1.0.0/16", false},
		{fact.Conntrack, &tracked, "source = 10.0.0.1:4000 snat_to = 198.51.100.1:61000", true},
		{fact.Conntrack, &tracked, "dnat_to = 192.*", false},
		{fact.Conntrack, &tracked, "proto = TCP state = syn-sent snat and not dnat", true},
		{fact.Conntrack, &tracked, "mark = 0x10 and zone = 0 unreplied", true},
		{fact.Conntrack, &tracked, "original_bytes >= 0", false}, // not counted
		{fact.Routes, &route, "gateway = 10.1.0.0/16", true},
		{fact.Findings, &finding, "severity = CRITICAL", true},
		{fact.Findings, &finding, "severity = warning,info", false},
		{fact.Findings, &finding, "rule = accept_queue or pid = 1", true},
		{fact.Findings, &finding, "state = listen proto = tcp6 local = '[::1]:80' process = a*", true},
		{fact.Findings, &finding, "evidence = TcpExt.*", true},
		{fact.Findings, &finding, "pid > 7", false},
	} {
		env := Env{Facts: fact.Of(c.view)}
		expr, err := Parse(c.text, env)
		if err != nil {
			t.Errorf("%v: %s: %v", c.view, c.text, err)
			continue
		}
		if expr.Match(c.record) != c.want {
			t.Errorf("%v: %s: not %v", c.view, c.text, c.want)
		}
		if again, err := Parse(expr.String(), env); err != nil || again.String() != expr.String() {
			t.Errorf("%v: %s: written as %q: %v", c.view, c.text, expr, err)
		}
	}
	for text, want := range map[string]string{
		"state listening":   "unknown field",
		"exclude time-wait": "unknown field",
		"sport = 80":        "unknown field",
		"80":                "unknown field",
		"nam = x":           "did you mean name?",
		"name > 3":          "cannot be ordered",
	} {
		_, err := Parse(text, Env{Facts: fact.Of(fact.Statistics)})
		if e := new(Error); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
