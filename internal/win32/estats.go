package win32

import (
	"errors"
	"time"

	"netstat"
)

// Windows collects statistics of a TCP connection (tcpestats.h), read by
// GetPerTcpConnectionEStats, one type per call. All but the first type are collected
// only after an administrator has enabled them (SetPerTcpConnectionEStats), for each
// connection and type. Otherwise the call succeeds and the numbers are meaningless, as
// Microsoft documents. So each call reads the switch too, and numbers count only if it
// is on. This package never sets it.

// The values of TCP_ESTATS_TYPE.
const (
	estatsSynOpts = iota
	estatsData
	estatsSndCong
	estatsPath
	estatsSendBuff
	estatsRec
	estatsObsRec
	estatsBandwidth
	estatsFineRtt
)

// estatsMember is a member of one of the structures.
type estatsMember struct {
	name  string // Microsoft's name
	width int    // in bytes; estatsSizeT for the size of a pointer
	unit  estatsUnit
	none  estatsNone
	to    netstat.TCPField // estatsLeft if the member is not used
}

const (
	estatsSizeT = 0
	estatsLeft  = netstat.TCPFields
)

type estatsUnit uint8

const (
	estatsPlain  estatsUnit = iota
	estatsBool              // BOOLEAN
	estatsMillis            // milliseconds
	estatsMicros            // microseconds
	estatsBits              // bits per second
)

// estatsNone selects the numbers that mean no value. That minimum values start with all
// bits set is inferred.
type estatsNone uint8

const (
	estatsZero estatsNone = 1 << iota // 0
	estatsOnes                        // all bits set
	estatsHuge                        // more than any window can be (RFC 7323)
)

const estatsLargestWindow = 1 << 30

// estatsKind is one type of statistics: its structures _RW_v0 (the switch), _ROS_v0
// (static values) and _ROD_v0 (dynamic values).
type estatsKind struct {
	kind     uint32
	name     string
	rw       int // bytes of the switch; 0 for none
	ros, rod []estatsMember
}

