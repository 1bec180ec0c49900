package microsoft

import (
	"errors"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// Selection returns the tables that the command line asks for, for formats
// other than Microsoft's text. The error is one line that names what these
// formats do not support.
func (c *Command) Selection() (*view.Selection, error) {
	switch {
	case c.Routes:
		routes := []netstat.RouteQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}}
		return &view.Selection{Tables: view.Tables{View: fact.Routes, Routes: routes}}, nil
	case c.Ethernet && c.Statistics:
		return nil, errors.New("-e and -s are different reports: choose one")
	case c.Ethernet:
		return &view.Selection{Tables: view.Tables{View: fact.Interfaces}, Named: true}, nil
	case c.Statistics:
		return c.statisticsSelection(), nil
	case c.NetworkDirect:
		return nil, errors.New("-x supports only the classic text")
	case c.Ports:
		return nil, errors.New("-c supports only the classic text (similar: --group-by process)")
	}
	r := report{cmd: c}
	plan := r.plan()
	facts := c.facts()
	// Other formats have a column for the DSCP value, filled where a host
	// reports it.
	if c.DSCP && !c.Templates {
		facts |= netstat.FactTOS
	}
	for i := range plan.Queries {
		plan.Queries[i].Need.Facts, plan.Queries[i].Need.Report = facts, nil
	}
	plan.Ahead = false
	s := &view.Selection{Tables: view.Tables{View: fact.Sockets, Plan: plan}, Named: true, Question: c.Question}
	if c.Protocol != ProtocolAny {
		s.Chosen = plan.Queries
	}
	s.Query = func(t netstat.Table) view.Query { return c.anyQuery(t, facts) }
	plan.Owners = c.wantsOwners()
	return s, nil
}

// anyQuery is like query, but also accepts tables that the classic report does
// not have. In tables other than TCP, sockets without a remote address are
// shown only with -a.
func (c *Command) anyQuery(t netstat.Table, facts netstat.Facts) view.Query {
	q := c.query(t, netstat.Need{Facts: facts})
	if t.Protocol != netstat.TCP && !c.everyRow() {
		q.Keep = view.Connected
	}
	return q
}

// statisticsGroups lists the counter groups of each protocol.
var statisticsGroups = [...]struct {
	protocol Protocol
	family   netstat.Family
	groups   []string
}{
	{ProtocolIP, netstat.Inet, []string{"Ip"}},
	{ProtocolIPv6, netstat.Inet6, []string{"Ip6"}},
	{ProtocolICMP, netstat.Inet, []string{"Icmp", "IcmpMsg"}},
	{ProtocolICMPv6, netstat.Inet6, []string{"Icmp6"}},
	{ProtocolTCP, netstat.Inet, []string{"Tcp", "TcpExt"}},
	{ProtocolTCPv6, netstat.Inet6, []string{"Tcp6"}},
	{ProtocolUDP, netstat.Inet, []string{"Udp"}},
	{ProtocolUDPv6, netstat.Inet6, []string{"Udp6"}},
}

func (c *Command) statisticsSelection() *view.Selection {
	s := &view.Selection{Named: true}
	s.View, s.Counters = fact.Statistics, []netstat.Family{netstat.Inet, netstat.Inet6}
	s.Measured = c.Protocol == ProtocolAny
	for i := range statisticsGroups {
		g := &statisticsGroups[i]
		if g.protocol != c.Protocol {
			continue
		}
		s.Counters = []netstat.Family{g.family}
		s.KeepCounter = func(n *netstat.Counter) bool {
			for _, name := range g.groups {
				if n.Group == name {
					return true
				}
			}
			return false
		}
	}
	return s
}
