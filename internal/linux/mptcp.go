package linux

import (
	"context"
	"encoding/binary"
	"sync"

	"netstat"
)

const (
	ipprotoMPTCP = 262

	// Sizes of struct mptcp_info: the first version, with counts, with
	// times.
	mptcpInfoSize      = 40
	mptcpInfoMoreSize  = 80
	mptcpInfoTimesSize = 96

	mptcpFallback  = 0x1 // MPTCP_INFO_FLAG_FALLBACK
	mptcpRemoteKey = 0x2

	// Attributes of enum MPTCP_SUBFLOW_ATTR_*.
	subflowTokenRemote = 1
	subflowTokenLocal  = 2
	subflowWriteSeq    = 3
	subflowMapSeq      = 4
	subflowMapSubflow  = 5
	subflowOffset      = 6
	subflowMapLength   = 7
	subflowFlags       = 8
	subflowIDRemote    = 9
	subflowIDLocal     = 10

	subflowKnownFlags = 1<<9 - 1
)

// mptcp reads Multipath TCP sockets.
func (s *source) mptcp(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	p := mptcpParser{family: inetFamily(r.table)}
	if n.Facts&netstat.FactDetail != 0 && s.useNetlink {
		// Most hosts have no connection of MPTCP, and to look for subflows takes
		// two walks over the table of TCP connections.
		p.subflows = sync.OnceValue(func() map[uint32][]netstat.MPTCPSubflow { return s.mptcpSubflows(ctx, n) })
	}
	p.settings = s.settingsOf(ctx, r.table, n, ipprotoMPTCP)
	s.familyOnly(ctx, r.table, n, &familyDump{inetRequest(p.family, ipprotoMPTCP, diagExtInfo|p.settings.extensions()), p.decode}, yield)
}

// mptcpSubflows returns the TCP connections that are subflows, by the token of
// their MPTCP connection. It reports errors; sockets then lack their subflows.
func (s *source) mptcpSubflows(ctx context.Context, n netstat.Need) map[uint32][]netstat.MPTCPSubflow {
	found := make(map[uint32][]netstat.MPTCPSubflow)
	// An IPv6 connection may have subflows over IPv4.
	for _, table := range [...]netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
		if err := s.subflowsIn(ctx, table, n, found); err != nil {
			if n.Report != nil {
				n.Report(&netstat.OpError{Op: "find subflows in", Table: table, Err: err})
			}
			break
		}
	}
	return found
}

// subflowsIn adds the subflows of one family.
func (s *source) subflowsIn(ctx context.Context, t netstat.Table, n netstat.Need, to map[uint32][]netstat.MPTCPSubflow) error {
	family := inetFamily(t)
	var last netstat.MPTCPSubflow
	var token uint32
	var failed error
	decode := func(b []byte, row *netstat.Socket) familyVerdict {
		if len(b) < inetDiagMsgSize || b[0] != family {
			return familyBogus
		}
		var ok bool
		if token, last, ok = decodeSubflow(b); !ok {
			return familyNoRow
		}
		decodeDiag(b, row)
		last.State, last.Local, last.Remote = row.State, row.Local, row.Remote
		last.RecvQ, last.SendQ, last.Cookie = row.RecvQ, row.SendQ, row.Cookie
		return familyRow
	}
	err := s.familyDiag(ctx, t, n, &familyDump{inetRequest(family, ipprotoTCP, diagExtInfo), decode}, func(_ netstat.Socket, err error) bool {
		if failed = err; err == nil {
			to[token] = append(to[token], last)
		}
		return true
	})
	if err == nil {
		err = failed
	}
	return err
}

// decodeSubflow returns the subflow in the record of a TCP socket
// (subflow_get_info in net/mptcp/diag.c). ok is false if the socket is not a
// subflow.
func decodeSubflow(b []byte) (token uint32, f netstat.MPTCPSubflow, ok bool) {
	valid := familyAttributes(b[inetDiagMsgSize:], func(kind uint16, value []byte) {
		if kind != diagULPInfo {
			return
		}
		familyAttributes(value, func(kind uint16, value []byte) {
			if kind != ulpInfoMPTCP {
				return
			}
			var d netstat.SubflowDetail
			decodeSubflowDetail(value, &d)
			token, f.LocalID, f.RemoteID = d.Token, d.LocalID, d.RemoteID
			f.Join = d.Flags&(netstat.SubflowJoinRemote|netstat.SubflowJoinLocal) != 0
			f.Backup = d.Flags&(netstat.SubflowBackupRemote|netstat.SubflowBackupLocal) != 0
			f.Established = d.Flags&netstat.SubflowEstablished != 0
		})
	})
	return token, f, valid && token != 0
}

