package bpf

// eventLayout is what the programs that record events of TCP sockets must know
// about the running kernel. See ownerLayout.
type eventLayout struct {
	// Ids of what the programs are attached to; 0 if the kernel lacks it.
	setState, retransmit, synAck uint32

	// struct sock_common, also of requests
	family, state   uint32
	remote4, local4 uint32
	remote6, local6 uint32
	remotePort      uint32 // network order
	number          uint32 // local port of a request, host order
	boundTo         uint32 // interface index
	net             uint32 // struct net *

	namespace, inum uint32 // net.ns, and ns_common.inum in it
	localPort       uint32 // inet_sock.inet_sport: network order, kept until the end of the socket
	uid, socket     uint32 // struct sock
	file            uint32 // socket.file
	inode, ino      uint32 // file.f_inode, inode.i_ino

	flags, tgid, comm uint32 // struct task_struct
}

func parseEventLayout(b []byte) (l eventLayout, err error) {
	targets := [...]btfTarget{
		{name: "btf_trace_inet_sock_set_state", kind: btfTypedef},
		{name: "btf_trace_tcp_retransmit_skb", kind: btfTypedef},
		{name: "btf_trace_tcp_retransmit_synack", kind: btfTypedef},
	}
	err = findAllBTF(b, targets[:], []btfField{
		{&l.family, "sock_common", "skc_family", btfInt, 2},
		{&l.state, "sock_common", "skc_state", btfInt, 1},
		{&l.remote4, "sock_common", "skc_daddr", btfInt, 4},
		{&l.local4, "sock_common", "skc_rcv_saddr", btfInt, 4},
		{&l.remote6, "sock_common", "skc_v6_daddr", btfStruct, 16},
		{&l.local6, "sock_common", "skc_v6_rcv_saddr", btfStruct, 16},
		{&l.remotePort, "sock_common", "skc_dport", btfInt, 2},
		{&l.number, "sock_common", "skc_num", btfInt, 2},
		{&l.boundTo, "sock_common", "skc_bound_dev_if", btfInt, 4},
		{&l.net, "sock_common", "skc_net", btfStruct, 8},
		{&l.namespace, "net", "ns", btfStruct, 0},
		{&l.inum, "ns_common", "inum", btfInt, 4},
		{&l.localPort, "inet_sock", "inet_sport", btfInt, 2},
		{&l.uid, "sock", "sk_uid", btfStruct, 4},
		{&l.socket, "sock", "sk_socket", btfPtr, 0},
		{&l.file, "socket", "file", btfPtr, 0},
		{&l.inode, "file", "f_inode", btfPtr, 0},
		{&l.ino, "inode", "i_ino", btfInt, 8},
		{&l.flags, "task_struct", "flags", btfInt, 4},
		{&l.tgid, "task_struct", "tgid", btfInt, 4},
		{&l.comm, "task_struct", "comm", btfArray, 0},
	})
	l.setState, l.retransmit, l.synAck = targets[0].id, targets[1].id, targets[2].id
	return l, err
}

// Fields of the record of an event, in the kernel's byte order unless noted.
const (
	EventTime       = 0  // nanoseconds of CLOCK_MONOTONIC: 64 bits
	EventCookie     = 8  // of the socket: 64 bits
	EventInode      = 16 // of the socket, 0 if unknown: 64 bits
	EventNetns      = 24 // inode of the network namespace: 32 bits
	EventUID        = 28 // 32 bits
	EventPID        = 32 // process that runs, 0 for a thread of the kernel: 32 bits
	EventBoundTo    = 36 // interface index: 32 bits
	EventKind       = 40 // one of the kinds below: 8 bits
	EventOld        = 41 // number of the state before: 8 bits
	EventNew        = 42 // number of the state after: 8 bits
	EventFamily     = 43 // address family: 8 bits
	EventRemotePort = 44 // network order: 16 bits
	EventLocalPort  = 46 // network order; host order for EventSynAck: 16 bits
	EventLocal      = 48 // 16 bytes, of which IPv4 uses 4
	EventRemote     = 64
	EventComm       = 80 // name of the process that runs: 16 bytes

	EventSize = 96
)

// Values of EventKind.
const (
	EventState      = iota // inet_sock_set_state: the state changes
	EventRetransmit        // tcp_retransmit_skb
	EventSynAck            // tcp_retransmit_synack: EventCookie and the addresses are those of the request
)

