package win32

import (
	"context"
	"iter"
	"strconv"

	"netstat"
)

// statistic is one of the calls that return counters.
type statistic uint8

const (
	statisticIP statistic = iota
	statisticICMP
	statisticTCP
	statisticUDP
)

// Sizes of MIB_IPSTATS, MIB_ICMP_EX, MIB_TCPSTATS and MIB_UDPSTATS (ipmib.h, tcpmib.h,
// udpmib.h), and offsets in MIB_ICMP_EX.
const (
	ipSize  = 92
	tcpSize = 60
	udpSize = 20

	icmpSize   = 2064
	icmpHalf   = icmpSize / 2 // received, then sent
	icmpMsgs   = 0
	icmpErrors = 4
	icmpTypes  = 8 // 256 counts
)

// counterField is a counter and its offset. Names are Linux's, from RFC 1213, RFC 4293
// and related RFCs; counters that Linux lacks have the name of the field without its
// prefix.
type counterField struct {
	name string
	at   int
}

var ip4Fields = []counterField{
	{"Forwarding", 0}, {"DefaultTTL", 4}, {"InReceives", 8}, {"InHdrErrors", 12}, {"InAddrErrors", 16},
	{"ForwDatagrams", 20}, {"InUnknownProtos", 24}, {"InDiscards", 28}, {"InDelivers", 32},
	{"OutRequests", 36}, {"RoutingDiscards", 40}, {"OutDiscards", 44}, {"OutNoRoutes", 48},
	{"ReasmTimeout", 52}, {"ReasmReqds", 56}, {"ReasmOKs", 60}, {"ReasmFails", 64},
	{"FragOKs", 68}, {"FragFails", 72}, {"FragCreates", 76},
	{"NumIf", 80}, {"NumAddr", 84}, {"NumRoutes", 88},
}

// ip6Fields differ from those of IPv4 where RFC 4293 renamed a counter.
var ip6Fields = []counterField{
	{"Forwarding", 0}, {"DefaultTTL", 4}, {"InReceives", 8}, {"InHdrErrors", 12}, {"InAddrErrors", 16},
	{"OutForwDatagrams", 20}, {"InUnknownProtos", 24}, {"InDiscards", 28}, {"InDelivers", 32},
	{"OutRequests", 36}, {"RoutingDiscards", 40}, {"OutDiscards", 44}, {"OutNoRoutes", 48},
	{"ReasmTimeout", 52}, {"ReasmReqds", 56}, {"ReasmOKs", 60}, {"ReasmFails", 64},
	{"FragOKs", 68}, {"FragFails", 72}, {"FragCreates", 76},
	{"NumIf", 80}, {"NumAddr", 84}, {"NumRoutes", 88},
}

var tcpFields = []counterField{
	{"RtoAlgorithm", 0}, {"RtoMin", 4}, {"RtoMax", 8}, {"MaxConn", 12}, {"ActiveOpens", 16},
	{"PassiveOpens", 20}, {"AttemptFails", 24}, {"EstabResets", 28}, {"CurrEstab", 32},
	{"InSegs", 36}, {"OutSegs", 40}, {"RetransSegs", 44}, {"InErrs", 48}, {"OutRsts", 52},
	{"NumConns", 56},
}

var udpFields = []counterField{
	{"InDatagrams", 0}, {"NoPorts", 4}, {"InErrors", 8}, {"OutDatagrams", 12}, {"NumAddrs", 16},
}

// icmpKind is a message type with its own counter in group Icmp or Icmp6.
type icmpKind struct {
	name string
	typ  uint8
}

// The types of RFC 792, 950 and 1256 that Linux names.
var icmp4Kinds = []icmpKind{
	{name: "DestUnreachs", typ: 3}, {name: "TimeExcds", typ: 11}, {name: "ParmProbs", typ: 12},
	{name: "SrcQuenchs", typ: 4}, {name: "Redirects", typ: 5}, {name: "Echos", typ: 8},
	{name: "EchoReps", typ: 0}, {name: "Timestamps", typ: 13}, {name: "TimestampReps", typ: 14},
	{name: "AddrMasks", typ: 17}, {name: "AddrMaskReps", typ: 18},
}

