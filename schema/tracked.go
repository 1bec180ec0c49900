package schema

import (
	"math"
	"net/netip"
	"strconv"

	"netstat"
)

// trackedStatus are the names of the flags of a tracked connection.
var (
	trackedStatus = ownNames{fill: func() []string {
		list := make([]string, 16)
		for i := range list {
			list[i] = netstat.TrackedStatus(1 << i).String()
		}
		return list
	}}
	trackedZones = ownNames{fill: func() []string { return namesTo(netstat.TrackedReply) }}
)

// AppendTrackedConnection appends a tracked connection as an object.
func AppendTrackedConnection(b []byte, c *netstat.TrackedConnection) []byte {
	b = appendWord(append(b, '{'), "family", c.Family.String())
	if name := netstat.IPProtocolName(c.IPProtocol); name != "" {
		b = appendWord(b, "proto", name)
	}
	b = appendUint(b, "ip_protocol", uint64(c.IPProtocol))
	b = AppendText(b, "state", c.State)
	b = appendTracked(b, &trackedKeys[0], &c.Original)
	b = appendTracked(b, &trackedKeys[1], &c.Reply)
	b = appendSet(b, "status", uint64(c.Status), trackedStatus.names())
	if c.StatusKnown != ^netstat.TrackedStatus(0) {
		b = appendSet(b, "status_known", uint64(c.StatusKnown), trackedStatus.names())
	}
	if c.Known.Has(netstat.TrackedTimeout) {
		b = appendSeconds(b, "timeout", c.Timeout)
	}
	if c.Known.Has(netstat.TrackedMark) {
		b = appendUint(b, "mark", uint64(c.Mark))
	}
	if c.Known.Has(netstat.TrackedLabels) {
		b = append(appendKey(b, "labels"), '[')
		for n := range 128 {
			if c.Labels[n/64]>>(n%64)&1 != 0 {
				if b[len(b)-1] != '[' {
					b = append(b, ',')
				}
				b = strconv.AppendInt(b, int64(n), 10)
			}
		}
		b = append(b, ']')
	}
	b = appendUint(b, "zone", uint64(c.Zone))
	if c.Zone != 0 {
		b = appendWord(b, "zone_direction", c.ZoneOf.String())
	}
	if c.Known.Has(netstat.TrackedCounters) {
		b = appendUint(b, "original_packets", c.Original.Packets)
		b = appendUint(b, "original_bytes", c.Original.Bytes)
		b = appendUint(b, "reply_packets", c.Reply.Packets)
		b = appendUint(b, "reply_bytes", c.Reply.Bytes)
	}
	b = appendTrackedExtra(b, &trackedKeys[0], &c.Original)
	b = appendTrackedExtra(b, &trackedKeys[1], &c.Reply)
	if c.Rare != nil {
		b = appendTrackedRare(b, c.Rare)
	}
	b = appendTime(b, "started", c.Started)
	b = AppendText(b, "helper", c.Helper)
	b = AppendText(b, "security_context", c.SecurityContext)
	if c.Known.Has(netstat.TrackedUse) {
		b = appendUint(b, "use", uint64(c.Use))
	}
	if c.Known.Has(netstat.TrackedID) {
		b = appendUint(b, "id", uint64(c.ID))
	}
	return append(b, '}')
}

// trackedNames are the field names of one direction.
type trackedNames struct {
	source, sourcePort, sourceKey                string
	destination, destinationPort, destinationKey string
	icmpType, icmpCode, icmpID                   string
	windowScale, tag                             string
}

var trackedKeys = [...]trackedNames{
	{
		"source_address", "source_port", "source_key", "destination_address", "destination_port", "destination_key",
		"icmp_type", "icmp_code", "icmp_id", "original_window_scale", "original_vtag",
	},
	{
		"reply_source_address", "reply_source_port", "reply_source_key", "reply_destination_address", "reply_destination_port", "reply_destination_key",
		"reply_icmp_type", "reply_icmp_code", "reply_icmp_id", "reply_window_scale", "reply_vtag",
	},
}

