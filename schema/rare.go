package schema

import (
	"netstat"
)

// AppendRareRoute appends a route of a family other than IPv4 and IPv6.
func AppendRareRoute(b []byte, route netstat.RareRoute) []byte {
	b = append(b, '{')
	switch v := route.(type) {
	case *netstat.AX25Route:
		b = appendWord(b, "family", netstat.AX25.String())
		b = AppendText(b, "destination", v.Destination)
		b = AppendText(b, "interface", v.Device)
		b = appendNamed(b, "mode", ax25Modes, v.Mode)
		b = AppendText(b, "digipeaters", v.Digipeaters)
	case *netstat.NetROMRoute:
		b = appendWord(b, "family", netstat.NetROM.String())
		b = AppendText(b, "destination", v.Destination)
		b = AppendText(b, "mnemonic", v.Mnemonic)
		b = appendUint(b, "quality", uint64(v.Quality))
		b = appendNeighbours(b, []netstat.RareNeighbour{v.Neighbour})
	case *netstat.ROSERoute:
		b = appendWord(b, "family", netstat.ROSE.String())
		b = AppendText(b, "destination", v.Destination)
		b = appendUint(b, "digits", uint64(v.Digits))
		b = appendNeighbours(b, v.Neighbours)
	case *netstat.X25Route:
		b = appendWord(b, "family", netstat.X25.String())
		b = AppendText(b, "destination", v.Destination)
		b = appendUint(b, "digits", uint64(v.Digits))
		b = AppendText(b, "interface", v.Device)
	case *netstat.IPXRoute:
		b = appendWord(b, "family", netstat.IPX.String())
		b = AppendText(b, "destination", v.Destination)
		b = AppendText(b, "router_network", v.RouterNet)
		b = AppendText(b, "router_node", v.RouterNode)
	case *netstat.AppleTalkRoute:
		b = appendWord(b, "family", netstat.AppleTalk.String())
		b = AppendText(b, "destination", v.Destination)
		b = AppendText(b, "gateway", v.Gateway)
		b = AppendText(b, "interface", v.Device)
		b = appendBool(b, "up", v.Up)
		b = appendBool(b, "via_gateway", v.ViaGateway)
		b = appendBool(b, "to_host", v.Host)
	}
	return append(b, '}')
}

func appendNeighbours(b []byte, list []netstat.RareNeighbour) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(appendKey(b, "neighbours"), '[')
	for i := range list {
		n := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendUint(append(b, '{'), "number", uint64(n.Number))
		b = appendBool(b, "known", n.Known)
		b = AppendText(b, "callsign", n.Callsign)
		b = append(AppendText(b, "interface", n.Device), '}')
	}
	return append(b, ']')
}

func (r *Reader) neighbours() []netstat.RareNeighbour {
	var list []netstat.RareNeighbour
	r.Array(func() {
		var n netstat.RareNeighbour
		var callsign, device ExactText
		r.Object(func(key []byte) {
			switch string(key) {
			case "number":
				n.Number = r.uint32()
			case "known":
				n.Known = r.Bool()
			default:
				if !r.TextField(key, "callsign", &callsign) {
					r.textOrSkip(key, "interface", &device)
				}
			}
		})
		n.Callsign, n.Device = callsign.s, device.s
		list = append(list, n)
	})
	return list
}

// RareRoute reads what AppendRareRoute wrote. The family decides which fields
// count; without one of these families it is a mistake.
func (r *Reader) RareRoute() netstat.RareRoute {
	r.peek()
	start := r.at
	var (
		family                                     netstat.Family
		destination, device, digipeaters, mnemonic ExactText
		routerNet, routerNode, gateway             ExactText
		mode                                       int
		quality, digits                            uint32
		neighbours                                 []netstat.RareNeighbour
		up, via, host                              bool
	)
	r.Object(func(key []byte) {
		switch string(key) {
		case "family":
			family = r.Family()
		case "mode":
			mode = r.name(ax25Modes)
		case "quality":
			quality = r.uint32()
		case "digits":
			digits = r.uint32()
		case "neighbours":
			neighbours = r.neighbours()
		case "up":
			up = r.Bool()
		case "via_gateway":
			via = r.Bool()
		case "to_host":
			host = r.Bool()
		default:
			r.textField(key, []textField{
				{"destination", &destination}, {"interface", &device}, {"digipeaters", &digipeaters},
				{"mnemonic", &mnemonic}, {"router_network", &routerNet}, {"router_node", &routerNode},
				{"gateway", &gateway},
			})
		}
	})
	switch family {
	case netstat.AX25:
		return &netstat.AX25Route{
			Destination: destination.s, Device: device.s,
			Mode: netstat.AX25Mode(mode), Digipeaters: digipeaters.s,
		}
	case netstat.NetROM:
		route := &netstat.NetROMRoute{Destination: destination.s, Mnemonic: mnemonic.s, Quality: quality}
		if len(neighbours) > 0 {
			route.Neighbour = neighbours[0]
		}
		return route
	case netstat.ROSE:
		return &netstat.ROSERoute{Destination: destination.s, Digits: digits, Neighbours: neighbours}
	case netstat.X25:
		return &netstat.X25Route{Destination: destination.s, Digits: digits, Device: device.s}
	case netstat.IPX:
		return &netstat.IPXRoute{Destination: destination.s, RouterNet: routerNet.s, RouterNode: routerNode.s}
	case netstat.AppleTalk:
		return &netstat.AppleTalkRoute{
			Destination: destination.s, Gateway: gateway.s, Device: device.s, Up: up, ViaGateway: via, Host: host,
		}
	}
	r.fail(start, "not a route of a known family")
	return nil
}
