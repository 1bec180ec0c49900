package view

import (
	"strings"

	"netstat"
	"netstat/filter"
)

// unknownFacts are what it takes to say why an owner is not known.
func unknownFacts() filter.Facts {
	f := filter.OwnerFacts(0)
	f.Reasons = true
	return f
}

func socketFacts(f netstat.Facts) filter.Facts { return filter.Facts{Socket: f} }

// has reports whether a fact about the row's socket was asked for and told.
func (r *Row) has(f netstat.Facts) bool { return r.Facts&f != 0 && r.Socket.Absent&f == 0 }

// tells is the same for facts whose zero is a value where a table has them.
func (r *Row) tells(f netstat.Facts) bool { return r.Facts&f != 0 && r.Socket.Has(f) }

// socketColumn is a column of what is in the Row.
func socketColumn(name string, kind ValueKind, needs filter.Facts, value func(r *Row) Value) Column {
	return Column{Name: name, Kind: kind, Needs: needs, Value: func(r *Record) Value { return value(r.Row) }}
}

// factColumn is a number that is there if a fact was asked for and told.
func factColumn(name string, fact netstat.Facts, value func(s *netstat.Socket) uint64) Column {
	return socketColumn(name, ValueNumber, socketFacts(fact), func(r *Row) Value {
		if !r.tells(fact) {
			return Value{}
		}
		return numberValue(value(&r.Socket))
	})
}

