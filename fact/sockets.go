package fact

import (
	"strings"

	"netstat"
)

// has reports whether a fact about the row's socket was requested and is known.
func (r *Row) has(f netstat.Facts) bool { return r.Facts&f != 0 && r.Socket.Absent&f == 0 }

// tells is like has, for facts whose zero is a value in tables that have the
// fact.
func (r *Row) tells(f netstat.Facts) bool { return r.Facts&f != 0 && r.Socket.Has(f) }

// socketFact returns a fact that is in the Row.
func socketFact(name, about, aboutZH string, kind ValueKind, needs Needs, value func(r *Row) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Needs: needs, Value: func(r *Record) Value { return value(r.Row) }}
}

// askedFact returns a numeric fact that is absent unless it was requested and
// is known.
func askedFact(name, about, aboutZH string, fact netstat.Facts, value func(s *netstat.Socket) uint64) Fact {
	return socketFact(name, about, aboutZH, ValueNumber, needs(fact), func(r *Row) Value {
		if !r.tells(fact) {
			return Value{}
		}
		return numberValue(value(&r.Socket))
	})
}

// tableFact returns a text fact that depends only on the table.
func tableFact(name, about, aboutZH string, text func(t netstat.Table) string) Fact {
	f := socketFact(name, about, aboutZH, ValueText, Needs{}, func(r *Row) Value { return textValue(text(r.Socket.Table)) })
	f.Of = func(t netstat.Table) Value { return textValue(text(t)) }
	return f.word()
}

// endFacts appends the facts about one end, which about and aboutZH name, and about its
// parts. whole and port are ss's names. headings are those of the classic texts if they
// differ from end.
func endFacts(list []Fact, end, about, aboutZH, whole, port string, addr func(r *Row) *netstat.Addr, headings ...string) []Fact {
	addresses := make([]string, len(headings))
	for i, heading := range headings {
		addresses[i] = heading + "_address"
	}
	return append(list,
		socketFact(end, about+" address and port", aboutZH+"地址和端口", ValueEndpoint, Needs{}, func(r *Row) Value { return endpointValue(addr(r)) }).also(whole).also(headings...).cut(),
		socketFact(end+"_address", about+" address", aboutZH+"地址", ValueAddress, Needs{}, func(r *Row) Value { return addressValue(addr(r).IP) }).also(addresses...),
		socketFact(end+"_port", about+" port", aboutZH+"端口", ValueNumber, Needs{}, func(r *Row) Value {
			a := addr(r)
			if !a.IP.IsValid() && a.Port == 0 {
				return Value{}
			}
			return numberValue(uint64(a.Port))
		}).also(port).titled(strings.ToUpper(end[:1])+"PORT"),
		socketFact(end+"_scope", "interface of the "+about+" address", aboutZH+"地址的接口索引", ValueNumber, Needs{}, func(r *Row) Value { return countValue(uint64(addr(r).Scope)) }).titled(strings.ToUpper(end[:1])+"SCOPE"),
		socketFact(end+"_name", about+" name, in families without IP addresses", aboutZH+"名称（没有 IP 地址的地址族）", ValueText, Needs{}, func(r *Row) Value { return textValue(addr(r).Name) }).cut(),
	)
}

func localAddr(r *Row) *netstat.Addr  { return &r.Socket.Local }
func remoteAddr(r *Row) *netstat.Addr { return &r.Socket.Remote }

