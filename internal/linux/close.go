package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

const (
	sockDestroy = 21 // SOCK_DESTROY of include/uapi/linux/sock_diag.h

	// The kernel looks a listening or unconnected socket up as it would for a packet.
	// Among the sockets of an SO_REUSEPORT group it takes one by a hash of both ends, so
	// that other remote ports reach other members. It does nothing to a socket with
	// another cookie.
	groupTries = 512
)

// closeProtocols maps the protocols whose sockets the kernel can close to their numbers.
var closeProtocols = [...]struct {
	protocol netstat.Protocol
	number   uint8
}{
	{netstat.TCP, ipprotoTCP}, {netstat.UDP, ipprotoUDP}, {netstat.UDPLite, ipprotoUDPLite},
}

// CloseSocket implements netstat.Closer with SOCK_DESTROY.
func (s *source) CloseSocket(row *netstat.Socket) error {
	fail := func(err error) error { return &netstat.OpError{Op: "close", Table: row.Table, Err: err} }
	protocol := uint8(0)
	for _, p := range closeProtocols {
		if p.protocol == row.Table.Protocol {
			protocol = p.number
		}
	}
	if protocol == 0 || row.Cookie == 0 || !s.useNetlink {
		return fail(errors.ErrUnsupported)
	}
	err := s.destroy(protocol, row, row.Remote.Port)
	if err != syscall.ENOENT || row.Remote.Port != 0 {
		return closeError(fail, err)
	}
	for port := uint16(1); err == syscall.ENOENT && port <= groupTries; port++ {
		err = s.destroy(protocol, row, port)
	}
	if err == syscall.ENOENT && s.present(row) {
		return fail(errors.Join(errors.New("the kernel finds another socket of its SO_REUSEPORT group"), errors.ErrUnsupported))
	}
	return closeError(fail, err)
}

// closeError turns an errno of the kernel into the errors of netstat.Closer.
func closeError(fail func(error) error, err error) error {
	switch err {
	case nil:
		return nil
	case syscall.ENOENT, syscall.ESTALE:
		return fail(fs.ErrNotExist)
	case syscall.EOPNOTSUPP, syscall.EINVAL:
		return fail(errors.ErrUnsupported)
	}
	return fail(err) // EPERM wraps fs.ErrPermission
}

// present reports whether the socket of a row is still listed.
func (s *source) present(row *netstat.Socket) bool {
	need := netstat.Need{Facts: netstat.FactInode, Where: &netstat.Condition{Kind: netstat.WherePort, Port: row.Local.Port}}
	for r, err := range s.Sockets(context.Background(), row.Table, need) {
		if err == nil && r.Cookie == row.Cookie {
			return true
		}
	}
	return false
}

// destroy asks the kernel to close one socket. The error is an errno of the answer, or of
// sending.
func (s *source) destroy(protocol uint8, row *netstat.Socket, remotePort uint16) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	s.seq++
	if err := conn.Send(appendSocketRequest(nil, sockDestroy, netlink.FlagRequest|netlink.FlagAck, s.seq, protocol, row, remotePort)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, _, err := conn.Receive(buf)
		if err != nil {
			return err
		}
		for rest := buf[:n]; ; {
			message, more, ok := netlink.NextMessage(rest)
			if !ok {
				break
			}
			if done, err := acknowledged(message, s.seq); done {
				return err
			}
			rest = more
		}
	}
}

// acknowledged reports whether a message is the answer to request seq, and the error in
// it.
func acknowledged(message []byte, seq uint32) (done bool, err error) {
	order := binary.NativeEndian
	if order.Uint32(message[8:]) != seq || order.Uint16(message[4:]) != netlink.TypeError || len(message) < netlink.HeaderSize+4 {
		return false, nil
	}
	if code := int32(order.Uint32(message[netlink.HeaderSize:])); code < 0 {
		return true, syscall.Errno(-int64(code))
	}
	return true, nil
}

// appendSocketRequest appends a message of type kind with a struct inet_diag_req_v2 for the
// socket of a row.
func appendSocketRequest(b []byte, kind, flags uint16, seq uint32, protocol uint8, row *netstat.Socket, remotePort uint16) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, netlink.HeaderSize+inetDiagReqV2Size)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	request := diagRequest{table: row.Table}
	b = append(b, request.family(), protocol, 0, 0)
	b = order.AppendUint32(b, diagAllStates|diagBoundInactive)
	b = binary.BigEndian.AppendUint16(b, row.Local.Port)
	b = binary.BigEndian.AppendUint16(b, remotePort)
	for _, end := range [...]*netstat.Addr{&row.Local, &row.Remote} {
		var address [16]byte
		switch {
		case !end.IP.IsValid():
		case row.Table.Family == netstat.Inet6:
			address = end.IP.As16()
		default:
			four := end.IP.Unmap().As4()
			copy(address[:], four[:])
		}
		b = append(b, address[:]...)
	}
	b = order.AppendUint32(b, row.Local.Scope)
	b = order.AppendUint32(b, uint32(row.Cookie))
	return order.AppendUint32(b, uint32(row.Cookie>>32))
}
