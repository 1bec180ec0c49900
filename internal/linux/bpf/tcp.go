package bpf

// tcpLayout is what the program that lists TCP sockets must know about the
// running kernel. See ownerLayout.
type tcpLayout struct {
	iterFunc uint32 // id of bpf_iter_tcp

	// struct sock_common, also of requests and TIME-WAIT sockets
	family, state   uint32
	portPair        uint32 // remote port in network order, local port
	addrPair        uint32 // remote and local IPv4 address
	remote6, local6 uint32
	boundTo         uint32 // interface index

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

// Records that the program writes for each socket, in the kernel's byte order.
// Records of TCPMarkSize bytes have no address family: with state TIME-WAIT
// such a record stands for a TIME-WAIT socket of the family left out, with
// zeros for the end of the table.
const (
	TCPPorts   = 0  // remote port in network order, local port: 16 bits each
	TCPFamily  = 4  // address family: 8 bits
	TCPState   = 5  // number of the state: 8 bits
	TCPFlags   = 6  // TCPNoQueues or 0: 8 bits, followed by 8 unused bits
	TCPRecvQ   = 8  // 32 bits, like the next two
	TCPSendQ   = 12 // a listener's backlog limit
	TCPBoundTo = 16
	TCPAddrs   = 20 // IPv4: remote, local; IPv6: local, remote

	TCPMarkSize = 8 // size of a record without an address family
	TCPSize4    = TCPAddrs + 8
	TCPSize6    = TCPAddrs + 32
)

// TCPNoQueues means that the kernel does not recognize the socket as TCP, so
// that the program cannot read its queues.
const TCPNoQueues = 1

// States (enum of include/net/tcp_states.h) that the program distinguishes.
const (
	TCPTimeWait   = 6
	tcpListening  = 10
	TCPNewSynRecv = 12
)

// Address families (include/linux/socket.h).
const (
	familyInet  = 2
	familyInet6 = 10
)

// Helpers of enum bpf_func_id (include/uapi/linux/bpf.h).
const (
	helperMapLookup       = 1
	helperSocketCookie    = 46 // Linux 5.12 for this type of program
	helperProbeReadKernel = 113
	helperSkcToTCPSock    = 137
)

// tcpProgram returns the program that writes a record for every TCP socket of a
// family, or of both if only is 0. The kernel calls it for each socket in the
// order of its tables, and once without a socket at the end
// (net/ipv4/tcp_ipv4.c).
//
// A dump mostly waits for memory, because thousands of sockets do not fit in a
// cache. The program therefore reads only the fields that are shown.
//
// A helper that does not recognize a socket must not lose its row. The helper
// for TIME-WAIT sockets (bpf_skc_to_tcp_timewait_sock) returns NULL for those
// of an MPTCP listener, whose protocol operations are not TCP's own. Their
// substate is therefore read as bytes.
func tcpProgram(l tcpLayout, only uint8) []insn {
	const (
		context, sock, size, state = r6, r7, r8, r9
		family                     = size // until the size is set
		sockAt                     = 8
		record                     = -TCPSize6
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
	var a assembler
	a.op(mov, context, r1, 0, 0)
	a.op(storeImm32, frame, 0, record+TCPFamily, 0)
	a.op(load64, sock, context, sockAt, 0)
	a.jump(jeqImm, sock, 0, 0, atEnd)
	a.op(load16, family, sock, int(l.family), 0)
	if only != 0 {
		a.jump(jneImm, family, 0, int32(only), isOther)
	}
	a.op(store8, frame, family, record+TCPFamily, 0)
	a.op(load8, state, sock, int(l.state), 0)
	a.op(load32, r1, sock, int(l.portPair), 0)
	a.op(store32, frame, r1, record+TCPPorts, 0)
	a.op(load32, r1, sock, int(l.boundTo), 0)
	a.op(store32, frame, r1, record+TCPBoundTo, 0)

	a.jump(jeqImm, family, 0, familyInet, isIPv4)
	a.jump(jneImm, family, 0, familyInet6, out)
	for i, at := range []uint32{l.local6, l.local6 + 8, l.remote6, l.remote6 + 8} {
		a.op(load64, r1, sock, int(at), 0)
		a.op(store64, frame, r1, record+TCPAddrs+8*i, 0)
	}
	a.op(movImm, size, 0, 0, TCPSize6)
	a.jump(jump, 0, 0, 0, addressed)
	a.label(isIPv4)
	a.op(load64, r1, sock, int(l.addrPair), 0)
	a.op(store64, frame, r1, record+TCPAddrs, 0)
	a.op(movImm, size, 0, 0, TCPSize4)
	a.label(addressed)

	a.op(storeImm32, frame, 0, record+TCPRecvQ, 0)
	a.op(storeImm32, frame, 0, record+TCPSendQ, 0)
	a.op(mov, r1, sock, 0, 0)
	a.jump(jeqImm, state, 0, TCPNewSynRecv, write)
	a.jump(jeqImm, state, 0, TCPTimeWait, isTimeWait)
	a.op(call, 0, 0, 0, helperSkcToTCPSock)
	a.jump(jeqImm, r0, 0, 0, isUnknown)
	a.jump(jeqImm, state, 0, tcpListening, isListener)
	a.op(load32, r1, r0, int(l.received), 0)
	a.op(load32, r2, r0, int(l.read), 0)
	a.op(sub32, r1, r2, 0, 0)
	a.op(store32, frame, r1, record+TCPRecvQ, 0)
	a.op(load32, r1, r0, int(l.written), 0)
	a.op(load32, r2, r0, int(l.acknowledged), 0)
	a.op(sub32, r1, r2, 0, 0)
	a.op(store32, frame, r1, record+TCPSendQ, 0)
	a.jump(jump, 0, 0, 0, write)

	a.label(isListener)
	a.op(load32, r1, r0, int(l.backlog), 0)
	a.op(store32, frame, r1, record+TCPRecvQ, 0)
	a.op(load32, r1, r0, int(l.maxBacklog), 0)
	a.op(store32, frame, r1, record+TCPSendQ, 0)
	a.jump(jump, 0, 0, 0, write)

	a.label(isUnknown)
	a.op(storeImm8, frame, 0, record+TCPFlags, TCPNoQueues)
	a.jump(jump, 0, 0, 0, write)

	// The kernel keeps long FIN-WAIT-2 sockets as TIME-WAIT sockets.
	a.label(isTimeWait)
	a.op(mov, r1, frame, 0, 0)
	a.op(addImm, r1, 0, 0, substate)
	a.op(movImm, r2, 0, 0, 1)
	a.op(mov, r3, sock, 0, 0)
	a.op(addImm, r3, 0, 0, int32(l.substate))
	a.op(call, 0, 0, 0, helperProbeReadKernel)
	a.jump(jneImm, r0, 0, 0, write)
	a.op(load8, state, frame, substate, 0)

	a.label(write)
	a.op(store8, frame, state, record+TCPState, 0)
	a.seqWrite(context, record, size)
	a.jump(jump, 0, 0, 0, out)

	// The kernel counts TIME-WAIT sockets of both families together. (It
	// rejects programs with unreachable instructions.)
	if only != 0 {
		a.label(isOther)
		a.op(load8, state, sock, int(l.state), 0)
		a.jump(jneImm, state, 0, TCPTimeWait, out)
		a.op(storeImm8, frame, 0, record+TCPState, TCPTimeWait)
	}
	a.label(atEnd)
	a.op(storeImm32, frame, 0, record+TCPPorts, 0)
	a.op(movImm, size, 0, 0, TCPMarkSize)
	a.seqWrite(context, record, size)
	a.label(out)
	return a.program()
}

// TCPRecordSize returns the size of a record from its TCPFamily byte, or 0 if
// the byte is invalid.
func TCPRecordSize(family uint8) int {
	switch family {
	case familyInet:
		return TCPSize4
	case familyInet6:
		return TCPSize6
	case 0:
		return TCPMarkSize
	}
	return 0
}
