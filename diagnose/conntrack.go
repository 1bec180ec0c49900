package diagnose

import (
	"strconv"

	"netstat"
)

// Parts of nf_conntrack_max, in percent, from which on the table of tracked connections
// is nearly full. From 95 % on the kernel itself begins to drop entries that are not
// assured (nf_conntrack_max95 in net/netfilter/nf_conntrack_core.c).
const (
	conntrackMuch   = 80
	conntrackNearly = 95
)

// conntrack finds a table of tracked connections that is nearly full, and what it
// dropped.
func conntrack() *Rule {
	return &Rule{
		Name: "conntrack",
		Signal: Text{
			"tracked connections, against nf_conntrack_max, and what connection tracking drops",
			"被跟踪的连接数，与 nf_conntrack_max 相比，以及连接跟踪的丢弃",
		},
		Threshold: Text{
			"from " + strconv.Itoa(conntrackNearly) + " % of the limit, or entries dropped early, or packets dropped with a nearly full table, between two moments: critical; from " +
				strconv.Itoa(conntrackMuch) + " %, or other drops: warning",
			"达到上限的 " + strconv.Itoa(conntrackNearly) + " %，或两个时刻之间提前删除了条目，或表将满时丢弃了报文: critical；达到 " +
				strconv.Itoa(conntrackMuch) + " %，或有其他丢弃: warning",
		},
		Doubt: Text{
			"drop also counts packets that a protocol's tracker refuses, insert_failed entries that a program tried to insert twice",
			"drop 也包括某协议的跟踪器拒绝的报文，insert_failed 也包括程序重复插入的条目",
		},
		Source:  "Documentation/networking/nf_conntrack-sysctl.rst of the kernel",
		Moments: BetterTwo,
		Needs:   Needs{Measures: true},
		new:     func() check { return conntrackCheck{} },
	}
}

type conntrackCheck struct{ noSocket }

func (conntrackCheck) conclude(m *Moment) {
	count, counted := m.Measure("nf_conntrack.count")
	limit, limited := m.Measure("nf_conntrack.max")
	early, entries, _ := m.grownMeasures("nf_conntrack.early_drop")
	drops, packets, _ := m.grownMeasures("nf_conntrack.drop")
	failed, clashes, known := m.grownMeasures("nf_conntrack.insert_failed")
	packets -= min(packets, clashes) // a failed insertion drops its packet
	if !counted || !limited {
		if known {
			m.lacksMeasure(m.say("the number of tracked connections is unknown", "被跟踪的连接数未知"))
		} else {
			m.lacksMeasure(m.say("no connection tracking, or not visible here", "没有连接跟踪，或此处不可见"))
		}
	}
	use := netstat.Evidence{Fact: "nf_conntrack.count", Value: netstat.NumberOf(count), Limit: netstat.NumberOf(limit)}
	full := func(percent uint64) bool { // a limit of 0 is none
		return counted && limited && limit > 0 && count*100 >= limit*percent
	}
	raise := m.say("raise net.netfilter.nf_conntrack_max and nf_conntrack_buckets, or track less (notrack)",
		"调大 net.netfilter.nf_conntrack_max 与 nf_conntrack_buckets，或减少跟踪 (notrack)")
	of := strconv.FormatUint(count, 10) + m.say(" of ", " / ") + strconv.FormatUint(limit, 10)
	switch {
	case entries > 0 || packets > 0 && full(conntrackMuch):
		lost := early
		if packets > 0 {
			lost = append(lost, drops...)
		}
		if counted && limited {
			lost = append(lost, use)
		}
		m.find(netstat.Finding{
			Severity: netstat.Critical,
			Text: m.say("table of tracked connections is full; dropped entries: "+strconv.FormatUint(entries, 10)+", packets: "+strconv.FormatUint(packets, 10),
				"连接跟踪表已满: 丢弃了 "+strconv.FormatUint(entries, 10)+" 个条目和 "+strconv.FormatUint(packets, 10)+" 个报文"),
			Advice:   raise,
			Evidence: lost,
		})
	case full(conntrackNearly):
		m.find(netstat.Finding{
			Severity: netstat.Critical,
			Text:     m.say("table of tracked connections is almost full: "+of, "连接跟踪表几乎已满: "+of),
			Advice:   raise,
			Evidence: []netstat.Evidence{use},
		})
	case full(conntrackMuch):
		m.find(netstat.Finding{
			Severity: netstat.Warning,
			Text:     m.say("table of tracked connections is filling up: "+of, "连接跟踪表将满: "+of),
			Advice:   raise,
			Evidence: []netstat.Evidence{use},
		})
	case packets > 0:
		m.find(netstat.Finding{
			Severity: netstat.Warning,
			Text: m.say("connection tracking dropped packets, though its table is not full: "+strconv.FormatUint(packets, 10),
				"连接跟踪丢弃了 "+strconv.FormatUint(packets, 10)+" 个报文，但表未满"),
			Advice: m.say("log what is refused: sysctl net.netfilter.nf_conntrack_log_invalid=255",
				"记录被拒绝的报文: sysctl net.netfilter.nf_conntrack_log_invalid=255"),
			Evidence: drops,
		})
	}
	if clashes > 0 {
		m.find(netstat.Finding{
			Severity: netstat.Warning,
			Text: m.say("connection tracking could not insert connections and dropped their packets: "+strconv.FormatUint(clashes, 10),
				"连接跟踪未能插入 "+strconv.FormatUint(clashes, 10)+" 个连接，其报文被丢弃"),
			Advice: m.say("look for clients that send twice from one port at the same time, such as DNS queries: conntrack -S",
				"查找从同一端口同时发送两次的客户端，例如 DNS 查询: conntrack -S"),
			Evidence: failed,
		})
	}
}
