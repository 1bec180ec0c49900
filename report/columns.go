package report

import (
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
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
	list = append(list, fact.Default(r.sel.View)...)
	if len(after) > 0 {
		columns, err := fact.Find(r.sel.View, strings.Join(after, ","))
		if err != nil {
			return nil, err
		}
		list = append(list, columns...)
	}
	return list, nil
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

// addFacts adds the facts that the options ask for, independent of columns.
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

// addresses is the column of interfaces that may need an extra query of the
// system.
const addresses = "addresses"

func hasAddresses(columns []fact.Fact) bool {
	return slices.ContainsFunc(columns, func(c fact.Fact) bool { return c.Name == addresses })
}
