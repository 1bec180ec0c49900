package netstat

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

// About says what the field is in half a sentence, empty for one that does not exist.
func (f TCPField) About() string {
	if f < TCPFields {
		return tcpFields[f].about
	}
	return ""
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
	sums bool               // whether numbers of several connections add up
	// about says what it is, in half a sentence.
	about string
}{
	TCPCAState:                 {"ca_state", FieldCount, func(i *TCPInfo) any { return &i.CAState }, false, "state of congestion control: open, disorder, cwr, recovery, loss"},
	TCPRetransmits:             {"retransmits", FieldCount, func(i *TCPInfo) any { return &i.Retransmits }, false, "unanswered retransmissions in a row, 0 once data is acknowledged"},
	TCPProbes:                  {"probes", FieldCount, func(i *TCPInfo) any { return &i.Probes }, false, "unanswered zero-window or keepalive probes"},
	TCPBackoff:                 {"backoff", FieldCount, func(i *TCPInfo) any { return &i.Backoff }, false, "how often the retransmission timeout has been doubled"},
	TCPTimestamps:              {"timestamps", FieldFlag, func(i *TCPInfo) any { return &i.Timestamps }, false, "timestamps (RFC 7323) were agreed on"},
	TCPSACK:                    {"sack", FieldFlag, func(i *TCPInfo) any { return &i.SACK }, false, "selective acknowledgements (RFC 2018) were agreed on"},
	TCPWindowScale:             {"wscale", FieldFlag, func(i *TCPInfo) any { return &i.WindowScale }, false, "window scaling (RFC 7323) was agreed on"},
	TCPECN:                     {"ecn", FieldFlag, func(i *TCPInfo) any { return &i.ECN }, false, "explicit congestion notification (RFC 3168) was agreed on"},
	TCPECNSeen:                 {"ecn_seen", FieldFlag, func(i *TCPInfo) any { return &i.ECNSeen }, false, "a packet that can carry ECN has come in"},
	TCPFastOpen:                {"fastopen", FieldFlag, func(i *TCPInfo) any { return &i.FastOpen }, false, "data in the SYN was acknowledged (TCP Fast Open, RFC 7413)"},
	TCPUsecTimestamps:          {"usec_timestamps", FieldFlag, func(i *TCPInfo) any { return &i.UsecTimestamps }, false, "timestamps count microseconds (Linux 6.7)"},
	TCPFastOpenChild:           {"fastopen_child", FieldFlag, func(i *TCPInfo) any { return &i.FastOpenChild }, false, "a server's socket, made by a Fast Open SYN (Linux 6.14)"},
	TCPSndWScale:               {"snd_wscale", FieldCount, func(i *TCPInfo) any { return &i.SndWScale }, false, "shift of the window that the peer announces"},
	TCPRcvWScale:               {"rcv_wscale", FieldCount, func(i *TCPInfo) any { return &i.RcvWScale }, false, "shift of the window announced to the peer"},
	TCPAppLimited:              {"app_limited", FieldFlag, func(i *TCPInfo) any { return &i.AppLimited }, false, "delivery_rate was limited by the application (Linux 4.9)"},
	TCPFastOpenFail:            {"fastopen_fail", FieldCount, func(i *TCPInfo) any { return &i.FastOpenFail }, false, "why a client's Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 the SYN was repeated; 0 if it did not (Linux 5.5)"},
	TCPRTO:                     {"rto", FieldDuration, func(i *TCPInfo) any { return &i.RTO }, false, "retransmission timeout"},
	TCPATO:                     {"ato", FieldDuration, func(i *TCPInfo) any { return &i.ATO }, false, "timeout of delayed acknowledgements"},
	TCPMSS:                     {"mss", FieldBytes, func(i *TCPInfo) any { return &i.MSS }, false, "largest segment to send"},
	TCPRcvMSS:                  {"rcv_mss", FieldBytes, func(i *TCPInfo) any { return &i.RcvMSS }, false, "largest segment that is likely to come in"},
	TCPUnacked:                 {"unacked", FieldCount, func(i *TCPInfo) any { return &i.Unacked }, true, "segments sent and not acknowledged"},
	TCPSacked:                  {"sacked", FieldCount, func(i *TCPInfo) any { return &i.Sacked }, false, "of those, segments acknowledged selectively"},
	TCPLost:                    {"lost", FieldCount, func(i *TCPInfo) any { return &i.Lost }, true, "of those, segments taken for lost"},
	TCPRetrans:                 {"retrans", FieldCount, func(i *TCPInfo) any { return &i.Retrans }, true, "of those, segments that were sent again"},
	TCPFackets:                 {"fackets", FieldCount, func(i *TCPInfo) any { return &i.Fackets }, false, "segments up to the highest one acknowledged selectively; 0 since Linux 4.15"},
	TCPLastDataSent:            {"last_data_sent", FieldDuration, func(i *TCPInfo) any { return &i.LastDataSent }, false, "time since data was sent last"},
	TCPLastDataRecv:            {"last_data_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastDataRecv }, false, "time since data came in last"},
	TCPLastAckRecv:             {"last_ack_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastAckRecv }, false, "time since an acknowledgement came in last"},
	TCPPMTU:                    {"pmtu", FieldBytes, func(i *TCPInfo) any { return &i.PMTU }, false, "path MTU"},
	TCPRcvSSThresh:             {"rcv_ssthresh", FieldBytes, func(i *TCPInfo) any { return &i.RcvSSThresh }, false, "largest window to announce for now"},
	TCPRTT:                     {"rtt", FieldDuration, func(i *TCPInfo) any { return &i.RTT }, false, "smoothed round-trip time"},
	TCPRTTVar:                  {"rttvar", FieldDuration, func(i *TCPInfo) any { return &i.RTTVar }, false, "mean deviation of the round-trip time"},
	TCPSSThresh:                {"ssthresh", FieldCount, func(i *TCPInfo) any { return &i.SSThresh }, false, "slow start threshold, in segments; absent until a loss has set one"},
	TCPCWnd:                    {"cwnd", FieldCount, func(i *TCPInfo) any { return &i.CWnd }, false, "congestion window, in segments"},
	TCPAdvMSS:                  {"advmss", FieldBytes, func(i *TCPInfo) any { return &i.AdvMSS }, false, "largest segment announced to the peer"},
	TCPReordering:              {"reordering", FieldCount, func(i *TCPInfo) any { return &i.Reordering }, false, "segments that may overtake each other without one being taken for lost"},
	TCPRcvRTT:                  {"rcv_rtt", FieldDuration, func(i *TCPInfo) any { return &i.RcvRTT }, false, "round-trip time as the receiver estimates it, 0 for none yet"},
	TCPRcvSpace:                {"rcv_space", FieldBytes, func(i *TCPInfo) any { return &i.RcvSpace }, false, "receive buffer space that the kernel reckons with"},
	TCPTotalRetrans:            {"total_retrans", FieldCount, func(i *TCPInfo) any { return &i.TotalRetrans }, true, "segments retransmitted since the connection began"},
	TCPPacingRate:              {"pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.PacingRate }, false, "limit at which data leaves; absent where there is none"},
	TCPMaxPacingRate:           {"max_pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.MaxPacingRate }, false, "the largest pacing_rate (SO_MAX_PACING_RATE); absent where there is none"},
	TCPBytesAcked:              {"bytes_acked", FieldBytes, func(i *TCPInfo) any { return &i.BytesAcked }, true, "bytes sent that were acknowledged (Linux 4.1)"},
	TCPBytesReceived:           {"bytes_received", FieldBytes, func(i *TCPInfo) any { return &i.BytesReceived }, true, "bytes received in order (Linux 4.1)"},
	TCPSegsOut:                 {"segs_out", FieldCount, func(i *TCPInfo) any { return &i.SegsOut }, true, "segments sent, also ones without data (Linux 4.2)"},
	TCPSegsIn:                  {"segs_in", FieldCount, func(i *TCPInfo) any { return &i.SegsIn }, true, "segments received, also ones without data (Linux 4.2)"},
	TCPNotSent:                 {"notsent", FieldBytes, func(i *TCPInfo) any { return &i.NotSent }, true, "bytes written and not sent yet (Linux 4.6)"},
	TCPMinRTT:                  {"min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.MinRTT }, false, "smallest round-trip time of late; absent until one was measured (Linux 4.6)"},
	TCPDataSegsIn:              {"data_segs_in", FieldCount, func(i *TCPInfo) any { return &i.DataSegsIn }, true, "segments with data received (Linux 4.6)"},
	TCPDataSegsOut:             {"data_segs_out", FieldCount, func(i *TCPInfo) any { return &i.DataSegsOut }, true, "segments with data sent (Linux 4.6)"},
	TCPDeliveryRate:            {"delivery_rate", FieldRate, func(i *TCPInfo) any { return &i.DeliveryRate }, true, "rate at which data reached the peer of late (Linux 4.9)"},
	TCPBusyTime:                {"busy_time", FieldDuration, func(i *TCPInfo) any { return &i.BusyTime }, true, "time with data to send (Linux 4.10)"},
	TCPRWndLimited:             {"rwnd_limited", FieldDuration, func(i *TCPInfo) any { return &i.RWndLimited }, true, "of that, time limited by the peer's window (Linux 4.10)"},
	TCPSndBufLimited:           {"sndbuf_limited", FieldDuration, func(i *TCPInfo) any { return &i.SndBufLimited }, true, "of that, time limited by the send buffer (Linux 4.10)"},
	TCPDelivered:               {"delivered", FieldCount, func(i *TCPInfo) any { return &i.Delivered }, true, "segments delivered, also ones sent again (Linux 4.18)"},
	TCPDeliveredCE:             {"delivered_ce", FieldCount, func(i *TCPInfo) any { return &i.DeliveredCE }, true, "of those, segments that met congestion (Linux 4.18)"},
	TCPBytesSent:               {"bytes_sent", FieldBytes, func(i *TCPInfo) any { return &i.BytesSent }, true, "bytes of data sent, also again (Linux 4.19)"},
	TCPBytesRetrans:            {"bytes_retrans", FieldBytes, func(i *TCPInfo) any { return &i.BytesRetrans }, true, "bytes of data sent again (Linux 4.19)"},
	TCPDSACKDups:               {"dsack_dups", FieldCount, func(i *TCPInfo) any { return &i.DSACKDups }, true, "segments that the peer says came twice (Linux 4.19)"},
	TCPReordSeen:               {"reord_seen", FieldCount, func(i *TCPInfo) any { return &i.ReordSeen }, false, "times that segments were seen to overtake each other (Linux 4.19)"},
	TCPRcvOOOPack:              {"rcv_ooopack", FieldCount, func(i *TCPInfo) any { return &i.RcvOOOPack }, true, "segments received out of order (Linux 5.4)"},
	TCPSndWnd:                  {"snd_wnd", FieldBytes, func(i *TCPInfo) any { return &i.SndWnd }, false, "window that the peer announces (Linux 5.4)"},
	TCPRcvWnd:                  {"rcv_wnd", FieldBytes, func(i *TCPInfo) any { return &i.RcvWnd }, false, "window announced to the peer (Linux 6.2)"},
	TCPRehash:                  {"rehash", FieldCount, func(i *TCPInfo) any { return &i.Rehash }, false, "times that another path was tried, for load or after a timeout (Linux 6.2)"},
	TCPTotalRTO:                {"total_rto", FieldCount, func(i *TCPInfo) any { return &i.TotalRTO }, true, "retransmission timeouts since the connection began (Linux 6.7)"},
	TCPTotalRTORecoveries:      {"total_rto_recoveries", FieldCount, func(i *TCPInfo) any { return &i.TotalRTORecoveries }, false, "recoveries from such timeouts (Linux 6.7)"},
	TCPTotalRTOTime:            {"total_rto_time", FieldDuration, func(i *TCPInfo) any { return &i.TotalRTOTime }, false, "time spent in those recoveries (Linux 6.7)"},
	TCPReceivedCE:              {"received_ce", FieldCount, func(i *TCPInfo) any { return &i.ReceivedCE }, false, "segments received that met congestion (this and the rest: Linux 6.18, accurate ECN)"},
	TCPDeliveredE1Bytes:        {"delivered_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE1Bytes }, false, "bytes delivered of ECN code point 01"},
	TCPDeliveredE0Bytes:        {"delivered_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE0Bytes }, false, "bytes delivered of ECN code point 10"},
	TCPDeliveredCEBytes:        {"delivered_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredCEBytes }, false, "bytes delivered that met congestion"},
	TCPReceivedE1Bytes:         {"received_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE1Bytes }, false, "bytes received of ECN code point 01"},
	TCPReceivedE0Bytes:         {"received_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE0Bytes }, false, "bytes received of ECN code point 10"},
	TCPReceivedCEBytes:         {"received_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedCEBytes }, false, "bytes received that met congestion"},
	TCPAccECNFailMode:          {"accecn_fail_mode", FieldCount, func(i *TCPInfo) any { return &i.AccECNFailMode }, false, "bits that say how the negotiation of accurate ECN failed, 0 if it did not"},
	TCPAccECNOptSeen:           {"accecn_opt_seen", FieldCount, func(i *TCPInfo) any { return &i.AccECNOptSeen }, false, "whether the peer's accurate ECN option was seen: 0 no, 1 once empty, 2 with counters"},
	TCPVegasEnabled:            {"vegas_enabled", FieldFlag, func(i *TCPInfo) any { return &i.Vegas.Enabled }, false, "Vegas is in force"},
	TCPVegasRTTCount:           {"vegas_rtt_count", FieldCount, func(i *TCPInfo) any { return &i.Vegas.RTTCount }, false, "round-trip times measured in this round"},
	TCPVegasRTT:                {"vegas_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.RTT }, false, "the smallest of this round"},
	TCPVegasMinRTT:             {"vegas_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.MinRTT }, false, "the smallest of all"},
	TCPDCTCPEnabled:            {"dctcp_enabled", FieldFlag, func(i *TCPInfo) any { return &i.DCTCP.Enabled }, false, "Data Center TCP is in force"},
	TCPDCTCPCEState:            {"dctcp_ce_state", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.CEState }, false, "1 if the last segment met congestion"},
	TCPDCTCPAlpha:              {"dctcp_alpha", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.Alpha }, false, "estimated share of marked bytes, in 1024ths"},
	TCPDCTCPECNBytes:           {"dctcp_ab_ecn", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.ECNBytes }, false, "bytes of this round that met congestion"},
	TCPDCTCPTotalBytes:         {"dctcp_ab_tot", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.TotalBytes }, false, "bytes of this round"},
	TCPBBRBandwidth:            {"bbr_bw", FieldRate, func(i *TCPInfo) any { return &i.BBR.Bandwidth }, false, "bandwidth that BBR reckons with"},
	TCPBBRMinRTT:               {"bbr_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.BBR.MinRTT }, false, "smallest round-trip time of late, by BBR"},
	TCPBBRPacingGain:           {"bbr_pacing_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.PacingGain }, false, "factor of the pacing rate, in 256ths"},
	TCPBBRCWndGain:             {"bbr_cwnd_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.CWndGain }, false, "factor of the congestion window, in 256ths"},
	TCPActiveOpen:              {"active_open", FieldFlag, nil, false, "this end began the connection"},
	TCPPeerMSS:                 {"peer_mss", FieldBytes, nil, false, "largest segment that the peer announced"},
	TCPDataBytesIn:             {"data_bytes_in", FieldBytes, nil, true, "bytes of data received, also again"},
	TCPSoftErrors:              {"soft_errors", FieldCount, nil, true, "segments received that failed a test of consistency"},
	TCPSoftErrorReason:         {"soft_error_reason", FieldCount, nil, false, "the system's number of the test that failed last; absent if none did"},
	TCPRWndLimitedCount:        {"rwnd_limited_count", FieldCount, nil, true, "times that the peer's window began to limit sending"},
	TCPRWndLimitedBytes:        {"rwnd_limited_bytes", FieldBytes, nil, true, "bytes sent while it did"},
	TCPCWndLimited:             {"cwnd_limited", FieldDuration, nil, true, "time limited by congestion control"},
	TCPCWndLimitedCount:        {"cwnd_limited_count", FieldCount, nil, true, "times that congestion control began to limit sending"},
	TCPCWndLimitedBytes:        {"cwnd_limited_bytes", FieldBytes, nil, true, "bytes sent while it did"},
	TCPSenderLimited:           {"sender_limited", FieldDuration, nil, true, "time limited by this end, such as by having nothing to send"},
	TCPSenderLimitedCount:      {"sender_limited_count", FieldCount, nil, true, "times that this end began to limit sending"},
	TCPSenderLimitedBytes:      {"sender_limited_bytes", FieldBytes, nil, true, "bytes sent while it did"},
	TCPSlowStart:               {"slow_start", FieldCount, nil, false, "times that slow start has widened the congestion window"},
	TCPCongAvoid:               {"cong_avoid", FieldCount, nil, false, "times that congestion avoidance has widened it"},
	TCPOtherReductions:         {"other_reductions", FieldCount, nil, false, "times that it was narrowed for anything but congestion control"},
	TCPCWndBytes:               {"cwnd_bytes", FieldBytes, nil, false, "congestion window, in bytes"},
	TCPMaxSlowStartCWnd:        {"max_slow_start_cwnd", FieldBytes, nil, false, "the widest of slow start, in bytes"},
	TCPMaxCongAvoidCWnd:        {"max_cong_avoid_cwnd", FieldBytes, nil, false, "the widest of congestion avoidance, in bytes"},
	TCPCWndLimit:               {"cwnd_limit", FieldBytes, nil, false, "the widest that is allowed, in bytes"},
	TCPSSThreshBytes:           {"ssthresh_bytes", FieldBytes, nil, false, "slow start threshold, in bytes; absent until a loss has set one"},
	TCPMaxSSThresh:             {"max_ssthresh", FieldBytes, nil, false, "the largest one, in bytes"},
	TCPMinSSThresh:             {"min_ssthresh", FieldBytes, nil, false, "the smallest one, in bytes"},
	TCPFastRetrans:             {"fast_retrans", FieldCount, nil, true, "fast retransmits"},
	TCPSubsequentRTO:           {"subsequent_rto", FieldCount, nil, true, "of the retransmission timeouts, those after another one"},
	TCPAbruptRTO:               {"abrupt_rto", FieldCount, nil, true, "of them, those that no sign of congestion came before"},
	TCPDupAcksIn:               {"dup_acks_in", FieldCount, nil, true, "duplicate acknowledgements received"},
	TCPSACKsIn:                 {"sacks_in", FieldCount, nil, true, "options with selective acknowledgements received"},
	TCPSACKBlocksIn:            {"sack_blocks_in", FieldCount, nil, true, "blocks in them"},
	TCPCongSignals:             {"cong_signals", FieldCount, nil, true, "times that the congestion window was narrowed for congestion"},
	TCPPreCongCWnd:             {"pre_cong_cwnd_sum", FieldBytes, nil, false, "sum of the congestion windows before each of them"},
	TCPPreCongRTT:              {"pre_cong_rtt_sum", FieldDuration, nil, false, "sum of the last round-trip times before each of them"},
	TCPPostCongRTT:             {"post_cong_rtt_sum", FieldDuration, nil, false, "sum of the first round-trip times after each of them"},
	TCPPostCongRTTCount:        {"post_cong_rtt_count", FieldCount, nil, false, "round-trip times in that sum"},
	TCPECNSignals:              {"ecn_signals", FieldCount, nil, true, "times that congestion was signalled by ECN"},
	TCPECEReceived:             {"ece_received", FieldCount, nil, true, "segments received that echo congestion (ECE)"},
	TCPSendStalls:              {"send_stalls", FieldCount, nil, true, "times that the interface or another local limit was taken for congestion"},
	TCPBytesReordered:          {"bytes_reordered", FieldBytes, nil, true, "bytes that turned out to have been overtaken, not lost"},
	TCPReordDupAcks:            {"reord_dup_acks", FieldCount, nil, false, "duplicate acknowledgements received on that account"},
	TCPReordEpisodes:           {"reord_episodes", FieldCount, nil, false, "series of them"},
	TCPSampleRTT:               {"sample_rtt", FieldDuration, nil, false, "the last round-trip time measured"},
	TCPMaxRTT:                  {"max_rtt", FieldDuration, nil, false, "largest round-trip time"},
	TCPRTTSum:                  {"rtt_sum", FieldDuration, nil, false, "sum of all round-trip times measured"},
	TCPRTTCount:                {"rtt_count", FieldCount, nil, false, "round-trip times in that sum"},
	TCPMaxRTO:                  {"max_rto", FieldDuration, nil, false, "largest retransmission timeout"},
	TCPMinRTO:                  {"min_rto", FieldDuration, nil, false, "smallest retransmission timeout"},
	TCPMaxMSS:                  {"max_mss", FieldBytes, nil, false, "the largest that the largest segment to send has been"},
	TCPMinMSS:                  {"min_mss", FieldBytes, nil, false, "the smallest that it has been"},
	TCPSpuriousRTO:             {"spurious_rto", FieldCount, nil, true, "acknowledgements of what a timeout had caused to be sent again for nothing"},
	TCPBytesUnacked:            {"bytes_unacked", FieldBytes, nil, true, "bytes sent and not acknowledged"},
	TCPMaxBytesUnacked:         {"max_bytes_unacked", FieldBytes, nil, false, "the most of them"},
	TCPMaxNotSent:              {"max_notsent", FieldBytes, nil, false, "the most bytes that were written and not sent yet"},
	TCPMaxRcvWnd:               {"max_rcv_wnd", FieldBytes, nil, false, "largest window announced to the peer"},
	TCPMinRcvWnd:               {"min_rcv_wnd", FieldBytes, nil, false, "smallest window announced to the peer"},
	TCPRcvWndLimit:             {"rcv_wnd_limit", FieldBytes, nil, false, "largest window that may be announced to it"},
	TCPDupAckEpisodes:          {"dup_ack_episodes", FieldCount, nil, false, "series of duplicate acknowledgements sent"},
	TCPDupAcksOut:              {"dup_acks_out", FieldCount, nil, true, "duplicate acknowledgements sent"},
	TCPReasmQueue:              {"reasm_queue", FieldBytes, nil, true, "span of what came out of order and waits for the rest"},
	TCPMaxReasmQueue:           {"max_reasm_queue", FieldBytes, nil, false, "the largest such span"},
	TCPUnread:                  {"unread", FieldBytes, nil, true, "bytes received and not read yet"},
	TCPMaxUnread:               {"max_unread", FieldBytes, nil, false, "the most of them"},
	TCPMaxSndWnd:               {"max_snd_wnd", FieldBytes, nil, false, "largest window that the peer announced"},
	TCPMinSndWnd:               {"min_snd_wnd", FieldBytes, nil, false, "smallest window that the peer announced"},
	TCPBandwidthOut:            {"bandwidth_out", FieldRate, nil, false, "estimated bandwidth of the path to the peer"},
	TCPBandwidthOutInstability: {"bandwidth_out_instability", FieldRate, nil, false, "how much that estimate varies"},
	TCPBandwidthOutPeaked:      {"bandwidth_out_peaked", FieldFlag, nil, false, "that estimate has reached its peak"},
	TCPBandwidthIn:             {"bandwidth_in", FieldRate, nil, false, "estimated bandwidth of the path from the peer"},
	TCPBandwidthInInstability:  {"bandwidth_in_instability", FieldRate, nil, false, "how much that estimate varies"},
	TCPBandwidthInPeaked:       {"bandwidth_in_peaked", FieldFlag, nil, false, "that estimate has reached its peak"},
}