func socketFacts() []Fact {
	list := make([]Fact, 0, 200)
	list = append(list,
		tableFact("proto", "protocol and family as netstat writes them: tcp, tcp6, udp, unix; in filters tcp means tcp and tcp6", "netstat 所写的协议: tcp、tcp6、udp、unix；过滤器中 tcp 包括 tcp6", netstat.Table.String),
		socketFact("netid", "protocol and type as ss writes them: u_str, p_raw, v_dgr", "ss 所写的协议与类型: u_str、p_raw、v_dgr", ValueText, Needs{}, func(r *Row) Value { return textValue(r.Socket.Netid()) }).word(),
		tableFact("family", "address family: inet, inet6, unix", "地址族: inet、inet6、unix", func(t netstat.Table) string { return t.Family.String() }),
		socketFact("state", "state as in RFC 9293: LISTEN, ESTABLISHED", "状态: LISTEN、ESTABLISHED（RFC 9293）", ValueText, Needs{}, func(r *Row) Value {
			if r.Socket.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(r.Socket.State.String())
		}),
		socketFact("listening", "accepts connections, or datagrams from any address", "接受连接，或接收任意地址的数据报", ValueFlag, Needs{}, func(r *Row) Value { return flagValue(listening(&r.Socket)) }),
	)
	list = endFacts(list, "local", "local", "本地", "src", "sport", localAddr)
	local := len(list)
	list = endFacts(list, "remote", "remote", "远端", "dst", "dport", remoteAddr, "foreign")
	for i := range list[local:] {
		// Windows does not report the remote end of UDP sockets.
		list[local+i].untold = func(s *netstat.Socket) bool { return s.Table.Protocol == netstat.UDP && !s.Remote.IP.IsValid() }
	}
	list = append(list,
		socketFact("exposure", "reach of the local address", "本地地址的可达范围", ValueText, Needs{}, func(r *Row) Value { return textValue(exposure(r.Socket.Local.IP)) }).one(exposures),
		socketFact("recvq", "bytes received and not yet read; for a listening socket, connections not yet accepted", "已接收而未读取的字节数；侦听时为待接受的连接数", ValueBytes, needs(netstat.FactQueues), func(r *Row) Value {
			if r.Socket.Absent&netstat.FactQueues != 0 {
				return Value{}
			}
			return bytesValue(r.Socket.RecvQ)
		}).titled("RECV-Q").also("recv_queue").sums(),
		socketFact("sendq", "bytes not yet acknowledged by the peer", "对端尚未确认的字节数", ValueBytes, needs(netstat.FactQueues), func(r *Row) Value {
			if r.Socket.Absent&netstat.FactQueues != 0 {
				return Value{}
			}
			return bytesValue(r.Socket.SendQ)
		}).titled("SEND-Q").also("send_queue").sums(),
		socketFact("max_backlog", "limit of the accept queue, for a listening socket", "接受队列的上限（侦听套接字）", ValueNumber, needs(backlogFacts), func(r *Row) Value {
			return knownNumber(r.maxBacklog())
		}).counts().titled("MAX-Q").unlessTold(func(s *netstat.Socket) bool { return s.State == netstat.Listen }),
		socketFact("accept_full", "accept queue of a listening socket is full: recvq > max_backlog, since the kernel admits one connection more than the limit", "接受队列已满: recvq > max_backlog（侦听套接字）；因为内核比上限多收一个连接", ValueFlag, needs(backlogFacts), func(r *Row) Value {
			limit, ok := r.maxBacklog()
			return knownFlag(r.Socket.RecvQ > limit, ok && r.Socket.Absent&netstat.FactQueues == 0)
		}).titled("FULL"),
		askedFact("uid", "ID of the user that the socket belongs to", "套接字所属用户的编号", netstat.FactUID, func(s *netstat.Socket) uint64 { return uint64(s.UID) }),
		socketFact("user", "user that the socket belongs to; on Windows, user of the process", "套接字所属的用户；Windows 上为进程的用户", ValueText, Needs{
			Socket: netstat.FactUID | netstat.FactInode, Owners: true, Process: netstat.FactUser, UserNames: true,
		}, socketUser).also("user_name").cut(),
		askedFact("inode", "inode number of the socket's file, 0 for none", "套接字文件的 inode 号，没有则为 0", netstat.FactInode, func(s *netstat.Socket) uint64 { return s.Inode }).also("i_node"),
		// Files in /proc, the source of some facts, have no cookies. The facts requested
		// here are those that only a dump has.
		socketFact("cookie", "kernel's number of the socket, never reused", "内核给套接字的编号，从不重复使用", ValueNumber, needs(netstat.FactInode|netstat.FactInterface|netstat.FactPeer), func(r *Row) Value { return countValue(r.Socket.Cookie) }).unlessTold(func(*netstat.Socket) bool { return true }),
	)
	list = append(list, SectionProcess.of(ownerFacts())...)
	list = append(list, SectionSettings.of(settingFacts())...)
	list = append(list, SectionPeer.of(peerFacts())...)
	list = append(list, insideSections(insideFacts())...)
	list = append(list, SectionTraffic.of(rateFacts())...)
	list = append(list, SectionFamily.of(detailFacts())...)
	return append(list, SectionEvent.of(eventFacts())...)
}