func appendTracked(b []byte, k *trackedNames, d *netstat.TrackedDirection) []byte {
	b = appendIP(b, k.source, d.Source.Addr())
	switch d.Has {
	case netstat.TrackedPorts:
		b = appendUint(b, k.sourcePort, uint64(d.Source.Port()))
	case netstat.TrackedKeys:
		b = appendUint(b, k.sourceKey, uint64(d.SourceKey))
	}
	b = appendIP(b, k.destination, d.Destination.Addr())
	switch d.Has {
	case netstat.TrackedPorts:
		b = appendUint(b, k.destinationPort, uint64(d.Destination.Port()))
	case netstat.TrackedKeys:
		b = appendUint(b, k.destinationKey, uint64(d.DestinationKey))
	case netstat.TrackedICMP:
		b = appendUint(b, k.icmpType, uint64(d.ICMPType))
		b = appendUint(b, k.icmpCode, uint64(d.ICMPCode))
		b = appendUint(b, k.icmpID, uint64(d.ICMPID))
	}
	return b
}

// appendTrackedExtra appends what only TCP and SCTP have.
func appendTrackedExtra(b []byte, k *trackedNames, d *netstat.TrackedDirection) []byte {
	if d.HasWindowScale {
		b = appendUint(b, k.windowScale, uint64(d.WindowScale))
	}
	if d.VerificationTag != 0 {
		b = appendUint(b, k.tag, uint64(d.VerificationTag))
	}
	return b
}

func appendTrackedRare(b []byte, c *netstat.TrackedRare) []byte {
	if m := &c.Master; *m != (netstat.TrackedMaster{}) {
		b = append(appendKey(b, "master"), '{')
		b = appendUint(b, "ip_protocol", uint64(m.IPProtocol))
		b = appendIP(b, "source_address", m.Source.Addr())
		b = appendUint(b, "source_port", uint64(m.Source.Port()))
		b = appendIP(b, "destination_address", m.Destination.Addr())
		b = append(appendUint(b, "destination_port", uint64(m.Destination.Port())), '}')
	}
	b = appendSeqAdjust(b, "original_sequence_adjust", &c.OriginalShift)
	b = appendSeqAdjust(b, "reply_sequence_adjust", &c.ReplyShift)
	if s := &c.Synproxy; s.Known {
		b = append(appendKey(b, "synproxy"), '{')
		b = appendUint(b, "sequence", uint64(s.Sequence))
		b = appendUint(b, "timestamp", uint64(s.Timestamp))
		b = append(appendUint(b, "offset", uint64(s.Offset)), '}')
	}
	return b
}

// trackedRare reads a field that appendTrackedRare wrote. It returns false if the field is
// another.
func (r *Reader) trackedRare(key []byte, c *netstat.TrackedConnection) bool {
	rare := c.Rare
	if rare == nil {
		rare = &netstat.TrackedRare{}
	}
	switch string(key) {
	case "master":
		r.trackedMaster(&rare.Master)
	case "original_sequence_adjust":
		r.seqAdjust(&rare.OriginalShift)
	case "reply_sequence_adjust":
		r.seqAdjust(&rare.ReplyShift)
	case "synproxy":
		s := &rare.Synproxy
		s.Known = true
		r.Object(func(key []byte) {
			switch string(key) {
			case "sequence":
				s.Sequence = r.uint32()
			case "timestamp":
				s.Timestamp = r.uint32()
			case "offset":
				s.Offset = r.uint32()
			default:
				r.Skip()
			}
		})
	default:
		return false
	}
	c.Rare = rare
	return true
}

func (r *Reader) trackedMaster(m *netstat.TrackedMaster) {
	r.Object(func(key []byte) {
		switch string(key) {
		case "ip_protocol":
			m.IPProtocol = uint8(r.Uint(math.MaxUint8))
		case "source_address":
			m.Source = netip.AddrPortFrom(r.IP(), m.Source.Port())
		case "source_port":
			m.Source = netip.AddrPortFrom(m.Source.Addr(), uint16(r.Uint(math.MaxUint16)))
		case "destination_address":
			m.Destination = netip.AddrPortFrom(r.IP(), m.Destination.Port())
		case "destination_port":
			m.Destination = netip.AddrPortFrom(m.Destination.Addr(), uint16(r.Uint(math.MaxUint16)))
		default:
			r.Skip()
		}
	})
}

