package diagnose

import (
	"strconv"

	"netstat"
)

// timeWaitNearly is the part of tcp_max_tw_buckets, in percent, from which on TIME-WAIT
// sockets nearly reach it. Beyond it the kernel closes a connection without TIME-WAIT
// (inet_twsk_alloc in net/ipv4/inet_timewait_sock.c).
const timeWaitNearly = 80

// timeWait finds a host with nearly as many TIME-WAIT sockets as it may have.
func timeWait() *Rule {
	nearly := strconv.Itoa(timeWaitNearly)
	return &Rule{
		Name: "time-wait",
		Signal: Text{
			"sockets in TIME-WAIT against tcp_max_tw_buckets; growth of TCPTimeWaitOverflow",
			"处于 TIME-WAIT 的套接字数，与 tcp_max_tw_buckets 相比；TCPTimeWaitOverflow 的增长",
		},
		Threshold: Text{
			"from " + nearly + " %, or a counter that grows: warning",
			"达到 " + nearly + " %，或计数器增长: warning",
		},
		Doubt: Text{
			"a low limit may be wanted: connections work without TIME-WAIT, but late segments can disturb new ones",
			"较低的上限可能是有意为之: 没有 TIME-WAIT 连接仍可工作，但迟到的报文段可能干扰新连接",
		},
		Source:  "ip-sysctl.rst (tcp_max_tw_buckets), RFC 9293 section 3.6.1, RFC 1337",
		Moments: BetterTwo,
		Needs:   Needs{Counters: true, Measures: true},
		new:     func() check { return timeWaitCheck{} },
	}
}

type timeWaitCheck struct{ noSocket }

func (timeWaitCheck) conclude(m *Moment) {
	l, ok := m.level("sockstat.TCP.tw", "sysctl.net.ipv4.tcp_max_tw_buckets")
	near := ok && l.reaches(timeWaitNearly)
	grown, overflows, _ := m.grown("TcpExt.TCPTimeWaitOverflow")
	if !near && overflows == 0 {
		return
	}
	f := netstat.Finding{
		Severity: netstat.Warning,
		Advice: m.say("keep connections open and use them again, or raise net.ipv4.tcp_max_tw_buckets",
			"保持并复用连接，或调大 net.ipv4.tcp_max_tw_buckets"),
		Command: "-tan --filter 'state = time-wait' --group-by remote_address",
	}
	if near {
		n, limit := decimal(l.value), decimal(l.limit)
		f.Text = m.say("TIME-WAIT sockets nearly reach their limit: "+n+" of "+limit, "TIME-WAIT 套接字将达到上限: "+n+" / "+limit)
		f.Evidence = []netstat.Evidence{{Fact: "sockstat.TCP.tw", Value: netstat.NumberOf(l.value), Limit: netstat.NumberOf(l.share(timeWaitNearly))}}
	}
	if overflows > 0 {
		f.Text = m.say(count(overflows, "connection was", "connections were")+" closed without TIME-WAIT, whose limit is reached",
			decimal(overflows)+" 个连接因达到上限而未经 TIME-WAIT 就关闭")
	}
	f.Evidence = append(f.Evidence, grown...)
	m.find(f)
}
