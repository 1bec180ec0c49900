package linux

import (
	"context"
	"encoding/binary"
	"net/netip"

	"netstat"
)

// Numbers of include/uapi/linux/smc_diag.h.
const (
	smcAttrConn     = 1
	smcAttrLink     = 2
	smcAttrShutdown = 3
	smcAttrBuffer   = 4
	smcAttrFallback = 5

	smcExtensions = 1<<(smcAttrConn-1) | 1<<(smcAttrLink-1) | 1<<(smcAttrBuffer-1)

	smcReqSize    = 4 + 48
	smcMsgSize    = 64
	smcConnSize   = 76
	smcLinkSize   = 147
	smcDeviceSize = 64
	smcGIDSize    = 40
	smcBufferSize = 40
)

// smcStates maps enum smc_state (net/smc/smc.h) to its names and the closest
// TCP states.
var smcStates = [...]struct {
	name  string
	state netstat.State
}{
	1:  {"ACTIVE", netstat.Established},
	2:  {"INIT", netstat.Unconnected},
	7:  {"CLOSED", netstat.Closed},
	10: {"LISTEN", netstat.Listen},
	20: {"PEERCLOSEWAIT1", netstat.FinWait1},
	21: {"PEERCLOSEWAIT2", netstat.FinWait2},
	22: {"APPCLOSEWAIT1", netstat.CloseWait},
	23: {"APPCLOSEWAIT2", netstat.CloseWait},
	24: {"APPFINCLOSEWAIT", netstat.CloseWait},
	25: {"PEERFINCLOSEWAIT", netstat.LastAck},
	26: {"PEERABORTWAIT", netstat.Closing},
	27: {"PROCESSABORT", netstat.Closing},
}

var smcModes = [...]netstat.SMCMode{netstat.SMCR, netstat.SMCTCP, netstat.SMCD}

// smc reads SMC sockets.
func (s *source) smc(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	request := make([]byte, smcReqSize)
	request[0], request[3] = afSMC, smcExtensions
	s.familyOnly(ctx, r.table, n, &familyDump{request, decodeSMC}, yield)
}

// decodeSMC fills s from a struct smc_diag_msg and its attributes
// (__smc_diag_dump in net/smc/smc_diag.c).
func decodeSMC(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < smcMsgSize {
		return familyBogus
	}
	d := &netstat.SMCDetail{}
	if state := int(b[1]); state < len(smcStates) {
		d.SMCState, s.State = smcStates[state].name, smcStates[state].state
	}
	if mode := int(b[2]); mode < len(smcModes) {
		d.Mode = smcModes[mode]
	}
	order := binary.NativeEndian
	s.Local.Port = binary.BigEndian.Uint16(b[4:])
	s.Remote.Port = binary.BigEndian.Uint16(b[6:])
	s.Local.IP, s.Remote.IP = smcAddresses([16]byte(b[8:]), [16]byte(b[24:]))
	s.Local.Scope = order.Uint32(b[40:])
	if s.Remote.IP.IsLinkLocalUnicast() && s.Remote.IP.Is6() {
		s.Remote.Scope = s.Local.Scope
	}
	s.Cookie = familyCookie(b[44:])
	s.UID = order.Uint32(b[52:])
	s.Inode = order.Uint64(b[56:])
	s.Absent = netstat.FactQueues
	s.Detail = d
	ok := familyAttributes(b[smcMsgSize:], func(kind uint16, value []byte) {
		switch kind {
		case smcAttrConn:
			if len(value) >= smcConnSize {
				d.Conn = decodeSMCConn(value)
			}
		case smcAttrLink:
			if len(value) >= smcLinkSize {
				d.Link = decodeSMCLink(value)
			}
		case smcAttrShutdown:
			if len(value) >= 1 {
				d.ReceiveClosed, d.SendClosed = value[0]&shutdownReceive != 0, value[0]&shutdownSend != 0
			}
		case smcAttrBuffer:
			if len(value) >= smcBufferSize {
				m := &netstat.SMCBuffer{Link: order.Uint32(value)}
				familyLongs(value[8:], &m.PeerGID, &m.GID, &m.Token, &m.PeerToken)
				d.DMB = m
			}
		case smcAttrFallback:
			var reason uint32
			familyWords(value, &reason, &d.PeerDiagnosis)
			d.FallbackReason = int32(reason)
		}
	})
	if !ok {
		return familyBogus
	}
	return familyRow
}

// smcAddresses decides between IPv4 and IPv6, because the record lacks the
// family: IPv4 addresses fill only the first four bytes. An unconnected IPv6
// socket bound to :: looks like one bound to 0.0.0.0 and is shown as such.
func smcAddresses(local, remote [16]byte) (netip.Addr, netip.Addr) {
	var none [12]byte
	if [12]byte(local[4:]) == none && [12]byte(remote[4:]) == none {
		return netip.AddrFrom4([4]byte(local[:])), netip.AddrFrom4([4]byte(remote[:]))
	}
	return netip.AddrFrom16(local), netip.AddrFrom16(remote)
}

// decodeSMCConn decodes a struct smc_diag_conninfo.
func decodeSMCConn(b []byte) *netstat.SMCConn {
	c := &netstat.SMCConn{}
	familyWords(b, &c.Token, &c.SendBuf, &c.Receive, &c.PeerRecv)
	cursors := func(b []byte, to ...*netstat.SMCCursor) {
		for i, cursor := range to {
			cursor.Wrap = binary.NativeEndian.Uint16(b[8*i+2:])
			cursor.Count = binary.NativeEndian.Uint32(b[8*i+4:])
		}
	}
	cursors(b[16:], &c.RxProduced, &c.RxConsumed, &c.TxProduced, &c.TxConsumed)
	c.RxFlags, c.RxStateFlags, c.TxFlags, c.TxStateFlags = b[48], b[49], b[50], b[51]
	cursors(b[52:], &c.TxPrepared, &c.TxSent, &c.TxDone)
	return c
}

// decodeSMCLink decodes a struct smc_diag_lgrinfo.
func decodeSMCLink(b []byte) *netstat.SMCLink {
	const server = 1 // SMC_SERV of net/smc/smc_core.h
	l := &netstat.SMCLink{ID: b[0]}
	b = b[1:]
	l.Device, b = string(cString(b[:smcDeviceSize])), b[smcDeviceSize:]
	l.Port, b = b[0], b[1:]
	l.GID, b = string(cString(b[:smcGIDSize])), b[smcGIDSize:]
	l.PeerGID, b = string(cString(b[:smcGIDSize])), b[smcGIDSize:]
	l.Server = b[0] == server
	return l
}
