// Package view turns a Plan, a command line without its dialect, and a
// Source into the rows that are shown: it selects, joins owners, and keeps
// order. It knows neither text formats nor operating systems.
package view

import "netstat"

// Query asks for the rows of one table.
type Query struct {
	Table netstat.Table
	// Need is passed to the Source. Its Report is called while the rows of
	// this query are iterated, never before.
	Need netstat.Need
	// Keep decides which rows are shown; nil keeps all. Need is only a hint,
	// this decides.
	Keep func(s netstat.Socket) bool
}

// Plan says what one report on sockets shows. The zero value shows nothing.
type Plan struct {
	Queries []Query // in the order shown
	// Owners asks for the owner of each row, and Process for facts about it.
	Owners  bool
	Process netstat.ProcessFacts
	// Ahead asks for small tables to be read before the first row is shown,
	// since showing rows changes what there is to read: looking up names
	// takes sockets.
	Ahead bool
}
