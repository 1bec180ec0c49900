package win32

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"

	"netstat"
)

// adapter is what GetAdaptersAddresses reports about an interface.
type adapter struct {
	index, index6     uint32
	name, description string
	phys              []byte
	flags, mtu        uint32
	ifType, status    uint32
	metric4, metric6  uint32
	unicast           []netip.Prefix
	groups            []netip.Addr
}

// number returns the index under which the interface is listed: that of IPv6 if it does
// not use IPv4.
func (a *adapter) number() uint32 {
	if a.index == 0 {
		return a.index6
	}
	return a.index
}

// Flags of GetAdaptersAddresses (iptypes.h). DNS servers and anycast addresses are
// never needed.
const (
	adaptersSkipUnicast = 0x1
	adaptersSkipAnycast = 0x2
	adaptersSkipGroups  = 0x4
	adaptersSkipDNS     = 0x8
)

// Code of GetAdaptersAddresses for a host without addresses.
const codeAddressNotAssociated = 1228

// readAdapters lists the adapters in the system's order.
func (s *source) readAdapters(flags uint32) ([]adapter, error) {
	var base uint64
	buf, code := s.grow(func(buf []byte, size *uint32) (code uint32) {
		base, code = s.api.adapters(buf, size, flags|adaptersSkipAnycast|adaptersSkipDNS)
		return code
	})
	defer s.release(buf)
	switch {
	case emptyFamily(code) || code == codeAddressNotAssociated:
		return nil, nil
	case code != codeSuccess:
		return nil, s.win(code)
	}
	return decodeAdapters(buf, base, s.api.pointers)
}

var errBrokenList = &detailedError{netstat.ErrIncomplete, "adapter list has an invalid pointer"}

// decodeAdapters decodes a list of IP_ADAPTER_ADDRESSES in memory starting at base, up
// to the first invalid entry.
func decodeAdapters(memory []byte, base uint64, p *pointers) ([]adapter, error) {
	if len(memory) < p.adapterSize {
		return nil, errBrokenList
	}
	// A cyclic list has more entries than fit into memory.
	left := len(memory) / p.addressEnd
	var all []adapter
	for entry := memory; ; {
		if len(entry) < p.adapterSize || left <= 0 {
			return all, errBrokenList
		}
		left--
		at := len(memory) - len(entry)
		a := adapter{
			index: word(entry, adapterIndex), index6: word(entry, p.adapterIndex6),
			name:        p.textAt(memory, base, at+p.adapterFriendlyName),
			description: p.textAt(memory, base, at+p.adapterDescription),
			flags:       word(entry, p.adapterFlags), mtu: word(entry, p.adapterMTU),
			ifType: word(entry, p.adapterType), status: word(entry, p.adapterOperStatus),
			metric4: word(entry, p.adapterMetric4), metric6: word(entry, p.adapterMetric6),
		}
		if n := word(entry, p.adapterPhysLength); n > 0 && n <= adapterPhysSize {
			a.phys = slices.Clone(entry[p.adapterPhys : p.adapterPhys+int(n)])
		}
		ok := p.addresses(memory, base, at+p.adapterUnicast, &left, func(ip netip.Addr, length int) {
			a.unicast = append(a.unicast, netip.PrefixFrom(ip, length))
		})
		ok = p.addresses(memory, base, at+p.adapterMulticast, &left, func(ip netip.Addr, _ int) {
			a.groups = append(a.groups, ip)
		}) && ok
		all = append(all, a)
		if !ok {
			return all, errBrokenList
		}
		if p.value(memory, at+p.adapterNext) == 0 {
			return all, nil
		}
		entry, _ = p.pointerAt(memory, base, at+p.adapterNext)
	}
}

// addresses visits the addresses of an adapter; only unicast addresses have a prefix
// length. It reports whether the list is valid.
func (p *pointers) addresses(memory []byte, base uint64, at int, left *int, visit func(ip netip.Addr, length int)) bool {
	for p.value(memory, at) != 0 {
		entry, ok := p.pointerAt(memory, base, at)
		if !ok || len(entry) < p.addressEnd || *left <= 0 {
			return false
		}
		*left--
		at = len(memory) - len(entry)
		sockaddr, ok := p.pointerAt(memory, base, at+p.addressSockaddr)
		if !ok {
			return false
		}
		if ip, ok := sockaddrIP(sockaddr); ok {
			length := 0
			if len(entry) > p.unicastPrefixLength {
				length = int(entry[p.unicastPrefixLength])
			}
			visit(ip, min(length, ip.BitLen()))
		}
		at += p.addressNext
	}
	return true
}