// The types of RFC 4443, 2710, 4861 and 3810 that Linux names.
var icmp6Kinds = []icmpKind{
	{name: "DestUnreachs", typ: 1}, {name: "PktTooBigs", typ: 2}, {name: "TimeExcds", typ: 3},
	{name: "ParmProblems", typ: 4}, {name: "Echos", typ: 128}, {name: "EchoReplies", typ: 129},
	{name: "GroupMembQueries", typ: 130}, {name: "GroupMembResponses", typ: 131},
	{name: "GroupMembReductions", typ: 132}, {name: "RouterSolicits", typ: 133},
	{name: "RouterAdvertisements", typ: 134}, {name: "NeighborSolicits", typ: 135},
	{name: "NeighborAdvertisements", typ: 136}, {name: "Redirects", typ: 137}, {name: "MLDv2Reports", typ: 143},
}

// icmpFields lists the counters of group Icmp or Icmp6.
func icmpFields(kinds []icmpKind) []counterField {
	var fields []counterField
	for half, prefix := range [...]string{"In", "Out"} {
		base := half * icmpHalf
		fields = append(fields, counterField{prefix + "Msgs", base + icmpMsgs}, counterField{prefix + "Errors", base + icmpErrors})
		for _, k := range kinds {
			fields = append(fields, counterField{prefix + k.name, base + icmpTypes + 4*int(k.typ)})
		}
	}
	return fields
}

var (
	icmp4Fields = icmpFields(icmp4Kinds)
	icmp6Fields = icmpFields(icmp6Kinds)
)

// maxConn is the field in which all ones means no limit.
const maxConn = 12

// Counters implements netstat.Source. If a version of IP is not installed, its
// protocols have no counters.
func (s *source) Counters(ctx context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		readers := counterReaders[f]
		if readers == nil {
			yield(netstat.Counter{}, &netstat.OpError{Op: "read counters", Err: errNotHere})
			return
		}
		family := uint32(familyInet4)
		if f == netstat.Inet6 {
			family = familyInet6
		}
		var part uint32
		for i := range readers {
			r := &readers[i]
			if err := ctx.Err(); err != nil {
				yield(netstat.Counter{}, &netstat.OpError{Op: "read counters", Err: err})
				return
			}
			var buf [icmpSize]byte
			if code := s.api.statistics(r.which, buf[:r.size], family); code != codeSuccess {
				err := &netstat.OpError{Op: "read " + r.group + " counters", Err: s.win(code)}
				if !yield(netstat.Counter{}, err) || i == 0 && code == codeNotSupported {
					return
				}
				continue
			}
			if !r.pass(buf[:r.size], &part, yield) {
				return
			}
		}
	}
}

// pass yields the counters of one structure and reports whether to continue.
func (r *counterReader) pass(b []byte, part *uint32, yield func(netstat.Counter, error) bool) bool {
	*part++
	c := netstat.Counter{Group: r.group, Part: *part}
	for _, field := range r.fields {
		c.Name, c.Value = field.name, uint64(word(b, field.at))
		if r.which == statisticTCP && field.at == maxConn {
			c.Value = uint64(int64(int32(c.Value)))
		}
		if !yield(c, nil) {
			return false
		}
	}
	if r.which != statisticICMP {
		return true
	}
	// As on Linux, only types with at least one message; IPv4 has a separate group for
	// them.
	apart := r.group == "Icmp"
	for half, prefix := range [...]string{"InType", "OutType"} {
		for typ := range 256 {
			n := word(b, half*icmpHalf+icmpTypes+4*typ)
			if n == 0 {
				continue
			}
			if apart {
				apart = false
				*part++
				c.Group, c.Part = "IcmpMsg", *part
			}
			c.Name, c.Value = prefix+strconv.Itoa(typ), uint64(n)
			if !yield(c, nil) {
				return false
			}
		}
	}
	return true
}
