package diagnose

import (
	"strconv"

	"netstat"
)

// A processor runs out of time often if it left packets for later at least
// softnetSqueezes times, and once per softnetPackets packets or more. A budget is 300
// packets (net.core.netdev_budget), so that once per 300 is full load.
const (
	softnetSqueezes = 10
	softnetPackets  = 1000
)

// softnet finds packets that the processors have no room or no time for.
func softnet() *Rule {
	return &Rule{
		Name: "softnet",
		Signal: Text{
			"packets that processors drop because their input queue is full, and how often they run out of time for packets",
			"处理器因输入队列已满而丢弃的报文，以及处理报文的时间用尽的次数",
		},
		Threshold: Text{
			"a drop between two moments: warning; out of time " + strconv.Itoa(softnetSqueezes) + " times and once per " + strconv.Itoa(softnetPackets) + " packets: info",
			"两个时刻之间有丢弃: warning；时间用尽 " + strconv.Itoa(softnetSqueezes) + " 次且每 " + strconv.Itoa(softnetPackets) + " 个报文一次: info",
		},
		Doubt: Text{
			"processors serve all network namespaces: another one may receive the packets",
			"处理器服务所有网络命名空间: 报文可能属于其他命名空间",
		},
		Source:  "Documentation/admin-guide/sysctl/net.rst of the kernel (netdev_max_backlog, netdev_budget)",
		Moments: TwoMoments,
		Needs:   Needs{Measures: true},
		new:     func() check { return softnetCheck{} },
	}
}

type softnetCheck struct{ noSocket }

func (softnetCheck) conclude(m *Moment) {
	if _, ok := m.Measure("softnet.dropped"); !ok {
		m.lacksMeasure(m.say("no counters of processors' queues", "没有处理器队列的计数器"))
	}
	evidence, drops, _ := m.grownMeasures("softnet.dropped")
	squeezed, squeezes, _ := m.grownMeasures("softnet.time_squeeze")
	processed, known := m.MeasureGrown("softnet.processed")
	switch {
	case drops > 0:
		packets := strconv.FormatUint(drops, 10)
		m.find(netstat.Finding{
			Severity: netstat.Warning,
			Text: m.say("input queues of processors were full; packets dropped: "+packets,
				"处理器的输入队列已满: 丢弃了 "+packets+" 个报文"),
			Advice: m.say("raise net.core.netdev_max_backlog, or spread packets over processors (RPS, /sys/class/net/*/queues/rx-*/rps_cpus)",
				"调大 net.core.netdev_max_backlog，或将报文分散到多个处理器 (RPS，/sys/class/net/*/queues/rx-*/rps_cpus)"),
			Evidence: append(evidence, squeezed...),
		})
	case known && squeezes >= softnetSqueezes && squeezes*softnetPackets >= processed:
		squeezed = append(squeezed, netstat.Evidence{Fact: "softnet.processed", Grown: true, Value: netstat.NumberOf(processed)})
		m.find(netstat.Finding{
			Severity: netstat.Info,
			Text: m.say("processors ran out of time for packets "+strconv.FormatUint(squeezes, 10)+" times",
				"处理器 "+strconv.FormatUint(squeezes, 10)+" 次用尽处理报文的时间"),
			Advice: m.say("if packets are late, raise net.core.netdev_budget and net.core.netdev_budget_usecs",
				"若报文有延迟，调大 net.core.netdev_budget 与 net.core.netdev_budget_usecs"),
			Evidence: squeezed,
		})
	}
}
