package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"syscall"

	"netstat"
)

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

// decodeTCP fills s from a whole record. s.Table must be set, and what a
// record does not have must be zero.
func decodeTCP(b []byte, s *netstat.Socket) {
	_ = b[tcpSize4-1]
	order := binary.NativeEndian
	number := b[tcpState]
	if number == tcpNewSynRecv {
		number = 3 // as everything else that lists sockets calls it
	}
	s.State = stateOf(uint64(number))
	s.Remote.Port = binary.BigEndian.Uint16(b[tcpPorts:])
	s.Local.Port = order.Uint16(b[tcpPorts+2:])
	scope := order.Uint32(b[tcpBoundTo:])
	s.Local.Scope = scope
	s.Remote.Scope = 0
	if b[tcpFamily] == afInet {
		s.Remote.IP = netip.AddrFrom4([4]byte(b[tcpAddrs:]))
		s.Local.IP = netip.AddrFrom4([4]byte(b[tcpAddrs+4:]))
	} else {
		s.Local.IP = netip.AddrFrom16([16]byte(b[tcpAddrs:]))
		s.Remote.IP = netip.AddrFrom16([16]byte(b[tcpAddrs+16:]))
		if b[tcpAddrs+16] == 0xfe && b[tcpAddrs+17]&0xc0 == 0x80 {
			s.Remote.Scope = scope
		}
	}
	s.RecvQ = uint64(max(int32(order.Uint32(b[tcpRecvQ:])), 0))
	s.SendQ = uint64(order.Uint32(b[tcpSendQ:]))
	s.MaxBacklog = 0
	if s.State == netstat.Listen {
		s.MaxBacklog, s.SendQ = uint32(s.SendQ), 0
	}
	s.Absent = 0
	if b[tcpFlags] == tcpNoQueues {
		s.Absent = netstat.FactQueues
	}
}

// Amounts that decide about the iterator. Measured on Linux 6.18: setting it up
// takes 5 ms of cpu time with the process that reads it, and it saves a third of
// a dump. It is worth it from some 18,000 sockets of one family on, and from
// fewer where it serves both; but it waits for each socket that is in use at the
// moment, so that little is not worth it.
const (
	tcpIterSockets = 20000
	// tcpHeldMax bounds the records of IPv6 that wait to be asked for.
	tcpHeldMax = 4 << 20
)

// iterTries bounds how often in a row an iterator may ask to be read again.
const iterTries = 100

var (
	errIterGarbled = errors.New("BPF record not understood")
	errIterShort   = errors.New("the kernel's iterator left out sockets that the kernel counts")
)

// heldTCP are the records of TCP6 that came by while TCP was read, for a
// caller that has announced to want them next. The zero value has none.
type heldTCP struct {
	need    netstat.Need
	records []byte // of the iterator, with the end of the table; of a dump, its messages
	dumped  bool   // they are of a dump
	seq     uint32 // of that
}

// serve reports whether the records are what is asked for.
func (h *heldTCP) serve(t netstat.Table, n netstat.Need) bool {
	return h.records != nil && t == netstat.TCP6Table && n.Facts == h.need.Facts && n.States == h.need.States &&
		n.Where.Equal(h.need.Where)
}

// iterServes reports whether the BPF iterator has all that is asked for.
func iterServes(r *tableReader, n netstat.Need) bool {
	const has = netstat.FactQueues | netstat.FactInterface
	return r.protocol == ipprotoTCP && n.Facts&^has == 0 && !n.States.Has(netstat.Bound)
}

// iterPlan says how TCP is to be read.
type iterPlan struct {
	use     bool
	only    uint8  // address family to read, 0 for both
	hold    bool   // keep the records of TCP6
	room    int    // bytes that these are expected to take
	sockets uint64 // that the kernel counts before the pass; 0 if unknown
}

// planIter decides whether the BPF iterator is worth it.
func (s *source) planIter(r *tableReader, n netstat.Need) iterPlan {
	if s.openTCP == nil || s.bpf == bpfNever || !iterServes(r, n) {
		return iterPlan{}
	}
	wantHold := r.table == netstat.TCP4Table && n.Then == netstat.TCP6Table
	if s.bpf == bpfAlways {
		only := iterFamily(r.table, wantHold)
		return iterPlan{use: true, only: only, hold: wantHold, sockets: countTCP(only, s.sockstat("sockstat"), s.sockstat("sockstat6"))}
	}
	// A dump that is narrowed by the kernel needs no help.
	narrowed := compileCondition(r.table.Family, nil, n.Where, s.bytecode, localPorts{}).narrow ||
		n.States != 0 && !n.States.Has(netstat.Established)
	if narrowed || s.iterRefused || !s.bpfAllowed() {
		return iterPlan{}
	}
	// Sockets of both families count as allocated, and those of all other
	// namespaces too: enough to go no further on a quiet host.
	v4 := s.sockstat("sockstat")
	if v4.allocated+v4.timeWait < tcpIterSockets {
		return iterPlan{}
	}
	v6 := s.sockstat("sockstat6")
	hold := wantHold && v6.inUse*tcpSize6 <= tcpHeldMax
	wanted, other := v4.inUse+v4.timeWait, v6.inUse
	switch {
	case hold:
		wanted, other = wanted+other, 0
	case r.table == netstat.TCP6Table:
		wanted, other = other, wanted
	}
	only := iterFamily(r.table, hold)
	// The iterator locks sockets of the other family, too, a dump does not.
	return iterPlan{
		use:  wanted >= tcpIterSockets && wanted >= other,
		only: only, hold: hold, room: int(min(v6.inUse*tcpSize6, tcpHeldMax)) + tcpMarkSize,
		sockets: countTCP(only, v4, v6),
	}
}

