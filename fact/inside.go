package fact

import (
	"slices"

	"netstat"
)

// fieldTitles holds short titles of numbers whose names are much wider than the values.
var fieldTitles = [netstat.TCPFields]string{
	netstat.TCPTotalRetrans: "RETX", netstat.TCPBytesReceived: "BYTES-RCVD", netstat.TCPDeliveryRate: "DELIVERY",
	netstat.TCPPacingRate: "PACING", netstat.TCPMaxPacingRate: "MAX-PACING", netstat.TCPAppLimited: "APP-LIM",
	netstat.TCPLastDataSent: "LAST-SENT", netstat.TCPLastDataRecv: "LAST-RCVD", netstat.TCPLastAckRecv: "LAST-ACKED",
}

// optionalFields lists the numbers that a connection may lack.
var optionalFields = [...]netstat.TCPField{
	netstat.TCPSSThresh, netstat.TCPPacingRate, netstat.TCPMaxPacingRate, netstat.TCPMinRTT, netstat.TCPSSThreshBytes, netstat.TCPSoftErrorReason,
	netstat.TCPVegasEnabled, netstat.TCPVegasRTTCount, netstat.TCPVegasRTT, netstat.TCPVegasMinRTT,
	netstat.TCPDCTCPEnabled, netstat.TCPDCTCPCEState, netstat.TCPDCTCPAlpha, netstat.TCPDCTCPECNBytes, netstat.TCPDCTCPTotalBytes,
	netstat.TCPBBRBandwidth, netstat.TCPBBRMinRTT, netstat.TCPBBRPacingGain, netstat.TCPBBRCWndGain,
}

func isTCP(t netstat.Table) bool { return t.Protocol == netstat.TCP }

// insideFacts returns the facts in TCPInfo and Memory.
func insideFacts() []Fact {
	list := make([]Fact, 0, 1+int(netstat.TCPFields)+int(netstat.MemoryFields))
	list = append(list, socketFact("congestion", "congestion control algorithm: cubic, bbr", "拥塞控制算法: cubic、bbr", ValueText, needs(netstat.FactTCPInfo), func(r *Row) Value {
		if r.Socket.TCP == nil {
			return Value{}
		}
		return textValue(r.Socket.TCP.Congestion)
	}).word(), socketFact("send_rate", "congestion window per round-trip time: send of ss", "拥塞窗口除以往返时间，即 ss 的 send", ValueRate, needs(netstat.FactTCPInfo), func(r *Row) Value {
		if r.Socket.TCP == nil {
			return Value{}
		}
		rate, ok := r.Socket.TCP.SendRate()
		if !ok {
			return Value{}
		}
		return fieldValue(netstat.FieldRate, rate)
	}))
	list[1].Only = isTCP
	for f := range netstat.TCPFields {
		if f == netstat.TCPCAState {
			list = append(list, socketFact(f.String(), f.About(), f.AboutZH(), ValueText, needs(netstat.FactTCPInfo), func(r *Row) Value {
				if r.Socket.TCP == nil || !r.Socket.TCP.Has(netstat.TCPCAState) {
					return Value{}
				}
				return textValue(r.Socket.TCP.CAState.String())
			}).one(texts(netstat.CAOpen, netstat.CALoss+1)))
			continue
		}
		kind := f.Kind()
		c := socketFact(f.String(), f.About(), f.AboutZH(), fieldKinds[kind], needs(netstat.FactTCPInfo), func(r *Row) Value {
			// A listener's window is the initial window of its connections.
			if r.Socket.TCP == nil || f == netstat.TCPCWnd && r.Socket.State == netstat.Listen {
				return Value{}
			}
			n, ok := r.Socket.TCP.Value(f)
			if !ok {
				return Value{}
			}
			return fieldValue(kind, n)
		})
		c.Only, c.Count, c.Sums = isTCP, kind == netstat.FieldCount, f.Sums()
		c.Optional = slices.Contains(optionalFields[:], f)
		if fieldTitles[f] != "" {
			c = c.titled(fieldTitles[f])
		}
		list = append(list, c)
	}
	for f := range netstat.MemoryFields {
		kind := f.Kind()
		c := socketFact(f.String(), f.About(), f.AboutZH(), fieldKinds[kind], needs(netstat.FactMemory), func(r *Row) Value {
			if r.Socket.Memory != nil {
				if n, ok := r.Socket.Memory.Value(f); ok {
					return fieldValue(kind, n)
				}
			}
			if f == netstat.MemoryDrops {
				if n, ok := r.Socket.Drops(); ok {
					return numberValue(n)
				}
			}
			return Value{}
		})
		c.Count, c.Sums = kind == netstat.FieldCount, true
		switch f {
		case netstat.MemoryRMemAlloc:
			c = c.titled("RMEM")
		case netstat.MemoryWMemAlloc:
			c = c.titled("WMEM")
		}
		list = append(list, c)
	}
	return list
}
