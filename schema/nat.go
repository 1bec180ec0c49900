package schema

import (
	"bytes"
	"math"
	"net/netip"

	"netstat"
)

// AppendNATSession appends a session as an object.
func AppendNATSession(b []byte, s *netstat.NATSession) []byte {
	b = appendWord(append(b, '{'), "family", s.Family.String())
	if s.Protocol != netstat.ProtocolNone {
		b = appendWord(b, "proto", s.Protocol.String())
	}
	b = appendUint(b, "ip_protocol", uint64(s.IPProtocol))
	if s.State != netstat.StateUnknown {
		b = appendWord(b, "state", s.State.String())
	}
	b = AppendText(b, "association_state", s.AssocState)
	for i := range natEnds {
		b = appendTuple(b, &natEnds[i], natTuple(s, i))
	}
	if s.Timeout >= 0 {
		b = appendSeconds(b, "timeout", s.Timeout)
	}
	return append(appendNames(b, "status", uint64(s.Status), natStatus), '}')
}

// natKeys are the field names of one direction; each direction has its own prefix.
type natKeys struct{ prefix, source, sourcePort, destination, destinationPort, icmpType, icmpCode, seqAdjust string }

var natEnds = [...]natKeys{
	{
		"original_", "original_source_address", "original_source_port", "original_destination_address",
		"original_destination_port", "original_icmp_type", "original_icmp_code", "original_sequence_adjust",
	},
	{
		"reply_", "reply_source_address", "reply_source_port", "reply_destination_address",
		"reply_destination_port", "reply_icmp_type", "reply_icmp_code", "reply_sequence_adjust",
	},
}

func natTuple(s *netstat.NATSession, i int) *netstat.NATTuple {
	if i == 0 {
		return &s.Original
	}
	return &s.Reply
}

func appendTuple(b []byte, k *natKeys, t *netstat.NATTuple) []byte {
	b = appendIP(b, k.source, t.Source.Addr())
	b = appendUint(b, k.sourcePort, uint64(t.Source.Port()))
	b = appendIP(b, k.destination, t.Destination.Addr())
	b = appendUint(b, k.destinationPort, uint64(t.Destination.Port()))
	if t.ICMPType != 0 || t.ICMPCode != 0 {
		b = appendUint(b, k.icmpType, uint64(t.ICMPType))
		b = appendUint(b, k.icmpCode, uint64(t.ICMPCode))
	}
	return appendSeqAdjust(b, k.seqAdjust, &t.SeqAdjust)
}

// appendSeqAdjust appends a shift of sequence numbers, or nothing if it is unknown.
func appendSeqAdjust(b []byte, key string, a *netstat.SeqAdjust) []byte {
	if !a.Known {
		return b
	}
	b = append(appendKey(b, key), '{')
	b = appendUint(b, "position", uint64(a.Position))
	if a.BeforeKnown {
		b = appendInt(b, "before", int64(a.Before))
	}
	return append(appendInt(b, "after", int64(a.After)), '}')
}

// NATSession reads what AppendNATSession wrote.
func (r *Reader) NATSession() netstat.NATSession {
	s := netstat.NATSession{Timeout: -1}
	var state ExactText
	r.Object(func(key []byte) {
		for i := range natEnds {
			if bytes.HasPrefix(key, []byte(natEnds[i].prefix)) {
				r.tupleField(key, &natEnds[i], natTuple(&s, i))
				return
			}
		}
		switch string(key) {
		case "family":
			s.Family = r.Family()
		case "proto":
			s.Protocol = r.protocol()
		case "ip_protocol":
			s.IPProtocol = uint8(r.Uint(math.MaxUint8))
		case "state":
			s.State = r.State()
		case "timeout":
			s.Timeout = r.Seconds()
		case "status":
			s.Status = netstat.NATStatus(r.names(natStatus))
		default:
			r.textOrSkip(key, "association_state", &state)
		}
	})
	s.AssocState = state.s
	return s
}

func (r *Reader) tupleField(key []byte, k *natKeys, t *netstat.NATTuple) {
	switch string(key) {
	case k.source:
		t.Source = netip.AddrPortFrom(r.IP(), t.Source.Port())
	case k.sourcePort:
		t.Source = netip.AddrPortFrom(t.Source.Addr(), uint16(r.Uint(math.MaxUint16)))
	case k.destination:
		t.Destination = netip.AddrPortFrom(r.IP(), t.Destination.Port())
	case k.destinationPort:
		t.Destination = netip.AddrPortFrom(t.Destination.Addr(), uint16(r.Uint(math.MaxUint16)))
	case k.icmpType:
		t.ICMPType = uint8(r.Uint(math.MaxUint8))
	case k.icmpCode:
		t.ICMPCode = uint8(r.Uint(math.MaxUint8))
	case k.seqAdjust:
		r.seqAdjust(&t.SeqAdjust)
	default:
		r.Skip()
	}
}

// seqAdjust reads what appendSeqAdjust wrote.
func (r *Reader) seqAdjust(a *netstat.SeqAdjust) {
	a.Known = true
	r.Object(func(key []byte) {
		switch string(key) {
		case "position":
			a.Position = r.uint32()
		case "before":
			a.Before, a.BeforeKnown = r.Int(), true
		case "after":
			a.After = r.Int()
		default:
			r.Skip()
		}
	})
}
