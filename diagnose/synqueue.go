package diagnose

import (
	"strconv"

	"netstat"
)

// synCookies are the counters of SYNs for which a listener's queue had no room
// (tcp_conn_request and tcp_syn_flood_action in net/ipv4/tcp_input.c). With the setting
// tcp_syncookies=2 the first two grow with every SYN.
var synCookies = []string{"TcpExt.TCPReqQFullDoCookies", "TcpExt.SyncookiesSent", "TcpExt.TCPReqQFullDrop"}

// synQueue finds listeners that get more SYNs than they can keep until the client
// answers. The kernel keeps as many half-open connections of a listener as its backlog
// says, newer ones (seen in 6.18) one more (inet_csk_reqsk_queue_is_full in
// include/net/inet_connection_sock.h), and, without SYN cookies, three quarters of
// tcp_max_syn_backlog.
func synQueue() *Rule {
	return &Rule{
		Name: "syn-queue",
		Signal: Text{
			"half-open connections (SYN-RECEIVED) of a port, against the backlogs of its listeners and, without SYN cookies, tcp_max_syn_backlog; growth of TCPReqQFullDoCookies, SyncookiesSent and TCPReqQFullDrop",
			"某端口的半开连接数（SYN-RECEIVED），与其监听套接字的 backlog 相比，未启用 SYN cookie 时还与 tcp_max_syn_backlog 相比；TCPReqQFullDoCookies、SyncookiesSent 与 TCPReqQFullDrop 的增长",
		},
		Threshold: Text{
			"as many as the limit, or a counter that grows: warning",
			"数量达到上限，或有计数器增长: warning",
		},
		Doubt: Text{
			"a scan or a burst of clients may fill the queue for a moment",
			"扫描或突发的客户端可能短暂填满队列",
		},
		Source:  "ip-sysctl.rst (tcp_max_syn_backlog, tcp_syncookies), RFC 4987, listen(2)",
		Moments: BetterTwo,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode, Owners: true,
			Process: processNames, Counters: true, Measures: true,
		},
		new: func() check { return &synQueueCheck{} },
	}
}

type synQueueCheck struct {
	ports map[uint16]*synPort
}

// synPort is what is known of a local port.
type synPort struct {
	halfOpen, backlog uint64
	unlimited         bool           // the backlog of a listener is unknown
	listener          netstat.Socket // one of them
}

func (c *synQueueCheck) socket(_ *Moment, s *netstat.Socket) {
	switch s.State {
	default:
		return
	case netstat.SynReceived, netstat.NewSynRecv, netstat.Listen:
	}
	p := c.ports[s.Local.Port]
	if p == nil {
		if c.ports == nil {
			c.ports = make(map[uint16]*synPort)
		}
		p = new(synPort)
		c.ports[s.Local.Port] = p
	}
	if s.State != netstat.Listen {
		p.halfOpen++
		return
	}
	p.backlog += uint64(s.MaxBacklog)
	p.unlimited = p.unlimited || s.MaxBacklog == 0
	if p.listener.State != netstat.Listen {
		p.listener = *s
	}
}

// limit returns how many half-open connections the port can have; 0 if that is unknown.
func (p *synPort) limit(m *Moment) uint64 {
	if p.unlimited || p.listener.State != netstat.Listen {
		return 0
	}
	limit := p.backlog
	cookies, known := m.Measure("sysctl.net.ipv4.tcp_syncookies")
	if most, ok := m.Measure("sysctl.net.ipv4.tcp_max_syn_backlog"); ok && known && cookies == 0 {
		// A SYN is dropped when less than a quarter would be left.
		limit = min(limit, most-most>>2+1)
	}
	return limit
}

func (c *synQueueCheck) conclude(m *Moment) {
	counters := synCookies
	if cookies, ok := m.Measure("sysctl.net.ipv4.tcp_syncookies"); ok && cookies == 2 {
		counters = counters[2:]
	}
	grown, _, _ := m.grown(counters...)
	full, listens, known := false, false, false
	var most *synPort // of those that have half-open connections, for the counters
	for _, port := range sortedKeys(c.ports) {
		p := c.ports[port]
		listens = listens || p.listener.State == netstat.Listen
		known = known || p.backlog > 0
		if p.halfOpen > 0 && p.listener.State == netstat.Listen && (most == nil || p.halfOpen > most.halfOpen) {
			most = p
		}
		limit := p.limit(m)
		if limit == 0 || p.halfOpen < limit {
			continue
		}
		full = true
		n, of := decimal(p.halfOpen), decimal(limit)
		m.find(c.finding(m, p, limit, grown, m.say(
			"queue of half-open connections has reached its limit: "+n+" clients have not completed the handshake, the limit is "+of,
			"半开连接队列已达上限: "+n+" 个客户端尚未完成握手，上限为 "+of)))
	}
	if listens && !known {
		m.cannot(m.say("the backlogs of listeners are unknown", "监听套接字的 backlog 未知"))
	}
	if len(grown) > 0 && !full {
		if most == nil {
			most = new(synPort)
		}
		m.find(c.finding(m, most, 0, grown, m.say(
			"SYNs arrived for which a listener's queue had no room", "有 SYN 到达时，监听套接字的半开队列没有空位")))
	}
	c.ports = nil
}

func (*synQueueCheck) finding(m *Moment, p *synPort, limit uint64, grown []netstat.Evidence, text string) netstat.Finding {
	f := netstat.Finding{
		Severity: netstat.Warning,
		Text:     text,
		Advice: m.say("look whether the clients are real (many addresses, no answers: an attack or a scan); raise the program's backlog, net.core.somaxconn and net.ipv4.tcp_max_syn_backlog, and keep net.ipv4.tcp_syncookies=1",
			"检查客户端是否真实（地址众多且无应答: 攻击或扫描）；调大程序的 backlog、net.core.somaxconn 与 net.ipv4.tcp_max_syn_backlog，并保持 net.ipv4.tcp_syncookies=1"),
		Command: "-tan --filter 'state = syn-recv'",
	}
	if limit > 0 {
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(p.halfOpen), Limit: netstat.NumberOf(limit)})
	}
	f.Evidence = append(f.Evidence, grown...)
	if p.listener.State != netstat.Listen {
		return f
	}
	if limit == 0 {
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(p.halfOpen)})
	}
	f.Subject = m.aboutSocket(&p.listener)
	f.Command = "-tan --filter 'state = syn-recv and local_port = " + strconv.Itoa(int(p.listener.Local.Port)) + "'"
	return f
}
