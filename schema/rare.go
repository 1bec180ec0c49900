package schema

import "netstat"

// AppendRareRoute appends a route of a family other than IPv4 and IPv6 as an object.
func AppendRareRoute(b []byte, route netstat.RareRoute) []byte {
	b = append(b, '{')
	if route != nil {
		b = appendWord(b, "family", route.Family().String())
		b = appendFields(b, func(f *fields) { rareFields(f, route) })
	}
	return append(b, '}')
}

// RareRoute reads what AppendRareRoute wrote. The family, which may be anywhere in the
// object, selects the fields; it fails for any other family.
func (r *Reader) RareRoute() netstat.RareRoute {
	var family netstat.Family
	r.first(func() {
		r.Object(func(key []byte) {
			if string(key) == "family" {
				family = r.Family()
			} else {
				r.Skip()
			}
		})
	})
	if r.err != nil {
		return nil
	}
	var route netstat.RareRoute
	switch family {
	case netstat.AX25:
		route = new(netstat.AX25Route)
	case netstat.NetROM:
		route = new(netstat.NetROMRoute)
	case netstat.ROSE:
		route = new(netstat.ROSERoute)
	case netstat.X25:
		route = new(netstat.X25Route)
	case netstat.IPX:
		route = new(netstat.IPXRoute)
	case netstat.AppleTalk:
		route = new(netstat.AppleTalkRoute)
	default:
		r.Fail("unknown route family")
		return nil
	}
	readFields(r, func(f *fields) { rareFields(f, route) })
	return route
}

func rareFields(f *fields, route netstat.RareRoute) {
	switch v := route.(type) {
	case *netstat.AX25Route:
		text(f, "destination", &v.Destination)
		text(f, "interface", &v.Device)
		named(f, "mode", ax25Modes, &v.Mode)
		text(f, "digipeaters", &v.Digipeaters)
	case *netstat.NetROMRoute:
		text(f, "destination", &v.Destination)
		text(f, "mnemonic", &v.Mnemonic)
		number(f, "quality", &v.Quality, true)
		one := []netstat.RareNeighbour{v.Neighbour}
		neighbours(f, &one)
		if len(one) > 0 {
			v.Neighbour = one[0]
		}
	case *netstat.ROSERoute:
		text(f, "destination", &v.Destination)
		number(f, "digits", &v.Digits, true)
		neighbours(f, &v.Neighbours)
	case *netstat.X25Route:
		text(f, "destination", &v.Destination)
		number(f, "digits", &v.Digits, true)
		text(f, "interface", &v.Device)
	case *netstat.IPXRoute:
		text(f, "destination", &v.Destination)
		text(f, "router_network", &v.RouterNet)
		text(f, "router_node", &v.RouterNode)
	case *netstat.AppleTalkRoute:
		text(f, "destination", &v.Destination)
		text(f, "gateway", &v.Gateway)
		text(f, "interface", &v.Device)
		flag(f, "up", &v.Up, true)
		flag(f, "via_gateway", &v.ViaGateway, true)
		flag(f, "to_host", &v.Host, true)
	}
}

// neighbours is a list of stations; omitted if empty.
func neighbours(f *fields, p *[]netstat.RareNeighbour) {
	if f.r == nil && len(*p) == 0 {
		return
	}
	objects(f, "neighbours", p, func(f *fields, n *netstat.RareNeighbour) {
		number(f, "number", &n.Number, true)
		flag(f, "known", &n.Known, true)
		text(f, "callsign", &n.Callsign)
		text(f, "interface", &n.Device)
	})
}