// iterFamily returns the address family to read for a table, 0 for both.
func iterFamily(t netstat.Table, both bool) uint8 {
	switch {
	case both:
		return 0
	case t == netstat.TCP6Table:
		return afInet6
	}
	return afInet
}

// iterTCP reads a table with the BPF iterator. An error means that nothing was
// yielded.
func (s *source) iterTCP(ctx context.Context, r *tableReader, n netstat.Need, plan iterPlan, yield yieldFunc) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	iter, err := s.openTCP(plan.only, s.bpf == bpfAlways)
	if err != nil {
		s.iterRefused = true
		return err
	}
	defer iter.Close()
	p := tcpPass{hold: plan.hold}
	if plan.hold {
		p.held = make([]byte, 0, plan.room)
	}
	if err := s.readTCP(ctx, r, iter, &p, yield); err != nil {
		return err
	}
	switch {
	case !p.complete:
	case s.iterLeftOut(ctx, r, n, plan, &p):
		s.iterRefused = true
	case p.hold:
		s.held = heldTCP{need: n, records: append(p.held, make([]byte, tcpMarkSize)...)}
	}
	return nil
}

// replayTCP yields rows that were held back.
func (s *source) replayTCP(ctx context.Context, r *tableReader, held *heldTCP, yield yieldFunc) {
	if err := s.readTCP(ctx, r, bytes.NewReader(held.records), &tcpPass{}, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
}

// tcpPass is one pass over the records of an iterator.
type tcpPass struct {
	shown    uint64 // rows that were delivered
	met      uint64 // sockets that countTCP counts, too
	complete bool   // all was read
	hold     bool   // keep records of IPv6; false when they were too many
	held     []byte
}

// readTCP yields the rows of the table of r. An error means that nothing was
// yielded; it yields the others.
func (s *source) readTCP(ctx context.Context, r *tableReader, iter io.Reader, p *tcpPass, yield yieldFunc) error {
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	err := p.run(ctx, r.table, iter, buf, yield)
	if err == nil {
		return nil
	}
	s.iterRefused = ctx.Err() == nil
	if p.shown == 0 {
		return err
	}
	if err != ctx.Err() {
		err = &detailedError{netstat.ErrIncomplete, err}
	}
	yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	return nil
}

func (p *tcpPass) run(ctx context.Context, t netstat.Table, iter io.Reader, buf []byte, yield yieldFunc) error {
	family := uint8(afInet)
	if t.Family == netstat.Inet6 {
		family = afInet6
	}
	row := netstat.Socket{Table: t}
	ended, kept, again := false, 0, 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := iter.Read(buf[kept:])
		switch err {
		case nil:
			again = 0
		case syscall.EAGAIN, syscall.EINTR, syscall.ENOMEM:
			// EAGAIN: a million sockets in a row of the other family.
			if again++; again > iterTries {
				return err
			}
		case io.EOF:
			if !ended || kept > 0 {
				return io.ErrUnexpectedEOF
			}
			p.complete = true
			return nil
		default:
			return err
		}
		b := buf[:kept+n]
		for len(b) >= tcpMarkSize {
			size := tcpRecordSize(b[tcpFamily])
			if size == 0 || ended {
				return errIterGarbled
			}
			if size > len(b) {
				break
			}
			record := b[:size]
			b = b[size:]
			if record[tcpFamily] == 0 && record[tcpState] == 0 {
				ended = true
				continue
			}
			if record[tcpState] != tcpNewSynRecv {
				p.met++
			}
			switch record[tcpFamily] {
			case family:
				decodeTCP(record, &row)
				p.shown++
				if !yield(row, nil) {
					return nil
				}
			case afInet6:
				p.keep(record)
			}
		}
		kept = copy(buf, b)
	}
}

// keep holds a record back, as long as there is room for all.
func (p *tcpPass) keep(record []byte) {
	if !p.hold {
		return
	}
	if len(p.held)+len(record) > tcpHeldMax {
		p.hold, p.held = false, nil
		return
	}
	p.held = append(p.held, record...)
}
