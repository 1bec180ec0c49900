package linux

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"reflect"
	"testing"

	"netstat"
	"netstat/test/need"
)

// ruleMessage returns the payload of an RTM_NEWRULE message.
func ruleMessage(family, toLength, fromLength, tos, table, action byte, flags uint32, attributes ...[]byte) []byte {
	b := binary.NativeEndian.AppendUint32([]byte{family, toLength, fromLength, tos, table, 0, 0, action}, flags)
	for _, a := range attributes {
		b = append(b, a...)
	}
	return b
}

// everyAttribute has each attribute of a rule.
var everyAttribute = ruleMessage(afInet6, 48, 32, 0x10, 252, 1, 0x1f,
	netlinkAttribute(fraPriority, number32(1<<32-1)),
	netlinkAttribute(fraDst, netip.MustParseAddr("fd00::").AsSlice()), netlinkAttribute(fraSrc, netip.MustParseAddr("2001:db8::").AsSlice()),
	netlinkAttribute(fraIifname, []byte("eth0\x00")), netlinkAttribute(fraOifname, []byte("eth1")),
	netlinkAttribute(fraTable, number32(51820)), netlinkAttribute(fraFwmark, number32(7)), netlinkAttribute(fraFwmask, number32(255)),
	netlinkAttribute(fraFlow, number32(3<<16|4)), netlinkAttribute(fraTunID, []byte{0x80, 0, 0, 0, 0, 0, 0, 5}),
	netlinkAttribute(fraSuppressGroup, number32(0)), netlinkAttribute(fraSuppressLength, number32(0)),
	netlinkAttribute(fraUIDRange, append(number32(0), number32(1<<32-2)...)), netlinkAttribute(fraProtocol, []byte{186}),
	netlinkAttribute(fraIPProto, []byte{6}), netlinkAttribute(fraSportRange, number32(0x03ff0001)), netlinkAttribute(fraDportRange, number32(0x00500050)),
	netlinkAttribute(fraSportMask, []byte{0, 0}), netlinkAttribute(fraDportMask, []byte{0xff, 0}),
	netlinkAttribute(fraDSCP, []byte{0}), netlinkAttribute(fraDSCPMask, []byte{7}),
	netlinkAttribute(fraFlowlabel, []byte{0, 1, 2, 3}), netlinkAttribute(fraFlowlabelMask, []byte{0, 0xf, 0xff, 0xff}),
	netlinkAttribute(99, number32(1)), // of a newer kernel
)

