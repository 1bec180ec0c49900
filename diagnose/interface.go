package diagnose

import (
	"net/netip"
	"strconv"
	"time"

	"netstat"
)

// An interface drops much if it drops at least interfaceDropsPerSecond packets a second
// and interfaceDropsPercent of all packets of that direction. Linux also counts as
// dropped what no protocol wants, such as the frames that bridges send every two seconds.
const (
	interfaceDropsPerSecond = 10
	interfaceDropsPercent   = 1
)

// Of the segments or datagrams received, at least damagedLeast and damagedPermille must
// be damaged: the Internet delivers a few to every public host.
const (
	damagedLeast    = 10
	damagedPermille = 1
)

// minimumMTU6 is the smallest MTU of a link that carries IPv6 (RFC 8200, section 5).
const minimumMTU6 = 1280

// networkInterface finds interfaces that lose packets or are not set up to carry them.
func networkInterface() *Rule {
	return &Rule{
		Name: "interface",
		Signal: Text{
			"errors and drops of each interface; interfaces with addresses that are down; MTU too small for IPv6; damaged segments and datagrams",
			"各接口的错误与丢弃；有地址却未启用的接口；MTU 小到无法承载 IPv6；损坏的报文段和数据报",
		},
		Threshold: Text{
			"an error between two moments, from " + strconv.Itoa(interfaceDropsPerSecond) + " drops a second and " + strconv.Itoa(interfaceDropsPercent) +
				" % on, from " + strconv.Itoa(damagedLeast) + " damaged and 0.1 % on, IPv6 lost by an MTU below " + strconv.Itoa(minimumMTU6) + ": warning; down with addresses: info",
			"两个时刻之间有错误，每秒丢弃达 " + strconv.Itoa(interfaceDropsPerSecond) + " 个且达 " + strconv.Itoa(interfaceDropsPercent) +
				" %，损坏达 " + strconv.Itoa(damagedLeast) + " 个且达 0.1 %，MTU 低于 " + strconv.Itoa(minimumMTU6) + " 而失去 IPv6: warning；有地址却未启用: info",
		},
		Doubt: Text{
			"drops also count packets of protocols that this host does not use; refused connections (Tcp.AttemptFails) are no fault and are not looked at",
			"丢弃数也包括本机不使用的协议的报文；被拒绝的连接 (Tcp.AttemptFails) 不是故障，不予检查",
		},
		Source:  "Documentation/networking/statistics.rst of the kernel, RFC 8200 section 5",
		Moments: BetterTwo,
		Windows: true,
		Needs:   Needs{Interfaces: true, Counters: true},
		new:     func() check { return interfaceCheck{} },
	}
}

type interfaceCheck struct{ noSocket }

func (interfaceCheck) conclude(m *Moment) {
	if len(m.Interfaces) == 0 && m.Unread("interfaces") == nil {
		m.cannot(m.say("no interfaces", "没有接口"))
	}
	carries6 := false
	for i := range m.Interfaces {
		carries6 = carries6 || hasIPv6(&m.Interfaces[i])
	}
	old := make(map[string]*netstat.Interface)
	if m.Before != nil {
		for i := range m.Before.Interfaces {
			old[m.Before.Interfaces[i].Name] = &m.Before.Interfaces[i]
		}
	}
	for i := range m.Interfaces {
		now := &m.Interfaces[i]
		if now.Unlisted { // a layer of another interface, whose packets it counts again
			continue
		}
		before := old[now.Name]
		if before != nil && before.Index != now.Index { // a new one of the same name
			before = nil
		}
		if before != nil && before.HasCounters && now.HasCounters {
			interfaceErrors(m, before, now)
			interfaceDrops(m, now, "rx_dropped", &before.Receive, &now.Receive)
			interfaceDrops(m, now, "tx_dropped", &before.Transmit, &now.Transmit)
		}
		if !now.Partial {
			interfaceState(m, now)
			interfaceMTU(m, before, now, carries6)
		}
	}
	damagedPackets(m)
}

func aboutInterface(name string) netstat.Subject {
	return netstat.Subject{Kind: netstat.OfInterface, Interface: name}
}

