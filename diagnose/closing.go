package diagnose

import (
	"strconv"
	"time"

	"netstat"
)

// Connections pile up in a state of closing from closingMany of them on, or if they stay
// in it for longer than closingLong: tcp_fin_timeout is a minute, and the others wait for
// one answer of the peer.
const (
	closingMany = 1000
	closingLong = time.Minute
)

// closing finds connections that do not come to their end. They take memory but no
// descriptors, and are seldom a fault of this host.
func closing() *Rule {
	many := strconv.Itoa(closingMany)
	return &Rule{
		Name: "closing",
		Signal: Text{
			"connections in FIN-WAIT-2, LAST-ACK and CLOSING, at both of two moments, and for how long the peer has been silent",
			"两个时刻处于 FIN-WAIT-2、LAST-ACK 与 CLOSING 的连接，以及对端已沉默多久",
		},
		Threshold: Text{
			"from " + many + " in one state, or any for longer than a minute: info",
			"同一状态达到 " + many + " 个，或任一持续超过一分钟: info",
		},
		Doubt: Text{
			"a busy server closes thousands of connections a minute; a program may have shut down only its sending side and wait for an answer (FIN-WAIT-2)",
			"繁忙的服务器每分钟关闭数千个连接；程序也可能只关闭了发送方向并等待应答（FIN-WAIT-2）",
		},
		Source:  "RFC 9293 section 3.6, ip-sysctl.rst (tcp_fin_timeout, tcp_orphan_retries)",
		Moments: BetterTwo,
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo, Owners: true,
			Process: processNames,
		},
		new: func() check { return &closingCheck{} },
	}
}

// closingStates are the states that the rule looks at.
var closingStates = [...]netstat.State{netstat.FinWait2, netstat.LastAck, netstat.Closing}

type closingCheck struct {
	// counts and counted hold the number of sockets in each of closingStates, now and at
	// the moment before.
	counts, counted [len(closingStates)]uint64
	// now and before hold the states of these sockets at two moments, by identity.
	now, before map[uint64]netstat.State
	long        [len(closingStates)]tally[struct{}]
}

func (c *closingCheck) socket(m *Moment, s *netstat.Socket) {
	var at int
	switch s.State {
	case netstat.FinWait2:
	case netstat.LastAck:
		at = 1
	case netstat.Closing:
		at = 2
	default:
		return
	}
	c.counts[at]++
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]netstat.State)
	}
	c.now[id] = s.State
	long := silentForMinute(s)
	if m.Before != nil {
		long = c.before[id] == s.State && (long || m.Elapsed() >= closingLong)
	}
	if !long {
		return
	}
	silent := uint64(0)
	if s.TCP != nil {
		silent = uint64(s.TCP.LastAckRecv)
	}
	if t := &c.long[at]; t.add(silent) {
		t.subject = m.aboutSocket(s)
	}
}

func (c *closingCheck) conclude(m *Moment) {
	for i, state := range closingStates {
		f := netstat.Finding{
			Severity: netstat.Info,
			Advice:   closingAdvice(m, state),
			Command:  "-tan --columns local,remote,state,last_ack_recv,process --filter 'state = " + state.String() + "'",
		}
		n, long := decimal(c.counts[i]), decimal(c.long[i].count)
		pile := c.counts[i] >= closingMany && (m.Before == nil || c.counted[i] >= closingMany)
		switch {
		case pile:
			f.Text = m.say(n+" connections are in "+state.String(), n+" 个连接处于 "+state.String())
			f.Evidence = []netstat.Evidence{{Fact: "count", Value: netstat.NumberOf(c.counts[i]), Limit: netstat.NumberOf(closingMany)}}
			if c.long[i].count > 0 {
				f.Text += m.say(", "+long+" of them for longer than a minute", "，其中 "+long+" 个超过一分钟")
			}
		case c.long[i].count > 0:
			f.Subject = c.long[i].subject
			f.Text = m.say(count(c.long[i].count, "connection has", "connections have")+" been in "+state.String()+" for longer than a minute",
				long+" 个连接处于 "+state.String()+" 已超过一分钟")
			f.Evidence = []netstat.Evidence{{Fact: "count", Value: netstat.NumberOf(c.long[i].count), Limit: netstat.NumberOf(0)}}
		default:
			continue
		}
		m.find(f)
	}
	*c = closingCheck{before: c.now, counted: c.counts}
}

// closingAdvice returns what to do about connections in one of closingStates.
func closingAdvice(m *Moment, state netstat.State) string {
	if state == netstat.FinWait2 {
		return m.say("look at why the peers do not close; net.ipv4.tcp_fin_timeout limits those that the program has given up",
			"查看对端为何不关闭；net.ipv4.tcp_fin_timeout 限制程序已放弃的连接")
	}
	return m.say("look for loss on the way to the peers, or for peers that vanished; net.ipv4.tcp_orphan_retries limits the attempts",
		"检查到对端的路径是否丢包或对端已消失；net.ipv4.tcp_orphan_retries 限制重试次数")
}
