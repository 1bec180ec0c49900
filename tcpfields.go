package netstat

// FieldKind is the unit of a numeric field.
type FieldKind uint8

const (
	FieldCount    FieldKind = iota // a count, or a number with its own meaning
	FieldBytes                     // bytes
	FieldRate                      // bytes per second
	FieldDuration                  // nanoseconds, as in time.Duration
	FieldFlag                      // 0 or 1
)

// TCPField names a number in a [TCPInfo], so that columns, filters and sort keys need
// not list them. The numbers may change between versions of this package; the names do
// not.
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

	TCPFields // number of fields
)

// TCPFieldSet is a set of fields. The zero value is the empty set.
type TCPFieldSet [(TCPFields + 63) / 64]uint64

// Has reports whether f is in the set.
func (s *TCPFieldSet) Has(f TCPField) bool {
	return f < TCPFields && s[f/64]&(1<<(f%64)) != 0
}

// Add adds f to the set.
func (s *TCPFieldSet) Add(f TCPField) { s[f/64] |= 1 << (f % 64) }

// Remove removes f from the set.
func (s *TCPFieldSet) Remove(f TCPField) { s[f/64] &^= 1 << (f % 64) }

// String returns the name of the field: lower case, words joined by "_".
func (f TCPField) String() string {
	if f < TCPFields {
		return tcpFields[f].name
	}
	return "unknown"
}

// Sums reports whether the values of several connections have a meaningful sum; false
// for a field that does not exist.
func (f TCPField) Sums() bool { return f < TCPFields && tcpFields[f].sums }

// About returns a one-line description of the field, or "" if the field does not exist.
func (f TCPField) About() string {
	if f < TCPFields {
		return tcpFields[f].about
	}
	return ""
}

// Kind returns the unit of the field.
func (f TCPField) Kind() FieldKind {
	if f < TCPFields {
		return tcpFields[f].kind
	}
	return FieldCount
}

