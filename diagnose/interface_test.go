package diagnose

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"netstat"
)

// link is a host with one interface that is up and has a carrier.
func link(change func(*netstat.Interface)) *host {
	i := netstat.Interface{
		Index: 2, Name: "eth0", MTU: 1500, HasCounters: true,
		Flags:    netstat.InterfaceUp | netstat.InterfaceRunning,
		Receive:  netstat.InterfaceCounters{Packets: 1000, Errors: 1, Dropped: 5, FIFO: 2, Frame: 3},
		Transmit: netstat.InterfaceCounters{Packets: 2000, Errors: 4, Dropped: 6, FIFO: 5, Carrier: 6},
	}
	if change != nil {
		change(&i)
	}
	return &host{interfaces: []netstat.Interface{i}, counters: map[string]uint64{"Tcp.InErrs": 0}}
}

func withAddrs(i *netstat.Interface, prefixes ...string) {
	i.Addrs = nil
	for _, p := range prefixes {
		i.Addrs = append(i.Addrs, netstat.InterfaceAddr{Prefix: netip.MustParsePrefix(p)})
	}
}

func TestInterfaceErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		now  func(*netstat.Interface)
		want []string
	}{
		{"none", func(i *netstat.Interface) { i.Receive.Packets, i.Transmit.Packets = 1e6, 1e6 }, nil},
		{"received", func(i *netstat.Interface) { i.Receive.Errors++ }, []string{"warning eth0 +rx_errors 1 of 0"}},
		{
			"overrun", func(i *netstat.Interface) { i.Receive.Errors += 2; i.Receive.FIFO += 3; i.Receive.Frame += 4 },
			[]string{"warning eth0 +rx_errors 2 of 0, +rx_fifo 3 of 0, +rx_frame 4 of 0"},
		},
		{
			"carrier", func(i *netstat.Interface) { i.Transmit.Errors += 2; i.Transmit.FIFO += 3; i.Transmit.Carrier += 4 },
			[]string{"warning eth0 +tx_errors 2 of 0, +tx_fifo 3 of 0, +tx_carrier 4 of 0"},
		},
		{"collisions", func(i *netstat.Interface) { i.Transmit.Collisions = 9 }, nil},
		{"went back", func(i *netstat.Interface) {
			i.Receive, i.Transmit = netstat.InterfaceCounters{}, netstat.InterfaceCounters{}
		}, nil},
		{"another of this name", func(i *netstat.Interface) { i.Index++; i.Receive.Errors = 100 }, nil},
		{"another name", func(i *netstat.Interface) { i.Name = "eth1"; i.Receive.Errors = 100 }, nil},
		{"no counters", func(i *netstat.Interface) { i.HasCounters = false; i.Receive.Errors = 100 }, nil},
		{"a layer", func(i *netstat.Interface) { i.Unlisted = true; i.Receive.Errors = 100 }, nil},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "interface", link(nil), link(c.now)), c.want...) })
	}
	t.Run("one moment", func(t *testing.T) { wantFindings(t, look(t, "interface", link(nil))) })
}

func TestInterfaceDrops(t *testing.T) {
	for _, c := range []struct {
		name           string
		packets, drops uint64
		want           []string
	}{
		{"few", 100, 9, nil},
		{"many", 100, 10, []string{"warning eth0 +rx_dropped 10 of 10"}},
		{"of many", 990, 10, []string{"warning eth0 +rx_dropped 10 of 10"}},
		{"of more", 991, 10, nil},
		{"all", 0, 1e6, []string{"warning eth0 +rx_dropped 1000000 of 10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := link(func(i *netstat.Interface) { i.Receive.Packets += c.packets; i.Receive.Dropped += c.drops })
			wantFindings(t, look(t, "interface", link(nil), now), c.want...)
		})
	}
	now := link(func(i *netstat.Interface) { i.Transmit.Packets += 100; i.Transmit.Dropped += 20 })
	t.Run("sent", func(t *testing.T) {
		wantFindings(t, look(t, "interface", link(nil), now), "warning eth0 +tx_dropped 20 of 10")
	})
	t.Run("an hour", func(t *testing.T) {
		// Two frames of a bridge and some of other devices, every four seconds.
		now := link(func(i *netstat.Interface) { i.Receive.Packets += 9000; i.Receive.Dropped += 3600 })
		d := New([]*Rule{Named("interface")}, Options{})
		d.Prepare(context.Background(), link(nil), time.Unix(0, 0))
		wantFindings(t, d.Look(context.Background(), now, time.Unix(3600, 0)))
	})
}

