package diagnose

import (
	"strconv"

	"netstat"
)

// A process keeps too many connections in CLOSE-WAIT from closeWaitMany of them on, or
// from closeWaitSome on if they are closeWaitShare percent of its TCP sockets. There is
// no limit in the kernel: these are numbers that a program which closes its connections
// does not reach for as long as the time between two moments.
const (
	closeWaitMany  = 100
	closeWaitSome  = 20
	closeWaitShare = 50
)

// closeWait finds processes that do not close connections which their peers have closed.
// CLOSE-WAIT has no timer: it lasts until the process closes the descriptor (RFC 9293,
// section 3.6).
func closeWait() *Rule {
	some, many, share := strconv.Itoa(closeWaitSome), strconv.Itoa(closeWaitMany), strconv.Itoa(closeWaitShare)
	return &Rule{
		Name: "close-wait",
		Signal: Text{
			"connections of a process that the peer has closed and the process has not (CLOSE-WAIT), at both of two moments or with a peer that has been silent for a minute",
			"对端已关闭而进程仍未关闭的连接（CLOSE-WAIT），且两个时刻都在，或对端已沉默一分钟",
		},
		Threshold: Text{
			"from " + many + " of a process, or from " + some + " if they are " + share + " % of its TCP sockets: warning",
			"单个进程达到 " + many + " 个，或达到 " + some + " 个且占其 TCP 套接字的 " + share + " %: warning",
		},
		Doubt: Text{
			"a program may still send an answer to a peer that has finished sending",
			"对端发送完毕后，程序可能仍在发送应答",
		},
		Source:  "RFC 9293 section 3.6, tcp(7)",
		Moments: BetterTwo,
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactTCPInfo, Owners: true,
			Process: processNames,
		},
		new: func() check { return &closeWaitCheck{} },
	}
}

type closeWaitCheck struct {
	// processes counts the sockets of each process; 0 stands for all unknown ones.
	processes map[uint32]*closeWaitCounts
	// now and before hold the identities of the CLOSE-WAIT sockets of two moments.
	now, before map[uint64]struct{}
}

// closeWaitCounts counts sockets of a process: all of TCP, those in CLOSE-WAIT, and
// those that have been in CLOSE-WAIT since the moment before or for a minute.
type closeWaitCounts struct{ all, waiting, lasting uint64 }

func (c *closeWaitCheck) socket(m *Moment, s *netstat.Socket) {
	if s.Inode == 0 && s.PID == 0 && s.Absent&netstat.FactInode == 0 {
		return // not accepted yet or closed: no process can close it
	}
	pid, _ := m.Owner(s)
	n := c.processes[pid]
	if n == nil {
		if c.processes == nil {
			c.processes = make(map[uint32]*closeWaitCounts)
		}
		n = new(closeWaitCounts)
		c.processes[pid] = n
	}
	n.all++
	if s.State != netstat.CloseWait {
		return
	}
	n.waiting++
	id := identity(s)
	if _, ok := c.before[id]; ok || silentForMinute(s) {
		n.lasting++
	}
	if c.now == nil {
		c.now = make(map[uint64]struct{})
	}
	c.now[id] = struct{}{}
}

func (c *closeWaitCheck) conclude(m *Moment) {
	for _, pid := range sortedKeys(c.processes) {
		n := c.processes[pid]
		limit := uint64(closeWaitMany)
		if pid != 0 && n.lasting*100 >= n.all*closeWaitShare {
			limit = closeWaitSome
		}
		if n.lasting < limit {
			continue
		}
		f := netstat.Finding{
			Severity: netstat.Warning,
			Advice: m.say("make the program close a connection when a read returns 0, or restart it",
				"让程序在读到 0 字节时关闭连接，或重启它"),
			Evidence: []netstat.Evidence{{Fact: "count", Value: netstat.NumberOf(n.waiting), Limit: netstat.NumberOf(limit)}},
			Command:  "-tan --columns local,remote,process --filter 'state = close-wait'",
		}
		waiting, all, lasting := decimal(n.waiting), decimal(n.all), decimal(n.lasting)
		if pid == 0 {
			f.Text = m.say(waiting+" connections of unknown processes are closed by the peer only (CLOSE-WAIT), and "+lasting+" of them stay so",
				waiting+" 个所属进程未知的连接只被对端关闭（CLOSE-WAIT），其中 "+lasting+" 个持续已久")
		} else {
			f.Subject = m.aboutProcess(pid)
			f.Command = "-tan --columns local,remote,process --filter 'state = close-wait and pid = " + strconv.FormatUint(uint64(pid), 10) + "'"
			f.Text = m.say("the process does not close connections that the peer has closed: "+waiting+" of its "+all+
				" TCP sockets are in CLOSE-WAIT, and "+lasting+" of them stay so",
				"进程不关闭对端已关闭的连接: 其 "+all+" 个 TCP 套接字中有 "+waiting+" 个处于 CLOSE-WAIT，其中 "+lasting+" 个持续已久")
		}
		m.find(f)
	}
	c.processes = nil
	c.before, c.now = c.now, nil
}
