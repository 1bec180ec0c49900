// Package view turns a Plan, which is a command line without its dialect, and a
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
	// Need is passed to the Source. Its Report is called only while the
	// rows of this query are iterated.
	Need netstat.Need
	// Keep decides which rows are shown; nil keeps all. A Source may ignore
	// Need, but Keep is always applied.
	Keep func(s netstat.Socket) bool
}

// Plan describes one report on sockets. The zero value shows nothing.
type Plan struct {
	Queries []Query // in the order shown
	// Owners asks for the owner of each row, and Process for facts about
	// it.
	Owners  bool
	Process netstat.ProcessFacts
	// Ahead reads small tables before the first row is shown. Showing rows
	// changes the tables, because name lookups open sockets.
	Ahead bool

	// Filter selects rows in addition to Keep, over all queries; nil keeps
	// all. What it needs is looked up.
	Filter *filter.Expr
	// At is the time of the report, for Filter and Sort.
	At time.Time
	// Netns is the name of the rows' network namespace, for filters. It is empty if none
	// was chosen.
	Netns string
	// Sort sorts the rows that one call of Round.Rows yields, by columns of
	// sockets. Limit is the largest number of rows that the Round yields, 0
	// for no limit.
	Sort  []SortKey
	Limit int
	// Names maps user IDs to names for keys of Sort. It may be nil if no
	// key needs it.
	Names Names
	// Denied, if not nil, is called by Round.End if Filter or Sort needs owners and some
	// process could not be inspected. With Owners, which shows them, it is called only
	// with none set: dialects have their own message for the other case. none reports
	// whether no row was selected and some might have been if its owners were known.
	Denied func(none bool)
	// Report, if not nil, is called with errors of the search for owners and peers that
	// Filter or Sort needs.
	Report func(error)
}
