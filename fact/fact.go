// Package fact defines every fact of each view's records in one table: a socket's state,
// a route's gateway, an interface's counters. A Fact has names, needs, a value and its
// type. Columns, filters, sort keys, groups, JSON of chosen columns and templates find
// and read facts through this package.
//
// It does no I/O: package view reads rows and what is joined to them.
package fact

import (
	"slices"
	"strings"

	"netstat"
)

// Fact is something known of the records of a view.
type Fact struct {
	// Name is the name in options, filters and documents: lower case, with
	// "_" between words.
	Name string
	// About describes the fact in one phrase, whose first word tells most. AboutZH is
	// the same in Chinese.
	About, AboutZH string
	// Aliases lists further names that find the fact: those of JSON, of
	// ss(8) and of headings.
	Aliases []string
	// Title is the heading in a table: one word, about as wide as the cells, and an alias
	// of the fact.
	Title string
	Kind  ValueKind
	// Count reports whether a ValueNumber counts things, so that 2k means
	// 2000. Other numbers are identifiers, such as a process ID.
	Count bool
	// Texts lists the texts that the fact can have. It is nil if any text is possible.
	Texts []string
	// Word reports whether the texts are fixed words of the system or of this project, so
	// that filters ignore their case.
	Word bool
	// Hosts reports whether the prefixes of the fact are addresses of hosts with the prefix
	// lengths of their links, so that filters also compare the addresses alone.
	Hosts bool
	// Needs holds what must be read to have the value.
	Needs Needs
	// Value returns the fact about a record: the first value if there are several.
	Value func(r *Record) Value
	// All appends every value of a fact that can have several in one row, beginning with
	// that of Value. It appends nothing if there is none. All is nil if there is never
	// more than one.
	All func(r *Record, list []Value) []Value
	// Rank returns the value by which records are sorted. It is nil if that is Value.
	Rank func(r *Record) Value
	// Of returns the value that all sockets of a table share. It is nil if
	// rows of a table differ.
	Of func(t netstat.Table) Value
	// Only reports whether sockets of a table can have the fact. It is nil
	// if all can.
	Only func(t netstat.Table) bool
	// Sums reports whether the values of several rows can be summed.
	Sums bool
	// Cut reports whether the values are names or commands. A table on a narrow terminal
	// shows only their beginning. It shows other values whole.
	Cut bool
	// Optional reports whether the fact may be absent while everything else about the
	// record is known: a process may run in no container. See [Fact.Unknown].
	Optional bool
	// untold reports whether an absent value of a socket is unknown; see unlessTold.
	untold func(s *netstat.Socket) bool
	// Compared reports whether the fact is known only for a round as a whole or by
	// comparison with the previous round, too late for a filter.
	Compared bool
	// Section is the heading under which lists show the fact.
	Section Section
}

// Values returns all values of the fact about a record. They are valid until
// the next call of any fact's Values for that record.
func (f *Fact) Values(r *Record) []Value {
	if f.All != nil {
		r.room = f.All(r, r.room[:0])
		return r.room
	}
	if v := f.Value(r); v.Kind != ValueAbsent {
		r.room = append(r.room[:0], v)
		return r.room
	}
	return nil
}

// Pair returns all values of two facts about a record. They are valid until the next call
// of any fact's Values or of Pair for that record.
func Pair(r *Record, a, b *Fact) (left, right []Value) {
	left = a.Values(r)
	r.room, r.second = r.second, r.room
	right = b.Values(r)
	return left, right
}

func (f Fact) also(aliases ...string) Fact {
	f.Aliases = append(f.Aliases, aliases...)
	return f
}

// titled sets the title and adds it to the aliases.
func (f Fact) titled(title string) Fact {
	f.Title = title
	if alias := strings.ReplaceAll(strings.ToLower(title), "-", "_"); alias != f.Name && !slices.Contains(f.Aliases, alias) {
		f.Aliases = append(f.Aliases, alias)
	}
	return f
}

func (f Fact) counts() Fact {
	f.Count = true
	return f
}

