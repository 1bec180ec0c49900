package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// versionsHost is a host with these addresses and listeners. A listener on [::] with
// "only" refuses IPv4, one with "unknown" does not tell.
func versionsHost(addresses []string, listeners ...string) *host {
	h := &host{sockets: make(map[netstat.Table][]netstat.Socket)}
	i := netstat.Interface{Name: "eth0"}
	for _, a := range addresses {
		i.Addrs = append(i.Addrs, netstat.InterfaceAddr{Prefix: netip.MustParsePrefix(a)})
	}
	h.interfaces = []netstat.Interface{i}
	for _, l := range listeners {
		s := netstat.Socket{State: netstat.Listen}
		for _, suffix := range []string{" only", " unknown"} {
			if len(l) > len(suffix) && l[len(l)-len(suffix):] == suffix {
				l = l[:len(l)-len(suffix)]
				if suffix == " only" {
					s.Flags |= netstat.V6Only
				} else {
					s.Absent |= netstat.FactV6Only
				}
			}
		}
		end := netip.MustParseAddrPort(l)
		s.Local = netstat.Addr{IP: end.Addr(), Port: end.Port()}
		table := netstat.TCP6Table
		if end.Addr().Is4() {
			table = netstat.TCP4Table
		}
		h.sockets[table] = append(h.sockets[table], s)
	}
	return h
}

func TestV6Only(t *testing.T) {
	both := []string{"127.0.0.1/8", "::1/128", "fe80::1/64", "192.0.2.1/24", "2001:db8::1/64"}
	for _, c := range []struct {
		name      string
		addresses []string
		listeners []string
		ports     uint64
	}{
		{"both versions by one", both, []string{"[::]:80"}, 0},
		{"both versions by two", both, []string{"[::]:80 only", "0.0.0.0:80"}, 0},
		{"IPv6 only", both, []string{"[::]:80 only"}, 1},
		{"IPv6 only, IPv4 at an address", both, []string{"[::]:80 only", "192.0.2.1:80"}, 0},
		{"IPv4 only", both, []string{"0.0.0.0:80", "0.0.0.0:81"}, 2},
		{"IPv4 only, IPv6 at an address", both, []string{"0.0.0.0:80", "[2001:db8::1]:80"}, 0},
		{"at addresses", both, []string{"127.0.0.1:80", "[::1]:81"}, 0},
		{"no IPv6 here", []string{"192.0.2.1/24", "::1/128", "fe80::1/64"}, []string{"0.0.0.0:80"}, 0},
		{"no IPv4 here", []string{"127.0.0.1/8", "2001:db8::1/64"}, []string{"[::]:80 only"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "v6-only", versionsHost(c.addresses, c.listeners...))
			if c.ports == 0 {
				wantUnlooked(t, r, 0)
				return
			}
			f := r.Findings
			if len(f) != 1 || f[0].Severity != netstat.Info || f[0].Evidence[0] != (netstat.Evidence{Fact: "count", Value: netstat.NumberOf(c.ports)}) {
				t.Errorf("findings %+v", f)
			}
		})
	}
	wantUnlooked(t, look(t, "v6-only", versionsHost(both, "[::]:80 unknown")), 1)

	// Many ports are one finding, which names the first.
	var many []string
	for port := 80; port < 88; port++ {
		many = append(many, netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port)).String())
	}
	r := look(t, "v6-only", versionsHost(both, many...))
	if len(r.Findings) != 1 || r.Findings[0].Text != "IPv6 clients cannot connect to ports 80, 81, 82, 83, 84 and 3 others: the only listener is on 0.0.0.0" {
		t.Errorf("findings %+v", r.Findings)
	}
}
