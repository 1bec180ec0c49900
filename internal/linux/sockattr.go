package linux

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Attributes of a sock_diag reply (include/uapi/linux/inet_diag.h). The
// attributes up to diagSKMemInfo are requested by a bit of
// inet_diag_req_v2.idiag_ext. The others come with those or without a request.
const (
	diagInfo      = 2
	diagVegasInfo = 3
	diagCong      = 4
	diagTOS       = 5
	diagTClass    = 6
	diagSKMemInfo = 7
	diagShutdown  = 8
	diagDCTCPInfo = 9
	diagSKV6Only  = 11
	diagMark      = 15
	diagBBRInfo   = 16
	diagULPInfo   = 19
	diagCgroupID  = 21

	// Attributes of SCTP (inet_sctp_diag_fill in net/sctp/diag.c).
	diagLocals = 12
	diagPeers  = 13

	// diagExtInfo requests diagInfo and the upper layer protocols that come
	// with it.
	diagExtInfo = 1 << (diagInfo - 1)

	ulpInfoName  = 1
	ulpInfoTLS   = 2
	ulpInfoMPTCP = 3

	netlinkAttributeKind = 1<<14 - 1 // without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER
)

// diagOnlyFacts is the set of facts that a dump has and the files of /proc
// lack.
const diagOnlyFacts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactInterface | netstat.FactMark |
	netstat.FactCgroup | netstat.FactTOS | netstat.FactULP | netstat.FactAutobound | netstat.FactShutdown | netstat.FactV6Only

// diagAttributeFacts is the part of diagOnlyFacts that attributes hold.
const diagAttributeFacts = netstat.FactTCPInfo | netstat.FactMemory | netstat.FactMark | netstat.FactCgroup |
	netstat.FactTOS | netstat.FactULP | netstat.FactShutdown | netstat.FactV6Only

// diagExtensions returns the idiag_ext bits that request facts. SKMEMINFO
// (Linux 3.4) includes all of MEMINFO.
func diagExtensions(facts netstat.Facts) (bits uint8) {
	bit := func(attribute int) uint8 { return 1 << (attribute - 1) }
	if facts&netstat.FactTCPInfo != 0 {
		bits |= diagExtInfo | bit(diagVegasInfo) | bit(diagCong)
	}
	if facts&netstat.FactULP != 0 {
		bits |= diagExtInfo
	}
	if facts&netstat.FactMemory != 0 {
		bits |= bit(diagSKMemInfo)
	}
	if facts&netstat.FactTOS != 0 {
		bits |= bit(diagTOS) | bit(diagTClass)
	}
	return bits
}

// diagAttributes decodes the attributes of replies. Callers keep rows, so the
// memory that a row points to is never reused; it is allocated for many rows at
// once.
type diagAttributes struct {
	facts netstat.Facts // requested facts, of diagAttributeFacts
	// timer reports whether Timer is requested in full.
	timer bool
	// marked reports whether a row had a mark.
	marked bool

	infos    []netstat.TCPInfo
	memories []netstat.Memory
	subflows slab[netstat.SubflowDetail]

	length     int // bytes in the last struct tcp_info
	known      netstat.TCPFieldSet
	congestion string // the last name
}

const (
	diagInfoPiece   = 48  // about the largest size that is cheap to allocate
	diagMemoryPiece = 512 // likewise
)

// decode adds the facts in the attributes b of a record to s.
func (a *diagAttributes) decode(b []byte, s *netstat.Socket) {
	s.TCP, s.Memory, s.Detail = nil, nil, nil
	s.TOS, s.TClass, s.ULP, s.Mark, s.Cgroup, s.Flags = 0, 0, netstat.ULPNone, 0, 0, 0
	s.Absent = a.facts & (netstat.FactMark | netstat.FactCgroup | netstat.FactTOS | netstat.FactShutdown)
	if s.Table.Family == netstat.Inet6 {
		s.Absent |= a.facts & netstat.FactV6Only
	}
	if s.Inode == 0 && (s.State == netstat.TimeWait || s.State == netstat.FinWait2 || s.State == netstat.SynReceived) {
		// A socket that is not a full socket has no control group.
		s.Absent &^= netstat.FactCgroup
	}
	order := binary.NativeEndian
	for len(b) >= netlink.AttributeSize {
		size := int(order.Uint16(b))
		if size < netlink.AttributeSize || size > len(b) {
			return
		}
		data := b[netlink.AttributeSize:size]
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
				decodeMemory(data, s)
			}
		case diagTOS:
			if len(data) >= 1 {
				s.TOS = data[0]
				s.Absent &^= netstat.FactTOS
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
		case diagShutdown:
			if a.facts&netstat.FactShutdown != 0 && len(data) >= 1 {
				s.Flags |= shutdownFlags(data[0])
				s.Absent &^= netstat.FactShutdown
			}
		case diagSKV6Only:
			if a.facts&netstat.FactV6Only != 0 && len(data) >= 1 {
				if data[0] != 0 {
					s.Flags |= netstat.V6Only
				}
				s.Absent &^= netstat.FactV6Only
			}
		case diagULPInfo:
			if a.facts&netstat.FactULP != 0 {
				a.ulp(data, s)
			}
		}
		b = b[min((size+3)&^3, len(b)):]
	}
}

