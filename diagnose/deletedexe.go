package diagnose

import (
	"strconv"
	"strings"

	"netstat"
)

// memoryFile is how the path of a program begins that was started from memory
// (memfd_create(2)): it never had a file.
const memoryFile = "/memfd:"

// deletedExe finds processes whose program file was deleted or replaced since they
// started, as an upgrade does: they still run the old program.
func deletedExe() *Rule {
	return &Rule{
		Name: "deleted-exe",
		Signal: Text{
			"program file of a process with a listener or a connection that was deleted or replaced",
			"拥有监听套接字或连接的进程，其程序文件已被删除或替换",
		},
		Threshold: Text{"any: info", "存在即 info"},
		Doubt: Text{
			"a program may delete its own file; a replaced library is not seen",
			"程序可能删除自身文件；被替换的库无法发现",
		},
		Source: "proc_pid_exe(5)",
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP, netstat.UDP}, Facts: netstat.FactInode, Owners: true,
			Process: processNames | netstat.FactExecutable,
		},
		new: func() check { return &deletedExeCheck{} },
	}
}

// deletedExeCheck counts the sockets of each process.
type deletedExeCheck struct{ sockets map[uint32]uint64 }

func (c *deletedExeCheck) socket(m *Moment, s *netstat.Socket) {
	if s.Table.Protocol == netstat.TCP && s.State != netstat.Listen && s.State != netstat.Established {
		return
	}
	pid, ok := m.Owner(s)
	if !ok {
		return
	}
	if c.sockets == nil {
		c.sockets = make(map[uint32]uint64)
	}
	c.sockets[pid]++
}

func (c *deletedExeCheck) conclude(m *Moment) {
	var unknown uint64
	for _, pid := range sortedKeys(c.sockets) {
		p := m.Process(pid)
		if p.Executable == "" && p.Name() != "" {
			unknown++
		}
		if !p.ExecutableDeleted || strings.HasPrefix(p.Executable, memoryFile) {
			continue
		}
		n := c.sockets[pid]
		m.find(netstat.Finding{
			Subject:  m.aboutProcess(pid),
			Severity: netstat.Info,
			Text: m.say("the process runs a program whose file was deleted or replaced since it started, and has "+count(n, "socket", "sockets"),
				"进程运行的程序文件在其启动后已被删除或替换，它有 "+decimal(n)+" 个套接字"),
			Advice: m.say("restart it to run the new program: systemctl restart UNIT", "重启它以运行新程序: systemctl restart UNIT"),
			Evidence: []netstat.Evidence{
				{Fact: "exe_deleted", Value: netstat.TextOf("yes")},
				{Fact: "count", Value: netstat.NumberOf(n)},
			},
			Command: "-tuan --filter 'exe_deleted = yes and pid = " + strconv.FormatUint(uint64(pid), 10) + "' --columns local,state,owners,exe,started",
		})
	}
	if unknown > 0 {
		m.cannot(m.say("the program file of "+count(unknown, "process", "processes")+" is unknown", decimal(unknown)+" 个进程的程序文件未知"))
	}
	c.sockets = nil
}
