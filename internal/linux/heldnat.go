package linux

import (
	"netstat"
	"netstat/internal/linux/netlink"
)

// heldNAT holds the messages about translated sessions in a dump of tracked connections,
// for NATSessions and NAT6Sessions. The zero value is that of an empty dump.
type heldNAT struct {
	messages [2][]byte // of IPv4 and IPv6
	taken    [2]bool
	overflow bool // whether they were too many
	scratch  netstat.NATSession
}

// maxHeldNAT limits the bytes of messages held.
const maxHeldNAT = 4 << 20

// add keeps a message if it is about a translated session, or not decoded. Above
// maxHeldNAT it drops all.
func (h *heldNAT) add(payload []byte) {
	if h.overflow || len(payload) == 0 {
		return
	}
	family, k := payload[0], natFamily(payload[0])
	if translated, ok := decodeConntrack(payload, family, &h.scratch); ok && !translated {
		return
	}
	if len(h.messages[0])+len(h.messages[1])+netlink.HeaderSize+len(payload) > maxHeldNAT {
		h.messages, h.overflow = [2][]byte{}, true
		return
	}
	b := append(netlink.AppendDumpHeader(h.messages[k], ctnlMsgNew, heldSeq, len(payload)), payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	h.messages[k] = b
}

func natFamily(family uint8) int {
	if family == afInet6 {
		return 1
	}
	return 0
}

// takeNAT returns the sessions of a family that the last dump of tracked connections held,
// once. It returns false if there was none, or if it does not have them all.
func (s *source) takeNAT(family uint8) (netlink.Conn, bool) {
	h, k := s.heldNAT, natFamily(family)
	if h == nil || h.overflow || h.taken[k] {
		return nil, false
	}
	h.taken[k] = true
	dump := &heldDump{messages: h.messages[k]}
	h.messages[k] = nil
	return dump, true
}
