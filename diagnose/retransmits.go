package diagnose

import (
	"net/netip"
	"strconv"

	"netstat"
)

// Retransmissions are many from retransmitsMany percent of what is sent on, and too many
// from retransmitsTooMany on. TCP's throughput falls with the square root of the loss
// (the equation of RFC 5348, section 3.1): at 2 percent a path with a round trip of 50 ms
// carries about 2 Mbit/s. Fewer than
// retransmitsSegments segments, or fewer than retransmitsLeast that were sent again, say
// nothing about a rate.
const (
	retransmitsMany     = 2
	retransmitsTooMany  = 10
	retransmitsSegments = 100
	retransmitsLeast    = 5
)

// retransmits finds connections, and hosts, that send much of their data again.
func retransmits() *Rule {
	many, tooMany := strconv.Itoa(retransmitsMany), strconv.Itoa(retransmitsTooMany)
	segments, least := strconv.Itoa(retransmitsSegments), strconv.Itoa(retransmitsLeast)
	return &Rule{
		Name: "retransmits",
		Signal: Text{
			"segments sent again between two moments, less those that the peer received twice, against all segments with data: of each TCP connection, and of the host without its SYNs",
			"两个时刻之间重传的报文段（减去对端收到两次的）与全部带数据的报文段之比：按每个 TCP 连接，以及整台主机（不含 SYN）",
		},
		Threshold: Text{
			"from " + many + " %: warning; from " + tooMany + " %: critical; at least " + segments + " segments, " + least + " of them sent again",
			"达到 " + many + " %: warning；达到 " + tooMany + " %: critical；至少 " + segments + " 个报文段，其中至少 " + least + " 个为重传",
		},
		Doubt: Text{
			"a segment that is only late is sent again too; not every peer tells that it received it twice (DSACK)",
			"只是迟到的报文段也会被重传；并非所有对端都会告知收到两次（DSACK）",
		},
		Source:  "RFC 9293 section 3.8, RFC 2883, tcp(7)",
		Moments: TwoMoments,
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo, Owners: true,
			Process: processNames, Counters: true,
		},
		new: func() check { return &retransmitsCheck{} },
	}
}

type retransmitsCheck struct {
	// now and before hold, of two moments, what each connection had sent that has ever
	// retransmitted, by identity.
	now, before map[uint64]sent
	remotes     map[netip.Addr]*tally[sentSince]
	// inside and outside count connections whose numbers are known and unknown.
	inside, outside int
}

// sent counts the segments with data that a connection sent, those that it sent again,
// and those that the peer received twice. The last were late, not lost: between two
// namespaces of a busy host they were 2 percent, without any loss.
type sent struct{ all, again, twice uint64 }

// lost returns how many segments were sent again with reason.
func (s *sent) lost() uint64 { return s.again - min(s.again, s.twice) }

// few reports whether they say nothing, or are below the threshold.
func (s *sent) few() bool {
	return s.all < retransmitsSegments || s.lost() < retransmitsLeast || s.lost()*100 < s.all*retransmitsMany
}

// severity returns how bad it is, and the percentage from which on it is.
func (s *sent) severity() (netstat.Severity, uint64) {
	if s.lost()*100 >= s.all*retransmitsTooMany {
		return netstat.Critical, retransmitsTooMany
	}
	return netstat.Warning, retransmitsMany
}

// sentSince is what a connection sent since the moment before.
type sentSince struct {
	sent
	grown bool   // false if it is all that it ever sent
	ofAll string // name of the fact "all"
}

func (c *retransmitsCheck) socket(m *Moment, s *netstat.Socket) {
	i := s.TCP
	switch {
	case i == nil || !i.Has(netstat.TCPTotalRetrans):
		if s.State == netstat.Established {
			c.outside++
		}
		return
	case i.TotalRetrans == 0:
		c.inside++
		return
	}
	c.inside++
	now := sentSince{sent: sent{i.DataSegsOut, uint64(i.TotalRetrans), uint64(i.DSACKDups)}, ofAll: "data_segs_out"}
	if !i.Has(netstat.TCPDataSegsOut) {
		now.all, now.ofAll = i.SegsOut, "segs_out"
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]sent)
	}
	c.now[id] = now.sent
	if m.Before == nil {
		return
	}
	// A connection that is not known from before had sent nothing again until then: its
	// totals show no more than the rate since.
	if old, ok := c.before[id]; ok {
		if now.all < old.all || now.again < old.again || now.twice < old.twice {
			return
		}
		now.sent = sent{now.all - old.all, now.again - old.again, now.twice - old.twice}
		now.grown = true
	} else if m.Before.Unread(s.Table.String()) != nil {
		return
	}
	if now.few() {
		return
	}
	t := tallyOf(&c.remotes, s.Remote.IP.Unmap())
	if t.add(now.lost() * 1000 / now.all) {
		t.subject, t.worst = m.aboutSocket(s), now
	}
}

