package report

import (
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/view"
)

func (r *Report) columns() ([]fact.Fact, error) {
	switch {
	case r.o.GroupBy != "":
		return nil, nil
	case r.o.Columns != "":
		return fact.Find(r.sel.View, r.o.Columns)
	}
	before, after := r.extraColumns()
	var list []fact.Fact
	if len(before) > 0 {
		columns, err := fact.Find(r.sel.View, strings.Join(before, ","))
		if err != nil {
			return nil, err
		}
		list = columns
	}
	list = append(list, r.defaults()...)
	if len(after) > 0 {
		columns, err := fact.Find(r.sel.View, strings.Join(after, ","))
		if err != nil {
			return nil, err
		}
		list = append(list, columns...)
	}
	return list, nil
}

// questionColumns are those of a report that answers who has the sockets that
// short forms of filters name. What may be missed first comes last.
const questionColumns = "proto,local,remote,state,owner,age,service,command"

// question reports whether the report is such a one, so that it is about owners
// without being asked.
func (r *Report) question() bool {
	o := r.o
	return r.sel.Question && !o.Count && o.GroupBy == "" && o.Columns == "" &&
		!o.TCPInfo && !o.Memory && !o.AllOwners && !o.Peers
}

// defaults are the columns that the report has unless others are named.
func (r *Report) defaults() []fact.Fact {
	if !r.question() {
		return fact.Default(r.sel.View)
	}
	list, err := fact.Find(fact.Sockets, questionColumns)
	if err != nil {
		panic(err) // a name above that no fact has: every question of the tests would find it
	}
	return list
}

// listenersFirst is the order of a question that asks for no other: none where the
// filter leaves only listening sockets, or none.
func (r *Report) listenersFirst(expr *filter.Expr) ([]view.SortKey, error) {
	const waiting = 1<<netstat.Listen | 1<<netstat.Closed
	if need, _ := expr.Need(netstat.TCP4Table); need.States != 0 && (need.States&waiting == 0 || need.States&^waiting == 0) {
		return nil, nil
	}
	return view.ParseSort(fact.Sockets, "-listening")
}

// extraColumns are those that options add to what a table shows by default.
func (r *Report) extraColumns() (before, after []string) {
	o, plan := r.o, r.sel.Plan
	if o.Diff {
		before = append(before, "change")
	}
	if o.SeveralNetns() {
		before = append(before, "netns")
	}
	if o.Delta && r.sel.View == fact.Statistics {
		after = append(after, "per_second")
	}
	if o.Delta && r.sel.View == fact.Interfaces {
		after = append(after, "rx_packets_per_second", "rx_bytes_per_second", "tx_packets_per_second", "tx_bytes_per_second")
	}
	if r.sel.View != fact.Sockets {
		return before, after
	}
	var facts netstat.Facts
	for i := range plan.Queries {
		facts |= plan.Queries[i].Need.Facts
	}
	if facts&netstat.FactUID != 0 {
		after = append(after, "user", "inode")
	}
	if facts&netstat.FactTimer != 0 {
		after = append(after, "timer", "timer_expires")
	}
	if facts&netstat.FactOffload != 0 {
		after = append(after, "offload")
	}
	if facts&netstat.FactTemplate != 0 {
		after = append(after, "template")
	}
	if facts&netstat.FactTOS != 0 {
		after = append(after, "tos", "tclass")
	}
	if o.TCPInfo {
		after = append(after, "rtt", "rttvar", "cwnd", "ssthresh", "mss", "retrans", "total_retrans",
			"bytes_acked", "bytes_received", "delivery_rate", "congestion")
	}
	if o.Memory {
		after = append(after, "rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "drops")
	}
	switch {
	case o.AllOwners:
		after = append(after, "owners")
	case plan.Owners:
		after = append(after, "pid", "process")
	}
	if o.Peers {
		after = append(after, "peer_pid", "peer_process")
	}
	return before, after
}

// addFacts adds what the options ask for, whatever columns there are.
func (r *Report) addFacts(f *fact.Needs) {
	if r.sel.View != fact.Sockets {
		return
	}
	plan := r.sel.Plan
	for i := range plan.Queries {
		f.Socket |= plan.Queries[i].Need.Facts
	}
	if r.o.TCPInfo {
		f.Socket |= netstat.FactTCPInfo
	}
	if r.o.Memory {
		f.Socket |= netstat.FactMemory
	}
	whole := r.o.Columns == "" && r.o.GroupBy == "" && r.wholeRows()
	if whole {
		f.Socket |= netstat.FactReferences
	}
	if plan.Owners || r.o.AllOwners {
		f.Owners = true
		f.Process |= plan.Process | netstat.FactArgv0
		// What shows whole rows says why there is none.
		f.Reasons = whole
	}
	if r.question() {
		list := r.defaults()
		f.Add(fact.NeedsOf(list))
		f.Reasons = whole
	}
	if r.o.Peers {
		f.Peers = true
		f.Process |= netstat.FactArgv0
	}
	if r.o.SeveralNetns() {
		f.NetNS = true
	}
}

// wholeRows reports whether the form has all facts of a row and not only columns.
func (r *Report) wholeRows() bool {
	return !r.o.Format.Columns()
}

// addresses is the column of interfaces that a system may be asked for apart.
const addresses = "addresses"

func hasAddresses(columns []fact.Fact) bool {
	return slices.ContainsFunc(columns, func(c fact.Fact) bool { return c.Name == addresses })
}
