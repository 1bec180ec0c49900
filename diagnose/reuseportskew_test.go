package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// skewHost is a host with a listener for each of the queues, all of one group.
func skewHost(queues ...uint64) *host {
	h := &host{sockets: make(map[netstat.Table][]netstat.Socket)}
	for i, n := range queues {
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], netstat.Socket{
			State: netstat.Listen, Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: 80}, UID: 5, RecvQ: n, Cookie: uint64(100 + i), Inode: uint64(200 + i),
		})
	}
	return h
}

func TestReuseportSkew(t *testing.T) {
	for _, c := range []struct {
		queues      []uint64
		most, limit uint64
	}{
		{[]uint64{16, 0}, 16, 16},
		{[]uint64{15, 0}, 0, 0},
		{[]uint64{1, 16}, 16, 16},
		{[]uint64{2, 19}, 0, 0},
		{[]uint64{2, 20, 5}, 20, 20},
		{[]uint64{100}, 0, 0},
		{[]uint64{100, 100}, 0, 0},
		{[]uint64{0, 0}, 0, 0},
	} {
		fact := "recvq"
		if c.most == 0 {
			fact = ""
		}
		h := skewHost(c.queues...)
		wantFinding(t, look(t, "reuseport-skew", h), netstat.Warning, fact, c.most, c.limit)
		wantFinding(t, look(t, "reuseport-skew", h, h), netstat.Warning, fact, c.most, c.limit)
		wantFinding(t, look(t, "reuseport-skew", skewHost(make([]uint64, len(c.queues))...), h), netstat.Warning, "", 0, 0)
	}
	// The longest queue is another listener's at the second moment.
	wantFinding(t, look(t, "reuseport-skew", skewHost(20, 0), skewHost(0, 20)), netstat.Warning, "", 0, 0)
}

// Listeners that differ in address, port, interface or user are no group.
func TestReuseportSkewGroups(t *testing.T) {
	for name, change := range map[string]func(*netstat.Socket){
		"address":   func(s *netstat.Socket) { s.Local.IP = netip.MustParseAddr("192.0.2.1") },
		"port":      func(s *netstat.Socket) { s.Local.Port++ },
		"interface": func(s *netstat.Socket) { s.Local.Scope = 2 },
		"user":      func(s *netstat.Socket) { s.UID++ },
	} {
		h := skewHost(20, 0)
		change(&h.sockets[netstat.TCP4Table][1])
		if r := look(t, "reuseport-skew", h); len(r.Findings) > 0 {
			t.Errorf("another %s: %+v", name, r.Findings)
		}
	}
}