// sockaddrIP returns the address in a SOCKADDR_IN or SOCKADDR_IN6.
func sockaddrIP(b []byte) (netip.Addr, bool) {
	if len(b) < sockaddrSize4 {
		return netip.Addr{}, false
	}
	switch uint16(b[0]) | uint16(b[1])<<8 {
	case familyInet4:
		return netip.AddrFrom4([4]byte(b[sockaddrIn4:])), true
	case familyInet6:
		if len(b) >= sockaddrSize6 {
			return netip.AddrFrom16([16]byte(b[sockaddrIn6:])), true
		}
	}
	return netip.Addr{}, false
}

// interfaceRow holds the fields used of a MIB_IF_ROW2.
type interfaceRow struct {
	index                   uint32
	name, description       string
	phys                    []byte
	mtu, ifType, tunnelType uint32
	access                  uint32
	filter                  bool
	oper, admin             uint32
	receive, transmit       netstat.InterfaceCounters
	link                    *netstat.Link
}

// Interface counters that Windows does not keep.
const (
	absentSplit = netstat.CountsLengthErrors | netstat.CountsOverErrors | netstat.CountsCRCErrors | netstat.CountsFrameErrors |
		netstat.CountsMissedErrors | netstat.CountsNoHandler | netstat.CountsOtherHostDropped |
		netstat.CountsAbortedErrors | netstat.CountsCarrierErrors | netstat.CountsHeartbeatErrors | netstat.CountsWindowErrors
	absentReceive = netstat.CountsFIFO | netstat.CountsFrame | netstat.CountsCarrier | netstat.CountsCollisions |
		netstat.CountsCompressed | netstat.CountsMulticast | absentSplit
	absentTransmit = absentReceive | netstat.CountsUnknownProtocols
)

func decodeInterface(b []byte) interfaceRow {
	_ = b[ifSize-1]
	r := interfaceRow{
		index:       word(b, ifIndex),
		name:        utf16Text(b[ifAlias : ifAlias+ifTextSize]),
		description: utf16Text(b[ifDescription : ifDescription+ifTextSize]),
		mtu:         word(b, ifMTU), ifType: word(b, ifType), tunnelType: word(b, ifTunnelType),
		access: word(b, ifAccessType),
		filter: b[ifFlags]&ifFilterInterface != 0,
		oper:   word(b, ifOperStatus), admin: word(b, ifAdminStatus),
		receive: netstat.InterfaceCounters{
			Packets: quad(b, ifInUnicast) + quad(b, ifInNonUnicast),
			Bytes:   quad(b, ifInOctets), Errors: quad(b, ifInErrors), Dropped: quad(b, ifInDiscards),
			NonUnicast: quad(b, ifInNonUnicast), UnknownProtocols: quad(b, ifInUnknownProtos),
			UnicastBytes: quad(b, ifInUnicastBytes), MulticastBytes: quad(b, ifInMulticastBytes), BroadcastBytes: quad(b, ifInBroadcastBytes),
			Absent: absentReceive,
		},
		transmit: netstat.InterfaceCounters{
			Packets: quad(b, ifOutUnicast) + quad(b, ifOutNonUnicast),
			Bytes:   quad(b, ifOutOctets), Errors: quad(b, ifOutErrors), Dropped: quad(b, ifOutDiscards),
			NonUnicast:   quad(b, ifOutNonUnicast),
			UnicastBytes: quad(b, ifOutUnicastBytes), MulticastBytes: quad(b, ifOutMultiBytes), BroadcastBytes: quad(b, ifOutBroadBytes),
			Absent: absentTransmit,
		},
	}
	if n := word(b, ifPhysLength); n > 0 && n <= ifPhysSize {
		r.phys = slices.Clone(b[ifPhys : ifPhys+int(n)])
	}
	r.link = decodeLink(b)
	return r
}

// operStates are the values of IF_OPER_STATUS (ifdef.h).
var operStates = [...]netstat.OperState{
	1: netstat.OperUp, 2: netstat.OperDown, 3: netstat.OperTesting, 4: netstat.OperUnknown, 5: netstat.OperDormant,
	6: netstat.OperNotPresent, 7: netstat.OperLowerLayerDown,
}

