package nettools

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// Selection returns the tables that the command line asks for, for formats
// other than net-tools' text. The error is one line that names what these
// formats do not support.
func (c *Command) Selection() (*view.Selection, error) {
	switch c.Action {
	case ActionRoutes:
		return c.routeSelection()
	case ActionInterfaces:
		s := &view.Selection{Tables: view.Tables{View: fact.Interfaces}, Named: c.Interface != ""}
		s.Interfaces.Details = c.Extend > 0
		s.KeepInterface = c.keepInterface
		s.Interfaces.Name = c.Interface
		if c.Interface != "" {
			s.NoInterface = errors.New("no interface named " + c.Interface)
		}
		return s, nil
	case ActionMasquerade:
		return &view.Selection{Tables: view.Tables{View: fact.NAT}, Named: true}, nil
	case ActionStatistics:
		s := &view.Selection{Tables: view.Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet}}, Named: true}
		switch list := strings.Join(c.Families, ","); list {
		case "", "inet":
		case "inet6":
			s.Counters[0] = netstat.Inet6
		default:
			return nil, fmt.Errorf("no statistics for address family %s: %w", list, errors.ErrUnsupported)
		}
		s.KeepCounter = func(n *netstat.Counter) bool { return c.wantsGroup(n.Group) }
		s.Measured = c.noProtocol()
		return s, nil
	}
	ch := c.choose()
	if ch.groups {
		// -4 and -6 alone select among the groups.
		if ch.internet() && !ch.quiet || ch.unix || ch.rare != [len(rare)]bool{} {
			return nil, errors.New("-g and sockets are different reports: choose one")
		}
		s := &view.Selection{Named: true, Quiet: ch.quiet}
		s.View, s.Groups = fact.Groups, []netstat.GroupQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}}
		switch {
		case ch.v4 && !ch.v6:
			s.Groups = s.Groups[:1]
		case ch.v6 && !ch.v4:
			s.Groups = s.Groups[1:]
		}
		return s, nil
	}
	r := report{cmd: c}
	plan, _ := r.plan(&ch)
	for i := range plan.Queries {
		plan.Queries[i].Need.Report = nil
	}
	plan.Ahead = false
	s := &view.Selection{
		Tables: view.Tables{View: fact.Sockets, Plan: plan}, Named: !ch.everything, Quiet: ch.quiet, Question: c.Question, Query: c.anyQuery,
		NoInet: c.family("inet6") && !c.family("inet"), NoInet6: c.family("inet") && !c.family("inet6"),
	}
	if !ch.everything {
		for _, q := range plan.Queries {
			if !ch.quiet || q.Table.Protocol == netstat.ProtocolNone || q.Table.Family == netstat.Bluetooth {
				s.Chosen = append(s.Chosen, q)
			}
		}
	}
	return s, nil
}

// anyQuery is like query, but also accepts tables that the classic report does
// not have. In those, a socket without a remote address counts as listening, as
// with datagram protocols; all sockets are shown of families in which none has
// a remote address.
func (c *Command) anyQuery(t netstat.Table) view.Query {
	q := c.query(t, nil)
	switch {
	case c.All, t.Family != netstat.VSock && t.Family != netstat.TIPC && t.Family != netstat.SMC:
	case c.Listening:
		q.Keep = func(s netstat.Socket) bool { return !view.Connected(s) }
	default:
		q.Keep = view.Connected
	}
	return q
}

func (c *Command) routeSelection() (*view.Selection, error) {
	s := &view.Selection{Tables: view.Tables{View: fact.Routes}, Named: true}
	families := c.Families
	if len(families) == 0 {
		families = []string{"inet"}
	}
	for _, name := range families {
		at := slices.IndexFunc(routeFamilies[:], func(f routeFamily) bool { return f.name == name })
		if at < 0 {
			return nil, errors.New("no routing for address family " + name)
		}
		family := routeFamilies[at].family
		if family != netstat.Inet && family != netstat.Inet6 {
			s.RareRoutes = append(s.RareRoutes, family)
			continue
		}
		for _, cache := range []bool{false, true} {
			q := netstat.RouteQuery{Family: family, Cache: cache}
			if (cache && c.Cache || !cache && (c.FIB || !c.Cache)) && !slices.ContainsFunc(s.Routes, func(r netstat.RouteQuery) bool {
				return r.Family == q.Family && r.Cache == q.Cache
			}) {
				s.Routes = append(s.Routes, q)
			}
		}
	}
	return s, nil
}

type routeFamily struct {
	name   string // as in Command.Families
	family netstat.Family
}

// routeFamilies lists the families that have routes.
var routeFamilies = [...]routeFamily{
	{"inet", netstat.Inet}, {"inet6", netstat.Inet6}, {"ipx", netstat.IPX}, {"ax25", netstat.AX25},
	{"netrom", netstat.NetROM}, {"rose", netstat.ROSE}, {"x25", netstat.X25}, {"ddp", netstat.AppleTalk},
}

// keepInterface reports whether the table shows an interface: those that are
// up, all with -a, or the one that was named.
func (c *Command) keepInterface(i *netstat.Interface) bool {
	switch {
	case i.Unlisted:
		return false
	case c.Interface != "":
		return i.Called(c.Interface)
	}
	return c.All || i.Partial || i.Flags.Has(netstat.InterfaceUp)
}
