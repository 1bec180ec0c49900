package linux

import (
	"context"
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/nexthop.h.
const (
	rtmNewNextHop = 104
	rtmGetNextHop = 106

	nhaID        = 1
	nhaGroup     = 2
	nhaBlackhole = 4
	nhaOif       = 5
	nhaGateway   = 6
	nhaEncapType = 7
	nhaEncap     = 8

	nhMsgSize      = 8 // struct nhmsg
	nhGroupHopSize = 8 // struct nexthop_grp
)

// nextHopObject is what the kernel says about a nexthop object (ip-nexthop(8)): one next
// hop, without the interface's name, or a group.
type nextHopObject struct {
	hop   netstat.NextHop
	group []groupMember
}

// groupMember is an object of a group and its share of the traffic.
type groupMember struct{ id, weight uint32 }

// appendNextHopRequest appends a request to dump the nexthop objects.
func appendNextHopRequest(b []byte, seq uint32) []byte {
	return append(netlink.AppendDumpHeader(b, rtmGetNextHop, seq, nhMsgSize), make([]byte, nhMsgSize)...)
}

// decodeNextHop decodes the payload of an RTM_NEWNEXTHOP message (nh_fill_node in
// net/ipv4/nexthop.c). ok is false if the message is malformed.
func decodeNextHop(b []byte, d *routeDetails) (id uint32, o nextHopObject, ok bool) {
	if len(b) < nhMsgSize {
		return 0, o, false
	}
	order := binary.NativeEndian
	h := hopDecoder{family: b[0], hop: netstat.NextHop{Weight: 1, Flags: netstat.NextHopFlags(order.Uint32(b[4:]) & 0x7f)}}
	for b = b[nhMsgSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, valid := netlink.Attribute(b)
		if !valid {
			return 0, o, false
		}
		switch b = rest; kind {
		case nhaID:
			if len(value) >= 4 {
				id = order.Uint32(value)
			}
		case nhaGroup:
			for ; len(value) >= nhGroupHopSize; value = value[nhGroupHopSize:] {
				// Since Linux 6.12 the fifth byte has the upper bits of the weight less 1.
				weight := uint32(value[5])<<8 + uint32(value[4]) + 1
				o.group = append(o.group, groupMember{order.Uint32(value), weight})
			}
		case nhaBlackhole:
			h.hop.Index = loopbackIndex // the interface that the kernel lists for such a route
		case nhaOif:
			h.attribute(rtaOif, value)
		case nhaGateway:
			h.attribute(rtaGateway, value)
		case nhaEncapType:
			h.attribute(rtaEncapType, value)
		case nhaEncap:
			h.attribute(rtaEncap, value)
		}
	}
	h.finish(d)
	o.hop = h.hop
	return id, o, id != 0
}

// nextHopObjects are the nexthop objects of a host. It dumps them when it is first asked
// for one. A nil pointer knows none.
type nextHopObjects struct {
	dump  func() map[uint32]nextHopObject
	dumps int
	known map[uint32]nextHopObject
	// missed reports whether it was asked for an object that it does not know.
	missed bool
}

// maxObjectDumps limits how often the objects are dumped for one dump of routes. Objects
// may be made meanwhile.
const maxObjectDumps = 3

// appendHops appends the next hops of an object, without names of interfaces. ok is false
// if they are unknown.
func (n *nextHopObjects) appendHops(hops []netstat.NextHop, id uint32) (all []netstat.NextHop, ok bool) {
	if n == nil {
		return hops, false
	}
	for {
		if all, ok = n.hopsOf(hops, id); ok {
			return all, true
		}
		if n.dumps >= maxObjectDumps {
			n.missed = true
			return hops, false
		}
		n.dumps++
		n.known = n.dump()
	}
}

func (n *nextHopObjects) hopsOf(hops []netstat.NextHop, id uint32) ([]netstat.NextHop, bool) {
	o, ok := n.known[id]
	if !ok || o.group == nil {
		return append(hops, o.hop), ok
	}
	for _, m := range o.group {
		member, ok := n.known[m.id]
		if !ok || member.group != nil { // groups contain no groups
			return nil, false
		}
		member.hop.Weight = m.weight
		hops = append(hops, member.hop)
	}
	return hops, true
}

// first returns the first next hop of an object as the files of /proc show it for a route of
// a family; its index is 0 if it is unknown.
func (n *nextHopObjects) first(family byte, id uint32) (h nextHop) {
	hops, ok := n.appendHops(nil, id)
	if !ok || len(hops) == 0 {
		return h
	}
	h.index = hops[0].Index
	gateway := hops[0].Gateway
	switch {
	case !gateway.IsValid():
	case gateway.Is4() == (family == afInet):
		h.gateway, h.hasGateway = gateway, true
	default:
		h.hasGateway = family == afInet && binary.BigEndian.Uint32(gateway.AsSlice()) != 0
	}
	return h
}

// nextHopObjects returns the objects of the host. Those of a kernel before 5.3 are none.
func (s *source) nextHopObjects(ctx context.Context) *nextHopObjects {
	return &nextHopObjects{dump: func() map[uint32]nextHopObject {
		c, err := s.dialRoutes() // a socket has one dump at a time
		if err != nil {
			return nil
		}
		defer c.Close()
		known := make(map[uint32]nextHopObject)
		var d routeDetails
		buf := s.takeBuffer()
		defer s.returnBuffer(buf)
		for range dumpTries {
			interrupted, err := s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendNextHopRequest(nil, seq) }, rtmNewNextHop, buf, func(b []byte) bool {
				if id, o, ok := decodeNextHop(b, &d); ok {
					known[id] = o
				}
				return true
			})
			if !interrupted || err != nil {
				break
			}
		}
		return known
	}}
}
