package linux

import (
	"encoding/binary"
	"net/netip"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// More numbers of include/uapi/linux/netfilter/nfnetlink_conntrack.h.
const (
	ctnlMsgGetStats = nfnlSubsysCTNetlink<<8 | 5

	ctaHelp          = 5
	ctaMark          = 8
	ctaCountersOrig  = 9
	ctaCountersReply = 10
	ctaUse           = 11
	ctaID            = 12
	ctaTupleMaster   = 14
	ctaZone          = 18
	ctaSecurity      = 19
	ctaTimestamp     = 20
	ctaLabels        = 22
	ctaSynproxy      = 24

	ctaTupleZone = 3

	ctaProtoICMPv6ID   = 7
	ctaProtoICMPv6Type = 8
	ctaProtoICMPv6Code = 9

	ctaProtoInfoDCCP = 2
	// Of TCP: scales, and struct nf_ct_tcp_flags, which says whether there is one. Of
	// SCTP: verification tags.
	ctaProtoInfoScaleOrig  = 2
	ctaProtoInfoScaleReply = 3
	ctaProtoInfoFlagsOrig  = 4
	ctaProtoInfoFlagsReply = 5
	ctaProtoInfoTagOrig    = 2
	ctaProtoInfoTagReply   = 3
	tcpFlagWindowScale     = 1

	ctaSynproxySequence  = 1
	ctaSynproxyTimestamp = 2
	ctaSynproxyOffset    = 3

	ctaCountersPackets = 1
	ctaCountersBytes   = 2
	ctaTimestampStart  = 1
	ctaName            = 1 // CTA_HELP_NAME and CTA_SECCTX_NAME

	ctaStatsGlobalEntries = 1
)

// conntrackDCCPStates lists enum ct_dccp_states (nf_conntrack_dccp.h).
var conntrackDCCPStates = [...]string{
	"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT", "IGNORE", "INVALID",
}

// trackedState returns the kernel's name of a state of a CTA_PROTOINFO, "" if it is
// unknown.
func trackedState(kind uint16, state int) string {
	switch {
	case kind == ctaProtoInfoTCP && state < len(conntrackTCPStates):
		return conntrackTCPStates[state].name
	case kind == ctaProtoInfoSCTP && state < len(conntrackSCTPStates):
		return conntrackSCTPStates[state].name
	case kind == ctaProtoInfoDCCP && state < len(conntrackDCCPStates):
		return conntrackDCCPStates[state]
	}
	return ""
}

// trackedNames keeps the texts of entries: all have the same few.
type trackedNames map[string]string

// maxTrackedNames bounds the memory for texts.
const maxTrackedNames = 1024

// text returns b as a string, up to its first zero byte.
func (n trackedNames) text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	s, ok := n[string(b)]
	if !ok {
		s = string(b)
		if len(n) < maxTrackedNames {
			n[s] = s
		}
	}
	return s
}

// appendTrackedCountRequest appends the request for the number of entries.
func appendTrackedCountRequest(b []byte, seq uint32) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, netlink.HeaderSize+nfgenmsgSize)
	b = order.AppendUint16(b, ctnlMsgGetStats)
	b = order.AppendUint16(b, netlink.FlagRequest)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	return append(b, 0, 0, 0, 0)
}

// decodeTrackedCount returns the number of entries of a network namespace from the
// payload of the answer.
func decodeTrackedCount(b []byte) (n uint32, ok bool) {
	if len(b) < nfgenmsgSize {
		return 0, false
	}
	for b = b[nfgenmsgSize:]; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return 0, false
		}
		if b = rest; kind == ctaStatsGlobalEntries && len(value) >= 4 {
			return binary.BigEndian.Uint32(value), true
		}
	}
}

