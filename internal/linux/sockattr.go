package linux

import (
	"bytes"
	"encoding/binary"
	"time"

	"netstat"
)

// Attributes of a sock_diag reply (include/uapi/linux/inet_diag.h). One up to
// diagSKMemInfo is asked for by a bit of inet_diag_req_v2.idiag_ext, the
// others come with those or unasked.
const (
	diagInfo      = 2
	diagVegasInfo = 3
	diagCong      = 4
	diagTOS       = 5
	diagTClass    = 6
	diagSKMemInfo = 7
	diagDCTCPInfo = 9
	diagMark      = 15
	diagBBRInfo   = 16
	diagULPInfo   = 19
	diagCgroupID  = 21

	ulpInfoName = 1

	netlinkAttributeKind = 1<<14 - 1 // without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER
)

// diagOnlyFacts are facts that only a dump has, not the files of /proc.
const diagOnlyFacts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactInterface | netstat.FactMark |
	netstat.FactCgroup | netstat.FactTOS | netstat.FactULP | netstat.FactAutobound

// diagAttributeFacts are those of them that stand in attributes.
const diagAttributeFacts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactMark | netstat.FactCgroup |
	netstat.FactTOS | netstat.FactULP

// diagExtensions returns what a dump has to be asked for to have facts.
// SKMEMINFO (Linux 3.4) has all that MEMINFO has.
func diagExtensions(facts netstat.Facts) (bits uint8) {
	bit := func(attribute int) uint8 { return 1 << (attribute - 1) }
	if facts&netstat.FactTCPInfo != 0 {
		bits |= bit(diagInfo) | bit(diagVegasInfo) | bit(diagCong)
	}
	if facts&netstat.FactULP != 0 {
		bits |= bit(diagInfo) // beside which it comes
	}
	if facts&netstat.FactMemory != 0 {
		bits |= bit(diagSKMemInfo)
	}
	if facts&netstat.FactTOS != 0 {
		bits |= bit(diagTOS) | bit(diagTClass)
	}
	return bits
}

// diagAttributes fills in what stands in the attributes of replies. Rows are
// kept by whoever gets them: what they point to is never used again, but is
// allocated in pieces of many.
type diagAttributes struct {
	facts netstat.Facts // the part of them in diagAttributeFacts
	// timer says that Timer is to be had in full.
	timer bool
	// marked says that some row had a mark.
	marked bool

	infos    []netstat.TCPInfo
	memories []netstat.Memory

	length     int // of the last struct tcp_info
	known      netstat.TCPFieldSet
	congestion string // the last name
}

const (
	diagInfoPiece   = 48  // about the largest object that is cheap to allocate
	diagMemoryPiece = 512 // as many rows
)

// decode fills s from the attributes b of its record.
func (a *diagAttributes) decode(b []byte, s *netstat.Socket) {
	s.TCP, s.Memory = nil, nil
	s.TOS, s.TClass, s.ULP, s.Mark, s.Cgroup = 0, 0, netstat.ULPNone, 0, 0
	s.Absent = a.facts & (netstat.FactMark | netstat.FactCgroup)
	if s.Inode == 0 && (s.State == netstat.TimeWait || s.State == netstat.FinWait2 || s.State == netstat.SynReceived) {
		// What is no full socket is in no control group.
		s.Absent &^= netstat.FactCgroup
	}
	order := binary.NativeEndian
	for len(b) >= netlinkAttributeSize {
		size := int(order.Uint16(b))
		if size < netlinkAttributeSize || size > len(b) {
			return
		}
		data := b[netlinkAttributeSize:size]
		switch order.Uint16(b[2:]) & netlinkAttributeKind {
		case diagInfo:
			a.info(data, s)
		case diagCong:
			if a.facts&netstat.FactTCPInfo != 0 {
				name, _, _ := bytes.Cut(data, []byte{0})
				if string(name) != a.congestion {
					a.congestion = string(name)
				}
				a.tcp(s).Congestion = a.congestion
			}
		case diagVegasInfo, diagDCTCPInfo, diagBBRInfo:
			if a.facts&netstat.FactTCPInfo != 0 {
				decodeCongestion(order.Uint16(b[2:])&netlinkAttributeKind, data, a.tcp(s))
			}
		case diagSKMemInfo:
			if a.facts&netstat.FactMemory != 0 && len(data) >= 4 {
				if len(a.memories) == 0 {
					a.memories = make([]netstat.Memory, diagMemoryPiece)
				}
				s.Memory = &a.memories[0]
				a.memories = a.memories[1:]
				decodeMemory(data, s.Memory)
			}
		case diagTOS:
			if len(data) >= 1 {
				s.TOS = data[0]
			}
		case diagTClass:
			if len(data) >= 1 {
				s.TClass = data[0]
			}
		case diagMark:
			if a.facts&netstat.FactMark != 0 && len(data) >= 4 {
				s.Mark = order.Uint32(data)
				s.Absent &^= netstat.FactMark
				a.marked = true
			}
		case diagCgroupID:
			if a.facts&netstat.FactCgroup != 0 && len(data) >= 8 {
				s.Cgroup = order.Uint64(data)
				s.Absent &^= netstat.FactCgroup
			}
		case diagULPInfo:
			if a.facts&netstat.FactULP != 0 {
				s.ULP = decodeULP(data)
			}
		}
		b = b[min((size+3)&^3, len(b)):]
	}
}

