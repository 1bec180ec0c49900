package tracked

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Entry is one connection. The ports of the two directions are those of the protocol:
// ports, the keys of GRE, or none. For ICMP the source ports are the identifiers, and
// the type is that of an echo.
type Entry struct {
	Protocol                  uint8
	From, To                  netip.AddrPort // original direction
	ReplyFrom, ReplyTo        netip.AddrPort
	Timeout                   uint32 // in seconds
	State                     uint8  // of TCP or SCTP, as the kernel's number
	Assured                   bool
	Position                  uint32 // of the sequence number adjustment
	OffsetBefore, OffsetAfter int32
}

// Numbers of nfnetlink_conntrack.h and nf_conntrack_common.h.
const (
	messageNew   = 1 << 8
	seenReply    = 1 << 1
	assured      = 1 << 2
	confirmed    = 1 << 3
	nested       = 1 << 15
	protocolICMP = 1
	protocolTCP  = 6
	protocolSCTP = 132
)

func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func nest(kind uint16, parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return attribute(kind|nested, all)
}

func word16(kind, v uint16) []byte {
	return attribute(kind, binary.BigEndian.AppendUint16(nil, v))
}

func word32(kind uint16, v uint32) []byte {
	return attribute(kind, binary.BigEndian.AppendUint32(nil, v))
}

func (e *Entry) tuple(kind uint16, from, to netip.AddrPort, icmpType byte) []byte {
	protocol := [][]byte{attribute(1, []byte{e.Protocol})}
	switch {
	case e.Protocol == protocolICMP:
		protocol = append(protocol, word16(4, from.Port()), attribute(5, []byte{icmpType}), attribute(6, []byte{0}))
	case from.Port() != 0 || to.Port() != 0:
		protocol = append(protocol, word16(2, from.Port()), word16(3, to.Port()))
	}
	src, dst := uint16(1), uint16(2)
	if from.Addr().Is6() {
		src, dst = 3, 4
	}
	return nest(kind,
		nest(1, attribute(src, from.Addr().AsSlice()), attribute(dst, to.Addr().AsSlice())),
		nest(2, protocol...))
}

func (e *Entry) message(seq uint32) []byte {
	family := byte(unix.AF_INET)
	if e.From.Addr().Is6() {
		family = unix.AF_INET6
	}
	body := []byte{family, 0, 0, 0}
	body = append(body, e.tuple(1, e.From, e.To, 8)...)
	body = append(body, e.tuple(2, e.ReplyFrom, e.ReplyTo, 0)...)
	status := uint32(confirmed | seenReply)
	if e.Assured {
		status |= assured
	}
	body = append(body, word32(3, status)...)
	body = append(body, word32(7, e.Timeout)...)
	switch e.Protocol {
	case protocolTCP:
		body = append(body, nest(4, nest(1, attribute(1, []byte{e.State})))...)
	case protocolSCTP:
		body = append(body, nest(4, nest(3, attribute(1, []byte{e.State}), word32(2, 1), word32(3, 2)))...)
	}
	if e.OffsetBefore != 0 || e.OffsetAfter != 0 {
		body = append(body, nest(15, word32(1, e.Position), word32(2, uint32(e.OffsetBefore)), word32(3, uint32(e.OffsetAfter)))...)
	}
	order := binary.NativeEndian
	b := order.AppendUint32(nil, uint32(16+len(body)))
	b = order.AppendUint16(b, messageNew)
	b = order.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	return append(b, body...)
}

// Add adds the entries in order, and stops at the first that the kernel rejects.
func Add(entries ...Entry) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	var reply [8192]byte
	for i := range entries {
		e := &entries[i]
		if err := unix.Sendto(fd, e.message(uint32(i+1)), 0, kernel); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		n, _, err := unix.Recvfrom(fd, reply[:], 0)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if n < 20 || binary.NativeEndian.Uint16(reply[4:]) != unix.NLMSG_ERROR {
			return fmt.Errorf("entry %d: the reply is not an acknowledgement", i)
		}
		if code := int32(binary.NativeEndian.Uint32(reply[16:])); code != 0 {
			return fmt.Errorf("entry %d (protocol %d, %v): %w", i, e.Protocol, e.From, unix.Errno(-code))
		}
	}
	return nil
}
