package fact

import "netstat"

// hasTimer reports whether a socket's timer is meaningful if it was requested.
// Families other than the Internet's have a timer only if one is set.
func hasTimer(s *netstat.Socket) bool {
	if s.Absent&netstat.FactTimer != 0 {
		return false
	}
	f := s.Table.Family
	return f == netstat.Inet || f == netstat.Inet6 || s.Timer != (netstat.Timer{})
}

// typeOf returns the type given to socket(2), or "" if the family does not
// report it.
func typeOf(d netstat.Detail) string {
	t := netstat.TypeUnknown
	switch d := d.(type) {
	case *netstat.UnixDetail:
		t = d.Type
	case *netstat.PacketDetail:
		t = d.Type
	case *netstat.NetlinkDetail:
		t = d.Type
	case *netstat.VSockDetail:
		t = d.Type
	case *netstat.TIPCDetail:
		t = d.Type
	case *netstat.AppleTalkDetail:
		t = d.Type
	}
	return t.String()
}

// protocolOf returns the number or name that the family calls protocol. For
// unix sockets see netstat.UnixDetail.Protocol.
func protocolOf(d netstat.Detail) string {
	switch d := d.(type) {
	case *netstat.PacketDetail:
		return d.Protocol.String()
	case *netstat.NetlinkDetail:
		return d.Protocol.String()
	case *netstat.CANDetail:
		return d.Protocol
	}
	return ""
}

// deviceOf returns the interface of a socket, for families that have one.
func deviceOf(d netstat.Detail) string {
	switch d := d.(type) {
	case *netstat.PacketDetail:
		return d.Device
	case *netstat.XDPDetail:
		return d.Device
	case *netstat.CANDetail:
		return d.Device
	case *netstat.AX25Detail:
		return d.Device
	case *netstat.NetROMDetail:
		return d.Device
	case *netstat.ROSEDetail:
		return d.Device
	case *netstat.X25Detail:
		return d.Device
	}
	return ""
}

// associationState returns the protocol's own name of the state. Socket.State
// is only the nearest common state.
func associationState(d netstat.Detail) string {
	switch d := d.(type) {
	case *netstat.SCTPDetail:
		return d.AssocState
	case *netstat.DCCPDetail:
		return d.DCCPState
	case *netstat.SMCDetail:
		return d.SMCState
	}
	return ""
}

// modeOf returns how an SMC socket transmits.
func modeOf(d netstat.Detail) string {
	if d, ok := d.(*netstat.SMCDetail); ok {
		return d.Mode.String()
	}
	return ""
}

// securityOf returns the security level that a Bluetooth channel requires.
func securityOf(d netstat.Detail) string {
	if d, ok := d.(*netstat.BluetoothDetail); ok {
		return d.Security.String()
	}
	return ""
}

// offloadOf returns Windows' name of the offload state of a connection.
func offloadOf(d netstat.Detail) string {
	if d, ok := d.(*netstat.WindowsDetail); ok {
		return d.Offload.String()
	}
	return ""
}

// subflowsOf returns the number of TCP connections of an MPTCP socket.
func subflowsOf(d netstat.Detail) (uint64, bool) {
	m, ok := d.(*netstat.MPTCPDetail)
	if !ok || !m.Known {
		return 0, false
	}
	return max(uint64(m.SubflowsTotal), uint64(m.ExtraSubflows)+1), true
}

// fallbackOf reports whether an MPTCP or SMC socket has fallen back to plain
// TCP.
func fallbackOf(d netstat.Detail) (set, known bool) {
	switch d := d.(type) {
	case *netstat.MPTCPDetail:
		return d.Fallback, d.Known
	case *netstat.SMCDetail:
		return d.Mode == netstat.SMCTCP, true
	}
	return false, false
}

// channelOf returns the number of a channel, 0 if there is none.
func channelOf(d netstat.Detail) (uint64, bool) {
	switch d := d.(type) {
	case *netstat.ROSEDetail:
		return uint64(d.Channel), d.Channel != 0
	case *netstat.X25Detail:
		return uint64(d.Channel), d.Channel != 0
	case *netstat.BluetoothDetail:
		return uint64(d.Channel), true
	}
	return 0, false
}

