package microsoft

import (
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// TestFamilySelection checks what --family uses of a Microsoft command line.
func TestFamilySelection(t *testing.T) {
	for _, c := range []struct {
		line, chosen     string
		listening, bound bool
		facts            netstat.Facts
		owners           bool
	}{
		{line: "-n"},
		{line: "-a", listening: true},
		{line: "-q", listening: true, bound: true},
		{line: "-p tcp", chosen: "tcp"},
		{line: "-p udpv6", chosen: ""},
		{line: "-ap udpv6", chosen: "udp6", listening: true},
		{line: "-o -p udp", facts: netstat.FactInode, owners: true},
		{line: "-t", facts: netstat.FactOffload},
		{line: "-d", facts: netstat.FactTOS},
		{line: "-dy", facts: netstat.FactTemplate},
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(c.line)...), Environment{})
		if exit != nil {
			t.Fatalf("%s: %+v", c.line, exit)
		}
		s, err := cmd.Selection()
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		var names []string
		for _, q := range s.Chosen {
			names = append(names, q.Table.String())
		}
		if got := strings.Join(names, ","); got != c.chosen || s.NoInet || s.NoInet6 || s.Plan.Owners != c.owners {
			t.Errorf("%s: chosen %q, owners %v", c.line, got, s.Plan.Owners)
		}
		keeps := func(row netstat.Socket) bool {
			q := s.Query(row.Table)
			if q.Table != row.Table || q.Need.Report != nil || q.Need.Facts != c.facts {
				t.Errorf("%s: %+v", c.line, q)
			}
			return q.Keep == nil || q.Keep(row)
		}
		any4 := netstat.Addr{IP: netip.IPv4Unspecified()}
		host := netstat.Addr{IP: netip.MustParseAddr("10.0.0.1"), Port: 80}
		for _, row := range []netstat.Socket{
			{Table: netstat.TCP4Table, State: netstat.Listen, Remote: any4}, {Table: netstat.UDP4Table, Remote: any4},
			{Table: netstat.MPTCP4Table, State: netstat.Listen, Remote: any4}, {Table: netstat.VSockTable, State: netstat.Listen},
			{Table: netstat.UnixTable, State: netstat.Listen, Detail: &netstat.UnixDetail{Accepting: true}},
		} {
			if keeps(row) != c.listening {
				t.Errorf("%s: shows %+v: %v", c.line, row, !c.listening)
			}
		}
		for _, row := range []netstat.Socket{
			{Table: netstat.TCP4Table, State: netstat.TimeWait, Remote: host}, {Table: netstat.UDP4Table, Remote: host},
			{Table: netstat.MPTCP4Table, State: netstat.Established, Remote: host}, {Table: netstat.PacketTable, State: netstat.Closed},
			{Table: netstat.VSockTable, State: netstat.Established, Remote: netstat.Addr{Name: "2:1024"}},
			{Table: netstat.UnixTable, State: netstat.Connected, Detail: &netstat.UnixDetail{}},
		} {
			if !keeps(row) {
				t.Errorf("%s: does not show %+v", c.line, row)
			}
		}
		if keeps(netstat.Socket{Table: netstat.TCP4Table, State: netstat.Bound, Remote: any4}) != c.bound {
			t.Errorf("%s: bound sockets: %v", c.line, !c.bound)
		}
	}
}
