package nettools

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"netstat"
)

// TestFamilySelection checks what --family uses of a classic command line: the
// tables that it names, and which sockets of any table it shows.
func TestFamilySelection(t *testing.T) {
	select1 := func(line string) (chosen string, query func(netstat.Table) func(netstat.Socket) bool, no [2]bool) {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(line)...), Environment{})
		if exit != nil {
			t.Fatalf("%s: %+v", line, exit)
		}
		s, err := cmd.Selection()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var names []string
		for _, q := range s.Chosen {
			names = append(names, q.Table.String())
		}
		return strings.Join(names, ","), func(table netstat.Table) func(netstat.Socket) bool {
			q := s.Query(table)
			if q.Table != table || q.Need.Report != nil {
				t.Errorf("%s: %v: %+v", line, table, q)
			}
			if q.Keep == nil {
				return func(netstat.Socket) bool { return true }
			}
			return q.Keep
		}, [2]bool{s.NoInet, s.NoInet6}
	}
	for _, c := range []struct {
		line, chosen string
		no           [2]bool
	}{
		{"-n", "", [2]bool{}},
		{"-t", "tcp,tcp6", [2]bool{}},
		{"-4", "", [2]bool{false, true}},
		{"-6", "", [2]bool{true, false}},
		{"-46", "", [2]bool{}},
		{"-4t", "tcp", [2]bool{false, true}},
		{"-tux", "tcp,tcp6,udp,udp6,unix", [2]bool{}},
		{"-4x", "unix", [2]bool{false, true}},
		{"--ax25", "ax25", [2]bool{}},
		{"-2", "l2cap", [2]bool{}},
	} {
		if chosen, _, no := select1(c.line); chosen != c.chosen || no != c.no {
			t.Errorf("%s: %q %v, want %q %v", c.line, chosen, no, c.chosen, c.no)
		}
	}

	at := func(text string) netstat.Addr {
		if !strings.Contains(text, "]") && strings.Count(text, ".") != 3 {
			return netstat.Addr{Name: text}
		}
		a := netip.MustParseAddrPort(text)
		return netstat.Addr{IP: a.Addr(), Port: a.Port()}
	}
	sockets := []struct {
		table     netstat.Table
		state     netstat.State
		remote    string
		connected bool
	}{
		{netstat.TCP4Table, netstat.Listen, "0.0.0.0:0", false},
		{netstat.TCP4Table, netstat.TimeWait, "10.0.0.1:80", true},
		{netstat.MPTCP6Table, netstat.Listen, "[::]:0", false},
		{netstat.MPTCP4Table, netstat.Established, "10.0.0.1:80", true},
		{netstat.DCCP4Table, netstat.Listen, "0.0.0.0:0", false},
		{netstat.ICMP4Table, netstat.Closed, "0.0.0.0:0", false},
		{netstat.ICMP6Table, netstat.Established, "[::1]:0", true},
		{netstat.SMCTable, netstat.Listen, "0.0.0.0:0", false},
		{netstat.SMCTable, netstat.Established, "10.0.0.1:80", true},
		{netstat.VSockTable, netstat.Listen, "", false},
		{netstat.VSockTable, netstat.Established, "2:1024", true},
		{netstat.TIPCTable, netstat.Closed, "", false},
		{netstat.TIPCTable, netstat.Established, "0:77", true},
	}
	always := []netstat.Table{netstat.PacketTable, netstat.NetlinkTable, netstat.XDPTable, netstat.CANTable, netstat.KeyTable, netstat.AX25Table}
	for _, c := range []struct {
		line                 string
		connected, listening bool
	}{{"-n", true, false}, {"-l", false, true}, {"-a", true, true}, {"-la", true, true}} {
		_, query, _ := select1(c.line)
		for _, s := range sockets {
			row := netstat.Socket{Table: s.table, State: s.state, Remote: at(s.remote)}
			if got, want := query(s.table)(row), s.connected && c.connected || !s.connected && c.listening; got != want {
				t.Errorf("%s: %v %v to %q is shown: %v", c.line, s.table, s.state, s.remote, got)
			}
		}
		for _, table := range always {
			if !query(table)(netstat.Socket{Table: table, State: netstat.Closed}) {
				t.Errorf("%s: %v is not shown", c.line, table)
			}
		}
	}
	// The facts are those of the options, for every table.
	cmd, _ := Parse([]string{"netstat", "-eop"}, Environment{})
	s, err := cmd.Selection()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range slices.Concat(always, []netstat.Table{netstat.VSockTable}) {
		if facts := s.Query(table).Need.Facts; facts&netstat.FactInode == 0 || facts&netstat.FactUID == 0 || facts&netstat.FactTimer == 0 {
			t.Errorf("%v: facts %b", table, facts)
		}
	}
}