// estatsKinds are read in this order. If two types have the same field, the later one
// wins: fine round-trip times are in microseconds, earlier ones in milliseconds.
//
// Members without a field: sequence numbers (SndUna, SndNxt, SndMax, RcvNxt), with
// which a reader of a snapshot could forge segments, and reserved ones, which are
// always 0.
var estatsKinds = [...]estatsKind{
	{kind: estatsSynOpts, name: "SYN_OPTS", ros: []estatsMember{
		{"ActiveOpen", 1, estatsBool, 0, netstat.TCPActiveOpen},
		{"MssRcvd", 4, estatsPlain, estatsZero, netstat.TCPPeerMSS},
		{"MssSent", 4, estatsPlain, estatsZero, netstat.TCPAdvMSS},
	}},
	{kind: estatsData, name: "DATA", rw: 1, rod: []estatsMember{
		{"DataBytesOut", 8, estatsPlain, 0, netstat.TCPBytesSent},
		{"DataSegsOut", 8, estatsPlain, 0, netstat.TCPDataSegsOut},
		{"DataBytesIn", 8, estatsPlain, 0, netstat.TCPDataBytesIn},
		{"DataSegsIn", 8, estatsPlain, 0, netstat.TCPDataSegsIn},
		{"SegsOut", 8, estatsPlain, 0, netstat.TCPSegsOut},
		{"SegsIn", 8, estatsPlain, 0, netstat.TCPSegsIn},
		{"SoftErrors", 4, estatsPlain, 0, netstat.TCPSoftErrors},
		{"SoftErrorReason", 4, estatsPlain, 0, netstat.TCPSoftErrorReason},
		{"SndUna", 4, estatsPlain, 0, estatsLeft},
		{"SndNxt", 4, estatsPlain, 0, estatsLeft},
		{"SndMax", 4, estatsPlain, 0, estatsLeft},
		{"ThruBytesAcked", 8, estatsPlain, 0, netstat.TCPBytesAcked},
		{"RcvNxt", 4, estatsPlain, 0, estatsLeft},
		{"ThruBytesReceived", 8, estatsPlain, 0, netstat.TCPBytesReceived},
	}},
	{kind: estatsSndCong, name: "SND_CONG", rw: 1, ros: []estatsMember{
		{"LimCwnd", 4, estatsPlain, estatsZero | estatsOnes, netstat.TCPCWndLimit},
	}, rod: []estatsMember{
		{"SndLimTransRwin", 4, estatsPlain, 0, netstat.TCPRWndLimitedCount},
		{"SndLimTimeRwin", 4, estatsMillis, 0, netstat.TCPRWndLimited},
		{"SndLimBytesRwin", estatsSizeT, estatsPlain, 0, netstat.TCPRWndLimitedBytes},
		{"SndLimTransCwnd", 4, estatsPlain, 0, netstat.TCPCWndLimitedCount},
		{"SndLimTimeCwnd", 4, estatsMillis, 0, netstat.TCPCWndLimited},
		{"SndLimBytesCwnd", estatsSizeT, estatsPlain, 0, netstat.TCPCWndLimitedBytes},
		{"SndLimTransSnd", 4, estatsPlain, 0, netstat.TCPSenderLimitedCount},
		{"SndLimTimeSnd", 4, estatsMillis, 0, netstat.TCPSenderLimited},
		{"SndLimBytesSnd", estatsSizeT, estatsPlain, 0, netstat.TCPSenderLimitedBytes},
		{"SlowStart", 4, estatsPlain, 0, netstat.TCPSlowStart},
		{"CongAvoid", 4, estatsPlain, 0, netstat.TCPCongAvoid},
		{"OtherReductions", 4, estatsPlain, 0, netstat.TCPOtherReductions},
		{"CurCwnd", 4, estatsPlain, estatsOnes, netstat.TCPCWndBytes},
		{"MaxSsCwnd", 4, estatsPlain, estatsZero, netstat.TCPMaxSlowStartCWnd},
		{"MaxCaCwnd", 4, estatsPlain, estatsZero, netstat.TCPMaxCongAvoidCWnd},
		{"CurSsthresh", 4, estatsPlain, estatsHuge, netstat.TCPSSThreshBytes},
		{"MaxSsthresh", 4, estatsPlain, estatsZero | estatsHuge, netstat.TCPMaxSSThresh},
		{"MinSsthresh", 4, estatsPlain, estatsHuge, netstat.TCPMinSSThresh},
	}},
	{kind: estatsPath, name: "PATH", rw: 1, rod: []estatsMember{
		{"FastRetran", 4, estatsPlain, 0, netstat.TCPFastRetrans},
		{"Timeouts", 4, estatsPlain, 0, netstat.TCPTotalRTO}, // includes SubsequentTimeouts
		{"SubsequentTimeouts", 4, estatsPlain, 0, netstat.TCPSubsequentRTO},
		{"CurTimeoutCount", 4, estatsPlain, 0, netstat.TCPRetransmits},
		{"AbruptTimeouts", 4, estatsPlain, 0, netstat.TCPAbruptRTO},
		{"PktsRetrans", 4, estatsPlain, 0, netstat.TCPTotalRetrans},
		{"BytesRetrans", 4, estatsPlain, 0, netstat.TCPBytesRetrans},
		{"DupAcksIn", 4, estatsPlain, 0, netstat.TCPDupAcksIn},
		{"SacksRcvd", 4, estatsPlain, 0, netstat.TCPSACKsIn},
		{"SackBlocksRcvd", 4, estatsPlain, 0, netstat.TCPSACKBlocksIn},
		{"CongSignals", 4, estatsPlain, 0, netstat.TCPCongSignals},
		{"PreCongSumCwnd", 4, estatsPlain, 0, netstat.TCPPreCongCWnd},
		{"PreCongSumRtt", 4, estatsMillis, 0, netstat.TCPPreCongRTT},
		{"PostCongSumRtt", 4, estatsMillis, 0, netstat.TCPPostCongRTT},
		{"PostCongCountRtt", 4, estatsPlain, 0, netstat.TCPPostCongRTTCount},
		{"EcnSignals", 4, estatsPlain, 0, netstat.TCPECNSignals},
		{"EceRcvd", 4, estatsPlain, 0, netstat.TCPECEReceived},
		{"SendStall", 4, estatsPlain, 0, netstat.TCPSendStalls},
		{"QuenchRcvd", 4, estatsPlain, 0, estatsLeft}, // reserved
		{"RetranThresh", 4, estatsPlain, estatsZero, netstat.TCPReordering},
		{"SndDupAckEpisodes", 4, estatsPlain, 0, netstat.TCPDupAckEpisodes}, // same as Rec's DupAckEpisodes
		{"SumBytesReordered", 4, estatsPlain, 0, netstat.TCPBytesReordered},
		{"NonRecovDa", 4, estatsPlain, 0, netstat.TCPReordDupAcks},
		{"NonRecovDaEpisodes", 4, estatsPlain, 0, netstat.TCPReordEpisodes},
		{"AckAfterFr", 4, estatsPlain, 0, estatsLeft}, // reserved
		{"DsackDups", 4, estatsPlain, 0, netstat.TCPDSACKDups},
		{"SampleRtt", 4, estatsMillis, estatsOnes, netstat.TCPSampleRTT},
		{"SmoothedRtt", 4, estatsMillis, estatsOnes, netstat.TCPRTT},
		{"RttVar", 4, estatsMillis, estatsOnes, netstat.TCPRTTVar},
		{"MaxRtt", 4, estatsMillis, estatsOnes, netstat.TCPMaxRTT},
		{"MinRtt", 4, estatsMillis, estatsOnes, netstat.TCPMinRTT},
		{"SumRtt", 4, estatsMillis, 0, netstat.TCPRTTSum},
		{"CountRtt", 4, estatsPlain, 0, netstat.TCPRTTCount},
		{"CurRto", 4, estatsMillis, estatsZero | estatsOnes, netstat.TCPRTO},
		{"MaxRto", 4, estatsMillis, estatsZero | estatsOnes, netstat.TCPMaxRTO},
		{"MinRto", 4, estatsMillis, estatsOnes, netstat.TCPMinRTO},
		{"CurMss", 4, estatsPlain, estatsZero | estatsOnes, netstat.TCPMSS},
		{"MaxMss", 4, estatsPlain, estatsZero | estatsOnes, netstat.TCPMaxMSS},
		{"MinMss", 4, estatsPlain, estatsOnes, netstat.TCPMinMSS},
		{"SpuriousRtoDetections", 4, estatsPlain, 0, netstat.TCPSpuriousRTO},
	}},
	{kind: estatsSendBuff, name: "SEND_BUFF", rw: 1, rod: []estatsMember{
		{"CurRetxQueue", estatsSizeT, estatsPlain, 0, netstat.TCPBytesUnacked},
		{"MaxRetxQueue", estatsSizeT, estatsPlain, 0, netstat.TCPMaxBytesUnacked},
		{"CurAppWQueue", estatsSizeT, estatsPlain, 0, netstat.TCPNotSent},
		{"MaxAppWQueue", estatsSizeT, estatsPlain, 0, netstat.TCPMaxNotSent},
	}},
	{kind: estatsRec, name: "REC", rw: 1, rod: []estatsMember{
		{"CurRwinSent", 4, estatsPlain, estatsOnes, netstat.TCPRcvWnd},
		{"MaxRwinSent", 4, estatsPlain, estatsOnes, netstat.TCPMaxRcvWnd},
		{"MinRwinSent", 4, estatsPlain, estatsOnes, netstat.TCPMinRcvWnd},
		{"LimRwin", 4, estatsPlain, estatsZero | estatsOnes, netstat.TCPRcvWndLimit},
		{"DupAckEpisodes", 4, estatsPlain, 0, netstat.TCPDupAckEpisodes},
		{"DupAcksOut", 4, estatsPlain, 0, netstat.TCPDupAcksOut},
		{"CeRcvd", 4, estatsPlain, 0, netstat.TCPReceivedCE},
		{"EcnSent", 4, estatsPlain, 0, estatsLeft},       // reserved
		{"EcnNoncesRcvd", 4, estatsPlain, 0, estatsLeft}, // reserved
		{"CurReasmQueue", 4, estatsPlain, 0, netstat.TCPReasmQueue},
		{"MaxReasmQueue", 4, estatsPlain, 0, netstat.TCPMaxReasmQueue},
		{"CurAppRQueue", estatsSizeT, estatsPlain, 0, netstat.TCPUnread},
		{"MaxAppRQueue", estatsSizeT, estatsPlain, 0, netstat.TCPMaxUnread},
		{"WinScaleSent", 1, estatsPlain, 0, netstat.TCPRcvWScale}, // see scale
	}},
	{kind: estatsObsRec, name: "OBS_REC", rw: 1, rod: []estatsMember{
		{"CurRwinRcvd", 4, estatsPlain, estatsOnes, netstat.TCPSndWnd},
		{"MaxRwinRcvd", 4, estatsPlain, estatsOnes, netstat.TCPMaxSndWnd},
		{"MinRwinRcvd", 4, estatsPlain, estatsOnes, netstat.TCPMinSndWnd},
		{"WinScaleRcvd", 1, estatsPlain, 0, netstat.TCPSndWScale}, // see scale
	}},
	{kind: estatsBandwidth, name: "BANDWIDTH", rw: 8, rod: []estatsMember{
		{"OutboundBandwidth", 8, estatsBits, 0, netstat.TCPBandwidthOut},
		{"InboundBandwidth", 8, estatsBits, 0, netstat.TCPBandwidthIn},
		{"OutboundInstability", 8, estatsBits, 0, netstat.TCPBandwidthOutInstability},
		{"InboundInstability", 8, estatsBits, 0, netstat.TCPBandwidthInInstability},
		{"OutboundBandwidthPeaked", 1, estatsBool, 0, netstat.TCPBandwidthOutPeaked},
		{"InboundBandwidthPeaked", 1, estatsBool, 0, netstat.TCPBandwidthInPeaked},
	}},
	{kind: estatsFineRtt, name: "FINE_RTT", rw: 1, rod: []estatsMember{
		{"RttVar", 4, estatsMicros, estatsOnes, netstat.TCPRTTVar},
		{"MaxRtt", 4, estatsMicros, estatsOnes, netstat.TCPMaxRTT},
		{"MinRtt", 4, estatsMicros, estatsOnes, netstat.TCPMinRTT},
		{"SumRtt", 4, estatsMicros, estatsOnes, netstat.TCPRTT}, // smoothed, despite its name
	}},
}

