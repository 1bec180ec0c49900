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
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/diagfilter"
)

// decodeTCP fills s from a complete record. s.Table must be set, and the facts
// that a record lacks must be zero.
func decodeTCP(b []byte, s *netstat.Socket) {
	_ = b[bpf.TCPSize4-1]
	order := binary.NativeEndian
	number := b[bpf.TCPState]
	if number == bpf.TCPNewSynRecv {
		number = 3 // SYN_RECV, as in every other list of sockets
	}
	s.State = stateOf(uint64(number))
	s.Remote.Port = binary.BigEndian.Uint16(b[bpf.TCPPorts:])
	s.Local.Port = order.Uint16(b[bpf.TCPPorts+2:])
	scope := order.Uint32(b[bpf.TCPBoundTo:])
	s.Local.Scope = scope
	s.Remote.Scope = 0
	if b[bpf.TCPFamily] == afInet {
		s.Remote.IP = netip.AddrFrom4([4]byte(b[bpf.TCPAddrs:]))
		s.Local.IP = netip.AddrFrom4([4]byte(b[bpf.TCPAddrs+4:]))
	} else {
		s.Local.IP = netip.AddrFrom16([16]byte(b[bpf.TCPAddrs:]))
		s.Remote.IP = netip.AddrFrom16([16]byte(b[bpf.TCPAddrs+16:]))
		if b[bpf.TCPAddrs+16] == 0xfe && b[bpf.TCPAddrs+17]&0xc0 == 0x80 {
			s.Remote.Scope = scope
		}
	}
	s.RecvQ = uint64(max(int32(order.Uint32(b[bpf.TCPRecvQ:])), 0))
	s.SendQ = uint64(order.Uint32(b[bpf.TCPSendQ:]))
	s.MaxBacklog = 0
	if s.State == netstat.Listen {
		s.MaxBacklog, s.SendQ = uint32(s.SendQ), 0
	}
	s.Absent = 0
	if b[bpf.TCPFlags] == bpf.TCPNoQueues {
		s.Absent = netstat.FactQueues
	}
}

// Limits for the use of the iterator. Measured on Linux 6.18: setting it up
// takes 5 ms of CPU time including the process that reads it, and it saves a
// third of a dump. It pays from about 18,000 sockets of one family, and from
// fewer if it serves both families. It waits for each socket that is in use at
// the moment, so a small gain is not worth it.
const (
	tcpIterSockets = 20000
	// tcpHeldMax limits the bytes of IPv6 records held until they are
	// requested.
	tcpHeldMax = 4 << 20
)

// iterTries limits how often in a row an iterator may ask to be read again.
const iterTries = 100

var (
	errIterGarbled = errors.New("malformed BPF record")
	errIterShort   = errors.New("the BPF iterator returned fewer sockets than the kernel counts")
)

// heldTCP holds the TCP6 records that came with a read of TCP, for a caller
// that announced to read TCP6 next. The zero value holds none.
type heldTCP struct {
	need    netstat.Need
	records []byte // of the iterator with its end mark, or messages of a dump
	dumped  bool   // whether the records come from a dump
}

// serve reports whether the records answer the request.
func (h *heldTCP) serve(t netstat.Table, n netstat.Need) bool {
	return h.records != nil && t == netstat.TCP6Table && n.Facts == h.need.Facts && n.States == h.need.States &&
		n.Where.Equal(h.need.Where)
}

// iterServes reports whether the BPF iterator has all requested facts.
func iterServes(r *tableReader, n netstat.Need) bool {
	const has = netstat.FactQueues | netstat.FactInterface | netstat.FactBacklog
	return r.protocol == ipprotoTCP && n.Facts&^has == 0 && !n.States.Has(netstat.Bound)
}

// iterPlan is how to read TCP.
type iterPlan struct {
	use     bool
	only    uint8  // address family to read, 0 for both
	hold    bool   // whether to keep the TCP6 records
	room    int    // expected bytes of the TCP6 records
	sockets uint64 // sockets that the kernel counts before the pass; 0 if unknown
}