// tokenOf returns the kernel's number of an MPTCP connection, 0 if there is
// none: of the socket itself, or of the connection that a TCP subflow belongs
// to.
func tokenOf(d netstat.Detail) (uint64, bool) {
	switch d := d.(type) {
	case *netstat.MPTCPDetail:
		return uint64(d.Token), d.Token != 0
	case *netstat.SubflowDetail:
		return uint64(d.Token), d.Token != 0
	}
	return 0, false
}

// knownNumber returns a number, or an absent value if it is unknown.
func knownNumber(n uint64, known bool) Value {
	if !known {
		return Value{}
	}
	return numberValue(n)
}

// detailFacts returns the facts that only some families or systems have.
func detailFacts() []Fact {
	of := func(name, about, aboutZH string, kind ValueKind, fact netstat.Facts, value func(d netstat.Detail) Value) Fact {
		return socketFact(name, about, aboutZH, kind, needs(fact), func(r *Row) Value {
			if r.Socket.Detail == nil {
				return Value{}
			}
			return value(r.Socket.Detail)
		})
	}
	unix := func(name, about, aboutZH string, kind ValueKind, fact netstat.Facts, value func(d *netstat.UnixDetail) Value) Fact {
		return of(name, about, aboutZH, kind, fact, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.UnixDetail); ok {
				return value(d)
			}
			return Value{}
		})
	}
	tls := func(name, about, aboutZH string, value func(d *netstat.TLSDetail) string) Fact {
		return of(name, about, aboutZH, ValueText, netstat.FactULP, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.TLSDetail); ok {
				return textValue(value(d))
			}
			return Value{}
		})
	}
	windows := func(name, about, aboutZH string, kind ValueKind, fact netstat.Facts, value func(d *netstat.WindowsDetail) Value) Fact {
		return of(name, about, aboutZH, kind, fact, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.WindowsDetail); ok {
				return value(d)
			}
			return Value{}
		})
	}
	return []Fact{
		of("type", "socket type", "套接字类型", ValueText, 0, func(d netstat.Detail) Value { return textValue(typeOf(d)) }).one(texts(netstat.TypeStream, netstat.TypeSeqpacket)),
		of("protocol", "protocol of a packet, netlink, CAN or unix socket", "packet、netlink、CAN 或 unix 套接字的协议", ValueText, 0, detailProtocol),
		of("device", "interface of a packet, XDP, CAN, radio socket", "packet、XDP、CAN 或业余无线电套接字的接口", ValueText, 0, func(d netstat.Detail) Value { return textValue(deviceOf(d)) }),
		of("association_state", "state as SCTP, DCCP or SMC name it", "SCTP、DCCP 或 SMC 自己的状态名", ValueText, 0, func(d netstat.Detail) Value { return textValue(associationState(d)) }).word().also("smc_state", "dccp_state"),
		socketFact("path", "path of a unix socket", "unix 套接字的路径", ValueText, Needs{}, func(r *Row) Value {
			if r.Socket.Table.Family != netstat.Unix {
				return Value{}
			}
			return textValue(r.Socket.Local.Name)
		}).cut(),
		unix("references", "references to a unix socket", "unix 套接字的引用数", ValueNumber, netstat.FactReferences, func(d *netstat.UnixDetail) Value { return countValue(d.RefCount) }).counts().also("refcnt"),
		unix("accepting", "unix socket listens", "unix 套接字正在侦听", ValueFlag, 0, func(d *netstat.UnixDetail) Value { return flagValue(d.Accepting) }),
		unix("pending", "connections that a unix socket has not yet accepted", "unix 套接字尚未接受的连接数", ValueNumber, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Peers || !d.Accepting {
				return Value{}
			}
			return numberValue(uint64(len(d.Pending)))
		}).counts(),
		unix("abstract", "unix socket has an abstract name, not a file", "unix 套接字用抽象名称，不是文件", ValueFlag, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Peers {
				return Value{}
			}
			return flagValue(d.Abstract)
		}),
		unix("file_inode", "inode number of the file of a unix socket", "unix 套接字文件的 inode 号", ValueNumber, netstat.FactPeer, func(d *netstat.UnixDetail) Value {
			if !d.Bound {
				return Value{}
			}
			return numberValue(uint64(d.FileInode))
		}),
		of("subflows", "TCP connections of an MPTCP socket", "MPTCP 套接字的 TCP 连接数", ValueNumber, 0, func(d netstat.Detail) Value { return knownNumber(subflowsOf(d)) }).counts(),
		of("fallback", "MPTCP or SMC socket fell back to plain TCP", "MPTCP 或 SMC 套接字已退回普通 TCP", ValueFlag, 0, func(d netstat.Detail) Value {
			if set, known := fallbackOf(d); known {
				return flagValue(set)
			}
			return Value{}
		}),
		of("token", "kernel's number of an MPTCP connection; its TCP subflows have the same", "内核给 MPTCP 连接的编号；其 TCP 子流同号", ValueNumber, netstat.FactULP, func(d netstat.Detail) Value { return knownNumber(tokenOf(d)) }),
		tls("tls_version", "TLS version, if the kernel runs TLS", "TLS 版本（若由内核执行 TLS）", func(d *netstat.TLSDetail) string { return d.Version }),
		tls("tls_cipher", "TLS cipher, if the kernel runs TLS", "TLS 密码套件（若由内核执行 TLS）", func(d *netstat.TLSDetail) string { return d.Cipher }),
		tls("tls_receive", "TLS decryption: none (by the program), sw, hw or hw-record", "TLS 解密: none（由程序）、sw、hw 或 hw-record", func(d *netstat.TLSDetail) string { return d.Receive }),
		tls("tls_transmit", "TLS encryption: none (by the program), sw, hw or hw-record", "TLS 加密: none（由程序）、sw、hw 或 hw-record", func(d *netstat.TLSDetail) string { return d.Transmit }),
		of("mode", "transport of an SMC socket", "SMC 套接字的传输方式", ValueText, 0, func(d netstat.Detail) Value { return textValue(modeOf(d)) }).one(texts(netstat.SMCUnknown, netstat.SMCD)),
		of("security", "security level that a Bluetooth channel requires", "蓝牙信道要求的安全级别", ValueText, 0, func(d netstat.Detail) Value { return textValue(securityOf(d)) }).one(texts(netstat.SecuritySDP, netstat.SecurityFIPS)),
		of("channel", "channel number of Bluetooth, ROSE or X.25", "蓝牙、ROSE 或 X.25 的信道号", ValueNumber, 0, func(d netstat.Detail) Value { return knownNumber(channelOf(d)) }),
		of("matches", "frames received by a CAN filter", "CAN 过滤器收到的帧数", ValueNumber, 0, func(d netstat.Detail) Value {
			if d, ok := d.(*netstat.CANDetail); ok {
				return numberValue(d.Matches)
			}
			return Value{}
		}).counts(),
		windows("created", "creation time of the socket (Windows)", "套接字的创建时间（Windows）", ValueTime, netstat.FactCreated, func(d *netstat.WindowsDetail) Value { return timeValue(d.Created) }),
		windows("offload", "offload state of a connection (Windows)", "连接的卸载状态（Windows）", ValueText, netstat.FactOffload, func(d *netstat.WindowsDetail) Value { return textValue(offloadOf(d)) }).one(texts(netstat.OffloadInHost, netstat.OffloadUploading)).also("offload_state"),
		windows("template", "template of TCP settings (Windows)", "TCP 设置的模板（Windows）", ValueText, netstat.FactTemplate, func(d *netstat.WindowsDetail) Value { return textValue(d.Template) }).cut(),
		windows("module", "service or program that created the socket (Windows)", "创建套接字的服务或程序（Windows）", ValueText, netstat.FactModule, func(d *netstat.WindowsDetail) Value { return textValue(d.Module) }).cut(),
		windows("module_path", "path of the module (Windows)", "module 的路径（Windows）", ValueText, netstat.FactModule, func(d *netstat.WindowsDetail) Value { return textValue(d.ModulePath) }).cut(),
	}
}

// detailProtocol returns the protocol in the family's terms.
func detailProtocol(d netstat.Detail) Value {
	if d, ok := d.(*netstat.UnixDetail); ok {
		return countValue(uint64(d.Protocol))
	}
	return textValue(protocolOf(d))
}
