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
			"data sent again between two moments, against all data sent: of each TCP connection, and of the host without its SYNs",
			"两个时刻之间重传的数据与发送的全部数据之比：按每个 TCP 连接，以及整台主机（不含 SYN）",
		},
		Threshold: Text{
			"from " + many + " %: warning; from " + tooMany + " %: critical; at least " + segments + " segments, " + least + " of them sent again",
			"达到 " + many + " %: warning；达到 " + tooMany + " %: critical；至少 " + segments + " 个报文段，其中至少 " + least + " 个为重传",
		},
		Doubt: Text{
			"segments that arrive late or in another order are sent again too, although none is lost",
			"迟到或乱序的报文段也会被重传，尽管没有丢失",
		},
		Source:  "RFC 9293 section 3.8, RFC 8985, tcp(7)",
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
	// now and before hold what each connection that has ever retransmitted had sent at
	// two moments, by identity.
	now, before map[uint64]sent
	remotes     map[netip.Addr]*tally[sentSince]
	// inside and outside count connections whose numbers are known and unknown.
	inside, outside int
}

// sent is what a connection sent, and of that again: in bytes or, if the system does not
// count those, in segments.
type sent struct{ all, again, segments, segmentsAgain uint64 }

// sentSince is what a connection sent since another moment.
type sentSince struct {
	sent
	grown   bool   // false if this is all that it ever sent
	ofAll   string // name of the fact "all"
	ofAgain string // name of the fact "again"
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
	now := sentSince{sent: sent{segments: i.DataSegsOut, segmentsAgain: uint64(i.TotalRetrans)}, ofAll: "data_segs_out", ofAgain: "total_retrans"}
	if !i.Has(netstat.TCPDataSegsOut) {
		now.segments, now.ofAll = i.SegsOut, "segs_out"
	}
	now.all, now.again = now.segments, now.segmentsAgain
	if i.Has(netstat.TCPBytesSent) && i.Has(netstat.TCPBytesRetrans) {
		now.all, now.again, now.ofAll, now.ofAgain = i.BytesSent, i.BytesRetrans, "bytes_sent", "bytes_retrans"
	}
	id := identity(s)
	if c.now == nil {
		c.now = make(map[uint64]sent)
	}
	c.now[id] = now.sent
	if m.Before == nil {
		return
	}
	// A connection that is not known from before had sent nothing again until then, so
	// its totals since it began show no more than the rate since.
	if old, ok := c.before[id]; ok {
		if now.all < old.all || now.again < old.again || now.segments < old.segments || now.segmentsAgain < old.segmentsAgain {
			return
		}
		now.grown = true
		now.all, now.again = now.all-old.all, now.again-old.again
		now.segments, now.segmentsAgain = now.segments-old.segments, now.segmentsAgain-old.segmentsAgain
	} else if m.Before.Unread(s.Table.String()) != nil {
		return
	}
	if now.segments < retransmitsSegments || now.segmentsAgain < retransmitsLeast || now.again*100 < now.all*retransmitsMany {
		return
	}
	t := tallyOf(&c.remotes, s.Remote.IP.Unmap())
	if t.add(now.again * 1000 / max(now.all, 1)) {
		t.subject, t.worst = m.aboutSocket(s), now
	}
}

func (c *retransmitsCheck) conclude(m *Moment) {
	if c.inside == 0 && c.outside > 0 {
		m.cannot(m.say("the system tells nothing of the inside of its connections", "系统不提供连接的内部信息"))
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
	severity, limit := retransmitsSeverity(w.again, w.all)
	f := netstat.Finding{
		Subject: t.subject, Severity: severity,
		Text: m.say(percent(w.again, w.all)+" % of what the connection sent were retransmissions",
			"该连接发送的内容中 "+percent(w.again, w.all)+" % 是重传"),
		Advice: m.say("look for loss on the path to this address: netstat -i for errors and drops here, a trace such as mtr -T beyond",
			"检查到此地址的路径是否丢包: 本机用 netstat -i 查看错误与丢弃，沿途用 mtr -T 等"),
		Evidence: []netstat.Evidence{
			{Fact: w.ofAgain, Grown: w.grown, Value: netstat.NumberOf(w.again), Limit: netstat.NumberOf(w.all * limit / 100)},
			{Fact: w.ofAll, Grown: w.grown, Value: netstat.NumberOf(w.all)},
		},
		Command: "-tan --columns local,remote," + w.ofAll + "," + w.ofAgain + ",rtt,process --filter '" + w.ofAgain + " > 0",
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

// host judges the counters of the host. OutSegs leaves out retransmissions, and
// RetransSegs has those of SYNs, which the rule syn-sent judges.
func (c *retransmitsCheck) host(m *Moment, group string) {
	again, ok := m.Grown(group + ".RetransSegs")
	out, known := m.Grown(group + ".OutSegs")
	if !ok || !known {
		return
	}
	syns, _ := m.Grown("TcpExt.TCPSynRetrans")
	data := again - min(again, syns)
	all := out + data
	if all < retransmitsSegments || data < retransmitsLeast || data*100 < all*retransmitsMany {
		return
	}
	severity, limit := retransmitsSeverity(data, all)
	m.find(netstat.Finding{
		Severity: severity,
		Text: m.say(percent(data, all)+" % of the TCP segments that the host sent were retransmissions: "+decimal(data)+" of "+decimal(all),
			"主机发送的 TCP 报文段中 "+percent(data, all)+" % 是重传: "+decimal(data)+" / "+decimal(all)),
		Advice: m.say("look for errors and drops of the interfaces (netstat -i) and for the connections concerned",
			"检查接口的错误与丢弃（netstat -i），并找出相关连接"),
		Evidence: []netstat.Evidence{
			{Fact: group + ".RetransSegs", Grown: true, Value: netstat.NumberOf(again), Limit: netstat.NumberOf(syns + all*limit/100)},
			{Fact: "TcpExt.TCPSynRetrans", Grown: true, Value: netstat.NumberOf(syns)},
			{Fact: group + ".OutSegs", Grown: true, Value: netstat.NumberOf(out)},
		},
		Command: "-st --columns group,name,value",
	})
}

// retransmitsSeverity returns the severity for so many retransmissions of all, and the
// percentage from which on it applies.
func retransmitsSeverity(again, all uint64) (netstat.Severity, uint64) {
	if again*100 >= all*retransmitsTooMany {
		return netstat.Critical, retransmitsTooMany
	}
	return netstat.Warning, retransmitsMany
}