// estatsLargest is large enough for any of the structures.
const estatsLargest = 256

// place returns the offset and width of a member that follows one ending at end.
func (m *estatsMember) place(end int, p *pointers) (at, width int) {
	width = m.width
	if width == estatsSizeT {
		width = p.size
	}
	return (end + width - 1) &^ (width - 1), width
}

// estatsSize returns the size of a structure.
func estatsSize(members []estatsMember, p *pointers) int {
	end, widest := 0, 1
	for i := range members {
		at, width := members[i].place(end, p)
		end, widest = at+width, max(widest, width)
	}
	return (end + widest - 1) &^ (widest - 1)
}

// on returns which halves of the statistics are collected. The bandwidth has a switch
// per direction (TCP_BOOLEAN_OPTIONAL), the other types have one (BOOLEAN). A value
// that is neither on nor off counts as off.
func (k *estatsKind) on(rw []byte) (first, second bool) {
	switch k.rw {
	case 0:
		return true, true
	case 1:
		return rw[0] == 1, rw[0] == 1
	}
	return word(rw, 0) == 1, word(rw, 4) == 1
}

// decode adds the statistics to i and reports whether there were any; false if the
// switch is off. rw, ros and rod have the sizes of their structures.
func (k *estatsKind) decode(rw, ros, rod []byte, p *pointers, i *netstat.TCPInfo) (told bool) {
	first, second := k.on(rw)
	if !first && !second {
		return false
	}
	if k.kind == estatsFineRtt && word(rod, estatsSize(k.rod[:3], p)) == 0 {
		return false // no sample yet
	}
	estatsDecode(k.ros, ros, p, i)
	estatsDecode(k.rod, rod, p, i)
	switch k.kind {
	case estatsData:
		if n, _ := i.Value(netstat.TCPSoftErrors); n == 0 {
			forget(i, netstat.TCPSoftErrorReason)
		}
	case estatsPath:
		later, _ := i.Value(netstat.TCPSubsequentRTO)
		i.Set(netstat.TCPTotalRTO, min(uint64(i.TotalRTO)+later, 1<<32-1))
		if n, _ := i.Value(netstat.TCPRTTCount); n == 0 {
			forget(i, netstat.TCPSampleRTT, netstat.TCPMaxRTT, netstat.TCPMinRTT)
			if i.RTT == 0 {
				forget(i, netstat.TCPRTT, netstat.TCPRTTVar)
			}
		}
	case estatsBandwidth:
		if !first {
			forget(i, netstat.TCPBandwidthOut, netstat.TCPBandwidthOutInstability, netstat.TCPBandwidthOutPeaked)
		}
		if !second {
			forget(i, netstat.TCPBandwidthIn, netstat.TCPBandwidthInInstability, netstat.TCPBandwidthInPeaked)
		}
	}
	return true
}