// TrackedConnection reads what AppendTrackedConnection wrote.
func (r *Reader) TrackedConnection() netstat.TrackedConnection {
	c := netstat.TrackedConnection{StatusKnown: ^netstat.TrackedStatus(0)}
	var state, helper, context ExactText
	counters := 0
	r.Object(func(key []byte) {
		switch string(key) {
		case "family":
			c.Family = r.Family()
		case "ip_protocol":
			c.IPProtocol = uint8(r.Uint(math.MaxUint8))
		case "status":
			c.Status = netstat.TrackedStatus(r.names(trackedStatus.names()))
		case "status_known":
			c.StatusKnown = netstat.TrackedStatus(r.names(trackedStatus.names()))
		case "timeout":
			c.Timeout = r.Seconds()
			c.Known |= netstat.TrackedTimeout
		case "mark":
			c.Mark = r.uint32()
			c.Known |= netstat.TrackedMark
		case "labels":
			c.Known |= netstat.TrackedLabels
			r.Array(func() {
				n := r.Uint(127)
				c.Labels[n/64] |= 1 << (n % 64)
			})
		case "zone":
			c.Zone = uint16(r.Uint(math.MaxUint16))
		case "zone_direction":
			c.ZoneOf = netstat.TrackedZone(r.name(trackedZones.names()))
		case "original_packets":
			c.Original.Packets = r.Uint(math.MaxUint64)
			counters++
		case "original_bytes":
			c.Original.Bytes = r.Uint(math.MaxUint64)
			counters++
		case "reply_packets":
			c.Reply.Packets = r.Uint(math.MaxUint64)
			counters++
		case "reply_bytes":
			c.Reply.Bytes = r.Uint(math.MaxUint64)
			counters++
		case "started":
			c.Started = r.Time()
		case "use":
			c.Use = r.uint32()
			c.Known |= netstat.TrackedUse
		case "id":
			c.ID = r.uint32()
			c.Known |= netstat.TrackedID
		default:
			switch {
			case r.trackedField(key, &trackedKeys[0], &c.Original), r.trackedField(key, &trackedKeys[1], &c.Reply):
			case r.trackedRare(key, &c), r.TextField(key, "state", &state), r.TextField(key, "helper", &helper):
			default:
				r.textOrSkip(key, "security_context", &context)
			}
		}
	})
	if counters == 4 {
		c.Known |= netstat.TrackedCounters
	}
	c.State, c.Helper, c.SecurityContext = state.s, helper.s, context.s
	return c
}

// trackedField reads a field of one direction. It returns false if the field is another.
func (r *Reader) trackedField(key []byte, k *trackedNames, d *netstat.TrackedDirection) bool {
	port := func() uint16 { return uint16(r.Uint(math.MaxUint16)) }
	switch string(key) {
	case k.source:
		d.Source = netip.AddrPortFrom(r.IP(), d.Source.Port())
	case k.destination:
		d.Destination = netip.AddrPortFrom(r.IP(), d.Destination.Port())
	case k.sourcePort:
		d.Has, d.Source = netstat.TrackedPorts, netip.AddrPortFrom(d.Source.Addr(), port())
	case k.destinationPort:
		d.Has, d.Destination = netstat.TrackedPorts, netip.AddrPortFrom(d.Destination.Addr(), port())
	case k.sourceKey:
		d.Has, d.SourceKey = netstat.TrackedKeys, port()
	case k.destinationKey:
		d.Has, d.DestinationKey = netstat.TrackedKeys, port()
	case k.icmpType:
		d.Has, d.ICMPType = netstat.TrackedICMP, uint8(r.Uint(math.MaxUint8))
	case k.icmpCode:
		d.Has, d.ICMPCode = netstat.TrackedICMP, uint8(r.Uint(math.MaxUint8))
	case k.windowScale:
		d.HasWindowScale, d.WindowScale = true, uint8(r.Uint(math.MaxUint8))
	case k.tag:
		d.VerificationTag = r.uint32()
	case k.icmpID:
		d.Has, d.ICMPID = netstat.TrackedICMP, port()
	default:
		return false
	}
	return true
}
