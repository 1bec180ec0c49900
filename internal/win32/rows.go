package win32

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"netstat"
)

// absent are the facts that Windows lacks; for queues see estatsFinish.
const absent = netstat.FactQueues | netstat.FactUID | netstat.FactInode | netstat.FactTimer

// absentLater are those that rows mark as absent only if requested.
const absentLater = netstat.FactInterface | netstat.FactMark | netstat.FactCgroup | netstat.FactTOS | netstat.FactAutobound |
	netstat.FactShutdown | netstat.FactV6Only | netstat.FactMemory | netstat.FactULP

// tcpStates are the values of MIB_TCP_STATE (tcpmib.h).
var tcpStates = [...]netstat.State{
	1: netstat.Closed, 2: netstat.Listen, 3: netstat.SynSent, 4: netstat.SynReceived,
	5: netstat.Established, 6: netstat.FinWait1, 7: netstat.FinWait2, 8: netstat.CloseWait,
	9: netstat.Closing, 10: netstat.LastAck, 11: netstat.TimeWait, 12: netstat.DeleteTCB,
}

func tcpState(n uint32) netstat.State {
	if n < uint32(len(tcpStates)) {
		return tcpStates[n]
	}
	return netstat.StateUnknown
}

// offloadStates are the values of TCP_CONNECTION_OFFLOAD_STATE (tcpmib.h).
var offloadStates = [...]netstat.OffloadState{
	netstat.OffloadInHost, netstat.OffloadOffloading, netstat.OffloadOffloaded, netstat.OffloadUploading,
}

func word(b []byte, at int) uint32    { return binary.LittleEndian.Uint32(b[at:]) }
func quad(b []byte, at int) uint64    { return binary.LittleEndian.Uint64(b[at:]) }
func netPort(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) } // the upper half may be garbage

// rows returns the complete rows of a table; short reports whether its count exceeds
// its memory.
func (l *rowLayout) rows(table []byte) (rows []byte, short bool) {
	return countedRows(table, l.table, l.size)
}

func countedRows(table []byte, first, size int) (rows []byte, short bool) {
	if len(table) < 4 {
		return nil, true
	}
	n := uint64(word(table, 0))
	if n == 0 {
		return nil, false
	}
	if len(table) < first {
		return nil, true
	}
	room := uint64((len(table) - first) / size)
	if short = n > room; short {
		n = room
	}
	return table[first : first+int(n)*size], short
}

// decode sets in s the fields of a row: the TCP state, the ends and PID. It leaves
// fields that the row lacks unchanged.
func (l *rowLayout) decode(row []byte, s *netstat.Socket) {
	_ = row[l.size-1]
	l.end(row, l.local, l.localScope, l.localPort, &s.Local)
	if l.remotePort > 0 {
		l.end(row, l.remote, l.remoteScope, l.remotePort, &s.Remote)
	}
	if l.state >= 0 {
		s.State = tcpState(word(row, l.state))
	}
	if l.pid > 0 {
		s.PID = word(row, l.pid)
	}
}

func (l *rowLayout) end(row []byte, addr, scope, port int, a *netstat.Addr) {
	a.Port = netPort(row, port)
	a.Scope = 0
	if !l.scoped {
		a.IP = netip.AddrFrom4([4]byte(row[addr:]))
		return
	}
	a.IP = netip.AddrFrom16([16]byte(row[addr:]))
	// A scope is meaningful only for these; Wine 8.0 has one for ::1.
	if a.IP.IsLinkLocalUnicast() || a.IP.IsLinkLocalMulticast() {
		a.Scope = word(row, scope)
	}
}

// offloadOf returns the offload state of a row that has one.
func (l *rowLayout) offloadOf(row []byte) netstat.OffloadState {
	if n := word(row, l.offload); n < uint32(len(offloadStates)) {
		return offloadStates[n]
	}
	return netstat.OffloadUnknown
}

// unixEpoch is the start of 1970 as a FILETIME: units of 100 nanoseconds since 1601.
const unixEpoch = 116444736000000000

// fileTime converts a FILETIME to a Time. It returns the zero Time for 0 and for values
// beyond the range of SYSTEMTIME.
func fileTime(ft uint64) time.Time {
	const lastYear = 9223372036854775807 // a negative FILETIME is invalid
	if ft == 0 || ft > lastYear {
		return time.Time{}
	}
	hundreds := int64(ft) - unixEpoch
	return time.Unix(hundreds/1e7, hundreds%1e7*100).UTC()
}

// utf16Text decodes UTF-16 up to a NUL or the end of b. Lone surrogates become U+FFFD.
func utf16Text(b []byte) string {
	var room [128]byte
	out := room[:0]
	for len(b) >= 2 {
		r := rune(binary.LittleEndian.Uint16(b))
		b = b[2:]
		if r == 0 {
			break
		}
		if utf16.IsSurrogate(r) {
			if len(b) >= 2 {
				if pair := utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b))); pair != utf8.RuneError {
					out = utf8.AppendRune(out, pair)
					b = b[2:]
					continue
				}
			}
			r = utf8.RuneError
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// pointerAt returns the target of a pointer in memory starting at base; ok is false if
// the target is outside.
func (p *pointers) pointerAt(memory []byte, base uint64, at int) (to []byte, ok bool) {
	ptr := p.value(memory, at)
	if ptr < base || ptr-base >= uint64(len(memory)) {
		return nil, false
	}
	return memory[ptr-base:], true
}

// value returns the address in a pointer.
func (p *pointers) value(memory []byte, at int) uint64 {
	if at+p.size > len(memory) {
		return 0
	}
	if p.size == 4 {
		return uint64(word(memory, at))
	}
	return quad(memory, at)
}

// textAt returns the text that a pointer leads to; empty for none.
func (p *pointers) textAt(memory []byte, base uint64, at int) string {
	to, ok := p.pointerAt(memory, base, at)
	if !ok {
		return ""
	}
	return utf16Text(to)
}

// unicodeString returns the text of a UNICODE_STRING at the start of memory, whose
// address is base; empty if memory does not hold it.
func (p *pointers) unicodeString(memory []byte, base uint64) string {
	to, ok := p.pointerAt(memory, base, p.unicodeText)
	if !ok {
		return ""
	}
	return utf16Text(to[:min(len(to), int(uint16(word(memory, 0))))])
}

// decodeOwnerModule decodes TCPIP_OWNER_MODULE_BASIC_INFO, whose texts follow in the
// same memory.
func decodeOwnerModule(memory []byte, base uint64, p *pointers) (name, path string) {
	return p.textAt(memory, base, moduleNameOffset), p.textAt(memory, base, moduleNameOffset+p.size)
}
