package diagnose

import (
	"strconv"

	"netstat"
)

// Orphans are many from orphansMany percent of tcp_max_orphans on, and too many from
// orphansMost on. The kernel counts an orphan whose peer does not acknowledge two or
// four times, so that it resets some from a quarter of the limit on (tcp_out_of_resources
// in net/ipv4/tcp_timer.c, tcp_too_many_orphans in net/ipv4/tcp.c).
const (
	orphansMany = 50
	orphansMost = 90
)

// orphans finds a host with many connections that their process has closed and that
// still have data to send.
func orphans() *Rule {
	many, most := strconv.Itoa(orphansMany), strconv.Itoa(orphansMost)
	return &Rule{
		Name: "orphans",
		Signal: Text{
			"TCP connections that no process holds any more and that still send, against tcp_max_orphans",
			"已无进程持有但仍在发送的 TCP 连接数，与 tcp_max_orphans 相比",
		},
		Threshold: Text{
			"from " + many + " %: warning; from " + most + " %: critical",
			"达到 " + many + " %: warning；达到 " + most + " %: critical",
		},
		Doubt: Text{
			"the number is of the whole system, the connections may be in another network namespace",
			"该数值属于整个系统，这些连接可能在另一个网络命名空间",
		},
		Source: "ip-sysctl.rst (tcp_max_orphans), tcp(7)",
		Needs:  Needs{Measures: true},
		new:    func() check { return orphansCheck{} },
	}
}

type orphansCheck struct{ noSocket }

func (orphansCheck) conclude(m *Moment) {
	l, ok := m.level("sockstat.TCP.orphan", "sysctl.net.ipv4.tcp_max_orphans")
	if !ok || !l.reaches(orphansMany) {
		return
	}
	severity, threshold := netstat.Warning, l.share(orphansMany)
	if l.reaches(orphansMost) {
		severity, threshold = netstat.Critical, l.share(orphansMost)
	}
	n, limit := decimal(l.value), decimal(l.limit)
	m.find(netstat.Finding{
		Severity: severity,
		Text: m.say("many closed connections still send: "+n+" orphans, the limit is "+limit+"; beyond it the kernel resets them",
			"许多已关闭的连接仍在发送: "+n+" 个孤儿连接，上限为 "+limit+"，超出后内核会重置它们"),
		Advice: m.say("find the remote addresses that do not acknowledge, or lower net.ipv4.tcp_orphan_retries",
			"找出不确认数据的远端地址，或调小 net.ipv4.tcp_orphan_retries"),
		Evidence: []netstat.Evidence{{Fact: "sockstat.TCP.orphan", Value: netstat.NumberOf(l.value), Limit: netstat.NumberOf(threshold)}},
		Command:  "-tan --filter 'owner_unknown = closed' --group-by remote_address,state",
	})
}
