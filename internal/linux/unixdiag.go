package linux

import (
	"context"
	"encoding/binary"
	"errors"

	"netstat"
)

// Numbers of include/uapi/linux/unix_diag.h.
const (
	afUnix = 1

	unixDiagReqSize = 24
	unixDiagMsgSize = 16

	unixShowName  = 1 << 0
	unixShowVFS   = 1 << 1
	unixShowPeer  = 1 << 2
	unixShowICons = 1 << 3
	unixShowRQLen = 1 << 4
	unixShowMem   = 1 << 5
	unixShowUID   = 1 << 6 // Linux 5.3

	unixDiagName     = 0
	unixDiagVFS      = 1
	unixDiagPeer     = 2
	unixDiagICons    = 3
	unixDiagRQLen    = 4
	unixDiagMemory   = 5
	unixDiagShutdown = 6
	unixDiagUID      = 7
)

// States of a unix socket (net/unix/af_unix.c), of those of TCP.
const (
	unixEstablished = 1
	unixListen      = 10
)

// Bits of unixDiagShutdown (RCV_SHUTDOWN of include/net/sock.h).
const (
	shutRead  = 1
	shutWrite = 2
)

// unixDiag reads unix sockets over sock_diag, which alone has their peers, and
// whose names nobody can forge: a path with a newline in it makes two lines of
// /proc/net/unix. An error means that nothing was yielded.
func (s *source) unixDiag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	if s.refused[r.protocol] && s.useProc {
		return errors.ErrUnsupported
	}
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	d := unixDiagDump{table: r.table, uid: n.Facts&netstat.FactUID != 0, memory: newFamilyMemory(n), report: n.Report}
	var out dumpOutcome
	for try := 1; try <= dumpTries; try++ {
		d.tolerant = try == dumpTries
		out = s.unixDiagTry(ctx, &d, buf, yield)
		if out.err == nil || out.rows || out.stopped || !transient(out.err) {
			break
		}
	}
	switch {
	case out.stopped:
		return nil
	case out.err != nil && !out.rows:
		if !transient(out.err) && ctx.Err() == nil {
			s.refuse(r.protocol, out.err)
		}
		return out.err
	}
	if out.interrupted && n.Report != nil {
		n.Report(&netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, errDumpInterrupted}})
	}
	err := out.err
	if err == nil {
		err = out.lost
	}
	if err != nil && err != ctx.Err() {
		err = &detailedError{netstat.ErrIncomplete, err}
	}
	if err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
	return nil
}

// unixDiagTry does one dump.
func (s *source) unixDiagTry(ctx context.Context, d *unixDiagDump, buf []byte, yield yieldFunc) dumpOutcome {
	return s.exchange(func(seq uint32) []byte {
		d.seq = seq
		return appendUnixDiagRequest(nil, seq, d.uid, d.memory.wanted)
	}, func(c diagConn) dumpOutcome { return d.run(ctx, c, buf, yield) })
}

// appendUnixDiagRequest appends the request for all unix sockets
// (struct unix_diag_req).
func appendUnixDiagRequest(b []byte, seq uint32, uid, memory bool) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, nlmsgHeaderSize+unixDiagReqSize)
	b = order.AppendUint16(b, sockDiagByFamily)
	b = order.AppendUint16(b, nlmFRequest|nlmFDump)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)

	show := uint32(unixShowName | unixShowVFS | unixShowPeer | unixShowICons | unixShowRQLen)
	if uid {
		show |= unixShowUID
	}
	if memory {
		show |= unixShowMem
	}
	b = append(b, afUnix, 0, 0, 0)
	b = order.AppendUint32(b, ^uint32(0)) // states
	b = order.AppendUint32(b, 0)          // inode
	b = order.AppendUint32(b, show)
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0) // cookie
}

// unixDiagDump turns replies into rows.
type unixDiagDump struct {
	table    netstat.Table
	seq      uint32
	uid      bool
	memory   familyMemory
	tolerant bool // as in diagDump
	report   func(*netstat.OpError)
}

// run receives and delivers one dump whose request has been sent.
func (d *unixDiagDump) run(ctx context.Context, c diagConn, buf []byte, yield yieldFunc) (out dumpOutcome) {
	var (
		order  = binary.NativeEndian
		decode = unixDiagDecoder{memory: d.memory}
		row    netstat.Socket
	)
	row.Table = d.table
	for {
		if out.err = ctx.Err(); out.err != nil {
			return out
		}
		n, truncated, err := c.receive(buf)
		if err != nil {
			out.err = err
			return out
		}
		fault := error(nil)
		if truncated {
			fault = errDumpTruncated
		}
		if fault != nil && !out.rows {
			out.err = fault
			return out
		}
		for b := buf[:n]; len(b) > 0; {
			message, rest, ok := nextMessage(b)
			if !ok {
				if fault == nil {
					fault = errDumpGarbled
				}
				break
			}
			b = rest
			if order.Uint32(message[8:]) != d.seq {
				continue
			}
			if order.Uint16(message[6:])&nlmFDumpIntr != 0 {
				if !out.rows && !d.tolerant {
					out.err = errDumpInterrupted
					return out
				}
				out.interrupted = true
			}
			payload := message[nlmsgHeaderSize:]
			switch order.Uint16(message[4:]) {
			case sockDiagByFamily:
				if !decode.decode(payload, &row) {
					reportBogus(d.report, d.table, payload)
					continue
				}
				out.rows = true
				if !yield(row, nil) || !decode.pending(&row, yield) {
					out.stopped = true
					return out
				}
			case nlmsgDone:
				if len(payload) >= 4 {
					out.err = errnoOf(order.Uint32(payload))
				}
				return out
			case nlmsgError:
				if len(payload) < 4 {
					out.err = errDumpGarbled
					return out
				}
				if out.err = errnoOf(order.Uint32(payload)); out.err != nil {
					return out
				}
			case nlmsgOverrun:
				out.err = errDumpOverrun
				return out
			}
		}
		if fault != nil {
			if !out.rows {
				out.err = fault
				return out
			}
			out.lost = fault
		}
	}
}

