package linux

import (
	"context"
	"encoding/binary"

	"netstat"
)

// Numbers of include/uapi/linux/packet_diag.h.
const (
	packetShowAll = 0x1f // all but the filter, which is a program

	packetAttrInfo     = 0
	packetAttrMembers  = 1
	packetAttrRxRing   = 2
	packetAttrTxRing   = 3
	packetAttrFanout   = 4
	packetAttrUID      = 5
	packetAttrMemory   = 6
	packetMsgSize      = 16
	packetMemberSize   = 44
	packetMemberMaxLen = 32
)

// packet reads packet(7) sockets.
func (s *source) packet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	p := packetParser{names: familyNames{lookup: s.interfaceName}, memory: newFamilyMemory(n)}
	s.familyOrFile(ctx, r.table, n, &familyDump{familyRequest(afPacket, 0, packetShowAll), p.decode}, yield, p.parse, "packet")
}

type packetParser struct {
	names   familyNames
	details slab[netstat.PacketDetail]
	memory  familyMemory
}

// decode fills s from a struct packet_diag_msg and its attributes (sk_diag_fill
// in net/packet/diag.c).
func (p *packetParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < packetMsgSize || b[0] != afPacket {
		return familyBogus
	}
	order := binary.NativeEndian
	d := p.details.next()
	d.Type, d.Protocol, d.Complete = socketTypeOf(uint32(b[1])), netstat.EtherType(order.Uint16(b[2:])), true
	s.Inode = uint64(order.Uint32(b[4:]))
	s.Cookie = familyCookie(b[8:])
	var index uint32
	ok := familyAttributes(b[packetMsgSize:], func(kind uint16, value []byte) {
		switch kind {
		case packetAttrInfo:
			var version, flags uint32
			familyWords(value, &index, &version, &d.Reserve, &d.CopyThreshold, &d.Timestamp, &flags)
			d.Version = uint8(version) + 1
			d.Running = flags&0x1 != 0
			d.AuxData = flags&0x2 != 0
			d.OrigDev = flags&0x4 != 0
			d.VnetHdr = flags&0x8 != 0
			d.Loss = flags&0x10 != 0
		case packetAttrMembers:
			for ; len(value) >= packetMemberSize; value = value[packetMemberSize:] {
				d.Memberships = append(d.Memberships, decodePacketMember(value))
			}
		case packetAttrRxRing:
			d.RxRing = decodePacketRing(value)
		case packetAttrTxRing:
			d.TxRing = decodePacketRing(value)
		case packetAttrFanout:
			var group uint32
			familyWords(value, &group)
			d.Fanout = &netstat.PacketFanout{Group: uint16(group), Mode: netstat.FanoutMode(group >> 16)}
		case packetAttrUID:
			familyWords(value, &s.UID)
		case packetAttrMemory:
			p.memory.queues(value, s, &d.Drops)
		}
	})
	if !ok {
		return familyBogus
	}
	p.finish(s, d, index)
	return familyRow
}

func (p *packetParser) finish(s *netstat.Socket, d *netstat.PacketDetail, index uint32) {
	d.Device = p.names.device(index)
	s.State = netstat.Closed
	s.Local.Scope = index
	s.Local.Name = p.names.ofDevice(d.Protocol.String()+":", index, d.Device, "")
	s.Detail = d
}

// decodePacketMember decodes a struct packet_diag_mclist.
func decodePacketMember(b []byte) netstat.PacketMembership {
	order := binary.NativeEndian
	m := netstat.PacketMembership{
		Scope: order.Uint32(b), Count: order.Uint32(b[4:]), Kind: netstat.PacketMembershipKind(order.Uint16(b[8:])),
	}
	if size := min(order.Uint16(b[10:]), packetMemberMaxLen); size > 0 {
		m.Address = append([]byte(nil), b[12:12+size]...)
	}
	return m
}

func decodePacketRing(b []byte) *netstat.PacketRing {
	r := &netstat.PacketRing{}
	familyWords(b, &r.BlockSize, &r.Blocks, &r.FrameSize, &r.Frames, &r.RetireMillis, &r.PrivateSize, &r.Features)
	return r
}

// parse parses a line of /proc/net/packet (packet_seq_show in
// net/packet/af_packet.c):
//
//	sk RefCnt Type Proto Iface R Rmem User Inode
func (p *packetParser) parse(line []byte, s *netstat.Socket) bool {
	*s = netstat.Socket{Table: s.Table}
	f := scanner{b: line}
	f.skipWords(2)
	kind, ok1 := f.uint32()
	protocol, ok2 := f.hex32()
	index, ok3 := f.uint32()
	running, ok4 := f.uint32()
	received, ok5 := f.uint32()
	user, ok6 := f.uint32()
	inode, ok7 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 || protocol > 0xffff {
		return false
	}
	s.RecvQ, s.UID, s.Inode = uint64(received), user, inode
	d := p.details.next()
	d.Type, d.Protocol, d.Running = socketTypeOf(kind), netstat.EtherType(protocol), running != 0
	p.finish(s, d, index)
	return true
}
