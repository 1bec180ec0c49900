package diagnose

import (
	"strconv"
	"time"

	"netstat"
)

// A connection without keepalive is idle after keepaliveIdle without data, the time after
// which the kernel's keepalive begins by default (tcp_keepalive_time). keepaliveMany of
// them in a process are worth a look: each may be a peer that is gone.
const (
	keepaliveIdle = 2 * time.Hour
	keepaliveMany = 100
)

// keepalive finds processes with many idle connections that would never learn that their
// peer is gone.
func keepalive() *Rule {
	return &Rule{
		Name: "keepalive",
		Signal: Text{
			"established connections to other hosts without data for two hours and without a keepalive timer",
			"与其他主机已建立、两小时没有数据且没有 keepalive 定时器的连接",
		},
		Threshold: Text{
			"from " + strconv.Itoa(keepaliveMany) + " of a process: info",
			"单个进程达到 " + strconv.Itoa(keepaliveMany) + " 个: info",
		},
		Doubt: Text{
			"the program may itself ask its peers from time to time, less often than every two hours",
			"程序自身可能会不时询问对端，但间隔超过两小时",
		},
		Source: "tcp(7) (SO_KEEPALIVE, tcp_keepalive_time), RFC 9293 section 3.8.4",
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo | netstat.FactTimer, Owners: true,
			Process: processNames,
		},
		new: func() check { return &keepaliveCheck{} },
	}
}

type keepaliveCheck struct {
	idle        map[uint32]uint64 // by process; 0 for all unknown ones
	established bool
	known       bool // there is an established connection whose idle time is known
}

func (c *keepaliveCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Established || s.Remote.IP.Unmap().IsLoopback() {
		return
	}
	c.established = true
	if s.TCP == nil || !s.TCP.Has(netstat.TCPLastDataSent) || !s.TCP.Has(netstat.TCPLastDataRecv) || s.Absent&netstat.FactTimer != 0 {
		return
	}
	c.known = true
	if s.Timer.Kind != netstat.TimerNone || min(s.TCP.LastDataSent, s.TCP.LastDataRecv) < keepaliveIdle {
		return
	}
	pid, _ := m.Owner(s)
	if c.idle == nil {
		c.idle = make(map[uint32]uint64)
	}
	c.idle[pid]++
}

func (c *keepaliveCheck) conclude(m *Moment) {
	if c.established && !c.known {
		m.cannot(m.say("this system does not report how long connections are idle", "此系统不提供连接的空闲时间"))
	}
	for _, pid := range sortedKeys(c.idle) {
		n := c.idle[pid]
		if n < keepaliveMany {
			continue
		}
		f := netstat.Finding{
			Severity: netstat.Info,
			Text: m.say(decimal(n)+" connections have had no data for two hours, and no keepalive finds out whether their peers are still there",
				decimal(n)+" 个连接两小时没有数据，且没有 keepalive 检查对端是否仍在"),
			Advice: m.say("let the program set SO_KEEPALIVE with TCP_KEEPIDLE, or close idle connections",
				"让程序设置 SO_KEEPALIVE 与 TCP_KEEPIDLE，或关闭空闲连接"),
			Evidence: []netstat.Evidence{{Fact: "count", Value: netstat.NumberOf(n), Limit: netstat.NumberOf(keepaliveMany)}},
			Command:  "-tanp --filter 'state = established and timer = none and last_data_recv >= 2h and last_data_sent >= 2h'",
		}
		if pid != 0 {
			f.Subject = m.aboutProcess(pid)
			f.Command = "-tanp --filter 'state = established and timer = none and last_data_recv >= 2h and last_data_sent >= 2h and pid = " + strconv.FormatUint(uint64(pid), 10) + "'"
		}
		m.find(f)
	}
	*c = keepaliveCheck{}
}