// shutdownFlags converts sk_shutdown (include/net/sock.h).
func shutdownFlags(bits byte) (f netstat.SocketFlags) {
	if bits&shutdownReceive != 0 {
		f |= netstat.ReceiveClosed
	}
	if bits&shutdownSend != 0 {
		f |= netstat.SendClosed
	}
	return f
}

// tcp returns the row's TCPInfo, and allocates it on first use.
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

// info decodes a struct tcp_info. SCTP uses the same attribute number for a
// different struct.
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

// decodeCongestion decodes the state of a congestion control algorithm. It
// ignores structs that are too short.
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

// decodeMemory decodes an array of SK_MEMINFO_* numbers of any length, in the
// order of the fields.
func decodeMemory(b []byte, s *netstat.Socket) {
	for f := range netstat.MemoryFields {
		at := 4 * int(f)
		if len(b) < at+4 {
			return
		}
		n := binary.NativeEndian.Uint32(b[at:])
		// Packets for a listening socket never wait in its backlog (tcp_v4_rcv of
		// net/ipv4/tcp_ipv4.c), but for one of SCTP: a 0 would read as that of listen(2).
		if f == netstat.MemoryBacklog && n == 0 && s.State == netstat.Listen && s.Table.Protocol != netstat.SCTP {
			continue
		}
		s.Memory.Set(f, n)
	}
}

// ulp decodes the attributes of an upper layer protocol.
func (a *diagAttributes) ulp(b []byte, s *netstat.Socket) {
	s.ULP = netstat.ULPOther
	familyAttributes(b, func(kind uint16, value []byte) {
		switch kind & netlinkAttributeKind {
		case ulpInfoName:
			name, _, _ := bytes.Cut(value, []byte{0})
			for u := netstat.ULPTLS; u < netstat.ULPOther; u++ {
				if string(name) == u.String() {
					s.ULP = u
				}
			}
		case ulpInfoTLS:
			s.Detail = decodeTLS(value)
		case ulpInfoMPTCP:
			d := a.subflows.next()
			decodeSubflowDetail(value, d)
			s.Detail = d
		}
	})
}

// A numberName is the name of a number.
type numberName struct {
	number uint16
	name   string
}

// Names that iproute2 uses for numbers of include/uapi/linux/tls.h.
var (
	tlsVersions = []numberName{{0x0303, "1.2"}, {0x0304, "1.3"}}
	tlsCiphers  = []numberName{
		{51, "aes-gcm-128"}, {52, "aes-gcm-256"}, {53, "aes-ccm-128"}, {54, "chacha20-poly1305"},
		{55, "sm4-gcm"}, {56, "sm4-ccm"}, {57, "aria-gcm-128"}, {58, "aria-gcm-256"},
	}
	tlsConfigurations = []numberName{{1, "none"}, {2, "sw"}, {3, "hw"}, {4, "hw-record"}}
)

// decodeTLS decodes TLS_INFO_* (tls_get_info in net/tls/tls_main.c).
func decodeTLS(b []byte) *netstat.TLSDetail {
	d := &netstat.TLSDetail{}
	familyAttributes(b, func(kind uint16, value []byte) {
		var number uint16
		if len(value) >= 2 {
			number = binary.NativeEndian.Uint16(value)
		}
		switch kind {
		case 1:
			d.Version = nameOr(tlsVersions, number, 16)
		case 2:
			d.Cipher = nameOr(tlsCiphers, number, 10)
		case 3:
			d.Transmit = nameOr(tlsConfigurations, number, 10)
		case 4:
			d.Receive = nameOr(tlsConfigurations, number, 10)
		case 5:
			d.ZeroCopy = true
		case 6:
			d.NoPadding = true
		}
	})
	return d
}

// nameOr returns the name of a number, the number in the given base if it has
// no name, or "" for 0 without a name.
func nameOr(names []numberName, number uint16, base int) string {
	for i := range names {
		if names[i].number == number {
			return names[i].name
		}
	}
	if number == 0 {
		return ""
	}
	text := strconv.FormatUint(uint64(number), base)
	if base == 16 {
		return "0x" + text
	}
	return text
}
