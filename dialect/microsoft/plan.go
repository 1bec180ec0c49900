package microsoft

import (
	"netstat"
	"netstat/view"
)

// tables lists the tables of the report in order, with their -p protocols.
var tables = [...]struct {
	table    *netstat.Table
	protocol Protocol
}{
	{&netstat.TCP4Table, ProtocolTCP},
	{&netstat.TCP6Table, ProtocolTCPv6},
	{&netstat.UDP4Table, ProtocolUDP},
	{&netstat.UDP6Table, ProtocolUDPv6},
}

// everyRow reports whether listening ports and UDP are shown too.
func (c *Command) everyRow() bool { return c.All || c.Bound }

// wants reports whether a table is part of the report. Without -a there is no
// UDP, which has no connections.
func (c *Command) wants(t netstat.Table, p Protocol) bool {
	if c.Protocol != ProtocolAny && c.Protocol != p {
		return false
	}
	return t.Protocol == netstat.TCP || c.everyRow() && !c.Templates
}

func (c *Command) wantsOwners() bool { return (c.Owners || c.Programs) && !c.Templates }

// facts returns the socket facts that the options ask for.
func (c *Command) facts() (facts netstat.Facts) {
	if c.Templates {
		return netstat.FactTemplate
	}
	if c.wantsOwners() {
		facts |= netstat.FactInode
	}
	if c.Programs {
		facts |= netstat.FactModule
	}
	if c.Offload {
		facts |= netstat.FactOffload
	}
	if c.TimeInState {
		facts |= netstat.FactCreated
	}
	return facts
}

// plan returns the plan of the connection table.
func (r *report) plan() *view.Plan {
	c := r.cmd
	plan := &view.Plan{Owners: c.wantsOwners(), Ahead: !c.Numeric}
	if c.Programs && !c.Templates {
		plan.Process = netstat.FactExecutable | netstat.FactArgv0
	}
	need := netstat.Need{Facts: c.facts(), Report: r.warning}
	for _, t := range tables {
		if c.wants(*t.table, t.protocol) {
			plan.Queries = append(plan.Queries, c.query(*t.table, need))
		}
	}
	plan.Owners = plan.Owners && len(plan.Queries) > 0
	return plan
}

// query returns the query of one table for this command line.
func (c *Command) query(t netstat.Table, need netstat.Need) view.Query {
	q := view.Query{Table: t, Need: need}
	if t.Protocol != netstat.TCP {
		return q
	}
	switch {
	case c.Bound:
		q.Need.States = netstat.AllStates
	case c.All:
		q.Keep = keepUnlessBound
	default:
		q.Need.States = netstat.AllStates &^ netstat.States(netstat.Listen, netstat.Bound)
		q.Keep = keepConnection
	}
	return q
}

func keepUnlessBound(s netstat.Socket) bool { return s.State != netstat.Bound }
func keepConnection(s netstat.Socket) bool {
	return s.State != netstat.Bound && s.State != netstat.Listen
}