func TestDecodeRule(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		need.Skip(t, "a little-endian machine")
	}
	none := [][]byte{netlinkAttribute(fraSuppressGroup, number32(1<<32-1)), netlinkAttribute(fraSuppressLength, number32(1<<32-1))}
	for name, c := range map[string]struct {
		b    []byte
		want netstat.Rule
		bad  bool
	}{
		"every attribute": {b: everyAttribute, want: netstat.Rule{
			Family: netstat.Inet6, Priority: 1<<32 - 1, Invert: true, From: netip.MustParsePrefix("2001:db8::/32"), To: netip.MustParsePrefix("fd00::/48"),
			Input: "eth0", Output: "eth1", InputDetached: true, OutputDetached: true, Mark: 7, MarkMask: 255, TOS: 16, DSCPMask: 7,
			FlowLabel: 0x10203, FlowLabelMask: 0xfffff, IPProto: 6, SourcePort: netstat.PortRange{First: 1, Last: 1023}, DestinationPort: netstat.PortRange{First: 80, Last: 80, Mask: 255},
			LastUID: 1<<32 - 2, TunnelID: 1<<63 | 5, Action: netstat.RuleTable, Table: 51820, Unresolved: true, SourceRealm: 3, Realm: 4, Protocol: 186, Permanent: true,
			Known: netstat.RuleUIDs | netstat.RuleDSCP | netstat.RuleSuppressPrefixLength | netstat.RuleSuppressGroup,
		}},
		"nothing selected": {b: ruleMessage(afInet, 0, 0, 0, 255, 1, 0, none...), want: netstat.Rule{Family: netstat.Inet, Action: netstat.RuleTable, Table: 255}},
		"goto":             {b: ruleMessage(afInet, 0, 0, 0, 0, 2, 4, netlinkAttribute(fraGoto, number32(9))), want: netstat.Rule{Family: netstat.Inet, Action: netstat.RuleGoto, Goto: 9, Unresolved: true}},
		"l3mdev":           {b: ruleMessage(afInet, 0, 0, 0, 0, 1, 0, netlinkAttribute(fraL3mdev, []byte{1})), want: netstat.Rule{Family: netstat.Inet, Action: netstat.RuleTable, L3MDev: true}},
		"new action":       {b: ruleMessage(afInet, 0, 0, 0, 0, 200, 0), want: netstat.Rule{Family: netstat.Inet}},
		"short":            {b: make([]byte, fibRuleHeaderSize-1), bad: true},
		"other family":     {b: ruleMessage(afInet6, 0, 0, 0, 0, 1, 0), bad: true},
		"long prefix":      {b: ruleMessage(afInet, 33, 0, 0, 0, 1, 0), bad: true},
		"short address":    {b: ruleMessage(afInet, 8, 0, 0, 0, 1, 0, netlinkAttribute(fraDst, []byte{1})), bad: true},
	} {
		family := byte(afInet)
		if c.want.Family == netstat.Inet6 {
			family = afInet6
		}
		got, ok := decodeRule(c.b, family)
		if ok == c.bad || !c.bad && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", name, ok, got, c.want)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add(everyAttribute)
	f.Add(ruleMessage(afInet, 32, 0, 0, 0, 2, 4, netlinkAttribute(fraGoto, number32(9))))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, family := range []byte{afInet, afInet6} {
			r, ok := decodeRule(b, family)
			if !ok {
				continue
			}
			for _, p := range []netip.Prefix{r.From, r.To} {
				if p != (netip.Prefix{}) && (!p.IsValid() || p.Addr().Is4() != (family == afInet)) {
					t.Fatalf("%+v", r)
				}
			}
		}
	})
}

// vrfLink returns the payload of an RTM_NEWLINK message for a device of a kind with the
// attributes of a VRF, as rtnl_fill_ifinfo writes it.
func vrfLink(name, kind string, table uint32) []byte {
	data := netlinkAttribute(iflaVRFTable, number32(table))
	info := append(netlinkAttribute(iflaInfoKind, []byte(kind+"\x00")), netlinkAttribute(iflaInfoData, data)...)
	b := make([]byte, ifinfomsgSize)
	b = append(b, netlinkAttribute(iflaIfname, []byte(name+"\x00"))...)
	return append(b, netlinkAttribute(iflaLinkinfo, info)...)
}

func TestDecodeVRF(t *testing.T) {
	if name, table, ok := decodeVRF(vrfLink("blue", "vrf", 51820)); name != "blue" || table != 51820 || !ok {
		t.Errorf("%s %d %v", name, table, ok)
	}
	for _, b := range [][]byte{vrfLink("br0", "bridge", 5), vrfLink("", "vrf", 5), make([]byte, ifinfomsgSize), make([]byte, 3)} {
		if _, _, ok := decodeVRF(b); ok {
			t.Errorf("%s: decoded", hex.EncodeToString(b))
		}
	}
}

func FuzzVRF(f *testing.F) {
	f.Add(vrfLink("blue", "vrf", 51820))
	f.Add(vrfLink("br0", "bridge", 5))
	f.Fuzz(func(t *testing.T, b []byte) {
		if name, _, ok := decodeVRF(b); ok && name == "" {
			t.Fatal("no name")
		}
	})
}

// TestRulesUnsupported checks the answer where there is no netlink.
func TestRulesUnsupported(t *testing.T) {
	n := 0
	for _, err := range (&source{}).Rules(context.Background(), netstat.RuleQuery{Family: netstat.Inet}) {
		if n++; err == nil || err.Error() != "dump rules of inet: unsupported operation" {
			t.Errorf("%v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d pairs", n)
	}
}