// unixDiagDecoder decodes records. As in unixParser, rows share larger pieces
// of memory.
type unixDiagDecoder struct {
	names   textSlab
	details []netstat.UnixDetail
	memory  familyMemory
}

// decode fills s from a struct unix_diag_msg and its attributes, and returns
// false for what is none.
func (u *unixDiagDecoder) decode(b []byte, s *netstat.Socket) bool {
	if len(b) < unixDiagMsgSize || b[0] != afUnix {
		return false
	}
	order := binary.NativeEndian
	if len(u.details) == 0 {
		u.details = make([]netstat.UnixDetail, unixDetailSlab)
	}
	d := &u.details[0]
	u.details = u.details[1:]
	*d = netstat.UnixDetail{Peers: true, Accepting: b[2] == unixListen}
	if kind := int(b[1]); kind < len(unixTypes) {
		d.Type = unixTypes[kind]
	}
	*s = netstat.Socket{
		Table: s.Table, Detail: d, Inode: uint64(order.Uint32(b[4:])),
		Cookie: uint64(order.Uint32(b[8:])) | uint64(order.Uint32(b[12:]))<<32,
	}
	// As unix_seq_show of net/unix/af_unix.c puts it: without an inode there
	// is no struct socket, since it is not accepted yet or was closed.
	switch open, connected := s.Inode != 0, b[2] == unixEstablished; {
	case open && d.Accepting:
		s.State = netstat.Listen
	case open && connected:
		s.State = netstat.Connected
	case open:
		s.State = netstat.Unconnected
	case connected:
		s.State = netstat.Connecting
	default:
		s.State = netstat.Disconnecting
	}
	for kind, value, rest, ok := attribute(b[unixDiagMsgSize:]); ok; kind, value, rest, ok = attribute(rest) {
		if kind == unixDiagName {
			s.Local.Name = u.name(value, d)
			continue
		}
		if kind == unixDiagShutdown && len(value) >= 1 {
			d.ShutRead, d.ShutWrite = value[0]&shutRead != 0, value[0]&shutWrite != 0
			continue
		}
		if kind == unixDiagMemory {
			u.memory.take(value, s)
			continue
		}
		if kind == unixDiagICons {
			for ; len(value) >= 4; value = value[4:] {
				d.Pending = append(d.Pending, order.Uint32(value))
			}
			continue
		}
		if len(value) < 4 {
			continue
		}
		first := order.Uint32(value)
		switch kind {
		case unixDiagPeer:
			d.Connected, d.PeerInode = true, uint64(first)
		case unixDiagUID:
			s.UID = first
		case unixDiagVFS:
			if len(value) >= 8 {
				// The kernel's own form of a device number (MKDEV of
				// include/linux/kdev_t.h).
				device := order.Uint32(value[4:])
				d.Bound, d.FileInode, d.FileMajor, d.FileMinor = true, first, device>>20, device&(1<<20-1)
			}
		case unixDiagRQLen:
			if len(value) < 8 {
				continue
			}
			s.RecvQ = uint64(first)
			if second := order.Uint32(value[4:]); d.Accepting {
				s.MaxBacklog = second
			} else {
				s.SendQ = uint64(second)
			}
		}
	}
	return true
}

// pending yields the accepting ends of the connections that wait at a listener.
// A dump leaves them out, as they have no inode; /proc/net/unix does not.
func (u *unixDiagDecoder) pending(listener *netstat.Socket, yield yieldFunc) bool {
	d, ok := listener.Detail.(*netstat.UnixDetail)
	if !ok {
		return true
	}
	for _, peer := range d.Pending {
		row := netstat.Socket{
			Table: listener.Table, State: netstat.Connecting, Local: listener.Local,
			Detail: &netstat.UnixDetail{
				Type: d.Type, Peers: true, Connected: true, PeerInode: uint64(peer), Abstract: d.Abstract,
				Bound: d.Bound, FileInode: d.FileInode, FileMajor: d.FileMajor, FileMinor: d.FileMinor,
			},
		}
		if !yield(row, nil) {
			return false
		}
	}
	return true
}

// name returns the text of an address, which is a path that a NUL ends, or,
// after a NUL, an abstract name of any bytes (unix(7)).
func (u *unixDiagDecoder) name(b []byte, d *netstat.UnixDetail) string {
	d.Abstract = len(b) > 0 && b[0] == 0
	if d.Abstract {
		b[0] = '@'
		return u.names.string(b)
	}
	return u.names.string(processText(b))
}
