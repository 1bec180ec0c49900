package linux

import (
	"encoding/binary"
	"net/netip"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/netfilter/nfnetlink_conntrack.h for the filter of a dump,
// and the flags of CTA_FILTER (net/netfilter/nf_internals.h).
const (
	ctaMarkMask   = 21
	ctaFilter     = 25
	ctaStatusMask = 26

	ctaFilterOrigFlags  = 1
	ctaFilterReplyFlags = 2

	ctaFilterSource          = 1 << 0
	ctaFilterDestination     = 1 << 1
	ctaFilterProtocol        = 1 << 3
	ctaFilterSourcePort      = 1 << 4
	ctaFilterDestinationPort = 1 << 5

	attributeNested = 0x8000
)

// comparesTuples reports whether a filter compares tuples. The kernel does that only in
// the dump of one family.
func comparesTuples(w *netstat.TrackedWhere) bool {
	return w.IPProtocol != 0 || w.Original != netstat.TrackedPath{} || w.Reply != netstat.TrackedPath{}
}

// appendTrackedRequest appends the request for the entries of a family, 0 for all, that
// meet w. Kernels ignore the attributes that they do not test: tuples before Linux 5.8,
// zones before 6.8.
func appendTrackedRequest(b []byte, family uint8, seq uint32, w *netstat.TrackedWhere) []byte {
	start := len(b)
	b = appendConntrackRequest(b, family, seq)
	if w.MarkMask != 0 {
		b = appendNumber(b, ctaMark, w.Mark)
		b = appendNumber(b, ctaMarkMask, w.MarkMask)
	}
	if w.StatusMask != 0 {
		b = appendNumber(b, ctaStatus, uint32(w.Status))
		b = appendNumber(b, ctaStatusMask, uint32(w.StatusMask))
	}
	if w.Zone != 0 {
		b = appendAttribute(b, ctaZone, binary.BigEndian.AppendUint16(nil, w.Zone))
	}
	if family != 0 && comparesTuples(w) {
		var flags [2]uint32
		b, flags[0] = appendTrackedTuple(b, ctaTupleOrig, &w.Original, w.IPProtocol)
		protocol := w.IPProtocol
		if w.Reply.Source.Port() == 0 && w.Reply.Destination.Port() == 0 {
			protocol = 0 // that of the original direction
		}
		b, flags[1] = appendTrackedTuple(b, ctaTupleReply, &w.Reply, protocol)
		var filter []byte
		for i, kind := range [...]uint16{ctaFilterOrigFlags, ctaFilterReplyFlags} {
			if flags[i] != 0 {
				filter = appendAttribute(filter, kind, binary.NativeEndian.AppendUint32(nil, flags[i]))
			}
		}
		if filter != nil {
			b = appendAttribute(b, ctaFilter|attributeNested, filter)
		}
	}
	binary.NativeEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

// appendTrackedTuple appends the tuple of a direction. It returns the flags of what the
// kernel is to compare; it appends nothing if that is nothing. The kernel compares ports
// only of these two protocols, and only with the protocol. Of IPv6 addresses it passes
// those that differ (Linux 5.8 to 6.18 at least), so it does not get them.
func appendTrackedTuple(b []byte, kind uint16, p *netstat.TrackedPath, protocol uint8) ([]byte, uint32) {
	var flags uint32
	var addresses, proto, tuple []byte
	address := func(a netip.Addr, kind uint16, flag uint32) {
		if a.Is4() {
			addresses = appendAttribute(addresses, kind, a.AsSlice())
			flags |= flag
		}
	}
	address(p.Source.Addr(), ctaIPv4Src, ctaFilterSource)
	address(p.Destination.Addr(), ctaIPv4Dst, ctaFilterDestination)
	if protocol != 0 {
		proto = appendAttribute(proto, ctaProtoNum, []byte{protocol})
		flags |= ctaFilterProtocol
	}
	if protocol == ipprotoTCP || protocol == ipprotoUDP {
		if n := p.Source.Port(); n != 0 {
			proto = appendAttribute(proto, ctaProtoSrcPort, binary.BigEndian.AppendUint16(nil, n))
			flags |= ctaFilterSourcePort
		}
		if n := p.Destination.Port(); n != 0 {
			proto = appendAttribute(proto, ctaProtoDstPort, binary.BigEndian.AppendUint16(nil, n))
			flags |= ctaFilterDestinationPort
		}
	}
	if flags == 0 {
		return b, 0
	}
	if addresses != nil {
		tuple = appendAttribute(tuple, ctaTupleIP|attributeNested, addresses)
	}
	if proto != nil {
		tuple = appendAttribute(tuple, ctaTupleProto|attributeNested, proto)
	}
	return appendAttribute(b, kind|attributeNested, tuple), flags
}

func appendNumber(b []byte, kind uint16, n uint32) []byte {
	return appendAttribute(b, kind, binary.BigEndian.AppendUint32(nil, n))
}

// appendAttribute appends an attribute and what aligns the next one.
func appendAttribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(netlink.AttributeSize+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
