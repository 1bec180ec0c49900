package linux

import (
	"encoding/binary"
	"net/netip"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Attributes of RTM_NEWLINK that only netstat.Link shows (include/uapi/linux/if_link.h).
const (
	iflaBroadcast     = 2
	iflaLink          = 5
	iflaQdisc         = 6
	iflaMaster        = 10
	iflaOperState     = 16
	iflaLinkInfo      = 18
	iflaGroup         = 27
	iflaPromiscuity   = 30
	iflaNumTxQueues   = 31
	iflaNumRxQueues   = 32
	iflaCarrier       = 33
	iflaCarrierChange = 35
	iflaLinkNetnsID   = 37
	iflaPortName      = 38
	iflaGSOMaxSegs    = 40
	iflaGSOMaxSize    = 41
	iflaXDP           = 43
	iflaCarrierUps    = 47
	iflaCarrierDowns  = 48
	iflaMinMTU        = 50
	iflaMaxMTU        = 51
	iflaPermAddress   = 54
	iflaParentDevice  = 56
	iflaParentBus     = 57
	iflaGROMaxSize    = 58
	iflaTSOMaxSize    = 59
	iflaTSOMaxSegs    = 60
	iflaAllMulticast  = 61
	iflaGSOIPv4Size   = 63
	iflaGROIPv4Size   = 64

	infoKind      = 1
	infoData      = 2
	infoSlaveKind = 4
	infoSlaveData = 5

	xdpAttached  = 2
	xdpProgID    = 4
	xdpDriverID  = 5
	xdpGenericID = 6
	xdpOffloadID = 7
)

// linkNumber returns the number in an attribute of 4 bytes.
func linkNumber(kind uint16) (netstat.LinkNumber, bool) {
	switch kind {
	case iflaGroup:
		return netstat.LinkGroup, true
	case iflaPromiscuity:
		return netstat.LinkPromiscuity, true
	case iflaAllMulticast:
		return netstat.LinkAllMulticast, true
	case iflaNumTxQueues:
		return netstat.LinkTxQueues, true
	case iflaNumRxQueues:
		return netstat.LinkRxQueues, true
	case iflaMinMTU:
		return netstat.LinkMinMTU, true
	case iflaMaxMTU:
		return netstat.LinkMaxMTU, true
	case iflaCarrierChange:
		return netstat.LinkCarrierChanges, true
	case iflaCarrierUps:
		return netstat.LinkCarrierUps, true
	case iflaCarrierDowns:
		return netstat.LinkCarrierDowns, true
	case iflaGSOMaxSize:
		return netstat.LinkGSOMaxSize, true
	case iflaGSOMaxSegs:
		return netstat.LinkGSOMaxSegments, true
	case iflaTSOMaxSize:
		return netstat.LinkTSOMaxSize, true
	case iflaTSOMaxSegs:
		return netstat.LinkTSOMaxSegments, true
	case iflaGROMaxSize:
		return netstat.LinkGROMaxSize, true
	case iflaGSOIPv4Size:
		return netstat.LinkGSOIPv4MaxSize, true
	case iflaGROIPv4Size:
		return netstat.LinkGROIPv4MaxSize, true
	}
	return 0, false
}

// operStateOf converts IF_OPER_… of include/uapi/linux/if.h.
func operStateOf(n byte) netstat.OperState {
	if n > 6 {
		return netstat.OperAbsent // a newer kernel's
	}
	return netstat.OperUnknown + netstat.OperState(n)
}

// decodeLinkDetail decodes what decodeLink leaves out of an RTM_NEWLINK message.
// Attributes that are too short count as missing.
func decodeLinkDetail(b []byte) *netstat.Link {
	l := new(netstat.Link)
	if len(b) < ifinfomsgSize {
		return l
	}
	order := binary.NativeEndian
	for b = b[ifinfomsgSize:]; ; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			break
		}
		b = rest
		if n, ok := linkNumber(kind); ok {
			if len(value) >= 4 {
				l.Numbers.Set(n, uint64(order.Uint32(value)))
			}
			continue
		}
		switch kind {
		case iflaLink:
			l.Lower.Index = attribute32(value)
		case iflaMaster:
			l.Master.Index = attribute32(value)
		case iflaLinkNetnsID:
			if len(value) >= 4 {
				l.HasLowerNetns, l.LowerNetnsID = true, order.Uint32(value)
			}
		case iflaOperState:
			if len(value) > 0 {
				l.OperState = operStateOf(value[0])
			}
		case iflaCarrier:
			if len(value) > 0 {
				l.HasCarrier, l.Carrier = true, value[0] != 0
			}
		case iflaQdisc:
			l.QueueDiscipline = string(cString(value))
		case iflaPortName:
			l.PortName = string(cString(value))
		case iflaParentBus:
			l.ParentBus = string(cString(value))
		case iflaParentDevice:
			l.ParentDevice = string(cString(value))
		case iflaBroadcast:
			l.Broadcast = append([]byte(nil), value...)
		case iflaPermAddress:
			l.PermanentAddr = append([]byte(nil), value...)
		case iflaXDP:
			l.XDP = decodeXDP(value)
		case iflaLinkInfo:
			decodeLinkInfo(value, l)
		}
	}
	// A VXLAN has its lower interface only among its settings.
	if s, ok := l.Setting("link_index"); ok && l.Lower.Index == 0 {
		l.Lower.Index = uint32(s.Number)
	}
	return l
}

