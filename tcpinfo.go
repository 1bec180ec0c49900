package netstat

import (
	"math"
	"time"
)

// TCPInfo is the internal state of a TCP connection: struct tcp_info of
// include/uapi/linux/tcp.h and the numbers of the congestion control; on Windows the
// numbers of GetPerTcpConnectionEStats, in the same fields if they mean the same.
// Kernels report different fields, so a zero may mean unknown: call [TCPInfo.Has] or
// [TCPInfo.Value]. Sockets in TIME-WAIT and requests have no TCPInfo. A TCPInfo is
// immutable once delivered.
//
// Rates are in bytes per second. Windows are in bytes, or in segments where the field
// says so.
type TCPInfo struct {
	// Known is the set of known fields.
	Known TCPFieldSet

	// Congestion is the name of the congestion control, such as "cubic"; empty if
	// unknown. It is short and chosen by the kernel.
	Congestion string
	// Vegas, DCTCP and BBR hold the numbers of those congestion controls; nil for
	// connections with another one.
	Vegas *VegasInfo
	DCTCP *DCTCPInfo
	BBR   *BBRInfo
	// EStats holds the numbers that only Windows collects; nil elsewhere. Known says
	// which of them are known.
	EStats *EStats

	CAState            CAState       // congestion control state
	Retransmits        uint32        // unanswered retransmissions in a row, 0 once data is acknowledged
	Probes             uint32        // unanswered zero-window or keepalive probes
	Backoff            uint32        // number of times the retransmission timeout was doubled
	Timestamps         bool          // timestamps (RFC 7323) are in use
	SACK               bool          // selective acknowledgements (RFC 2018) are in use
	WindowScale        bool          // window scaling (RFC 7323) is in use
	ECN                bool          // explicit congestion notification (RFC 3168) is in use
	ECNSeen            bool          // an ECN-capable packet was received
	FastOpen           bool          // data in the SYN was acknowledged (TCP Fast Open, RFC 7413)
	UsecTimestamps     bool          // timestamps count microseconds (Linux 6.7)
	FastOpenChild      bool          // server socket created by a Fast Open SYN (Linux 6.14)
	SndWScale          uint32        // window scale announced by the peer
	RcvWScale          uint32        // window scale announced to the peer
	AppLimited         bool          // DeliveryRate was limited by the application (Linux 4.9)
	FastOpenFail       uint32        // why a client's Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 if it did not fail (Linux 5.5)
	RTO                time.Duration // retransmission timeout
	ATO                time.Duration // delayed acknowledgement timeout
	MSS                uint32        // largest segment to send
	RcvMSS             uint32        // estimated largest segment received
	Unacked            uint32        // segments sent and not acknowledged
	Sacked             uint32        // unacknowledged segments that were selectively acknowledged
	Lost               uint32        // unacknowledged segments considered lost
	Retrans            uint32        // unacknowledged segments that were retransmitted
	Fackets            uint32        // segments up to the highest selectively acknowledged one; 0 since Linux 4.15
	LastDataSent       time.Duration // time since data was last sent
	LastDataRecv       time.Duration // time since data was last received
	LastAckRecv        time.Duration // time since an acknowledgement was last received
	PMTU               uint32        // path MTU
	RcvSSThresh        uint32        // largest window to announce at present
	RTT                time.Duration // smoothed round-trip time
	RTTVar             time.Duration // mean deviation of the round-trip time
	SSThresh           uint32        // slow start threshold, in segments; absent until a loss sets it
	CWnd               uint32        // congestion window, in segments
	AdvMSS             uint32        // largest segment announced to the peer
	Reordering         uint32        // segments that may be reordered before one is considered lost
	RcvRTT             time.Duration // receiver's estimate of the round-trip time; 0 if there is none yet
	RcvSpace           uint32        // receive buffer space used for buffer tuning
	TotalRetrans       uint32        // segments retransmitted since the connection began
	PacingRate         uint64        // pacing rate; absent if there is no limit
	MaxPacingRate      uint64        // upper limit of PacingRate (SO_MAX_PACING_RATE); absent if there is none
	BytesAcked         uint64        // bytes sent and acknowledged (Linux 4.1)
	BytesReceived      uint64        // bytes received in order (Linux 4.1)
	SegsOut            uint64        // segments sent, including those without data (Linux 4.2)
	SegsIn             uint64        // segments received, including those without data (Linux 4.2)
	NotSent            uint64        // bytes written and not yet sent (Linux 4.6)
	MinRTT             time.Duration // recent minimum round-trip time; absent until measured (Linux 4.6)
	DataSegsIn         uint64        // segments with data received (Linux 4.6)
	DataSegsOut        uint64        // segments with data sent (Linux 4.6)
	DeliveryRate       uint64        // recent rate at which data reached the peer (Linux 4.9)
	BusyTime           time.Duration // time with data to send (Linux 4.10)
	RWndLimited        time.Duration // part of BusyTime limited by the peer's window (Linux 4.10)
	SndBufLimited      time.Duration // part of BusyTime limited by the send buffer (Linux 4.10)
	Delivered          uint32        // segments delivered, including retransmissions (Linux 4.18)
	DeliveredCE        uint32        // delivered segments that met congestion (Linux 4.18)
	BytesSent          uint64        // data bytes sent, including retransmissions (Linux 4.19)
	BytesRetrans       uint64        // data bytes retransmitted (Linux 4.19)
	DSACKDups          uint32        // segments that the peer reported as received twice (DSACK, Linux 4.19)
	ReordSeen          uint32        // reordering events seen (Linux 4.19)
	RcvOOOPack         uint32        // segments received out of order (Linux 5.4)
	SndWnd             uint32        // window announced by the peer (Linux 5.4)
	RcvWnd             uint32        // window announced to the peer (Linux 6.2)
	Rehash             uint32        // times another path was tried, for load or after a timeout (Linux 6.2)
	TotalRTO           uint32        // retransmission timeouts since the connection began (Linux 6.7)
	TotalRTORecoveries uint32        // recoveries from retransmission timeouts (Linux 6.7)
	TotalRTOTime       time.Duration // time spent in such recoveries (Linux 6.7)
	ReceivedCE         uint32        // received segments that met congestion (this and the rest: Linux 6.18, accurate ECN)
	DeliveredE1Bytes   uint32        // bytes delivered with ECN code point 01
	DeliveredE0Bytes   uint32        // bytes delivered with ECN code point 10
	DeliveredCEBytes   uint32        // bytes delivered that met congestion
	ReceivedE1Bytes    uint32        // bytes received with ECN code point 01
	ReceivedE0Bytes    uint32        // bytes received with ECN code point 10
	ReceivedCEBytes    uint32        // bytes received that met congestion
	AccECNFailMode     uint32        // bits showing how the negotiation of accurate ECN failed; 0 if it did not
	AccECNOptSeen      uint32        // the peer's accurate ECN option: 0 not seen, 1 seen empty, 2 seen with counters
}