func (f Fact) sums() Fact {
	f.Sums = true
	return f
}

func (f Fact) cut() Fact {
	f.Cut = true
	return f
}

func (f Fact) optional() Fact {
	f.Optional = true
	return f
}

func (f Fact) one(texts []string) Fact {
	f.Texts = texts
	return f.word()
}

func (f Fact) word() Fact {
	f.Word = true
	return f
}

func (f Fact) needing(n Needs) Fact {
	f.Needs.Add(n)
	return f
}

// views is the contents page: the facts of each view, and which of them are shown and
// summed by default.
var views = [...]struct {
	name  string
	facts func() []Fact
	// shown names the default columns of a table.
	shown string
	// spare names the columns that a table leaves out if a line is wider than the
	// terminal, the least important first. It leaves out no others.
	spare string
	// summed names the facts that groups sum by default.
	summed string
	// identity lists the facts that identify a record in two rounds: lists of names,
	// separated by semicolons, the strictest first. It is empty for sockets, which have
	// cookies, and for views that are not compared so.
	identity string
	// compared names the facts whose change makes a record a changed one: none that
	// always move, such as counters and ages.
	compared string
}{
	Sockets: {
		name: "sockets", facts: socketFacts,
		shown: "proto,recvq,sendq,local,remote,state",
		spare: "command,service,age,inode,sendq,recvq,tclass,tos,template,sndbuf,rcvbuf,delivery_rate,proto,wmem_alloc,offload,timer_expires,timer," +
			"total_retrans,cwnd,user,drops,rmem_alloc,peer_owners,owner,owners,rtt",
		summed:   "recvq,sendq,bytes_sent,bytes_acked,bytes_received,total_retrans,rmem_alloc,wmem_alloc,wmem_queued,drops,sent_per_second,received_per_second,retrans_per_second",
		compared: "state,recvq,sendq,uid,owners,owner_unknown",
	},
	Routes: {
		name: "routes", facts: routeFacts,
		shown:    "destination,gateway,flags,metric,interface",
		spare:    "metric,flags",
		identity: "family,table,destination,source,tos,metric,digits,type,gateway,interface;family,table,destination,source,tos,metric,digits",
		compared: "type,gateway,next_hops,next_hop_id,flags,interface,mtu,window,rtt,vrf,protocol,scope,preference,preferred_source," +
			"advmss,hoplimit,ssthresh,cwnd,initcwnd,initrwnd,rttvar,rto_min,reordering,features,quickack,fastopen_no_cookie,locked," +
			"congestion_control,realm,source_realm,offload,mnemonic,quality,mode,digipeaters,neighbours",
	},
	Interfaces: {
		name: "interfaces", facts: interfaceFacts,
		shown: "name,up,mtu,rx_bytes,rx_packets,rx_errors,rx_dropped,tx_bytes,tx_packets,tx_errors,tx_dropped",
		spare: "mtu,up,tx_dropped,rx_dropped,tx_packets,rx_packets,tx_errors,rx_errors," +
			"tx_dropped_per_second,rx_dropped_per_second,tx_packets_per_second,rx_packets_per_second,tx_errors_per_second,rx_errors_per_second",
		summed:   "rx_bytes,rx_packets,rx_errors,rx_dropped,tx_bytes,tx_packets,tx_errors,tx_dropped",
		identity: "index,name;name;index",
		compared: "name,index,up,flags,mtu,queue_length,hardware,hardware_address,alias,altnames,description,addresses," +
			"kind,master,lower,operstate,carrier,group,qdisc,xdp,settings",
	},
	Groups: {
		name: "groups", facts: membershipFacts, shown: "interface,users,group",
		identity: "interface,index,group", compared: "users",
	},
	Statistics: {name: "statistics", facts: counterFacts, shown: "family,group,name,value"},
	Neighbors: {
		name: "neighbors", facts: neighborFacts,
		shown:    "address,hardware_address,state,interface,used,confirmed,flags",
		spare:    "confirmed,used,flags",
		identity: "address,interface,index,proxy,vlan,vni",
		compared: "hardware_address,state,flags,protocol,master",
	},
	Lookups: {
		name: "lookups", facts: lookupFacts,
		shown: "destination,type,refusal,rule,table,route,gateway,interface,source,mtu,neighbor_state,neighbor_mac",
		spare: "mtu,neighbor_mac,route,table,refusal",
	},
	Rules: {
		name: "rules", facts: ruleFacts,
		shown:    "family,priority,selector,action,table,goto",
		spare:    "goto",
		identity: ruleIdentity + ",action,table;" + ruleIdentity,
		compared: "selector,action,table,vrf,goto,unresolved,input_detached,output_detached,protocol,realm,source_realm",
	},
	NAT: {
		name: "nat", facts: natFacts,
		shown: "proto,original_source,original_destination,reply_source,reply_destination,state,timeout",
		spare: "timeout,proto,state",
		identity: "family,ip_protocol,original_source,original_destination,reply_source,reply_destination,icmp_type,icmp_code;" +
			"family,ip_protocol,original_source,original_destination,icmp_type,icmp_code",
		compared: "state,association_state,reply_source,reply_destination,status",
	},
	Conntrack: {
		name: "conntrack", facts: conntrackFacts,
		shown:    "proto,source,destination,state,timeout,snat_to,dnat_to",
		spare:    "timeout,state,proto",
		summed:   "original_packets,original_bytes,reply_packets,reply_bytes",
		identity: "family,ip_protocol,source,destination,icmp_type,icmp_code,icmp_id,source_key,destination_key,zone,zone_direction,id",
		compared: "state,status,reply_source,reply_destination,mark,labels,helper,security_context",
	},
	Findings: {
		name: "findings", facts: findingFacts,
		shown: "severity,rule,subject,text,evidence",
		spare: "evidence",
	},
	Summaries: {
		name: "summary", facts: summaryFacts,
		shown: "protocol,name,value,ipv4,ipv6,low,pressure,max",
		spare: "low,pressure",
	},
}

