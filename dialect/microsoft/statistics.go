package microsoft

import (
	"errors"
	"io/fs"
	"strconv"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

const sectionCount = 8

// sections lists the sections of -s in their order.
var sections = [sectionCount]struct {
	protocol Protocol
	family   netstat.Family
	append   func(s *statistics, b []byte) []byte
}{
	{ProtocolIP, netstat.Inet, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Ip", ipRows[:], s.texts.ipLabels[:], english.ipLabels[:], widthIP)
	}},
	{ProtocolIPv6, netstat.Inet6, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Ip6", ipRows[:], s.texts.ipLabels[:], english.ipLabels[:], widthIP)
	}},
	{ProtocolICMP, netstat.Inet, func(s *statistics, b []byte) []byte {
		return s.appendICMP(b, "Icmp", "IcmpMsg", icmpRows[:], s.texts.icmpLabels[:], english.icmpLabels[:])
	}},
	{ProtocolICMPv6, netstat.Inet6, func(s *statistics, b []byte) []byte {
		return s.appendICMP(b, "Icmp6", "Icmp6", icmp6Rows[:], s.texts.icmp6Labels[:], english.icmp6Labels[:])
	}},
	{ProtocolTCP, netstat.Inet, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Tcp", tcpRows[:], s.texts.tcpLabels[:], english.tcpLabels[:], widthTCP)
	}},
	{ProtocolTCPv6, netstat.Inet6, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Tcp6", tcpRows[:], s.texts.tcpLabels[:], english.tcpLabels[:], widthTCP)
	}},
	{ProtocolUDP, netstat.Inet, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Udp", udpRows[:], s.texts.udpLabels[:], english.udpLabels[:], widthUDP)
	}},
	{ProtocolUDPv6, netstat.Inet6, func(s *statistics, b []byte) []byte {
		return s.appendRows(b, "Udp6", udpRows[:], s.texts.udpLabels[:], english.udpLabels[:], widthUDP)
	}},
}

// Widths of the English labels, from which blanks are counted, and of the two
// numbers of an ICMP row.
const (
	widthIP       = 34
	widthICMP     = 24
	widthMessages = 10
	widthTCP      = 35
	widthUDP      = 21
)

// The names of the rows' counters in the model. Of several names the first that
// the host has is used. Linux has a newer name for the packets that IPv6
// forwards.
var (
	ipRows = [...][]string{
		{"InReceives"},
		{"InHdrErrors"},
		{"InAddrErrors"},
		{"ForwDatagrams", "OutForwDatagrams"},
		{"InUnknownProtos"},
		{"InDiscards"},
		{"InDelivers"},
		{"OutRequests"},
		{"RoutingDiscards"},
		{"OutDiscards"},
		{"OutNoRoutes"},
		{"ReasmReqds"},
		{"ReasmOKs"},
		{"ReasmFails"},
		{"FragOKs"},
		{"FragFails"},
		{"FragCreates"},
	}
	tcpRows = [...][]string{
		{"ActiveOpens"},
		{"PassiveOpens"},
		{"AttemptFails"},
		{"EstabResets"},
		{"CurrEstab"},
		{"InSegs"},
		{"OutSegs"},
		{"RetransSegs"},
	}
	udpRows = [...][]string{{"InDatagrams"}, {"NoPorts"}, {"InErrors"}, {"OutDatagrams"}}
)

// icmpRow names the counters of a row without "In" or "Out": either one of all
// messages, or those of a message type, which also has a number.
type icmpRow struct {
	name string
	kind int // -1 for a row without a type
}

// Message types of RFC 792, 950 and 1256, and of RFC 4443, 2710, 4861 and 2894.
var (
	icmpRows = [...]icmpRow{
		{"Msgs", -1},
		{"Errors", -1},
		{"DestUnreachs", 3},
		{"TimeExcds", 11},
		{"ParmProbs", 12},
		{"SrcQuenchs", 4},
		{"Redirects", 5},
		{"EchoReps", 0},
		{"Echos", 8},
		{"Timestamps", 13},
		{"TimestampReps", 14},
		{"AddrMasks", 17},
		{"AddrMaskReps", 18},
		{"RouterSolicits", 10},
		{"RouterAdvertisements", 9},
	}
	icmp6Rows = [...]icmpRow{
		{"Msgs", -1},
		{"Errors", -1},
		{"DestUnreachs", 1},
		{"PktTooBigs", 2},
		{"TimeExcds", 3},
		{"ParmProblems", 4},
		{"Echos", 128},
		{"EchoReplies", 129},
		{"GroupMembQueries", 130},
		{"GroupMembResponses", 131},
		{"GroupMembReductions", 132},
		{"RouterSolicits", 133},
		{"RouterAdvertisements", 134},
		{"NeighborSolicits", 135},
		{"NeighborAdvertisements", 136},
		{"Redirects", 137},
		{"RouterRenumberings", 138},
	}
)

