package linux

import (
	"context"
	"encoding/binary"
	"strconv"

	"netstat"
)

// Numbers of include/uapi/linux/netlink_diag.h.
const (
	netlinkProtoAll = 255
	netlinkShow     = 0x1 | 0x2 | 0x8 // memory, groups, flags

	netlinkAttrMemory = 0
	netlinkAttrGroups = 1
	netlinkAttrFlags  = 4
	netlinkMsgSize    = 28

	netlinkConnected = 1 // NETLINK_CONNECTED of net/netlink/af_netlink.c
)

// netlink reads netlink(7) sockets.
func (s *source) netlink(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	p := netlinkParser{memory: newFamilyMemory(n)}
	s.familyOrFile(ctx, r.table, n, &familyDump{familyRequest(afNetlink, netlinkProtoAll, netlinkShow), p.decode}, yield, p.parse, "netlink")
}

type netlinkParser struct {
	text    textSlab
	buf     []byte
	details slab[netstat.NetlinkDetail]
	memory  familyMemory
	// members holds the cookies of sockets with groups. A dump has them
	// twice, because it walks the list of ports and that of members.
	members map[uint64]bool
}

// name formats an address.
func (p *netlinkParser) name(protocol netstat.NetlinkProtocol, port uint32) string {
	p.buf = append(append(p.buf[:0], protocol.String()...), ':')
	if port == 0 {
		p.buf = append(p.buf, "kernel"...)
	} else {
		p.buf = strconv.AppendUint(p.buf, uint64(port), 10)
	}
	return p.text.string(p.buf)
}

// decode fills s from a struct netlink_diag_msg and its attributes
// (sk_diag_fill in net/netlink/diag.c).
func (p *netlinkParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < netlinkMsgSize || b[0] != afNetlink {
		return familyBogus
	}
	order := binary.NativeEndian
	d := p.details.next()
	*d = netstat.NetlinkDetail{
		Type: socketTypeOf(uint32(b[1])), Protocol: netstat.NetlinkProtocol(b[2]),
		Port: order.Uint32(b[4:]), PeerPort: order.Uint32(b[8:]), PeerGroups: order.Uint32(b[12:]),
	}
	s.State = netstat.Closed
	if b[3] == netlinkConnected {
		s.State = netstat.Established
		s.Remote.Name = p.name(d.Protocol, d.PeerPort)
	}
	s.Local.Name = p.name(d.Protocol, d.Port)
	s.Inode = uint64(order.Uint32(b[16:]))
	s.Cookie = familyCookie(b[20:])
	s.Absent = netstat.FactUID
	s.Detail = d
	ok := familyAttributes(b[netlinkMsgSize:], func(kind uint16, value []byte) {
		switch kind {
		case netlinkAttrMemory:
			p.memory.queues(value, s, &d.Drops)
		case netlinkAttrGroups:
			d.Groups = netlinkGroups(value, order.Uint16([]byte{0, 1}) == 1)
		case netlinkAttrFlags:
			var flags uint32
			familyWords(value, &flags)
			d.Dumping = flags&0x1 != 0
			d.PacketInfo = flags&0x2 != 0
			d.BroadcastErrors = flags&0x4 != 0
			d.NoENOBUFS = flags&0x8 != 0
			d.AllNamespaces = flags&0x10 != 0
			d.CapAck = flags&0x20 != 0
		}
	})
	switch {
	case !ok:
		return familyBogus
	case p.members[s.Cookie]:
		return familyNoRow
	case d.Groups != nil:
		if p.members == nil {
			p.members = make(map[uint64]bool)
		}
		p.members[s.Cookie] = true
	}
	return familyRow
}

// netlinkGroups converts the kernel's mask, an array of unsigned long, into
// 32-bit words without trailing zeros. On a 64-bit big-endian machine the
// halves of each long are swapped.
func netlinkGroups(b []byte, bigEndian bool) (groups []uint32) {
	order := binary.NativeEndian
	swap := bigEndian && len(b)%8 == 0
	for at := 0; at+4 <= len(b); at += 4 {
		from := at
		if swap {
			from ^= 4
		}
		groups = append(groups, order.Uint32(b[from:]))
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	return groups
}

// parse parses a line of /proc/net/netlink (netlink_native_seq_show in
// net/netlink/af_netlink.c):
//
//	sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
func (p *netlinkParser) parse(line []byte, s *netstat.Socket) bool {
	*s = netstat.Socket{Table: s.Table}
	f := scanner{b: line}
	f.skipWords(1)
	protocol, ok1 := f.uint32()
	port, ok2 := f.int32()
	groups, ok3 := f.hex32()
	received, ok4 := f.uint32()
	sent, ok5 := f.uint32()
	// Kernels before 3.10 have a pointer here, which is null without a
	// dump.
	dump := f.word()
	f.skipWords(1)
	drops, ok6 := f.uint32()
	inode, ok7 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 || protocol > 255 {
		return false
	}
	d := p.details.next()
	*d = netstat.NetlinkDetail{
		Protocol: netstat.NetlinkProtocol(protocol), Port: port, Drops: drops, Dumping: !allZero(dump),
	}
	if groups != 0 {
		d.Groups = []uint32{groups}
	}
	s.State = netstat.Closed
	s.Local.Name = p.name(d.Protocol, d.Port)
	s.RecvQ, s.SendQ, s.Inode = uint64(received), uint64(sent), inode
	s.Absent = netstat.FactUID
	s.Detail = d
	return true
}

// int32 reads a 32-bit decimal number. A negative one becomes its two's
// complement.
func (p *scanner) int32() (v uint32, ok bool) {
	n, ok := p.decimal()
	return uint32(n), ok && (n <= 1<<32-1 || -n <= 1<<31) && p.atBlank()
}

func allZero(word []byte) bool {
	for _, c := range word {
		if c != '0' {
			return false
		}
	}
	return true
}
