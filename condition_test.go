package netstat

import (
	"net/netip"
	"testing"
)

func TestConditionMatch(t *testing.T) {
	prefix := func(end End, text string) *Condition {
		return &Condition{Kind: WherePrefix, End: end, Prefix: netip.MustParsePrefix(text)}
	}
	web := &Socket{
		Table: TCP6Table, Local: Addr{IP: netip.MustParseAddr("::ffff:10.0.0.1"), Port: 443, Scope: 2},
		Remote: Addr{IP: netip.MustParseAddr("fe80::1"), Port: 5000}, Mark: 5, Cgroup: 7, Autobound: true,
	}
	bare := &Socket{Table: UnixTable, Absent: FactInterface | FactMark | FactCgroup | FactAutobound, Autobound: true}
	sctp := &Socket{Table: SCTP4Table, Detail: &SCTPDetail{
		LocalMore: []Addr{{IP: netip.MustParseAddr("10.9.9.9")}}, RemoteMore: []Addr{{IP: netip.MustParseAddr("fe80::9")}},
	}}
	port := func(c Comparison, n uint16) *Condition { return &Condition{Kind: WherePort, Compare: c, Port: n} }
	for name, test := range map[string]struct {
		c    *Condition
		s    *Socket
		want bool
	}{
		"nil":                   {nil, web, true},
		"empty all":             {&Condition{}, web, true},
		"empty any":             {&Condition{Kind: WhereAny}, web, false},
		"not":                   {&Condition{Kind: WhereNot, Of: []*Condition{{}}}, web, false},
		"equal":                 {port(CompareEqual, 443), web, true},
		"different":             {port(CompareNotEqual, 443), web, false},
		"less":                  {port(CompareLess, 443), web, false},
		"less or equal":         {port(CompareLessOrEqual, 443), web, true},
		"greater":               {port(CompareGreater, 442), web, true},
		"greater or equal":      {port(CompareGreaterOrEqual, 444), web, false},
		"undefined comparison":  {port(99, 443), web, false},
		"remote port":           {&Condition{Kind: WherePort, End: RemoteEnd, Port: 5000}, web, true},
		"socket without a port": {port(CompareNotEqual, 1), bare, false},
		"IPv4-mapped":           {prefix(LocalEnd, "10.0.0.0/8"), web, true},
		"IPv6":                  {prefix(LocalEnd, "::ffff:0:0/96"), web, true},
		"other family":          {prefix(RemoteEnd, "0.0.0.0/0"), web, false},
		"second address":        {prefix(LocalEnd, "10.9.9.0/24"), sctp, true},
		"second remote address": {prefix(RemoteEnd, "fe80::/10"), sctp, true},
		"neither":               {prefix(RemoteEnd, "10.9.9.0/24"), sctp, false},
		"interface":             {&Condition{Kind: WhereInterface, Number: 2}, web, true},
		"mark":                  {&Condition{Kind: WhereMark, Number: 1, Mask: 3}, web, true},
		"cgroup":                {&Condition{Kind: WhereCgroup, Number: 7}, web, true},
		"autobound":             {&Condition{Kind: WhereAutobound}, web, true},
		"interface absent":      {&Condition{Kind: WhereInterface}, bare, false},
		"mark absent":           {&Condition{Kind: WhereMark}, bare, false},
		"cgroup absent":         {&Condition{Kind: WhereCgroup}, bare, false},
		"unknown":               {&Condition{Kind: WhereAutobound}, bare, false},
		"undefined kind":        {&Condition{Kind: 99}, web, false},
	} {
		if got := test.c.Match(test.s); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
		if !test.c.Equal(test.c) || test.c != nil && test.c.Equal(nil) {
			t.Errorf("%s: not equal to itself", name)
		}
	}
	both := &Condition{Of: []*Condition{port(CompareEqual, 1), {Kind: WhereNot, Of: []*Condition{{Kind: WhereMark}}}, {Kind: WhereInterface}, {Kind: WhereCgroup}, {Kind: WhereAutobound}}}
	same := &Condition{Of: []*Condition{port(CompareEqual, 1), {Kind: WhereNot, Of: []*Condition{{Kind: WhereMark}}}, {Kind: WhereInterface}, {Kind: WhereCgroup}, {Kind: WhereAutobound}}}
	if !both.Equal(same) || both.Equal(&Condition{}) || port(CompareEqual, 1).Equal(port(CompareEqual, 2)) {
		t.Error("Equal is wrong")
	}
	if both.Facts() != FactMark|FactInterface|FactCgroup|FactAutobound || (*Condition)(nil).Facts() != 0 {
		t.Errorf("facts %b", both.Facts())
	}
}

func TestTCPInfoFields(t *testing.T) {
	var i TCPInfo
	for f := range TCPFields {
		if _, ok := i.Value(f); ok {
			t.Errorf("an empty TCPInfo has %v", f)
		}
		if f < TCPVegasEnabled || f >= TCPActiveOpen {
			i.Known.Add(f)
		}
	}
	i.Vegas, i.DCTCP, i.BBR, i.EStats = &VegasInfo{}, &DCTCPInfo{}, &BBRInfo{}, &EStats{}
	for f := range TCPFields {
		if v, ok := i.Value(f); !ok || v != 0 {
			t.Errorf("%v: %d, %v", f, v, ok)
		}
	}
	i.Known.Remove(TCPRTT)
	if i.Has(TCPRTT) || i.Has(TCPFields) || TCPFields.String() != "unknown" || TCPFields.Kind() != FieldCount || !i.Has(TCPRTTVar) {
		t.Error("field sets are wrong")
	}
	for f := range MemoryFields {
		m := Memory{Known: 1 << f}
		if _, ok := m.Value(f); !ok || f.String() == "unknown" || (f.Kind() == FieldCount) != (f == MemoryDrops) {
			t.Errorf("%v", f)
		}
	}
	if MemoryFields.String() != "unknown" || CAState(9).String() != "unknown" || CALoss.String() != "loss" || ULPTLS.String() != "tls" || ULP(99).String() != "other" || Comparison(9).String() != "?" {
		t.Error("names are wrong")
	}
}

// Set changes exactly one field, and Value returns it.
func TestTCPInfoSet(t *testing.T) {
	for f := range TCPFields {
		var i TCPInfo
		i.Set(f, 1)
		for g := range TCPFields {
			if n, ok := i.Value(g); (n != 0) != (f == g) || f == g && (n != 1 || !ok) {
				t.Errorf("%v set: %v is %d, %v", f, g, n, ok)
			}
		}
	}
	var i TCPInfo
	i.Set(TCPFields, 1)
	if i != (TCPInfo{}) {
		t.Errorf("Set of a field that does not exist changed %+v", i)
	}
	i.Set(TCPRTT, 5)
	i.Set(TCPDataBytesIn, 1<<40)
	if i.RTT != 5 || i.EStats[TCPDataBytesIn-TCPActiveOpen] != 1<<40 {
		t.Errorf("%+v", i)
	}
}
