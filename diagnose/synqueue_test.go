package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// synHost is a host with a listener and so many half-open connections, which come in as
// either of the two states that the kernel has for them. syncookies above 2 is unknown.
func synHost(halfOpen int, backlog uint32, syncookies, maxSynBacklog uint64) *host {
	h := &host{sockets: make(map[netstat.Table][]netstat.Socket)}
	if syncookies <= 2 {
		h = measured(nil, map[string]uint64{"net.ipv4.tcp_syncookies": syncookies, "net.ipv4.tcp_max_syn_backlog": maxSynBacklog})
		h.sockets = make(map[netstat.Table][]netstat.Socket)
	}
	local := netstat.Addr{IP: netip.MustParseAddr("192.0.2.1"), Port: 80}
	for i := range halfOpen {
		state := netstat.SynReceived
		if i%2 == 1 {
			state = netstat.NewSynRecv
		}
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], netstat.Socket{State: state, Local: local})
	}
	listener := netstat.Socket{State: netstat.Listen, Local: netstat.Addr{IP: netip.IPv6Unspecified(), Port: 80}, MaxBacklog: backlog, Inode: 9}
	h.sockets[netstat.TCP6Table] = []netstat.Socket{listener}
	return h
}

func TestSynQueue(t *testing.T) {
	for _, c := range []struct {
		name                    string
		halfOpen                int
		backlog                 uint32
		cookies, most, wantFull uint64
	}{
		{"none", 0, 8, 1, 256, 0},
		{"nearly", 7, 8, 1, 256, 0},
		{"full", 8, 8, 1, 256, 8},
		{"more", 9, 8, 1, 256, 8},
		{"max_syn_backlog does not count with cookies", 7, 8, 1, 4, 0},
		{"max_syn_backlog without cookies, nearly", 6, 100, 0, 8, 0},
		{"max_syn_backlog without cookies", 7, 100, 0, 8, 7},
		{"backlog unknown", 1000, 0, 1, 256, 0},
		{"settings unknown", 8, 8, 9, 0, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "syn-queue", synHost(c.halfOpen, c.backlog, c.cookies, c.most))
			fact := "count"
			if c.wantFull == 0 {
				fact = ""
			}
			wantFinding(t, r, netstat.Warning, fact, uint64(c.halfOpen), c.wantFull)
			if c.wantFull > 0 && r.Findings[0].Subject.Local.Port != 80 {
				t.Errorf("subject %+v", r.Findings[0].Subject)
			}
		})
	}
}

// Kernels whose tables lack the backlog say so.
func TestSynQueueUnknown(t *testing.T) {
	wantUnlooked(t, look(t, "syn-queue", synHost(1000, 0, 1, 256)), 1)
}

// Two listeners of a port have room for twice as many.
func TestSynQueueTwoListeners(t *testing.T) {
	h := synHost(15, 8, 1, 256)
	h.sockets[netstat.TCP6Table] = append(h.sockets[netstat.TCP6Table], h.sockets[netstat.TCP6Table][0])
	wantFinding(t, look(t, "syn-queue", h), 0, "", 0, 0)
}

func TestSynQueueCounters(t *testing.T) {
	at := func(halfOpen int, cookies uint64, name string, n uint64) *host {
		h := synHost(halfOpen, 8, cookies, 256)
		h.counters = map[string]uint64{name: n}
		return h
	}
	for i, name := range synCookies {
		wantFinding(t, look(t, "syn-queue", at(0, 1, name, 5), at(3, 1, name, 7)), netstat.Warning, name, 2, 0)
		wantFinding(t, look(t, "syn-queue", at(0, 1, name, 5), at(3, 1, name, 5)), 0, "", 0, 0)
		wantFinding(t, look(t, "syn-queue", at(0, 1, name, 5), at(3, 1, name, 0)), 0, "", 0, 0)
		r := look(t, "syn-queue", at(0, 1, name, 5), at(8, 1, name, 7))
		wantFinding(t, r, netstat.Warning, "count", 8, 8)
		if e := r.Findings[0].Evidence; len(e) != 2 || e[1].Fact != name {
			t.Errorf("evidence %+v", e)
		}
		// Cookies for every SYN are what tcp_syncookies=2 asks for.
		fact := ""
		if i == 2 {
			fact = name
		}
		wantFinding(t, look(t, "syn-queue", at(0, 2, name, 5), at(3, 2, name, 7)), netstat.Warning, fact, 2, 0)
	}
	// The listener is gone.
	alone := &host{counters: map[string]uint64{synCookies[0]: 1}}
	r := look(t, "syn-queue", &host{counters: map[string]uint64{synCookies[0]: 0}}, alone)
	wantFinding(t, r, netstat.Warning, synCookies[0], 1, 0)
	if r.Findings[0].Subject.Kind != netstat.OfHost {
		t.Errorf("subject %+v", r.Findings[0].Subject)
	}
}
