package netstat

import (
	"math"
	"time"
)

// TCPInfo is what the kernel knows of the inside of a TCP connection: struct
// tcp_info of include/uapi/linux/tcp.h and what the congestion control adds; on
// Windows what GetPerTcpConnectionEStats tells, in the same fields where it means the same.
// Kernels differ in what they tell, so that a zero may mean "not told": ask
// [TCPInfo.Has] or [TCPInfo.Value]. Sockets in TIME-WAIT and requests have no
// TCPInfo. A TCPInfo is not changed once it is delivered.
//
// Rates are in bytes per second; windows are in bytes or, where it says so, in
// segments.
type TCPInfo struct {
	// Known are the fields that were told.
	Known TCPFieldSet

	// Congestion is the name of the congestion control, such as "cubic"; empty
	// where not known. It is short and of the kernel's own making.
	Congestion string
	// Vegas, DCTCP and BBR are what those congestion controls tell of
	// themselves, and nil for connections with another one.
	Vegas *VegasInfo
	DCTCP *DCTCPInfo
	BBR   *BBRInfo
	// EStats are the numbers that Windows alone collects, and nil elsewhere. Known
	// says which of them were told.
	EStats *EStats

	CAState            CAState       // state of congestion control
	Retransmits        uint32        // unanswered retransmissions in a row, 0 once data is acknowledged
	Probes             uint32        // unanswered zero-window or keepalive probes
	Backoff            uint32        // how often the retransmission timeout has been doubled
	Timestamps         bool          // timestamps (RFC 7323) were agreed on
	SACK               bool          // selective acknowledgements (RFC 2018) were agreed on
	WindowScale        bool          // window scaling (RFC 7323) was agreed on
	ECN                bool          // explicit congestion notification (RFC 3168) was agreed on
	ECNSeen            bool          // a packet that can carry ECN has come in
	FastOpen           bool          // data in the SYN was acknowledged (TCP Fast Open, RFC 7413)
	UsecTimestamps     bool          // timestamps count microseconds (Linux 6.7)
	FastOpenChild      bool          // a server's socket, made by a Fast Open SYN (Linux 6.14)
	SndWScale          uint32        // shift of the window that the peer announces
	RcvWScale          uint32        // shift of the window announced to the peer
	AppLimited         bool          // DeliveryRate was limited by the application (Linux 4.9)
	FastOpenFail       uint32        // why a client's Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 the SYN was repeated; 0 if it did not (Linux 5.5)
	RTO                time.Duration // retransmission timeout
	ATO                time.Duration // timeout of delayed acknowledgements
	MSS                uint32        // largest segment to send
	RcvMSS             uint32        // largest segment that is likely to come in
	Unacked            uint32        // segments sent and not acknowledged
	Sacked             uint32        // of those, segments acknowledged selectively
	Lost               uint32        // of those, segments taken for lost
	Retrans            uint32        // of those, segments that were sent again
	Fackets            uint32        // segments up to the highest one acknowledged selectively; 0 since Linux 4.15
	LastDataSent       time.Duration // time since data was sent last
	LastDataRecv       time.Duration // time since data came in last
	LastAckRecv        time.Duration // time since an acknowledgement came in last
	PMTU               uint32        // path MTU
	RcvSSThresh        uint32        // largest window to announce for now
	RTT                time.Duration // smoothed round-trip time
	RTTVar             time.Duration // mean deviation of the round-trip time
	SSThresh           uint32        // slow start threshold, in segments; absent until a loss has set one
	CWnd               uint32        // congestion window, in segments
	AdvMSS             uint32        // largest segment announced to the peer
	Reordering         uint32        // segments that may overtake each other without one being taken for lost
	RcvRTT             time.Duration // round-trip time as the receiver estimates it, 0 for none yet
	RcvSpace           uint32        // receive buffer space that the kernel reckons with
	TotalRetrans       uint32        // segments retransmitted since the connection began
	PacingRate         uint64        // limit at which data leaves; absent where there is none
	MaxPacingRate      uint64        // the largest PacingRate (SO_MAX_PACING_RATE); absent where there is none
	BytesAcked         uint64        // bytes sent that were acknowledged (Linux 4.1)
	BytesReceived      uint64        // bytes received in order (Linux 4.1)
	SegsOut            uint64        // segments sent, also ones without data (Linux 4.2)
	SegsIn             uint64        // segments received, also ones without data (Linux 4.2)
	NotSent            uint64        // bytes written and not sent yet (Linux 4.6)
	MinRTT             time.Duration // smallest round-trip time of late; absent until one was measured (Linux 4.6)
	DataSegsIn         uint64        // segments with data received (Linux 4.6)
	DataSegsOut        uint64        // segments with data sent (Linux 4.6)
	DeliveryRate       uint64        // rate at which data reached the peer of late (Linux 4.9)
	BusyTime           time.Duration // time with data to send (Linux 4.10)
	RWndLimited        time.Duration // of that, time limited by the peer's window (Linux 4.10)
	SndBufLimited      time.Duration // of that, time limited by the send buffer (Linux 4.10)
	Delivered          uint32        // segments delivered, also ones sent again (Linux 4.18)
	DeliveredCE        uint32        // of those, segments that met congestion (Linux 4.18)
	BytesSent          uint64        // bytes of data sent, also again (Linux 4.19)
	BytesRetrans       uint64        // bytes of data sent again (Linux 4.19)
	DSACKDups          uint32        // segments that the peer says came twice (Linux 4.19)
	ReordSeen          uint32        // times that segments were seen to overtake each other (Linux 4.19)
	RcvOOOPack         uint32        // segments received out of order (Linux 5.4)
	SndWnd             uint32        // window that the peer announces (Linux 5.4)
	RcvWnd             uint32        // window announced to the peer (Linux 6.2)
	Rehash             uint32        // times that another path was tried, for load or after a timeout (Linux 6.2)
	TotalRTO           uint32        // retransmission timeouts since the connection began (Linux 6.7)
	TotalRTORecoveries uint32        // recoveries from such timeouts (Linux 6.7)
	TotalRTOTime       time.Duration // time spent in those recoveries (Linux 6.7)
	ReceivedCE         uint32        // segments received that met congestion (this and the rest: Linux 6.18, accurate ECN)
	DeliveredE1Bytes   uint32        // bytes delivered of ECN code point 01
	DeliveredE0Bytes   uint32        // bytes delivered of ECN code point 10
	DeliveredCEBytes   uint32        // bytes delivered that met congestion
	ReceivedE1Bytes    uint32        // bytes received of ECN code point 01
	ReceivedE0Bytes    uint32        // bytes received of ECN code point 10
	ReceivedCEBytes    uint32        // bytes received that met congestion
	AccECNFailMode     uint32        // bits that say how the negotiation of accurate ECN failed, 0 if it did not
	AccECNOptSeen      uint32        // whether the peer's accurate ECN option was seen: 0 no, 1 once empty, 2 with counters
}

