// Package view turns a Plan, a command line without its dialect, and a
// Source into the rows that are shown: it selects, joins owners, and keeps
// order. It knows neither text formats nor operating systems.
package view

import (
	"time"

	"netstat"
	"netstat/filter"
)

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

	// Filter decides further which rows are shown, over all queries; nil keeps
	// all. What it looks at is found for it.
	Filter *filter.Expr
	// At is the time of the report, for Filter and Sort.
	At time.Time
	// Netns is the name of the network namespace that the rows are of, for
	// filters; empty where none was chosen.
	Netns string
	// Sort orders the rows that one call of Round.Rows yields, by columns of
	// sockets. Limit is how many rows the Round yields, all for 0.
	Sort  []SortKey
	Limit int
	// Names are for those keys of Sort that are names of users; nil where none
	// is.
	Names Names
	// Denied, where not nil, is called by Round.End if Filter or Sort asks for owners
	// and some process could not be inspected. With Owners, where they are shown, it
	// is called only for none: dialects have words of their own for the rest. none
	// says that no row was selected, and that some might have been if its owners were
	// known.
	Denied func(none bool)
	// Report, where not nil, is told what could not be learnt of owners and other
	// ends that Filter or Sort asks for.
	Report func(error)
}
