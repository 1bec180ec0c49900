package fact

import (
	"strconv"

	"netstat"
)

// unknownNeeds returns what is needed to find out why an owner is unknown.
func unknownNeeds() Needs {
	f := OwnerNeeds(0)
	f.Reasons = true
	return f
}

// ownerFact returns a fact about each owner. All omits owners for which it is
// unknown.
func ownerFact(name, about, aboutZH string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, About: about, AboutZH: aboutZH, Kind: kind, Needs: OwnerNeeds(process),
		Value: func(r *Record) Value { return firstOwner(r.Row.Owners, value) },
		All:   func(r *Record, list []Value) []Value { return appendOwners(list, r.Row.Owners, value) },
	}
}

// peerFact is like ownerFact, for the owners of the peer.
func peerFact(name, about, aboutZH string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Fact {
	return Fact{
		Name: name, About: about, AboutZH: aboutZH, Kind: kind, Needs: peerNeeds(process),
		Value: func(r *Record) Value {
			if r.Row.Peer == nil {
				return Value{}
			}
			return firstOwner(r.Row.Peer.Owners, value)
		},
		All: func(r *Record, list []Value) []Value {
			if r.Row.Peer == nil {
				return list
			}
			return appendOwners(list, r.Row.Peer.Owners, value)
		},
	}
}

func firstOwner(owners []Owner, value func(o *Owner) Value) Value {
	if len(owners) == 0 {
		return Value{}
	}
	return value(&owners[0])
}

func appendOwners(list []Value, owners []Owner, value func(o *Owner) Value) []Value {
	for i := range owners {
		if v := value(&owners[i]); v.Kind != ValueAbsent {
			list = append(list, v)
		}
	}
	return list
}

func ownerPID(o *Owner) Value  { return numberValue(uint64(o.PID)) }
func ownerName(o *Owner) Value { return textValue(o.Name()) }
func ownerBoth(o *Owner) Value {
	return Value{Kind: ValueProcess, Number: uint64(o.PID), Text: o.Name()}
}

// ownerUser returns the user's name, or else the number as the system writes
// it.
func ownerUser(o *Owner) Value {
	if o.UserName != "" {
		return textValue(o.UserName)
	}
	return textValue(o.User)
}

func ownerFacts() []Fact {
	cgroup := netstat.FactProcessCgroup
	return []Fact{
		ownerFact("pid", "ID of the process that holds the socket", "持有套接字的进程号", ValueNumber, 0, ownerPID),
		ownerFact("process", "name of the process that holds the socket", "持有套接字的进程名", ValueText, netstat.FactArgv0, ownerName).also("program").cut(),
		ownerNamed(),
		ownerFact("owners", "ID and name of each process that holds the socket", "每个持有进程的进程号和进程名", ValueProcess, netstat.FactArgv0, ownerBoth).cut(),
		socketFact("owner_unknown", "reason why no process is known", "无法得知持有进程的原因", ValueText, unknownNeeds(), func(r *Row) Value { return textValue(r.Unknown.String()) }).one(texts(netstat.OwnerKnown, netstat.OwnerReasonUnknown)).titled("NO-OWNER"),
		ownerFact("owner_via", "how the process holds the socket; empty for a file descriptor", "进程持有套接字的方式；文件描述符时为空", ValueText, 0, func(o *Owner) Value { return textValue(o.Via.String()) }).one(texts(netstat.ViaFile, netstat.ViaRing)).titled("VIA").optional(),
		ownerFact("owner_user", "user of the process", "进程的用户", ValueText, netstat.FactUser, ownerUser).needing(Needs{UserNames: true}).cut(),
		ownerFact("command", "command line of the process", "进程的命令行", ValueText, netstat.FactArgs, func(o *Owner) Value { return textValue(o.Command) }).also("args").cut(),
		ownerFact("argv0", "first string of the command line", "命令行的第一个字符串", ValueText, netstat.FactArgv0, func(o *Owner) Value { return textValue(o.Argv0) }).cut(),
		ownerFact("comm", "system's name of the process", "系统中的进程名", ValueText, netstat.FactStat, func(o *Owner) Value { return textValue(o.Comm) }).cut(),
		ownerFact("exe", "path of the program", "程序文件的路径", ValueText, netstat.FactExecutable, func(o *Owner) Value { return textValue(o.Executable) }).also("executable").cut(),
		ownerFact("exe_deleted", "program file was removed or replaced", "程序文件已被删除或替换", ValueFlag, netstat.FactExecutable, func(o *Owner) Value {
			if o.Executable == "" {
				return Value{}
			}
			return flagValue(o.ExecutableDeleted)
		}).also("executable_deleted").titled("DELETED"),
		ownerFact("started", "start time of the process", "进程的启动时间", ValueTime, netstat.FactStarted, func(o *Owner) Value { return timeValue(o.Started) }),
		ownerFact("age", "time since the process started", "进程已运行的时间", ValueDuration, netstat.FactStarted, func(o *Owner) Value {
			if o.Age == 0 {
				return Value{}
			}
			return durationValue(o.Age)
		}),
		ownerFact("parent", "ID of the parent process", "父进程的进程号", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Parent)) }).optional(),
		ownerFact("threads", "threads in the process", "进程的线程数", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Threads)) }).counts(),
		ownerFact("unit", "systemd unit of the process", "进程的 systemd 单元", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Unit) }).cut().optional(),
		ownerFact("user_unit", "systemd user unit of the process", "进程的 systemd 用户单元", ValueText, cgroup, func(o *Owner) Value { return textValue(o.UserUnit) }).cut().optional(),
		ownerFact("slice", "systemd slice of the process", "进程的 systemd slice", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Slice) }).cut().optional(),
		ownerFact("container", "ID of the container that the process runs in", "进程所在容器的 ID", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.ID) }).cut().optional(),
		ownerFact("runtime", "runtime of the container", "容器的运行时", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Runtime) }).optional(),
		ownerFact("pod", "UID of the Kubernetes pod that the process runs in", "进程所在 Kubernetes pod 的 UID", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Pod) }).cut().optional(),
		serviceFact(),
		ownerFact("process_cgroup", "control group of the process", "进程的控制组", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Cgroup) }).cut(),
		ownerFact("context", "SELinux security context of the process", "进程的 SELinux 安全上下文", ValueText, netstat.FactContext, func(o *Owner) Value { return textValue(o.Context) }).cut().optional(),
		ownerFact("company", "maker of the program, from its file (Windows)", "程序的厂商，取自程序文件（Windows）", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Company) }).cut().optional(),
		ownerFact("version", "version of the program, from its file (Windows)", "程序的版本，取自程序文件（Windows）", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Version) }).cut().optional(),
		ownerFact("signature", "signature of the program file (Windows)", "程序文件的签名（Windows）", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signature.String()) }).one(texts(netstat.SignatureUnknown, netstat.SignatureInvalid)),
		ownerFact("signer", "signer of the program file (Windows); absent unless the signature is valid", "程序文件的签名者（Windows）；签名无效时为空", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signer) }).cut().optional(),
		ownerFact("package", "package of a store app (Windows)", "商店应用的包（Windows）", ValueText, netstat.FactPackage, func(o *Owner) Value { return textValue(o.Package) }).cut().optional(),
		{
			Name: "services", About: "services in the process (Windows)", AboutZH: "进程中的服务（Windows）", Kind: ValueText, Needs: OwnerNeeds(netstat.FactServices), Cut: true, Optional: true,
			Value: func(r *Record) Value {
				return firstOwner(r.Row.Owners, func(o *Owner) Value {
					if len(o.Services) == 0 {
						return Value{}
					}
					return textValue(o.Services[0])
				})
			},
			All: func(r *Record, list []Value) []Value {
				for i := range r.Row.Owners {
					list = appendTexts(list, r.Row.Owners[i].Services)
				}
				return list
			},
		},
	}
}

