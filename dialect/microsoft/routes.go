package microsoft

import (
	"cmp"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"netstat"
	"netstat/internal/ascii"
)

const (
	ruler = "===========================================================================\n"

	widthIndex        = 3
	widthHardwareAddr = 24
	widthRouteCell    = 15
	widthMetric4      = 5
	widthStored       = 6
	widthMetric6      = 6
	widthDestination6 = 24
	// gatewayColumn6 is the column of a gateway whose destination fills a
	// line.
	gatewayColumn6 = 36
)

// routes prints the output of "route print", which Windows' netstat runs.
func (r *report) routes() {
	links := r.interfaceList()
	r.out.text("\n")
	r.routes4(links)
	r.out.text("\n")
	r.routes6(links)
}

// interfaceList prints the interface list and returns the interfaces.
func (r *report) interfaceList() []netstat.Interface {
	var links []netstat.Interface
	query := netstat.InterfaceQuery{Report: r.warning}
	for i, err := range r.env.Source.Interfaces(r.ctx, query) {
		if err != nil {
			r.failed(err)
			break
		}
		if !i.Unlisted {
			links = append(links, i)
		}
	}
	r.out.text(ruler + r.texts.interfaceList + "\n")
	// Windows lists adapters, then the loopback, then tunnels, each in the
	// system's order.
	for _, rank := range [...]int{0, 1, 2} {
		for k := range links {
			if linkRank(&links[k]) == rank {
				r.out.buf = appendLink(r.out.buf, &links[k])
			}
		}
	}
	r.out.text(ruler)
	return links
}

// ifTypeTunnel is Windows' number for tunnels (ipifcons.h). The model has no
// name for some of them. Linux does not use the number.
const ifTypeTunnel = 131

func linkRank(i *netstat.Interface) int {
	switch {
	case isLoopback(i):
		return 1
	case i.Hardware == netstat.HardwareTunnel || i.Hardware == netstat.HardwareSIT ||
		i.Hardware == netstat.HardwareOther && i.HardwareCode == ifTypeTunnel:
		return 2
	}
	return 0
}

func isLoopback(i *netstat.Interface) bool {
	return i.Hardware == netstat.HardwareLoopback || i.Flags.Has(netstat.InterfaceLoopback)
}

func appendLink(b []byte, i *netstat.Interface) []byte {
	b = ascii.AppendUintRight(b, uint64(i.Index), widthIndex)
	b = append(b, "..."...)
	start := len(b)
	// Linux gives its loopback an address of zeros.
	if !isLoopback(i) {
		const digits = "0123456789abcdef"
		for _, c := range i.HardwareAddr {
			b = append(b, digits[c>>4], digits[c&15], ' ')
		}
	}
	for len(b)-start < widthHardwareAddr {
		b = append(b, '.')
	}
	if i.Description != "" {
		b = appendSafe(b, i.Description)
	} else {
		b = appendSafe(b, i.Name)
	}
	return append(b, '\n')
}

// readRoutes returns the rows of a table in display order: by destination, then
// prefix length, then the system's order. It returns none if the system lacks
// the table.
func (r *report) readRoutes(q netstat.RouteQuery) (routes []netstat.Route) {
	q.Report = r.warning
	for route, err := range r.env.Source.Routes(r.ctx, q) {
		if err != nil {
			missing := errors.Is(err, netstat.ErrNoRoutes) ||
				errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete)
			if !missing || len(routes) > 0 {
				r.failed(err)
			}
			break
		}
		if isNullRoute(&route) {
			continue
		}
		routes = append(routes, route)
	}
	slices.SortStableFunc(routes, func(a, b netstat.Route) int {
		return cmp.Or(a.Destination.Addr().Compare(b.Destination.Addr()), cmp.Compare(a.Destination.Bits(), b.Destination.Bits()))
	})
	return routes
}

// isNullRoute reports whether a row is Linux's "no route found" entry
// (net/ipv6/route.c, ip6_null_entry), which is not a route.
func isNullRoute(r *netstat.Route) bool {
	return r.Family == netstat.Inet6 && r.Destination.Bits() == 0 && r.Metric == math.MaxUint32 &&
		r.Flags.Has(netstat.RouteReject) && !r.Gateway.IsValid()
}

func (r *report) routes4(links []netstat.Interface) {
	t := r.texts
	r.out.text(t.routeTitle4 + "\n" + ruler + t.activeRoutes + "\n")
	routes := r.readRoutes(netstat.RouteQuery{Family: netstat.Inet})
	if len(routes) == 0 {
		r.out.text(t.none + "\n")
	} else {
		r.out.text(t.routeColumns4 + "\n")
		for i := range routes {
			r.out.buf = r.appendRoute4(r.out.buf, &routes[i], links)
			if !r.out.full() {
				return
			}
		}
		r.out.text(ruler)
	}
	r.stored(netstat.Inet, t.persistentColumns4, func(b []byte, route *netstat.Route) []byte {
		b = appendNetwork4(b, route)
		b = appendCell(b, r.gateway4(route))
		metric := t.defaultMetric
		if !route.InterfaceMetric {
			metric = strconv.FormatUint(uint64(route.Metric), 10)
		}
		return appendRight(append(b, "  "...), metric, widthStored)
	})
}