// decodeTracked fills row from the payload of a ctnetlink message. It returns the
// attribute that, with id, identifies the entry: the tuple of the original direction. ok
// is false for a record without two directions.
func decodeTracked(b []byte, row *netstat.TrackedConnection, names trackedNames) (tuple []byte, ok bool) {
	if len(b) < nfgenmsgSize {
		return nil, false
	}
	*row = netstat.TrackedConnection{}
	b = b[nfgenmsgSize:]
	known := 0
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch kind {
		case ctaTupleOrig:
			tuple = value
			decodeTrackedTuple(value, row, &row.Original, netstat.TrackedOriginal)
		case ctaTupleReply:
			decodeTrackedTuple(value, row, &row.Reply, netstat.TrackedReply)
		case ctaStatus:
			if len(value) >= 4 {
				row.Status, row.StatusKnown = netstat.TrackedStatus(binary.BigEndian.Uint32(value)), ^netstat.TrackedStatus(0)
			}
		case ctaProtoInfo:
			decodeTrackedProtoInfo(value, row)
		case ctaTimeout:
			if n, ok := trackedNumber(value, row, netstat.TrackedTimeout); ok {
				row.Timeout = time.Duration(n) * time.Second
			}
		case ctaMark:
			row.Mark, _ = trackedNumber(value, row, netstat.TrackedMark)
		case ctaUse:
			row.Use, _ = trackedNumber(value, row, netstat.TrackedUse)
		case ctaID:
			row.ID, _ = trackedNumber(value, row, netstat.TrackedID)
		case ctaCountersOrig:
			known += decodeTrackedCounters(value, &row.Original)
		case ctaCountersReply:
			known += decodeTrackedCounters(value, &row.Reply)
		case ctaZone:
			if len(value) >= 2 {
				row.Zone, row.ZoneOf = binary.BigEndian.Uint16(value), netstat.TrackedBoth
			}
		case ctaLabels:
			if len(value) == 16 {
				row.Labels = [2]uint64{binary.NativeEndian.Uint64(value), binary.NativeEndian.Uint64(value[8:])}
				row.Known |= netstat.TrackedLabels
			}
		case ctaTimestamp:
			if n, ok := nested(value, ctaTimestampStart); ok && len(n) >= 8 {
				if at := binary.BigEndian.Uint64(n); at != 0 {
					row.Started = time.Unix(0, int64(at))
				}
			}
		case ctaHelp:
			if name, ok := nested(value, ctaName); ok {
				row.Helper = names.text(name)
			}
		case ctaTupleMaster:
			decodeTrackedMaster(value, rareOf(row))
		case ctaSeqAdjOrig:
			decodeSeqAdjust(value, &rareOf(row).OriginalShift)
		case ctaSeqAdjReply:
			decodeSeqAdjust(value, &rareOf(row).ReplyShift)
		case ctaSynproxy:
			if s := decodeTrackedSynproxy(value); s.Known {
				rareOf(row).Synproxy = s
			}
		case ctaSecurity:
			if name, ok := nested(value, ctaName); ok {
				row.SecurityContext = names.text(name)
			}
		}
	}
	if known == 2 {
		row.Known |= netstat.TrackedCounters
	}
	return tuple, completeTracked(row)
}

// completeTracked sets the family of a row. It returns false if an address is missing or
// of another family than the others.
func completeTracked(row *netstat.TrackedConnection) bool {
	row.Family = netstat.Inet6
	four := row.Original.Source.Addr().Is4()
	if four {
		row.Family = netstat.Inet
	}
	for _, d := range [...]*netstat.TrackedDirection{&row.Original, &row.Reply} {
		source, destination := d.Source.Addr(), d.Destination.Addr()
		if !source.IsValid() || !destination.IsValid() || source.Is4() != four || destination.Is4() != four {
			return false
		}
	}
	return true
}

// nested returns the value of an attribute within b.
func nested(b []byte, of uint16) ([]byte, bool) {
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return nil, false
		}
		if kind == of {
			return value, true
		}
		b = rest
	}
}

// trackedNumber returns a number and marks it as known.
func trackedNumber(b []byte, row *netstat.TrackedConnection, field netstat.TrackedFields) (uint32, bool) {
	if len(b) < 4 {
		return 0, false
	}
	row.Known |= field
	return binary.BigEndian.Uint32(b), true
}

// decodeTrackedCounters returns 1 if the kernel counts both packets and bytes.
func decodeTrackedCounters(b []byte, d *netstat.TrackedDirection) int {
	packets, ok := nested(b, ctaCountersPackets)
	bytes, too := nested(b, ctaCountersBytes)
	if !ok || !too || len(packets) < 8 || len(bytes) < 8 {
		return 0
	}
	d.Packets, d.Bytes = binary.BigEndian.Uint64(packets), binary.BigEndian.Uint64(bytes)
	return 1
}

