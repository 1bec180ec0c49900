package diagnose

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"netstat"
)

// healthySocket is a connection of a server at work.
func healthySocket() netstat.Socket {
	info, memory := new(netstat.TCPInfo), new(netstat.Memory)
	for f, value := range map[netstat.TCPField]uint64{
		netstat.TCPTotalRetrans: 0, netstat.TCPDataSegsOut: 1000, netstat.TCPBytesReceived: 50_000, netstat.TCPBytesAcked: 1 << 20,
		netstat.TCPSndWnd: 65536, netstat.TCPNotSent: 0, netstat.TCPBusyTime: uint64(time.Second), netstat.TCPLastAckRecv: 0,
	} {
		info.Set(f, value)
	}
	memory.Set(netstat.MemoryRcvBuf, 131072)
	memory.Set(netstat.MemoryDrops, 0)
	return netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established, Cookie: 5, Inode: 6, RecvQ: 100, TCP: info, Memory: memory,
		Local:  netstat.Addr{IP: netip.MustParseAddr("192.0.2.1"), Port: 443},
		Remote: netstat.Addr{IP: netip.MustParseAddr("192.0.2.2"), Port: 40000},
	}
}

// TestAllocations requires that no rule allocates memory for a healthy socket.
func TestAllocations(t *testing.T) {
	s := healthySocket()
	owners := new(netstat.Owners)
	owners.Add(6, 7)
	for _, r := range Rules() {
		m := &Moment{
			diagnosis: New(nil, Options{}), owners: owners,
			measures: map[string]uint64{"ports.first": 32768, "ports.last": 60999, "ports.excluded": 0},
		}
		c := r.new()
		c.socket(m, &s) // what a moment or a process needs once
		if n := testing.AllocsPerRun(100, func() { c.socket(m, &s) }); n > 0 {
			t.Errorf("%s: %v allocations", r.Name, n)
		}
	}
}

// BenchmarkSocket measures what all rules together take for a healthy socket.
func BenchmarkSocket(b *testing.B) {
	s := healthySocket()
	owners := new(netstat.Owners)
	owners.Add(6, 7)
	m := &Moment{
		diagnosis: New(nil, Options{}), owners: owners,
		measures: map[string]uint64{"ports.first": 32768, "ports.last": 60999, "ports.excluded": 0},
	}
	var checks []check
	for _, r := range Rules() {
		checks = append(checks, r.new())
	}
	for b.Loop() {
		for _, c := range checks {
			c.socket(m, &s)
		}
	}
}

// Without a cookie a socket is known again by its inode and ends.
func TestIdentity(t *testing.T) {
	s := healthySocket()
	if identity(&s) != 5 {
		t.Errorf("identity %d, want the cookie", identity(&s))
	}
	s.Cookie = 0
	same, port, inode := s, s, s
	port.Remote.Port++
	inode.Inode++
	same.RecvQ, same.State = 0, netstat.CloseWait
	if identity(&s) != identity(&same) || identity(&s) == identity(&port) || identity(&s) == identity(&inode) {
		t.Errorf("identities %x %x %x %x", identity(&s), identity(&same), identity(&port), identity(&inode))
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 0, "0.0"}, {1, 1000, "0.1"}, {29, 1000, "2.9"}, {999, 1000, "99.9"}, {1, 1, "100.0"}, {1 << 63, 1 << 63, "100.0"},
	} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("percent(%d, %d) = %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

// busyHost has 10,000 healthy connections.
func busyHost() *host {
	h := hostOf()
	for i := range 10_000 {
		s := healthySocket()
		s.Cookie, s.Inode = uint64(1+i), uint64(1+i)
		h.owners.Add(s.Inode, 7)
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], s)
	}
	return h
}

// TestAllocationsOfRows requires that a look allocates nothing for each row.
func TestAllocationsOfRows(t *testing.T) {
	h, d := busyHost(), New(Rules(), Options{})
	if n := testing.AllocsPerRun(3, func() { d.Look(context.Background(), h, time.Unix(0, 0)) }); n > 1000 {
		t.Errorf("%v allocations for 10,000 sockets", n)
	}
}

// BenchmarkLook measures a whole look at a busy host.
func BenchmarkLook(b *testing.B) {
	h, d := busyHost(), New(Rules(), Options{})
	for b.Loop() {
		d.Look(context.Background(), h, time.Unix(0, 0))
	}
}
