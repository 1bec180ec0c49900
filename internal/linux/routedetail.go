package linux

import (
	"context"
	"encoding/binary"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h and lwtunnel.h that only details need.
const (
	rtaPrefSrc   = 7
	rtaFlow      = 11
	rtaPref      = 20
	rtaEncapType = 21
	rtaEncap     = 22
	rtaExpires   = 23

	rtaxLock = 1

	rtmFOffload       = 0x4000
	rtmFTrap          = 0x8000
	rtmFOffloadFailed = 0x20000000

	lwtunnelMPLS = 1
	lwtunnelIP   = 2
	lwtunnelIP6  = 4
	lwtunnelSeg6 = 5

	lwtunnelIPDst = 2 // LWTUNNEL_IP_DST and LWTUNNEL_IP6_DST
	mplsIPTunnel  = 1 // MPLS_IPTUNNEL_DST
	seg6IPTunnel  = 1 // SEG6_IPTUNNEL_SRH
)

// lwtunnels holds the names of enum lwtunnel_encap_types.
var lwtunnels = [...]string{"", "mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm"}

// routeMetrics maps RTAX_….
var routeMetrics = [...]struct {
	number uint16
	metric netstat.RouteMetric
}{
	{2, netstat.MetricMTU}, {3, netstat.MetricWindow}, {4, netstat.MetricRTT}, {5, netstat.MetricRTTVar}, {6, netstat.MetricSSThresh},
	{7, netstat.MetricCWnd}, {8, netstat.MetricAdvMSS}, {9, netstat.MetricReordering}, {10, netstat.MetricHopLimit},
	{11, netstat.MetricInitCWnd}, {12, netstat.MetricFeatures}, {13, netstat.MetricRTOMin}, {14, netstat.MetricInitRWnd},
	{15, netstat.MetricQuickAck}, {17, netstat.MetricFastOpenNoCookie},
}

const rtaxCongestion = 16

// routeTypes maps RTN_….
var routeTypes = [...]netstat.RouteType{
	1: netstat.RouteUnicast, 2: netstat.RouteToLocal, 3: netstat.RouteToBroadcast, 4: netstat.RouteToAnycast,
	5: netstat.RouteToMulticast, 6: netstat.RouteBlackhole, 7: netstat.RouteToUnreachable, 8: netstat.RouteProhibit,
	9: netstat.RouteThrow, 10: netstat.RouteNAT,
}

// routeDetails decodes routes with everything that the kernel says about them.
type routeDetails struct {
	names   routeDecoder // only for interface names
	details slab[netstat.RouteDetail]
	hops    []netstat.NextHop
	reuse   bool // the same memory serves for each route
	one     netstat.RouteDetail
	tables  map[uint32]string
	vrfs    map[uint32]string
	objects *nextHopObjects
	text    textSlab
	buf     []byte
}

// decode fills r and its Detail from the payload of an RTM_NEWROUTE message. It returns
// false if the message is malformed.
func (d *routeDetails) decode(b []byte, r *netstat.Route) bool {
	if len(b) < rtMsgSize || b[0] != afInet && b[0] != afInet6 {
		return false
	}
	order := binary.NativeEndian
	family, length, sourceLength, kind, flags := b[0], b[1], b[2], b[7], order.Uint32(b[8:])
	*r = netstat.Route{Family: netstat.Inet}
	destination, source := netip.IPv4Unspecified(), netip.IPv4Unspecified()
	if family == afInet6 {
		r.Family = netstat.Inet6
		destination, source = netip.IPv6Unspecified(), netip.IPv6Unspecified()
	}
	detail := &d.one
	if d.reuse {
		d.hops = d.hops[:0]
	} else {
		detail = d.details.next()
	}
	*detail = netstat.RouteDetail{
		Table: uint32(b[4]), Protocol: netstat.RouteProtocol(b[5]), Scope: netstat.RouteScope(b[6]), TOS: b[3],
		Offloaded: flags&rtmFOffload != 0, Trapped: flags&rtmFTrap != 0, OffloadFailed: flags&rtmFOffloadFailed != 0,
	}
	if int(kind) < len(routeTypes) {
		detail.Type = routeTypes[kind]
	}
	r.Detail = detail
	hop := hopDecoder{family: family, hop: netstat.NextHop{Weight: 1, Flags: netstat.NextHopFlags(flags & 0x7f)}}
	multipath := []byte(nil)
	for b = b[rtMsgSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return false
		}
		b = rest
		switch kind {
		case rtaDst:
			destination, ok = addrOf(family, value)
		case rtaSrc:
			source, ok = addrOf(family, value)
		case rtaPrefSrc:
			detail.PreferredSource, ok = addrOf(family, value)
		case rtaMetrics:
			ok = d.metrics(value, detail)
		case rtaMultipath:
			multipath = value
		case rtaCacheInfo:
			if len(value) >= 20 {
				r.RefCount, r.Use = order.Uint32(value), order.Uint32(value[16:])
				// The kernel counts hundredths of a second (USER_HZ); negative means expired.
				if left := int32(order.Uint32(value[8:])); left > 0 {
					detail.Temporary, detail.Expires = true, time.Duration(left)*10*time.Millisecond
				}
			}
		case rtaPref:
			if len(value) >= 1 {
				detail.Preference = routePreference(value[0])
			}
		default:
			if len(value) < 4 {
				hop.attribute(kind, value)
				break
			}
			switch word := order.Uint32(value); kind {
			case rtaPriority:
				r.Metric = word
			case rtaTable:
				detail.Table = word
			case rtaNHID:
				detail.NextHopID = word
			case rtaExpires:
				detail.Temporary, detail.Expires = true, time.Duration(word)*time.Second
			case rtaFlow:
				detail.SourceRealm, detail.Realm = uint16(word>>16), uint16(word)
			default:
				hop.attribute(kind, value)
			}
		}
		if !ok {
			return false
		}
	}
	r.Destination = netip.PrefixFrom(destination, int(length))
	if !r.Destination.IsValid() {
		return false
	}
	if sourceLength > 0 {
		if r.Source = netip.PrefixFrom(source, int(sourceLength)); !r.Source.IsValid() {
			return false
		}
	}
	start := len(d.hops)
	if multipath != nil {
		if !d.several(family, multipath) {
			return false
		}
	} else if hop.hop.Index != 0 || hop.hop.Gateway.IsValid() {
		hop.finish(d)
		d.hops = append(d.hops, hop.hop)
	}
	if detail.NextHopID != 0 && len(d.hops) != start+1 {
		d.object(detail.NextHopID, start)
	}
	d.name(detail, start)
	detail.TableName, detail.VRF = d.tables[detail.Table], d.vrfs[detail.Table]
	d.classic(r)
	return true
}

