package view

import (
	"netstat"
	"netstat/fact"
)

// Tables says which tables a view reads, and which of their rows. The fields
// after View count for the view that they are named after; the zero value is
// the sockets of a nil Plan, which are none.
type Tables struct {
	View fact.View
	// Plan says which tables of sockets, and which of their rows. Of it Queries
	// and Process are used, and by who asks also Owners.
	Plan *Plan
	// Routes, RareRoutes, Groups and Counters are the tables of those views, in
	// order; Interfaces is how to ask for these. KeepInterface and KeepCounter
	// decide further; nil keeps all.
	Routes        []netstat.RouteQuery
	RareRoutes    []netstat.Family
	Interfaces    netstat.InterfaceQuery
	KeepInterface func(*netstat.Interface) bool
	Groups        []netstat.GroupQuery
	Counters      []netstat.Family
	KeepCounter   func(*netstat.Counter) bool
}

// Selection says which records a command line asks for, without saying how they
// are shown.
type Selection struct {
	Tables

	// Named says that what is asked for was named, so that it is a failure if
	// this system does not have it.
	Named bool

	// Quiet says that the protocols of the Internet were not named one by one: it
	// is no failure if this system does not have one of them, or unix sockets.
	Quiet bool
	// Question says that nothing was named but what sockets have to match, with the
	// short forms of filters: the report is one that answers who has them.
	Question bool
	// NoInterface is what is wrong where no interface is kept, nil for nothing.
	NoInterface error

	// Chosen are the queries of Plan whose tables were named one by one, rather
	// than being what there is unless something is named. Query makes one for
	// any table, with what the command line says of listening sockets and of
	// facts. NoInet and NoInet6 say that it leaves out a version of IP.
	Chosen          []Query
	Query           func(netstat.Table) Query
	NoInet, NoInet6 bool
}

// Connected reports whether a socket has another end. Sockets of families in
// which none has one count as connected, and so does a unix socket that does not
// listen: that is what is shown where listening sockets are not asked for.
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