// ownerColumn is a fact about each owner. Owners of whom it is not known are
// left out of All.
func ownerColumn(name string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Column {
	return Column{
		Name: name, Kind: kind, Needs: filter.OwnerFacts(process),
		Value: func(r *Record) Value { return firstOwner(r.Row.Owners, value) },
		All:   func(r *Record, list []Value) []Value { return appendOwners(list, r.Row.Owners, value) },
	}
}

// peerColumn is the same of the other end.
func peerColumn(name string, kind ValueKind, process netstat.ProcessFacts, value func(o *Owner) Value) Column {
	return Column{
		Name: name, Kind: kind, Needs: filter.PeerFacts(process),
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

// ownerUser is the user by name, or else as the system writes it.
func ownerUser(o *Owner) Value {
	if o.UserName != "" {
		return textValue(o.UserName)
	}
	return textValue(o.User)
}

// commandColumn puts the parts of a command line together, which it keeps for
// the process that it did last: one has many sockets.
func commandColumn() Column {
	var pid uint32
	var args []string
	var text string
	return ownerColumn("command", ValueText, netstat.FactArgs, func(o *Owner) Value {
		switch len(o.Args) {
		case 0:
			return Value{}
		case 1:
			return textValue(o.Args[0])
		}
		if text == "" || o.PID != pid || len(args) != len(o.Args) || &args[0] != &o.Args[0] {
			pid, args, text = o.PID, o.Args, strings.Join(o.Args, " ")
		}
		return textValue(text)
	})
}

func addrColumns(list []Column, end string, addr func(r *Row) *netstat.Addr) []Column {
	return append(list,
		socketColumn(end, ValueEndpoint, filter.Facts{}, func(r *Row) Value { return endpointValue(addr(r)) }),
		socketColumn(end+"_address", ValueAddress, filter.Facts{}, func(r *Row) Value { return addressValue(addr(r).IP) }),
		socketColumn(end+"_port", ValueNumber, filter.Facts{}, func(r *Row) Value {
			a := addr(r)
			if !a.IP.IsValid() && a.Port == 0 {
				return Value{}
			}
			return numberValue(uint64(a.Port))
		}),
		socketColumn(end+"_scope", ValueNumber, filter.Facts{}, func(r *Row) Value { return countValue(uint64(addr(r).Scope)) }),
		socketColumn(end+"_name", ValueText, filter.Facts{}, func(r *Row) Value { return textValue(addr(r).Name) }),
	)
}

func localAddr(r *Row) *netstat.Addr  { return &r.Socket.Local }
func remoteAddr(r *Row) *netstat.Addr { return &r.Socket.Remote }

func socketColumns() []Column {
	list := make([]Column, 0, 200)
	list = append(list,
		socketColumn("proto", ValueText, filter.Facts{}, func(r *Row) Value { return textValue(r.Socket.Table.String()) }),
		socketColumn("netid", ValueText, filter.Facts{}, func(r *Row) Value { return textValue(r.Socket.Netid()) }),
		socketColumn("family", ValueText, filter.Facts{}, func(r *Row) Value { return textValue(r.Socket.Table.Family.String()) }),
		socketColumn("state", ValueText, filter.Facts{}, func(r *Row) Value {
			if r.Socket.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(r.Socket.State.String())
		}),
	)
	list = addrColumns(list, "local", localAddr)
	list = addrColumns(list, "remote", remoteAddr)

	recvq := socketColumn("recvq", ValueBytes, socketFacts(netstat.FactQueues), func(r *Row) Value {
		if r.Socket.Absent&netstat.FactQueues != 0 {
			return Value{}
		}
		return bytesValue(r.Socket.RecvQ)
	})
	sendq := socketColumn("sendq", ValueBytes, socketFacts(netstat.FactQueues), func(r *Row) Value {
		if r.Socket.Absent&netstat.FactQueues != 0 {
			return Value{}
		}
		return bytesValue(r.Socket.SendQ)
	})
	recvq.Title, sendq.Title = "RECV-Q", "SEND-Q"
	recvq.Total, sendq.Total = true, true
	list = append(list, recvq, sendq,
		socketColumn("max_backlog", ValueNumber, filter.Facts{}, func(r *Row) Value {
			if r.Socket.State != netstat.Listen {
				return Value{}
			}
			return countValue(uint64(r.Socket.MaxBacklog))
		}),
		factColumn("uid", netstat.FactUID, func(s *netstat.Socket) uint64 { return uint64(s.UID) }),
		socketColumn("user", ValueText, filter.Facts{
			Socket: netstat.FactUID | netstat.FactInode, Owners: true, Process: netstat.FactUser, UserNames: true,
		}, socketUser),
		factColumn("inode", netstat.FactInode, func(s *netstat.Socket) uint64 { return s.Inode }),
		socketColumn("cookie", ValueNumber, socketFacts(netstat.FactInode), func(r *Row) Value { return countValue(r.Socket.Cookie) }),
	)
	list = append(list, ownerColumns()...)
	list = append(list, settingColumns()...)
	list = append(list, peerColumns()...)
	list = append(list, insideColumns()...)
	return append(list, detailColumns()...)
}

// socketUser is the user whose socket it is; where sockets have none, the user
// of the process that holds it.
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

func ownerColumns() []Column {
	cgroup := netstat.FactProcessCgroup
	ownersUser := ownerColumn("owner_user", ValueText, netstat.FactUser, ownerUser)
	ownersUser.Needs.UserNames = true
	return []Column{
		ownerColumn("pid", ValueNumber, 0, ownerPID),
		ownerColumn("process", ValueText, netstat.FactArgv0, ownerName),
		ownerColumn("owners", ValueProcess, netstat.FactArgv0, ownerBoth),
		socketColumn("owner_unknown", ValueText, unknownFacts(), func(r *Row) Value { return textValue(r.Unknown.String()) }),
		ownerColumn("owner_via", ValueText, 0, func(o *Owner) Value { return textValue(o.Via.String()) }),
		ownersUser,
		commandColumn(),
		ownerColumn("argv0", ValueText, netstat.FactArgv0, func(o *Owner) Value { return textValue(o.Argv0) }),
		ownerColumn("comm", ValueText, netstat.FactStat, func(o *Owner) Value { return textValue(o.Comm) }),
		ownerColumn("exe", ValueText, netstat.FactExecutable, func(o *Owner) Value { return textValue(o.Executable) }),
		ownerColumn("exe_deleted", ValueFlag, netstat.FactExecutable, func(o *Owner) Value {
			if o.Executable == "" {
				return Value{}
			}
			return flagValue(o.ExecutableDeleted)
		}),
		ownerColumn("started", ValueTime, netstat.FactStarted, func(o *Owner) Value { return timeValue(o.Started) }),
		ownerColumn("parent", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Parent)) }),
		ownerColumn("threads", ValueNumber, netstat.FactStat, func(o *Owner) Value { return countValue(uint64(o.Threads)) }),
		ownerColumn("unit", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Unit) }),
		ownerColumn("user_unit", ValueText, cgroup, func(o *Owner) Value { return textValue(o.UserUnit) }),
		ownerColumn("slice", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Slice) }),
		ownerColumn("container", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.ID) }),
		ownerColumn("runtime", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Runtime) }),
		ownerColumn("pod", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Container.Pod) }),
		ownerColumn("process_cgroup", ValueText, cgroup, func(o *Owner) Value { return textValue(o.Cgroup) }),
		ownerColumn("context", ValueText, netstat.FactContext, func(o *Owner) Value { return textValue(o.Context) }),
		ownerColumn("company", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Company) }),
		ownerColumn("version", ValueText, netstat.FactImage, func(o *Owner) Value { return textValue(o.Version) }),
		ownerColumn("signature", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signature.String()) }),
		ownerColumn("signer", ValueText, netstat.FactSignature, func(o *Owner) Value { return textValue(o.Signer) }),
		ownerColumn("package", ValueText, netstat.FactPackage, func(o *Owner) Value { return textValue(o.Package) }),
		{
			Name: "services", Kind: ValueText, Needs: filter.OwnerFacts(netstat.FactServices),
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

// settingColumns are what was set for the socket.
func settingColumns() []Column {
	return []Column{
		socketColumn("interface", ValueText, filter.Facts{Socket: netstat.FactInterface, Interfaces: true}, func(r *Row) Value {
			if r.Interface != "" {
				return textValue(r.Interface)
			}
			return interfaceIndex(r)
		}),
		socketColumn("interface_index", ValueNumber, socketFacts(netstat.FactInterface), interfaceIndex),
		factColumn("mark", netstat.FactMark, func(s *netstat.Socket) uint64 { return uint64(s.Mark) }),
		socketColumn("cgroup", ValueText, filter.Facts{Socket: netstat.FactCgroup, Cgroups: true}, func(r *Row) Value {
			if r.Cgroup != "" {
				return textValue(r.Cgroup)
			}
			return countValue(r.Socket.Cgroup)
		}),
		socketColumn("cgroup_id", ValueNumber, socketFacts(netstat.FactCgroup), func(r *Row) Value { return countValue(r.Socket.Cgroup) }),
		factColumn("tos", netstat.FactTOS, func(s *netstat.Socket) uint64 { return uint64(s.TOS) }),
		socketColumn("tclass", ValueNumber, socketFacts(netstat.FactTOS), func(r *Row) Value {
			if !r.tells(netstat.FactTOS) || r.Socket.Table.Family != netstat.Inet6 {
				return Value{}
			}
			return numberValue(uint64(r.Socket.TClass))
		}),
		socketColumn("ulp", ValueText, socketFacts(netstat.FactULP), func(r *Row) Value { return textValue(r.Socket.ULP.String()) }),
		socketColumn("autobound", ValueFlag, socketFacts(netstat.FactAutobound), func(r *Row) Value {
			if !r.tells(netstat.FactAutobound) {
				return Value{}
			}
			return flagValue(r.Socket.Autobound)
		}),
		socketColumn("receive_closed", ValueFlag, socketFacts(netstat.FactShutdown|netstat.FactPeer), func(r *Row) Value { receive, _, ok := r.shutdown(); return told(receive, ok) }),
		socketColumn("send_closed", ValueFlag, socketFacts(netstat.FactShutdown|netstat.FactPeer), func(r *Row) Value { _, send, ok := r.shutdown(); return told(send, ok) }),
		socketColumn("v6only", ValueFlag, socketFacts(netstat.FactV6Only), func(r *Row) Value {
			set, ok := r.Socket.OnlyV6()
			return told(set, ok && r.has(netstat.FactV6Only))
		}),
		socketColumn("timer", ValueText, socketFacts(netstat.FactTimer), func(r *Row) Value {
			if !r.hasTimer() {
				return Value{}
			}
			return textValue(filter.Timer(&r.Socket))
		}),
		socketColumn("timer_expires", ValueDuration, socketFacts(netstat.FactTimer), func(r *Row) Value {
			if !r.hasTimer() || r.Socket.Timer.Kind == netstat.TimerNone && r.Socket.Timer.Expires == 0 {
				return Value{}
			}
			return durationValue(r.Socket.Timer.Expires)
		}),
		socketColumn("timer_retransmits", ValueNumber, socketFacts(netstat.FactTimer), func(r *Row) Value {
			if !r.hasTimer() {
				return Value{}
			}
			return numberValue(uint64(r.Socket.Timer.Retransmits))
		}),
		socketColumn("timer_probes", ValueNumber, socketFacts(netstat.FactTimer), func(r *Row) Value {
			if !r.hasTimer() {
				return Value{}
			}
			return numberValue(uint64(r.Socket.Timer.Probes))
		}),
	}
}

// told is a flag, absent where it is not told.
func told(set, ok bool) Value {
	if !ok {
		return Value{}
	}
	return flagValue(set)
}

// shutdown is Socket.Shutdown, as far as it was asked for.
func (r *Row) shutdown() (receive, send, ok bool) {
	receive, send, ok = r.Socket.Shutdown()
	return receive, send, ok && (r.Socket.Table.Protocol == netstat.ProtocolNone || r.has(netstat.FactShutdown))
}

// hasTimer says whether the row's timer says something: other families than the
// Internet's have it only where it is set.
func (r *Row) hasTimer() bool {
	return r.has(netstat.FactTimer) && filter.HasTimer(&r.Socket)
}

func interfaceIndex(r *Row) Value {
	if !r.has(netstat.FactInterface) {
		return Value{}
	}
	return countValue(uint64(r.Socket.Local.Scope))
}

func peerColumns() []Column {
	of := func(name string, kind ValueKind, value func(p *Peer) Value) Column {
		return socketColumn(name, kind, filter.PeerFacts(0), func(r *Row) Value {
			if r.Peer == nil {
				return Value{}
			}
			return value(r.Peer)
		})
	}
	netns := of("peer_netns", ValueText, func(p *Peer) Value { return textValue(p.Netns) })
	netns.Needs.NetNS = true
	inode := of("peer_inode", ValueNumber, func(p *Peer) Value { return countValue(p.Inode) })
	return []Column{
		peerColumn("peer_pid", ValueNumber, 0, ownerPID),
		peerColumn("peer_process", ValueText, netstat.FactArgv0, ownerName),
		peerColumn("peer_owners", ValueProcess, netstat.FactArgv0, ownerBoth),
		inode,
		of("peer_state", ValueText, func(p *Peer) Value {
			if p.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(p.State.String())
		}),
		of("peer_waiting", ValueFlag, func(p *Peer) Value { return flagValue(p.Waiting) }),
		of("peer_translated", ValueFlag, func(p *Peer) Value { return flagValue(p.Translated) }),
		netns,
	}
}

// tcpTotal says whether a field of TCPInfo be summed up over connections.
func tcpTotal(f netstat.TCPField) bool {
	switch f {
	case netstat.TCPBytesAcked, netstat.TCPBytesReceived, netstat.TCPBytesSent, netstat.TCPBytesRetrans,
		netstat.TCPSegsIn, netstat.TCPSegsOut, netstat.TCPDataSegsIn, netstat.TCPDataSegsOut,
		netstat.TCPTotalRetrans, netstat.TCPUnacked, netstat.TCPLost, netstat.TCPRetrans, netstat.TCPNotSent,
		netstat.TCPDelivered, netstat.TCPDeliveredCE, netstat.TCPDSACKDups, netstat.TCPRcvOOOPack,
		netstat.TCPTotalRTO, netstat.TCPDeliveryRate, netstat.TCPBusyTime, netstat.TCPRWndLimited,
		netstat.TCPSndBufLimited,
		netstat.TCPDataBytesIn, netstat.TCPSoftErrors, netstat.TCPRWndLimitedCount, netstat.TCPRWndLimitedBytes,
		netstat.TCPCWndLimited, netstat.TCPCWndLimitedCount, netstat.TCPCWndLimitedBytes, netstat.TCPSenderLimited,
		netstat.TCPSenderLimitedCount, netstat.TCPSenderLimitedBytes, netstat.TCPFastRetrans, netstat.TCPSubsequentRTO,
		netstat.TCPAbruptRTO, netstat.TCPSpuriousRTO, netstat.TCPDupAcksIn, netstat.TCPDupAcksOut, netstat.TCPSACKsIn,
		netstat.TCPSACKBlocksIn, netstat.TCPCongSignals, netstat.TCPECNSignals, netstat.TCPECEReceived,
		netstat.TCPSendStalls, netstat.TCPBytesReordered, netstat.TCPBytesUnacked, netstat.TCPUnread, netstat.TCPReasmQueue:
		return true
	}
	return false
}

// insideColumns are the numbers of TCPInfo and Memory.
func insideColumns() []Column {
	list := make([]Column, 0, 1+int(netstat.TCPFields)+int(netstat.MemoryFields))
	list = append(list, socketColumn("congestion", ValueText, socketFacts(netstat.FactTCPInfo), func(r *Row) Value {
		if r.Socket.TCP == nil {
			return Value{}
		}
		return textValue(r.Socket.TCP.Congestion)
	}), socketColumn("send_rate", ValueRate, socketFacts(netstat.FactTCPInfo), func(r *Row) Value {
		if r.Socket.TCP == nil {
			return Value{}
		}
		rate, ok := r.Socket.TCP.SendRate()
		if !ok {
			return Value{}
		}
		return fieldValue(netstat.FieldRate, rate)
	}))
	for f := range netstat.TCPFields {
		if f == netstat.TCPCAState {
			list = append(list, socketColumn(f.String(), ValueText, socketFacts(netstat.FactTCPInfo), func(r *Row) Value {
				if r.Socket.TCP == nil || !r.Socket.TCP.Has(netstat.TCPCAState) {
					return Value{}
				}
				return textValue(r.Socket.TCP.CAState.String())
			}))
			continue
		}
		kind := f.Kind()
		c := socketColumn(f.String(), fieldKinds[kind], socketFacts(netstat.FactTCPInfo), func(r *Row) Value {
			if r.Socket.TCP == nil {
				return Value{}
			}
			n, ok := r.Socket.TCP.Value(f)
			if !ok {
				return Value{}
			}
			return fieldValue(kind, n)
		})
		c.Total = tcpTotal(f)
		list = append(list, c)
	}
	for f := range netstat.MemoryFields {
		kind := f.Kind()
		c := socketColumn(f.String(), fieldKinds[kind], socketFacts(netstat.FactMemory), func(r *Row) Value {
			if r.Socket.Memory != nil {
				if n, ok := r.Socket.Memory.Value(f); ok {
					return fieldValue(kind, n)
				}
			}
			if f == netstat.MemoryDrops {
				if n, ok := r.Socket.Drops(); ok {
					return numberValue(n)
				}
			}
			return Value{}
		})
		c.Total = true
		list = append(list, c)
	}
	return list
}

// knownNumber is a number that may not be known.
func knownNumber(n uint64, known bool) Value {
	if !known {
		return Value{}
	}
	return numberValue(n)
}

// detailColumns are what only some families or systems have.
func detailColumns() []Column {
	of := func(name string, kind ValueKind, fact netstat.Facts, value func(d netstat.Detail) Value) Column {
		return socketColumn(name, kind, socketFacts(fact), func(r *Row) Value {
			if r.Socket.Detail == nil {
				return Value{}
			}
			return value(r.Socket.Detail)
		})
	}
	unix := func(name string, kind ValueKind, fact netstat.Facts, value func(d *netstat.UnixDetail) Value) Column {
		return of(name, kind, fact, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.UnixDetail); ok {
				return value(d)
			}
			return Value{}
		})
	}
	tls := func(name string, value func(d *netstat.TLSDetail) string) Column {
		return of(name, ValueText, netstat.FactULP, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.TLSDetail); ok {
				return textValue(value(d))
			}
			return Value{}
		})
	}
	windows := func(name string, kind ValueKind, fact netstat.Facts, value func(d *netstat.WindowsDetail) Value) Column {
		return of(name, kind, fact, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.WindowsDetail); ok {
				return value(d)
			}
			return Value{}
		})
	}
	return []Column{
		of("type", ValueText, 0, func(d netstat.Detail) Value { return textValue(filter.Type(d)) }),
		of("protocol", ValueText, 0, detailProtocol),
		of("device", ValueText, 0, func(d netstat.Detail) Value { return textValue(filter.Device(d)) }),
		of("association_state", ValueText, 0, func(d netstat.Detail) Value { return textValue(filter.AssociationState(d)) }),
		socketColumn("path", ValueText, filter.Facts{}, func(r *Row) Value {
			if r.Socket.Table.Family != netstat.Unix {
				return Value{}
			}
			return textValue(r.Socket.Local.Name)
		}),
		unix("references", ValueNumber, netstat.FactReferences, func(d *netstat.UnixDetail) Value { return countValue(d.RefCount) }),
		unix("accepting", ValueFlag, 0, func(d *netstat.UnixDetail) Value { return flagValue(d.Accepting) }),
		unix("pending", ValueNumber, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Peers || !d.Accepting {
				return Value{}
			}
			return numberValue(uint64(len(d.Pending)))
		}),
		unix("abstract", ValueFlag, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Peers {
				return Value{}
			}
			return flagValue(d.Abstract)
		}),
		unix("file_inode", ValueNumber, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Bound {
				return Value{}
			}
			return numberValue(uint64(d.FileInode))
		}),
		of("subflows", ValueNumber, 0, func(d netstat.Detail) Value { return knownNumber(filter.Subflows(d)) }),
		of("fallback", ValueFlag, 0, func(d netstat.Detail) Value {
			if set, known := filter.Fallback(d); known {
				return flagValue(set)
			}
			return Value{}
		}),
		of("token", ValueNumber, netstat.FactULP, func(d netstat.Detail) Value { return knownNumber(filter.Token(d)) }),
		tls("tls_version", func(d *netstat.TLSDetail) string { return d.Version }),
		tls("tls_cipher", func(d *netstat.TLSDetail) string { return d.Cipher }),
		tls("tls_receive", func(d *netstat.TLSDetail) string { return d.Receive }),
		tls("tls_transmit", func(d *netstat.TLSDetail) string { return d.Transmit }),
		of("mode", ValueText, 0, func(d netstat.Detail) Value { return textValue(filter.Mode(d)) }),
		of("security", ValueText, 0, func(d netstat.Detail) Value { return textValue(filter.Security(d)) }),
		of("channel", ValueNumber, 0, func(d netstat.Detail) Value { return knownNumber(filter.Channel(d)) }),
		of("matches", ValueNumber, 0, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.CANDetail); ok {
				return numberValue(d.Matches)
			}
			return Value{}
		}),
		windows("created", ValueTime, netstat.FactCreated, func(d *netstat.WindowsDetail) Value { return timeValue(d.Created) }),
		windows("offload", ValueText, netstat.FactOffload, func(d *netstat.WindowsDetail) Value { return textValue(filter.Offload(d)) }),
		windows("template", ValueText, netstat.FactTemplate, func(d *netstat.WindowsDetail) Value { return textValue(d.Template) }),
		windows("module", ValueText, netstat.FactModule, func(d *netstat.WindowsDetail) Value { return textValue(d.Module) }),
		windows("module_path", ValueText, netstat.FactModule, func(d *netstat.WindowsDetail) Value { return textValue(d.ModulePath) }),
	}
}

// detailProtocol is what the family calls protocol.
func detailProtocol(d netstat.Detail) Value {
	if d, ok := d.(*netstat.UnixDetail); ok {
		return countValue(uint64(d.Protocol))
	}
	return textValue(filter.Protocol(d))
}