// classic sets the fields that the classic texts know from the details.
func (d *routeDetails) classic(r *netstat.Route) {
	detail := r.Detail
	r.Flags = netstat.RouteUp
	if len(detail.NextHops) > 0 {
		first := &detail.NextHops[0]
		r.Gateway, r.Index, r.Interface = first.Gateway, first.Index, first.Interface
		if first.Gateway.IsValid() {
			r.Flags |= netstat.RouteGateway
		}
	}
	if detail.Type.Drops() {
		r.Flags |= netstat.RouteReject
	}
	if r.Destination.IsSingleIP() {
		r.Flags |= netstat.RouteHost
	}
	if detail.Type == netstat.RouteToLocal {
		r.Flags |= netstat.RouteLocal
	}
	if detail.Protocol == rtProtoRedir {
		r.Flags |= netstat.RouteDynamic
	}
	if detail.Temporary {
		r.Flags |= netstat.RouteExpires
	}
	r.MTU, _ = detail.Metrics.Value(netstat.MetricMTU)
	r.Window, _ = detail.Metrics.Value(netstat.MetricWindow)
	rtt, _ := detail.Metrics.Value(netstat.MetricRTT)
	r.RTT = rtt / 1000
}

// name sets the next hops from index start on, with the names of their interfaces. An
// interface that disappeared meanwhile has none.
func (d *routeDetails) name(detail *netstat.RouteDetail, start int) {
	if start == len(d.hops) {
		return
	}
	detail.NextHops = d.hops[start:len(d.hops):len(d.hops)]
	var named netstat.Route
	for i := range detail.NextHops {
		hop := &detail.NextHops[i]
		if d.names.nameInterface(hop.Index, &named) == routeShown {
			hop.Interface = named.Interface
		}
	}
	if !d.reuse && cap(d.hops)-len(d.hops) < 64 {
		d.hops = make([]netstat.NextHop, 0, 512)
	}
}

