package linux

// tcpLayout is what the program that lists TCP sockets needs to know of the
// running kernel, as ownerLayout is for owners.
type tcpLayout struct {
	iterFunc uint32 // id of bpf_iter_tcp

	// struct sock_common, which requests and TIME-WAIT have as well
	family, state   uint32
	portPair        uint32 // remote port in network order, local port
	addrPair        uint32 // remote and local IPv4 address
	remote6, local6 uint32
	boundTo         uint32 // interface

	backlog, maxBacklog uint32 // struct sock
	substate            uint32 // struct inet_timewait_sock

	// struct tcp_sock
	received, read, written, acknowledged uint32
}

func parseTCPLayout(b []byte) (tcpLayout, error) {
	var l tcpLayout
	var err error
	l.iterFunc, err = findBTF(b, "bpf_iter_tcp", []btfField{
		{&l.family, "sock_common", "skc_family", btfInt, 2},
		{&l.state, "sock_common", "skc_state", btfInt, 1},
		{&l.portPair, "sock_common", "skc_portpair", btfInt, 4},
		{&l.addrPair, "sock_common", "skc_addrpair", btfInt, 8},
		{&l.remote6, "sock_common", "skc_v6_daddr", btfStruct, 16},
		{&l.local6, "sock_common", "skc_v6_rcv_saddr", btfStruct, 16},
		{&l.boundTo, "sock_common", "skc_bound_dev_if", btfInt, 4},
		{&l.backlog, "sock", "sk_ack_backlog", btfInt, 4},
		{&l.maxBacklog, "sock", "sk_max_ack_backlog", btfInt, 4},
		{&l.substate, "inet_timewait_sock", "tw_substate", btfInt, 1},
		{&l.received, "tcp_sock", "rcv_nxt", btfInt, 4},
		{&l.read, "tcp_sock", "copied_seq", btfInt, 4},
		{&l.written, "tcp_sock", "write_seq", btfInt, 4},
		{&l.acknowledged, "tcp_sock", "snd_una", btfInt, 4},
	})
	return l, err
}

// What the program writes for each socket, in the kernel's byte order. Records
// of tcpMarkSize bytes have no address family: one whose state is TIME-WAIT
// stands for such a socket of the family that is left out, one of zeros for the
// end of the table.
const (
	tcpPorts   = 0  // remote port in network order, local port: 16 bits each
	tcpFamily  = 4  // address family: 8 bits
	tcpState   = 5  // number of the state: 8 bits
	tcpFlags   = 6  // tcpNoQueues or 0: 8 bits, and as many unused ones behind
	tcpRecvQ   = 8  // 32 bits, as the next two
	tcpSendQ   = 12 // of a listener the limit of its backlog
	tcpBoundTo = 16
	tcpAddrs   = 20 // IPv4: remote, local; IPv6: local, remote

	tcpMarkSize = 8
	tcpSize4    = tcpAddrs + 8
	tcpSize6    = tcpAddrs + 32
)

// tcpNoQueues says that the kernel does not take the socket for one of TCP, so
// that the program cannot read its queues.
const tcpNoQueues = 1

// States that enum of include/net/tcp_states.h has and the program must tell
// from the others.
const (
	tcpTimeWait   = 6
	tcpListen     = 10
	tcpNewSynRecv = 12
)

// Helpers of enum bpf_func_id (include/uapi/linux/bpf.h).
const (
	bpfProbeReadKernel = 113
	bpfSkcToTCPSock    = 137
)