// Views returns every view.
func Views() []View {
	list := make([]View, len(views))
	for i := range list {
		list[i] = View(i)
	}
	return list
}

// Of returns every fact of a view, in the order of the documentation. The
// caller may change the slice.
func Of(v View) []Fact {
	list := append(views[v].facts(), SectionReport.of(commonFacts())...)
	for i := range list {
		if list[i].Title == "" {
			list[i].Title = title(list[i].Name)
		}
	}
	return list
}

// Spare returns the names of the columns that a table of a view leaves out if a line is
// wider than the terminal, the least important first.
func Spare(v View) []string {
	if views[v].spare == "" {
		return nil
	}
	return strings.Split(views[v].spare, ",")
}

// commonFacts returns the facts of every view.
func commonFacts() []Fact {
	return []Fact{
		{Name: "netns", About: "network namespace, with --netns", AboutZH: "网络命名空间，与 --netns 同用", Kind: ValueText, Cut: true, Needs: Needs{NetNS: true}, Value: func(r *Record) Value { return textValue(r.Netns) }},
		{Name: "time", About: "time of the report or event; in a table the time of day", AboutZH: "报告或事件的时间；表格中只有时刻", Kind: ValueClock, Compared: true, Value: func(r *Record) Value {
			v := timeValue(r.Time)
			if v.Kind != ValueAbsent {
				v.Kind = ValueClock
			}
			if r.Event != nil {
				v.Text = clockExact
			}
			return v
		}},
		{Name: "change", About: "change since the previous round: opened, closed, changed", AboutZH: "与上一轮相比的变化: opened、closed、changed", Kind: ValueText, Compared: true, Value: func(r *Record) Value { return textValue(r.Change.String()) }},
		{
			Name: "changed", About: "facts that changed since the previous round", AboutZH: "与上一轮相比有变化的列", Kind: ValueText, Compared: true,
			Value: func(r *Record) Value {
				if len(r.Changed) == 0 {
					return Value{}
				}
				return textValue(r.Changed[0])
			},
			All: func(r *Record, list []Value) []Value { return appendTexts(list, r.Changed) },
		},
	}
}

