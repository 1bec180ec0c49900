package diagnose

import (
	"strconv"

	"netstat"
)

// unreadFull is the part of its receive buffer, in percent, from which on a socket has
// much that its program has not read. With 50 percent the window that it offers is
// nearly or wholly closed: a reader that stops was seen to leave between 50 percent (a
// buffer of 16 KiB) and 98 percent (128 KiB) of unread data.
const unreadFull = 50

// unread finds processes that do not read from their TCP connections.
func unread() *Rule {
	full := strconv.Itoa(unreadFull)
	return &Rule{
		Name: "unread",
		Signal: Text{
			"unread data of established TCP connections against their receive buffer, at both of two moments, if nothing was read between them",
			"已建立的 TCP 连接中未读数据与接收缓冲区之比，两个时刻都达到且其间没有读取",
		},
		Threshold: Text{"from " + full + " % of rcvbuf: warning", "达到 rcvbuf 的 " + full + " %: warning"},
		Doubt: Text{
			"a program may read in batches, or wait for something else on purpose",
			"程序可能分批读取，或有意等待其他事情",
		},
		Source:  "tcp(7), socket(7)",
		Moments: TwoMoments,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactMemory | netstat.FactTCPInfo, Owners: true,
			Process: processNames,
		},
		new: func() check { return &unreadCheck{} },
	}
}

type unreadCheck struct {
	// now and before hold the sockets with much unread data of two moments, by identity.
	now, before map[uint64]unreadData
	processes   map[uint32]*tally[unreadData]
	outside     bool // a socket's buffer is unknown
}

// unreadData describes what a socket has received, in bytes. read is what its program has
// read, and known whether that is known.
type unreadData struct {
	waiting, buffer, read uint64
	known                 bool
}

func (c *unreadCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Established || s.RecvQ == 0 {
		return
	}
	if s.Memory == nil || !s.Memory.Known.Has(netstat.MemoryRcvBuf) {
		c.outside = true
		return
	}
	if s.RecvQ*100 < uint64(s.Memory.RcvBuf)*unreadFull {
		return
	}
	now := unreadData{waiting: s.RecvQ, buffer: uint64(s.Memory.RcvBuf)}
	if s.TCP != nil && s.TCP.Has(netstat.TCPBytesReceived) && s.TCP.BytesReceived >= s.RecvQ {
		now.read, now.known = s.TCP.BytesReceived-s.RecvQ, true
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]unreadData)
	}
	c.now[id] = now
	before, ok := c.before[id]
	if !ok || before.known && now.known && before.read != now.read || now.waiting < before.waiting {
		return
	}
	pid, _ := m.Owner(s)
	t := tallyOf(&c.processes, pid)
	if t.add(now.waiting) {
		t.subject, t.worst = m.aboutSocket(s), now
	}
}

func (c *unreadCheck) conclude(m *Moment) {
	if m.Before != nil && c.outside {
		m.cannot(m.say("the receive buffers are unknown", "接收缓冲区未知"))
	}
	for _, t := range worstFirst(c.processes) {
		waiting, buffer := decimal(t.worst.waiting), decimal(t.worst.buffer)
		f := netstat.Finding{
			Subject: t.subject, Severity: netstat.Warning,
			Text: m.say("the program does not read: "+waiting+" bytes wait in a buffer of "+buffer,
				"程序没有读取数据: "+waiting+" 字节在 "+buffer+" 字节的缓冲区中等待"),
			Advice: m.say("look at what the program waits for instead of reading, such as with strace or a stack dump",
				"用 strace 或调用栈查看程序在等待什么而不去读取"),
			Evidence: []netstat.Evidence{
				{Fact: "recvq", Value: netstat.NumberOf(t.worst.waiting), Limit: netstat.NumberOf(t.worst.buffer * unreadFull / 100)},
				{Fact: "rcvbuf", Value: netstat.NumberOf(t.worst.buffer)},
			},
			Command: "-tan --columns local,remote,recvq,rcvbuf,process --filter 'state established and recvq > 0" + processFilter(t.subject.PID) + "' --sort=-recvq",
		}
		if t.subject.PID == 0 {
			f.Advice = m.say("see which program should accept the connection or read from it: netstat -tlnp",
				"查看应由哪个程序接受或读取该连接: netstat -tlnp")
		}
		if t.count > 1 {
			n := decimal(t.count)
			f.Text += m.say("; "+n+" of its connections are like that", "；其连接中有 "+n+" 个如此")
			f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(t.count)})
		}
		m.find(f)
	}
	*c = unreadCheck{before: c.now}
}