func estatsDecode(members []estatsMember, b []byte, p *pointers, i *netstat.TCPInfo) {
	end := 0
	for k := range members {
		m := &members[k]
		at, width := m.place(end, p)
		end = at + width
		if m.to == estatsLeft {
			continue
		}
		var n, ones uint64
		switch width {
		case 1:
			n, ones = uint64(b[at]), 0xff
		case 4:
			n, ones = uint64(word(b, at)), 1<<32-1
		default:
			n, ones = quad(b, at), 1<<64-1
		}
		if n == 0 && m.none&estatsZero != 0 || n == ones && m.none&estatsOnes != 0 || n > estatsLargestWindow && m.none&estatsHuge != 0 {
			continue
		}
		switch m.unit {
		case estatsBool:
			n = min(n, 1)
		case estatsMillis:
			n *= uint64(time.Millisecond)
		case estatsMicros:
			n *= uint64(time.Microsecond)
		case estatsBits:
			n /= 8
		}
		i.Set(m.to, n)
	}
}

// forget marks fields as unknown.
func forget(i *netstat.TCPInfo, fields ...netstat.TCPField) {
	for _, f := range fields {
		if i.Has(f) {
			i.Set(f, 0)
			i.Known.Remove(f)
		}
	}
}

// estatsFinish adds what follows from several types of statistics together.
func estatsFinish(i *netstat.TCPInfo, s *netstat.Socket) {
	estatsScale(i)
	// Windows has these in bytes; other systems use segments.
	if i.Has(netstat.TCPMSS) && i.MSS > 0 {
		if n, ok := i.Value(netstat.TCPCWndBytes); ok {
			i.Set(netstat.TCPCWnd, n/uint64(i.MSS))
		}
		if n, ok := i.Value(netstat.TCPSSThreshBytes); ok {
			i.Set(netstat.TCPSSThresh, n/uint64(i.MSS))
		}
	}
	unread, some := i.Value(netstat.TCPUnread)
	unacked, more := i.Value(netstat.TCPBytesUnacked)
	if some && more {
		s.RecvQ, s.SendQ = unread, unacked+i.NotSent
		s.Absent &^= netstat.FactQueues
	}
}

