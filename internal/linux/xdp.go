package linux

import (
	"context"
	"encoding/binary"
	"strconv"

	"netstat"
)

// Numbers of include/uapi/linux/xdp_diag.h.
const (
	xdpShowAll = 0x1f

	xdpAttrInfo           = 1
	xdpAttrUID            = 2
	xdpAttrRxRing         = 3
	xdpAttrTxRing         = 4
	xdpAttrUmem           = 5
	xdpAttrFillRing       = 6
	xdpAttrCompletionRing = 7
	xdpAttrMemory         = 8
	xdpAttrStats          = 9
	xdpMsgSize            = 16
	xdpUmemSize           = 40
	xdpStatsSize          = 48
)

// xdp reads AF_XDP sockets.
func (s *source) xdp(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	p := xdpParser{names: familyNames{lookup: s.interfaceName}, memory: newFamilyMemory(n)}
	s.familyOnly(ctx, r.table, n, &familyDump{familyRequest(afXDP, 0, xdpShowAll), p.decode}, yield)
}

type xdpParser struct {
	names  familyNames
	memory familyMemory
}

// decode fills s from a struct xdp_diag_msg and its attributes (xsk_diag_fill
// in net/xdp/xsk_diag.c).
func (p *xdpParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < xdpMsgSize || b[0] != afXDP {
		return familyBogus
	}
	d := &netstat.XDPDetail{}
	s.State = netstat.Closed
	s.Inode = uint64(binary.NativeEndian.Uint32(b[4:]))
	s.Cookie = familyCookie(b[8:])
	s.Detail = d
	var index, drops uint32
	ok := familyAttributes(b[xdpMsgSize:], func(kind uint16, value []byte) {
		switch kind {
		case xdpAttrInfo:
			familyWords(value, &index, &d.Queue)
		case xdpAttrUID:
			familyWords(value, &s.UID)
		case xdpAttrRxRing:
			familyWords(value, &d.RxRing)
		case xdpAttrTxRing:
			familyWords(value, &d.TxRing)
		case xdpAttrUmem:
			if len(value) >= xdpUmemSize {
				d.Memory = decodeUmem(value)
			}
		case xdpAttrFillRing:
			familyWords(value, &d.FillRing)
		case xdpAttrCompletionRing:
			familyWords(value, &d.CompletionRing)
		case xdpAttrMemory:
			p.memory.queues(value, s, &drops)
		case xdpAttrStats:
			if len(value) >= xdpStatsSize {
				t := &netstat.XDPStats{}
				familyLongs(value, &t.RxDropped, &t.RxInvalid, &t.RxFull, &t.FillRingEmpty, &t.TxInvalid, &t.TxRingEmpty)
				d.Stats = t
			}
		}
	})
	if !ok {
		return familyBogus
	}
	if index != 0 {
		d.Bound = true
		d.Device = p.names.device(index)
		s.Local.Scope = index
		s.Local.Name = p.names.ofDevice("", index, d.Device, ":q"+strconv.FormatUint(uint64(d.Queue), 10))
	}
	return familyRow
}

// decodeUmem decodes a struct xdp_diag_umem.
func decodeUmem(b []byte) *netstat.XDPMemory {
	const zeroCopy = 1 // XDP_DU_F_ZEROCOPY
	m := &netstat.XDPMemory{}
	var flags uint32
	familyLongs(b, &m.Size)
	familyWords(b[8:], &m.ID, &m.Pages, &m.ChunkSize, &m.Headroom, &m.Scope, &m.Queue, &flags, &m.Users)
	m.ZeroCopy = flags&zeroCopy != 0
	return m
}