// speedUnknown is the speed of an interface that has none.
const speedUnknown = 1<<64 - 1

// decodeLink decodes what only netstat.Link has of a MIB_IF_ROW2.
func decodeLink(b []byte) *netstat.Link {
	l := &netstat.Link{
		GUID: guidText(b[ifGUID:]), NetworkGUID: guidText(b[ifNetworkGUID:]),
		Kind: nameOf(tunnelTypes[:], word(b, ifTunnelType)), Settings: decodeSettings(b),
	}
	if state := word(b, ifOperStatus); state < uint32(len(operStates)) {
		l.OperState = operStates[state]
	}
	switch word(b, ifMediaConnect) { // NET_IF_MEDIA_CONNECT_STATE
	case 1:
		l.HasCarrier, l.Carrier = true, true
	case 2:
		l.HasCarrier = true
	}
	send, receive := quad(b, ifTransmitSpeed), quad(b, ifReceiveSpeed)
	if send != speedUnknown && send != 0 {
		l.Numbers.Set(netstat.LinkSpeed, send)
	}
	if receive != speedUnknown && receive != 0 && receive != send {
		l.Numbers.Set(netstat.LinkReceiveSpeed, receive)
	}
	if n := word(b, ifPhysLength); n > 0 && n <= ifPhysSize {
		l.PermanentAddr = slices.Clone(b[ifPermanentPhys : ifPermanentPhys+int(n)])
	}
	return l
}

// Names of the values of TUNNEL_TYPE, NET_IF_ADMIN_STATUS, NET_IF_ACCESS_TYPE,
// NET_IF_DIRECTION_TYPE and NET_IF_CONNECTION_TYPE (ifdef.h), NDIS_MEDIUM and
// NDIS_PHYSICAL_MEDIUM (ntddndis.h), in lower case and without prefixes; "" for values
// that say nothing.
var (
	tunnelTypes     = [...]string{1: "tunnel", 2: "direct", 11: "6to4", 13: "isatap", 14: "teredo", 15: "iphttps"}
	adminStates     = [...]string{1: "up", 2: "down", 3: "testing"}
	accessTypes     = [...]string{1: "loopback", 2: "broadcast", 3: "point-to-point", 4: "point-to-multipoint"}
	directionTypes  = [...]string{"sendreceive", "sendonly", "receiveonly"}
	connectionTypes = [...]string{1: "dedicated", 2: "passive", 3: "demand"}
	media           = [...]string{
		"802.3", "802.5", "fddi", "wan", "localtalk", "dix", "arcnet-raw", "arcnet-878.2", "atm", "wireless-wan", "irda", "bpc",
		"cowan", "1394", "infiniband", "tunnel", "native-802.11", "loopback", "wimax", "ip",
	}
	physicalMedia = [...]string{
		"", "wireless-lan", "cable-modem", "phone-line", "power-line", "dsl", "fibre-channel", "1394", "wireless-wan",
		"native-802.11", "bluetooth", "infiniband", "wimax", "uwb", "802.3", "802.5", "irda", "wired-wan", "wired-cowan", "other",
	}
	// interfaceBits are the bits of InterfaceAndOperStatusFlags, without FilterInterface.
	interfaceBits = [...]string{
		"hardware_interface", "", "connector_present", "not_authenticated", "not_media_connected", "paused", "low_power", "endpoint",
	}
)

// nameOf returns the name of a value; "" if it has none.
func nameOf(names []string, value uint32) string {
	if value < uint32(len(names)) {
		return names[value]
	}
	return ""
}

// decodeSettings returns the fields of a MIB_IF_ROW2 that no other fact has.
func decodeSettings(b []byte) []netstat.LinkSetting {
	list := make([]netstat.LinkSetting, 0, 6+len(interfaceBits))
	for _, s := range [...]struct {
		name  string
		names []string
		at    int
	}{
		{"admin_status", adminStates[:], ifAdminStatus}, {"access_type", accessTypes[:], ifAccessType},
		{"direction_type", directionTypes[:], ifDirectionType}, {"connection_type", connectionTypes[:], ifConnectionType},
		{"media_type", media[:], ifMediaType}, {"physical_medium", physicalMedia[:], ifPhysicalMedium},
	} {
		if text := nameOf(s.names, word(b, s.at)); text != "" {
			list = append(list, netstat.LinkSetting{Name: s.name, Text: text, IsText: true})
		}
	}
	for bit, name := range interfaceBits {
		if name != "" {
			list = append(list, netstat.LinkSetting{Name: name, Number: uint64(b[ifFlags] >> bit & 1)})
		}
	}
	return list
}