// estatsScale turns the window scales that the ends offered into those in use: none
// unless both are known and both were offered. 0xff means not offered.
func estatsScale(i *netstat.TCPInfo) {
	const none = 0xff
	sent, received := i.Has(netstat.TCPRcvWScale), i.Has(netstat.TCPSndWScale)
	switch {
	case sent && i.RcvWScale == none || received && i.SndWScale == none:
		i.Set(netstat.TCPWindowScale, 0)
		i.Set(netstat.TCPRcvWScale, 0)
		i.Set(netstat.TCPSndWScale, 0)
	case sent && received:
		i.Set(netstat.TCPWindowScale, 1)
	default:
		forget(i, netstat.TCPRcvWScale, netstat.TCPSndWScale)
	}
}

// estatsStates are the states of connections with statistics: both SYNs have arrived,
// and it is not in TIME-WAIT.
var estatsStates = netstat.States(netstat.Established, netstat.FinWait1, netstat.FinWait2,
	netstat.CloseWait, netstat.Closing, netstat.LastAck)

// estatsReader reads the statistics of the connections of one table.
type estatsReader struct {
	over bool // further calls are pointless
	told bool // a failure was reported

	row           [52]byte
	rw            [8]byte
	ros, rod      [estatsLargest]byte
	pieces        []estatsPiece
	sizes, static [len(estatsKinds)]int // sizes of rod and of ros
}