// title returns a fact's name as one word in capitals, so that programs that
// split a table at blanks find each heading.
func title(name string) string {
	return strings.ReplaceAll(strings.ToUpper(name), "_", "-")
}

// Default returns the facts that a table of a view shows by default.
func Default(v View) []Fact { return mustFind(v, views[v].shown) }

// Summed returns the facts that groups of a view sum by default.
func Summed(v View) []Fact {
	if views[v].summed == "" {
		return nil
	}
	return mustFind(v, views[v].summed)
}

// Identities returns lists of facts that identify a record of a view in two rounds, the
// strictest first. It returns nil for a view whose records have no such facts.
func Identities(v View) (lists [][]Fact) {
	if views[v].identity == "" {
		return nil
	}
	for names := range strings.SplitSeq(views[v].identity, ";") {
		lists = append(lists, mustFind(v, names))
	}
	return lists
}

// Compared returns the facts whose change makes a record of a view a changed one. It
// returns nil for a view whose records are not compared.
func Compared(v View) []Fact {
	if views[v].compared == "" {
		return nil
	}
	return mustFind(v, views[v].compared)
}

func mustFind(v View, names string) []Fact {
	list, err := Find(v, names)
	if err != nil {
		panic(err) // cannot happen: tests look up all names in views
	}
	return list
}

// NameError reports a name that no fact of a view has.
type NameError struct {
	View View
	Name string
	Near []string // facts with a similar name, the most similar first
	All  []string // every fact, in order
	// Grouped reports whether the name was looked up in groups, which have only their
	// keys, "count" and sums.
	Grouped bool
}

// fewNames is the largest number of names listed in an error.
const fewNames = 12

// Error returns one line.
func (e *NameError) Error() string {
	of := e.View.String()
	if e.Grouped {
		of += " in groups"
	}
	text := "unknown column '" + e.Name + "' of " + of + DidYouMean(e.Near)
	if e.Name == "" {
		text = "missing column name of " + of
	}
	if len(e.All) <= fewNames {
		return text + " (known: " + strings.Join(e.All, ", ") + ")"
	}
	return text + " (--columns=help lists them)"
}

// Find returns the facts in a list of names separated by commas, in the order
// of the list. "all" means every fact, "default" means Default. The error is a
// *NameError.
func Find(v View, names string) ([]Fact, error) {
	var found []Fact
	all := Of(v)
	for _, name := range strings.Split(names, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		switch name {
		case "all":
			found = append(found, all...)
			continue
		case "default":
			found = append(found, Default(v)...)
			continue
		}
		f, err := FindIn(all, v, name)
		if err != nil {
			return nil, err
		}
		found = append(found, *f)
	}
	return found, nil
}

// FindIn returns the fact in all with this name or alias. A minus may replace
// "_". The error is a *NameError.
func FindIn(all []Fact, v View, name string) (*Fact, error) {
	if f := Named(all, name); f != nil {
		return f, nil
	}
	err := &NameError{View: v, Name: name}
	for i := range all {
		err.All = append(err.All, all[i].Name)
	}
	err.Near = Near(name, err.All)
	return nil, err
}

// Named returns the fact in a list that has this name, alias or title, or nil if there is
// none.
func Named(all []Fact, name string) *Fact {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	for i := range all {
		for _, alias := range all[i].Aliases {
			if alias == name {
				return &all[i]
			}
		}
	}
	for i := range all {
		if sameTitle(all[i].Title, name) {
			return &all[i]
		}
	}
	return nil
}

// sameTitle reports whether a title equals a name in lower case that has "_" for "-" and
// blanks.
func sameTitle(title, name string) bool {
	if len(title) != len(name) {
		return false
	}
	for i := range len(title) {
		c := title[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '-' || c == ' ':
			c = '_'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

// NeedsOf returns all that the facts need.
func NeedsOf(facts []Fact) (n Needs) {
	for i := range facts {
		n.Add(facts[i].Needs)
	}
	return n
}
