package diagnose

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"netstat"
)

// TestRowAllocations requires of each rule that a healthy connection or listener, seen
// again, costs no memory: a host may have a million.
func TestRowAllocations(t *testing.T) {
	h := &host{processes: map[uint32]netstat.Process{7: {PID: 7, Argv0: "app"}}}
	h.owners.Add(70, 7)
	any6 := netstat.Addr{IP: netip.IPv6Unspecified(), Port: 8080}
	far := netstat.Addr{IP: netip.MustParseAddr("2001:db8::2"), Port: 40000}
	info := &netstat.TCPInfo{}
	sockets := []netstat.Socket{
		{Table: netstat.TCP6Table, State: netstat.Listen, Local: any6, MaxBacklog: 128, Inode: 70, Cookie: 700},
		{Table: netstat.TCP6Table, State: netstat.Established, Local: any6, Remote: far, Inode: 70, Cookie: 701, TCP: info},
		{Table: netstat.TCP6Table, State: netstat.TimeWait, Local: any6, Remote: far},
		{Table: netstat.UDP6Table, State: netstat.Closed, Local: any6, Inode: 70, Cookie: 702},
		{Table: netstat.UnixTable, State: netstat.Listen, MaxBacklog: 128, Inode: 70, Cookie: 703},
	}
	for _, r := range Rules() {
		d := New([]*Rule{r}, Options{})
		m := &Moment{diagnosis: d, src: h, ctx: context.Background(), At: time.Unix(0, 0), owners: &h.owners}
		for i := range sockets {
			s := &sockets[i]
			if n := testing.AllocsPerRun(100, func() { d.checks[0].socket(m, s) }); n > 0 {
				t.Errorf("%s: %v allocations for %v %v", r.Name, n, s.Table, s.State)
			}
		}
	}
}