func TestInterfaceState(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*netstat.Interface)
		want   []string
	}{
		{"up", func(i *netstat.Interface) { withAddrs(i, "10.0.0.1/24") }, nil},
		{"down without addresses", func(i *netstat.Interface) { i.Flags = 0 }, nil},
		{"down with a link's address", func(i *netstat.Interface) { i.Flags = 0; withAddrs(i, "fe80::1/64") }, nil},
		{"unknown flags", func(i *netstat.Interface) { i.Flags = 0; i.Partial = true; withAddrs(i, "10.0.0.1/24") }, nil},
		{
			"down", func(i *netstat.Interface) { i.Flags = 0; withAddrs(i, "fe80::1/64", "10.0.0.1/24", "10.0.0.2/24") },
			[]string{"info eth0 up no of yes, addresses 10.0.0.1/24"},
		},
		{
			"no carrier", func(i *netstat.Interface) { i.Flags = netstat.InterfaceUp; withAddrs(i, "10.0.0.1/24") },
			[]string{"info eth0 flags up of up,running, addresses 10.0.0.1/24"},
		},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "interface", link(c.change)), c.want...) })
	}
	disconnected := link(func(i *netstat.Interface) { i.Flags = netstat.InterfaceUp; withAddrs(i, "10.0.0.1/24") })
	t.Run("disconnected on Windows", func(t *testing.T) { wantFindings(t, lookWindows("interface", disconnected, disconnected)) })
}

func TestInterfaceMTU(t *testing.T) {
	sized := func(mtu uint32, addrs ...string) *host {
		return link(func(i *netstat.Interface) { i.MTU = mtu; withAddrs(i, addrs...) })
	}
	two := func(a, b *host) *host {
		b.interfaces[0].Name = "eth1"
		a.interfaces = append(a.interfaces, b.interfaces...)
		return a
	}
	for _, c := range []struct {
		name    string
		moments []*host
		want    []string
	}{
		{"enough", []*host{sized(1280, "10.0.0.1/24", "2001:db8::1/64")}, nil},
		{"small without IPv6", []*host{sized(1279, "10.0.0.1/24")}, nil},
		{"small with a link's address", []*host{sized(1279, "10.0.0.1/24", "fe80::1/64")}, nil},
		{"small with IPv6", []*host{sized(1279, "2001:db8::1/64")}, []string{"warning eth0 mtu 1279 of 1280"}},
		{
			"lost", []*host{sized(1500, "10.0.0.1/24", "2001:db8::1/64"), sized(1279, "10.0.0.1/24")},
			[]string{"warning eth0 mtu 1279 of 1280"},
		},
		{
			"IPv6 elsewhere", []*host{two(sized(576, "10.0.0.1/24"), sized(1500, "2001:db8::1/64"))},
			[]string{"info eth0 mtu 576 of 1280"},
		},
		{"IPv6 on loopback only", []*host{two(sized(576, "10.0.0.1/24"), sized(1500, "::1/128"))}, nil},
		{"without addresses", []*host{two(sized(576), sized(1500, "2001:db8::1/64"))}, nil},
		{"unknown", []*host{two(sized(0, "10.0.0.1/24"), sized(1500, "2001:db8::1/64"))}, nil},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "interface", c.moments...), c.want...) })
	}
}

func TestDamagedPackets(t *testing.T) {
	count := func(bad string, nbad uint64, all string, nall uint64) *host {
		h := link(nil)
		h.counters[bad], h.counters[all] = nbad, nall
		return h
	}
	for _, c := range []struct {
		name, bad, all string
		bads, alls     uint64
		windows        bool
		want           []string
	}{
		{"few", "Tcp.InErrs", "Tcp.InSegs", 9, 100, false, nil},
		{"segments", "Tcp.InErrs", "Tcp.InSegs", 10, 10000, false, []string{"warning +Tcp.InErrs 10 of 10, +Tcp.InSegs 10000"}},
		{"of more", "Tcp.InErrs", "Tcp.InSegs", 10, 10001, false, nil},
		{"datagrams", "Udp6.InCsumErrors", "Udp6.InDatagrams", 10, 0, false, []string{"warning +Udp6.InCsumErrors 10 of 10, +Udp6.InDatagrams 0"}},
		{"full queues", "Udp.InErrors", "Udp.InDatagrams", 100, 0, false, nil}, // the rule udp-drops
		{"Windows", "Udp.InErrors", "Udp.InDatagrams", 100, 5, true, []string{"warning +Udp.InErrors 100 of 10, +Udp.InDatagrams 5"}},
		{"refused", "Tcp.AttemptFails", "Tcp.InSegs", 1000, 1000, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, now := count(c.bad, 1000, c.all, 1e6), count(c.bad, 1000+c.bads, c.all, 1e6+c.alls)
			if c.windows {
				wantFindings(t, lookWindows("interface", before, now), c.want...)
			} else {
				wantFindings(t, look(t, "interface", before, now), c.want...)
			}
		})
	}
}

// A host without counters or without interfaces cannot be looked at.
func TestInterfaceAbsent(t *testing.T) {
	h := link(nil)
	h.counters = nil
	wantCannotLook(t, look(t, "interface", h))
	h = link(nil)
	h.interfaces = nil
	wantCannotLook(t, look(t, "interface", h))
}

// lookWindows is look for two moments of a Windows host.
func lookWindows(rule string, before, now *host) Result {
	d := New([]*Rule{Named(rule)}, Options{System: "windows"})
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	d.Prepare(context.Background(), before, at)
	return d.Look(context.Background(), now, at.Add(time.Second))
}
