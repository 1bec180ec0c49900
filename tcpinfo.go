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

// FieldKind says what the number of a field counts.
type FieldKind uint8

const (
	FieldCount    FieldKind = iota // things, or a number with a meaning of its own
	FieldBytes                     // bytes
	FieldRate                      // bytes per second
	FieldDuration                  // nanoseconds, as in time.Duration
	FieldFlag                      // 0 or 1
)

// TCPField names a number in a [TCPInfo], so that columns, filters and sort
// keys need not know each. The numbers may change between versions of this
// package, the names do not.
type TCPField uint8

const (
	TCPCAState TCPField = iota
	TCPRetransmits
	TCPProbes
	TCPBackoff
	TCPTimestamps
	TCPSACK
	TCPWindowScale
	TCPECN
	TCPECNSeen
	TCPFastOpen
	TCPUsecTimestamps
	TCPFastOpenChild
	TCPSndWScale
	TCPRcvWScale
	TCPAppLimited
	TCPFastOpenFail
	TCPRTO
	TCPATO
	TCPMSS
	TCPRcvMSS
	TCPUnacked
	TCPSacked
	TCPLost
	TCPRetrans
	TCPFackets
	TCPLastDataSent
	TCPLastDataRecv
	TCPLastAckRecv
	TCPPMTU
	TCPRcvSSThresh
	TCPRTT
	TCPRTTVar
	TCPSSThresh
	TCPCWnd
	TCPAdvMSS
	TCPReordering
	TCPRcvRTT
	TCPRcvSpace
	TCPTotalRetrans
	TCPPacingRate
	TCPMaxPacingRate
	TCPBytesAcked
	TCPBytesReceived
	TCPSegsOut
	TCPSegsIn
	TCPNotSent
	TCPMinRTT
	TCPDataSegsIn
	TCPDataSegsOut
	TCPDeliveryRate
	TCPBusyTime
	TCPRWndLimited
	TCPSndBufLimited
	TCPDelivered
	TCPDeliveredCE
	TCPBytesSent
	TCPBytesRetrans
	TCPDSACKDups
	TCPReordSeen
	TCPRcvOOOPack
	TCPSndWnd
	TCPRcvWnd
	TCPRehash
	TCPTotalRTO
	TCPTotalRTORecoveries
	TCPTotalRTOTime
	TCPReceivedCE
	TCPDeliveredE1Bytes
	TCPDeliveredE0Bytes
	TCPDeliveredCEBytes
	TCPReceivedE1Bytes
	TCPReceivedE0Bytes
	TCPReceivedCEBytes
	TCPAccECNFailMode
	TCPAccECNOptSeen
	TCPVegasEnabled
	TCPVegasRTTCount
	TCPVegasRTT
	TCPVegasMinRTT
	TCPDCTCPEnabled
	TCPDCTCPCEState
	TCPDCTCPAlpha
	TCPDCTCPECNBytes
	TCPDCTCPTotalBytes
	TCPBBRBandwidth
	TCPBBRMinRTT
	TCPBBRPacingGain
	TCPBBRCWndGain
	TCPActiveOpen
	TCPPeerMSS
	TCPDataBytesIn
	TCPSoftErrors
	TCPSoftErrorReason
	TCPRWndLimitedCount
	TCPRWndLimitedBytes
	TCPCWndLimited
	TCPCWndLimitedCount
	TCPCWndLimitedBytes
	TCPSenderLimited
	TCPSenderLimitedCount
	TCPSenderLimitedBytes
	TCPSlowStart
	TCPCongAvoid
	TCPOtherReductions
	TCPCWndBytes
	TCPMaxSlowStartCWnd
	TCPMaxCongAvoidCWnd
	TCPCWndLimit
	TCPSSThreshBytes
	TCPMaxSSThresh
	TCPMinSSThresh
	TCPFastRetrans
	TCPSubsequentRTO
	TCPAbruptRTO
	TCPDupAcksIn
	TCPSACKsIn
	TCPSACKBlocksIn
	TCPCongSignals
	TCPPreCongCWnd
	TCPPreCongRTT
	TCPPostCongRTT
	TCPPostCongRTTCount
	TCPECNSignals
	TCPECEReceived
	TCPSendStalls
	TCPBytesReordered
	TCPReordDupAcks
	TCPReordEpisodes
	TCPSampleRTT
	TCPMaxRTT
	TCPRTTSum
	TCPRTTCount
	TCPMaxRTO
	TCPMinRTO
	TCPMaxMSS
	TCPMinMSS
	TCPSpuriousRTO
	TCPBytesUnacked
	TCPMaxBytesUnacked
	TCPMaxNotSent
	TCPMaxRcvWnd
	TCPMinRcvWnd
	TCPRcvWndLimit
	TCPDupAckEpisodes
	TCPDupAcksOut
	TCPReasmQueue
	TCPMaxReasmQueue
	TCPUnread
	TCPMaxUnread
	TCPMaxSndWnd
	TCPMinSndWnd
	TCPBandwidthOut
	TCPBandwidthOutInstability
	TCPBandwidthOutPeaked
	TCPBandwidthIn
	TCPBandwidthInInstability
	TCPBandwidthInPeaked

	TCPFields // how many there are
)

