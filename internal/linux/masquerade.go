package linux

import (
	"bytes"
	"context"
	"io"
	"net/netip"

	"netstat"
)

// masqueradeProtocols lists the names in /proc/net/ip_masquerade.
var masqueradeProtocols = [...]struct {
	name     string
	number   uint8
	protocol netstat.Protocol
}{
	{"TCP", ipprotoTCP, netstat.TCP}, {"UDP", ipprotoUDP, netstat.UDP},
	{"ICMP", ipprotoICMP, netstat.ProtocolNone}, {"IP", 0, netstat.ProtocolNone},
	{"GRE", 47, netstat.ProtocolNone}, {"ESP", 50, netstat.ProtocolNone},
}

// masqueradeFile lists the sessions of /proc/net/ip_masquerade, the table of
// Linux 2.0 and 2.2.
func (s *source) masqueradeFile(ctx context.Context, f io.ReadCloser, yield yieldNAT) {
	var m masqueradeParser
	started := false
	whole := s.natLines(ctx, f, yield, func(line []byte, row *netstat.NATSession) (translated, ok bool) {
		if !started {
			started = true
			m.header(line)
			return false, true
		}
		return m.parse(line, row)
	}, nil)
	if whole && !started {
		yield(netstat.NATSession{}, natError("read", io.ErrUnexpectedEOF))
	}
}

type masqueradeParser struct {
	// previous reports whether the file has the column PDelta, new in Linux
	// 2.1.
	previous bool
}

func (m *masqueradeParser) header(line []byte) {
	m.previous = bytes.Contains(line, []byte("PDelta"))
}

// parse fills row from a line such as
//
//	TCP 0A000002:0400 C0A80105:0050 F000 00001234     0      0   44999
//
// The fields are protocol, source, destination, the port that replaces the
// source's (all hexadecimal, addresses as numbers), initial sequence number,
// delta, previous delta, and hundredths of a second until expiry. An empty line
// is not a session. ok is false for a line that net-tools does not understand
// either.
func (m *masqueradeParser) parse(line []byte, row *netstat.NATSession) (translated, ok bool) {
	p := scanner{b: line}
	name := p.word()
	if len(name) == 0 {
		return false, true
	}
	protocol := -1
	for i := range masqueradeProtocols {
		if string(name) == masqueradeProtocols[i].name {
			protocol = i
		}
	}
	source, ok1 := p.masqueradeEnd()
	destination, ok2 := p.masqueradeEnd()
	port, ok3 := p.hex()
	position, ok4 := p.hex()
	after, ok5 := p.decimal()
	before, ok6 := uint64(0), true
	if m.previous {
		before, ok6 = p.decimal()
	}
	expires, ok7 := p.decimal()
	p.skipBlanks()
	if protocol < 0 || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 || p.at != len(line) {
		return false, false
	}
	*row = netstat.NATSession{
		Family:     netstat.Inet,
		Protocol:   masqueradeProtocols[protocol].protocol,
		IPProtocol: masqueradeProtocols[protocol].number,
		Original: netstat.NATTuple{Source: source, Destination: destination, SeqAdjust: netstat.SeqAdjust{
			Known: true, BeforeKnown: m.previous,
			// The kernel's numbers have 16 bits.
			Position: uint32(position), After: int32(int16(after)), Before: int32(int16(before)),
		}},
		// The file lacks the address that replaces the source's.
		Reply:   netstat.NATTuple{Source: destination, Destination: netip.AddrPortFrom(netip.Addr{}, uint16(port))},
		Timeout: ticks(expires),
	}
	return true, true
}

func (p *scanner) masqueradeEnd() (netip.AddrPort, bool) {
	ip, port, ok := p.pair()
	if !ok {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), uint16(port)), true
}
