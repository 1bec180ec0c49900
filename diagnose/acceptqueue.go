package diagnose

import (
	"strconv"

	"netstat"
)

// acceptQueueNearly is the part of a listener's backlog, in percent, from which on its
// queue is nearly full.
const acceptQueueNearly = 75

// acceptQueue finds listeners that do not accept fast enough. The kernel drops a
// connection when more of them wait than the backlog allows (sk_acceptq_is_full in
// include/net/sock.h).
func acceptQueue() *Rule {
	return &Rule{
		Name: "accept-queue",
		Signal: Text{
			"connections that wait to be accepted, against the backlog of their listener",
			"等待 accept 的连接数，与监听套接字的 backlog 相比",
		},
		Threshold: Text{
			"more than the backlog, or listen drops between two moments: critical; from " + strconv.Itoa(acceptQueueNearly) + " % of it, at both if there are two: warning",
			"超过 backlog，或两个时刻之间有监听丢弃: critical；达到其 " + strconv.Itoa(acceptQueueNearly) + " %（若有两个时刻则都达到）: warning",
		},
		Doubt:   Text{"a burst may fill a queue for a moment", "突发的连接会短暂填满队列"},
		Source:  "listen(2), tcp(7)",
		Moments: BetterTwo,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactBacklog, Owners: true,
			Process: processNames, Counters: true,
		},
		new: func() check { return &acceptQueueCheck{} },
	}
}

type acceptQueueCheck struct {
	// now and before hold the listeners of two moments whose queue was nearly full.
	now, before map[uint64]struct{}
	processes   map[uint32]*tally[queue]
	// known and unknown report whether there are listeners with a backlog that the
	// system tells, and others.
	known, unknown bool
}

// queue holds the connections that wait for a listener, and its backlog.
type queue struct{ waiting, backlog uint64 }

// full reports whether the kernel accepts no more of them.
func (q queue) full() bool { return q.waiting > q.backlog }

func (c *acceptQueueCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen {
		return
	}
	q := queue{s.RecvQ, uint64(s.MaxBacklog)}
	if q.backlog == 0 {
		c.unknown = true
		return
	}
	c.known = true
	if q.waiting*100 < q.backlog*acceptQueueNearly {
		return
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]struct{})
	}
	c.now[id] = struct{}{}
	if _, ok := c.before[id]; !ok && m.Before != nil && !q.full() {
		return // a burst
	}
	pid, _ := m.Owner(s)
	t := tallyOf(&c.processes, pid)
	if t.add(q.waiting * 1000 / q.backlog) {
		t.subject, t.worst = m.aboutSocket(s), q
	}
}

func (c *acceptQueueCheck) conclude(m *Moment) {
	if c.unknown && !c.known {
		m.cannot(m.say("the backlogs of listeners are unknown", "监听套接字的 backlog 未知"))
	}
	overflows, _ := m.Grown("TcpExt.ListenOverflows")
	drops, _ := m.Grown("TcpExt.ListenDrops")
	full := false
	for _, t := range worstFirst(c.processes) {
		waiting, backlog := decimal(t.worst.waiting), decimal(t.worst.backlog)
		f := netstat.Finding{
			Subject:  t.subject,
			Severity: netstat.Warning,
			Text: m.say("queue of connections to accept is nearly full: "+waiting+" of "+backlog,
				"accept 队列将满: "+waiting+" / "+backlog),
			Advice: m.say("make the program accept faster, or raise its backlog and net.core.somaxconn",
				"让程序更快地 accept，或调大其 backlog 与 net.core.somaxconn"),
			Evidence: []netstat.Evidence{{Fact: "recvq", Value: netstat.NumberOf(t.worst.waiting), Limit: netstat.NumberOf(t.worst.backlog)}},
			Command:  "-tln --columns local,recvq,max_backlog,process --port " + strconv.Itoa(int(t.subject.Local.Port)),
		}
		if t.worst.full() {
			full = true
			f.Severity = netstat.Critical
			f.Text = m.say("queue of connections to accept is full: "+waiting+" wait, the backlog is "+backlog,
				"accept 队列已满: "+waiting+" 个在等待，backlog 为 "+backlog)
			if overflows > 0 {
				f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "TcpExt.ListenOverflows", Grown: true, Value: netstat.NumberOf(overflows)})
			}
		}
		if t.count > 1 {
			f.Text += m.say("; "+decimal(t.count)+" listeners of the process are full or nearly so", "；该进程有 "+decimal(t.count)+" 个监听套接字已满或将满")
			f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(t.count)})
			f.Command = "-tln --columns local,recvq,max_backlog,process --filter 'recvq > 0" + processFilter(t.subject.PID) + "' --sort=-recvq"
		}
		m.find(f)
	}
	if max(overflows, drops) > 0 && !full {
		f := netstat.Finding{
			Severity: netstat.Critical,
			Text:     m.say("connections to listeners were dropped, but no queue is full now", "有发往监听套接字的连接被丢弃，但此刻没有已满的队列"),
			Advice:   m.say("repeat with an interval to catch the listener", "用间隔重复运行，以找出该套接字"),
			Command:  "-s --filter 'name = Listen*'",
		}
		for _, name := range [...]string{"TcpExt.ListenOverflows", "TcpExt.ListenDrops"} {
			if grown, ok := m.Grown(name); ok {
				f.Evidence = append(f.Evidence, netstat.Evidence{Fact: name, Grown: true, Value: netstat.NumberOf(grown), Limit: netstat.NumberOf(0)})
			}
		}
		if overflows == 0 {
			f.Text = m.say("connections to listeners were dropped, but not for a full queue of connections to accept",
				"有发往监听套接字的连接被丢弃，但并非因 accept 队列已满")
			f.Advice = m.say("look at the other counters of TcpExt that grow, such as TCPReqQFullDrop, and at net.ipv4.tcp_max_syn_backlog",
				"查看 TcpExt 中其他增长的计数器，如 TCPReqQFullDrop，以及 net.ipv4.tcp_max_syn_backlog")
		}
		m.find(f)
	}
	*c = acceptQueueCheck{before: c.now}
}