// ownerNamed returns the fact about the first owner and the number of others, or why no
// owner is known. It keeps the texts for several owners, since rows have few different
// ones.
func ownerNamed() Fact {
	type shared struct {
		name string
		more int
	}
	texts := map[shared]string{}
	why := map[netstat.OwnerUnknown]string{}
	// The state of the socket explains the other reasons.
	for _, u := range [...]netstat.OwnerUnknown{
		netstat.OwnerPending, netstat.OwnerClosed, netstat.OwnerKernel, netstat.OwnerDenied, netstat.OwnerConfined, netstat.OwnerUnheld,
	} {
		why[u] = "(" + u.String() + ")"
	}
	return socketFact("owner", "first process of the socket, number of others: 60/nginx+3; in a table also why it is unknown", "首个持有进程及其余进程数: 60/nginx+3；未知时表格写明原因", ValueProcess, OwnerNeeds(netstat.FactArgv0), func(r *Row) Value {
		v := firstOwner(r.Owners, ownerBoth)
		if v.Kind == ValueAbsent && r.Unknown != netstat.OwnerKnown {
			v.Text = why[r.Unknown]
		}
		if len(r.Owners) < 2 {
			return v
		}
		key := shared{v.Text, len(r.Owners) - 1}
		text, ok := texts[key]
		if !ok {
			text = key.name + "+" + strconv.Itoa(key.more)
			texts[key] = text
		}
		v.Text = text
		return v
	}).cut().needing(Needs{Reasons: true})
}