// decodeTrackedProtoInfo decodes what the protocol keeps.
func decodeTrackedProtoInfo(b []byte, row *netstat.TrackedConnection) {
	protocol, rest, _, ok := netlink.Attribute(b)
	if !ok {
		return
	}
	ways := [...]*netstat.TrackedDirection{&row.Original, &row.Reply}
	for {
		kind, value, more, ok := netlink.Attribute(rest)
		if !ok {
			break
		}
		rest = more
		switch {
		case kind == ctaProtoInfoState && len(value) == 1:
			row.State = trackedState(protocol, int(value[0]))
		case protocol == ctaProtoInfoTCP && (kind == ctaProtoInfoScaleOrig || kind == ctaProtoInfoScaleReply) && len(value) == 1:
			ways[kind-ctaProtoInfoScaleOrig].WindowScale = value[0]
		case protocol == ctaProtoInfoTCP && (kind == ctaProtoInfoFlagsOrig || kind == ctaProtoInfoFlagsReply) && len(value) == 2:
			ways[kind-ctaProtoInfoFlagsOrig].HasWindowScale = value[0]&tcpFlagWindowScale != 0
		case protocol == ctaProtoInfoSCTP && (kind == ctaProtoInfoTagOrig || kind == ctaProtoInfoTagReply) && len(value) == 4:
			ways[kind-ctaProtoInfoTagOrig].VerificationTag = binary.BigEndian.Uint32(value)
		}
	}
	for _, d := range ways {
		if !d.HasWindowScale {
			d.WindowScale = 0
		}
	}
}

// rareOf returns the rare facts of a row, which it makes if there are none.
func rareOf(row *netstat.TrackedConnection) *netstat.TrackedRare {
	if row.Rare == nil {
		row.Rare = &netstat.TrackedRare{}
	}
	return row.Rare
}

// decodeTrackedMaster decodes the tuple of the connection that expected another one.
func decodeTrackedMaster(b []byte, rare *netstat.TrackedRare) {
	var other netstat.TrackedConnection
	decodeTrackedTuple(b, &other, &other.Original, netstat.TrackedOriginal)
	rare.Master = netstat.TrackedMaster{IPProtocol: other.IPProtocol, Source: other.Original.Source, Destination: other.Original.Destination}
}

// decodeTrackedSynproxy decodes what SYNPROXY remembers. An entry that a program made has
// only zeros.
func decodeTrackedSynproxy(b []byte) (s netstat.TrackedSynproxy) {
	number := func(kind uint16) uint32 {
		value, ok := nested(b, kind)
		if !ok || len(value) < 4 {
			return 0
		}
		return binary.BigEndian.Uint32(value)
	}
	s.Sequence, s.Timestamp, s.Offset = number(ctaSynproxySequence), number(ctaSynproxyTimestamp), number(ctaSynproxyOffset)
	s.Known = s != netstat.TrackedSynproxy{}
	return s
}

func decodeTrackedTuple(b []byte, row *netstat.TrackedConnection, d *netstat.TrackedDirection, of netstat.TrackedZone) {
	var source, destination netip.Addr
	var t trackedProto
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch kind {
		case ctaTupleIP:
			var addresses ctTuple
			addresses.decodeAddresses(value)
			source, destination = addresses.src, addresses.dst
		case ctaTupleProto:
			t.decode(value)
		case ctaTupleZone:
			if len(value) >= 2 {
				row.Zone, row.ZoneOf = binary.BigEndian.Uint16(value), of
			}
		}
	}
	if of == netstat.TrackedOriginal {
		row.IPProtocol = t.number
	}
	t.fill(d, source, destination)
}

// trackedProto is the part of a tuple that its protocol defines.
type trackedProto struct {
	number              uint8
	source, destination uint16
	id                  uint16
	kind, code          uint8
	hasPorts, hasICMP   bool
}

func (t *trackedProto) decode(b []byte) {
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		switch {
		case len(value) == 1:
			switch kind {
			case ctaProtoNum:
				t.number = value[0]
			case ctaProtoICMPType, ctaProtoICMPv6Type:
				t.kind, t.hasICMP = value[0], true
			case ctaProtoICMPCode, ctaProtoICMPv6Code:
				t.code, t.hasICMP = value[0], true
			}
		case len(value) >= 2:
			n := binary.BigEndian.Uint16(value)
			switch kind {
			case ctaProtoSrcPort:
				t.source, t.hasPorts = n, true
			case ctaProtoDstPort:
				t.destination, t.hasPorts = n, true
			case ctaProtoICMPID, ctaProtoICMPv6ID:
				t.id, t.hasICMP = n, true
			}
		}
	}
}

// fill sets a direction. The kernel writes the keys of GRE as ports.
func (t *trackedProto) fill(d *netstat.TrackedDirection, source, destination netip.Addr) {
	var from, to uint16
	switch {
	case t.hasICMP:
		d.Has, d.ICMPID, d.ICMPType, d.ICMPCode = netstat.TrackedICMP, t.id, t.kind, t.code
	case t.hasPorts && t.number == ipprotoGRE:
		d.Has, d.SourceKey, d.DestinationKey = netstat.TrackedKeys, t.source, t.destination
	case t.hasPorts:
		d.Has, from, to = netstat.TrackedPorts, t.source, t.destination
	}
	d.Source, d.Destination = netip.AddrPortFrom(source, from), netip.AddrPortFrom(destination, to)
}
