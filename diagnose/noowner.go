package diagnose

import (
	"errors"
	"io/fs"
	"slices"

	"netstat"
)

// noOwner finds listeners whose process is not visible.
func noOwner() *Rule {
	return &Rule{
		Name: "no-owner",
		Signal: Text{
			"listeners whose process is unknown, by the reason: the kernel itself, another pid namespace, no permission, held by no process",
			"所属进程未知的监听套接字，按原因分组: 属于内核、位于其他 pid 命名空间、无权限、未被任何进程持有",
		},
		Threshold: Text{"any: info", "存在即 info"},
		Doubt: Text{
			"the process may have opened or closed the socket during the search",
			"进程可能恰在查找期间打开或关闭了套接字",
		},
		Source:  "proc_pid_fd(5), unix(7) (SCM_RIGHTS)",
		Windows: true,
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP, netstat.UDP}, Facts: netstat.FactInode, Owners: true,
			Process: processNames,
		},
		new: func() check { return &noOwnerCheck{} },
	}
}

// noOwnerCheck keeps the listeners without an owner: the kernel is asked for its own
// only if there are any.
type noOwnerCheck struct{ listeners []unowned }

// unowned is what Owners.Unknown needs of a listener, and its name.
type unowned struct {
	table         netstat.Table
	state         netstat.State
	local         netstat.Addr
	inode, cookie uint64
	absent        netstat.Facts
	exited        bool // Windows: the process that opened it has exited
}

func (u *unowned) socket() *netstat.Socket {
	return &netstat.Socket{Table: u.table, State: u.state, Local: u.local, Inode: u.inode, Cookie: u.cookie, Absent: u.absent}
}

func (c *noOwnerCheck) socket(m *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen && (s.Table.Protocol != netstat.UDP || s.Remote.Port != 0 || s.Local.Port == 0) {
		return
	}
	exited := false
	if pid, ok := m.Owner(s); ok {
		if exited = m.diagnosis.windows() && m.exited(pid); !exited {
			return
		}
	}
	c.listeners = append(c.listeners, unowned{s.Table, s.State, s.Local, s.Inode, s.Cookie, s.Absent, exited})
}

// exited reports whether a process that is named with a socket does not exist any more.
func (m *Moment) exited(pid uint32) bool {
	if m.Process(pid).Name() != "" {
		return false
	}
	_, err := m.src.Process(pid, processNames)
	return errors.Is(err, fs.ErrNotExist)
}

// unheld returns listeners without those that a closer look finds an owner of: a thread
// with a file table of its own, or a process with an io_uring.
func (m *Moment) unheld(listeners []unowned) []unowned {
	var inodes []uint64
	for i := range listeners {
		if s := listeners[i].socket(); m.OwnerUnknown(s) == netstat.OwnerUnheld {
			inodes = append(inodes, s.Inode)
		}
	}
	if len(inodes) == 0 {
		return listeners
	}
	owners, err := m.src.Owners(m.ctx, netstat.OwnerQuery{Inodes: inodes, Threads: true, Rings: true})
	if err != nil {
		return listeners
	}
	return slices.DeleteFunc(listeners, func(u unowned) bool {
		_, ok := owners.First(u.inode)
		return ok
	})
}

// reasons are the texts of why an owner is unknown, and what to do. OwnerKnown stands for
// a process that has exited, which only Windows has.
var reasons = [...]struct {
	unknown      netstat.OwnerUnknown
	text, advice Text
}{
	{
		netstat.OwnerKernel,
		Text{"the kernel itself has opened them, as tunnels, WireGuard and NFS do", "由内核自身打开，如隧道、WireGuard 与 NFS"},
		Text{"look for tunnels with ip -d link, for NFS exports with exportfs(8)", "用 ip -d link 查看隧道，用 exportfs 查看 NFS 导出"},
	},
	{
		netstat.OwnerDenied,
		Text{"this user may not inspect all processes", "当前用户无权检查所有进程"},
		Text{"run it as root", "以 root 运行"},
	},
	{
		netstat.OwnerConfined,
		Text{"processes in other pid namespaces are not visible from here", "此处看不到其他 pid 命名空间中的进程"},
		Text{"run it on the host, outside of the container", "在宿主机上（容器之外）运行"},
	},
	{
		netstat.OwnerUnheld,
		Text{"not among the open files of any process", "没有进程的打开文件中包含它们"},
		Text{"look again; if they stay, a message between processes (SCM_RIGHTS), an io_uring request or the kernel holds them",
			"再看一次；若仍存在，则由进程间消息（SCM_RIGHTS）、io_uring 请求或内核持有"},
	},
	{
		netstat.OwnerKnown,
		Text{"the process that opened them has exited, and another has inherited them", "打开它们的进程已退出，由其他进程继承"},
		Text{"find the children of that process, and end or restart them", "找出该进程的子进程，结束或重启它们"},
	},
}

func (c *noOwnerCheck) conclude(m *Moment) {
	listeners := c.listeners
	c.listeners = nil
	if len(listeners) == 0 || m.Unread("owners") != nil {
		return
	}
	if kernel, ok := m.src.(netstat.KernelSockets); ok && m.owners != nil {
		_ = kernel.KernelSockets(m.ctx, m.owners) // without it the reason is OwnerUnheld, which says so
	}
	listeners = m.unheld(listeners)
	groups := make(map[netstat.OwnerUnknown]*tally[struct{}])
	var untold uint64
	for i := range listeners {
		u := &listeners[i]
		s := u.socket()
		reason := m.OwnerUnknown(s)
		switch {
		case u.exited:
			reason = netstat.OwnerKnown
		case reason == netstat.OwnerKnown:
			continue
		case reason == netstat.OwnerReasonUnknown:
			untold++
			continue
		}
		t := tallyOf(&groups, reason)
		if t.add(0) {
			t.subject = netstat.Subject{Kind: netstat.OfSocket, Table: u.table, State: u.state, Local: u.local, Cookie: u.cookie}
		}
	}
	if untold > 0 {
		m.cannot(m.say("this system does not report the owners of "+count(untold, "listener", "listeners"), "此系统不提供 "+decimal(untold)+" 个监听套接字的所有者"))
	}
	for i := range reasons {
		r := &reasons[i]
		t := groups[r.unknown]
		if t == nil {
			continue
		}
		f := netstat.Finding{
			Subject:  t.subject,
			Severity: netstat.Info,
			Text: m.say("the process of "+count(t.count, "listener", "listeners")+" is unknown: "+r.text.English,
				decimal(t.count)+" 个监听套接字的所属进程未知: "+r.text.Chinese),
			Advice: m.say(r.advice.English, r.advice.Chinese),
			Evidence: []netstat.Evidence{
				{Fact: "owner_unknown", Value: netstat.TextOf(r.unknown.String())},
				{Fact: "count", Value: netstat.NumberOf(t.count)},
			},
			Command: "-tulnp --filter 'owner_unknown = " + r.unknown.String() + "'",
		}
		if r.unknown == netstat.OwnerKnown {
			f.Evidence = f.Evidence[1:]
			f.Command = "-an --filter 'listening = yes' --columns proto,local,owners"
		}
		m.find(f)
	}
}
