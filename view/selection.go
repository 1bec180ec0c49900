package view

import "netstat"

// Selection says which records a command line asks for, of one view, without
// saying how they are shown. The fields after View count for the view that they
// are named after.
type Selection struct {
	View View
	// Plan has the sockets' queries and the facts that the command line's
	// options are about.
	Plan          *Plan
	Routes        []netstat.RouteQuery
	RareRoutes    []netstat.Family
	Interfaces    netstat.InterfaceQuery
	KeepInterface func(*netstat.Interface) bool // nil keeps all
	Groups        []netstat.Family
	Counters      []netstat.Family
	KeepCounter   func(*netstat.Counter) bool // nil keeps all
	// Named says that what is asked for was named, so that it is a failure if
	// this system does not have it.
	Named bool

	// Quiet says that the protocols of the Internet were not named one by one: it
	// is no failure if this system does not have one of them, or unix sockets.
	Quiet bool
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
