package diagnose

import (
	"hash/maphash"
	"net/netip"
	"strconv"

	"netstat"
)

// Ports for connections to one address are scarce from ephemeralScarce percent in use
// on, and nearly gone from ephemeralGone on. The kernel searches the whole range for a
// free one (__inet_hash_connect in net/ipv4/inet_hashtables.c): connect(2) is slow long
// before it fails with EADDRNOTAVAIL.
const (
	ephemeralScarce = 70
	ephemeralGone   = 90
)

// ephemeralPorts finds remote addresses for which the host runs out of local ports. A
// local port can be used once for each local address, remote address and remote port.
func ephemeralPorts() *Rule {
	scarce, gone := strconv.Itoa(ephemeralScarce), strconv.Itoa(ephemeralGone)
	return &Rule{
		Name: "ephemeral-ports",
		Signal: Text{
			"local ports in use for connections from one address to one remote address and port, against the range that the system chooses from less its reserved ports; TIME-WAIT counts unless tcp_tw_reuse lets the port be used again",
			"从同一本地地址到同一远端地址和端口的连接占用的本地端口数，与系统可选端口范围（减去保留端口）相比；除非 tcp_tw_reuse 允许重用，TIME-WAIT 也计入",
		},
		Threshold: Text{
			"from " + scarce + " %: warning; from " + gone + " %: critical",
			"达到 " + scarce + " %: warning；达到 " + gone + " %: critical",
		},
		Doubt: Text{
			"ports that programs bind before they connect come from the same range for all remote addresses; tcp_tw_reuse needs TCP timestamps",
			"程序在 connect 之前 bind 的端口对所有远端共用同一范围；tcp_tw_reuse 需要 TCP 时间戳",
		},
		Source:  "ip-sysctl.rst (ip_local_port_range, tcp_tw_reuse), ip(7)",
		Windows: true,
		Needs:   Needs{Protocols: []netstat.Protocol{netstat.TCP}, Measures: true},
		new:     func() check { return &ephemeralPortsCheck{} },
	}
}

type ephemeralPortsCheck struct {
	moment   *Moment // that the next fields are of
	ranges   [2]portRange
	twReuse  uint64
	listens  [1 << 16 / 64]uint64  // ports with a listener, which the system never chooses
	occupied map[uint64]portCounts // by the hash of a destination, to be small
	scarce   []destination
}

// portRange is the range that the system chooses local ports from. It is unknown if last
// is 0.
type portRange struct {
	first, last uint16
	free        uint64 // its size less reserved ports
}

// destination is what a local port can be used for once.
type destination struct {
	local, remote netip.Addr
	port          uint16
	scope         uint32
}

// portCounts counts the ports in use for a destination, and those of them in TIME-WAIT.
type portCounts struct{ all, timeWait uint32 }

func (c *ephemeralPortsCheck) socket(m *Moment, s *netstat.Socket) {
	if c.moment != m {
		c.begin(m)
	}
	port := s.Local.Port
	if s.State == netstat.Listen {
		c.listens[port/64] |= 1 << (port % 64)
		return
	}
	r := c.rangeOf(s.Local.IP)
	if port < r.first || port > r.last || s.Remote.Port == 0 || c.listens[port/64]&(1<<(port%64)) != 0 {
		return
	}
	d := destination{s.Local.IP.Unmap(), s.Remote.IP.Unmap(), s.Remote.Port, s.Local.Scope}
	id := maphash.Comparable(hashSeed(), d)
	n := c.occupied[id]
	if s.State == netstat.TimeWait {
		if c.timeWaitReused(d.local, d.remote) {
			return
		}
		n.timeWait++
	}
	n.all++
	c.occupied[id] = n
	if uint64(n.all)*100 >= r.free*ephemeralScarce && uint64(n.all-1)*100 < r.free*ephemeralScarce {
		c.scarce = append(c.scarce, d)
	}
}

// timeWaitReused reports whether the system uses the port of a TIME-WAIT socket again
// for a new connection (tcp_twsk_unique in net/ipv4/tcp_ipv4.c). The setting 2 allows it
// for loopback only.
func (c *ephemeralPortsCheck) timeWaitReused(local, remote netip.Addr) bool {
	return c.twReuse == 1 || c.twReuse == 2 && (local.IsLoopback() || remote.IsLoopback())
}

// rangeOf returns the range for connections from a local address.
func (c *ephemeralPortsCheck) rangeOf(local netip.Addr) *portRange {
	if local.Is6() && !local.Is4In6() {
		return &c.ranges[1]
	}
	return &c.ranges[0]
}

func (c *ephemeralPortsCheck) begin(m *Moment) {
	*c = ephemeralPortsCheck{moment: m, occupied: make(map[uint64]portCounts)}
	c.ranges[0] = m.portRange(true)
	c.ranges[1] = m.portRange(false)
	c.twReuse, _ = m.Measure("sysctl.net.ipv4.tcp_tw_reuse")
}

