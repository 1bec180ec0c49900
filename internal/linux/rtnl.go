package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"unsafe"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h, if_link.h and if_addr.h.
const (
	rtmNewLink = 16
	rtmGetLink = 18
	rtmNewAddr = 20
	rtmGetAddr = 22

	iflaAddress   = 1
	iflaIfname    = 3
	iflaMTU       = 4
	iflaStats     = 7
	iflaTxqlen    = 13
	iflaMap       = 14
	iflaAlias     = 20
	iflaStats64   = 23
	iflaExtMask   = 29
	iflaPropList  = 52
	iflaAltIfname = 53

	// rtextFilterSkipStats leaves out the IPv6 counters, which cost a
	// quarter of a dump. The counters of the link itself remain.
	rtextFilterSkipStats = 1 << 3

	ifaAddress   = 1
	ifaLocal     = 2
	ifaLabel     = 3
	ifaBroadcast = 4

	ifinfomsgSize = 16
	ifaddrmsgSize = 8
	rtnlMapSize   = 28
)

// appendLinkRequest appends a request to dump the interfaces (RTM_GETLINK).
func appendLinkRequest(b []byte, seq uint32) []byte {
	order := binary.NativeEndian
	b = netlink.AppendDumpHeader(b, rtmGetLink, seq, ifinfomsgSize+netlink.AttributeSize+4)
	b = append(b, make([]byte, ifinfomsgSize)...)
	b = order.AppendUint16(b, netlink.AttributeSize+4)
	b = order.AppendUint16(b, iflaExtMask)
	return order.AppendUint32(b, rtextFilterSkipStats)
}

// appendAddrRequest appends a request to dump the IPv4 addresses (RTM_GETADDR).
func appendAddrRequest(b []byte, seq uint32) []byte {
	b = netlink.AppendDumpHeader(b, rtmGetAddr, seq, ifaddrmsgSize)
	return append(b, afInet, 0, 0, 0, 0, 0, 0, 0)
}

// linkFlags maps the bits of enum net_device_flags (include/uapi/linux/if.h)
// that SIOCGIFFLAGS returns.
var linkFlags = [16]netstat.InterfaceFlags{
	netstat.InterfaceUp, netstat.InterfaceBroadcast, netstat.InterfaceDebug, netstat.InterfaceLoopback,
	netstat.InterfacePointToPoint, netstat.InterfaceNoTrailers, netstat.InterfaceRunning, netstat.InterfaceNoARP,
	netstat.InterfacePromiscuous, netstat.InterfaceAllMulticast, netstat.InterfaceMaster, netstat.InterfaceSlave,
	netstat.InterfaceMulticast, netstat.InterfacePortSelect, netstat.InterfaceAutoMedia, netstat.InterfaceDynamic,
}

func linkFlagsOf(bits uint32) (flags netstat.InterfaceFlags) {
	for i, f := range linkFlags {
		if bits&(1<<i) != 0 {
			flags |= f
		}
	}
	return flags
}

// hardwareOf converts a number of include/uapi/linux/if_arp.h.
func hardwareOf(code uint16) netstat.Hardware {
	switch code {
	case 0:
		return netstat.HardwareNetROM
	case 1:
		return netstat.HardwareEthernet
	case 3:
		return netstat.HardwareAX25
	case 7:
		return netstat.HardwareARCnet
	case 15:
		return netstat.HardwareDLCI
	case 27:
		return netstat.HardwareEUI64
	case 256:
		return netstat.HardwareSLIP
	case 257:
		return netstat.HardwareCSLIP
	case 258:
		return netstat.HardwareSLIP6
	case 259:
		return netstat.HardwareCSLIP6
	case 264:
		return netstat.HardwareAdaptive
	case 270:
		return netstat.HardwareROSE
	case 271:
		return netstat.HardwareX25
	case 512:
		return netstat.HardwarePPP
	case 513:
		return netstat.HardwareHDLC
	case 516:
		return netstat.HardwareLAPB
	case 768:
		return netstat.HardwareTunnel
	case 770:
		return netstat.HardwareFRAD
	case 772:
		return netstat.HardwareLoopback
	case 774:
		return netstat.HardwareFDDI
	case 776:
		return netstat.HardwareSIT
	case 780:
		return netstat.HardwareHIPPI
	case 781:
		return netstat.HardwareAsh
	case 782:
		return netstat.HardwareEconet
	case 783:
		return netstat.HardwareIrDA
	}
	return netstat.HardwareOther
}