// CAState is a congestion control state (enum tcp_ca_state in
// include/uapi/linux/tcp.h).
type CAState uint8

const (
	CAOpen     CAState = iota // no congestion
	CADisorder                // duplicate or selective acknowledgements received
	CACWR                     // window being reduced after a congestion signal
	CARecovery                // retransmitting lost segments
	CALoss                    // retransmission timeout expired
)

var caStateNames = [...]string{"open", "disorder", "cwr", "recovery", "loss"}

// String returns the lower-case name, or "unknown" for an undefined value.
func (c CAState) String() string {
	if int(c) < len(caStateNames) {
		return caStateNames[c]
	}
	return "unknown"
}

// VegasInfo holds the numbers of TCP Vegas and of similar congestion controls (struct
// tcpvegas_info in include/uapi/linux/inet_diag.h).
type VegasInfo struct {
	Enabled  bool
	RTTCount uint32        // round-trip times measured in this round
	RTT      time.Duration // minimum of this round
	MinRTT   time.Duration // minimum of the connection
}

// DCTCPInfo holds the numbers of Data Center TCP (struct tcp_dctcp_info).
type DCTCPInfo struct {
	Enabled    bool
	CEState    uint16 // 1 if the last segment met congestion
	Alpha      uint32 // estimated fraction of marked bytes, in 1024ths
	ECNBytes   uint32 // bytes acknowledged in this round that met congestion
	TotalBytes uint32 // bytes acknowledged in this round
}

