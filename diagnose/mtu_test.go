package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// A host that does not forward seldom meets a packet too large for its own link: no test
// with a namespace makes one.
func TestTooLarge(t *testing.T) {
	count := func(forwarding, fails4, fails6, tooBig uint64) *host {
		return &host{counters: map[string]uint64{
			"Ip.Forwarding": forwarding, "Ip.FragFails": fails4, "Ip6.FragFails": fails6, "Ip6.InTooBigErrors": tooBig, "TcpExt.TCPMTUPFail": 9,
		}}
	}
	before := count(2, 5, 6, 7)
	for _, c := range []struct {
		name string
		now  *host
		want []string
	}{
		{"none", count(2, 5, 6, 7), nil},
		{"went back", count(2, 0, 0, 0), nil},
		{"own packet", count(2, 6, 6, 7), []string{"warning +Ip.FragFails 1 of 0"}},
		{"own packets", count(2, 6, 8, 7), []string{"warning +Ip.FragFails 1 of 0, +Ip6.FragFails 2 of 0"}},
		{"forwarded", count(1, 6, 6, 7), []string{"info +Ip.FragFails 1 of 0"}},
		{"forwarded IPv6", count(2, 5, 7, 8), []string{"info +Ip6.FragFails 1 of 0"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "mtu", before, c.now), c.want...) })
	}
	t.Run("one moment", func(t *testing.T) { wantFindings(t, look(t, "mtu", before)) })
	t.Run("absent", func(t *testing.T) { wantCannotLook(t, look(t, "mtu", &host{}, &host{})) })
}

func TestLostProbes(t *testing.T) {
	probing := func(fails, mode uint64) *host {
		return &host{
			counters: map[string]uint64{"TcpExt.TCPMTUPFail": fails},
			measures: []netstat.Measure{{Group: netstat.MeasureSysctl, Name: "net.ipv4.tcp_mtu_probing", Value: mode}},
		}
	}
	for _, c := range []struct {
		name        string
		before, now *host
		want        []string
	}{
		{"none", probing(5, 1), probing(5, 1), nil},
		{"black hole", probing(5, 1), probing(6, 1), []string{"warning +TcpExt.TCPMTUPFail 1 of 0, sysctl.net.ipv4.tcp_mtu_probing 1"}},
		{"always probing", probing(5, 2), probing(6, 2), []string{"info +TcpExt.TCPMTUPFail 1 of 0, sysctl.net.ipv4.tcp_mtu_probing 2"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "mtu", c.before, c.now), c.want...) })
	}
}

func TestSmallPaths(t *testing.T) {
	paths := func(mtus ...uint32) *host {
		h := &host{counters: map[string]uint64{"TcpExt.TCPMTUPFail": 0}}
		for i, mtu := range mtus {
			h.paths = append(h.paths, netstat.Route{
				Family: netstat.Inet, Destination: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 32), MTU: mtu,
			})
		}
		return h
	}
	for _, c := range []struct {
		name string
		h    *host
		want []string
	}{
		{"none", paths(), nil},
		{"usual", paths(1280, 1400, 1492, 0), nil},
		{"small", paths(1400, 1279), []string{"info 192.0.2.1/32 mtu 1279 of 1280"}},
		{"several", paths(1279, 552, 600), []string{"info 192.0.2.1/32 mtu 552 of 1280"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "mtu", c.h), c.want...) })
	}
}