func (c *retransmitsCheck) conclude(m *Moment) {
	if m.Before != nil && c.inside == 0 && c.outside > 0 {
		m.cannot(m.say("this system does not report the inside of its connections", "此系统不提供连接的内部信息"))
	}
	list := worstFirst(c.remotes)
	if len(list) > manyRemotes {
		m.find(c.finding(m, list[0], sumOf(list), len(list)))
	} else {
		for _, t := range list {
			m.find(c.finding(m, t, t.count, 1))
		}
	}
	for _, group := range [...]string{"Tcp", "Tcp6"} { // Windows has one for each family
		c.host(m, group)
	}
	*c = retransmitsCheck{before: c.now}
}

// finding describes the worst of several connections to one or many addresses.
func (c *retransmitsCheck) finding(m *Moment, t *tally[sentSince], connections uint64, addresses int) netstat.Finding {
	w := &t.worst
	severity, limit := w.severity()
	f := netstat.Finding{
		Subject: t.subject, Severity: severity,
		Text: m.say(percent(w.lost(), w.all)+" % of the segments that the connection sent were lost and sent again: "+decimal(w.lost())+" of "+decimal(w.all),
			"该连接发送的报文段中有 "+percent(w.lost(), w.all)+" % 丢失并重传: "+decimal(w.lost())+" / "+decimal(w.all)),
		Advice: m.say("look for loss on the path to this address: netstat -i for errors and drops here, a trace such as mtr -T beyond",
			"检查到此地址的路径是否丢包: 本机用 netstat -i 查看错误与丢弃，沿途用 mtr -T 等"),
		Evidence: []netstat.Evidence{
			{Fact: "total_retrans", Grown: w.grown, Value: netstat.NumberOf(w.again), Limit: netstat.NumberOf(w.twice + w.all*limit/100)},
			{Fact: "dsack_dups", Grown: w.grown, Value: netstat.NumberOf(w.twice)},
			{Fact: w.ofAll, Grown: w.grown, Value: netstat.NumberOf(w.all)},
		},
		Command: "-tan --columns local,remote," + w.ofAll + ",total_retrans,dsack_dups,rtt,process --filter 'total_retrans > 0",
	}
	if addresses == 1 {
		f.Command += " and dst = " + filterAddress(t.subject.Remote.IP)
	}
	f.Command += "'"
	if connections > 1 {
		number := decimal(connections)
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "count", Value: netstat.NumberOf(connections)})
		if addresses == 1 {
			f.Text += m.say("; "+number+" connections to this address retransmit that much", "；到此地址有 "+number+" 个连接重传过多")
		} else {
			f.Text += m.say("; "+number+" connections to "+strconv.Itoa(addresses)+" addresses retransmit that much",
				"；到 "+strconv.Itoa(addresses)+" 个地址共有 "+number+" 个连接重传过多")
		}
	}
	return f
}

// host judges the counters of the host. OutSegs leaves out what is sent again, and
// RetransSegs has also SYNs, which the rule syn-sent judges.
func (c *retransmitsCheck) host(m *Moment, group string) {
	again, ok := m.Grown(group + ".RetransSegs")
	out, known := m.Grown(group + ".OutSegs")
	if !ok || !known {
		return
	}
	syns, _ := m.Grown("TcpExt.TCPSynRetrans")
	const segments, events = "TcpExt.TCPDSACKRecvSegs", "TcpExt.TCPDSACKRecv" // the first since Linux 5.8
	ofTwice := segments
	twice, ok := m.Grown(segments)
	if !ok {
		ofTwice = events
		twice, _ = m.Grown(events)
	}
	data := again - min(again, syns)
	n := sent{out + data, data, twice}
	if n.few() {
		return
	}
	severity, limit := n.severity()
	m.find(netstat.Finding{
		Severity: severity,
		Text: m.say(percent(n.lost(), n.all)+" % of the TCP segments that the host sent were lost and sent again: "+decimal(n.lost())+" of "+decimal(n.all),
			"主机发送的 TCP 报文段中有 "+percent(n.lost(), n.all)+" % 丢失并重传: "+decimal(n.lost())+" / "+decimal(n.all)),
		Advice: m.say("look for errors and drops of the interfaces (netstat -i) and for the connections concerned",
			"检查接口的错误与丢弃（netstat -i），并找出相关连接"),
		Evidence: []netstat.Evidence{
			{Fact: group + ".RetransSegs", Grown: true, Value: netstat.NumberOf(again), Limit: netstat.NumberOf(syns + twice + n.all*limit/100)},
			{Fact: "TcpExt.TCPSynRetrans", Grown: true, Value: netstat.NumberOf(syns)},
			{Fact: ofTwice, Grown: true, Value: netstat.NumberOf(twice)},
			{Fact: group + ".OutSegs", Grown: true, Value: netstat.NumberOf(out)},
		},
		Command: "-st --columns group,name,value",
	})
}
