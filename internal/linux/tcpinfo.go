package linux

import (
	"encoding/binary"
	"math"
	"time"

	"netstat"
)

// tcpInfoSize is the size of struct tcp_info in Linux 6.18, the longest known.
// Kernels only append to it.
const tcpInfoSize = 280

// tcpInfoEnds is the minimum size of a struct tcp_info that has the field, in
// bytes.
var tcpInfoEnds = [netstat.TCPVegasEnabled]uint16{
	netstat.TCPCAState:            2,
	netstat.TCPRetransmits:        3,
	netstat.TCPProbes:             4,
	netstat.TCPBackoff:            5,
	netstat.TCPTimestamps:         6,
	netstat.TCPSACK:               6,
	netstat.TCPWindowScale:        6,
	netstat.TCPECN:                6,
	netstat.TCPECNSeen:            6,
	netstat.TCPFastOpen:           6,
	netstat.TCPUsecTimestamps:     6,
	netstat.TCPFastOpenChild:      6,
	netstat.TCPSndWScale:          7,
	netstat.TCPRcvWScale:          7,
	netstat.TCPAppLimited:         8,
	netstat.TCPFastOpenFail:       8,
	netstat.TCPRTO:                12,
	netstat.TCPATO:                16,
	netstat.TCPMSS:                20,
	netstat.TCPRcvMSS:             24,
	netstat.TCPUnacked:            28,
	netstat.TCPSacked:             32,
	netstat.TCPLost:               36,
	netstat.TCPRetrans:            40,
	netstat.TCPFackets:            44,
	netstat.TCPLastDataSent:       48,
	netstat.TCPLastDataRecv:       56,
	netstat.TCPLastAckRecv:        60,
	netstat.TCPPMTU:               64,
	netstat.TCPRcvSSThresh:        68,
	netstat.TCPRTT:                72,
	netstat.TCPRTTVar:             76,
	netstat.TCPSSThresh:           80,
	netstat.TCPCWnd:               84,
	netstat.TCPAdvMSS:             88,
	netstat.TCPReordering:         92,
	netstat.TCPRcvRTT:             96,
	netstat.TCPRcvSpace:           100,
	netstat.TCPTotalRetrans:       104,
	netstat.TCPPacingRate:         112,
	netstat.TCPMaxPacingRate:      120,
	netstat.TCPBytesAcked:         128,
	netstat.TCPBytesReceived:      136,
	netstat.TCPSegsOut:            140,
	netstat.TCPSegsIn:             144,
	netstat.TCPNotSent:            148,
	netstat.TCPMinRTT:             152,
	netstat.TCPDataSegsIn:         156,
	netstat.TCPDataSegsOut:        160,
	netstat.TCPDeliveryRate:       168,
	netstat.TCPBusyTime:           176,
	netstat.TCPRWndLimited:        184,
	netstat.TCPSndBufLimited:      192,
	netstat.TCPDelivered:          196,
	netstat.TCPDeliveredCE:        200,
	netstat.TCPBytesSent:          208,
	netstat.TCPBytesRetrans:       216,
	netstat.TCPDSACKDups:          220,
	netstat.TCPReordSeen:          224,
	netstat.TCPRcvOOOPack:         228,
	netstat.TCPSndWnd:             232,
	netstat.TCPRcvWnd:             236,
	netstat.TCPRehash:             240,
	netstat.TCPTotalRTO:           242,
	netstat.TCPTotalRTORecoveries: 244,
	netstat.TCPTotalRTOTime:       248,
	netstat.TCPReceivedCE:         252,
	netstat.TCPDeliveredE1Bytes:   256,
	netstat.TCPDeliveredE0Bytes:   260,
	netstat.TCPDeliveredCEBytes:   264,
	netstat.TCPReceivedE1Bytes:    268,
	netstat.TCPReceivedE0Bytes:    272,
	netstat.TCPReceivedCEBytes:    276,
	netstat.TCPAccECNFailMode:     278,
	netstat.TCPAccECNOptSeen:      280,
}

