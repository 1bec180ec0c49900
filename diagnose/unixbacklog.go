package diagnose

import "netstat"

// unixBacklog finds listening unix sockets that do not accept fast enough. The kernel
// lets connect(2) wait, or fail with EAGAIN, when more connections are pending than the
// backlog says (unix_recvq_full in net/unix/af_unix.c).
func unixBacklog() *Rule {
	return &Rule{
		Name: "unix-backlog",
		Signal: Text{
			"connections that wait to be accepted by a listening unix socket, against its backlog",
			"等待监听中的 unix 套接字 accept 的连接数，与其 backlog 相比",
		},
		Threshold: Text{
			"more than the backlog: critical; at the second of two moments only: warning",
			"超过 backlog: critical；两个时刻中仅在第二个时刻超过: warning",
		},
		Doubt:   Text{"a burst may fill a queue for a moment", "突发的连接会短暂填满队列"},
		Source:  "listen(2), unix(7), connect(2) (EAGAIN)",
		Moments: BetterTwo,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.ProtocolNone}, Facts: netstat.FactInode | netstat.FactQueues, Owners: true,
			Process: processNames,
		},
		new: func() check { return &unixBacklogCheck{} },
	}
}

type unixBacklogCheck struct {
	queues       []unixQueue
	full, before map[uint64]struct{} // the full ones of this moment and the one before
	unknown      bool                // there is a listener whose queue is unknown
}

// unixQueue is a listener with more pending connections than its backlog allows.
type unixQueue struct {
	queue
	subject  netstat.Subject
	identity uint64
}

func (c *unixBacklogCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen {
		return
	}
	if !s.Has(netstat.FactQueues) {
		c.unknown = true
		return
	}
	if s.RecvQ <= uint64(s.MaxBacklog) {
		return
	}
	if c.full == nil {
		c.full = make(map[uint64]struct{})
	}
	id := identity(s)
	c.full[id] = struct{}{}
	c.queues = append(c.queues, unixQueue{queue{s.RecvQ, uint64(s.MaxBacklog)}, m.aboutSocket(s), id})
}

func (c *unixBacklogCheck) conclude(m *Moment) {
	if c.unknown {
		m.cannot(m.say("this system does not report how many connections wait at a unix socket", "此系统不提供 unix 套接字的等待连接数"))
	}
	for i := range c.queues {
		q := &c.queues[i]
		waiting, backlog := decimal(q.waiting), decimal(q.backlog)
		f := netstat.Finding{
			Subject:  q.subject,
			Severity: netstat.Critical,
			Text: m.say("queue of connections to accept is full: "+waiting+" wait, the backlog is "+backlog,
				"accept 队列已满: "+waiting+" 个在等待，backlog 为 "+backlog),
			Advice: m.say("look what keeps the program from accepting (netstat -xp --peers shows who waits), or raise its backlog and net.core.somaxconn",
				"检查是什么使程序不 accept（netstat -xp --peers 显示谁在等待），或调大其 backlog 与 net.core.somaxconn"),
			Evidence: []netstat.Evidence{{Fact: "recvq", Value: netstat.NumberOf(q.waiting), Limit: netstat.NumberOf(q.backlog)}},
			Command:  "-xlp --filter 'accept_full = yes' --columns local,recvq,max_backlog,owners",
		}
		if _, lasting := c.before[q.identity]; m.Before != nil && !lasting {
			f.Severity = netstat.Warning
		}
		m.find(f)
	}
	*c = unixBacklogCheck{before: c.full}
}
