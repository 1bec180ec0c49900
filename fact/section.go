package fact

import (
	"strings"

	"netstat"
)

// Section is a heading under which lists show facts.
type Section uint8

const (
	// SectionGeneral holds facts that belong to no other section. It is the zero value.
	SectionGeneral Section = iota
	SectionProcess
	SectionSettings
	SectionPeer
	SectionTCP
	SectionTCPWindows // facts of TCP that only Windows has
	SectionMemory
	SectionFamily
	SectionEvent // what only --events shows
	SectionReceived
	SectionSent
	SectionRates
	SectionTraffic
	SectionReport // facts of every view
)

// of puts the facts of a list that have no section into s.
func (s Section) of(list []Fact) []Fact {
	for i := range list {
		if list[i].Section == SectionGeneral {
			list[i].Section = s
		}
	}
	return list
}

// insideSections sets the sections of the facts of insideFacts.
func insideSections(list []Fact) []Fact {
	memory := len(list) - int(netstat.MemoryFields)
	windows := memory - int(netstat.TCPFields-netstat.TCPActiveOpen)
	SectionMemory.of(list[memory:])
	SectionTCPWindows.of(list[windows:memory])
	return SectionTCP.of(list)
}

// interfaceSections sets the sections of the counters of interfaces.
func interfaceSections(list []Fact) []Fact {
	for i := range list {
		switch f := &list[i]; {
		case strings.HasSuffix(f.Name, "_per_second"):
			f.Section = SectionRates
		case strings.HasPrefix(f.Name, "rx_"):
			f.Section = SectionReceived
		case strings.HasPrefix(f.Name, "tx_"):
			f.Section = SectionSent
		}
	}
	return list
}

// common names the facts of each view that lists show first, in addition to those of
// Default.
var common = [...]string{
	Sockets: "family,local_address,local_port,remote_address,remote_port,user,pid,process,command,unit,container,started," +
		"rtt,total_retrans,bytes_sent,bytes_received,timer,exposure",
	Interfaces: "addresses,up",
	NAT:        "",
	Findings:   "",
	Summaries:  "unit,scope",
	Conntrack:  "family,status,source_address,source_port,destination_address,destination_port,original_bytes,reply_bytes,mark,zone",
	Neighbors:  "",
	Rules:      "",
	Lookups:    "",
}

// Common returns the most used facts of a view: those of Default and some others.
func Common(v View) []Fact {
	list := Default(v)
	if common[v] == "" {
		return list
	}
	for _, f := range mustFind(v, common[v]) {
		if Named(list, f.Name) == nil {
			list = append(list, f)
		}
	}
	return list
}
