package schema

import "netstat"

// AppendRouteAnswer appends the answer to a lookup of a route as an object. Answers are not
// part of snapshots, so that nothing reads them.
func AppendRouteAnswer(b []byte, a *netstat.RouteAnswer) []byte {
	l := a.Lookup
	b = appendIP(append(b, '{'), "destination", l.Destination)
	b = appendIP(b, "from", l.From)
	b = AppendText(b, "input", l.Input)
	b = AppendText(b, "output", l.Output)
	b = appendCount(b, "mark", uint64(l.Mark))
	b = appendCount(b, "tos", uint64(l.TOS))
	b = appendCount(b, "ip_protocol", uint64(l.IPProto))
	b = appendCount(b, "source_port", uint64(l.SourcePort))
	b = appendCount(b, "destination_port", uint64(l.DestinationPort))
	if l.HasUID {
		b = appendUint(b, "uid", uint64(l.UID))
	}
	b = appendNamed(b, "type", routeTypeNames, a.Type)
	if a.Refusal != nil {
		b = AppendText(b, "refusal", a.Refusal.Error())
	}
	b = appendCount(b, "table_id", uint64(a.Table))
	b = AppendText(b, "table", a.TableName)
	b = AppendText(b, "vrf", a.VRF)
	b = appendIP(b, "gateway", a.Gateway)
	b = AppendText(b, "interface", a.Interface)
	b = appendCount(b, "index", uint64(a.Index))
	b = appendIP(b, "source", a.Source)
	b = appendCount(b, "mtu", uint64(a.MTU))
	if a.Rule != nil {
		b = AppendRule(appendKey(b, "rule"), a.Rule)
	}
	if a.Route != nil {
		b = AppendRoute(appendKey(b, "route"), a.Route)
	}
	if n := a.Neighbor; n != nil {
		family := netstat.Inet6
		if n.Address.Is4() {
			family = netstat.Inet
		}
		b = AppendNeighbor(appendKey(b, "neighbor"), family, n)
	}
	return append(b, '}')
}