// estatsPiece holds the statistics of one connection.
type estatsPiece struct {
	info netstat.TCPInfo
	more netstat.EStats
}

const estatsPieces = 24 // about the largest object that is cheap to allocate

func newEstatsReader(p *pointers) *estatsReader {
	e := new(estatsReader)
	for n := range estatsKinds {
		e.sizes[n] = estatsSize(estatsKinds[n].rod, p)
		e.static[n] = estatsSize(estatsKinds[n].ros, p)
	}
	return e
}

// insideTCP sets s.TCP of a row, and the queues if they become known.
func (rd *reading) insideTCP(l *rowLayout, row []byte, s *netstat.Socket) {
	s.TCP, s.RecvQ, s.SendQ = nil, 0, 0
	s.Absent |= netstat.FactQueues
	s.Absent &^= netstat.FactTCPInfo
	e := rd.inside
	if !estatsStates.Has(s.State) {
		return
	}
	if e.over {
		s.Absent |= netstat.FactTCPInfo
		return
	}
	bare := rd.bare.from(l, row, e.row[:])
	if len(e.pieces) == 0 {
		e.pieces = make([]estatsPiece, estatsPieces)
	}
	piece := &e.pieces[0]
	i := &piece.info
	i.EStats = &piece.more
	told, refused := false, false
	for n := range estatsKinds {
		k := &estatsKinds[n]
		rw, ros, rod := e.rw[:k.rw], e.ros[:e.static[n]], e.rod[:e.sizes[n]]
		clear(rw)
		clear(ros)
		clear(rod)
		code := rd.api.estats(rd.tableReader, bare, k.kind, rw, ros, rod)
		switch code {
		case codeSuccess:
			told = k.decode(rw, ros, rod, rd.api.pointers, i) || told
			continue
		case codeNotFound:
			// The connection was closed after the table was read.
			*piece = estatsPiece{}
			return
		case codeProcNotFound, codeNotSupported, codeCallNotImplemented:
			e.over = true
		}
		refused = true
		if !e.told {
			e.told = true
			err := rd.win(code)
			if e.over {
				// Callers ignore ErrUnsupported for a missing table that was not named.
				// This table exists.
				err = errors.New(err.Error())
			}
			rd.warning("read connection statistics of", err)
		}
		if e.over || code == codeAccessDenied {
			break
		}
	}
	switch {
	case told:
		estatsFinish(i, s)
		s.TCP = i
		e.pieces = e.pieces[1:]
	case refused:
		s.Absent |= netstat.FactTCPInfo
	}
}

// from builds in b a row of this layout from a row of another layout with the same
// ends.
func (l *rowLayout) from(other *rowLayout, row, b []byte) []byte {
	b = b[:l.size]
	copy(b[l.state:l.state+4], row[other.state:])
	for _, end := range [...]struct{ addr, scope, port, addr0, scope0, port0 int }{
		{l.local, l.localScope, l.localPort, other.local, other.localScope, other.localPort},
		{l.remote, l.remoteScope, l.remotePort, other.remote, other.remoteScope, other.remotePort},
	} {
		copy(b[end.addr:end.addr+l.addr], row[end.addr0:])
		copy(b[end.port:end.port+4], row[end.port0:])
		if l.scoped {
			copy(b[end.scope:end.scope+4], row[end.scope0:])
		}
	}
	return b
}
