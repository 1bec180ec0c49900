package filter

import (
	"net/netip"
	"testing"

	"netstat"
	"netstat/fact"
)

// A query gets only what every matching connection has.
func TestTracked(t *testing.T) {
	end := netip.MustParseAddrPort
	port := func(n uint16) netip.AddrPort { return netip.AddrPortFrom(netip.Addr{}, n) }
	type where = netstat.TrackedWhere
	for text, want := range map[string]netstat.TrackedQuery{
		"family = inet":                         {Family: netstat.Inet},
		"family = inet*":                        {},
		"family != inet":                        {},
		"proto = tcp":                           {Where: where{IPProtocol: 6}},
		"proto = TCP and proto = udp":           {Where: where{IPProtocol: 6}},
		"proto = udp*":                          {},
		"proto = 253":                           {Where: where{IPProtocol: 253}},
		"proto = tcp,udp":                       {},
		"ip_protocol = 47":                      {Where: where{IPProtocol: 47}},
		"ip_protocol = 300":                     {},
		"ip_protocol = 6-17":                    {},
		"src = 10.0.0.1":                        {Family: netstat.Inet, Where: where{Original: netstat.TrackedPath{Source: end("10.0.0.1:0")}}},
		"src = 10.0.0.1 and sport = 80":         {Family: netstat.Inet, Where: where{Original: netstat.TrackedPath{Source: end("10.0.0.1:80")}}},
		"sport = 80 and src = 10.0.0.1":         {Family: netstat.Inet, Where: where{Original: netstat.TrackedPath{Source: end("10.0.0.1:80")}}},
		"src = 10.*":                            {},
		"src = 10.0.0.0/8":                      {Family: netstat.Inet},
		"dst = fe80::/10":                       {Family: netstat.Inet6},
		"src = 10.0.0.1 or sport = 80":          {},
		"not src = 10.0.0.1":                    {},
		"source = 10.0.0.1:80":                  {Family: netstat.Inet, Where: where{Original: netstat.TrackedPath{Source: end("10.0.0.1:80")}}},
		"source = 10.0.0.1":                     {Family: netstat.Inet, Where: where{Original: netstat.TrackedPath{Source: end("10.0.0.1:0")}}},
		"source = [::1]:80":                     {}, // a pattern
		"dst = ::1":                             {Family: netstat.Inet6, Where: where{Original: netstat.TrackedPath{Destination: end("[::1]:0")}}},
		"family = inet6 and dst = 10.0.0.1":     {Family: netstat.Inet6},
		"dport = :443":                          {Where: where{Original: netstat.TrackedPath{Destination: port(443)}}},
		"dport >= 443":                          {},
		"reply_source_port = 1":                 {Where: where{Reply: netstat.TrackedPath{Source: port(1)}}},
		"snat_to = 192.0.2.1:7":                 {Family: netstat.Inet, Where: where{Reply: netstat.TrackedPath{Destination: end("192.0.2.1:7")}}},
		"dnat_to = 192.0.2.1":                   {Family: netstat.Inet, Where: where{Reply: netstat.TrackedPath{Source: end("192.0.2.1:0")}}},
		"mark = 0":                              {Where: where{MarkMask: 1<<32 - 1}},
		"mark = 0x10 and zone = 3":              {Where: where{Mark: 16, MarkMask: 1<<32 - 1, Zone: 3}},
		"mark != 0":                             {},
		"mark = 4294967296":                     {},
		"zone = 65536":                          {},
		"status = ASSURED and status = src-nat": {Where: where{Status: netstat.TrackedAssured | netstat.TrackedSourceNAT, StatusMask: netstat.TrackedAssured | netstat.TrackedSourceNAT}},
		"status != dying":                       {Where: where{StatusMask: netstat.TrackedDying}},
		"status = *nat":                         {},
		"status = -":                            {},
		"assured and not unreplied":             {Where: where{Status: netstat.TrackedAssured | netstat.TrackedSeenReply, StatusMask: netstat.TrackedAssured | netstat.TrackedSeenReply}},
		"assured = no and unreplied = yes":      {Where: where{StatusMask: netstat.TrackedAssured | netstat.TrackedSeenReply}},
		"state = established or proto = tcp":    {},
		"src = dst":                             {},
	} {
		expr, err := Parse(text, Env{Facts: fact.Of(fact.Conntrack)})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got netstat.TrackedQuery
		if expr.Tracked(&got); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
	q := netstat.TrackedQuery{Family: netstat.Inet6}
	if (*Expr)(nil).Tracked(&q); q != (netstat.TrackedQuery{Family: netstat.Inet6}) {
		t.Errorf("no expression: %+v", q)
	}
}

// A connection that matches meets the query, whatever the expression.
func FuzzTracked(f *testing.F) {
	for _, s := range []string{"src = 10.0.0.1 and mark = 16 and not unreplied", "proto = tcp dport = :443", "snat_to = 198.51.100.1:61000", "status = assured"} {
		f.Add(s)
	}
	c := netstat.TrackedConnection{
		Family: netstat.Inet, IPProtocol: 6, State: "SYN_SENT", Status: netstat.TrackedAssured, StatusKnown: 1<<16 - 1, Mark: 16, Known: netstat.TrackedMark, Zone: 4,
		Original: netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.1:4000"), Destination: netip.MustParseAddrPort("192.0.2.1:443"), Has: netstat.TrackedPorts},
		Reply:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("192.0.2.1:443"), Destination: netip.MustParseAddrPort("198.51.100.1:61000"), Has: netstat.TrackedPorts},
	}
	facts := fact.Of(fact.Conntrack)
	f.Fuzz(func(t *testing.T, text string) {
		expr, err := Parse(text, Env{Facts: facts})
		if err != nil || !expr.Match(&fact.Record{Tracked: &c}) {
			return
		}
		var q netstat.TrackedQuery
		expr.Tracked(&q)
		w := &q.Where
		meets := func(want, is netip.AddrPort) bool {
			return (!want.Addr().IsValid() || want.Addr() == is.Addr()) && (want.Port() == 0 || want.Port() == is.Port())
		}
		if q.Family != netstat.FamilyNone && q.Family != c.Family || w.IPProtocol != 0 && w.IPProtocol != c.IPProtocol || w.Zone != 0 && w.Zone != c.Zone ||
			c.Mark&w.MarkMask != w.Mark || c.Status&w.StatusMask != w.Status ||
			!meets(w.Original.Source, c.Original.Source) || !meets(w.Original.Destination, c.Original.Destination) ||
			!meets(w.Reply.Source, c.Reply.Source) || !meets(w.Reply.Destination, c.Reply.Destination) {
			t.Errorf("%q matches, but the query is %+v", text, q)
		}
	})
}