// backlogFacts holds the facts from which the limit of a listening socket is read.
const backlogFacts = netstat.FactQueues | netstat.FactBacklog

// maxBacklog returns the limit of the accept queue. ok is false if the socket does not
// listen or the limit is unknown.
func (r *Row) maxBacklog() (limit uint64, ok bool) {
	s := &r.Socket
	if s.State != netstat.Listen {
		return 0, false
	}
	// A limit of 0 is known only if the source reports limits, which come with the
	// cookie.
	switch {
	case s.MaxBacklog != 0:
		ok = true
	case s.Table.Family == netstat.Unix:
		ok = s.Absent&netstat.FactQueues == 0
	case s.Table.Protocol == netstat.TCP || s.Table.Protocol == netstat.MPTCP || s.Table.Protocol == netstat.DCCP:
		ok = s.Cookie != 0
	}
	return uint64(s.MaxBacklog), ok
}

// listening reports whether a socket waits for connections or accepts datagrams from any
// address.
func listening(s *netstat.Socket) bool {
	switch s.Table.Protocol {
	case netstat.UDP, netstat.UDPLite, netstat.Raw, netstat.ICMP:
		return !s.Remote.IP.IsValid() || s.Remote.IP.IsUnspecified()
	}
	d, ok := s.Detail.(*netstat.SCTPDetail)
	return s.State == netstat.Listen && (!ok || !d.Association)
}

// socketUser returns the user that the socket belongs to or, on systems where sockets
// have no user, the user of the process that holds it.
func socketUser(r *Row) Value {
	if r.Socket.Absent&netstat.FactUID != 0 {
		return firstOwner(r.Owners, ownerUser)
	}
	if r.UserName != "" {
		return textValue(r.UserName)
	}
	if !r.has(netstat.FactUID) {
		return Value{}
	}
	return numberValue(uint64(r.Socket.UID))
}

