package schema

import (
	"time"

	"netstat"
)

// appendTCPInfo appends the fields that were told, by their names.
func appendTCPInfo(b []byte, i *netstat.TCPInfo) []byte {
	b = append(appendKey(b, "tcp_info"), '{')
	b = AppendText(b, "congestion", i.Congestion)
	for f := range netstat.TCPFields {
		if n, ok := i.Value(f); ok {
			if f == netstat.TCPCAState {
				b = appendNamed(b, "ca_state", caStates, i.CAState)
				continue
			}
			b = appendField(b, f.String(), f.Kind(), n)
		}
	}
	return append(b, '}')
}

// appendField appends a number as what it counts.
func appendField(b []byte, key string, kind netstat.FieldKind, n uint64) []byte {
	switch kind {
	case netstat.FieldDuration:
		return appendSeconds(b, key, time.Duration(n))
	case netstat.FieldFlag:
		return appendBool(b, key, n != 0)
	}
	return appendUint(b, key, n)
}

// fieldValue reads what appendField wrote.
func (r *Reader) fieldValue(kind netstat.FieldKind) uint64 {
	switch kind {
	case netstat.FieldDuration:
		return uint64(r.Seconds())
	case netstat.FieldFlag:
		if r.Bool() {
			return 1
		}
		return 0
	}
	return r.Uint(1<<64 - 1)
}

const errFieldLimit = "a number above the limit of its field"

func (r *Reader) tcpInfo() *netstat.TCPInfo {
	i := new(netstat.TCPInfo)
	var congestion ExactText
	next := netstat.TCPField(0) // they come in order
	r.Object(func(key []byte) {
		if r.TextField(key, "congestion", &congestion) {
			return
		}
		for range netstat.TCPFields {
			f := next
			if next++; next == netstat.TCPFields {
				next = 0
			}
			if string(key) != f.String() {
				continue
			}
			r.peek()
			start := r.at
			var n uint64
			if f == netstat.TCPCAState {
				n = uint64(r.name(caStates))
			} else {
				n = r.fieldValue(f.Kind())
			}
			setTCPField(i, f, n)
			if got, _ := i.Value(f); got != n && r.err == nil {
				r.fail(start, errFieldLimit)
			}
			return
		}
		r.Skip()
	})
	i.Congestion = congestion.s
	return i
}

func appendMemory(b []byte, m *netstat.Memory) []byte {
	b = append(appendKey(b, "memory"), '{')
	for f := range netstat.MemoryFields {
		if n, ok := m.Value(f); ok {
			b = appendField(b, f.String(), f.Kind(), n)
		}
	}
	return append(b, '}')
}

func (r *Reader) memory() *netstat.Memory {
	m := new(netstat.Memory)
	to := [...]*uint32{
		netstat.MemoryRMemAlloc: &m.RMemAlloc, netstat.MemoryRcvBuf: &m.RcvBuf,
		netstat.MemoryWMemAlloc: &m.WMemAlloc, netstat.MemorySndBuf: &m.SndBuf,
		netstat.MemoryFwdAlloc: &m.FwdAlloc, netstat.MemoryWMemQueued: &m.WMemQueued,
		netstat.MemoryOptMem: &m.OptMem, netstat.MemoryBacklog: &m.Backlog, netstat.MemoryDrops: &m.Drops,
	}
	r.Object(func(key []byte) {
		for f := range netstat.MemoryFields {
			if string(key) == f.String() {
				*to[f] = r.uint32()
				m.Known |= 1 << f
				return
			}
		}
		r.Skip()
	})
	return m
}

