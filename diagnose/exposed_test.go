package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

func exposedHost(table netstat.Table, local string) *host {
	end := netip.MustParseAddrPort(local)
	s := netstat.Socket{State: netstat.Listen, Local: netstat.Addr{IP: end.Addr(), Port: end.Port()}, Inode: 70}
	if table.Protocol == netstat.UDP {
		s.State = netstat.Closed
	}
	h := &host{sockets: map[netstat.Table][]netstat.Socket{table: {s}}, processes: map[uint32]netstat.Process{7: {PID: 7, Argv0: "redis-server"}}}
	h.owners.Add(70, 7)
	return h
}

// firewall adds the measure of the hooks that may drop packets.
func (h *host) firewall(hooks uint64) *host {
	h.measures = append(h.measures, netstat.Measure{Group: netstat.MeasureFirewall, Name: "input", Value: hooks})
	return h
}

func TestExposed(t *testing.T) {
	for _, c := range []struct {
		table netstat.Table
		local string
		want  string // exposure; "" for silence
	}{
		{netstat.TCP4Table, "0.0.0.0:6379", "wildcard"},
		{netstat.TCP6Table, "[::]:6379", "wildcard"},
		{netstat.TCP4Table, "203.0.113.5:6379", "public"},
		{netstat.TCP6Table, "[2001:db8::1]:27017", "public"},
		{netstat.TCP6Table, "[::ffff:203.0.113.5]:5432", "public"},
		{netstat.UDP4Table, "0.0.0.0:11211", "wildcard"},
		{netstat.TCP4Table, "127.0.0.1:6379", ""},
		{netstat.TCP6Table, "[::1]:6379", ""},
		{netstat.TCP6Table, "[::ffff:127.0.0.1]:6379", ""},
		{netstat.TCP4Table, "10.1.2.3:6379", ""},
		{netstat.TCP4Table, "192.168.1.1:6379", ""},
		{netstat.TCP4Table, "100.64.0.1:6379", ""},
		{netstat.TCP4Table, "100.127.255.255:6379", ""},
		{netstat.TCP4Table, "100.128.0.0:6379", "public"},
		{netstat.TCP4Table, "169.254.0.1:6379", ""},
		{netstat.TCP6Table, "[fe80::1]:6379", ""},
		{netstat.TCP6Table, "[fd00::1]:6379", ""},
		{netstat.TCP4Table, "0.0.0.0:80", ""},
		{netstat.TCP4Table, "0.0.0.0:6380", ""},
		{netstat.UDP4Table, "0.0.0.0:6379", ""},
	} {
		t.Run(c.local, func(t *testing.T) {
			r := look(t, "exposed", exposedHost(c.table, c.local))
			if c.want == "" {
				wantFinding(t, r, 0, "", 0, 0)
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Info || r.Findings[0].Evidence[0].Value != netstat.TextOf(c.want) || r.Findings[0].Subject.PID != 7 {
				t.Errorf("findings %+v", r.Findings)
			}
		})
	}
}

// Only a firewall that is known to be absent makes a warning.
func TestExposedFirewall(t *testing.T) {
	for hooks, want := range []netstat.Severity{netstat.Warning, netstat.Info, netstat.Info} {
		r := look(t, "exposed", exposedHost(netstat.TCP4Table, "0.0.0.0:6379").firewall(uint64(hooks)))
		if len(r.Findings) != 1 || r.Findings[0].Severity != want {
			t.Errorf("%d hooks: findings %+v", hooks, r.Findings)
		}
	}
}

// Listeners of both families and a connection of the service are one finding.
func TestExposedGroups(t *testing.T) {
	h := exposedHost(netstat.TCP4Table, "0.0.0.0:6379")
	s := h.sockets[netstat.TCP4Table][0]
	s.Local.IP = netip.IPv6Unspecified()
	h.sockets[netstat.TCP6Table] = []netstat.Socket{s}
	s.State = netstat.Established
	h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], s)
	r := look(t, "exposed", h)
	if len(r.Findings) != 1 || r.Findings[0].Evidence[2].Value != netstat.NumberOf(2) {
		t.Errorf("findings %+v", r.Findings)
	}
}

// TestPrivateServices requires services in the order of ports, each once.
func TestPrivateServices(t *testing.T) {
	for i := range privateServices {
		s := &privateServices[i]
		if s.name == "" || privateServiceAt(s.protocol, s.port) != s || i > 0 && s.port < privateServices[i-1].port {
			t.Errorf("service %+v", s)
		}
	}
}