// States of include/net/tcp_states.h.
const (
	tcpSynRecv = 3
	tcpListen  = 10
)

// threadOfKernel is the flag of a task without a process (PF_KTHREAD in
// include/linux/sched.h).
const threadOfKernel = 0x200000

// Helpers of enum bpf_func_id (include/uapi/linux/bpf.h).
const (
	helperKtimeGetNS        = 5
	helperGetSMPProcessorID = 8
	helperGetSocketCookie   = 46
	helperRingbufReserve    = 131
	helperRingbufSubmit     = 132
	helperGetCurrentTaskBTF = 158
)

// Values of the array that programs and their reader share, as offsets.
const (
	eventLost    = 0 // number of events that found no room in the ring: 64 bits
	eventChanges = 8 // for each of changeSlots processors, its last change of a state: 64 bits each
	changeSlots  = 256
	eventValues  = eventChanges + 8*changeSlots
)

// eventProgram returns the program that records one kind of event into the ring
// buffer with descriptor ring. If that is full, the program adds 1 to eventLost in
// the array with descriptor values. netns is the inode of the network namespace to
// record, 0 for all.
//
// The kernel runs no program again on a processor where it runs already: changes of
// states in an interrupt would be missed. Therefore two programs record them. The
// second one, with again set, records only what the first one has not noted in
// eventChanges. If an interrupt comes between the two, the same change may be recorded
// twice.
func eventProgram(l eventLayout, kind uint8, again bool, netns uint32, ring, values int) []insn {
	const (
		context, sock, record    = r6, r7, r8
		inum                     = r9
		cookieAt, changeAt       = -8, -16
		listenerAt, requestAt    = 0, 8
		isIPv4, addressed        = 0, 1
		noInode, noProcess, full = 2, 3, 4
		submit, out              = 5, 6
		noClone                  = 7
	)
	synAck := kind == EventSynAck
	var a assembler
	a.op(mov, context, r1, 0, 0)
	if synAck {
		a.op(load64, sock, context, requestAt, 0)
		a.jump(jeqImm, sock, 0, 0, out)
	} else {
		a.op(load64, r1, context, listenerAt, 0)
		a.jump(jeqImm, r1, 0, 0, out)
		a.op(call, 0, 0, 0, helperSkcToTCPSock)
		a.jump(jeqImm, r0, 0, 0, out)
		a.op(mov, sock, r0, 0, 0)
	}
	a.op(load64, r1, sock, int(l.net), 0)
	a.op(load32, inum, r1, int(l.namespace+l.inum), 0)
	if netns != 0 {
		a.jump(jneImm32, inum, 0, int32(netns), out)
	}
	a.op(mov, r1, sock, 0, 0)
	a.op(call, 0, 0, 0, helperGetSocketCookie)
	a.op(store64, frame, r0, cookieAt, 0)
	if kind == EventState {
		a.op(shlImm, r0, 0, 0, 8)
		a.op(load64, r1, context, 8, 0)
		a.op(shlImm, r1, 0, 0, 4)
		a.op(or, r0, r1, 0, 0)
		a.op(load64, r1, context, 16, 0)
		a.op(or, r0, r1, 0, 0)
		a.op(store64, frame, r0, changeAt, 0)
		a.op(call, 0, 0, 0, helperGetSMPProcessorID)
		a.op(andImm, r0, 0, 0, changeSlots-1)
		a.op(shlImm, r0, 0, 0, 3)
		a.mapValue(r1, values)
		a.op(add, r1, r0, 0, 0)
		a.op(load64, r2, frame, changeAt, 0)
		if again {
			a.op(load64, r1, r1, eventChanges, 0)
			a.jump(jeq, r1, r2, 0, out)
		} else {
			a.op(store64, r1, r2, eventChanges, 0)
		}
		// The clone of a listener is a socket in its table only once it leaves this state.
		a.op(load64, r1, context, 8, 0)
		a.jump(jneImm, r1, 0, tcpListen, noClone)
		a.op(load64, r1, context, 16, 0)
		a.jump(jeqImm, r1, 0, tcpSynRecv, out)
		a.label(noClone)
	}

	a.mapFD(r1, ring)
	a.op(movImm, r2, 0, 0, EventSize)
	a.op(movImm, r3, 0, 0, 0)
	a.op(call, 0, 0, 0, helperRingbufReserve)
	a.jump(jeqImm, r0, 0, 0, full)
	a.op(mov, record, r0, 0, 0)

	a.op(store32, record, inum, EventNetns, 0)
	a.op(load64, r1, frame, cookieAt, 0)
	a.op(store64, record, r1, EventCookie, 0)
	a.op(call, 0, 0, 0, helperKtimeGetNS)
	a.op(store64, record, r0, EventTime, 0)
	a.op(load32, r1, sock, int(l.boundTo), 0)
	a.op(store32, record, r1, EventBoundTo, 0)
	a.op(storeImm8, record, 0, EventKind, int32(kind))
	if kind == EventState {
		a.op(load64, r1, context, 8, 0)
		a.op(store8, record, r1, EventOld, 0)
		a.op(load64, r1, context, 16, 0)
		a.op(store8, record, r1, EventNew, 0)
	} else {
		a.op(load8, r1, sock, int(l.state), 0)
		a.op(store8, record, r1, EventOld, 0)
		a.op(store8, record, r1, EventNew, 0)
	}

	// The port in skc_num is 0 by the time that a socket is closed.
	port := l.localPort
	if synAck {
		port = l.number
	}
	a.op(load16, r1, sock, int(port), 0)
	a.op(store16, record, r1, EventLocalPort, 0)
	a.op(load16, r1, sock, int(l.remotePort), 0)
	a.op(store16, record, r1, EventRemotePort, 0)
	a.op(load16, r1, sock, int(l.family), 0)
	a.op(store8, record, r1, EventFamily, 0)
	a.jump(jeqImm, r1, 0, familyInet, isIPv4)
	for i, at := range []uint32{l.local6, l.local6 + 8, l.remote6, l.remote6 + 8} {
		a.op(load64, r1, sock, int(at), 0)
		a.op(store64, record, r1, EventLocal+8*i, 0)
	}
	a.jump(jump, 0, 0, 0, addressed)
	a.label(isIPv4)
	a.op(load32, r1, sock, int(l.local4), 0)
	a.op(store32, record, r1, EventLocal, 0)
	a.op(load32, r1, sock, int(l.remote4), 0)
	a.op(store32, record, r1, EventRemote, 0)
	a.label(addressed)

	a.op(storeImm64, record, 0, EventInode, 0)
	a.op(storeImm32, record, 0, EventPID, 0)
	a.op(storeImm32, record, 0, EventUID, 0)
	a.op(storeImm64, record, 0, EventComm, 0)
	a.op(storeImm64, record, 0, EventComm+8, 0)
	if synAck {
		a.jump(jump, 0, 0, 0, submit)
	} else {
		a.op(load32, r1, sock, int(l.uid), 0)
		a.op(store32, record, r1, EventUID, 0)
		// Only sockets that a process can reach have a file.
		a.op(load64, r1, sock, int(l.socket), 0)
		a.jump(jeqImm, r1, 0, 0, noInode)
		a.op(load64, r1, r1, int(l.file), 0)
		a.jump(jeqImm, r1, 0, 0, noInode)
		a.op(load64, r1, r1, int(l.inode), 0)
		a.jump(jeqImm, r1, 0, 0, noInode)
		a.op(load64, r1, r1, int(l.ino), 0)
		a.op(store64, record, r1, EventInode, 0)
		a.label(noInode)
		a.op(call, 0, 0, 0, helperGetCurrentTaskBTF)
		a.op(load32, r1, r0, int(l.flags), 0)
		a.jump(jsetImm, r1, 0, threadOfKernel, submit)
		a.op(load32, r1, r0, int(l.tgid), 0)
		a.op(store32, record, r1, EventPID, 0)
		a.op(load64, r1, r0, int(l.comm), 0)
		a.op(store64, record, r1, EventComm, 0)
		a.op(load64, r1, r0, int(l.comm)+8, 0)
		a.op(store64, record, r1, EventComm+8, 0)
	}
	a.label(submit)
	a.op(mov, r1, record, 0, 0)
	a.op(movImm, r2, 0, 0, 0)
	a.op(call, 0, 0, 0, helperRingbufSubmit)
	a.jump(jump, 0, 0, 0, out)

	a.label(full)
	a.mapValue(r1, values)
	a.op(movImm, r2, 0, 0, 1)
	a.op(atomicAdd, r1, r2, eventLost, 0)
	a.label(out)
	return a.program()
}
