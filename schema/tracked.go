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
}

var trackedKeys = [...]trackedNames{
	{
		"source_address", "source_port", "source_key", "destination_address", "destination_port", "destination_key",
		"icmp_type", "icmp_code", "icmp_id",
	},
	{
		"reply_source_address", "reply_source_port", "reply_source_key", "reply_destination_address", "reply_destination_port", "reply_destination_key",
		"reply_icmp_type", "reply_icmp_code", "reply_icmp_id",
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
			case r.TextField(key, "state", &state), r.TextField(key, "helper", &helper):
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
	case k.icmpID:
		d.Has, d.ICMPID = netstat.TrackedICMP, port()
	default:
		return false
	}
	return true
}
