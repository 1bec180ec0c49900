package linux

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"

	"netstat"
)

// scanner reads numbers from a line of /proc like sscanf(3), because the kernel
// keeps these formats for programs that use it. After a failed read the scanner
// must not be used.
type scanner struct {
	b  []byte
	at int
}

func (p *scanner) skipBlanks() {
	b, at := p.b, p.at
	for at < len(b) && (b[at] == ' ' || b[at]-'\t' < 5) {
		at++
	}
	p.at = at
}

func (p *scanner) literal(c byte) bool {
	if p.at < len(p.b) && p.b[p.at] == c {
		p.at++
		return true
	}
	return false
}

// hexDigits maps each hexadecimal digit to its value plus one.
var hexDigits = [256]uint8{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10,
	'A': 11, 'B': 12, 'C': 13, 'D': 14, 'E': 15, 'F': 16,
	'a': 11, 'b': 12, 'c': 13, 'd': 14, 'e': 15, 'f': 16,
}

// hexToken returns the next hexadecimal digits, possibly none.
func (p *scanner) hexToken() []byte {
	b, at := p.b, p.at
	for at < len(b) && hexDigits[b[at]] != 0 {
		at++
	}
	token := b[p.at:at]
	p.at = at
	return token
}

// hex reads a hexadecimal number. A number that is too large becomes the
// largest.
func (p *scanner) hex() (v uint64, ok bool) {
	p.skipBlanks()
	b, at, overflow := p.b, p.at, uint64(0)
	for at < len(b) {
		d := hexDigits[b[at]]
		if d == 0 {
			break
		}
		overflow |= v >> 60
		v = v<<4 | uint64(d-1)
		at++
	}
	if overflow != 0 {
		v = math.MaxUint64
	}
	ok = at > p.at
	p.at = at
	return v, ok
}

// decimal reads a decimal number with an optional sign. A number that is too
// large becomes the largest, a negative one its two's complement.
func (p *scanner) decimal() (v uint64, ok bool) {
	p.skipBlanks()
	negative := p.literal('-')
	b, at, overflow := p.b, p.at, false
	for at < len(b) {
		d := b[at] - '0'
		if d > 9 {
			break
		}
		overflow = overflow || v > (math.MaxUint64-uint64(d))/10
		v = v*10 + uint64(d)
		at++
	}
	if overflow {
		v = math.MaxUint64
	}
	if negative {
		v = -v
	}
	ok = at > p.at
	p.at = at
	return v, ok
}

// end reads an address and port of /proc/net/tcp: the address as 32-bit words
// in the machine's byte order, the port as a number.
func (p *scanner) end(a *netstat.Addr) bool {
	p.skipBlanks()
	token := p.hexToken()
	switch {
	case len(token) == 0:
		return false
	case len(token) <= 8:
		var ip [4]byte
		binary.NativeEndian.PutUint32(ip[:], hexWord(token))
		a.IP = netip.AddrFrom4(ip)
	case len(token) == 32:
		var ip [16]byte
		for i := range 4 {
			binary.NativeEndian.PutUint32(ip[4*i:], hexWord(token[8*i:8*i+8]))
		}
		a.IP = netip.AddrFrom16(ip)
	default:
		return false
	}
	if !p.literal(':') {
		return false
	}
	port, ok := p.hex()
	a.Port = uint16(port)
	return ok
}

// hexWord converts at most eight hexadecimal digits.
func hexWord(digits []byte) (v uint32) {
	for _, c := range digits {
		v = v<<4 | uint32(hexDigits[c]-1)
	}
	return v
}

// pair reads two hexadecimal numbers separated by a colon.
func (p *scanner) pair() (a, b uint64, ok bool) {
	if a, ok = p.hex(); !ok || !p.literal(':') {
		return 0, 0, false
	}
	b, ok = p.hex()
	return a, b, ok
}

// parseNet fills s from a line of /proc/net/tcp, udp, udplite, raw or their
// IPv6 counterparts, without allocating. s.Table must be set. It returns false
// for a line that lacks a field up to the retransmission count (TCP) or the
// timer (others), which net-tools calls bogus. Later fields may be missing and
// are then 0.
//
// The format is that of get_tcp4_sock (net/ipv4/tcp_ipv4.c):
//
//	sl: local:port remote:port st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode references address …
func parseNet(line []byte, s *netstat.Socket) bool {
	var id netIdentity
	return parseNetRow(line, s, &id)
}

// parseNetRow does the same and fills id with what identifies the row.
func parseNetRow(line []byte, s *netstat.Socket, id *netIdentity) bool {
	*id = netIdentity{}
	p := scanner{b: line}
	if _, ok := p.decimal(); !ok || !p.literal(':') {
		return false
	}
	ends := p.at
	if !p.end(&s.Local) || !p.end(&s.Remote) {
		return false
	}
	id.ends = line[ends:p.at]
	state, ok := p.hex()
	if !ok {
		return false
	}
	s.State = stateOf(state)
	if s.SendQ, s.RecvQ, ok = p.pair(); !ok {
		return false
	}
	code, when, ok := p.pair()
	if !ok {
		return false
	}
	retransmits, ok := p.hex()
	if !ok && s.Table.Protocol == netstat.TCP {
		return false
	}
	var uid, timeout, inode uint64
	if ok {
		if uid, ok = p.decimal(); ok {
			if timeout, ok = p.decimal(); ok {
				if inode, ok = p.decimal(); ok {
					id.address = p.kernelAddress()
				}
			}
		}
	}
	s.UID = uint32(uid)
	s.Inode = inode
	s.Timer = netstat.Timer{
		Kind:        timerOf(code),
		Code:        uint8(min(code, math.MaxUint8)),
		Expires:     ticks(when),
		Retransmits: uint32(min(retransmits, math.MaxUint32)),
		Probes:      uint32(timeout),
	}
	return true
}

// kernelAddress reads the fields after the inode: a count of references and the
// address of the kernel's structure.
func (p *scanner) kernelAddress() []byte {
	if _, ok := p.decimal(); !ok {
		return nil
	}
	p.skipBlanks()
	if token := p.hexToken(); !allZero(token) {
		return token
	}
	return nil
}

// ticks converts clock ticks. In /proc a second has 100 of them on every
// architecture (USER_HZ).
func ticks(n uint64) time.Duration {
	const tick = time.Second / 100
	if n > uint64(math.MaxInt64/tick) {
		return math.MaxInt64
	}
	return time.Duration(n) * tick
}
