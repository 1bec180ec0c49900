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
			"more than the backlog, or listen drops between two moments: critical; from " + strconv.Itoa(acceptQueueNearly) + " % of it: warning",
			"超过 backlog，或两个时刻之间有监听丢弃: critical；达到其 " + strconv.Itoa(acceptQueueNearly) + " %: warning",
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
	queues []queue
}

// queue is a listener whose queue is full or nearly so.
type queue struct {
	subject          netstat.Subject
	waiting, backlog uint64
}

func (c *acceptQueueCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen || s.MaxBacklog == 0 || s.RecvQ*100 < uint64(s.MaxBacklog)*acceptQueueNearly {
		return
	}
	c.queues = append(c.queues, queue{m.aboutSocket(s), s.RecvQ, uint64(s.MaxBacklog)})
}

func (c *acceptQueueCheck) conclude(m *Moment) {
	overflows, _ := m.Grown("TcpExt.ListenOverflows")
	drops, _ := m.Grown("TcpExt.ListenDrops")
	full := false
	for i := range c.queues {
		q := &c.queues[i]
		waiting, backlog := strconv.FormatUint(q.waiting, 10), strconv.FormatUint(q.backlog, 10)
		f := netstat.Finding{
			Subject:  q.subject,
			Severity: netstat.Warning,
			Text: m.say("queue of connections to accept is nearly full: "+waiting+" of "+backlog,
				"accept 队列将满: "+waiting+" / "+backlog),
			Advice: m.say("make the program accept faster, or raise its backlog and net.core.somaxconn",
				"让程序更快地 accept，或调大其 backlog 与 net.core.somaxconn"),
			Evidence: []netstat.Evidence{{Fact: "recvq", Value: netstat.NumberOf(q.waiting), Limit: netstat.NumberOf(q.backlog)}},
			Command:  "-tlnp --port " + strconv.Itoa(int(q.subject.Local.Port)),
		}
		if q.waiting > q.backlog {
			full = true
			f.Severity = netstat.Critical
			f.Text = m.say("queue of connections to accept is full: "+waiting+" wait, the backlog is "+backlog,
				"accept 队列已满: "+waiting+" 个在等待，backlog 为 "+backlog)
			if overflows > 0 {
				f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "TcpExt.ListenOverflows", Grown: true, Value: netstat.NumberOf(overflows)})
			}
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
		m.find(f)
	}
	c.queues = c.queues[:0]
}
