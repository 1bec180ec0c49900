package linux

import (
	"net/netip"
	"time"

	"netstat"
)

// parseConntrack fills row from a line of /proc/net/nf_conntrack as ct_seq_show
// (net/netfilter/nf_conntrack_standalone.c) writes it, and reports whether it
// is a translated IPv4 session. ok is false for a line without two directions.
//
//	ipv4 2 tcp 6 SECONDS STATE src= dst= sport= dport= … [UNREPLIED] src= dst= sport= dport= … [ASSURED] …
//
// SECONDS and STATE are missing if the kernel keeps neither. The file lacks the
// shift of sequence numbers.
func parseConntrack(line []byte, row *netstat.NATSession) (translated, ok bool) {
	p := scanner{b: line}
	family := p.word()
	if string(family) != "ipv4" {
		// The kernel writes "unknown" for a family without a name.
		return false, string(family) == "ipv6" || string(family) == "unknown"
	}
	if _, ok := p.decimal(); !ok {
		return false, false
	}
	p.word()
	protocol, ok := p.decimal()
	if !ok || protocol > 255 {
		return false, false
	}
	timeout := time.Duration(-1)
	if n, ok := p.decimal(); ok {
		timeout = seconds(n)
	}
	var (
		s      ctSession
		status = netstat.NATReplied
		state  []byte
		tuple  = &s.original
	)
	s.original.protocol = uint8(protocol)
	for {
		word := p.word()
		if len(word) == 0 {
			break
		}
		if word[0] == '[' {
			switch string(word) {
			case "[UNREPLIED]":
				status &^= netstat.NATReplied
			case "[ASSURED]":
				status |= netstat.NATAssured
			case "[OFFLOAD]", "[HW_OFFLOAD]":
				status |= netstat.NATOffloaded
			}
			continue
		}
		key, value := cutKey(word)
		switch string(key) {
		case "":
			if state == nil && !s.original.src.IsValid() {
				state = word
			}
		case "src":
			if s.original.src.IsValid() {
				if s.reply.src.IsValid() {
					return false, false
				}
				tuple = &s.reply
			}
			tuple.src = dottedQuad(value)
		case "dst":
			tuple.dst = dottedQuad(value)
		case "sport":
			tuple.srcPort = portNumber(value)
		case "dport":
			tuple.dstPort = portNumber(value)
		case "srckey":
			tuple.srcPort = greKey(value)
		case "dstkey":
			tuple.dstPort = greKey(value)
		case "id":
			tuple.icmpID = portNumber(value)
		case "type":
			tuple.icmpType = uint8(portNumber(value))
		case "code":
			tuple.code = uint8(portNumber(value))
		}
	}
	if !s.complete() {
		return false, false
	}
	if !s.session(row) {
		return false, true
	}
	row.Timeout = timeout
	row.Status = status
	switch row.Protocol {
	case netstat.TCP:
		for i := range conntrackTCPStates {
			if string(state) == conntrackTCPStates[i].name {
				row.State = conntrackTCPStates[i].state
			}
		}
	case netstat.SCTP:
		for i := range conntrackSCTPStates {
			if string(state) == conntrackSCTPStates[i].name {
				row.AssocState = conntrackSCTPStates[i].state
			}
		}
	}
	return true, true
}

// appendTracked appends what identifies the connection of a line: the addresses
// of both directions and the zone, but nothing that changes over time.
func appendTracked(b, line []byte) []byte {
	p := scanner{b: line}
	if len(p.word()) == 0 {
		return b
	}
	p.decimal()
	b = append(b, p.word()...)
	for {
		word := p.word()
		if len(word) == 0 {
			return b
		}
		switch key, _ := cutKey(word); string(key) {
		case "", "packets", "bytes", "mark", "use", "secctx", "delta-time":
		default:
			b = append(append(b, ' '), word...)
		}
	}
}

// cutKey splits key=value. The key is empty if there is no "=".
func cutKey(word []byte) (key, value []byte) {
	for i, c := range word {
		if c == '=' {
			return word[:i], word[i+1:]
		}
	}
	return nil, word
}

// dottedQuad parses an IPv4 address. It returns the zero Addr for anything
// else.
func dottedQuad(b []byte) netip.Addr {
	var ip [4]byte
	p := scanner{b: b}
	for i := range ip {
		if i > 0 && !p.literal('.') || p.at >= len(b) || b[p.at]-'0' > 9 {
			return netip.Addr{}
		}
		v, _ := p.decimal()
		if v > 255 {
			return netip.Addr{}
		}
		ip[i] = byte(v)
	}
	if p.at != len(b) {
		return netip.Addr{}
	}
	return netip.AddrFrom4(ip)
}

func portNumber(b []byte) uint16 {
	p := scanner{b: b}
	v, _ := p.decimal()
	return uint16(v)
}

// greKey parses a number such as 0x1f.
func greKey(b []byte) uint16 {
	p := scanner{b: b}
	v, _ := p.hex()
	if p.literal('x') {
		v, _ = p.hex()
	}
	return uint16(v)
}

func seconds(n uint64) time.Duration {
	const most = 1<<63/uint64(time.Second) - 1
	return time.Duration(min(n, most)) * time.Second
}