// setTCPField is the reverse of TCPInfo.Value.
func setTCPField(i *netstat.TCPInfo, f netstat.TCPField, n uint64) {
	switch {
	case f < netstat.TCPVegasEnabled:
		i.Known.Add(f)
	case f < netstat.TCPDCTCPEnabled:
		if i.Vegas == nil {
			i.Vegas = new(netstat.VegasInfo)
		}
	case f < netstat.TCPBBRBandwidth:
		if i.DCTCP == nil {
			i.DCTCP = new(netstat.DCTCPInfo)
		}
	case i.BBR == nil:
		i.BBR = new(netstat.BBRInfo)
	}
	switch f {
	case netstat.TCPCAState:
		i.CAState = netstat.CAState(n)
	case netstat.TCPRetransmits:
		i.Retransmits = uint32(n)
	case netstat.TCPProbes:
		i.Probes = uint32(n)
	case netstat.TCPBackoff:
		i.Backoff = uint32(n)
	case netstat.TCPTimestamps:
		i.Timestamps = n != 0
	case netstat.TCPSACK:
		i.SACK = n != 0
	case netstat.TCPWindowScale:
		i.WindowScale = n != 0
	case netstat.TCPECN:
		i.ECN = n != 0
	case netstat.TCPECNSeen:
		i.ECNSeen = n != 0
	case netstat.TCPFastOpen:
		i.FastOpen = n != 0
	case netstat.TCPUsecTimestamps:
		i.UsecTimestamps = n != 0
	case netstat.TCPFastOpenChild:
		i.FastOpenChild = n != 0
	case netstat.TCPSndWScale:
		i.SndWScale = uint32(n)
	case netstat.TCPRcvWScale:
		i.RcvWScale = uint32(n)
	case netstat.TCPAppLimited:
		i.AppLimited = n != 0
	case netstat.TCPFastOpenFail:
		i.FastOpenFail = uint32(n)
	case netstat.TCPRTO:
		i.RTO = time.Duration(n)
	case netstat.TCPATO:
		i.ATO = time.Duration(n)
	case netstat.TCPMSS:
		i.MSS = uint32(n)
	case netstat.TCPRcvMSS:
		i.RcvMSS = uint32(n)
	case netstat.TCPUnacked:
		i.Unacked = uint32(n)
	case netstat.TCPSacked:
		i.Sacked = uint32(n)
	case netstat.TCPLost:
		i.Lost = uint32(n)
	case netstat.TCPRetrans:
		i.Retrans = uint32(n)
	case netstat.TCPFackets:
		i.Fackets = uint32(n)
	case netstat.TCPLastDataSent:
		i.LastDataSent = time.Duration(n)
	case netstat.TCPLastDataRecv:
		i.LastDataRecv = time.Duration(n)
	case netstat.TCPLastAckRecv:
		i.LastAckRecv = time.Duration(n)
	case netstat.TCPPMTU:
		i.PMTU = uint32(n)
	case netstat.TCPRcvSSThresh:
		i.RcvSSThresh = uint32(n)
	case netstat.TCPRTT:
		i.RTT = time.Duration(n)
	case netstat.TCPRTTVar:
		i.RTTVar = time.Duration(n)
	case netstat.TCPSSThresh:
		i.SSThresh = uint32(n)
	case netstat.TCPCWnd:
		i.CWnd = uint32(n)
	case netstat.TCPAdvMSS:
		i.AdvMSS = uint32(n)
	case netstat.TCPReordering:
		i.Reordering = uint32(n)
	case netstat.TCPRcvRTT:
		i.RcvRTT = time.Duration(n)
	case netstat.TCPRcvSpace:
		i.RcvSpace = uint32(n)
	case netstat.TCPTotalRetrans:
		i.TotalRetrans = uint32(n)
	case netstat.TCPPacingRate:
		i.PacingRate = n
	case netstat.TCPMaxPacingRate:
		i.MaxPacingRate = n
	case netstat.TCPBytesAcked:
		i.BytesAcked = n
	case netstat.TCPBytesReceived:
		i.BytesReceived = n
	case netstat.TCPSegsOut:
		i.SegsOut = uint32(n)
	case netstat.TCPSegsIn:
		i.SegsIn = uint32(n)
	case netstat.TCPNotSent:
		i.NotSent = uint32(n)
	case netstat.TCPMinRTT:
		i.MinRTT = time.Duration(n)
	case netstat.TCPDataSegsIn:
		i.DataSegsIn = uint32(n)
	case netstat.TCPDataSegsOut:
		i.DataSegsOut = uint32(n)
	case netstat.TCPDeliveryRate:
		i.DeliveryRate = n
	case netstat.TCPBusyTime:
		i.BusyTime = time.Duration(n)
	case netstat.TCPRWndLimited:
		i.RWndLimited = time.Duration(n)
	case netstat.TCPSndBufLimited:
		i.SndBufLimited = time.Duration(n)
	case netstat.TCPDelivered:
		i.Delivered = uint32(n)
	case netstat.TCPDeliveredCE:
		i.DeliveredCE = uint32(n)
	case netstat.TCPBytesSent:
		i.BytesSent = n
	case netstat.TCPBytesRetrans:
		i.BytesRetrans = n
	case netstat.TCPDSACKDups:
		i.DSACKDups = uint32(n)
	case netstat.TCPReordSeen:
		i.ReordSeen = uint32(n)
	case netstat.TCPRcvOOOPack:
		i.RcvOOOPack = uint32(n)
	case netstat.TCPSndWnd:
		i.SndWnd = uint32(n)
	case netstat.TCPRcvWnd:
		i.RcvWnd = uint32(n)
	case netstat.TCPRehash:
		i.Rehash = uint32(n)
	case netstat.TCPTotalRTO:
		i.TotalRTO = uint32(n)
	case netstat.TCPTotalRTORecoveries:
		i.TotalRTORecoveries = uint32(n)
	case netstat.TCPTotalRTOTime:
		i.TotalRTOTime = time.Duration(n)
	case netstat.TCPReceivedCE:
		i.ReceivedCE = uint32(n)
	case netstat.TCPDeliveredE1Bytes:
		i.DeliveredE1Bytes = uint32(n)
	case netstat.TCPDeliveredE0Bytes:
		i.DeliveredE0Bytes = uint32(n)
	case netstat.TCPDeliveredCEBytes:
		i.DeliveredCEBytes = uint32(n)
	case netstat.TCPReceivedE1Bytes:
		i.ReceivedE1Bytes = uint32(n)
	case netstat.TCPReceivedE0Bytes:
		i.ReceivedE0Bytes = uint32(n)
	case netstat.TCPReceivedCEBytes:
		i.ReceivedCEBytes = uint32(n)
	case netstat.TCPAccECNFailMode:
		i.AccECNFailMode = uint32(n)
	case netstat.TCPAccECNOptSeen:
		i.AccECNOptSeen = uint32(n)
	case netstat.TCPVegasEnabled:
		i.Vegas.Enabled = n != 0
	case netstat.TCPVegasRTTCount:
		i.Vegas.RTTCount = uint32(n)
	case netstat.TCPVegasRTT:
		i.Vegas.RTT = time.Duration(n)
	case netstat.TCPVegasMinRTT:
		i.Vegas.MinRTT = time.Duration(n)
	case netstat.TCPDCTCPEnabled:
		i.DCTCP.Enabled = n != 0
	case netstat.TCPDCTCPCEState:
		i.DCTCP.CEState = uint16(n)
	case netstat.TCPDCTCPAlpha:
		i.DCTCP.Alpha = uint32(n)
	case netstat.TCPDCTCPECNBytes:
		i.DCTCP.ECNBytes = uint32(n)
	case netstat.TCPDCTCPTotalBytes:
		i.DCTCP.TotalBytes = uint32(n)
	case netstat.TCPBBRBandwidth:
		i.BBR.Bandwidth = n
	case netstat.TCPBBRMinRTT:
		i.BBR.MinRTT = time.Duration(n)
	case netstat.TCPBBRPacingGain:
		i.BBR.PacingGain = uint32(n)
	case netstat.TCPBBRCWndGain:
		i.BBR.CWndGain = uint32(n)
	}
}