// stored prints the routes that are set again when the system boots. A system
// without such a list has none.
func (r *report) stored(f netstat.Family, columns string, row func([]byte, *netstat.Route) []byte) {
	r.out.text(r.texts.persistent + "\n")
	routes := r.readRoutes(netstat.RouteQuery{Family: f, Persistent: true})
	if len(routes) == 0 {
		r.out.text(r.texts.none + "\n")
		return
	}
	r.out.text(columns + "\n")
	for i := range routes {
		r.out.buf = append(row(r.out.buf, &routes[i]), '\n')
	}
	r.out.text(ruler)
}

// appendNetwork4 appends destination and mask.
func appendNetwork4(b []byte, route *netstat.Route) []byte {
	b = appendCell(b, route.Destination.Addr().String())
	return appendCell(b, maskText(route.Destination.Bits()))
}

func appendCell(b []byte, s string) []byte {
	return appendRight(append(b, "  "...), s, widthRouteCell)
}

func maskText(bits int) string {
	mask := uint32(0)
	if bits > 0 {
		mask = ^uint32(0) << (32 - min(bits, 32))
	}
	return netip.AddrFrom4([4]byte{byte(mask >> 24), byte(mask >> 16), byte(mask >> 8), byte(mask)}).String()
}

// gateway4 returns the text of a gateway. It is "" if the route has neither a
// gateway nor a link to the destination, or if the gateway is not an IPv4
// address.
func (r *report) gateway4(route *netstat.Route) string {
	switch {
	case route.Gateway.IsValid() && !route.Gateway.IsUnspecified():
		return route.Gateway.String()
	case route.Flags.Has(netstat.RouteReject) || route.Flags.Has(netstat.RouteGateway):
		return ""
	}
	return r.texts.onLink4
}

// appendRoute4 appends a row. It shows the first IPv4 address of the interface,
// or blanks if the interface has none.
func (r *report) appendRoute4(b []byte, route *netstat.Route, links []netstat.Interface) []byte {
	b = appendNetwork4(b, route)
	gateway := r.gateway4(route)
	if !route.Gateway.IsValid() && route.Index == 0 && route.Interface == "" {
		gateway = "" // no link either: Linux drops these packets
	}
	b = appendCell(b, gateway)
	address := ""
	if i := linkOf(route, links); i != nil {
		for k := range i.Addrs {
			if ip := i.Addrs[k].Prefix.Addr(); ip.Is4() {
				address = ip.String()
				break
			}
		}
	}
	b = appendCell(b, address)
	b = ascii.AppendUintRight(append(b, "  "...), uint64(route.Metric), widthMetric4)
	return append(b, '\n')
}

// linkOf returns the interface of a route, or nil if there is none.
func linkOf(route *netstat.Route, links []netstat.Interface) *netstat.Interface {
	for k := range links {
		i := &links[k]
		if route.Index != 0 && route.Index == i.Index || route.Index == 0 && route.Interface != "" && route.Interface == i.Name {
			return i
		}
	}
	return nil
}

func (r *report) routes6(links []netstat.Interface) {
	t := r.texts
	r.out.text(t.routeTitle6 + "\n" + ruler + t.activeRoutes + "\n")
	routes := r.readRoutes(netstat.RouteQuery{Family: netstat.Inet6})
	if len(routes) == 0 {
		r.out.text(t.none + "\n")
	} else {
		r.out.text(t.routeColumns6 + "\n")
		for i := range routes {
			index := routes[i].Index
			if link := linkOf(&routes[i], links); link != nil {
				index = link.Index
			}
			r.out.buf = append(r.appendRoute6(r.out.buf, &routes[i], index), '\n')
			if !r.out.full() {
				return
			}
		}
		r.out.text(ruler)
	}
	r.stored(netstat.Inet6, t.routeColumns6, func(b []byte, route *netstat.Route) []byte {
		return r.appendRoute6(b, route, route.Index)
	})
}

func (r *report) appendRoute6(b []byte, route *netstat.Route, index uint32) []byte {
	b = ascii.AppendUintRight(b, uint64(index), widthIndex)
	b = append(b, ' ')
	b = ascii.AppendUintRight(b, uint64(route.Metric), widthMetric6)
	b = append(b, ' ')
	start := len(b)
	b = ascii.AppendWindowsIP(b, route.Destination.Addr())
	b = ascii.AppendUint(append(b, '/'), uint64(route.Destination.Bits()))
	if len(b)-start > widthDestination6 {
		b = ascii.AppendBlanks(append(b, '\n'), gatewayColumn6)
	} else {
		b = append(ascii.PadFrom(b, start, widthDestination6), ' ')
	}
	switch {
	case route.Gateway.IsValid() && !route.Gateway.IsUnspecified():
		return ascii.AppendWindowsIP(b, route.Gateway)
	case route.Flags.Has(netstat.RouteReject) || route.Flags.Has(netstat.RouteGateway):
		return b
	}
	return append(b, r.texts.onLink6...)
}