// tcp returns the row's TCPInfo, a new one if it has none yet.
func (a *diagAttributes) tcp(s *netstat.Socket) *netstat.TCPInfo {
	if s.TCP == nil {
		if len(a.infos) == 0 {
			a.infos = make([]netstat.TCPInfo, diagInfoPiece)
		}
		s.TCP = &a.infos[0]
		a.infos = a.infos[1:]
	}
	return s.TCP
}

// info takes a struct tcp_info. SCTP has another one of the same number.
func (a *diagAttributes) info(b []byte, s *netstat.Socket) {
	if s.Table.Protocol != netstat.TCP || len(b) < 8 {
		return
	}
	if a.timer && b[0] != tcpListen {
		s.Timer.Retransmits, s.Timer.Probes = uint32(b[2]), uint32(b[3])
	}
	if a.facts&netstat.FactTCPInfo == 0 {
		return
	}
	if len(b) != a.length {
		a.length, a.known = len(b), tcpInfoKnown(len(b))
	}
	decodeTCPInfo(b, a.known, a.tcp(s))
}

// decodeCongestion takes what a congestion control tells of itself. A short
// one tells nothing.
func decodeCongestion(kind uint16, b []byte, i *netstat.TCPInfo) {
	order := binary.NativeEndian
	word := func(n int) uint32 { return order.Uint32(b[4*n:]) }
	micro := func(n int) time.Duration { return time.Duration(word(n)) * time.Microsecond }
	switch {
	case kind == diagVegasInfo && len(b) >= 16:
		i.Vegas = &netstat.VegasInfo{Enabled: word(0) != 0, RTTCount: word(1), RTT: micro(2), MinRTT: micro(3)}
	case kind == diagDCTCPInfo && len(b) >= 16:
		i.DCTCP = &netstat.DCTCPInfo{
			Enabled: order.Uint16(b) != 0, CEState: order.Uint16(b[2:]),
			Alpha: word(1), ECNBytes: word(2), TotalBytes: word(3),
		}
	case kind == diagBBRInfo && len(b) >= 20:
		i.BBR = &netstat.BBRInfo{
			Bandwidth: uint64(word(0)) | uint64(word(1))<<32, MinRTT: micro(2),
			PacingGain: word(3), CWndGain: word(4),
		}
	}
}

// decodeMemory takes an array of SK_MEMINFO_* numbers of any length.
func decodeMemory(b []byte, m *netstat.Memory) {
	for f, p := range [...]*uint32{
		netstat.MemoryRMemAlloc: &m.RMemAlloc, netstat.MemoryRcvBuf: &m.RcvBuf,
		netstat.MemoryWMemAlloc: &m.WMemAlloc, netstat.MemorySndBuf: &m.SndBuf,
		netstat.MemoryFwdAlloc: &m.FwdAlloc, netstat.MemoryWMemQueued: &m.WMemQueued,
		netstat.MemoryOptMem: &m.OptMem, netstat.MemoryBacklog: &m.Backlog, netstat.MemoryDrops: &m.Drops,
	} {
		if len(b) < 4*f+4 {
			return
		}
		*p = binary.NativeEndian.Uint32(b[4*f:])
		m.Known |= 1 << f
	}
}

// decodeULP takes the attributes of an upper layer protocol.
func decodeULP(b []byte) netstat.ULP {
	order := binary.NativeEndian
	for len(b) >= netlinkAttributeSize {
		size := int(order.Uint16(b))
		if size < netlinkAttributeSize || size > len(b) {
			break
		}
		if order.Uint16(b[2:])&netlinkAttributeKind == ulpInfoName {
			name, _, _ := bytes.Cut(b[netlinkAttributeSize:size], []byte{0})
			for u := netstat.ULPTLS; u < netstat.ULPOther; u++ {
				if string(name) == u.String() {
					return u
				}
			}
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	return netstat.ULPOther
}