// planIter decides whether the BPF iterator pays.
func (s *source) planIter(r *tableReader, n netstat.Need) iterPlan {
	if s.openTCP == nil || s.bpf == bpfNever || !iterServes(r, n) {
		return iterPlan{}
	}
	wantHold := r.table == netstat.TCP4Table && n.Then == netstat.TCP6Table
	if s.bpf == bpfAlways {
		only := iterFamily(r.table, wantHold)
		return iterPlan{use: true, only: only, hold: wantHold, sockets: countTCP(only, s.sockstat("sockstat"), s.sockstat("sockstat6"))}
	}
	// A dump that the kernel filters is fast enough.
	narrowed := n.States != 0 && !n.States.Has(netstat.Established) ||
		n.Where != nil && diagfilter.Compile(r.table.Family, nil, n.Where, s.bytecode, diagfilter.Ports{}).Narrow
	if narrowed || s.iterRefused || !s.bpfAllowed() {
		return iterPlan{}
	}
	// The count of allocated sockets includes both families and all
	// namespaces. If it is low, the host is quiet and nothing more need be
	// read.
	v4 := s.sockstat("sockstat")
	if v4.allocated+v4.timeWait < tcpIterSockets {
		return iterPlan{}
	}
	v6 := s.sockstat("sockstat6")
	hold := wantHold && v6.inUse*bpf.TCPSize6 <= tcpHeldMax
	wanted, other := v4.inUse+v4.timeWait, v6.inUse
	switch {
	case hold:
		wanted, other = wanted+other, 0
	case r.table == netstat.TCP6Table:
		wanted, other = other, wanted
	}
	only := iterFamily(r.table, hold)
	// The iterator also locks sockets of the other family; a dump does not.
	return iterPlan{
		use:  wanted >= tcpIterSockets && wanted >= other,
		only: only, hold: hold, room: int(min(v6.inUse*bpf.TCPSize6, tcpHeldMax)) + bpf.TCPMarkSize,
		sockets: countTCP(only, v4, v6),
	}
}

// iterFamily returns the address family to read for a table, or 0 for both.
func iterFamily(t netstat.Table, both bool) uint8 {
	switch {
	case both:
		return 0
	case t == netstat.TCP6Table:
		return afInet6
	}
	return afInet
}

// iterTCP reads a table with the BPF iterator. An error means that it yielded
// no row.
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
		s.held = heldTCP{need: n, records: append(p.held, make([]byte, bpf.TCPMarkSize)...)}
	}
	return nil
}

// replayTCP yields the rows that were held.
func (s *source) replayTCP(ctx context.Context, r *tableReader, held *heldTCP, yield yieldFunc) {
	if err := s.readTCP(ctx, r, bytes.NewReader(held.records), &tcpPass{}, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
}

// tcpPass is one pass over the records of an iterator.
type tcpPass struct {
	shown    uint64 // delivered rows
	met      uint64 // sockets read that countTCP counts too
	complete bool   // whether the iterator was read to its end
	hold     bool   // whether to keep IPv6 records; false if there were too many
	held     []byte
}

// readTCP yields the rows of the table of r. An error means that it yielded no
// row; later errors are yielded.
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
			// EAGAIN: a million consecutive sockets of the other
			// family.
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
		for len(b) >= bpf.TCPMarkSize {
			size := bpf.TCPRecordSize(b[bpf.TCPFamily])
			if size == 0 || ended {
				return errIterGarbled
			}
			if size > len(b) {
				break
			}
			record := b[:size]
			b = b[size:]
			if record[bpf.TCPFamily] == 0 && record[bpf.TCPState] == 0 {
				ended = true
				continue
			}
			if record[bpf.TCPState] != bpf.TCPNewSynRecv {
				p.met++
			}
			switch record[bpf.TCPFamily] {
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

// keep holds a record. Above tcpHeldMax it drops all.
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