// serviceFact returns the fact about the service of a process. Several services of
// Windows may share a process.
func serviceFact() Fact {
	f := Fact{
		Name: "service", About: "container or else systemd unit of the process; on Windows, services in the process", AboutZH: "进程的容器或 systemd 单元；Windows 上为进程中的服务", Kind: ValueText,
		Needs: OwnerNeeds(netstat.FactProcessCgroup | netstat.FactServices),
		Cut:   true, Optional: true,
		All: func(r *Record, list []Value) []Value {
			for i := range r.Row.Owners {
				o := &r.Row.Owners[i]
				if o.Service != "" {
					list = append(list, textValue(o.Service))
				}
				list = appendTexts(list, o.Services)
			}
			return list
		},
	}
	f.Value = func(r *Record) Value {
		return firstOwner(r.Row.Owners, func(o *Owner) Value {
			if o.Service == "" && len(o.Services) > 0 {
				return textValue(o.Services[0])
			}
			return textValue(o.Service)
		})
	}
	return f
}

func peerFacts() []Fact {
	of := func(name, about, aboutZH string, kind ValueKind, value func(p *Peer) Value) Fact {
		return socketFact(name, about, aboutZH, kind, peerNeeds(0), func(r *Row) Value {
			if r.Peer == nil {
				return Value{}
			}
			return value(r.Peer)
		})
	}
	return []Fact{
		peerFact("peer_pid", "ID of the process that holds the peer; absent if the peer is on another host", "持有对端的进程号；对端不在本机时为空", ValueNumber, 0, ownerPID),
		peerFact("peer_process", "name of the process that holds the peer", "持有对端的进程名", ValueText, netstat.FactArgv0, ownerName).cut(),
		peerFact("peer_owners", "ID and name of each process that holds the peer", "对端每个持有进程的进程号和进程名", ValueProcess, netstat.FactArgv0, ownerBoth).titled("PEER").cut(),
		of("peer_inode", "inode number of the peer", "对端的 inode 号", ValueNumber, func(p *Peer) Value { return countValue(p.Inode) }),
		of("peer_state", "state of the peer", "对端的状态", ValueText, func(p *Peer) Value {
			if p.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(p.State.String())
		}),
		of("peer_waiting", "peer is not yet accepted", "对端尚未被接受", ValueFlag, func(p *Peer) Value { return flagValue(p.Waiting) }).titled("WAITING"),
		of("peer_translated", "peer was found through address translation (NAT)", "对端经地址转换（NAT）找到", ValueFlag, func(p *Peer) Value { return flagValue(p.Translated) }),
		of("peer_netns", "network namespace of the peer", "对端的网络命名空间", ValueText, func(p *Peer) Value { return textValue(p.Netns) }).cut().needing(Needs{NetNS: true}),
	}
}