// guidText returns a GUID as Windows writes it, or "" for zeros.
func guidText(b []byte) string {
	if [16]byte(b[:16]) == [16]byte{} {
		return ""
	}
	const digits = "0123456789ABCDEF"
	text := append(make([]byte, 0, 38), '{')
	for i, at := range [...]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[b[at]>>4], digits[b[at]&15])
	}
	return string(append(text, '}'))
}

// readInterfaces lists the interfaces that are not filters: filters repeat the traffic
// of the interface below them.
func (s *source) readInterfaces() ([]interfaceRow, error) {
	table, code := s.api.interfaces()
	if emptyFamily(code) {
		return nil, nil
	}
	if code != codeSuccess {
		return nil, s.win(code)
	}
	rows, short := countedRows(table, ifTable, ifSize)
	all := make([]interfaceRow, 0, len(rows)/ifSize)
	for ; len(rows) > 0; rows = rows[ifSize:] {
		if r := decodeInterface(rows); !r.filter {
			all = append(all, r)
		}
	}
	if short {
		return all, &detailedError{netstat.ErrIncomplete, errTooShort.Error()}
	}
	return all, nil
}

// Interfaces implements netstat.Source. The order is that of GetAdaptersAddresses, in
// which Windows presents interfaces; the rest follow as Unlisted.
func (s *source) Interfaces(ctx context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(yield func(netstat.Interface, error) bool) {
		fail := func(err error) { yield(netstat.Interface{}, &netstat.OpError{Op: "read interfaces", Err: err}) }
		if err := ctx.Err(); err != nil {
			fail(err)
			return
		}
		rows, err := s.readInterfaces()
		if errors.Is(err, netstat.ErrIncomplete) {
			reportWarning(q.Report, "read interfaces", netstat.Table{}, err)
			err = nil
		}
		if err != nil {
			fail(err)
			return
		}
		adapters, err := s.readAdapters(adaptersSkipGroups)
		if err != nil {
			// The counters matter most; without adapters, addresses are missing and
			// nothing is Unlisted.
			reportWarning(q.Report, "read adapters", netstat.Table{}, err)
		}
		unlisted := err == nil
		if q.Facts != 0 {
			details, err := s.addressDetails()
			if err != nil {
				reportWarning(q.Report, "read lifetimes of addresses", netstat.Table{}, err)
			}
			inner := yield
			yield = func(i netstat.Interface, err error) bool {
				for k := range i.Addrs {
					i.Addrs[k].Detail = details[addressKey{i.Index, i.Addrs[k].Prefix.Addr()}]
				}
				return inner(i, err)
			}
		}
		for i := range adapters {
			a := &adapters[i]
			at := slices.IndexFunc(rows, func(r interfaceRow) bool { return r.index == a.number() })
			var iface netstat.Interface
			if at >= 0 {
				iface = rows[at].model()
				if q.Facts != 0 {
					iface.Link = rows[at].link
				}
				rows = slices.Delete(rows, at, at+1)
			}
			a.model(&iface, q.Details)
			if !yield(iface, nil) {
				return
			}
		}
		for i := range rows {
			iface := rows[i].model()
			iface.Unlisted = unlisted
			if q.Facts != 0 {
				iface.Link = rows[i].link
			}
			if !yield(iface, nil) {
				return
			}
		}
	}
}

func (r *interfaceRow) model() netstat.Interface {
	i := netstat.Interface{
		Index: r.index, Name: r.name, Description: r.description,
		MTU: r.mtu, Hardware: hardware(r.ifType, r.tunnelType), HardwareCode: uint16(r.ifType), HardwareAddr: r.phys,
		HasCounters: true, Receive: r.receive, Transmit: r.transmit,
	}
	if r.admin == statusUp {
		i.Flags |= netstat.InterfaceUp
	}
	if r.oper == statusUp {
		i.Flags |= netstat.InterfaceRunning
	}
	switch {
	case r.ifType == ifTypeLoopback:
		i.Flags |= netstat.InterfaceLoopback
	case r.access == accessPointToPoint:
		i.Flags |= netstat.InterfacePointToPoint
	case r.access == accessBroadcast:
		i.Flags |= netstat.InterfaceBroadcast
	}
	return i
}