// TCPFieldSet is a set of fields. The zero value is the empty set.
type TCPFieldSet [(TCPFields + 63) / 64]uint64

// Has reports whether f is in the set.
func (s *TCPFieldSet) Has(f TCPField) bool {
	return f < TCPFields && s[f/64]&(1<<(f%64)) != 0
}

// Add puts f into the set.
func (s *TCPFieldSet) Add(f TCPField) { s[f/64] |= 1 << (f % 64) }

// Remove takes f out of the set.
func (s *TCPFieldSet) Remove(f TCPField) { s[f/64] &^= 1 << (f % 64) }

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

// String returns the field's name: lower case, words joined by "_".
func (f TCPField) String() string {
	if f < TCPFields {
		return tcpFields[f].name
	}
	return "unknown"
}

// Kind says what the field counts.
func (f TCPField) Kind() FieldKind {
	if f < TCPFields {
		return tcpFields[f].kind
	}
	return FieldCount
}

var tcpFields = [TCPFields]struct {
	name string
	kind FieldKind
	at   func(*TCPInfo) any // a pointer to the field, which costs no allocation; nil for those in EStats
}{
	TCPCAState:                 {"ca_state", FieldCount, func(i *TCPInfo) any { return &i.CAState }},
	TCPRetransmits:             {"retransmits", FieldCount, func(i *TCPInfo) any { return &i.Retransmits }},
	TCPProbes:                  {"probes", FieldCount, func(i *TCPInfo) any { return &i.Probes }},
	TCPBackoff:                 {"backoff", FieldCount, func(i *TCPInfo) any { return &i.Backoff }},
	TCPTimestamps:              {"timestamps", FieldFlag, func(i *TCPInfo) any { return &i.Timestamps }},
	TCPSACK:                    {"sack", FieldFlag, func(i *TCPInfo) any { return &i.SACK }},
	TCPWindowScale:             {"wscale", FieldFlag, func(i *TCPInfo) any { return &i.WindowScale }},
	TCPECN:                     {"ecn", FieldFlag, func(i *TCPInfo) any { return &i.ECN }},
	TCPECNSeen:                 {"ecn_seen", FieldFlag, func(i *TCPInfo) any { return &i.ECNSeen }},
	TCPFastOpen:                {"fastopen", FieldFlag, func(i *TCPInfo) any { return &i.FastOpen }},
	TCPUsecTimestamps:          {"usec_timestamps", FieldFlag, func(i *TCPInfo) any { return &i.UsecTimestamps }},
	TCPFastOpenChild:           {"fastopen_child", FieldFlag, func(i *TCPInfo) any { return &i.FastOpenChild }},
	TCPSndWScale:               {"snd_wscale", FieldCount, func(i *TCPInfo) any { return &i.SndWScale }},
	TCPRcvWScale:               {"rcv_wscale", FieldCount, func(i *TCPInfo) any { return &i.RcvWScale }},
	TCPAppLimited:              {"app_limited", FieldFlag, func(i *TCPInfo) any { return &i.AppLimited }},
	TCPFastOpenFail:            {"fastopen_fail", FieldCount, func(i *TCPInfo) any { return &i.FastOpenFail }},
	TCPRTO:                     {"rto", FieldDuration, func(i *TCPInfo) any { return &i.RTO }},
	TCPATO:                     {"ato", FieldDuration, func(i *TCPInfo) any { return &i.ATO }},
	TCPMSS:                     {"mss", FieldBytes, func(i *TCPInfo) any { return &i.MSS }},
	TCPRcvMSS:                  {"rcv_mss", FieldBytes, func(i *TCPInfo) any { return &i.RcvMSS }},
	TCPUnacked:                 {"unacked", FieldCount, func(i *TCPInfo) any { return &i.Unacked }},
	TCPSacked:                  {"sacked", FieldCount, func(i *TCPInfo) any { return &i.Sacked }},
	TCPLost:                    {"lost", FieldCount, func(i *TCPInfo) any { return &i.Lost }},
	TCPRetrans:                 {"retrans", FieldCount, func(i *TCPInfo) any { return &i.Retrans }},
	TCPFackets:                 {"fackets", FieldCount, func(i *TCPInfo) any { return &i.Fackets }},
	TCPLastDataSent:            {"last_data_sent", FieldDuration, func(i *TCPInfo) any { return &i.LastDataSent }},
	TCPLastDataRecv:            {"last_data_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastDataRecv }},
	TCPLastAckRecv:             {"last_ack_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastAckRecv }},
	TCPPMTU:                    {"pmtu", FieldBytes, func(i *TCPInfo) any { return &i.PMTU }},
	TCPRcvSSThresh:             {"rcv_ssthresh", FieldBytes, func(i *TCPInfo) any { return &i.RcvSSThresh }},
	TCPRTT:                     {"rtt", FieldDuration, func(i *TCPInfo) any { return &i.RTT }},
	TCPRTTVar:                  {"rttvar", FieldDuration, func(i *TCPInfo) any { return &i.RTTVar }},
	TCPSSThresh:                {"ssthresh", FieldCount, func(i *TCPInfo) any { return &i.SSThresh }},
	TCPCWnd:                    {"cwnd", FieldCount, func(i *TCPInfo) any { return &i.CWnd }},
	TCPAdvMSS:                  {"advmss", FieldBytes, func(i *TCPInfo) any { return &i.AdvMSS }},
	TCPReordering:              {"reordering", FieldCount, func(i *TCPInfo) any { return &i.Reordering }},
	TCPRcvRTT:                  {"rcv_rtt", FieldDuration, func(i *TCPInfo) any { return &i.RcvRTT }},
	TCPRcvSpace:                {"rcv_space", FieldBytes, func(i *TCPInfo) any { return &i.RcvSpace }},
	TCPTotalRetrans:            {"total_retrans", FieldCount, func(i *TCPInfo) any { return &i.TotalRetrans }},
	TCPPacingRate:              {"pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.PacingRate }},
	TCPMaxPacingRate:           {"max_pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.MaxPacingRate }},
	TCPBytesAcked:              {"bytes_acked", FieldBytes, func(i *TCPInfo) any { return &i.BytesAcked }},
	TCPBytesReceived:           {"bytes_received", FieldBytes, func(i *TCPInfo) any { return &i.BytesReceived }},
	TCPSegsOut:                 {"segs_out", FieldCount, func(i *TCPInfo) any { return &i.SegsOut }},
	TCPSegsIn:                  {"segs_in", FieldCount, func(i *TCPInfo) any { return &i.SegsIn }},
	TCPNotSent:                 {"notsent", FieldBytes, func(i *TCPInfo) any { return &i.NotSent }},
	TCPMinRTT:                  {"min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.MinRTT }},
	TCPDataSegsIn:              {"data_segs_in", FieldCount, func(i *TCPInfo) any { return &i.DataSegsIn }},
	TCPDataSegsOut:             {"data_segs_out", FieldCount, func(i *TCPInfo) any { return &i.DataSegsOut }},
	TCPDeliveryRate:            {"delivery_rate", FieldRate, func(i *TCPInfo) any { return &i.DeliveryRate }},
	TCPBusyTime:                {"busy_time", FieldDuration, func(i *TCPInfo) any { return &i.BusyTime }},
	TCPRWndLimited:             {"rwnd_limited", FieldDuration, func(i *TCPInfo) any { return &i.RWndLimited }},
	TCPSndBufLimited:           {"sndbuf_limited", FieldDuration, func(i *TCPInfo) any { return &i.SndBufLimited }},
	TCPDelivered:               {"delivered", FieldCount, func(i *TCPInfo) any { return &i.Delivered }},
	TCPDeliveredCE:             {"delivered_ce", FieldCount, func(i *TCPInfo) any { return &i.DeliveredCE }},
	TCPBytesSent:               {"bytes_sent", FieldBytes, func(i *TCPInfo) any { return &i.BytesSent }},
	TCPBytesRetrans:            {"bytes_retrans", FieldBytes, func(i *TCPInfo) any { return &i.BytesRetrans }},
	TCPDSACKDups:               {"dsack_dups", FieldCount, func(i *TCPInfo) any { return &i.DSACKDups }},
	TCPReordSeen:               {"reord_seen", FieldCount, func(i *TCPInfo) any { return &i.ReordSeen }},
	TCPRcvOOOPack:              {"rcv_ooopack", FieldCount, func(i *TCPInfo) any { return &i.RcvOOOPack }},
	TCPSndWnd:                  {"snd_wnd", FieldBytes, func(i *TCPInfo) any { return &i.SndWnd }},
	TCPRcvWnd:                  {"rcv_wnd", FieldBytes, func(i *TCPInfo) any { return &i.RcvWnd }},
	TCPRehash:                  {"rehash", FieldCount, func(i *TCPInfo) any { return &i.Rehash }},
	TCPTotalRTO:                {"total_rto", FieldCount, func(i *TCPInfo) any { return &i.TotalRTO }},
	TCPTotalRTORecoveries:      {"total_rto_recoveries", FieldCount, func(i *TCPInfo) any { return &i.TotalRTORecoveries }},
	TCPTotalRTOTime:            {"total_rto_time", FieldDuration, func(i *TCPInfo) any { return &i.TotalRTOTime }},
	TCPReceivedCE:              {"received_ce", FieldCount, func(i *TCPInfo) any { return &i.ReceivedCE }},
	TCPDeliveredE1Bytes:        {"delivered_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE1Bytes }},
	TCPDeliveredE0Bytes:        {"delivered_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE0Bytes }},
	TCPDeliveredCEBytes:        {"delivered_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredCEBytes }},
	TCPReceivedE1Bytes:         {"received_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE1Bytes }},
	TCPReceivedE0Bytes:         {"received_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE0Bytes }},
	TCPReceivedCEBytes:         {"received_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedCEBytes }},
	TCPAccECNFailMode:          {"accecn_fail_mode", FieldCount, func(i *TCPInfo) any { return &i.AccECNFailMode }},
	TCPAccECNOptSeen:           {"accecn_opt_seen", FieldCount, func(i *TCPInfo) any { return &i.AccECNOptSeen }},
	TCPVegasEnabled:            {"vegas_enabled", FieldFlag, func(i *TCPInfo) any { return &i.Vegas.Enabled }},
	TCPVegasRTTCount:           {"vegas_rtt_count", FieldCount, func(i *TCPInfo) any { return &i.Vegas.RTTCount }},
	TCPVegasRTT:                {"vegas_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.RTT }},
	TCPVegasMinRTT:             {"vegas_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.MinRTT }},
	TCPDCTCPEnabled:            {"dctcp_enabled", FieldFlag, func(i *TCPInfo) any { return &i.DCTCP.Enabled }},
	TCPDCTCPCEState:            {"dctcp_ce_state", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.CEState }},
	TCPDCTCPAlpha:              {"dctcp_alpha", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.Alpha }},
	TCPDCTCPECNBytes:           {"dctcp_ab_ecn", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.ECNBytes }},
	TCPDCTCPTotalBytes:         {"dctcp_ab_tot", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.TotalBytes }},
	TCPBBRBandwidth:            {"bbr_bw", FieldRate, func(i *TCPInfo) any { return &i.BBR.Bandwidth }},
	TCPBBRMinRTT:               {"bbr_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.BBR.MinRTT }},
	TCPBBRPacingGain:           {"bbr_pacing_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.PacingGain }},
	TCPBBRCWndGain:             {"bbr_cwnd_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.CWndGain }},
	TCPActiveOpen:              {"active_open", FieldFlag, nil},
	TCPPeerMSS:                 {"peer_mss", FieldBytes, nil},
	TCPDataBytesIn:             {"data_bytes_in", FieldBytes, nil},
	TCPSoftErrors:              {"soft_errors", FieldCount, nil},
	TCPSoftErrorReason:         {"soft_error_reason", FieldCount, nil},
	TCPRWndLimitedCount:        {"rwnd_limited_count", FieldCount, nil},
	TCPRWndLimitedBytes:        {"rwnd_limited_bytes", FieldBytes, nil},
	TCPCWndLimited:             {"cwnd_limited", FieldDuration, nil},
	TCPCWndLimitedCount:        {"cwnd_limited_count", FieldCount, nil},
	TCPCWndLimitedBytes:        {"cwnd_limited_bytes", FieldBytes, nil},
	TCPSenderLimited:           {"sender_limited", FieldDuration, nil},
	TCPSenderLimitedCount:      {"sender_limited_count", FieldCount, nil},
	TCPSenderLimitedBytes:      {"sender_limited_bytes", FieldBytes, nil},
	TCPSlowStart:               {"slow_start", FieldCount, nil},
	TCPCongAvoid:               {"cong_avoid", FieldCount, nil},
	TCPOtherReductions:         {"other_reductions", FieldCount, nil},
	TCPCWndBytes:               {"cwnd_bytes", FieldBytes, nil},
	TCPMaxSlowStartCWnd:        {"max_slow_start_cwnd", FieldBytes, nil},
	TCPMaxCongAvoidCWnd:        {"max_cong_avoid_cwnd", FieldBytes, nil},
	TCPCWndLimit:               {"cwnd_limit", FieldBytes, nil},
	TCPSSThreshBytes:           {"ssthresh_bytes", FieldBytes, nil},
	TCPMaxSSThresh:             {"max_ssthresh", FieldBytes, nil},
	TCPMinSSThresh:             {"min_ssthresh", FieldBytes, nil},
	TCPFastRetrans:             {"fast_retrans", FieldCount, nil},
	TCPSubsequentRTO:           {"subsequent_rto", FieldCount, nil},
	TCPAbruptRTO:               {"abrupt_rto", FieldCount, nil},
	TCPDupAcksIn:               {"dup_acks_in", FieldCount, nil},
	TCPSACKsIn:                 {"sacks_in", FieldCount, nil},
	TCPSACKBlocksIn:            {"sack_blocks_in", FieldCount, nil},
	TCPCongSignals:             {"cong_signals", FieldCount, nil},
	TCPPreCongCWnd:             {"pre_cong_cwnd_sum", FieldBytes, nil},
	TCPPreCongRTT:              {"pre_cong_rtt_sum", FieldDuration, nil},
	TCPPostCongRTT:             {"post_cong_rtt_sum", FieldDuration, nil},
	TCPPostCongRTTCount:        {"post_cong_rtt_count", FieldCount, nil},
	TCPECNSignals:              {"ecn_signals", FieldCount, nil},
	TCPECEReceived:             {"ece_received", FieldCount, nil},
	TCPSendStalls:              {"send_stalls", FieldCount, nil},
	TCPBytesReordered:          {"bytes_reordered", FieldBytes, nil},
	TCPReordDupAcks:            {"reord_dup_acks", FieldCount, nil},
	TCPReordEpisodes:           {"reord_episodes", FieldCount, nil},
	TCPSampleRTT:               {"sample_rtt", FieldDuration, nil},
	TCPMaxRTT:                  {"max_rtt", FieldDuration, nil},
	TCPRTTSum:                  {"rtt_sum", FieldDuration, nil},
	TCPRTTCount:                {"rtt_count", FieldCount, nil},
	TCPMaxRTO:                  {"max_rto", FieldDuration, nil},
	TCPMinRTO:                  {"min_rto", FieldDuration, nil},
	TCPMaxMSS:                  {"max_mss", FieldBytes, nil},
	TCPMinMSS:                  {"min_mss", FieldBytes, nil},
	TCPSpuriousRTO:             {"spurious_rto", FieldCount, nil},
	TCPBytesUnacked:            {"bytes_unacked", FieldBytes, nil},
	TCPMaxBytesUnacked:         {"max_bytes_unacked", FieldBytes, nil},
	TCPMaxNotSent:              {"max_notsent", FieldBytes, nil},
	TCPMaxRcvWnd:               {"max_rcv_wnd", FieldBytes, nil},
	TCPMinRcvWnd:               {"min_rcv_wnd", FieldBytes, nil},
	TCPRcvWndLimit:             {"rcv_wnd_limit", FieldBytes, nil},
	TCPDupAckEpisodes:          {"dup_ack_episodes", FieldCount, nil},
	TCPDupAcksOut:              {"dup_acks_out", FieldCount, nil},
	TCPReasmQueue:              {"reasm_queue", FieldBytes, nil},
	TCPMaxReasmQueue:           {"max_reasm_queue", FieldBytes, nil},
	TCPUnread:                  {"unread", FieldBytes, nil},
	TCPMaxUnread:               {"max_unread", FieldBytes, nil},
	TCPMaxSndWnd:               {"max_snd_wnd", FieldBytes, nil},
	TCPMinSndWnd:               {"min_snd_wnd", FieldBytes, nil},
	TCPBandwidthOut:            {"bandwidth_out", FieldRate, nil},
	TCPBandwidthOutInstability: {"bandwidth_out_instability", FieldRate, nil},
	TCPBandwidthOutPeaked:      {"bandwidth_out_peaked", FieldFlag, nil},
	TCPBandwidthIn:             {"bandwidth_in", FieldRate, nil},
	TCPBandwidthInInstability:  {"bandwidth_in_instability", FieldRate, nil},
	TCPBandwidthInPeaked:       {"bandwidth_in_peaked", FieldFlag, nil},
}

func flagValue(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}