// slip reports whether the slip driver made the link.
func slip(h netstat.Hardware) bool {
	switch h {
	case netstat.HardwareSLIP, netstat.HardwareCSLIP, netstat.HardwareSLIP6, netstat.HardwareCSLIP6, netstat.HardwareAdaptive:
		return true
	}
	return false
}

// cString returns the bytes before the first NUL.
func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}

// bytes copies b into the slab, like string.
func (t *textSlab) bytes(b []byte) []byte {
	return unsafe.Slice(unsafe.StringData(t.string(b)), len(b))
}

// decodeLink fills i from an RTM_NEWLINK message. It returns false if the link
// has no name. Attributes that are too short count as missing.
func decodeLink(b []byte, i *netstat.Interface, text *textSlab) bool {
	if len(b) < ifinfomsgSize {
		return false
	}
	order := binary.NativeEndian
	code := order.Uint16(b[2:])
	*i = netstat.Interface{
		Index:        order.Uint32(b[4:]),
		Flags:        linkFlagsOf(order.Uint32(b[8:])),
		Hardware:     hardwareOf(code),
		HardwareCode: code,
	}
	for b = b[ifinfomsgSize:]; ; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return i.Name != ""
		}
		b = rest
		switch kind {
		case iflaIfname:
			i.Name = text.string(cString(value))
		case iflaAlias:
			i.Alias = text.string(cString(value))
		case iflaPropList:
			for {
				kind, name, rest, ok := netlink.Attribute(value)
				if !ok {
					break
				}
				if name = cString(name); kind == iflaAltIfname && len(name) > 0 {
					i.AltNames = append(i.AltNames, text.string(name))
				}
				value = rest
			}
		case iflaAddress:
			i.HardwareAddr = text.bytes(value)
		case iflaMTU:
			if len(value) >= 4 {
				i.MTU = order.Uint32(value)
			}
		case iflaTxqlen:
			if len(value) >= 4 {
				i.QueueLen, i.HasQueueLen = order.Uint32(value), true
			}
		case iflaMap:
			if len(value) >= rtnlMapSize {
				i.Resources = netstat.InterfaceResources{
					MemoryStart: order.Uint64(value),
					MemoryEnd:   order.Uint64(value[8:]),
					IOBase:      order.Uint64(value[16:]),
					IRQ:         order.Uint16(value[24:]),
					DMA:         value[26],
					Media:       value[27],
				}
			}
		case iflaStats64:
			decodeLinkStats(value, 8, i)
		case iflaStats:
			if !i.HasCounters {
				decodeLinkStats(value, 4, i)
			}
		}
	}
}

// Indices of the counters in struct rtnl_link_stats64 and rtnl_link_stats, as
// far as they are needed.
const (
	statRxPackets = iota
	statTxPackets
	statRxBytes
	statTxBytes
	statRxErrors
	statTxErrors
	statRxDropped
	statTxDropped
	statMulticast
	statCollisions
	statRxLengthErrors
	statRxOverErrors
	statRxCRCErrors
	statRxFrameErrors
	statRxFIFOErrors
	statRxMissedErrors
	statTxAbortedErrors
	statTxCarrierErrors
	statTxFIFOErrors
	statTxHeartbeatErrors
	statTxWindowErrors
	statRxCompressed
	statTxCompressed
	linkStats
	statRxNoHandler = linkStats     // since Linux 4.6
	statRxOtherHost = linkStats + 1 // since Linux 5.19, only with 64 bits
)