// decodeSubflowDetail decodes MPTCP_SUBFLOW_ATTR_* (subflow_get_info in
// net/mptcp/diag.c). The model's flags have the kernel's bits.
func decodeSubflowDetail(b []byte, d *netstat.SubflowDetail) {
	familyAttributes(b, func(kind uint16, value []byte) {
		switch {
		case kind == subflowTokenRemote:
			familyWords(value, &d.RemoteToken)
		case kind == subflowTokenLocal:
			familyWords(value, &d.Token)
		case kind == subflowWriteSeq:
			familyWords(value, &d.WriteSequence)
		case kind == subflowMapSeq:
			familyLongs(value, &d.MapSequence)
			d.Sequences = len(value) >= 8
		case kind == subflowMapSubflow:
			familyWords(value, &d.MapSubflowSequence)
		case kind == subflowOffset:
			familyWords(value, &d.SequenceOffset)
		case kind == subflowMapLength && len(value) >= 2:
			d.MapLength = binary.NativeEndian.Uint16(value)
		case kind == subflowFlags:
			var flags uint32
			familyWords(value, &flags)
			d.Flags = netstat.SubflowFlags(flags & subflowKnownFlags)
		case kind == subflowIDRemote && len(value) > 0:
			d.RemoteID = value[0]
		case kind == subflowIDLocal && len(value) > 0:
			d.LocalID = value[0]
		}
	})
}

func inetFamily(t netstat.Table) byte {
	if t.Family == netstat.Inet6 {
		return afInet6
	}
	return afInet
}

type mptcpParser struct {
	family   byte
	settings inetSettings
	// subflows returns the subflows by token, read at the first call; nil if not
	// requested.
	subflows func() map[uint32][]netstat.MPTCPSubflow
	details  slab[netstat.MPTCPDetail]
}

// decode fills s from a struct inet_diag_msg and its struct mptcp_info
// (net/mptcp/mptcp_diag.c).
func (p *mptcpParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < inetDiagMsgSize || b[0] != p.family {
		return familyBogus
	}
	decodeDiag(b, s)
	p.settings.decode(b[inetDiagMsgSize:], s)
	// As with TCP, a listener's send queue is its limit.
	if s.State == netstat.Listen {
		s.MaxBacklog, s.SendQ = uint32(s.SendQ), 0
	}
	d := p.details.next()
	ok := familyAttributes(b[inetDiagMsgSize:], func(kind uint16, value []byte) {
		if kind == diagInfo && len(value) >= mptcpInfoSize {
			decodeMPTCPInfo(value, d)
		}
	})
	if !ok {
		return familyBogus
	}
	if d.Token != 0 && p.subflows != nil {
		d.Subflows = p.subflows()[d.Token]
	}
	s.Detail = d
	return familyRow
}

// decodeMPTCPInfo decodes a struct mptcp_info, which newer kernels extend.
func decodeMPTCPInfo(b []byte, d *netstat.MPTCPDetail) {
	order := binary.NativeEndian
	d.Known = true
	d.ExtraSubflows, d.Signals, d.Accepted = b[0], b[1], b[2]
	d.SubflowsMax, d.SignalsMax, d.AcceptedMax = b[3], b[4], b[5]
	flags := order.Uint32(b[8:])
	d.Fallback, d.RemoteKey = flags&mptcpFallback != 0, flags&mptcpRemoteKey != 0
	d.Token = order.Uint32(b[12:])
	familyLongs(b[16:], &d.WriteSeq, &d.SendUna, &d.RecvNext)
	if len(b) > mptcpInfoSize+2 {
		d.LocalAddrs, d.LocalAddrsMax, d.Checksums = b[40], b[41], b[42] != 0
	}
	if len(b) >= mptcpInfoMoreSize {
		d.More = true
		familyWords(b[44:], &d.Retransmits)
		familyLongs(b[48:], &d.BytesRetrans, &d.BytesSent, &d.BytesReceived, &d.BytesAcked)
	}
	if len(b) > mptcpInfoMoreSize {
		d.SubflowsTotal = b[80]
	}
	if len(b) >= mptcpInfoTimesSize {
		familyWords(b[84:], &d.LastDataSentMillis, &d.LastDataRecvMillis, &d.LastAckRecvMillis)
	}
}
