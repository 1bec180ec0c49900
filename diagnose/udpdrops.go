package diagnose

import (
	"strings"

	"netstat"
)

// udpDrops finds UDP sockets, and hosts, that drop packets because a buffer is full. One
// packet lost is one too many: UDP does not send it again.
func udpDrops() *Rule {
	return &Rule{
		Name: "udp-drops",
		Signal: Text{
			"packets that UDP sockets dropped between two moments, and the growth of RcvbufErrors, MemErrors and SndbufErrors of the host (of InErrors on Windows)",
			"两个时刻之间 UDP 套接字丢弃的数据包，以及主机 RcvbufErrors、MemErrors 与 SndbufErrors 的增长（Windows 上为 InErrors）",
		},
		Threshold: Text{
			"more than 0: warning; only SndbufErrors, or dropped by sockets but not for a full buffer: info",
			"大于 0: warning；仅 SndbufErrors，或套接字有丢弃但并非因缓冲区已满: info",
		},
		Doubt: Text{
			"a protocol may expect and mend losses; of a multicast packet every socket of its group counts its own",
			"协议可能预期并弥补丢失；组播数据包在组内每个套接字上各计一次",
		},
		Source:  "udp(7), snmp_counter.rst",
		Moments: TwoMoments,
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.UDP, netstat.UDPLite}, Facts: netstat.FactInode | netstat.FactMemory, Owners: true,
			Process: processNames, Counters: true,
		},
		new: func() check { return &udpDropsCheck{} },
	}
}

type udpDropsCheck struct {
	// now and before hold the drops of the sockets of two moments that have any.
	now, before map[uint64]uint64
	processes   map[uint32]*tally[struct{}] // bad is the number of drops since
	outside     bool                        // a socket's drops are unknown
}

func (c *udpDropsCheck) socket(m *Moment, s *netstat.Socket) {
	drops, ok := s.Drops()
	if drops == 0 {
		c.outside = c.outside || !ok
		return
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]uint64)
	}
	c.now[id] = drops
	if m.Before == nil || m.Before.Unread(s.Table.String()) != nil {
		return
	}
	before := c.before[id] // 0 for a socket that had dropped nothing or is new
	if drops <= before {
		return
	}
	pid, _ := m.Owner(s)
	if t := tallyOf(&c.processes, pid); t.add(drops - before) {
		t.subject = m.aboutSocket(s)
	}
}

// udpErrors are counters of packets that were dropped for lack of memory, without the
// group: received ones for lack of room in a socket's buffer or of memory for UDP
// (net.ipv4.udp_mem), and sent ones.
var udpErrors = [...]string{"RcvbufErrors", "MemErrors", "SndbufErrors"}

func (c *udpDropsCheck) conclude(m *Moment) {
	if m.Before != nil && c.outside && !m.diagnosis.windows() {
		m.cannot(m.say("the drops of sockets are unknown", "套接字的丢弃数未知"))
	}
	grown := make(map[string]uint64)
	received, known := uint64(0), false
	for _, group := range [...]string{"Udp", "Udp6", "UdpLite", "UdpLite6"} {
		names := udpErrors[:]
		if m.diagnosis.windows() {
			names = []string{"InErrors"}
		}
		for _, name := range names {
			n, ok := m.Grown(group + "." + name)
			if n > 0 {
				grown[group+"."+name] = n
			}
			if name != "SndbufErrors" {
				received += n
				known = known || ok
			}
		}
	}
	for _, t := range worstFirst(c.processes) {
		m.find(c.finding(m, t, !known || received > 0))
	}
	for _, name := range sortedKeys(grown) {
		switch {
		case strings.HasSuffix(name, ".SndbufErrors"):
			m.find(notSent(m, name, grown[name]))
		case len(c.processes) == 0: // no socket explains it
			m.find(notReceived(m, name, grown[name]))
		}
	}
	*c = udpDropsCheck{before: c.now}
}