func attribute32(value []byte) uint32 {
	if len(value) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(value)
}

// decodeXDP decodes IFLA_XDP. Kernels before 4.19 have one number and the mode apart.
func decodeXDP(b []byte) (list []netstat.XDPProgram) {
	var (
		attached byte
		only     uint32
	)
	for {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			break
		}
		b = rest
		switch {
		case kind == xdpAttached && len(value) > 0:
			attached = value[0]
		case len(value) < 4:
		case kind == xdpProgID:
			only = attribute32(value)
		case kind == xdpDriverID:
			list = append(list, netstat.XDPProgram{Mode: netstat.XDPDriver, ID: attribute32(value)})
		case kind == xdpGenericID:
			list = append(list, netstat.XDPProgram{Mode: netstat.XDPGeneric, ID: attribute32(value)})
		case kind == xdpOffloadID:
			list = append(list, netstat.XDPProgram{Mode: netstat.XDPOffload, ID: attribute32(value)})
		}
	}
	if list == nil && attached != 0 {
		mode := netstat.XDPUnknown
		if attached <= 3 {
			mode = netstat.XDPMode(attached) // XDP_ATTACHED_DRV, _SKB, _HW
		}
		list = append(list, netstat.XDPProgram{Mode: mode, ID: only})
	}
	return list
}

// decodeLinkInfo decodes IFLA_LINKINFO. The kinds precede the settings (rtnl_link_fill in
// net/core/rtnetlink.c).
func decodeLinkInfo(b []byte, l *netstat.Link) {
	for {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return
		}
		b = rest
		switch kind {
		case infoKind:
			l.Kind = string(cString(value))
		case infoSlaveKind:
			l.SlaveKind = string(cString(value))
		case infoData:
			l.Settings = decodeSettings(value, settingsOf(l.Kind))
		case infoSlaveData:
			l.SlaveSettings = decodeSettings(value, slaveSettingsOf(l.SlaveKind))
		}
	}
}

// decodeSettings decodes the settings of a kind, in the order of the table.
func decodeSettings(b []byte, table []setting) (list []netstat.LinkSetting) {
	values := make([][]byte, len(table))
	for {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			break
		}
		b = rest
		for i := range table {
			if table[i].kind == kind {
				values[i] = value
			}
		}
	}
	for i := range table {
		if values[i] == nil {
			continue
		}
		if s, ok := table[i].decode(values[i]); ok {
			s.Name = table[i].name
			list = append(list, s)
		}
	}
	return list
}

// foreverLifetime is the lifetime of an address that does not expire (INFINITY_LIFE_TIME
// in include/net/addrconf.h).
const foreverLifetime = 1<<32 - 1

// Attributes of RTM_NEWADDR that only netstat.AddrDetail shows.
const (
	ifaCacheInfo = 6
	ifaFlags     = 8
	ifaMetric    = 9
	ifaProtocol  = 11
)

// decodeAddrDetail decodes an RTM_NEWADDR message.
func decodeAddrDetail(b []byte) *netstat.AddrDetail {
	d := new(netstat.AddrDetail)
	if len(b) < ifaddrmsgSize {
		return d
	}
	order := binary.NativeEndian
	family := b[0]
	d.Flags, d.Scope = netstat.AddrFlags(b[2]), netstat.RouteScope(b[3])
	var local, address netip.Addr
	for b = b[ifaddrmsgSize:]; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch kind {
		case ifaLocal:
			local, _ = addrOf(family, value)
		case ifaAddress:
			address, _ = addrOf(family, value)
		case ifaFlags: // all of them; the header has room for 8
			if len(value) >= 4 {
				d.Flags = netstat.AddrFlags(order.Uint32(value))
			}
		case ifaMetric:
			d.Metric = attribute32(value)
		case ifaProtocol:
			if len(value) > 0 {
				d.Protocol = value[0]
			}
		case ifaCacheInfo: // struct ifa_cacheinfo: preferred, valid, cstamp, tstamp
			if len(value) < 8 {
				break
			}
			lifetime := func(seconds uint32) (time.Duration, bool) {
				if seconds == foreverLifetime {
					return 0, false
				}
				return time.Duration(seconds) * time.Second, true
			}
			d.Preferred, d.PreferredLimited = lifetime(order.Uint32(value))
			d.Valid, d.ValidLimited = lifetime(order.Uint32(value[4:]))
		}
	}
	// IPv4 always has both, equal without a peer.
	if family == afInet6 && local.IsValid() && address.IsValid() {
		d.Peer = address
	}
	return d
}