var tcpFields = [TCPFields]struct {
	name  string
	kind  FieldKind
	at    func(*TCPInfo) any // returns a pointer to the field, which needs no allocation; nil for fields of EStats
	sums  bool               // result of Sums
	about string             // one-line description
}{
	TCPCAState:                 {"ca_state", FieldCount, func(i *TCPInfo) any { return &i.CAState }, false, "congestion control state: open, disorder, cwr, recovery, loss"},
	TCPRetransmits:             {"retransmits", FieldCount, func(i *TCPInfo) any { return &i.Retransmits }, false, "unanswered retransmissions in a row, 0 once data is acknowledged"},
	TCPProbes:                  {"probes", FieldCount, func(i *TCPInfo) any { return &i.Probes }, false, "unanswered zero-window or keepalive probes"},
	TCPBackoff:                 {"backoff", FieldCount, func(i *TCPInfo) any { return &i.Backoff }, false, "number of times the retransmission timeout was doubled"},
	TCPTimestamps:              {"timestamps", FieldFlag, func(i *TCPInfo) any { return &i.Timestamps }, false, "timestamps (RFC 7323) are in use"},
	TCPSACK:                    {"sack", FieldFlag, func(i *TCPInfo) any { return &i.SACK }, false, "selective acknowledgements (RFC 2018) are in use"},
	TCPWindowScale:             {"wscale", FieldFlag, func(i *TCPInfo) any { return &i.WindowScale }, false, "window scaling (RFC 7323) is in use"},
	TCPECN:                     {"ecn", FieldFlag, func(i *TCPInfo) any { return &i.ECN }, false, "explicit congestion notification (RFC 3168) is in use"},
	TCPECNSeen:                 {"ecn_seen", FieldFlag, func(i *TCPInfo) any { return &i.ECNSeen }, false, "an ECN-capable packet was received"},
	TCPFastOpen:                {"fastopen", FieldFlag, func(i *TCPInfo) any { return &i.FastOpen }, false, "data in the SYN was acknowledged (TCP Fast Open, RFC 7413)"},
	TCPUsecTimestamps:          {"usec_timestamps", FieldFlag, func(i *TCPInfo) any { return &i.UsecTimestamps }, false, "timestamps count microseconds (Linux 6.7)"},
	TCPFastOpenChild:           {"fastopen_child", FieldFlag, func(i *TCPInfo) any { return &i.FastOpenChild }, false, "server socket created by a Fast Open SYN (Linux 6.14)"},
	TCPSndWScale:               {"snd_wscale", FieldCount, func(i *TCPInfo) any { return &i.SndWScale }, false, "window scale announced by the peer"},
	TCPRcvWScale:               {"rcv_wscale", FieldCount, func(i *TCPInfo) any { return &i.RcvWScale }, false, "window scale announced to the peer"},
	TCPAppLimited:              {"app_limited", FieldFlag, func(i *TCPInfo) any { return &i.AppLimited }, false, "delivery_rate was limited by the application (Linux 4.9)"},
	TCPFastOpenFail:            {"fastopen_fail", FieldCount, func(i *TCPInfo) any { return &i.FastOpenFail }, false, "why a client's Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 if it did not fail (Linux 5.5)"},
	TCPRTO:                     {"rto", FieldDuration, func(i *TCPInfo) any { return &i.RTO }, false, "retransmission timeout"},
	TCPATO:                     {"ato", FieldDuration, func(i *TCPInfo) any { return &i.ATO }, false, "delayed acknowledgement timeout"},
	TCPMSS:                     {"mss", FieldBytes, func(i *TCPInfo) any { return &i.MSS }, false, "largest segment to send"},
	TCPRcvMSS:                  {"rcv_mss", FieldBytes, func(i *TCPInfo) any { return &i.RcvMSS }, false, "estimated largest segment received"},
	TCPUnacked:                 {"unacked", FieldCount, func(i *TCPInfo) any { return &i.Unacked }, true, "segments sent and not acknowledged"},
	TCPSacked:                  {"sacked", FieldCount, func(i *TCPInfo) any { return &i.Sacked }, false, "unacknowledged segments that were selectively acknowledged"},
	TCPLost:                    {"lost", FieldCount, func(i *TCPInfo) any { return &i.Lost }, true, "unacknowledged segments considered lost"},
	TCPRetrans:                 {"retrans", FieldCount, func(i *TCPInfo) any { return &i.Retrans }, true, "unacknowledged segments that were retransmitted"},
	TCPFackets:                 {"fackets", FieldCount, func(i *TCPInfo) any { return &i.Fackets }, false, "segments up to the highest selectively acknowledged one; 0 since Linux 4.15"},
	TCPLastDataSent:            {"last_data_sent", FieldDuration, func(i *TCPInfo) any { return &i.LastDataSent }, false, "time since data was last sent"},
	TCPLastDataRecv:            {"last_data_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastDataRecv }, false, "time since data was last received"},
	TCPLastAckRecv:             {"last_ack_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastAckRecv }, false, "time since an acknowledgement was last received"},
	TCPPMTU:                    {"pmtu", FieldBytes, func(i *TCPInfo) any { return &i.PMTU }, false, "path MTU"},
	TCPRcvSSThresh:             {"rcv_ssthresh", FieldBytes, func(i *TCPInfo) any { return &i.RcvSSThresh }, false, "largest window to announce at present"},
	TCPRTT:                     {"rtt", FieldDuration, func(i *TCPInfo) any { return &i.RTT }, false, "smoothed round-trip time"},
	TCPRTTVar:                  {"rttvar", FieldDuration, func(i *TCPInfo) any { return &i.RTTVar }, false, "mean deviation of the round-trip time"},
	TCPSSThresh:                {"ssthresh", FieldCount, func(i *TCPInfo) any { return &i.SSThresh }, false, "slow start threshold, in segments; absent until a loss sets it"},
	TCPCWnd:                    {"cwnd", FieldCount, func(i *TCPInfo) any { return &i.CWnd }, false, "congestion window, in segments"},
	TCPAdvMSS:                  {"advmss", FieldBytes, func(i *TCPInfo) any { return &i.AdvMSS }, false, "largest segment announced to the peer"},
	TCPReordering:              {"reordering", FieldCount, func(i *TCPInfo) any { return &i.Reordering }, false, "segments that may be reordered before one is considered lost"},
	TCPRcvRTT:                  {"rcv_rtt", FieldDuration, func(i *TCPInfo) any { return &i.RcvRTT }, false, "receiver's estimate of the round-trip time; 0 if there is none yet"},
	TCPRcvSpace:                {"rcv_space", FieldBytes, func(i *TCPInfo) any { return &i.RcvSpace }, false, "receive buffer space used for buffer tuning"},
	TCPTotalRetrans:            {"total_retrans", FieldCount, func(i *TCPInfo) any { return &i.TotalRetrans }, true, "segments retransmitted since the connection began"},
	TCPPacingRate:              {"pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.PacingRate }, false, "pacing rate; absent if there is no limit"},
	TCPMaxPacingRate:           {"max_pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.MaxPacingRate }, false, "upper limit of pacing_rate (SO_MAX_PACING_RATE); absent if there is none"},
	TCPBytesAcked:              {"bytes_acked", FieldBytes, func(i *TCPInfo) any { return &i.BytesAcked }, true, "bytes sent and acknowledged (Linux 4.1)"},
	TCPBytesReceived:           {"bytes_received", FieldBytes, func(i *TCPInfo) any { return &i.BytesReceived }, true, "bytes received in order (Linux 4.1)"},
	TCPSegsOut:                 {"segs_out", FieldCount, func(i *TCPInfo) any { return &i.SegsOut }, true, "segments sent, including those without data (Linux 4.2)"},
	TCPSegsIn:                  {"segs_in", FieldCount, func(i *TCPInfo) any { return &i.SegsIn }, true, "segments received, including those without data (Linux 4.2)"},
	TCPNotSent:                 {"notsent", FieldBytes, func(i *TCPInfo) any { return &i.NotSent }, true, "bytes written and not yet sent (Linux 4.6)"},
	TCPMinRTT:                  {"min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.MinRTT }, false, "recent minimum round-trip time; absent until measured (Linux 4.6)"},
	TCPDataSegsIn:              {"data_segs_in", FieldCount, func(i *TCPInfo) any { return &i.DataSegsIn }, true, "segments with data received (Linux 4.6)"},
	TCPDataSegsOut:             {"data_segs_out", FieldCount, func(i *TCPInfo) any { return &i.DataSegsOut }, true, "segments with data sent (Linux 4.6)"},
	TCPDeliveryRate:            {"delivery_rate", FieldRate, func(i *TCPInfo) any { return &i.DeliveryRate }, true, "recent rate at which data reached the peer (Linux 4.9)"},
	TCPBusyTime:                {"busy_time", FieldDuration, func(i *TCPInfo) any { return &i.BusyTime }, true, "time with data to send (Linux 4.10)"},
	TCPRWndLimited:             {"rwnd_limited", FieldDuration, func(i *TCPInfo) any { return &i.RWndLimited }, true, "part of busy_time limited by the peer's window (Linux 4.10)"},
	TCPSndBufLimited:           {"sndbuf_limited", FieldDuration, func(i *TCPInfo) any { return &i.SndBufLimited }, true, "part of busy_time limited by the send buffer (Linux 4.10)"},
	TCPDelivered:               {"delivered", FieldCount, func(i *TCPInfo) any { return &i.Delivered }, true, "segments delivered, including retransmissions (Linux 4.18)"},
	TCPDeliveredCE:             {"delivered_ce", FieldCount, func(i *TCPInfo) any { return &i.DeliveredCE }, true, "delivered segments that met congestion (Linux 4.18)"},
	TCPBytesSent:               {"bytes_sent", FieldBytes, func(i *TCPInfo) any { return &i.BytesSent }, true, "data bytes sent, including retransmissions (Linux 4.19)"},
	TCPBytesRetrans:            {"bytes_retrans", FieldBytes, func(i *TCPInfo) any { return &i.BytesRetrans }, true, "data bytes retransmitted (Linux 4.19)"},
	TCPDSACKDups:               {"dsack_dups", FieldCount, func(i *TCPInfo) any { return &i.DSACKDups }, true, "segments that the peer reported as received twice (DSACK, Linux 4.19)"},
	TCPReordSeen:               {"reord_seen", FieldCount, func(i *TCPInfo) any { return &i.ReordSeen }, false, "reordering events seen (Linux 4.19)"},
	TCPRcvOOOPack:              {"rcv_ooopack", FieldCount, func(i *TCPInfo) any { return &i.RcvOOOPack }, true, "segments received out of order (Linux 5.4)"},
	TCPSndWnd:                  {"snd_wnd", FieldBytes, func(i *TCPInfo) any { return &i.SndWnd }, false, "window announced by the peer (Linux 5.4)"},
	TCPRcvWnd:                  {"rcv_wnd", FieldBytes, func(i *TCPInfo) any { return &i.RcvWnd }, false, "window announced to the peer (Linux 6.2)"},
	TCPRehash:                  {"rehash", FieldCount, func(i *TCPInfo) any { return &i.Rehash }, false, "times another path was tried, for load or after a timeout (Linux 6.2)"},
	TCPTotalRTO:                {"total_rto", FieldCount, func(i *TCPInfo) any { return &i.TotalRTO }, true, "retransmission timeouts since the connection began (Linux 6.7)"},
	TCPTotalRTORecoveries:      {"total_rto_recoveries", FieldCount, func(i *TCPInfo) any { return &i.TotalRTORecoveries }, false, "recoveries from retransmission timeouts (Linux 6.7)"},
	TCPTotalRTOTime:            {"total_rto_time", FieldDuration, func(i *TCPInfo) any { return &i.TotalRTOTime }, false, "time spent recovering from retransmission timeouts (Linux 6.7)"},
	TCPReceivedCE:              {"received_ce", FieldCount, func(i *TCPInfo) any { return &i.ReceivedCE }, false, "received segments that met congestion (accurate ECN, Linux 6.18)"},
	TCPDeliveredE1Bytes:        {"delivered_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE1Bytes }, false, "bytes delivered with ECN code point 01"},
	TCPDeliveredE0Bytes:        {"delivered_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE0Bytes }, false, "bytes delivered with ECN code point 10"},
	TCPDeliveredCEBytes:        {"delivered_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredCEBytes }, false, "bytes delivered that met congestion"},
	TCPReceivedE1Bytes:         {"received_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE1Bytes }, false, "bytes received with ECN code point 01"},
	TCPReceivedE0Bytes:         {"received_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE0Bytes }, false, "bytes received with ECN code point 10"},
	TCPReceivedCEBytes:         {"received_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedCEBytes }, false, "bytes received that met congestion"},
	TCPAccECNFailMode:          {"accecn_fail_mode", FieldCount, func(i *TCPInfo) any { return &i.AccECNFailMode }, false, "bits showing how the negotiation of accurate ECN failed; 0 if it did not"},
	TCPAccECNOptSeen:           {"accecn_opt_seen", FieldCount, func(i *TCPInfo) any { return &i.AccECNOptSeen }, false, "the peer's accurate ECN option: 0 not seen, 1 seen empty, 2 seen with counters"},
	TCPVegasEnabled:            {"vegas_enabled", FieldFlag, func(i *TCPInfo) any { return &i.Vegas.Enabled }, false, "TCP Vegas is in use"},
	TCPVegasRTTCount:           {"vegas_rtt_count", FieldCount, func(i *TCPInfo) any { return &i.Vegas.RTTCount }, false, "round-trip times that Vegas measured in this round"},
	TCPVegasRTT:                {"vegas_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.RTT }, false, "minimum round-trip time of this round, by Vegas"},
	TCPVegasMinRTT:             {"vegas_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.MinRTT }, false, "minimum round-trip time of the connection, by Vegas"},
	TCPDCTCPEnabled:            {"dctcp_enabled", FieldFlag, func(i *TCPInfo) any { return &i.DCTCP.Enabled }, false, "Data Center TCP is in use"},
	TCPDCTCPCEState:            {"dctcp_ce_state", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.CEState }, false, "1 if the last segment met congestion (DCTCP)"},
	TCPDCTCPAlpha:              {"dctcp_alpha", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.Alpha }, false, "estimated fraction of marked bytes, in 1024ths (DCTCP)"},
	TCPDCTCPECNBytes:           {"dctcp_ab_ecn", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.ECNBytes }, false, "bytes acknowledged in this round that met congestion (DCTCP)"},
	TCPDCTCPTotalBytes:         {"dctcp_ab_tot", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.TotalBytes }, false, "bytes acknowledged in this round (DCTCP)"},
	TCPBBRBandwidth:            {"bbr_bw", FieldRate, func(i *TCPInfo) any { return &i.BBR.Bandwidth }, false, "bandwidth estimated by BBR"},
	TCPBBRMinRTT:               {"bbr_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.BBR.MinRTT }, false, "recent minimum round-trip time, by BBR"},
	TCPBBRPacingGain:           {"bbr_pacing_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.PacingGain }, false, "gain of the pacing rate, in 256ths (BBR)"},
	TCPBBRCWndGain:             {"bbr_cwnd_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.CWndGain }, false, "gain of the congestion window, in 256ths (BBR)"},
	TCPActiveOpen:              {"active_open", FieldFlag, nil, false, "this host opened the connection"},
	TCPPeerMSS:                 {"peer_mss", FieldBytes, nil, false, "largest segment announced by the peer"},
	TCPDataBytesIn:             {"data_bytes_in", FieldBytes, nil, true, "data bytes received, including duplicates"},
	TCPSoftErrors:              {"soft_errors", FieldCount, nil, true, "received segments that failed a consistency check"},
	TCPSoftErrorReason:         {"soft_error_reason", FieldCount, nil, false, "the system's number of the consistency check that failed last; absent if none failed"},
	TCPRWndLimitedCount:        {"rwnd_limited_count", FieldCount, nil, true, "times the peer's window began to limit sending"},
	TCPRWndLimitedBytes:        {"rwnd_limited_bytes", FieldBytes, nil, true, "bytes sent while the peer's window limited sending"},
	TCPCWndLimited:             {"cwnd_limited", FieldDuration, nil, true, "time limited by congestion control"},
	TCPCWndLimitedCount:        {"cwnd_limited_count", FieldCount, nil, true, "times congestion control began to limit sending"},
	TCPCWndLimitedBytes:        {"cwnd_limited_bytes", FieldBytes, nil, true, "bytes sent while congestion control limited sending"},
	TCPSenderLimited:           {"sender_limited", FieldDuration, nil, true, "time limited by this host, such as by having no data to send"},
	TCPSenderLimitedCount:      {"sender_limited_count", FieldCount, nil, true, "times this host began to limit sending"},
	TCPSenderLimitedBytes:      {"sender_limited_bytes", FieldBytes, nil, true, "bytes sent while this host limited sending"},
	TCPSlowStart:               {"slow_start", FieldCount, nil, false, "times slow start increased the congestion window"},
	TCPCongAvoid:               {"cong_avoid", FieldCount, nil, false, "times congestion avoidance increased the congestion window"},
	TCPOtherReductions:         {"other_reductions", FieldCount, nil, false, "times the congestion window was reduced for reasons other than congestion control"},
	TCPCWndBytes:               {"cwnd_bytes", FieldBytes, nil, false, "congestion window, in bytes"},
	TCPMaxSlowStartCWnd:        {"max_slow_start_cwnd", FieldBytes, nil, false, "largest congestion window in slow start, in bytes"},
	TCPMaxCongAvoidCWnd:        {"max_cong_avoid_cwnd", FieldBytes, nil, false, "largest congestion window in congestion avoidance, in bytes"},
	TCPCWndLimit:               {"cwnd_limit", FieldBytes, nil, false, "upper limit of the congestion window, in bytes"},
	TCPSSThreshBytes:           {"ssthresh_bytes", FieldBytes, nil, false, "slow start threshold, in bytes; absent until a loss sets it"},
	TCPMaxSSThresh:             {"max_ssthresh", FieldBytes, nil, false, "largest slow start threshold, in bytes"},
	TCPMinSSThresh:             {"min_ssthresh", FieldBytes, nil, false, "smallest slow start threshold, in bytes"},
	TCPFastRetrans:             {"fast_retrans", FieldCount, nil, true, "fast retransmits"},
	TCPSubsequentRTO:           {"subsequent_rto", FieldCount, nil, true, "retransmission timeouts that followed another one"},
	TCPAbruptRTO:               {"abrupt_rto", FieldCount, nil, true, "retransmission timeouts without an earlier sign of congestion"},
	TCPDupAcksIn:               {"dup_acks_in", FieldCount, nil, true, "duplicate acknowledgements received"},
	TCPSACKsIn:                 {"sacks_in", FieldCount, nil, true, "selective acknowledgement options received"},
	TCPSACKBlocksIn:            {"sack_blocks_in", FieldCount, nil, true, "selective acknowledgement blocks received"},
	TCPCongSignals:             {"cong_signals", FieldCount, nil, true, "times the congestion window was reduced because of congestion"},
	TCPPreCongCWnd:             {"pre_cong_cwnd_sum", FieldBytes, nil, false, "sum of the congestion windows before each reduction counted in cong_signals"},
	TCPPreCongRTT:              {"pre_cong_rtt_sum", FieldDuration, nil, false, "sum of the last round-trip times before each reduction counted in cong_signals"},
	TCPPostCongRTT:             {"post_cong_rtt_sum", FieldDuration, nil, false, "sum of the first round-trip times after each reduction counted in cong_signals"},
	TCPPostCongRTTCount:        {"post_cong_rtt_count", FieldCount, nil, false, "round-trip times in post_cong_rtt_sum"},
	TCPECNSignals:              {"ecn_signals", FieldCount, nil, true, "congestion signals received by ECN"},
	TCPECEReceived:             {"ece_received", FieldCount, nil, true, "received segments with the ECN echo (ECE)"},
	TCPSendStalls:              {"send_stalls", FieldCount, nil, true, "times an interface or another local limit was treated as congestion"},
	TCPBytesReordered:          {"bytes_reordered", FieldBytes, nil, true, "bytes that were reordered, not lost"},
	TCPReordDupAcks:            {"reord_dup_acks", FieldCount, nil, false, "duplicate acknowledgements received because of reordering"},
	TCPReordEpisodes:           {"reord_episodes", FieldCount, nil, false, "reordering episodes"},
	TCPSampleRTT:               {"sample_rtt", FieldDuration, nil, false, "last measured round-trip time"},
	TCPMaxRTT:                  {"max_rtt", FieldDuration, nil, false, "largest round-trip time"},
	TCPRTTSum:                  {"rtt_sum", FieldDuration, nil, false, "sum of all round-trip times measured"},
	TCPRTTCount:                {"rtt_count", FieldCount, nil, false, "round-trip times in rtt_sum"},
	TCPMaxRTO:                  {"max_rto", FieldDuration, nil, false, "largest retransmission timeout"},
	TCPMinRTO:                  {"min_rto", FieldDuration, nil, false, "smallest retransmission timeout"},
	TCPMaxMSS:                  {"max_mss", FieldBytes, nil, false, "largest value of mss"},
	TCPMinMSS:                  {"min_mss", FieldBytes, nil, false, "smallest value of mss"},
	TCPSpuriousRTO:             {"spurious_rto", FieldCount, nil, true, "acknowledgements showing that a timeout retransmitted unnecessarily"},
	TCPBytesUnacked:            {"bytes_unacked", FieldBytes, nil, true, "bytes sent and not acknowledged"},
	TCPMaxBytesUnacked:         {"max_bytes_unacked", FieldBytes, nil, false, "largest number of bytes sent and not acknowledged"},
	TCPMaxNotSent:              {"max_notsent", FieldBytes, nil, false, "largest number of bytes written and not yet sent"},
	TCPMaxRcvWnd:               {"max_rcv_wnd", FieldBytes, nil, false, "largest window announced to the peer"},
	TCPMinRcvWnd:               {"min_rcv_wnd", FieldBytes, nil, false, "smallest window announced to the peer"},
	TCPRcvWndLimit:             {"rcv_wnd_limit", FieldBytes, nil, false, "upper limit of the window announced to the peer"},
	TCPDupAckEpisodes:          {"dup_ack_episodes", FieldCount, nil, false, "series of duplicate acknowledgements sent"},
	TCPDupAcksOut:              {"dup_acks_out", FieldCount, nil, true, "duplicate acknowledgements sent"},
	TCPReasmQueue:              {"reasm_queue", FieldBytes, nil, true, "span of out-of-order data waiting for missing bytes"},
	TCPMaxReasmQueue:           {"max_reasm_queue", FieldBytes, nil, false, "largest span of out-of-order data waiting for missing bytes"},
	TCPUnread:                  {"unread", FieldBytes, nil, true, "bytes received and not yet read"},
	TCPMaxUnread:               {"max_unread", FieldBytes, nil, false, "largest number of bytes received and not yet read"},
	TCPMaxSndWnd:               {"max_snd_wnd", FieldBytes, nil, false, "largest window announced by the peer"},
	TCPMinSndWnd:               {"min_snd_wnd", FieldBytes, nil, false, "smallest window announced by the peer"},
	TCPBandwidthOut:            {"bandwidth_out", FieldRate, nil, false, "estimated bandwidth of the path to the peer"},
	TCPBandwidthOutInstability: {"bandwidth_out_instability", FieldRate, nil, false, "variation of the estimate bandwidth_out"},
	TCPBandwidthOutPeaked:      {"bandwidth_out_peaked", FieldFlag, nil, false, "the estimate bandwidth_out has reached its peak"},
	TCPBandwidthIn:             {"bandwidth_in", FieldRate, nil, false, "estimated bandwidth of the path from the peer"},
	TCPBandwidthInInstability:  {"bandwidth_in_instability", FieldRate, nil, false, "variation of the estimate bandwidth_in"},
	TCPBandwidthInPeaked:       {"bandwidth_in_peaked", FieldFlag, nil, false, "the estimate bandwidth_in has reached its peak"},
}
