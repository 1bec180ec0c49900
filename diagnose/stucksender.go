package diagnose

import (
	"strconv"
	"time"

	"netstat"
)

// A sender is limited by its peer or its buffer if that held it back for more than
// limitedShare percent of the time in which it had data to send, and it had data for
// limitedBusy in all and for most of the time between two moments.
const (
	limitedShare = 50
	limitedBusy  = time.Second
)

// stuckSender finds connections with data that they cannot send because the peer accepts
// none: its window is closed (RFC 9293, section 3.8.6.1).
func stuckSender() *Rule {
	share := strconv.Itoa(limitedShare)
	return &Rule{
		Name: "stuck-sender",
		Signal: Text{
			"TCP connections with data not sent while the peer's window is closed, at both of two moments; and the part of the time with data to send (busy_time) in which the peer's window (rwnd_limited) or the send buffer (sndbuf_limited) held it back",
			"两个时刻对端窗口都已关闭而仍有未发送数据的 TCP 连接；以及有数据可发的时间（busy_time）中受对端窗口（rwnd_limited）或发送缓冲区（sndbuf_limited）限制的部分",
		},
		Threshold: Text{
			"window closed and nothing accepted between the moments: warning; held back for more than " + share + " % of the time between them, with more than a second of busy_time: info",
			"窗口关闭且其间对端没有接收任何数据: warning；其间超过 " + share + " % 的时间受限且 busy_time 超过一秒: info",
		},
		Doubt: Text{
			"a peer may stop reading for a while on purpose, as a player of media does",
			"对端可能有意暂停读取，例如媒体播放器",
		},
		Source:  "RFC 9293 section 3.8.6, tcp(7)",
		Moments: TwoMoments,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo, Owners: true,
			Process: processNames,
		},
		new: func() check { return &stuckSenderCheck{} },
	}
}

type stuckSenderCheck struct {
	// now and before hold the connections of two moments that were ever held back, by
	// identity.
	now, before map[uint64]heldBack
	stuck       map[uint32]*tally[heldBack]
	limited     map[uint32]*tally[heldBack]
	outside     bool // the inside of a connection with data to send is unknown
}

// heldBack describes what a connection could not send.
type heldBack struct {
	closed                bool // the peer's window is closed and there is data to send
	notSent, acked        uint64
	busy, window, sendBuf time.Duration
}

func (c *stuckSenderCheck) socket(m *Moment, s *netstat.Socket) {
	i := s.TCP
	if s.State == netstat.SynSent || s.State == netstat.Listen {
		return // no window yet
	}
	if i == nil {
		c.outside = c.outside || s.SendQ > 0
		return
	}
	now := heldBack{
		closed:  i.NotSent > 0 && (i.Has(netstat.TCPSndWnd) && i.SndWnd == 0 || s.Timer.Kind == netstat.TimerProbe),
		notSent: i.NotSent, acked: i.BytesAcked,
		busy: i.BusyTime, window: i.RWndLimited, sendBuf: i.SndBufLimited,
	}
	if !now.closed && now.window == 0 && now.sendBuf == 0 {
		return
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]heldBack)
	}
	c.now[id] = now
	before, ok := c.before[id]
	if !ok {
		return
	}
	pid, _ := m.Owner(s)
	if now.closed && before.closed && now.acked == before.acked {
		if t := tallyOf(&c.stuck, pid); t.add(now.notSent) {
			t.subject, t.worst = m.aboutSocket(s), now
		}
		return
	}
	busy, window, sendBuf := now.busy-before.busy, now.window-before.window, now.sendBuf-before.sendBuf
	if busy <= 0 || window < 0 || sendBuf < 0 || now.busy <= limitedBusy || busy < m.Elapsed()/2 || max(window, sendBuf)*100 <= busy*limitedShare {
		return
	}
	if t := tallyOf(&c.limited, pid); t.add(uint64(max(window, sendBuf))) {
		t.subject, t.worst = m.aboutSocket(s), heldBack{busy: busy, window: window, sendBuf: sendBuf}
	}
}

func (c *stuckSenderCheck) conclude(m *Moment) {
	if m.Before != nil && c.outside {
		m.cannot(m.say("the inside of connections is unknown", "连接的内部信息未知"))
	}
	for _, t := range worstFirst(c.stuck) {
		f := netstat.Finding{
			Severity: netstat.Warning,
			Text: m.say("the peer accepts no data, its window is closed: "+decimal(t.worst.notSent)+" bytes are not sent",
				"对端窗口已关闭，不接收数据: "+decimal(t.worst.notSent)+" 字节未发送"),
			Advice: m.say("look at why the program at the other end does not read; give the sender a time limit (TCP_USER_TIMEOUT)",
				"查看对端程序为何不读取；为发送方设置超时（TCP_USER_TIMEOUT）"),
			Evidence: []netstat.Evidence{
				{Fact: "notsent", Value: netstat.NumberOf(t.worst.notSent), Limit: netstat.NumberOf(0)},
				{Fact: "bytes_acked", Grown: true, Value: netstat.NumberOf(0)},
			},
			Command: "-tan --columns local,remote,state,notsent,snd_wnd,timer,process --filter 'notsent > 0" + processFilter(t.subject.PID) + "' --sort=-notsent",
		}
		c.find(m, t, f)
	}
	for _, t := range worstFirst(c.limited) {
		fact, held := "rwnd_limited", t.worst.window
		text := m.say("the peer's window holds the sender back: ", "对端窗口限制了发送: ")
		advice := m.say("make the program at the other end read faster, or raise its receive buffer (net.ipv4.tcp_rmem there)",
			"让对端程序更快读取，或调大其接收缓冲区（对端的 net.ipv4.tcp_rmem）")
		if t.worst.sendBuf > held {
			fact, held = "sndbuf_limited", t.worst.sendBuf
			text = m.say("the send buffer holds the sender back: ", "发送缓冲区限制了发送: ")
			advice = m.say("raise the maximum of net.ipv4.tcp_wmem, and do not set SO_SNDBUF in the program",
				"调大 net.ipv4.tcp_wmem 的上限，且程序不要设置 SO_SNDBUF")
		}
		ms, of := uint64(held.Milliseconds()), uint64(t.worst.busy.Milliseconds())
		f := netstat.Finding{
			Severity: netstat.Info, Advice: advice,
			Text: text + m.say(percent(ms, of)+" % of the time with data to send", "有数据可发的时间中占 "+percent(ms, of)+" %"),
			Evidence: []netstat.Evidence{
				{Fact: fact, Grown: true, Value: netstat.TextOf(held.String()), Limit: netstat.TextOf((t.worst.busy * limitedShare / 100).String())},
				{Fact: "busy_time", Grown: true, Value: netstat.TextOf(t.worst.busy.String())},
			},
			Command: "-tan --columns local,remote,busy_time," + fact + ",process --filter '" + fact + " > 0" + processFilter(t.subject.PID) + "' --sort=-" + fact,
		}
		c.find(m, t, f)
	}
	*c = stuckSenderCheck{before: c.now}
}

// find reports a finding about the worst connection of a process, and names the number of
// all that are like it.
func (c *stuckSenderCheck) find(m *Moment, t *tally[heldBack], f netstat.Finding) {
	f.Subject = t.subject
	if t.count > 1 {
		n := decimal(t.count)
		f.Text += m.say("; "+n+" connections of the process are like that", "；该进程有 "+n+" 个连接如此")
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(t.count)})
	}
	m.find(f)
}
