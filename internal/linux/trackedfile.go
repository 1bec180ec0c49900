package linux

import (
	"math"
	"net/netip"

	"netstat"
)

// parseTracked fills row from a line of /proc/net/nf_conntrack, whose form parseConntrack
// shows. It returns false for a line without two directions. Such a line has no helper,
// no number and no labels, and of the flags only those of trackedFileStatus.
func parseTracked(line []byte, row *netstat.TrackedConnection, names trackedNames) bool {
	*row = netstat.TrackedConnection{StatusKnown: trackedFileStatus, Status: netstat.TrackedSeenReply}
	p := scanner{b: line}
	if family := string(p.word()); family != "ipv4" && family != "ipv6" {
		return false
	}
	if _, ok := p.decimal(); !ok {
		return false
	}
	p.word()
	protocol, ok := p.decimal()
	if !ok || protocol > math.MaxUint8 {
		return false
	}
	row.IPProtocol = uint8(protocol)
	if n, ok := p.decimal(); ok {
		row.Timeout = seconds(n)
		row.Known |= netstat.TrackedTimeout
	}
	at, counters := -1, 0
	directions := [...]struct {
		to                  *netstat.TrackedDirection
		source, destination netip.Addr
		proto               trackedProto
	}{{to: &row.Original}, {to: &row.Reply}}
	for {
		word := p.word()
		if len(word) == 0 {
			break
		}
		if word[0] == '[' {
			switch string(word) {
			case "[UNREPLIED]":
				row.Status &^= netstat.TrackedSeenReply
			case "[ASSURED]":
				row.Status |= netstat.TrackedAssured
			case "[OFFLOAD]":
				row.Status |= netstat.TrackedOffload
			case "[HW_OFFLOAD]":
				row.Status |= netstat.TrackedHWOffload
			}
			continue
		}
		key, value := cutKey(word)
		if string(key) == "src" {
			if at++; at == len(directions) {
				return false
			}
		}
		if at < 0 {
			if len(key) == 0 && row.State == "" {
				row.State = names.text(word)
			}
			continue
		}
		d := &directions[at]
		switch string(key) {
		case "src":
			d.source = trackedAddress(value)
		case "dst":
			d.destination = trackedAddress(value)
		case "sport":
			d.proto.source, d.proto.hasPorts = portNumber(value), true
		case "dport":
			d.proto.destination, d.proto.hasPorts = portNumber(value), true
		case "srckey":
			d.proto.source, d.proto.hasPorts = greKey(value), true
		case "dstkey":
			d.proto.destination, d.proto.hasPorts = greKey(value), true
		case "id":
			d.proto.id, d.proto.hasICMP = portNumber(value), true
		case "type":
			d.proto.kind, d.proto.hasICMP = uint8(portNumber(value)), true
		case "code":
			d.proto.code, d.proto.hasICMP = uint8(portNumber(value)), true
		case "packets":
			d.to.Packets, ok = trackedDecimal(value)
			counters += one(ok)
		case "bytes":
			d.to.Bytes, ok = trackedDecimal(value)
			counters += one(ok)
		case "mark":
			if n, ok := trackedDecimal(value); ok {
				row.Mark = uint32(n)
				row.Known |= netstat.TrackedMark
			}
		case "use":
			if n, ok := trackedDecimal(value); ok {
				row.Use = uint32(n)
				row.Known |= netstat.TrackedUse
			}
		case "zone":
			row.Zone, row.ZoneOf = portNumber(value), netstat.TrackedBoth
		case "zone-orig":
			row.Zone, row.ZoneOf = portNumber(value), netstat.TrackedOriginal
		case "zone-reply":
			row.Zone, row.ZoneOf = portNumber(value), netstat.TrackedReply
		case "secctx":
			row.SecurityContext = names.text(value)
		}
	}
	if counters == 4 {
		row.Known |= netstat.TrackedCounters
	} else {
		row.Original.Packets, row.Original.Bytes, row.Reply.Packets, row.Reply.Bytes = 0, 0, 0, 0
	}
	for i := range directions {
		d := &directions[i]
		d.proto.number = row.IPProtocol
		d.proto.fill(d.to, d.source, d.destination)
	}
	return completeTracked(row)
}

// trackedFileStatus are the flags that the file shows.
const trackedFileStatus = netstat.TrackedSeenReply | netstat.TrackedAssured | netstat.TrackedOffload | netstat.TrackedHWOffload

func one(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

func trackedDecimal(b []byte) (uint64, bool) {
	p := scanner{b: b}
	return p.decimal()
}

// trackedAddress parses an address as the kernel writes it: %pI4 or %pI6, which is 8
// groups of 4 hexadecimal digits. It returns the zero Addr for anything else.
func trackedAddress(b []byte) netip.Addr {
	if ip := dottedQuad(b); ip.IsValid() {
		return ip
	}
	var ip [16]byte
	const size = 8*4 + 7
	if len(b) != size {
		return netip.Addr{}
	}
	for i := range 8 {
		var n uint16
		for _, c := range b[5*i : 5*i+4] {
			digit := hexDigits[c]
			if digit == 0 {
				return netip.Addr{}
			}
			n = n<<4 | uint16(digit-1)
		}
		if i < 7 && b[5*i+4] != ':' {
			return netip.Addr{}
		}
		ip[2*i], ip[2*i+1] = byte(n>>8), byte(n)
	}
	return netip.AddrFrom16(ip)
}
