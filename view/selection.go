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
}
