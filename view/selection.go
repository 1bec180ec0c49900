package view

import (
	"netstat"
	"netstat/fact"
)

// Tables holds the tables that a view reads, and the rows to select. The fields
// after View apply to the view they are named after. The zero value is the
// socket view with a nil Plan, which has no sockets.
type Tables struct {
	View fact.View
	// Plan holds the socket tables and the rows to select. Queries and
	// Process are used, and by some callers Owners.
	Plan *Plan
	// Routes, RareRoutes, Groups and Counters are the tables of those
	// views, in order. Interfaces is the query for interfaces.
	// KeepInterface and KeepCounter select rows in addition; nil keeps all.
	Routes        []netstat.RouteQuery
	RareRoutes    []netstat.Family
	Interfaces    netstat.InterfaceQuery
	KeepInterface func(*netstat.Interface) bool
	Groups        []netstat.GroupQuery
	Counters      []netstat.Family
	KeepCounter   func(*netstat.Counter) bool
	// Measured asks for the measures that count events too (MeasureSoftnet and others), as
	// counters after those of protocols.
	Measured bool
	// Conntrack is the query for tracked connections.
	Conntrack netstat.TrackedQuery
	// Neighbors are the tables of that view, in order.
	Neighbors []netstat.NeighborQuery
	// Rules are the tables of policy rules, in order.
	Rules []netstat.RuleQuery
	// Lookups are the packets whose routes are looked up.
	Lookups []netstat.RouteLookup
	// Findings are the rows of that view, which the caller has found.
	Findings []netstat.Finding
}

// Selection holds the records that a command line asks for, independent of
// their format.
type Selection struct {
	Tables

	// Named is set if the request was named, so that a system that lacks it is an error.
	Named bool

	// Quiet is set if the Internet protocols were not named one by one. It
	// is then no error if this system lacks one of them, or unix sockets.
	Quiet bool
	// Question is set if the command line names only what sockets must match, by the
	// short forms of filters. The report then answers which processes have these sockets.
	Question bool
	// NoInterface is the error if no interface is kept, nil for no error.
	NoInterface error

	// Chosen holds the queries of Plan whose tables were named one by one,
	// rather than selected by default. Query returns a query for any table,
	// with the listening state and facts that the command line asks for.
	// NoInet and NoInet6 are set if the command line excludes that IP
	// version.
	Chosen          []Query
	Query           func(netstat.Table) Query
	NoInet, NoInet6 bool
}

// Connected reports whether a socket has a remote address. Sockets of families
// without remote addresses count as connected, and so does a unix socket that
// does not listen. These are the sockets shown if listening sockets are not
// asked for.
func Connected(s netstat.Socket) bool {
	switch s.Table.Family {
	case netstat.Inet, netstat.Inet6, netstat.SMC:
		return s.Remote.IP.IsValid() && !s.Remote.IP.IsUnspecified()
	case netstat.VSock, netstat.TIPC:
		return s.Remote.Name != ""
	case netstat.Unix:
		return s.State != netstat.Listen
	}
	return true
}