type counterKey struct{ group, name string }

// statistics is -s in progress.
type statistics struct {
	texts    *texts
	counters map[counterKey]optional
	rates    bool // that a counter is not there means 0 per second
}

// statistics prints the sections asked for. Sections of a family that the host
// lacks are left out (inferred).
func (r *report) statistics() {
	s := statistics{texts: r.texts, counters: make(map[counterKey]optional)}
	var has [netstat.Inet6 + 1]bool
	for _, family := range [...]netstat.Family{netstat.Inet, netstat.Inet6} {
		for i := range sections {
			if sections[i].family == family && r.wantsSection(i) {
				has[family] = r.readCounters(&s, family)
				break
			}
		}
	}
	for i := range sections {
		section := &sections[i]
		if !has[section.family] || !r.wantsSection(i) {
			continue
		}
		r.out.text("\n" + r.texts.statisticsTitles[i] + "\n\n")
		r.out.buf = section.append(&s, r.out.buf)
		if !r.out.full() {
			return
		}
	}
}

func (r *report) wantsSection(i int) bool {
	return r.cmd.Protocol == ProtocolAny || r.cmd.Protocol == sections[i].protocol
}

// readCounters keeps the counters of a family and reports whether there were
// any.
func (r *report) readCounters(s *statistics, family netstat.Family) (has bool) {
	for c, err := range r.env.Source.Counters(r.ctx, family) {
		switch {
		case err == nil:
			has = true
			if c.Name != "" {
				is := r.env.Deltas.Counter(family, &c)
				s.rates = s.rates || is != view.Total
				s.counters[counterKey{c.Group, c.Name}] = optional{c.Value, is != view.Unknown, is == view.Rate}
			}
		case family == netstat.Inet6 && !has && r.cmd.Protocol == ProtocolAny &&
			(errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrNotExist)):
			// This host has no IPv6.
		default:
			r.failed(err)
		}
	}
	return has
}

func (s *statistics) counter(group string, names ...string) optional {
	for _, name := range names {
		if v, ok := s.counters[counterKey{group, name}]; ok {
			return v
		}
	}
	return optional{}
}

// appendRows appends rows of a label and a number. wide holds the English
// labels, which determine how many blanks follow.
func (s *statistics) appendRows(b []byte, group string, rows [][]string, labels, wide []string, width int) []byte {
	for i := range rows {
		b = append(append(b, "  "...), labels[i]...)
		b = ascii.AppendBlanks(b, width-len(wide[i]))
		b = append(b, " = "...)
		b = s.counter(group, rows[i]...).appendLeft(b, 0)
		b = append(b, '\n')
	}
	return b
}

// appendICMP appends the rows of an ICMP version. types is the group with the
// messages of single types. Both numbers are padded, so rows end in blanks. A
// number that is too wide is not cut but moves the next one to the right.
func (s *statistics) appendICMP(b []byte, group, types string, rows []icmpRow, labels, wide []string) []byte {
	b = append(append(b, s.texts.icmpColumns...), '\n')
	for i := range rows {
		b = append(append(b, "  "...), labels[i]...)
		b = ascii.AppendBlanks(b, widthICMP-len(wide[i])+2)
		b = s.icmp(group, types, "In", &rows[i]).appendLeft(b, widthMessages)
		b = append(b, "  "...)
		b = s.icmp(group, types, "Out", &rows[i]).appendLeft(b, widthMessages)
		b = append(b, '\n')
	}
	return b
}

// icmp returns the counter of a row. Hosts list only the message types that
// have occurred; a type that is not listed counts 0, if messages are counted at
// all.
func (s *statistics) icmp(group, types, way string, row *icmpRow) optional {
	n := s.counter(group, way+row.name)
	if n.known || row.kind < 0 {
		return n
	}
	n, met := s.counters[counterKey{types, way + "Type" + strconv.Itoa(row.kind)}]
	if !met && s.counter(group, way+"Msgs").known {
		return optional{known: true, rate: s.rates}
	}
	return n
}