// decodeLinkStats adds up the counters as /proc/net/dev does. size is the size
// of one counter in bytes.
func decodeLinkStats(b []byte, size int, i *netstat.Interface) {
	if len(b) < linkStats*size {
		return
	}
	var n [linkStats]uint64
	stat := func(k int) uint64 {
		if size == 8 {
			return binary.NativeEndian.Uint64(b[8*k:])
		}
		return uint64(binary.NativeEndian.Uint32(b[4*k:]))
	}
	for k := range n {
		n[k] = stat(k)
	}
	i.HasCounters = true
	i.Receive = netstat.InterfaceCounters{
		Packets: n[statRxPackets], Bytes: n[statRxBytes], Errors: n[statRxErrors],
		Dropped:    n[statRxDropped] + n[statRxMissedErrors],
		FIFO:       n[statRxFIFOErrors],
		Frame:      n[statRxLengthErrors] + n[statRxOverErrors] + n[statRxCRCErrors] + n[statRxFrameErrors],
		Compressed: n[statRxCompressed], Multicast: n[statMulticast],
		LengthErrors: n[statRxLengthErrors], OverErrors: n[statRxOverErrors], CRCErrors: n[statRxCRCErrors],
		FrameErrors: n[statRxFrameErrors], MissedErrors: n[statRxMissedErrors],
		Absent: absentReceive | netstat.CountsNoHandler | netstat.CountsOtherHostDropped,
	}
	count := func(k int, to *uint64, bit netstat.InterfaceCounterSet) {
		if len(b) >= (k+1)*size {
			*to = stat(k)
			i.Receive.Absent &^= bit
		}
	}
	count(statRxNoHandler, &i.Receive.NoHandler, netstat.CountsNoHandler)
	count(statRxOtherHost, &i.Receive.OtherHostDropped, netstat.CountsOtherHostDropped)
	i.Transmit = netstat.InterfaceCounters{
		Packets: n[statTxPackets], Bytes: n[statTxBytes], Errors: n[statTxErrors],
		Dropped: n[statTxDropped], FIFO: n[statTxFIFOErrors],
		Carrier:    n[statTxCarrierErrors] + n[statTxAbortedErrors] + n[statTxWindowErrors] + n[statTxHeartbeatErrors],
		Collisions: n[statCollisions], Compressed: n[statTxCompressed],
		AbortedErrors: n[statTxAbortedErrors], CarrierErrors: n[statTxCarrierErrors],
		HeartbeatErrors: n[statTxHeartbeatErrors], WindowErrors: n[statTxWindowErrors],
		Absent: absentTransmit,
	}
}

// Counters that Linux does not keep for every interface, and those that only netlink has.
const (
	absentBytes    = netstat.CountsUnicastBytes | netstat.CountsMulticastBytes | netstat.CountsBroadcastBytes
	absentReceive  = netstat.CountsNonUnicast | netstat.CountsUnknownProtocols | absentBytes
	absentTransmit = netstat.CountsNonUnicast | absentBytes

	dumpedReceive = netstat.CountsLengthErrors | netstat.CountsOverErrors | netstat.CountsCRCErrors | netstat.CountsFrameErrors |
		netstat.CountsMissedErrors | netstat.CountsNoHandler | netstat.CountsOtherHostDropped
	dumpedTransmit = netstat.CountsAbortedErrors | netstat.CountsCarrierErrors | netstat.CountsHeartbeatErrors | netstat.CountsWindowErrors
)

// linkAddr is an IPv4 address and the index of its interface.
type linkAddr struct {
	index uint32
	addr  netstat.InterfaceAddr
}

// decodeAddr fills a from an RTM_NEWADDR message. It returns false if the
// message has no IPv4 address.
func decodeAddr(b []byte, a *linkAddr, text *textSlab) bool {
	if len(b) < ifaddrmsgSize || b[0] != afInet || b[1] > 32 {
		return false
	}
	bits := int(b[1])
	*a = linkAddr{index: binary.NativeEndian.Uint32(b[4:])}
	var local netip.Addr
	for b = b[ifaddrmsgSize:]; ; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			break
		}
		b = rest
		if kind == ifaLabel {
			a.addr.Label = text.string(cString(value))
			continue
		}
		if len(value) != 4 {
			continue
		}
		ip := netip.AddrFrom4([4]byte(value))
		switch kind {
		case ifaLocal:
			local = ip
		case ifaAddress:
			a.addr.Peer = ip
		case ifaBroadcast:
			a.addr.Broadcast = ip
		}
	}
	if !local.IsValid() {
		local = a.addr.Peer
	}
	a.addr.Prefix = netip.PrefixFrom(local, bits)
	return local.IsValid()
}

// repeatDump calls dump, at most dumpTries times, until it succeeds and the table did not
// change meanwhile. again reports whether the table changed during the last call, too.
func repeatDump(ctx context.Context, dump func() (again bool, err error)) (again bool, err error) {
	for range dumpTries {
		again, err = dump()
		if err == nil && !again || err != nil && !transient(err) || ctx.Err() != nil {
			break
		}
	}
	return again, err
}

// rtnlDump runs one dump and passes its records to row, which returns false for
// a malformed record. A record is valid only during the call.
func (s *source) rtnlDump(ctx context.Context, c netlink.Conn, request func(seq uint32) []byte, want uint16, buf []byte, row func(payload []byte) bool) (interrupted bool, err error) {
	s.seq++
	if err := c.Send(request(s.seq)); err != nil {
		return false, err
	}
	m := netlink.Reader{Ctx: ctx, Seq: s.seq, Conn: c, Buf: buf, Tolerant: true}
	for m.Next() {
		if m.Kind == want && !row(m.Payload) {
			return m.Interrupted, netlink.ErrGarbled
		}
	}
	return m.Interrupted, m.Err
}
