package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"

	"netstat"
)

const (
	sockaddrStorageSize = 128
	// Offset of the primary path in struct sctp_info, and the bytes read.
	sctpInfoPrimary = 56 + 14*8
	sctpInfoSize    = sctpInfoPrimary + sockaddrStorageSize + 11*4
)

// sctpDiag reads endpoints and associations over sock_diag. It returns false if
// the kernel does not support this; it has then yielded no row.
//
// IPv4 sockets precede IPv6 sockets. In each family the endpoints without
// associations come first, then the other endpoints, each with its
// associations.
func (s *source) sctpDiag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) bool {
	stopped := false
	for i, family := range [...]byte{afInet, afInet6} {
		p := sctpDiagParser{family: family, memory: newFamilyMemory(n)}
		err := s.familyDiag(ctx, r.table, n, &familyDump{inetRequest(family, ipprotoSCTP, diagExtInfo|diagExtensions(n.Facts&netstat.FactMemory)), p.decode},
			func(row netstat.Socket, err error) bool {
				stopped = !yield(row, err) || err != nil
				return !stopped
			})
		switch {
		case err == nil && stopped:
			return true
		case err == nil:
		case i == 0 && ctx.Err() == nil && (s.useProc || errors.Is(err, errors.ErrUnsupported)):
			return false
		default:
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return true
		}
	}
	return true
}

// sctpDiagParser decodes records of net/sctp/diag.c. An endpoint with
// associations is recorded with them, and by newer kernels also among the
// others; only the first record counts.
type sctpDiagParser struct {
	family byte
	// endpoints holds the states of the endpoints decoded so far, by
	// cookie.
	endpoints map[uint64]sctpEndpoint
	memory    familyMemory
}

type sctpEndpoint struct {
	state  netstat.State
	number uint8
}

// decode fills s from a struct inet_diag_msg. The record of an association has
// the association's state in place of the socket's, the index of the route's
// interface in place of the bound interface, and the addresses of the peer. It
// has the cookie, inode and user of its endpoint.
func (p *sctpDiagParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < inetDiagMsgSize || b[0] != p.family {
		return familyBogus
	}
	d := &netstat.SCTPDetail{}
	var locals, peers, info, memory []byte
	ok := familyAttributes(b[inetDiagMsgSize:], func(kind uint16, value []byte) {
		switch kind {
		case diagLocals:
			locals = value
		case diagPeers:
			d.Association = true
			peers = value
		case diagInfo:
			info = value
		case diagSKMemInfo:
			memory = value
		}
	})
	if !ok {
		return familyBogus
	}
	family := *s
	if p.family == afInet6 {
		family.Table.Family = netstat.Inet6
	}
	decodeDiag(b, &family)
	family.Table = s.Table
	*s = family
	number := b[1]
	if d.Association {
		p.association(s, d, number)
		if len(info) >= sctpInfoSize {
			d.Info = decodeSCTPInfo(info)
		}
	} else {
		if _, seen := p.endpoints[s.Cookie]; seen && s.Cookie != 0 {
			return familyNoRow
		}
		if p.endpoints == nil {
			p.endpoints = make(map[uint64]sctpEndpoint)
		}
		p.endpoints[s.Cookie] = sctpEndpoint{s.State, number}
		d.SocketState = number
		// A listener's send queue is its limit. Other endpoints have
		// that limit too, although they do not listen.
		if s.State == netstat.Listen {
			s.MaxBacklog = uint32(s.SendQ)
		}
		s.SendQ = 0
		s.Remote = netstat.Addr{}
	}
	s.Timer = netstat.Timer{}
	p.memory.take(memory, s)
	d.LocalMore = sctpAddresses(locals, &s.Local)
	d.RemoteMore = sctpAddresses(peers, &s.Remote)
	s.Detail = d
	return familyRow
}

func (p *sctpDiagParser) association(s *netstat.Socket, d *netstat.SCTPDetail, number uint8) {
	if int(number) < len(associationStates) {
		d.AssocState = associationStates[number]
	}
	endpoint := p.endpoints[s.Cookie]
	s.State, d.SocketState = endpoint.state, endpoint.number
	s.MaxBacklog = 0
	s.Local.Scope, s.Remote.Scope = 0, 0
}

// sctpAddresses decodes an array of struct sockaddr_storage. The first address
// becomes end.IP, as in /proc; the one in the record is the peer's primary
// address, and garbage for an IPv4 address of an IPv6 socket. The other
// addresses are returned with end.Port.
func sctpAddresses(b []byte, end *netstat.Addr) (more []netstat.Addr) {
	first := true
	for ; len(b) >= sockaddrStorageSize; b = b[sockaddrStorageSize:] {
		ip, ok := sockaddrIP(b)
		switch {
		case !ok:
		case first:
			end.IP, first = ip, false
		default:
			more = append(more, netstat.Addr{IP: ip, Port: end.Port})
		}
	}
	return more
}

// sockaddrIP returns the address in a struct sockaddr_in or sockaddr_in6.
func sockaddrIP(b []byte) (netip.Addr, bool) {
	switch binary.NativeEndian.Uint16(b) {
	case afInet:
		return netip.AddrFrom4([4]byte(b[4:])), true
	case afInet6:
		return netip.AddrFrom16([16]byte(b[8:])), true
	}
	return netip.Addr{}, false
}

// decodeSCTPInfo decodes a struct sctp_info (include/uapi/linux/sctp.h).
func decodeSCTPInfo(b []byte) *netstat.SCTPInfo {
	order := binary.NativeEndian
	i := &netstat.SCTPInfo{}
	var skip uint32
	familyWords(b, &i.Tag, &skip, &i.Window)
	i.Unacked, i.Pending = order.Uint16(b[12:]), order.Uint16(b[14:])
	i.InStreams, i.OutStreams = order.Uint16(b[16:]), order.Uint16(b[18:])
	familyWords(b[20:], &i.FragmentPoint, &i.InQueue, &i.OutQueue, &i.Errors, &i.MaxBurst, &i.MaxSegment, &i.PeerWindow, &i.PeerTag)
	familyLongs(b[56:], &i.SACKsIn, &i.SACKsOut, &i.PacketsOut, &i.PacketsIn, &i.Retransmits, &i.OutOfSequence,
		&i.Duplicates, &i.Gaps, &i.UnorderedOut, &i.UnorderedIn, &i.OrderedOut, &i.OrderedIn, &i.ControlOut, &i.ControlIn)
	path := b[sctpInfoPrimary:]
	if ip, ok := sockaddrIP(path); ok {
		i.Primary = netstat.Addr{IP: ip, Port: binary.BigEndian.Uint16(path[2:])}
	}
	var state uint32
	familyWords(path[sockaddrStorageSize:], &state, &i.Cwnd, &i.SRTTMillis, &i.RTOMillis, &i.HeartbeatMillis,
		&skip, &skip, &skip, &i.Ssthresh, &skip, &i.Flight)
	i.PrimaryState = int32(state)
	return i
}
