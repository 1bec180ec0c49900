package schema

import (
	"math"

	"netstat"
)

var (
	measureGroups  = ownNames{fill: func() []string { return namesTo(netstat.MeasureProtocols) }}
	neighborStates = ownNames{fill: func() []string { return namesTo(netstat.NeighborNone) }}
)

// AppendMeasure appends a measure as an object.
func AppendMeasure(b []byte, m *netstat.Measure) []byte {
	b = appendNamed(append(b, '{'), "group", measureGroups.names(), m.Group)
	b = AppendText(b, "name", m.Name)
	return append(appendUint(b, "value", m.Value), '}')
}

// Measure reads what AppendMeasure wrote. known is false if the group is that of a newer
// version.
func (r *Reader) Measure() (m netstat.Measure, known bool) {
	var name ExactText
	r.Object(func(key []byte) {
		switch string(key) {
		case "group":
			m.Group, known = measureGroup(r.stringBytes())
		case "value":
			m.Value = r.Uint(math.MaxUint64)
		default:
			r.textOrSkip(key, "name", &name)
		}
	})
	m.Name = name.s
	return m, known
}

func measureGroup(name []byte) (netstat.MeasureGroup, bool) {
	for i, group := range measureGroups.names() {
		if group == string(name) {
			return netstat.MeasureGroup(i), true
		}
	}
	return 0, false
}

// AppendNeighbor appends a neighbour of a family as an object.
func AppendNeighbor(b []byte, family netstat.Family, n *netstat.Neighbor) []byte {
	b = appendWord(append(b, '{'), "family", family.String())
	return append(appendFields(b, func(f *fields) { neighborFields(f, n) }), '}')
}

// Neighbor reads what AppendNeighbor wrote.
func (r *Reader) Neighbor() netstat.Neighbor {
	var n netstat.Neighbor
	readFields(r, func(f *fields) { neighborFields(f, &n) })
	return n
}

func neighborFields(f *fields, n *netstat.Neighbor) {
	ip(f, "address", &n.Address)
	hardwareAddr(f, "hardware_address", &n.HardwareAddr)
	if f.r != nil || n.State != netstat.NeighborUnknown {
		named(f, "state", neighborStates.names(), &n.State)
	}
	number(f, "index", &n.Index, false)
	text(f, "interface", &n.Interface)
	flag(f, "router", &n.Router, false)
	flag(f, "proxy", &n.Proxy, false)
	flag(f, "extern_learn", &n.ExternLearn, false)
	flag(f, "offloaded", &n.Offloaded, false)
	flag(f, "managed", &n.Managed, false)
	flag(f, "sticky", &n.Sticky, false)
	if f.r != nil || n.Protocol != 0 {
		parsed(f, "protocol", &n.Protocol, netstat.ParseRouteProtocol)
	}
	given(f, "vlan", &n.VLAN, &n.Known, netstat.NeighborVLAN)
	given(f, "vni", &n.VNI, &n.Known, netstat.NeighborVNI)
	given(f, "master", &n.Master, &n.Known, netstat.NeighborMaster)
	givenSeconds(f, "used", &n.Used, &n.Known, netstat.NeighborUsed)
	givenSeconds(f, "confirmed", &n.Confirmed, &n.Known, netstat.NeighborConfirmed)
	givenSeconds(f, "updated", &n.Updated, &n.Known, netstat.NeighborUpdated)
	given(f, "references", &n.RefCount, &n.Known, netstat.NeighborRefCount)
	given(f, "probes", &n.Probes, &n.Known, netstat.NeighborProbes)
	givenSeconds(f, "reachable_time", &n.ReachableTime, &n.Known, netstat.NeighborReachableTime)
	givenSeconds(f, "unreachable_time", &n.UnreachableTime, &n.Known, netstat.NeighborUnreachableTime)
}