// interfaceErrors finds packets that were sent or received in error.
func interfaceErrors(m *Moment, before, now *netstat.Interface) {
	var evidence []netstat.Evidence
	for _, c := range [...]struct {
		fact     string
		old, new uint64
	}{
		{"rx_errors", before.Receive.Errors, now.Receive.Errors},
		{"rx_fifo", before.Receive.FIFO, now.Receive.FIFO},
		{"rx_frame", before.Receive.Frame, now.Receive.Frame},
		{"tx_errors", before.Transmit.Errors, now.Transmit.Errors},
		{"tx_fifo", before.Transmit.FIFO, now.Transmit.FIFO},
		{"tx_carrier", before.Transmit.Carrier, now.Transmit.Carrier},
	} {
		if c.new > c.old {
			evidence = append(evidence, netstat.Evidence{
				Fact: c.fact, Grown: true, Value: netstat.NumberOf(c.new - c.old), Limit: netstat.NumberOf(0),
			})
		}
	}
	if evidence == nil {
		return
	}
	m.find(netstat.Finding{
		Subject:  aboutInterface(now.Name),
		Severity: netstat.Warning,
		Text:     m.say("interface sends or receives packets in error", "接口收发的报文有错误"),
		Advice: m.say("see the driver's counters (ethtool -S, ip -s -s link); check cable, port and duplex, or the tunnel's route",
			"查看驱动的计数器 (ethtool -S，ip -s -s link)；检查网线、端口与双工，或隧道的路由"),
		Evidence: evidence,
		Command:  "-ai --columns name,rx_errors,rx_fifo,rx_frame,tx_errors,tx_fifo,tx_carrier",
	})
}

// interfaceDrops finds an interface that drops many packets of one direction.
func interfaceDrops(m *Moment, now *netstat.Interface, fact string, old, new *netstat.InterfaceCounters) {
	if new.Dropped < old.Dropped || new.Packets < old.Packets {
		return
	}
	drops, packets := new.Dropped-old.Dropped, new.Packets-old.Packets
	least := max(1, uint64(interfaceDropsPerSecond*m.Elapsed()/time.Second))
	// Whether Packets include what was dropped depends on the driver.
	if drops < least || drops*100 < (packets+drops)*interfaceDropsPercent {
		return
	}
	n := strconv.FormatUint(drops, 10)
	m.find(netstat.Finding{
		Subject:  aboutInterface(now.Name),
		Severity: netstat.Warning,
		Text:     m.say("interface dropped packets: "+n, "接口丢弃了 "+n+" 个报文"),
		Advice: m.say("enlarge the device's rings (ethtool -G) or find out which packets nothing wants (dropwatch, perf trace -e skb:kfree_skb)",
			"增大设备的环形缓冲 (ethtool -G)，或找出哪些报文无人需要 (dropwatch，perf trace -e skb:kfree_skb)"),
		Evidence: []netstat.Evidence{
			{Fact: fact, Grown: true, Value: netstat.NumberOf(drops), Limit: netstat.NumberOf(least)},
		},
		Command: "-ai --columns name,rx_packets,rx_dropped,tx_packets,tx_dropped",
	})
}

// interfaceState finds an interface that has addresses but cannot carry packets.
func interfaceState(m *Moment, now *netstat.Interface) {
	// Windows lists adapters whose medium is disconnected as a matter of course.
	up, running := now.Flags.Has(netstat.InterfaceUp), now.Flags.Has(netstat.InterfaceRunning)
	if up && (running || m.diagnosis.windows()) {
		return
	}
	var address netip.Prefix
	for i := range now.Addrs {
		if a := now.Addrs[i].Prefix; !a.Addr().IsLinkLocalUnicast() {
			address = a
			break
		}
	}
	if !address.IsValid() {
		return
	}
	f := netstat.Finding{
		Subject:  aboutInterface(now.Name),
		Severity: netstat.Info,
		Text:     m.say("interface is down but has addresses, such as "+address.String(), "接口未启用，却有地址，例如 "+address.String()),
		Advice: m.say("set it up (ip link set … up), or remove the addresses, which the host still takes for its own",
			"启用它 (ip link set … up)，或删除这些地址，本机仍视其为自己的地址"),
		Evidence: []netstat.Evidence{
			{Fact: "up", Value: netstat.TextOf("no"), Limit: netstat.TextOf("yes")},
			{Fact: "addresses", Value: netstat.TextOf(address.String())},
		},
		Command: "-ai --columns name,up,flags,addresses",
	}
	if up {
		f.Text = m.say("interface has no carrier but has addresses, such as "+address.String(), "接口没有载波，却有地址，例如 "+address.String())
		f.Advice = m.say("check the cable or the other end; a bridge has a carrier once a member has one",
			"检查网线或对端；网桥在有成员具备载波后才有载波")
		f.Evidence[0] = netstat.Evidence{Fact: "flags", Value: netstat.TextOf("up"), Limit: netstat.TextOf("up,running")}
	}
	m.find(f)
}

