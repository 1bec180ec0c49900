package report

import (
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
)

// columns returns the columns of a table. It returns nil for whole rows, and for a report of
// groups, whose columns follow from what is counted. spare names the columns that may be left out:
// those that the command line does not name.
func (r *Report) columns() (list []fact.Fact, spare []string, err error) {
	if r.o.GroupBy != "" || r.o.Columns == "" && r.wholeRows() {
		return nil, nil, nil
	}
	view := r.sel.View
	normal, err := fact.Find(view, strings.Join(r.normal(), ","))
	if err != nil {
		return nil, nil, err
	}
	list = normal
	var named []fact.Fact
	if r.o.Columns != "" {
		if list, named, err = fact.Choose(r.o.Columns, normal, func(name string) ([]fact.Fact, error) { return fact.Find(view, name) }); err != nil {
			return nil, nil, err
		}
	}
	spare = fact.Spare(view)
	if r.unasked && r.o.Peers {
		spare = slices.Insert(spare, 0, "owners") // leave out owners before the requested peers
	}
	spare = slices.DeleteFunc(spare, func(name string) bool { return fact.Has(named, name) })
	return list, spare, nil
}

// asked returns the facts that --columns names one by one.
func (r *Report) asked() (list []fact.Fact) {
	for name := range strings.SplitSeq(r.o.Columns, ",") {
		name = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), "+"))
		if name == "" || name[0] == '-' || strings.EqualFold(name, "default") || strings.EqualFold(name, "all") {
			continue
		}
		if found, err := fact.Find(r.sel.View, name); err == nil {
			list = append(list, found...)
		}
	}
	return list
}

// normal returns the names of the default columns: those of the view, with the columns
// that options add or substitute.
func (r *Report) normal() []string {
	o, plan := r.o, r.sel.Plan
	var list []string
	add := func(names ...string) { list = append(list, names...) }
	if r.comparesRounds() || o.Delta && o.Format.Machine() {
		add("time")
	}
	if o.Diff && r.sel.View != fact.Findings {
		add("change")
	}
	if o.SeveralNetns() {
		add("netns")
	}
	if o.Delta && r.sel.View == fact.Interfaces {
		add("name")
		for _, way := range [...]string{"rx_", "tx_"} {
			for _, counter := range [...]string{"bytes", "packets", "errors", "dropped"} {
				add(way + counter + "_per_second")
			}
		}
		return list
	}
	for _, c := range r.defaults() {
		if queue := c.Name == "recvq" || c.Name == "sendq"; queue && (o.TCPInfo || o.SeveralNetns()) {
			continue // there is no room for the queues
		}
		add(c.Name)
	}
	switch {
	case r.sel.View != fact.Statistics:
	case o.Diff:
		list = slices.Insert(list, slices.Index(list, "value"), "before")
		add("increase", "per_second", "back")
	case o.Delta:
		add("per_second", "back")
	}
	if o.Delta && r.sel.View == fact.Conntrack {
		for i := range fact.TrackedCounters {
			add(fact.TrackedCounters[i].Name + "_per_second")
		}
	}
	if r.sel.View != fact.Sockets {
		return list
	}
	var facts netstat.Facts
	for i := range plan.Queries {
		facts |= plan.Queries[i].Need.Facts
	}
	if facts&netstat.FactUID != 0 {
		add("user", "inode")
	}
	if facts&netstat.FactTimer != 0 {
		add("timer", "timer_expires")
	}
	if facts&netstat.FactOffload != 0 {
		add("offload")
	}
	if facts&netstat.FactTemplate != 0 {
		add("template")
	}
	if facts&netstat.FactTOS != 0 {
		add("tos", "tclass")
	}
	if o.TCPInfo {
		add("rtt", "cwnd", "total_retrans", "delivery_rate")
	}
	if o.Memory {
		add("rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "drops")
	}
	table := o.Format.Table()
	switch {
	case r.question(), o.Watch && !o.AllOwners: // have their own column of owners
	case o.AllOwners || table && plan.Owners:
		add("owners")
	case plan.Owners:
		add("pid", "process")
	case table && r.host.Privileged && !o.Diff && !o.Delta && !o.TCPInfo && !o.Memory:
		add("owners")
		r.unasked = o.Columns == ""
	}
	switch {
	case o.Peers && table:
		add("peer_owners")
	case o.Peers:
		add("peer_pid", "peer_process")
	}
	if r.measures() {
		add("sent_per_second", "received_per_second")
	}
	return list
}

// addFacts adds the facts that the options request, independent of columns.
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
	f.Rates = f.Rates || r.measures()
	whole := r.o.GroupBy == "" && r.wholeRows()
	if whole {
		f.Socket |= netstat.FactReferences
	}
	if whole && r.measures() {
		f.Socket |= netstat.FactTCPInfo | netstat.FactInode // from which the rates follow
	}
	if plan.Owners || r.o.AllOwners {
		f.Owners = true
		f.Process |= plan.Process | netstat.FactArgv0
		// Formats with whole rows show the reason for an unknown owner.
		f.Reasons = whole
	}
	if whole && r.question() {
		f.Add(fact.NeedsOf(r.defaults()))
		f.Reasons = true
	}
	if r.o.Peers {
		f.Peers = true
		f.Process |= netstat.FactArgv0
	}
	if r.o.SeveralNetns() {
		f.NetNS = true
	}
}

// wholeRows reports whether the format shows all facts of a row and not only columns. A
// whole row of JSON has a field for each column.
func (r *Report) wholeRows() bool {
	return !r.totals() && !r.o.Format.Columns() && (r.o.Columns == "" || strings.EqualFold(r.o.Columns, "all") || !r.o.Format.Named())
}