// finding describes the drops of the sockets of a process. full reports whether some
// buffer was full.
func (c *udpDropsCheck) finding(m *Moment, t *tally[struct{}], full bool) netstat.Finding {
	n := decimal(t.bad)
	f := netstat.Finding{
		Subject: t.subject, Severity: netstat.Warning,
		Text: m.say("the socket dropped "+count(t.bad, "packet", "packets")+" because its receive buffer was full",
			"套接字因接收缓冲区已满丢弃了 "+n+" 个数据包"),
		Advice: m.say("make the program read faster, or raise its SO_RCVBUF and net.core.rmem_max",
			"让程序更快读取，或调大其 SO_RCVBUF 与 net.core.rmem_max"),
		Evidence: []netstat.Evidence{{Fact: "drops", Grown: true, Value: netstat.NumberOf(t.bad), Limit: netstat.NumberOf(0)}},
		Command:  "-uUan --columns proto,local,recvq,rcvbuf,drops,process --filter 'drops > 0" + processFilter(t.subject.PID) + "' --sort=-drops",
	}
	if !full {
		f.Severity = netstat.Info
		f.Text = m.say("the socket dropped "+count(t.bad, "packet", "packets")+", but no buffer was full: a filter or a checksum",
			"套接字丢弃了 "+n+" 个数据包，但没有缓冲区已满: 过滤器或校验和所致")
		f.Advice = m.say("compare InCsumErrors of netstat -su, and look at the filter of the program",
			"比较 netstat -su 的 InCsumErrors，并检查程序的过滤器")
	}
	if t.count > 1 {
		f.Text += m.say("; "+decimal(t.count)+" sockets of the process dropped some", "；该进程有 "+decimal(t.count)+" 个套接字有丢弃")
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(t.count)})
	}
	return f
}

// notReceived describes a counter of packets that were received and dropped.
func notReceived(m *Moment, name string, grown uint64) netstat.Finding {
	f := udpCounter(m, name, grown)
	f.Severity = netstat.Warning
	f.Text = m.say("UDP dropped "+count(grown, "packet", "packets")+" that it received, but no open socket shows drops ("+name+")",
		"UDP 丢弃了收到的 "+decimal(grown)+" 个数据包，但现有套接字均无丢弃（"+name+"）")
	f.Advice = m.say("repeat with an interval to catch the socket", "用间隔重复运行，以找出该套接字")
	if m.diagnosis.windows() {
		f.Text = m.say("UDP dropped "+count(grown, "packet", "packets")+" that it received ("+name+")",
			"UDP 丢弃了收到的 "+decimal(grown)+" 个数据包（"+name+"）")
		f.Advice = m.say("make the programs that use UDP read faster, or raise their SO_RCVBUF", "让使用 UDP 的程序更快读取，或调大其 SO_RCVBUF")
	}
	return f
}

// notSent describes a counter of packets for which a program found no room. That is also
// how a program that does not wait learns that it has to.
func notSent(m *Moment, name string, grown uint64) netstat.Finding {
	f := udpCounter(m, name, grown)
	f.Text = m.say("programs could not send "+count(grown, "UDP packet", "UDP packets")+" at once, because the send buffer was full",
		"因发送缓冲区已满，程序有 "+decimal(grown)+" 个 UDP 数据包未能立即发送")
	f.Advice = m.say("if the program gives such packets up, raise its SO_SNDBUF and net.core.wmem_max",
		"若程序因此放弃这些数据包，调大其 SO_SNDBUF 与 net.core.wmem_max")
	return f
}

func udpCounter(m *Moment, name string, grown uint64) netstat.Finding {
	f := netstat.Finding{
		Evidence: []netstat.Evidence{{Fact: name, Grown: true, Value: netstat.NumberOf(grown), Limit: netstat.NumberOf(0)}},
		Command:  "-su --columns group,name,value",
	}
	if m.diagnosis.windows() {
		f.Command = "-s --columns group,name,value"
	}
	return f
}
