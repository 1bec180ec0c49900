package diagnose

import (
	"net/netip"
	"strconv"
	"time"

	"netstat"
)

// A connection attempt gets no answer if its SYN was sent again synSentAgain times. The
// first is due after a second, the next one or two seconds later (RFC 6298, section 2;
// tcp_syn_linear_timeouts): a round trip is never that long on a path that works.
const synSentAgain = 2

// synSentWait is how long a connection attempt stays unanswered where the system does not
// tell how often it sent the SYN.
const synSentWait = time.Second

// synSent finds remote addresses that do not answer connection attempts. A host without
// a listener answers with a reset; so no answer means that something drops the packets.
func synSent() *Rule {
	again := strconv.Itoa(synSentAgain)
	return &Rule{
		Name: "syn-sent",
		Signal: Text{
			"connection attempts (SYN-SENT) whose SYN was sent again, by remote address and port; on Windows attempts that are there at both of two moments",
			"SYN 已重传的连接尝试（SYN-SENT），按远端地址和端口；在 Windows 上为两个时刻都在的连接尝试",
		},
		Threshold: Text{"from " + again + " retransmissions of a SYN: warning", "SYN 重传达到 " + again + " 次: warning"},
		Doubt: Text{
			"the remote host may be down or not exist, which is no fault of the network",
			"远端主机可能已关机或不存在，而非网络故障",
		},
		Source:  "RFC 6298, tcp(7)",
		Moments: BetterTwo,
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo, Owners: true,
			Process: processNames,
		},
		new: func() check { return &synSentCheck{} },
	}
}

type synSentCheck struct {
	// now and before hold the attempts of two moments whose retransmissions are unknown.
	now, before map[uint64]struct{}
	remotes     map[netip.AddrPort]*tally[struct{}] // bad is the number of retransmissions, or 0
}

func (c *synSentCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.SynSent {
		return
	}
	again := uint64(0)
	switch {
	case s.TCP != nil && s.TCP.Has(netstat.TCPRetransmits):
		again = uint64(s.TCP.Retransmits)
	case s.Timer.Kind == netstat.TimerRetransmit:
		again = uint64(s.Timer.Retransmits)
	default:
		id := identity(s)
		if c.now == nil {
			c.now = make(map[uint64]struct{})
		}
		c.now[id] = struct{}{}
		if _, ok := c.before[id]; !ok || m.Elapsed() < synSentWait {
			return
		}
		c.add(m, s, 0)
		return
	}
	if again >= synSentAgain {
		c.add(m, s, again)
	}
}

func (c *synSentCheck) add(m *Moment, s *netstat.Socket, again uint64) {
	t := tallyOf(&c.remotes, netip.AddrPortFrom(s.Remote.IP.Unmap(), s.Remote.Port))
	if t.add(again) {
		t.subject = m.aboutSocket(s)
		t.subject.Kind, t.subject.Local, t.subject.Cookie = netstat.OfRemote, netstat.Addr{}, 0
	}
}

func (c *synSentCheck) conclude(m *Moment) {
	if len(c.now) > 0 && m.Before == nil {
		m.cannot(m.say("the retransmissions of SYNs are unknown; needs two moments", "SYN 的重传次数未知；需要两个时刻"))
	}
	list := worstFirst(c.remotes)
	if len(list) > manyRemotes {
		m.find(c.finding(m, list[0], sumOf(list), len(list)))
	} else {
		for _, t := range list {
			m.find(c.finding(m, t, t.count, 1))
		}
	}
	*c = synSentCheck{before: c.now}
}

// finding describes attempts to reach one address, or many of which t is the worst.
func (c *synSentCheck) finding(m *Moment, t *tally[struct{}], attempts uint64, addresses int) netstat.Finding {
	f := netstat.Finding{
		Subject: t.subject, Severity: netstat.Warning,
		Advice: m.say("look for a firewall that drops the packets, and whether the host is up: a port without a listener would refuse at once",
			"检查是否有防火墙丢弃数据包，以及主机是否在线: 没有监听的端口会立即拒绝"),
	}
	number := count(attempts, "connection attempt", "connection attempts")
	if addresses == 1 {
		f.Text = m.say("nothing answers at this address: "+number, "此地址没有应答: "+decimal(attempts)+" 个连接尝试")
	} else {
		f.Text = m.say(strconv.Itoa(addresses)+" addresses do not answer: "+number, strconv.Itoa(addresses)+" 个地址没有应答: "+decimal(attempts)+" 个连接尝试")
	}
	filter := "state = syn-sent"
	columns := "local,remote,process"
	if t.bad > 0 {
		f.Text += m.say(", with up to "+count(t.bad, "retransmission", "retransmissions"), "，最多重传 "+decimal(t.bad)+" 次")
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "retransmits", Value: netstat.NumberOf(t.bad), Limit: netstat.NumberOf(synSentAgain)})
		filter += " and retransmits >= " + strconv.Itoa(synSentAgain)
		columns = "local,remote,retransmits,process"
	}
	f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(attempts)})
	if addresses == 1 {
		filter += " and dst = " + netip.AddrPortFrom(t.subject.Remote.IP, t.subject.Remote.Port).String()
	}
	f.Command = "-tan --columns " + columns + " --filter '" + filter + "'"
	return f
}