// object appends the next hops of a nexthop object if the route has none: with the sysctl
// nexthop_compat_mode off, the kernel says only the object's number. It corrects the weights
// of several, because a route has only their lower 8 bits.
func (d *routeDetails) object(id uint32, start int) {
	listed := len(d.hops) - start
	all, ok := d.objects.appendHops(d.hops, id)
	if !ok {
		return
	}
	added := all[start+listed:]
	if listed == 0 {
		d.hops = all
	} else if listed == len(added) {
		for i := range added {
			d.hops[start+i].Weight = added[i].Weight
		}
	}
}

// several appends the next hops of RTA_MULTIPATH: each a struct rtnexthop and attributes.
func (d *routeDetails) several(family byte, b []byte) bool {
	order := binary.NativeEndian
	for len(b) >= rtNextHopSize {
		size := int(order.Uint16(b))
		if size < rtNextHopSize || size > len(b) {
			return false
		}
		h := hopDecoder{family: family, hop: netstat.NextHop{
			Flags: netstat.NextHopFlags(b[2] & 0x7f), Weight: uint32(b[3]) + 1, Index: order.Uint32(b[4:]),
		}}
		for a := b[rtNextHopSize:size]; len(a) >= netlink.AttributeSize; {
			kind, value, rest, ok := netlink.Attribute(a)
			if !ok {
				return false
			}
			a = rest
			h.attribute(kind, value)
		}
		h.finish(d)
		d.hops = append(d.hops, h.hop)
		b = b[min((size+3)&^3, len(b)):]
	}
	return true
}

func (d *routeDetails) metrics(b []byte, detail *netstat.RouteDetail) bool {
	order := binary.NativeEndian
	var locked uint32
	for len(b) >= netlink.AttributeSize {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return false
		}
		b = rest
		if kind == rtaxCongestion {
			if n := len(value); n > 0 && value[n-1] == 0 {
				value = value[:n-1]
			}
			detail.CongestionControl = d.text.string(value)
			continue
		}
		if len(value) < 4 {
			continue
		}
		word := order.Uint32(value)
		if kind == rtaxLock {
			locked = word
			continue
		}
		for _, m := range routeMetrics {
			if m.number != kind {
				continue
			}
			switch m.metric {
			case netstat.MetricRTT: // eighths of a millisecond
				word = scaled(word, 125)
			case netstat.MetricRTTVar: // quarters of a millisecond
				word = scaled(word, 250)
			case netstat.MetricRTOMin: // milliseconds
				word = scaled(word, 1000)
			}
			detail.Metrics.Set(m.metric, word)
		}
	}
	for _, m := range routeMetrics {
		if locked>>m.number&1 != 0 {
			detail.Locked |= 1 << m.metric
		}
	}
	return true
}

// scaled returns n times factor, at most the largest number.
func scaled(n, factor uint32) uint32 { return uint32(min(uint64(n)*uint64(factor), 1<<32-1)) }

// routePreference maps ICMPV6_ROUTER_PREF_… (include/uapi/linux/icmpv6.h).
func routePreference(b byte) netstat.RoutePreference {
	switch b {
	case 0:
		return netstat.PreferenceMedium
	case 1:
		return netstat.PreferenceHigh
	case 3:
		return netstat.PreferenceLow
	}
	return netstat.PreferenceNone
}

// hopDecoder collects the attributes of a next hop.
type hopDecoder struct {
	family    byte
	hop       netstat.NextHop
	encapType uint16
	encap     []byte
}

func (h *hopDecoder) attribute(kind uint16, value []byte) {
	order := binary.NativeEndian
	switch kind {
	case rtaOif:
		if len(value) >= 4 {
			h.hop.Index = order.Uint32(value)
		}
	case rtaGateway:
		if ip, ok := addrOf(h.family, value); ok && !ip.IsUnspecified() {
			h.hop.Gateway = ip
		}
	case rtaVia: // struct rtvia: a family and an address
		if len(value) < 2 {
			break
		}
		if ip, ok := addrOf(byte(order.Uint16(value)), value[2:]); ok {
			h.hop.Gateway = ip
		}
	case rtaFlow:
		if len(value) >= 4 {
			word := order.Uint32(value)
			h.hop.SourceRealm, h.hop.Realm = uint16(word>>16), uint16(word)
		}
	case rtaEncapType:
		if len(value) >= 2 {
			h.encapType = order.Uint16(value)
		}
	case rtaEncap:
		h.encap = value
	}
}

