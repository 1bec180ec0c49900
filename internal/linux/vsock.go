package linux

import (
	"context"
	"encoding/binary"

	"netstat"
)

const vsockMsgSize = 32

// vsock reads vsock(7) sockets. The kernel does not list sockets that are
// neither bound nor connected.
func (s *source) vsock(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p vsockParser
	request := make([]byte, 24)
	request[0] = afVSock
	binary.NativeEndian.PutUint32(request[4:], ^uint32(0)) // all states
	s.familyOnly(ctx, r.table, n, &familyDump{request, p.decode}, yield)
}

type vsockParser struct {
	names   familyNames
	details slab[netstat.VSockDetail]
}

// decode fills s from a struct vsock_diag_msg (sk_diag_fill in
// net/vmw_vsock/diag.c). The states are numbers of TCP states.
func (p *vsockParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < vsockMsgSize || b[0] != afVSock {
		return familyBogus
	}
	d := p.details.next()
	d.Type = socketTypeOf(uint32(b[1]))
	d.ReceiveClosed, d.SendClosed = b[3]&shutdownReceive != 0, b[3]&shutdownSend != 0
	var inode uint32
	familyWords(b[4:], &d.LocalCID, &d.LocalPort, &d.RemoteCID, &d.RemotePort, &inode)
	s.State = stateOf(uint64(b[2]))
	s.Inode = uint64(inode)
	s.Cookie = familyCookie(b[24:])
	s.Local.Name = p.names.pair(d.LocalCID, d.LocalPort, netstat.CIDAny)
	if d.RemoteCID != netstat.CIDAny || d.RemotePort != netstat.VSockPortAny {
		s.Remote.Name = p.names.pair(d.RemoteCID, d.RemotePort, netstat.CIDAny)
	}
	s.Absent = netstat.FactUID | netstat.FactQueues
	s.Detail = d
	return familyRow
}

// Bits of sk_shutdown (include/net/sock.h).
const (
	shutdownReceive = 1
	shutdownSend    = 2
)
