package diagnose

import (
	"strconv"

	"netstat"
)

// tcpMemoryNearly is the part of the most memory that TCP may use, in percent, from
// which on it is nearly used up. Beyond the limit the kernel gives no memory to sockets
// (__sk_mem_raise_allocated in net/core/sock.c).
const tcpMemoryNearly = 90

// tcpMemoryDrops count what TCP gave up for lack of memory or of room in a socket's
// buffer (net/ipv4/tcp_input.c, tcp_timer.c, tcp_ipv4.c).
var tcpMemoryDrops = []string{
	"TcpExt.TCPMemoryPressures", "TcpExt.TCPAbortOnMemory", "TcpExt.TCPBacklogDrop", "TcpExt.TCPRcvQDrop",
}

// tcpMemory finds a host whose TCP sockets use the memory that the system allows them.
//
// TcpExt.PruneCalled is evidence only: a process that does not read many small segments
// makes it grow too, without any lack of memory.
func tcpMemory() *Rule {
	nearly := strconv.Itoa(tcpMemoryNearly)
	return &Rule{
		Name: "tcp-memory",
		Signal: Text{
			"memory of all TCP sockets in pages, against tcp_mem; growth of TCPMemoryPressures, TCPAbortOnMemory, TCPBacklogDrop and TCPRcvQDrop",
			"所有 TCP 套接字占用的内存页数，与 tcp_mem 相比；TCPMemoryPressures、TCPAbortOnMemory、TCPBacklogDrop 与 TCPRcvQDrop 的增长",
		},
		Threshold: Text{
			"above the pressure value, or a counter that grows: warning; from " + nearly + " % of the maximum: critical",
			"高于 pressure 值，或有计数器增长: warning；达到最大值的 " + nearly + " %: critical",
		},
		Doubt: Text{
			"the numbers are of the whole system, the counters of one network namespace; one process that does not read can make a counter grow",
			"内存数值属于整个系统，计数器只属于一个网络命名空间；单个不读取数据的进程也可能使计数器增长",
		},
		Source:  "ip-sysctl.rst (tcp_mem), tcp(7)",
		Moments: BetterTwo,
		Needs:   Needs{Counters: true, Measures: true},
		new:     func() check { return tcpMemoryCheck{} },
	}
}

type tcpMemoryCheck struct{ noSocket }

func (tcpMemoryCheck) conclude(m *Moment) {
	pressure, ok := m.level("sockstat.TCP.mem", "sysctl.net.ipv4.tcp_mem.pressure")
	var most level
	if ok {
		most, ok = m.level("sockstat.TCP.mem", "sysctl.net.ipv4.tcp_mem.max")
	}
	f := netstat.Finding{
		Severity: netstat.Warning,
		Advice: m.say("find the sockets with the most memory and the processes that do not read them, or raise net.ipv4.tcp_mem",
			"找出占用内存最多的套接字及不读取它们的进程，或调大 net.ipv4.tcp_mem"),
		Command: "-ta --memory --sort=-rmem_alloc,-wmem_alloc --limit 20",
	}
	used := decimal(pressure.value)
	grown, _, _ := m.grown(append(tcpMemoryDrops, "TcpExt.PruneCalled")...)
	_, drops, _ := m.grown(tcpMemoryDrops...)
	switch {
	case ok && most.reaches(tcpMemoryNearly):
		f.Severity = netstat.Critical
		f.Text = m.say("TCP has nearly no memory left: "+used+" pages are in use, the maximum is "+decimal(most.limit),
			"TCP 的内存将用尽: 已用 "+used+" 页，最大值为 "+decimal(most.limit))
		f.Evidence = []netstat.Evidence{{Fact: "sockstat.TCP.mem", Value: netstat.NumberOf(most.value), Limit: netstat.NumberOf(most.share(tcpMemoryNearly))}}
	case ok && pressure.value > pressure.limit:
		f.Text = m.say("TCP is short of memory: "+used+" pages are in use, above "+decimal(pressure.limit)+" it saves memory",
			"TCP 内存紧张: 已用 "+used+" 页，超过 "+decimal(pressure.limit)+" 页后开始节省内存")
		f.Evidence = []netstat.Evidence{{Fact: "sockstat.TCP.mem", Value: netstat.NumberOf(pressure.value), Limit: netstat.NumberOf(pressure.limit)}}
	case drops > 0:
		f.Text = m.say("TCP dropped segments or connections for lack of memory or room in a buffer",
			"TCP 因内存或缓冲区空间不足而丢弃了报文段或连接")
		f.Command = "-st --columns group,name,value"
	default:
		return
	}
	f.Evidence = append(f.Evidence, grown...)
	m.find(f)
}