// interfaceMTU finds an interface whose MTU forbids IPv6. Linux then removes its IPv6
// addresses (addrconf_notify in net/ipv6/addrconf.c).
func interfaceMTU(m *Moment, before, now *netstat.Interface, carries6 bool) {
	if now.MTU == 0 || now.MTU >= minimumMTU6 || !now.Flags.Has(netstat.InterfaceUp) || len(now.Addrs) == 0 {
		return
	}
	f := netstat.Finding{
		Subject:  aboutInterface(now.Name),
		Severity: netstat.Warning,
		Text:     m.say("MTU of "+strconv.Itoa(int(now.MTU))+" is too small for IPv6", "MTU "+strconv.Itoa(int(now.MTU))+" 小到无法承载 IPv6"),
		Advice: m.say("set an MTU of at least 1280: ip link set … mtu 1280; Linux restores no addresses by itself",
			"将 MTU 设为至少 1280: ip link set … mtu 1280；Linux 不会自行恢复地址"),
		Evidence: []netstat.Evidence{{Fact: "mtu", Value: netstat.NumberOf(uint64(now.MTU)), Limit: netstat.NumberOf(minimumMTU6)}},
		Command:  "-ai --columns name,mtu,addresses",
	}
	switch {
	case hasIPv6(now) || before != nil && hasIPv6(before):
	case carries6: // IPv6 may not be wanted here
		f.Severity = netstat.Info
	default:
		return
	}
	m.find(f)
}

// hasIPv6 reports whether an interface has an IPv6 address that other links can reach.
func hasIPv6(i *netstat.Interface) bool {
	for k := range i.Addrs {
		if a := i.Addrs[k].Prefix.Addr(); a.Is6() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			return true
		}
	}
	return false
}

// damagedPackets finds segments and datagrams that arrived damaged. On Windows it also
// finds datagrams for which a socket had no room, which the same counter counts.
func damagedPackets(m *Moment) {
	windows := m.diagnosis.windows()
	if _, ok := m.Counter("Tcp.InErrs"); !ok && m.Unread("counters") == nil {
		m.cannot(m.say("no counters of damaged packets", "没有损坏报文的计数器"))
	}
	for _, c := range [...]struct {
		bad, all    string
		onlyWindows bool
	}{
		{"Tcp.InErrs", "Tcp.InSegs", false},
		{"Tcp6.InErrs", "Tcp6.InSegs", true},
		{"Udp.InCsumErrors", "Udp.InDatagrams", false},
		{"Udp6.InCsumErrors", "Udp6.InDatagrams", false},
		{"Udp.InErrors", "Udp.InDatagrams", true},
		{"Udp6.InErrors", "Udp6.InDatagrams", true},
	} {
		if c.onlyWindows && !windows {
			continue
		}
		bad, _ := m.Grown(c.bad)
		all, ok := m.Grown(c.all)
		// InDatagrams leaves out damaged ones, InSegs does not.
		if bad < damagedLeast || !ok || bad*1000 < max(all, bad)*damagedPermille {
			continue
		}
		n := strconv.FormatUint(bad, 10)
		f := netstat.Finding{
			Severity: netstat.Warning,
			Text:     m.say("packets arrived damaged: "+n, n+" 个报文到达时已损坏"),
			Advice: m.say("look for a faulty link, device or offload (ethtool -K … rx off) on the path",
				"检查路径上有故障的链路、设备或硬件卸载 (ethtool -K … rx off)"),
			Evidence: []netstat.Evidence{
				{Fact: c.bad, Grown: true, Value: netstat.NumberOf(bad), Limit: netstat.NumberOf(damagedLeast)},
				{Fact: c.all, Grown: true, Value: netstat.NumberOf(all)},
			},
			Command: "-s",
		}
		if windows {
			f.Text = m.say("packets arrived damaged or found no room: "+n, n+" 个报文到达时已损坏或没有空间接收")
			f.Advice = m.say("look for a faulty link or device, and for programs that read their UDP sockets too slowly",
				"检查有故障的链路或设备，以及读取 UDP 套接字过慢的程序")
		}
		m.find(f)
	}
}