// portsPrefix returns how the names of measures of local ports begin. Windows has them
// for each table, Linux for all tables together.
func (m *Moment) portsPrefix(ipv4 bool) string {
	switch {
	case !m.diagnosis.windows():
		return netstat.MeasurePorts.String() + "."
	case ipv4:
		return netstat.MeasurePorts.String() + ".tcp."
	}
	return netstat.MeasurePorts.String() + ".tcp6."
}

// portRange returns the range of local ports of TCP.
func (m *Moment) portRange(ipv4 bool) portRange {
	prefix := m.portsPrefix(ipv4)
	first, begins := m.Measure(prefix + "first")
	last, ends := m.Measure(prefix + "last")
	excluded, ok := m.Measure(prefix + "excluded")
	if !begins || !ends || !ok || first > last || last >= 1<<16 || excluded > last-first {
		return portRange{}
	}
	return portRange{uint16(first), uint16(last), last - first + 1 - excluded}
}

func (c *ephemeralPortsCheck) conclude(m *Moment) {
	if c.moment != m { // no sockets
		c.begin(m)
	}
	if c.ranges[0].last == 0 && c.ranges[1].last == 0 && m.Unread("measures") == nil {
		m.cannot(m.say("the range of local ports is unknown", "本地端口范围未知"))
	}
	full := make(map[destination]*tally[uint64]) // worst: ports in TIME-WAIT
	for _, d := range c.scarce {
		n := c.occupied[maphash.Comparable(hashSeed(), d)]
		full[d] = &tally[uint64]{
			count: uint64(n.all), bad: uint64(n.all), worst: uint64(n.timeWait),
			subject: netstat.Subject{
				Kind: netstat.OfRemote, Table: tableOf(d.local), Local: netstat.Addr{IP: d.local, Scope: d.scope}, Remote: netstat.Addr{IP: d.remote, Port: d.port},
			},
		}
	}
	for _, t := range worstFirst(full) {
		m.find(c.finding(m, t))
	}
	*c = ephemeralPortsCheck{}
}

// finding describes a destination whose ports are scarce: t.count are in use, t.worst of
// them in TIME-WAIT.
func (c *ephemeralPortsCheck) finding(m *Moment, t *tally[uint64]) netstat.Finding {
	r := c.rangeOf(t.subject.Local.IP)
	f := netstat.Finding{Subject: t.subject, Severity: netstat.Warning}
	threshold := r.free * ephemeralScarce / 100
	if t.count*100 >= r.free*ephemeralGone {
		f.Severity, threshold = netstat.Critical, r.free*ephemeralGone/100
	}
	used, free, waiting := decimal(t.count), decimal(r.free), decimal(t.worst)
	f.Text = m.say("local ports for connections to this address run out: "+used+" of "+free+" are in use",
		"到此地址的连接所用的本地端口将用尽: 已用 "+used+" / "+free)
	if t.worst > 0 {
		f.Text += m.say(", "+waiting+" of them in TIME-WAIT", "，其中 "+waiting+" 个处于 TIME-WAIT")
	}
	switch {
	case m.diagnosis.windows():
		f.Advice = m.say("keep connections open and use them again, or widen the range: netsh int ipv4 set dynamicport tcp start=10000 num=55000",
			"保持并复用连接，或扩大范围: netsh int ipv4 set dynamicport tcp start=10000 num=55000")
	case t.worst*2 > t.count:
		f.Advice = m.say("keep connections open and use them again, let ports be used again with net.ipv4.tcp_tw_reuse=1, or widen net.ipv4.ip_local_port_range",
			"保持并复用连接，用 net.ipv4.tcp_tw_reuse=1 允许重用端口，或扩大 net.ipv4.ip_local_port_range")
	default:
		f.Advice = m.say("keep connections open and share them, use more local or remote addresses, or widen net.ipv4.ip_local_port_range",
			"保持并共用连接，使用更多本地或远端地址，或扩大 net.ipv4.ip_local_port_range")
	}
	prefix := m.portsPrefix(t.subject.Local.IP.Is4())
	f.Evidence = []netstat.Evidence{
		{Fact: "count", Value: netstat.NumberOf(t.count), Limit: netstat.NumberOf(threshold)},
		{Fact: prefix + "first", Value: netstat.NumberOf(uint64(r.first))},
		{Fact: prefix + "last", Value: netstat.NumberOf(uint64(r.last))},
		{Fact: prefix + "excluded", Value: netstat.NumberOf(uint64(r.last-r.first) + 1 - r.free)},
	}
	states := "connected"
	if c.timeWaitReused(t.subject.Local.IP, t.subject.Remote.IP) {
		states = "connected exclude time-wait"
	}
	f.Command = "-tan --filter 'state " + states + " and src = " + filterAddress(t.subject.Local.IP) + " and dst = " +
		netip.AddrPortFrom(t.subject.Remote.IP, t.subject.Remote.Port).String() +
		" and sport = " + strconv.Itoa(int(r.first)) + "-" + strconv.Itoa(int(r.last)) + "'"
	return f
}

// tableOf returns the table of TCP sockets with an address.
func tableOf(ip netip.Addr) netstat.Table {
	if ip.Is4() {
		return netstat.TCP4Table
	}
	return netstat.TCP6Table
}
