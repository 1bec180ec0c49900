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

// Sums reports whether the numbers of several connections add up to a
// meaningful total; false for a field that does not exist.
func (f TCPField) Sums() bool { return f < TCPFields && tcpFields[f].sums }

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
	sums bool               // whether numbers of several connections add up
}{
	TCPCAState:                 {"ca_state", FieldCount, func(i *TCPInfo) any { return &i.CAState }, false},
	TCPRetransmits:             {"retransmits", FieldCount, func(i *TCPInfo) any { return &i.Retransmits }, false},
	TCPProbes:                  {"probes", FieldCount, func(i *TCPInfo) any { return &i.Probes }, false},
	TCPBackoff:                 {"backoff", FieldCount, func(i *TCPInfo) any { return &i.Backoff }, false},
	TCPTimestamps:              {"timestamps", FieldFlag, func(i *TCPInfo) any { return &i.Timestamps }, false},
	TCPSACK:                    {"sack", FieldFlag, func(i *TCPInfo) any { return &i.SACK }, false},
	TCPWindowScale:             {"wscale", FieldFlag, func(i *TCPInfo) any { return &i.WindowScale }, false},
	TCPECN:                     {"ecn", FieldFlag, func(i *TCPInfo) any { return &i.ECN }, false},
	TCPECNSeen:                 {"ecn_seen", FieldFlag, func(i *TCPInfo) any { return &i.ECNSeen }, false},
	TCPFastOpen:                {"fastopen", FieldFlag, func(i *TCPInfo) any { return &i.FastOpen }, false},
	TCPUsecTimestamps:          {"usec_timestamps", FieldFlag, func(i *TCPInfo) any { return &i.UsecTimestamps }, false},
	TCPFastOpenChild:           {"fastopen_child", FieldFlag, func(i *TCPInfo) any { return &i.FastOpenChild }, false},
	TCPSndWScale:               {"snd_wscale", FieldCount, func(i *TCPInfo) any { return &i.SndWScale }, false},
	TCPRcvWScale:               {"rcv_wscale", FieldCount, func(i *TCPInfo) any { return &i.RcvWScale }, false},
	TCPAppLimited:              {"app_limited", FieldFlag, func(i *TCPInfo) any { return &i.AppLimited }, false},
	TCPFastOpenFail:            {"fastopen_fail", FieldCount, func(i *TCPInfo) any { return &i.FastOpenFail }, false},
	TCPRTO:                     {"rto", FieldDuration, func(i *TCPInfo) any { return &i.RTO }, false},
	TCPATO:                     {"ato", FieldDuration, func(i *TCPInfo) any { return &i.ATO }, false},
	TCPMSS:                     {"mss", FieldBytes, func(i *TCPInfo) any { return &i.MSS }, false},
	TCPRcvMSS:                  {"rcv_mss", FieldBytes, func(i *TCPInfo) any { return &i.RcvMSS }, false},
	TCPUnacked:                 {"unacked", FieldCount, func(i *TCPInfo) any { return &i.Unacked }, true},
	TCPSacked:                  {"sacked", FieldCount, func(i *TCPInfo) any { return &i.Sacked }, false},
	TCPLost:                    {"lost", FieldCount, func(i *TCPInfo) any { return &i.Lost }, true},
	TCPRetrans:                 {"retrans", FieldCount, func(i *TCPInfo) any { return &i.Retrans }, true},
	TCPFackets:                 {"fackets", FieldCount, func(i *TCPInfo) any { return &i.Fackets }, false},
	TCPLastDataSent:            {"last_data_sent", FieldDuration, func(i *TCPInfo) any { return &i.LastDataSent }, false},
	TCPLastDataRecv:            {"last_data_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastDataRecv }, false},
	TCPLastAckRecv:             {"last_ack_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastAckRecv }, false},
	TCPPMTU:                    {"pmtu", FieldBytes, func(i *TCPInfo) any { return &i.PMTU }, false},
	TCPRcvSSThresh:             {"rcv_ssthresh", FieldBytes, func(i *TCPInfo) any { return &i.RcvSSThresh }, false},
	TCPRTT:                     {"rtt", FieldDuration, func(i *TCPInfo) any { return &i.RTT }, false},
	TCPRTTVar:                  {"rttvar", FieldDuration, func(i *TCPInfo) any { return &i.RTTVar }, false},
	TCPSSThresh:                {"ssthresh", FieldCount, func(i *TCPInfo) any { return &i.SSThresh }, false},
	TCPCWnd:                    {"cwnd", FieldCount, func(i *TCPInfo) any { return &i.CWnd }, false},
	TCPAdvMSS:                  {"advmss", FieldBytes, func(i *TCPInfo) any { return &i.AdvMSS }, false},
	TCPReordering:              {"reordering", FieldCount, func(i *TCPInfo) any { return &i.Reordering }, false},
	TCPRcvRTT:                  {"rcv_rtt", FieldDuration, func(i *TCPInfo) any { return &i.RcvRTT }, false},
	TCPRcvSpace:                {"rcv_space", FieldBytes, func(i *TCPInfo) any { return &i.RcvSpace }, false},
	TCPTotalRetrans:            {"total_retrans", FieldCount, func(i *TCPInfo) any { return &i.TotalRetrans }, true},
	TCPPacingRate:              {"pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.PacingRate }, false},
	TCPMaxPacingRate:           {"max_pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.MaxPacingRate }, false},
	TCPBytesAcked:              {"bytes_acked", FieldBytes, func(i *TCPInfo) any { return &i.BytesAcked }, true},
	TCPBytesReceived:           {"bytes_received", FieldBytes, func(i *TCPInfo) any { return &i.BytesReceived }, true},
	TCPSegsOut:                 {"segs_out", FieldCount, func(i *TCPInfo) any { return &i.SegsOut }, true},
	TCPSegsIn:                  {"segs_in", FieldCount, func(i *TCPInfo) any { return &i.SegsIn }, true},
	TCPNotSent:                 {"notsent", FieldBytes, func(i *TCPInfo) any { return &i.NotSent }, true},
	TCPMinRTT:                  {"min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.MinRTT }, false},
	TCPDataSegsIn:              {"data_segs_in", FieldCount, func(i *TCPInfo) any { return &i.DataSegsIn }, true},
	TCPDataSegsOut:             {"data_segs_out", FieldCount, func(i *TCPInfo) any { return &i.DataSegsOut }, true},
	TCPDeliveryRate:            {"delivery_rate", FieldRate, func(i *TCPInfo) any { return &i.DeliveryRate }, true},
	TCPBusyTime:                {"busy_time", FieldDuration, func(i *TCPInfo) any { return &i.BusyTime }, true},
	TCPRWndLimited:             {"rwnd_limited", FieldDuration, func(i *TCPInfo) any { return &i.RWndLimited }, true},
	TCPSndBufLimited:           {"sndbuf_limited", FieldDuration, func(i *TCPInfo) any { return &i.SndBufLimited }, true},
	TCPDelivered:               {"delivered", FieldCount, func(i *TCPInfo) any { return &i.Delivered }, true},
	TCPDeliveredCE:             {"delivered_ce", FieldCount, func(i *TCPInfo) any { return &i.DeliveredCE }, true},
	TCPBytesSent:               {"bytes_sent", FieldBytes, func(i *TCPInfo) any { return &i.BytesSent }, true},
	TCPBytesRetrans:            {"bytes_retrans", FieldBytes, func(i *TCPInfo) any { return &i.BytesRetrans }, true},
	TCPDSACKDups:               {"dsack_dups", FieldCount, func(i *TCPInfo) any { return &i.DSACKDups }, true},
	TCPReordSeen:               {"reord_seen", FieldCount, func(i *TCPInfo) any { return &i.ReordSeen }, false},
	TCPRcvOOOPack:              {"rcv_ooopack", FieldCount, func(i *TCPInfo) any { return &i.RcvOOOPack }, true},
	TCPSndWnd:                  {"snd_wnd", FieldBytes, func(i *TCPInfo) any { return &i.SndWnd }, false},
	TCPRcvWnd:                  {"rcv_wnd", FieldBytes, func(i *TCPInfo) any { return &i.RcvWnd }, false},
	TCPRehash:                  {"rehash", FieldCount, func(i *TCPInfo) any { return &i.Rehash }, false},
	TCPTotalRTO:                {"total_rto", FieldCount, func(i *TCPInfo) any { return &i.TotalRTO }, true},
	TCPTotalRTORecoveries:      {"total_rto_recoveries", FieldCount, func(i *TCPInfo) any { return &i.TotalRTORecoveries }, false},
	TCPTotalRTOTime:            {"total_rto_time", FieldDuration, func(i *TCPInfo) any { return &i.TotalRTOTime }, false},
	TCPReceivedCE:              {"received_ce", FieldCount, func(i *TCPInfo) any { return &i.ReceivedCE }, false},
	TCPDeliveredE1Bytes:        {"delivered_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE1Bytes }, false},
	TCPDeliveredE0Bytes:        {"delivered_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE0Bytes }, false},
	TCPDeliveredCEBytes:        {"delivered_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredCEBytes }, false},
	TCPReceivedE1Bytes:         {"received_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE1Bytes }, false},
	TCPReceivedE0Bytes:         {"received_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE0Bytes }, false},
	TCPReceivedCEBytes:         {"received_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedCEBytes }, false},
	TCPAccECNFailMode:          {"accecn_fail_mode", FieldCount, func(i *TCPInfo) any { return &i.AccECNFailMode }, false},
	TCPAccECNOptSeen:           {"accecn_opt_seen", FieldCount, func(i *TCPInfo) any { return &i.AccECNOptSeen }, false},
	TCPVegasEnabled:            {"vegas_enabled", FieldFlag, func(i *TCPInfo) any { return &i.Vegas.Enabled }, false},
	TCPVegasRTTCount:           {"vegas_rtt_count", FieldCount, func(i *TCPInfo) any { return &i.Vegas.RTTCount }, false},
	TCPVegasRTT:                {"vegas_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.RTT }, false},
	TCPVegasMinRTT:             {"vegas_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.MinRTT }, false},
	TCPDCTCPEnabled:            {"dctcp_enabled", FieldFlag, func(i *TCPInfo) any { return &i.DCTCP.Enabled }, false},
	TCPDCTCPCEState:            {"dctcp_ce_state", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.CEState }, false},
	TCPDCTCPAlpha:              {"dctcp_alpha", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.Alpha }, false},
	TCPDCTCPECNBytes:           {"dctcp_ab_ecn", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.ECNBytes }, false},
	TCPDCTCPTotalBytes:         {"dctcp_ab_tot", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.TotalBytes }, false},
	TCPBBRBandwidth:            {"bbr_bw", FieldRate, func(i *TCPInfo) any { return &i.BBR.Bandwidth }, false},
	TCPBBRMinRTT:               {"bbr_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.BBR.MinRTT }, false},
	TCPBBRPacingGain:           {"bbr_pacing_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.PacingGain }, false},
	TCPBBRCWndGain:             {"bbr_cwnd_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.CWndGain }, false},
	TCPActiveOpen:              {"active_open", FieldFlag, nil, false},
	TCPPeerMSS:                 {"peer_mss", FieldBytes, nil, false},
	TCPDataBytesIn:             {"data_bytes_in", FieldBytes, nil, true},
	TCPSoftErrors:              {"soft_errors", FieldCount, nil, true},
	TCPSoftErrorReason:         {"soft_error_reason", FieldCount, nil, false},
	TCPRWndLimitedCount:        {"rwnd_limited_count", FieldCount, nil, true},
	TCPRWndLimitedBytes:        {"rwnd_limited_bytes", FieldBytes, nil, true},
	TCPCWndLimited:             {"cwnd_limited", FieldDuration, nil, true},
	TCPCWndLimitedCount:        {"cwnd_limited_count", FieldCount, nil, true},
	TCPCWndLimitedBytes:        {"cwnd_limited_bytes", FieldBytes, nil, true},
	TCPSenderLimited:           {"sender_limited", FieldDuration, nil, true},
	TCPSenderLimitedCount:      {"sender_limited_count", FieldCount, nil, true},
	TCPSenderLimitedBytes:      {"sender_limited_bytes", FieldBytes, nil, true},
	TCPSlowStart:               {"slow_start", FieldCount, nil, false},
	TCPCongAvoid:               {"cong_avoid", FieldCount, nil, false},
	TCPOtherReductions:         {"other_reductions", FieldCount, nil, false},
	TCPCWndBytes:               {"cwnd_bytes", FieldBytes, nil, false},
	TCPMaxSlowStartCWnd:        {"max_slow_start_cwnd", FieldBytes, nil, false},
	TCPMaxCongAvoidCWnd:        {"max_cong_avoid_cwnd", FieldBytes, nil, false},
	TCPCWndLimit:               {"cwnd_limit", FieldBytes, nil, false},
	TCPSSThreshBytes:           {"ssthresh_bytes", FieldBytes, nil, false},
	TCPMaxSSThresh:             {"max_ssthresh", FieldBytes, nil, false},
	TCPMinSSThresh:             {"min_ssthresh", FieldBytes, nil, false},
	TCPFastRetrans:             {"fast_retrans", FieldCount, nil, true},
	TCPSubsequentRTO:           {"subsequent_rto", FieldCount, nil, true},
	TCPAbruptRTO:               {"abrupt_rto", FieldCount, nil, true},
	TCPDupAcksIn:               {"dup_acks_in", FieldCount, nil, true},
	TCPSACKsIn:                 {"sacks_in", FieldCount, nil, true},
	TCPSACKBlocksIn:            {"sack_blocks_in", FieldCount, nil, true},
	TCPCongSignals:             {"cong_signals", FieldCount, nil, true},
	TCPPreCongCWnd:             {"pre_cong_cwnd_sum", FieldBytes, nil, false},
	TCPPreCongRTT:              {"pre_cong_rtt_sum", FieldDuration, nil, false},
	TCPPostCongRTT:             {"post_cong_rtt_sum", FieldDuration, nil, false},
	TCPPostCongRTTCount:        {"post_cong_rtt_count", FieldCount, nil, false},
	TCPECNSignals:              {"ecn_signals", FieldCount, nil, true},
	TCPECEReceived:             {"ece_received", FieldCount, nil, true},
	TCPSendStalls:              {"send_stalls", FieldCount, nil, true},
	TCPBytesReordered:          {"bytes_reordered", FieldBytes, nil, true},
	TCPReordDupAcks:            {"reord_dup_acks", FieldCount, nil, false},
	TCPReordEpisodes:           {"reord_episodes", FieldCount, nil, false},
	TCPSampleRTT:               {"sample_rtt", FieldDuration, nil, false},
	TCPMaxRTT:                  {"max_rtt", FieldDuration, nil, false},
	TCPRTTSum:                  {"rtt_sum", FieldDuration, nil, false},
	TCPRTTCount:                {"rtt_count", FieldCount, nil, false},
	TCPMaxRTO:                  {"max_rto", FieldDuration, nil, false},
	TCPMinRTO:                  {"min_rto", FieldDuration, nil, false},
	TCPMaxMSS:                  {"max_mss", FieldBytes, nil, false},
	TCPMinMSS:                  {"min_mss", FieldBytes, nil, false},
	TCPSpuriousRTO:             {"spurious_rto", FieldCount, nil, true},
	TCPBytesUnacked:            {"bytes_unacked", FieldBytes, nil, true},
	TCPMaxBytesUnacked:         {"max_bytes_unacked", FieldBytes, nil, false},
	TCPMaxNotSent:              {"max_notsent", FieldBytes, nil, false},
	TCPMaxRcvWnd:               {"max_rcv_wnd", FieldBytes, nil, false},
	TCPMinRcvWnd:               {"min_rcv_wnd", FieldBytes, nil, false},
	TCPRcvWndLimit:             {"rcv_wnd_limit", FieldBytes, nil, false},
	TCPDupAckEpisodes:          {"dup_ack_episodes", FieldCount, nil, false},
	TCPDupAcksOut:              {"dup_acks_out", FieldCount, nil, true},
	TCPReasmQueue:              {"reasm_queue", FieldBytes, nil, true},
	TCPMaxReasmQueue:           {"max_reasm_queue", FieldBytes, nil, false},
	TCPUnread:                  {"unread", FieldBytes, nil, true},
	TCPMaxUnread:               {"max_unread", FieldBytes, nil, false},
	TCPMaxSndWnd:               {"max_snd_wnd", FieldBytes, nil, false},
	TCPMinSndWnd:               {"min_snd_wnd", FieldBytes, nil, false},
	TCPBandwidthOut:            {"bandwidth_out", FieldRate, nil, false},
	TCPBandwidthOutInstability: {"bandwidth_out_instability", FieldRate, nil, false},
	TCPBandwidthOutPeaked:      {"bandwidth_out_peaked", FieldFlag, nil, false},
	TCPBandwidthIn:             {"bandwidth_in", FieldRate, nil, false},
	TCPBandwidthInInstability:  {"bandwidth_in_instability", FieldRate, nil, false},
	TCPBandwidthInPeaked:       {"bandwidth_in_peaked", FieldFlag, nil, false},
}

func flagValue(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}