// finish decodes the encapsulation.
func (h *hopDecoder) finish(d *routeDetails) {
	if h.encapType == 0 {
		return
	}
	h.hop.Encap = strconv.Itoa(int(h.encapType))
	if int(h.encapType) < len(lwtunnels) {
		h.hop.Encap = lwtunnels[h.encapType]
	}
	for b := h.encap; len(b) >= netlink.AttributeSize; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return
		}
		b = rest
		switch {
		case h.encapType == lwtunnelIP && kind == lwtunnelIPDst, h.encapType == lwtunnelIP6 && kind == lwtunnelIPDst:
			family := byte(afInet)
			if h.encapType == lwtunnelIP6 {
				family = afInet6
			}
			if ip, ok := addrOf(family, value); ok {
				h.hop.EncapTarget = ip.String()
			}
		case h.encapType == lwtunnelMPLS && kind == mplsIPTunnel:
			h.hop.EncapTarget = d.labels(value)
		case h.encapType == lwtunnelSeg6 && kind == seg6IPTunnel:
			h.hop.EncapTarget = d.segments(value)
		}
	}
}

// labels formats a stack of MPLS labels (RFC 3032) with "/" between.
func (d *routeDetails) labels(b []byte) string {
	d.buf = d.buf[:0]
	for ; len(b) >= 4; b = b[4:] {
		if len(d.buf) > 0 {
			d.buf = append(d.buf, '/')
		}
		d.buf = strconv.AppendUint(d.buf, uint64(binary.BigEndian.Uint32(b)>>12), 10)
	}
	return d.text.string(d.buf)
}

// segments formats the addresses of a struct seg6_iptunnel_encap, in the order of travel with
// "," between. Its routing header (RFC 8754) lists them backwards. Where the kernel inserts the
// header into packets, it replaces the last address, which is unspecified, by the destination.
func (d *routeDetails) segments(b []byte) string {
	const mode, header = 4, 8
	if len(b) < mode+header {
		return ""
	}
	list := b[mode+header:]
	d.buf = d.buf[:0]
	for i := int(b[mode+4]); i >= 0; i-- {
		if 16*(i+1) > len(list) {
			return ""
		}
		ip := netip.AddrFrom16([16]byte(list[16*i:]))
		if i == 0 && ip.IsUnspecified() {
			break
		}
		if len(d.buf) > 0 {
			d.buf = append(d.buf, ',')
		}
		d.buf = ip.AppendTo(d.buf)
	}
	return d.text.string(d.buf)
}

// routesDetailed yields routes with details. The error means that it yielded none.
func (s *source) routesDetailed(ctx context.Context, q netstat.RouteQuery, yield routeYield) error {
	family, t := byte(afInet), routes4
	if q.Family == netstat.Inet6 {
		family, t = afInet6, routes6
	}
	request := routeRequest{family: family, table: q.Table}
	switch {
	case q.Table == 0 && family == afInet:
		request.table = rtTableMain
	case q.Table == netstat.AllTables:
		request.table = 0
	}
	c, err := s.dialRoutes()
	if err != nil {
		return err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	d := routeDetails{names: routeDecoder{nameOf: c.interfaceName}, tables: s.routeTables(), vrfs: s.vrfs(ctx, q.Report), objects: s.nextHopObjects(ctx), hops: make([]netstat.NextHop, 0, 64), reuse: q.Reuse}
	stopped, some := false, false
	var r netstat.Route // not one for each row: it escapes
	interrupted, err := s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendRouteRequest(nil, seq, &request) }, rtmNewRoute, buf, func(b []byte) bool {
		if len(b) > 0 && b[0] != family {
			return true // a kernel without the family dumps others
		}
		if !d.decode(b, &r) {
			reportBogus(q.Report, t, b)
			return true
		}
		some, stopped = true, !yield(r, nil)
		return !stopped
	})
	if interrupted && !stopped && q.Report != nil {
		q.Report(routeError("dump routes of", t, &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
	}
	if d.objects.missed && q.Report != nil {
		q.Report(routeError(unknownHops, t, errNextHopNumber))
	}
	switch {
	case stopped || err == nil:
		return nil
	case err == syscall.ENOENT && !some: // a table exists from its first route on
		yield(netstat.Route{}, routeError("dump routes of", t, &detailedError{netstat.ErrNoRoutes, err}))
		return nil
	case some:
		yield(netstat.Route{}, routeError("dump routes of", t, err))
		return nil
	}
	return err
}
