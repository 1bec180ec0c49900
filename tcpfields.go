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

// AboutZH returns what About does, in Chinese.
func (f TCPField) AboutZH() string {
	if f < TCPFields {
		return tcpFields[f].aboutZH
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
	name    string
	kind    FieldKind
	at      func(*TCPInfo) any // returns a pointer to the field, which needs no allocation; nil for fields of EStats
	sums    bool               // result of Sums
	about   string             // one-line description
	aboutZH string             // the same in Chinese
}{
	TCPCAState:                 {"ca_state", FieldCount, func(i *TCPInfo) any { return &i.CAState }, false, "congestion control state: open, disorder, cwr, recovery, loss", "拥塞控制状态: open、disorder、cwr、recovery、loss"},
	TCPRetransmits:             {"retransmits", FieldCount, func(i *TCPInfo) any { return &i.Retransmits }, false, "unanswered retransmissions in a row; 0 once data is acknowledged", "连续未获应答的重传次数；数据得到确认后为 0"},
	TCPProbes:                  {"probes", FieldCount, func(i *TCPInfo) any { return &i.Probes }, false, "unanswered zero-window or keepalive probes", "未获应答的零窗口探测或保活探测次数"},
	TCPBackoff:                 {"backoff", FieldCount, func(i *TCPInfo) any { return &i.Backoff }, false, "times the retransmission timeout doubled", "重传超时加倍的次数"},
	TCPTimestamps:              {"timestamps", FieldFlag, func(i *TCPInfo) any { return &i.Timestamps }, false, "timestamps (RFC 7323) are in use", "使用时间戳（RFC 7323）"},
	TCPSACK:                    {"sack", FieldFlag, func(i *TCPInfo) any { return &i.SACK }, false, "selective acknowledgements in use (RFC 2018)", "使用选择性确认（RFC 2018）"},
	TCPWindowScale:             {"wscale", FieldFlag, func(i *TCPInfo) any { return &i.WindowScale }, false, "window scaling (RFC 7323) is in use", "使用窗口扩大（RFC 7323）"},
	TCPECN:                     {"ecn", FieldFlag, func(i *TCPInfo) any { return &i.ECN }, false, "congestion notification in use (ECN, RFC 3168)", "使用显式拥塞通知（RFC 3168）"},
	TCPECNSeen:                 {"ecn_seen", FieldFlag, func(i *TCPInfo) any { return &i.ECNSeen }, false, "an ECN-capable packet was received", "收到过支持 ECN 的数据包"},
	TCPFastOpen:                {"fastopen", FieldFlag, func(i *TCPInfo) any { return &i.FastOpen }, false, "data in the SYN was acknowledged (TCP Fast Open, RFC 7413)", "SYN 中的数据已获确认（TCP Fast Open，RFC 7413）"},
	TCPUsecTimestamps:          {"usec_timestamps", FieldFlag, func(i *TCPInfo) any { return &i.UsecTimestamps }, false, "timestamps count microseconds (Linux 6.7)", "时间戳以微秒计（Linux 6.7）"},
	TCPFastOpenChild:           {"fastopen_child", FieldFlag, func(i *TCPInfo) any { return &i.FastOpenChild }, false, "server socket created by a Fast Open SYN (Linux 6.14)", "由 Fast Open 的 SYN 建立的服务端套接字（Linux 6.14）"},
	TCPSndWScale:               {"snd_wscale", FieldCount, func(i *TCPInfo) any { return &i.SndWScale }, false, "window scale announced by the peer", "对端通告的窗口扩大因子"},
	TCPRcvWScale:               {"rcv_wscale", FieldCount, func(i *TCPInfo) any { return &i.RcvWScale }, false, "window scale announced to the peer", "向对端通告的窗口扩大因子"},
	TCPAppLimited:              {"app_limited", FieldFlag, func(i *TCPInfo) any { return &i.AppLimited }, false, "delivery_rate was limited by the application (Linux 4.9)", "delivery_rate 受应用程序限制（Linux 4.9）"},
	TCPFastOpenFail:            {"fastopen_fail", FieldCount, func(i *TCPInfo) any { return &i.FastOpenFail }, false, "why a client's Fast Open failed: 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 if it did not fail (Linux 5.5)", "客户端 Fast Open 失败的原因；0 未失败，1 无 cookie，2 数据未获确认，3 SYN 重传（Linux 5.5）"},
	TCPRTO:                     {"rto", FieldDuration, func(i *TCPInfo) any { return &i.RTO }, false, "retransmission timeout", "重传超时"},
	TCPATO:                     {"ato", FieldDuration, func(i *TCPInfo) any { return &i.ATO }, false, "delayed acknowledgement timeout", "延迟确认超时"},
	TCPMSS:                     {"mss", FieldBytes, func(i *TCPInfo) any { return &i.MSS }, false, "largest segment to send", "发送的最大段长"},
	TCPRcvMSS:                  {"rcv_mss", FieldBytes, func(i *TCPInfo) any { return &i.RcvMSS }, false, "estimated largest segment received", "估计的所收最大段长"},
	TCPUnacked:                 {"unacked", FieldCount, func(i *TCPInfo) any { return &i.Unacked }, true, "segments sent and not acknowledged", "已发送而未确认的段数"},
	TCPSacked:                  {"sacked", FieldCount, func(i *TCPInfo) any { return &i.Sacked }, false, "unacknowledged segments with a SACK", "已被选择性确认、尚未累积确认的段数"},
	TCPLost:                    {"lost", FieldCount, func(i *TCPInfo) any { return &i.Lost }, true, "unacknowledged segments considered lost", "未确认的段中视为丢失的段数"},
	TCPRetrans:                 {"retrans", FieldCount, func(i *TCPInfo) any { return &i.Retrans }, true, "unacknowledged segments sent again", "未确认的段中已重传的段数"},
	TCPFackets:                 {"fackets", FieldCount, func(i *TCPInfo) any { return &i.Fackets }, false, "segments up to the highest SACK; 0 since Linux 4.15", "至最高的选择性确认段为止的段数；自 Linux 4.15 起为 0"},
	TCPLastDataSent:            {"last_data_sent", FieldDuration, func(i *TCPInfo) any { return &i.LastDataSent }, false, "time since data was last sent", "距上次发送数据的时间"},
	TCPLastDataRecv:            {"last_data_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastDataRecv }, false, "time since data was last received", "距上次收到数据的时间"},
	TCPLastAckRecv:             {"last_ack_recv", FieldDuration, func(i *TCPInfo) any { return &i.LastAckRecv }, false, "time since the last acknowledgement", "距上次收到确认的时间"},
	TCPPMTU:                    {"pmtu", FieldBytes, func(i *TCPInfo) any { return &i.PMTU }, false, "path MTU", "路径 MTU"},
	TCPRcvSSThresh:             {"rcv_ssthresh", FieldBytes, func(i *TCPInfo) any { return &i.RcvSSThresh }, false, "largest window to announce at present", "目前可通告的最大窗口"},
	TCPRTT:                     {"rtt", FieldDuration, func(i *TCPInfo) any { return &i.RTT }, false, "smoothed round-trip time", "平滑往返时间"},
	TCPRTTVar:                  {"rttvar", FieldDuration, func(i *TCPInfo) any { return &i.RTTVar }, false, "mean deviation of the round-trip time", "往返时间的平均偏差"},
	TCPSSThresh:                {"ssthresh", FieldCount, func(i *TCPInfo) any { return &i.SSThresh }, false, "slow start threshold, in segments; absent until a loss sets it", "慢启动阈值（段数）；未曾丢包时为空"},
	TCPCWnd:                    {"cwnd", FieldCount, func(i *TCPInfo) any { return &i.CWnd }, false, "congestion window, in segments", "拥塞窗口（段数）"},
	TCPAdvMSS:                  {"advmss", FieldBytes, func(i *TCPInfo) any { return &i.AdvMSS }, false, "largest segment announced to the peer", "向对端通告的最大段长"},
	TCPReordering:              {"reordering", FieldCount, func(i *TCPInfo) any { return &i.Reordering }, false, "reordered segments before one counts as lost", "判定丢失之前可容忍的乱序段数"},
	TCPRcvRTT:                  {"rcv_rtt", FieldDuration, func(i *TCPInfo) any { return &i.RcvRTT }, false, "receiver's estimate of the round-trip time; 0 if there is none yet", "接收方估计的往返时间；尚无估计时为 0"},
	TCPRcvSpace:                {"rcv_space", FieldBytes, func(i *TCPInfo) any { return &i.RcvSpace }, false, "receive buffer space used for buffer tuning", "用于自动调整接收缓冲区的空间"},
	TCPTotalRetrans:            {"total_retrans", FieldCount, func(i *TCPInfo) any { return &i.TotalRetrans }, true, "segments retransmitted since the connection began", "连接建立以来重传的段数"},
	TCPPacingRate:              {"pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.PacingRate }, false, "pacing rate; absent if there is no limit", "pacing 速率；无限制时为空"},
	TCPMaxPacingRate:           {"max_pacing_rate", FieldRate, func(i *TCPInfo) any { return &i.MaxPacingRate }, false, "upper limit of pacing_rate (SO_MAX_PACING_RATE); absent if there is none", "pacing_rate 的上限（SO_MAX_PACING_RATE）；无限制时为空"},
	TCPBytesAcked:              {"bytes_acked", FieldBytes, func(i *TCPInfo) any { return &i.BytesAcked }, true, "bytes sent and acknowledged (Linux 4.1)", "已发送并确认的字节数（Linux 4.1）"},
	TCPBytesReceived:           {"bytes_received", FieldBytes, func(i *TCPInfo) any { return &i.BytesReceived }, true, "bytes received in order (Linux 4.1)", "按序收到的字节数（Linux 4.1）"},
	TCPSegsOut:                 {"segs_out", FieldCount, func(i *TCPInfo) any { return &i.SegsOut }, true, "segments sent, with and without data (Linux 4.2)", "发送的段数，含无数据的段（Linux 4.2）"},
	TCPSegsIn:                  {"segs_in", FieldCount, func(i *TCPInfo) any { return &i.SegsIn }, true, "segments received, with and without data (Linux 4.2)", "收到的段数，含无数据的段（Linux 4.2）"},
	TCPNotSent:                 {"notsent", FieldBytes, func(i *TCPInfo) any { return &i.NotSent }, true, "bytes written and not yet sent (Linux 4.6)", "已写入而未发送的字节数（Linux 4.6）"},
	TCPMinRTT:                  {"min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.MinRTT }, false, "recent minimum round-trip time; absent until measured (Linux 4.6)", "近期的最小往返时间；未测得时为空（Linux 4.6）"},
	TCPDataSegsIn:              {"data_segs_in", FieldCount, func(i *TCPInfo) any { return &i.DataSegsIn }, true, "segments with data received (Linux 4.6)", "收到的带数据的段数（Linux 4.6）"},
	TCPDataSegsOut:             {"data_segs_out", FieldCount, func(i *TCPInfo) any { return &i.DataSegsOut }, true, "segments with data sent (Linux 4.6)", "发送的带数据的段数（Linux 4.6）"},
	TCPDeliveryRate:            {"delivery_rate", FieldRate, func(i *TCPInfo) any { return &i.DeliveryRate }, true, "recent rate at which data reached the peer (Linux 4.9)", "近期数据送达对端的速率（Linux 4.9）"},
	TCPBusyTime:                {"busy_time", FieldDuration, func(i *TCPInfo) any { return &i.BusyTime }, true, "time with data to send (Linux 4.10)", "有数据待发送的时间（Linux 4.10）"},
	TCPRWndLimited:             {"rwnd_limited", FieldDuration, func(i *TCPInfo) any { return &i.RWndLimited }, true, "part of busy_time limited by the peer's window (Linux 4.10)", "busy_time 中受对端窗口限制的部分（Linux 4.10）"},
	TCPSndBufLimited:           {"sndbuf_limited", FieldDuration, func(i *TCPInfo) any { return &i.SndBufLimited }, true, "part of busy_time limited by the send buffer (Linux 4.10)", "busy_time 中受发送缓冲区限制的部分（Linux 4.10）"},
	TCPDelivered:               {"delivered", FieldCount, func(i *TCPInfo) any { return &i.Delivered }, true, "segments delivered, including retransmissions (Linux 4.18)", "送达的段数，含重传（Linux 4.18）"},
	TCPDeliveredCE:             {"delivered_ce", FieldCount, func(i *TCPInfo) any { return &i.DeliveredCE }, true, "delivered segments that met congestion (Linux 4.18)", "送达的段中遇到拥塞的段数（Linux 4.18）"},
	TCPBytesSent:               {"bytes_sent", FieldBytes, func(i *TCPInfo) any { return &i.BytesSent }, true, "data bytes sent, including retransmissions (Linux 4.19)", "发送的数据字节数，含重传（Linux 4.19）"},
	TCPBytesRetrans:            {"bytes_retrans", FieldBytes, func(i *TCPInfo) any { return &i.BytesRetrans }, true, "data bytes retransmitted (Linux 4.19)", "重传的数据字节数（Linux 4.19）"},
	TCPDSACKDups:               {"dsack_dups", FieldCount, func(i *TCPInfo) any { return &i.DSACKDups }, true, "segments the peer received twice (DSACK, Linux 4.19)", "对端报告重复收到的段数（DSACK，Linux 4.19）"},
	TCPReordSeen:               {"reord_seen", FieldCount, func(i *TCPInfo) any { return &i.ReordSeen }, false, "reordering events seen (Linux 4.19)", "发现乱序的次数（Linux 4.19）"},
	TCPRcvOOOPack:              {"rcv_ooopack", FieldCount, func(i *TCPInfo) any { return &i.RcvOOOPack }, true, "segments received out of order (Linux 5.4)", "收到的乱序段数（Linux 5.4）"},
	TCPSndWnd:                  {"snd_wnd", FieldBytes, func(i *TCPInfo) any { return &i.SndWnd }, false, "window announced by the peer (Linux 5.4)", "对端通告的窗口（Linux 5.4）"},
	TCPRcvWnd:                  {"rcv_wnd", FieldBytes, func(i *TCPInfo) any { return &i.RcvWnd }, false, "window announced to the peer (Linux 6.2)", "向对端通告的窗口（Linux 6.2）"},
	TCPRehash:                  {"rehash", FieldCount, func(i *TCPInfo) any { return &i.Rehash }, false, "times another path was tried (Linux 6.2)", "因负载或超时改走其他路径的次数（Linux 6.2）"},
	TCPTotalRTO:                {"total_rto", FieldCount, func(i *TCPInfo) any { return &i.TotalRTO }, true, "retransmission timeouts in all (Linux 6.7)", "连接建立以来的重传超时次数（Linux 6.7）"},
	TCPTotalRTORecoveries:      {"total_rto_recoveries", FieldCount, func(i *TCPInfo) any { return &i.TotalRTORecoveries }, false, "recoveries from retransmission timeouts (Linux 6.7)", "从重传超时中恢复的次数（Linux 6.7）"},
	TCPTotalRTOTime:            {"total_rto_time", FieldDuration, func(i *TCPInfo) any { return &i.TotalRTOTime }, false, "time of recovery from timeouts (Linux 6.7)", "从重传超时中恢复所用的时间（Linux 6.7）"},
	TCPReceivedCE:              {"received_ce", FieldCount, func(i *TCPInfo) any { return &i.ReceivedCE }, false, "received segments that met congestion (accurate ECN, Linux 6.18)", "收到的段中遇到拥塞的段数（精确 ECN，Linux 6.18）"},
	TCPDeliveredE1Bytes:        {"delivered_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE1Bytes }, false, "bytes delivered with ECN code point 01", "ECN 码点为 01 的送达字节数"},
	TCPDeliveredE0Bytes:        {"delivered_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredE0Bytes }, false, "bytes delivered with ECN code point 10", "ECN 码点为 10 的送达字节数"},
	TCPDeliveredCEBytes:        {"delivered_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.DeliveredCEBytes }, false, "bytes delivered that met congestion", "遇到拥塞的送达字节数"},
	TCPReceivedE1Bytes:         {"received_e1_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE1Bytes }, false, "bytes received with ECN code point 01", "ECN 码点为 01 的收到字节数"},
	TCPReceivedE0Bytes:         {"received_e0_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedE0Bytes }, false, "bytes received with ECN code point 10", "ECN 码点为 10 的收到字节数"},
	TCPReceivedCEBytes:         {"received_ce_bytes", FieldBytes, func(i *TCPInfo) any { return &i.ReceivedCEBytes }, false, "bytes received that met congestion", "遇到拥塞的收到字节数"},
	TCPAccECNFailMode:          {"accecn_fail_mode", FieldCount, func(i *TCPInfo) any { return &i.AccECNFailMode }, false, "how negotiating accurate ECN failed; bits, 0 if it did not", "表示精确 ECN 协商如何失败的位；0 为未失败"},
	TCPAccECNOptSeen:           {"accecn_opt_seen", FieldCount, func(i *TCPInfo) any { return &i.AccECNOptSeen }, false, "the peer's accurate ECN option: 0 not seen, 1 seen empty, 2 seen with counters", "对端的精确 ECN 选项: 0 未见，1 为空，2 带计数"},
	TCPVegasEnabled:            {"vegas_enabled", FieldFlag, func(i *TCPInfo) any { return &i.Vegas.Enabled }, false, "TCP Vegas is in use", "使用 TCP Vegas"},
	TCPVegasRTTCount:           {"vegas_rtt_count", FieldCount, func(i *TCPInfo) any { return &i.Vegas.RTTCount }, false, "round-trip times measured in this round (Vegas)", "Vegas 本轮测得的往返时间个数"},
	TCPVegasRTT:                {"vegas_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.RTT }, false, "minimum round-trip time of this round (Vegas)", "Vegas 本轮的最小往返时间"},
	TCPVegasMinRTT:             {"vegas_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.Vegas.MinRTT }, false, "minimum round-trip time of all (Vegas)", "Vegas 在该连接上的最小往返时间"},
	TCPDCTCPEnabled:            {"dctcp_enabled", FieldFlag, func(i *TCPInfo) any { return &i.DCTCP.Enabled }, false, "Data Center TCP is in use", "使用 Data Center TCP"},
	TCPDCTCPCEState:            {"dctcp_ce_state", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.CEState }, false, "1 if the last segment met congestion (DCTCP)", "上一段遇到拥塞时为 1（DCTCP）"},
	TCPDCTCPAlpha:              {"dctcp_alpha", FieldCount, func(i *TCPInfo) any { return &i.DCTCP.Alpha }, false, "estimated fraction of marked bytes, in 1024ths (DCTCP)", "估计的带标记字节比例，以 1/1024 计（DCTCP）"},
	TCPDCTCPECNBytes:           {"dctcp_ab_ecn", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.ECNBytes }, false, "bytes of this round that met congestion (DCTCP)", "本轮确认的遇到拥塞的字节数（DCTCP）"},
	TCPDCTCPTotalBytes:         {"dctcp_ab_tot", FieldBytes, func(i *TCPInfo) any { return &i.DCTCP.TotalBytes }, false, "bytes acknowledged in this round (DCTCP)", "本轮确认的字节数（DCTCP）"},
	TCPBBRBandwidth:            {"bbr_bw", FieldRate, func(i *TCPInfo) any { return &i.BBR.Bandwidth }, false, "bandwidth estimated by BBR", "BBR 估计的带宽"},
	TCPBBRMinRTT:               {"bbr_min_rtt", FieldDuration, func(i *TCPInfo) any { return &i.BBR.MinRTT }, false, "recent minimum round-trip time, by BBR", "BBR 近期的最小往返时间"},
	TCPBBRPacingGain:           {"bbr_pacing_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.PacingGain }, false, "gain of the pacing rate, in 256ths (BBR)", "pacing 速率的增益，以 1/256 计（BBR）"},
	TCPBBRCWndGain:             {"bbr_cwnd_gain", FieldCount, func(i *TCPInfo) any { return &i.BBR.CWndGain }, false, "gain of the congestion window, in 256ths (BBR)", "拥塞窗口的增益，以 1/256 计（BBR）"},
	TCPActiveOpen:              {"active_open", FieldFlag, nil, false, "this host opened the connection", "连接由本机发起"},
	TCPPeerMSS:                 {"peer_mss", FieldBytes, nil, false, "largest segment announced by the peer", "对端通告的最大段长"},
	TCPDataBytesIn:             {"data_bytes_in", FieldBytes, nil, true, "data bytes received, including duplicates", "收到的数据字节数，含重复"},
	TCPSoftErrors:              {"soft_errors", FieldCount, nil, true, "segments received and found inconsistent", "收到而未通过一致性检查的段数"},
	TCPSoftErrorReason:         {"soft_error_reason", FieldCount, nil, false, "the check that a segment failed last; the system's number", "最近未通过的一致性检查的系统编号；未发生时为空"},
	TCPRWndLimitedCount:        {"rwnd_limited_count", FieldCount, nil, true, "times the peer's window limited sending", "对端窗口开始限制发送的次数"},
	TCPRWndLimitedBytes:        {"rwnd_limited_bytes", FieldBytes, nil, true, "bytes sent with the peer's window as limit", "受对端窗口限制时发送的字节数"},
	TCPCWndLimited:             {"cwnd_limited", FieldDuration, nil, true, "time limited by congestion control", "发送受拥塞控制限制的时间"},
	TCPCWndLimitedCount:        {"cwnd_limited_count", FieldCount, nil, true, "times congestion control limited sending", "拥塞控制开始限制发送的次数"},
	TCPCWndLimitedBytes:        {"cwnd_limited_bytes", FieldBytes, nil, true, "bytes sent with congestion control as limit", "受拥塞控制限制时发送的字节数"},
	TCPSenderLimited:           {"sender_limited", FieldDuration, nil, true, "time limited by this host: no data, for example", "发送受本机限制的时间（如无数据可发）"},
	TCPSenderLimitedCount:      {"sender_limited_count", FieldCount, nil, true, "times this host began to limit sending", "本机开始限制发送的次数"},
	TCPSenderLimitedBytes:      {"sender_limited_bytes", FieldBytes, nil, true, "bytes sent while this host limited sending", "受本机限制时发送的字节数"},
	TCPSlowStart:               {"slow_start", FieldCount, nil, false, "times slow start raised the window", "慢启动增大拥塞窗口的次数"},
	TCPCongAvoid:               {"cong_avoid", FieldCount, nil, false, "times congestion avoidance raised the window", "拥塞避免增大拥塞窗口的次数"},
	TCPOtherReductions:         {"other_reductions", FieldCount, nil, false, "reductions of the window for other reasons: not by congestion control", "因其他原因减小拥塞窗口的次数（非拥塞控制）"},
	TCPCWndBytes:               {"cwnd_bytes", FieldBytes, nil, false, "congestion window, in bytes", "拥塞窗口（字节）"},
	TCPMaxSlowStartCWnd:        {"max_slow_start_cwnd", FieldBytes, nil, false, "largest congestion window in slow start", "慢启动中的最大拥塞窗口（字节）"},
	TCPMaxCongAvoidCWnd:        {"max_cong_avoid_cwnd", FieldBytes, nil, false, "largest window in congestion avoidance", "拥塞避免中的最大拥塞窗口（字节）"},
	TCPCWndLimit:               {"cwnd_limit", FieldBytes, nil, false, "upper limit of the congestion window", "拥塞窗口的上限（字节）"},
	TCPSSThreshBytes:           {"ssthresh_bytes", FieldBytes, nil, false, "slow start threshold, in bytes; absent until a loss sets it", "慢启动阈值（字节）；未曾丢包时为空"},
	TCPMaxSSThresh:             {"max_ssthresh", FieldBytes, nil, false, "largest slow start threshold, in bytes", "最大慢启动阈值（字节）"},
	TCPMinSSThresh:             {"min_ssthresh", FieldBytes, nil, false, "smallest slow start threshold, in bytes", "最小慢启动阈值（字节）"},
	TCPFastRetrans:             {"fast_retrans", FieldCount, nil, true, "fast retransmits", "快速重传次数"},
	TCPSubsequentRTO:           {"subsequent_rto", FieldCount, nil, true, "timeouts that followed another one", "紧随前一次的重传超时次数"},
	TCPAbruptRTO:               {"abrupt_rto", FieldCount, nil, true, "timeouts without a sign of congestion before", "此前无拥塞迹象的重传超时次数"},
	TCPDupAcksIn:               {"dup_acks_in", FieldCount, nil, true, "duplicate acknowledgements received", "收到的重复确认数"},
	TCPSACKsIn:                 {"sacks_in", FieldCount, nil, true, "selective acknowledgement options received", "收到的选择性确认选项数"},
	TCPSACKBlocksIn:            {"sack_blocks_in", FieldCount, nil, true, "selective acknowledgement blocks received", "收到的选择性确认块数"},
	TCPCongSignals:             {"cong_signals", FieldCount, nil, true, "reductions of the window by congestion", "因拥塞减小拥塞窗口的次数"},
	TCPPreCongCWnd:             {"pre_cong_cwnd_sum", FieldBytes, nil, false, "sum of windows before each of cong_signals", "各次减小（见 cong_signals）前拥塞窗口之和"},
	TCPPreCongRTT:              {"pre_cong_rtt_sum", FieldDuration, nil, false, "sum of times before each of cong_signals", "各次减小（见 cong_signals）前往返时间之和"},
	TCPPostCongRTT:             {"post_cong_rtt_sum", FieldDuration, nil, false, "sum of times after each of cong_signals", "各次减小（见 cong_signals）后往返时间之和"},
	TCPPostCongRTTCount:        {"post_cong_rtt_count", FieldCount, nil, false, "round-trip times in post_cong_rtt_sum", "post_cong_rtt_sum 中的往返时间个数"},
	TCPECNSignals:              {"ecn_signals", FieldCount, nil, true, "congestion signals received by ECN", "经 ECN 收到的拥塞信号数"},
	TCPECEReceived:             {"ece_received", FieldCount, nil, true, "received segments with the ECN echo (ECE)", "收到的带 ECN 回显（ECE）的段数"},
	TCPSendStalls:              {"send_stalls", FieldCount, nil, true, "local limits treated as congestion", "接口或本机其他限制被视为拥塞的次数"},
	TCPBytesReordered:          {"bytes_reordered", FieldBytes, nil, true, "bytes that were reordered, not lost", "乱序而未丢失的字节数"},
	TCPReordDupAcks:            {"reord_dup_acks", FieldCount, nil, false, "duplicate acknowledgements by reordering", "因乱序收到的重复确认数"},
	TCPReordEpisodes:           {"reord_episodes", FieldCount, nil, false, "reordering episodes", "乱序发生的次数"},
	TCPSampleRTT:               {"sample_rtt", FieldDuration, nil, false, "last measured round-trip time", "最近测得的往返时间"},
	TCPMaxRTT:                  {"max_rtt", FieldDuration, nil, false, "largest round-trip time", "最大往返时间"},
	TCPRTTSum:                  {"rtt_sum", FieldDuration, nil, false, "sum of all round-trip times measured", "所有测得的往返时间之和"},
	TCPRTTCount:                {"rtt_count", FieldCount, nil, false, "round-trip times in rtt_sum", "rtt_sum 中的往返时间个数"},
	TCPMaxRTO:                  {"max_rto", FieldDuration, nil, false, "largest retransmission timeout", "最大重传超时"},
	TCPMinRTO:                  {"min_rto", FieldDuration, nil, false, "smallest retransmission timeout", "最小重传超时"},
	TCPMaxMSS:                  {"max_mss", FieldBytes, nil, false, "largest value of mss", "mss 的最大值"},
	TCPMinMSS:                  {"min_mss", FieldBytes, nil, false, "smallest value of mss", "mss 的最小值"},
	TCPSpuriousRTO:             {"spurious_rto", FieldCount, nil, true, "needless retransmissions after a timeout", "表明超时重传并无必要的确认数"},
	TCPBytesUnacked:            {"bytes_unacked", FieldBytes, nil, true, "bytes sent and not acknowledged", "已发送而未确认的字节数"},
	TCPMaxBytesUnacked:         {"max_bytes_unacked", FieldBytes, nil, false, "most bytes sent and not acknowledged", "已发送而未确认的字节数的最大值"},
	TCPMaxNotSent:              {"max_notsent", FieldBytes, nil, false, "most bytes written and not yet sent", "已写入而未发送的字节数的最大值"},
	TCPMaxRcvWnd:               {"max_rcv_wnd", FieldBytes, nil, false, "largest window announced to the peer", "向对端通告的最大窗口"},
	TCPMinRcvWnd:               {"min_rcv_wnd", FieldBytes, nil, false, "smallest window announced to the peer", "向对端通告的最小窗口"},
	TCPRcvWndLimit:             {"rcv_wnd_limit", FieldBytes, nil, false, "upper limit of the announced window", "向对端通告的窗口的上限"},
	TCPDupAckEpisodes:          {"dup_ack_episodes", FieldCount, nil, false, "series of duplicate acknowledgements sent", "连续发送重复确认的次数"},
	TCPDupAcksOut:              {"dup_acks_out", FieldCount, nil, true, "duplicate acknowledgements sent", "发送的重复确认数"},
	TCPReasmQueue:              {"reasm_queue", FieldBytes, nil, true, "span of data after missing bytes", "等待缺失字节的乱序数据的跨度"},
	TCPMaxReasmQueue:           {"max_reasm_queue", FieldBytes, nil, false, "largest span of data after missing bytes", "等待缺失字节的乱序数据的最大跨度"},
	TCPUnread:                  {"unread", FieldBytes, nil, true, "bytes received and not yet read", "已接收而未读取的字节数"},
	TCPMaxUnread:               {"max_unread", FieldBytes, nil, false, "most bytes received and not yet read", "已接收而未读取的字节数的最大值"},
	TCPMaxSndWnd:               {"max_snd_wnd", FieldBytes, nil, false, "largest window announced by the peer", "对端通告的最大窗口"},
	TCPMinSndWnd:               {"min_snd_wnd", FieldBytes, nil, false, "smallest window announced by the peer", "对端通告的最小窗口"},
	TCPBandwidthOut:            {"bandwidth_out", FieldRate, nil, false, "estimated bandwidth of the path to the peer", "估计的到对端的路径带宽"},
	TCPBandwidthOutInstability: {"bandwidth_out_instability", FieldRate, nil, false, "variation of the estimate bandwidth_out", "估计值 bandwidth_out 的波动"},
	TCPBandwidthOutPeaked:      {"bandwidth_out_peaked", FieldFlag, nil, false, "bandwidth_out has reached its peak", "估计值 bandwidth_out 已达峰值"},
	TCPBandwidthIn:             {"bandwidth_in", FieldRate, nil, false, "estimated bandwidth from the peer", "估计的来自对端的路径带宽"},
	TCPBandwidthInInstability:  {"bandwidth_in_instability", FieldRate, nil, false, "variation of the estimate bandwidth_in", "估计值 bandwidth_in 的波动"},
	TCPBandwidthInPeaked:       {"bandwidth_in_peaked", FieldFlag, nil, false, "bandwidth_in has reached its peak", "估计值 bandwidth_in 已达峰值"},
}