// settingFacts returns the facts about settings of the socket.
func settingFacts() []Fact {
	return []Fact{
		socketFact("interface", "network interface that the socket is bound to", "套接字绑定的网络接口", ValueText, Needs{Socket: netstat.FactInterface, Interfaces: true}, func(r *Row) Value {
			if r.Interface != "" {
				return textValue(r.Interface)
			}
			return interfaceIndex(r)
		}).also("dev").cut(),
		socketFact("interface_index", "index of the interface in column interface", "interface 列中接口的索引", ValueNumber, needs(netstat.FactInterface), interfaceIndex).titled("IFINDEX"),
		askedFact("mark", "mark of packets sent", "所发数据包的标记", netstat.FactMark, func(s *netstat.Socket) uint64 { return uint64(s.Mark) }).also("fwmark"),
		socketFact("cgroup", "control group in which the socket was created", "创建套接字时所在的控制组", ValueText, Needs{Socket: netstat.FactCgroup, Cgroups: true}, func(r *Row) Value {
			if r.Cgroup != "" {
				return textValue(r.Cgroup)
			}
			return countValue(r.Socket.Cgroup)
		}).cut(),
		socketFact("cgroup_id", "ID of the control group in column cgroup", "cgroup 列中控制组的编号", ValueNumber, needs(netstat.FactCgroup), func(r *Row) Value { return countValue(r.Socket.Cgroup) }),
		askedFact("tos", "type of service of packets sent", "所发数据包的服务类型", netstat.FactTOS, func(s *netstat.Socket) uint64 { return uint64(s.TOS) }),
		socketFact("tclass", "traffic class of IPv6 packets sent", "所发 IPv6 数据包的流量类别", ValueNumber, needs(netstat.FactTOS), func(r *Row) Value {
			if !r.tells(netstat.FactTOS) || r.Socket.Table.Family != netstat.Inet6 {
				return Value{}
			}
			return numberValue(uint64(r.Socket.TClass))
		}),
		socketFact("ulp", "protocol on top of TCP in the kernel", "内核中位于 TCP 之上的协议", ValueText, needs(netstat.FactULP), func(r *Row) Value { return textValue(r.Socket.ULP.String()) }).one(texts(netstat.ULPTLS, netstat.ULPOther)),
		socketFact("autobound", "local port was chosen by the kernel", "本地端口由内核选定", ValueFlag, needs(netstat.FactAutobound), func(r *Row) Value {
			if !r.tells(netstat.FactAutobound) {
				return Value{}
			}
			return flagValue(r.Socket.Autobound)
		}).titled("AUTO"),
		socketFact("receive_closed", "receiving was shut down", "接收方向已关闭", ValueFlag, needs(netstat.FactShutdown|netstat.FactPeer), func(r *Row) Value { receive, _, ok := r.shutdown(); return knownFlag(receive, ok) }),
		socketFact("send_closed", "sending was shut down", "发送方向已关闭", ValueFlag, needs(netstat.FactShutdown|netstat.FactPeer), func(r *Row) Value { _, send, ok := r.shutdown(); return knownFlag(send, ok) }),
		socketFact("v6only", "IPv6 socket that accepts no IPv4; only for listening or closed sockets", "不接受 IPv4 的 IPv6 套接字；仅限侦听或已关闭的套接字", ValueFlag, needs(netstat.FactV6Only), func(r *Row) Value {
			set, ok := r.Socket.OnlyV6()
			return knownFlag(set, ok && r.has(netstat.FactV6Only))
		}),
		timerFact("timer", "running timer", "正在运行的定时器", ValueText, func(t *netstat.Timer) Value { return textValue(t.Kind.String()) }).one(texts(netstat.TimerNone, netstat.TimerOther)),
		timerFact("timer_expires", "time until the timer expires", "距定时器到期的时间", ValueDuration, func(t *netstat.Timer) Value {
			if t.Kind == netstat.TimerNone && t.Expires == 0 {
				return Value{}
			}
			return durationValue(t.Expires)
		}).titled("EXPIRES"),
		timerFact("timer_retransmits", "unanswered retransmissions", "未获应答的重传次数", ValueNumber, func(t *netstat.Timer) Value { return numberValue(uint64(t.Retransmits)) }).counts(),
		timerFact("timer_probes", "unanswered probes", "未获应答的探测次数", ValueNumber, func(t *netstat.Timer) Value { return numberValue(uint64(t.Probes)) }).counts(),
	}
}

// timerFact returns a fact about the running timer. Families other than the
// Internet's have it only if a timer is set.
func timerFact(name, about, aboutZH string, kind ValueKind, value func(t *netstat.Timer) Value) Fact {
	return socketFact(name, about, aboutZH, kind, needs(netstat.FactTimer), func(r *Row) Value {
		if !r.has(netstat.FactTimer) || !hasTimer(&r.Socket) {
			return Value{}
		}
		return value(&r.Socket.Timer)
	})
}

// knownFlag returns a flag, or an absent value if it is unknown.
func knownFlag(set, ok bool) Value {
	if !ok {
		return Value{}
	}
	return flagValue(set)
}

// shutdown returns Socket.Shutdown. ok is false if it was not requested or is
// unknown.
func (r *Row) shutdown() (receive, send, ok bool) {
	receive, send, ok = r.Socket.Shutdown()
	return receive, send, ok && (r.Socket.Table.Protocol == netstat.ProtocolNone || r.has(netstat.FactShutdown))
}

func interfaceIndex(r *Row) Value {
	if !r.has(netstat.FactInterface) {
		return Value{}
	}
	return countValue(uint64(r.Socket.Local.Scope))
}
