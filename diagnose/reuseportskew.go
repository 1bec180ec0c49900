package diagnose

import (
	"strconv"

	"netstat"
)

// The queues of a group are skewed if the longest has at least skewLeast connections and
// skewFactor times as many as the shortest.
const (
	skewLeast  = 16
	skewFactor = 10
)

// reuseportSkew finds listeners that share a port and of which one does not accept. The
// kernel gives each of them its part of the connections by a hash of the addresses, no
// matter how many wait there already (reuseport_select_sock in
// net/core/sock_reuseport.c).
func reuseportSkew() *Rule {
	least, factor := strconv.Itoa(skewLeast), strconv.Itoa(skewFactor)
	return &Rule{
		Name: "reuseport-skew",
		Signal: Text{
			"connections that wait to be accepted by each listener of a group that shares a port (SO_REUSEPORT: same address, port, interface and user)",
			"共用同一端口的一组监听套接字（SO_REUSEPORT: 地址、端口、接口与用户均相同）各自等待 accept 的连接数",
		},
		Threshold: Text{
			"at least " + least + " at one, and " + factor + " times as many as at another; with two moments, at both: warning",
			"某一个至少有 " + least + " 个，且为另一个的 " + factor + " 倍；有两个时刻时须都成立: warning",
		},
		Doubt: Text{
			"a program that chooses the listener itself (SO_ATTACH_REUSEPORT_EBPF) may want it",
			"自行选择监听套接字的程序（SO_ATTACH_REUSEPORT_EBPF）可能有意如此",
		},
		Source:  "socket(7) (SO_REUSEPORT)",
		Moments: BetterTwo,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Owners: true, Process: processNames,
			Facts: netstat.FactInode | netstat.FactUID | netstat.FactInterface,
		},
		new: func() check { return &reuseportSkewCheck{} },
	}
}

type reuseportSkewCheck struct {
	groups map[reuseportGroup]*reuseportQueues
	before map[uint64]struct{} // the longest queues of the skewed groups at the moment before
}

// reuseportGroup is what two listening sockets can share only with SO_REUSEPORT, which
// requires the same user (inet_csk_bind_conflict in net/ipv4/inet_connection_sock.c).
type reuseportGroup struct {
	table netstat.Table
	local netstat.Addr
	uid   uint32
}

// reuseportQueues holds the shortest and the longest queue of a group.
type reuseportQueues struct {
	listeners, least, most uint64
	longest                netstat.Socket
}

func (c *reuseportSkewCheck) socket(_ *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen {
		return
	}
	key := reuseportGroup{s.Table, s.Local, s.UID}
	g := c.groups[key]
	if g == nil {
		if c.groups == nil {
			c.groups = make(map[reuseportGroup]*reuseportQueues)
		}
		g = &reuseportQueues{least: s.RecvQ}
		c.groups[key] = g
	}
	g.listeners++
	g.least = min(g.least, s.RecvQ)
	if g.listeners == 1 || s.RecvQ > g.most {
		g.most, g.longest = s.RecvQ, *s
	}
}

func (c *reuseportSkewCheck) conclude(m *Moment) {
	now := make(map[uint64]struct{})
	skewed := make(map[reuseportGroup]*tally[uint64]) // worst: the shortest queue
	for key, g := range c.groups {
		if g.listeners < 2 || g.most < skewLeast || g.most < g.least*skewFactor {
			continue
		}
		id := identity(&g.longest)
		now[id] = struct{}{}
		if _, lasting := c.before[id]; m.Before != nil && !lasting {
			continue
		}
		skewed[key] = &tally[uint64]{count: g.listeners, bad: g.most, subject: m.aboutSocket(&g.longest), worst: g.least}
	}
	for _, t := range worstFirst(skewed) {
		most, least, listeners := decimal(t.bad), decimal(t.worst), decimal(t.count)
		m.find(netstat.Finding{
			Subject:  t.subject,
			Severity: netstat.Warning,
			Text: m.say("one of "+listeners+" listeners that share this port does not keep up: "+most+" connections wait there, "+least+" at another",
				"共用此端口的 "+listeners+" 个监听套接字中有一个处理不及: 该处有 "+most+" 个连接在等待，另一个为 "+least),
			Advice: m.say("look what blocks the process or thread of this listener, or let it close the listener",
				"检查该监听套接字的进程或线程因何阻塞，或让它关闭该套接字"),
			Evidence: []netstat.Evidence{
				{Fact: "recvq", Value: netstat.NumberOf(t.bad), Limit: netstat.NumberOf(max(skewLeast, t.worst*skewFactor))},
				{Fact: "count", Value: netstat.NumberOf(t.count)},
			},
			Command: "-tlnp --port " + strconv.Itoa(int(t.subject.Local.Port)) + " --sort=-recvq",
		})
	}
	*c = reuseportSkewCheck{before: now}
}