// model adds to i what only the list of adapters has, or everything if i is empty.
func (a *adapter) model(i *netstat.Interface, details bool) {
	if i.Index == 0 {
		*i = netstat.Interface{
			Index: a.number(), MTU: a.mtu,
			Hardware: hardware(a.ifType, 0), HardwareCode: uint16(a.ifType), HardwareAddr: a.phys,
		}
		if a.ifType == ifTypeLoopback {
			i.Flags |= netstat.InterfaceLoopback
		}
		// This list has one status only.
		if a.status == statusUp {
			i.Flags |= netstat.InterfaceUp | netstat.InterfaceRunning
		}
	}
	// Both lists have the same texts, except that Wine 8.0 has them only here.
	if a.name != "" {
		i.Name = a.name
	}
	if a.description != "" {
		i.Description = a.description
	}
	if a.flags&adapterNoGroups == 0 {
		i.Flags |= netstat.InterfaceMulticast
	}
	for _, want4 := range [...]bool{true, false} {
		for _, p := range a.unicast {
			if p.Addr().Is4() == want4 && (want4 || details) {
				i.Addrs = append(i.Addrs, interfaceAddr(p, i))
			}
		}
	}
}

func interfaceAddr(p netip.Prefix, i *netstat.Interface) netstat.InterfaceAddr {
	ip := p.Addr()
	a := netstat.InterfaceAddr{Prefix: p}
	if ip.Is4() {
		a.Peer, a.Label = ip, i.Name
		if i.Flags.Has(netstat.InterfaceBroadcast) && p.Bits() < 31 {
			// Windows accepts no other, whatever is configured.
			a.Broadcast = lastOf(p)
		}
		return a
	}
	b := ip.As16()
	switch {
	case ip.IsLoopback():
		a.Scope = netstat.ScopeHost
	case ip.IsLinkLocalUnicast():
		a.Scope = netstat.ScopeLink
	case b[0] == 0xfe && b[1]&0xc0 == 0xc0:
		a.Scope = netstat.ScopeSite
	case [12]byte(b[:12]) == [12]byte{} && !ip.IsUnspecified():
		a.Scope = netstat.ScopeCompat
	}
	return a
}

// hardware maps an IFTYPE (ipifcons.h) and a TUNNEL_TYPE to a link type. Wireless LANs
// look like Ethernet, on Windows as on Linux.
func hardware(ifType, tunnel uint32) netstat.Hardware {
	switch ifType {
	case ifTypeEthernet, ifTypeWireless:
		return netstat.HardwareEthernet
	case ifTypeLoopback:
		return netstat.HardwareLoopback
	case ifTypePPP:
		return netstat.HardwarePPP
	case ifTypeSLIP:
		return netstat.HardwareSLIP
	case ifTypeFDDI:
		return netstat.HardwareFDDI
	case ifTypeARCnet:
		return netstat.HardwareARCnet
	case ifTypeTunnel:
		switch tunnel {
		case tunnel6to4, tunnelISATAP, tunnelTeredo:
			return netstat.HardwareSIT
		}
	}
	return netstat.HardwareOther
}

// Groups implements netstat.Source. Windows does not report the number of users of a
// group.
func (s *source) Groups(ctx context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return func(yield func(netstat.Membership, error) bool) {
		fail := func(err error) { yield(netstat.Membership{}, &netstat.OpError{Op: "read groups", Err: err}) }
		if q.Family != netstat.Inet && q.Family != netstat.Inet6 {
			fail(errNotHere)
			return
		}
		if err := ctx.Err(); err != nil {
			fail(err)
			return
		}
		adapters, err := s.readAdapters(adaptersSkipUnicast)
		for i := range adapters {
			a := &adapters[i]
			m := netstat.Membership{Index: a.number(), Interface: a.name}
			if q.Family == netstat.Inet6 && a.index6 != 0 {
				m.Index = a.index6
			}
			for _, m.Group = range a.groups {
				if m.Group.Is4() == (q.Family == netstat.Inet) && !yield(m, nil) {
					return
				}
			}
		}
		if err != nil {
			fail(err)
		}
	}
}