// CAState is the state of congestion control (enum tcp_ca_state of
// include/uapi/linux/tcp.h).
type CAState uint8

const (
	CAOpen     CAState = iota // nothing unusual
	CADisorder                // duplicate or selective acknowledgements have come
	CACWR                     // the window is being reduced, for congestion was signalled
	CARecovery                // lost segments are being sent again
	CALoss                    // the retransmission timer has run out
)

var caStateNames = [...]string{"open", "disorder", "cwr", "recovery", "loss"}

// String returns the lower-case name, "unknown" for a number without one.
func (c CAState) String() string {
	if int(c) < len(caStateNames) {
		return caStateNames[c]
	}
	return "unknown"
}

// VegasInfo is what TCP Vegas, and others after its model, tell (struct
// tcpvegas_info of include/uapi/linux/inet_diag.h).
type VegasInfo struct {
	Enabled  bool
	RTTCount uint32        // round-trip times measured in this round
	RTT      time.Duration // the smallest of this round
	MinRTT   time.Duration // the smallest of all
}

// DCTCPInfo is what Data Center TCP tells (struct tcp_dctcp_info).
type DCTCPInfo struct {
	Enabled    bool
	CEState    uint16 // 1 if the last segment met congestion
	Alpha      uint32 // estimated share of marked bytes, in 1024ths
	ECNBytes   uint32 // bytes acknowledged in this round that met congestion
	TotalBytes uint32 // bytes acknowledged in this round
}

// BBRInfo is what BBR tells (struct tcp_bbr_info).
type BBRInfo struct {
	Bandwidth  uint64        // estimate, in bytes per second
	MinRTT     time.Duration // smallest round-trip time of late
	PacingGain uint32        // factor of the pacing rate, in 256ths
	CWndGain   uint32        // factor of the congestion window, in 256ths
}

// EStats are numbers of RFC 4898, and some more, that Windows collects of a
// connection for which an administrator has turned that on
// (GetPerTcpConnectionEStats). The one of a field f, from [TCPActiveOpen] on, is at
// f - TCPActiveOpen; [TCPInfo.Value] finds it. Counters of those, and of others that come from
// there, begin when collecting does.
type EStats [TCPFields - TCPActiveOpen]uint64

// Has reports whether the field was told.
func (i *TCPInfo) Has(f TCPField) bool {
	if f < TCPVegasEnabled {
		return i.Known.Has(f)
	}
	return f < TCPDCTCPEnabled && i.Vegas != nil ||
		f >= TCPDCTCPEnabled && f < TCPBBRBandwidth && i.DCTCP != nil ||
		f >= TCPBBRBandwidth && f < TCPActiveOpen && i.BBR != nil ||
		f >= TCPActiveOpen && i.EStats != nil && i.Known.Has(f)
}

// Value returns the number of a field, of the kind that the field says, and
// false where it was not told.
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

// Set is the reverse of Value: it makes n the number of a field, cut to the bits
// that the field has, and the field told. It does nothing for what is no field.
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

// SendRate returns the rate in bytes per second at which TCP sends if nothing
// but the congestion window limits it, a window in each round-trip time: what
// ss calls "send". ok is false where one of the three is not known.
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