// tcpProgram writes a record for every TCP socket of a family, or of both if
// that is 0. It is called for each in the order of the kernel's tables, then
// once without one (net/ipv4/tcp_ipv4.c).
//
// What a dump costs is mostly waiting for memory, as sockets by the thousands
// are in no cache: the program looks at no more of a socket than is shown.
//
// A helper that does not recognize a socket must not cost its row. The one for
// TIME-WAIT sockets (bpf_skc_to_tcp_timewait_sock) returns NULL for those of an
// MPTCP listener, whose protocol operations are not TCP's own, so their
// substate is read as bytes instead.
func tcpProgram(l tcpLayout, only uint8) []bpfInsn {
	const (
		context, sock, size, state = bpfR6, bpfR7, bpfR8, bpfR9
		family                     = size // until the size is known
		sockAt                     = 8
		record                     = -tcpSize6
		substate                   = record - 8
	)
	const (
		isIPv4 = iota
		addressed
		isOther
		isTimeWait
		isListener
		isUnknown
		write
		atEnd
		out
	)
	var a bpfAssembler
	a.op(bpfMov, context, bpfR1, 0, 0)
	a.op(bpfStoreImm32, bpfFrame, 0, record+tcpFamily, 0)
	a.op(bpfLoad64, sock, context, sockAt, 0)
	a.jump(bpfJeqImm, sock, 0, 0, atEnd)
	a.op(bpfLoad16, family, sock, int(l.family), 0)
	if only != 0 {
		a.jump(bpfJneImm, family, 0, int32(only), isOther)
	}
	a.op(bpfStore8, bpfFrame, family, record+tcpFamily, 0)
	a.op(bpfLoad8, state, sock, int(l.state), 0)
	a.op(bpfLoad32, bpfR1, sock, int(l.portPair), 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpPorts, 0)
	a.op(bpfLoad32, bpfR1, sock, int(l.boundTo), 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpBoundTo, 0)

	a.jump(bpfJeqImm, family, 0, afInet, isIPv4)
	a.jump(bpfJneImm, family, 0, afInet6, out)
	for i, at := range []uint32{l.local6, l.local6 + 8, l.remote6, l.remote6 + 8} {
		a.op(bpfLoad64, bpfR1, sock, int(at), 0)
		a.op(bpfStore64, bpfFrame, bpfR1, record+tcpAddrs+8*i, 0)
	}
	a.op(bpfMovImm, size, 0, 0, tcpSize6)
	a.jump(bpfJump, 0, 0, 0, addressed)
	a.label(isIPv4)
	a.op(bpfLoad64, bpfR1, sock, int(l.addrPair), 0)
	a.op(bpfStore64, bpfFrame, bpfR1, record+tcpAddrs, 0)
	a.op(bpfMovImm, size, 0, 0, tcpSize4)
	a.label(addressed)

	a.op(bpfStoreImm32, bpfFrame, 0, record+tcpRecvQ, 0)
	a.op(bpfStoreImm32, bpfFrame, 0, record+tcpSendQ, 0)
	a.op(bpfMov, bpfR1, sock, 0, 0)
	a.jump(bpfJeqImm, state, 0, tcpNewSynRecv, write)
	a.jump(bpfJeqImm, state, 0, tcpTimeWait, isTimeWait)
	a.op(bpfCall, 0, 0, 0, bpfSkcToTCPSock)
	a.jump(bpfJeqImm, bpfR0, 0, 0, isUnknown)
	a.jump(bpfJeqImm, state, 0, tcpListen, isListener)
	a.op(bpfLoad32, bpfR1, bpfR0, int(l.received), 0)
	a.op(bpfLoad32, bpfR2, bpfR0, int(l.read), 0)
	a.op(bpfSub32, bpfR1, bpfR2, 0, 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpRecvQ, 0)
	a.op(bpfLoad32, bpfR1, bpfR0, int(l.written), 0)
	a.op(bpfLoad32, bpfR2, bpfR0, int(l.acknowledged), 0)
	a.op(bpfSub32, bpfR1, bpfR2, 0, 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpSendQ, 0)
	a.jump(bpfJump, 0, 0, 0, write)

	a.label(isListener)
	a.op(bpfLoad32, bpfR1, bpfR0, int(l.backlog), 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpRecvQ, 0)
	a.op(bpfLoad32, bpfR1, bpfR0, int(l.maxBacklog), 0)
	a.op(bpfStore32, bpfFrame, bpfR1, record+tcpSendQ, 0)
	a.jump(bpfJump, 0, 0, 0, write)

	a.label(isUnknown)
	a.op(bpfStoreImm8, bpfFrame, 0, record+tcpFlags, tcpNoQueues)
	a.jump(bpfJump, 0, 0, 0, write)

	// What is in FIN-WAIT-2 for long is kept as small as TIME-WAIT.
	a.label(isTimeWait)
	a.op(bpfMov, bpfR1, bpfFrame, 0, 0)
	a.op(bpfAddImm, bpfR1, 0, 0, substate)
	a.op(bpfMovImm, bpfR2, 0, 0, 1)
	a.op(bpfMov, bpfR3, sock, 0, 0)
	a.op(bpfAddImm, bpfR3, 0, 0, int32(l.substate))
	a.op(bpfCall, 0, 0, 0, bpfProbeReadKernel)
	a.jump(bpfJneImm, bpfR0, 0, 0, write)
	a.op(bpfLoad8, state, bpfFrame, substate, 0)

	a.label(write)
	a.op(bpfStore8, bpfFrame, state, record+tcpState, 0)
	a.seqWrite(context, record, size)
	a.jump(bpfJump, 0, 0, 0, out)

	// The kernel counts TIME-WAIT sockets of both families in one. (It takes
	// no program with instructions that nothing leads to.)
	if only != 0 {
		a.label(isOther)
		a.op(bpfLoad8, state, sock, int(l.state), 0)
		a.jump(bpfJneImm, state, 0, tcpTimeWait, out)
		a.op(bpfStoreImm8, bpfFrame, 0, record+tcpState, tcpTimeWait)
	}
	a.label(atEnd)
	a.op(bpfStoreImm32, bpfFrame, 0, record+tcpPorts, 0)
	a.op(bpfMovImm, size, 0, 0, tcpMarkSize)
	a.seqWrite(context, record, size)
	a.label(out)
	return a.program()
}

// tcpRecordSize returns the size of a record of a family, 0 if there is none.
func tcpRecordSize(family uint8) int {
	switch family {
	case afInet:
		return tcpSize4
	case afInet6:
		return tcpSize6
	case 0:
		return tcpMarkSize
	}
	return 0
}