// Values that mean "none".
const (
	tcpNoSSThresh = 0x7fffffff // TCP_INFINITE_SSTHRESH
	tcpNoMinRTT   = math.MaxUint32 * time.Microsecond
)

// tcpInfoKnown returns the fields of a struct tcp_info of the given length.
func tcpInfoKnown(length int) (known netstat.TCPFieldSet) {
	for f, end := range tcpInfoEnds {
		if length >= int(end) {
			known.Add(netstat.TCPField(f))
		}
	}
	return known
}

// tcpListenerKnown returns the set of fields that the kernel fills for a listening
// socket (tcp_get_info in net/ipv4/tcp.c). Two others have a different meaning
// there, which Socket.RecvQ and MaxBacklog hold.
func tcpListenerKnown() (known netstat.TCPFieldSet) {
	for _, f := range []netstat.TCPField{netstat.TCPReordering, netstat.TCPCWnd, netstat.TCPPacingRate, netstat.TCPMaxPacingRate} {
		known.Add(f)
	}
	return known
}

// decodeTCPInfo fills i, which must be zero, from a struct tcp_info of any
// length. known is tcpInfoKnown of that length.
func decodeTCPInfo(b []byte, known netstat.TCPFieldSet, i *netstat.TCPInfo) {
	var raw [tcpInfoSize]byte
	copy(raw[:], b)
	order := binary.NativeEndian
	// Compilers allocate bit fields from the end that comes first.
	first, second := raw[6]&15, raw[6]>>4
	limited, fail := raw[7]&1 != 0, raw[7]>>1&3
	if order.Uint16([]byte{0, 1}) == 1 {
		first, second = second, first
		limited, fail = raw[7]>>7 != 0, raw[7]>>5&3
	}
	i.CAState = netstat.CAState(raw[1])
	i.Retransmits = uint32(raw[2])
	i.Probes = uint32(raw[3])
	i.Backoff = uint32(raw[4])
	i.Timestamps = raw[5]&1 != 0
	i.SACK = raw[5]&2 != 0
	i.WindowScale = raw[5]&4 != 0
	i.ECN = raw[5]&8 != 0
	i.ECNSeen = raw[5]&16 != 0
	i.FastOpen = raw[5]&32 != 0
	i.UsecTimestamps = raw[5]&64 != 0
	i.FastOpenChild = raw[5]&128 != 0
	i.SndWScale = uint32(first)
	i.RcvWScale = uint32(second)
	i.AppLimited = limited
	i.FastOpenFail = uint32(fail)
	i.RTO = time.Duration(order.Uint32(raw[8:])) * time.Microsecond
	i.ATO = time.Duration(order.Uint32(raw[12:])) * time.Microsecond
	i.MSS = order.Uint32(raw[16:])
	i.RcvMSS = order.Uint32(raw[20:])
	i.Unacked = order.Uint32(raw[24:])
	i.Sacked = order.Uint32(raw[28:])
	i.Lost = order.Uint32(raw[32:])
	i.Retrans = order.Uint32(raw[36:])
	i.Fackets = order.Uint32(raw[40:])
	i.LastDataSent = time.Duration(order.Uint32(raw[44:])) * time.Millisecond
	i.LastDataRecv = time.Duration(order.Uint32(raw[52:])) * time.Millisecond
	i.LastAckRecv = time.Duration(order.Uint32(raw[56:])) * time.Millisecond
	i.PMTU = order.Uint32(raw[60:])
	i.RcvSSThresh = order.Uint32(raw[64:])
	i.RTT = time.Duration(order.Uint32(raw[68:])) * time.Microsecond
	i.RTTVar = time.Duration(order.Uint32(raw[72:])) * time.Microsecond
	i.SSThresh = order.Uint32(raw[76:])
	i.CWnd = order.Uint32(raw[80:])
	i.AdvMSS = order.Uint32(raw[84:])
	i.Reordering = order.Uint32(raw[88:])
	i.RcvRTT = time.Duration(order.Uint32(raw[92:])) * time.Microsecond
	i.RcvSpace = order.Uint32(raw[96:])
	i.TotalRetrans = order.Uint32(raw[100:])
	i.PacingRate = order.Uint64(raw[104:])
	i.MaxPacingRate = order.Uint64(raw[112:])
	i.BytesAcked = order.Uint64(raw[120:])
	i.BytesReceived = order.Uint64(raw[128:])
	i.SegsOut = uint64(order.Uint32(raw[136:]))
	i.SegsIn = uint64(order.Uint32(raw[140:]))
	i.NotSent = uint64(order.Uint32(raw[144:]))
	i.MinRTT = time.Duration(order.Uint32(raw[148:])) * time.Microsecond
	i.DataSegsIn = uint64(order.Uint32(raw[152:]))
	i.DataSegsOut = uint64(order.Uint32(raw[156:]))
	i.DeliveryRate = order.Uint64(raw[160:])
	i.BusyTime = micros(order.Uint64(raw[168:]))
	i.RWndLimited = micros(order.Uint64(raw[176:]))
	i.SndBufLimited = micros(order.Uint64(raw[184:]))
	i.Delivered = order.Uint32(raw[192:])
	i.DeliveredCE = order.Uint32(raw[196:])
	i.BytesSent = order.Uint64(raw[200:])
	i.BytesRetrans = order.Uint64(raw[208:])
	i.DSACKDups = order.Uint32(raw[216:])
	i.ReordSeen = order.Uint32(raw[220:])
	i.RcvOOOPack = order.Uint32(raw[224:])
	i.SndWnd = order.Uint32(raw[228:])
	i.RcvWnd = order.Uint32(raw[232:])
	i.Rehash = order.Uint32(raw[236:])
	i.TotalRTO = uint32(order.Uint16(raw[240:]))
	i.TotalRTORecoveries = uint32(order.Uint16(raw[242:]))
	i.TotalRTOTime = time.Duration(order.Uint32(raw[244:])) * time.Millisecond
	i.ReceivedCE = order.Uint32(raw[248:])
	i.DeliveredE1Bytes = order.Uint32(raw[252:])
	i.DeliveredE0Bytes = order.Uint32(raw[256:])
	i.DeliveredCEBytes = order.Uint32(raw[260:])
	i.ReceivedE1Bytes = order.Uint32(raw[264:])
	i.ReceivedE0Bytes = order.Uint32(raw[268:])
	i.ReceivedCEBytes = order.Uint32(raw[272:])
	i.AccECNFailMode = uint32(order.Uint16(raw[276:]))
	i.AccECNOptSeen = uint32(order.Uint16(raw[278:]))

	if raw[0] == tcpListen {
		listener := tcpListenerKnown()
		for w := range known {
			known[w] &= listener[w]
		}
	}
	// A kernel with 32-bit rates writes "no limit" in 32 bits.
	for _, rate := range [...]struct {
		field netstat.TCPField
		value *uint64
	}{{netstat.TCPPacingRate, &i.PacingRate}, {netstat.TCPMaxPacingRate, &i.MaxPacingRate}} {
		if *rate.value == math.MaxUint64 || *rate.value == math.MaxUint32 {
			*rate.value = 0
			known.Remove(rate.field)
		}
	}
	if i.SSThresh >= tcpNoSSThresh {
		i.SSThresh = 0
		known.Remove(netstat.TCPSSThresh)
	}
	if i.MinRTT == tcpNoMinRTT {
		i.MinRTT = 0
		known.Remove(netstat.TCPMinRTT)
	}
	if raw[0] == tcpListen {
		i.Unacked, i.Sacked = 0, 0
	}
	i.Known = known
}

// micros converts microseconds. It returns the largest Duration for values that
// are too large.
func micros(n uint64) time.Duration {
	if n > uint64(math.MaxInt64/time.Microsecond) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Microsecond
}