// BBRInfo holds the numbers of BBR (struct tcp_bbr_info).
type BBRInfo struct {
	Bandwidth  uint64        // estimated bandwidth, in bytes per second
	MinRTT     time.Duration // recent minimum round-trip time
	PacingGain uint32        // gain of the pacing rate, in 256ths
	CWndGain   uint32        // gain of the congestion window, in 256ths
}

// EStats holds numbers of RFC 4898 and others that Windows collects for connections on
// which an administrator has enabled them (GetPerTcpConnectionEStats). Field f, from
// [TCPActiveOpen] on, is at index f - TCPActiveOpen; [TCPInfo.Value] reads it. Counters
// from this source start when collection is enabled.
type EStats [TCPFields - TCPActiveOpen]uint64

// Has reports whether the field is known.
func (i *TCPInfo) Has(f TCPField) bool {
	if f < TCPVegasEnabled {
		return i.Known.Has(f)
	}
	return f < TCPDCTCPEnabled && i.Vegas != nil ||
		f >= TCPDCTCPEnabled && f < TCPBBRBandwidth && i.DCTCP != nil ||
		f >= TCPBBRBandwidth && f < TCPActiveOpen && i.BBR != nil ||
		f >= TCPActiveOpen && i.EStats != nil && i.Known.Has(f)
}

// Value returns the number of a field, in the unit of f.Kind; false if it is unknown.
func (i *TCPInfo) Value(f TCPField) (uint64, bool) {
	if !i.Has(f) {
		return 0, false
	}
	if f >= TCPActiveOpen {
		return i.EStats[f-TCPActiveOpen], true
	}
	switch at := tcpFields[f].at(i).(type) {
	case *uint32:
		return uint64(*at), true
	case *uint64:
		return *at, true
	case *time.Duration:
		return uint64(*at), true
	case *bool:
		return flagValue(*at), true
	case *uint16:
		return uint64(*at), true
	case *CAState:
		return uint64(*at), true
	}
	return 0, false
}

// Set is the reverse of Value: it stores n, truncated to the width of the field, and
// marks the field known. It ignores a field that does not exist.
func (i *TCPInfo) Set(f TCPField, n uint64) {
	switch {
	case f < TCPVegasEnabled:
		i.Known.Add(f)
	case f < TCPDCTCPEnabled:
		if i.Vegas == nil {
			i.Vegas = new(VegasInfo)
		}
	case f < TCPBBRBandwidth:
		if i.DCTCP == nil {
			i.DCTCP = new(DCTCPInfo)
		}
	case f < TCPActiveOpen:
		if i.BBR == nil {
			i.BBR = new(BBRInfo)
		}
	case f < TCPFields:
		i.Known.Add(f)
		if i.EStats == nil {
			i.EStats = new(EStats)
		}
		i.EStats[f-TCPActiveOpen] = n
		return
	default:
		return
	}
	switch at := tcpFields[f].at(i).(type) {
	case *uint32:
		*at = uint32(n)
	case *uint64:
		*at = n
	case *time.Duration:
		*at = time.Duration(n)
	case *bool:
		*at = n != 0
	case *uint16:
		*at = uint16(n)
	case *CAState:
		*at = CAState(n)
	}
}

// SendRate returns the rate in bytes per second at which TCP can send if only the
// congestion window limits it: one window per round-trip time. ss calls it "send". ok
// is false if CWnd, MSS or RTT is unknown.
func (i *TCPInfo) SendRate() (rate uint64, ok bool) {
	if !i.Has(TCPCWnd) || !i.Has(TCPMSS) || !i.Has(TCPRTT) || i.CWnd == 0 || i.MSS == 0 || i.RTT <= 0 {
		return 0, false
	}
	r := float64(i.CWnd) * float64(i.MSS) * float64(time.Second) / float64(i.RTT)
	if r >= math.MaxUint64 {
		return math.MaxUint64, true
	}
	return uint64(math.Round(r)), true
}

func flagValue(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}
