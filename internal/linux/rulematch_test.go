package linux

import (
	"net/netip"
	"testing"

	"netstat"
)

func TestMatchRule(t *testing.T) {
	packet := netstat.RouteLookup{Destination: netip.MustParseAddr("10.0.0.1"), Mark: 0x107, TOS: 0x10, IPProto: 6, SourcePort: 1000, DestinationPort: 443}
	bound := packet
	bound.Output = "eth0"
	six := netstat.RouteLookup{Destination: netip.MustParseAddr("2001:db8::1")}
	for name, c := range map[string]struct {
		rule   netstat.Rule
		lookup netstat.RouteLookup
		vrf    bool
		want   verdict
	}{
		"any":                    {netstat.Rule{}, packet, false, ruleMatches},
		"not any":                {netstat.Rule{Invert: true}, packet, false, ruleMisses},
		"mask":                   {netstat.Rule{Mark: 7, MarkMask: 255}, packet, false, ruleMatches},
		"mark":                   {netstat.Rule{Mark: 7, MarkMask: 1<<32 - 1}, packet, false, ruleMisses},
		"not mark":               {netstat.Rule{Invert: true, Mark: 7, MarkMask: 1<<32 - 1}, packet, false, ruleMatches},
		"own packets":            {netstat.Rule{Input: "lo"}, packet, false, ruleMatches},
		"other input":            {netstat.Rule{Input: "eth0"}, packet, false, ruleMisses},
		"output":                 {netstat.Rule{Output: "eth0"}, bound, false, ruleMatches},
		"detached":               {netstat.Rule{Output: "eth0", OutputDetached: true}, bound, false, ruleMisses},
		"ports":                  {netstat.Rule{SourcePort: netstat.PortRange{First: 1000, Last: 1000}, DestinationPort: netstat.PortRange{First: 400, Last: 443}}, packet, false, ruleMatches},
		"port mask":              {netstat.Rule{DestinationPort: netstat.PortRange{First: 0x1bb, Last: 0x1bb, Mask: 0xff}}, packet, false, ruleMatches},
		"other port":             {netstat.Rule{DestinationPort: netstat.PortRange{First: 444, Last: 500}}, packet, false, ruleMisses},
		"user":                   {netstat.Rule{Known: netstat.RuleUIDs, LastUID: 5}, packet, false, ruleMatches},
		"other user":             {netstat.Rule{Known: netstat.RuleUIDs, FirstUID: 6, LastUID: 9}, packet, false, ruleMisses},
		"dscp":                   {netstat.Rule{Known: netstat.RuleDSCP, DSCP: 4, DSCPMask: 0x3f}, packet, false, ruleMatches},
		"dscp 0":                 {netstat.Rule{Known: netstat.RuleDSCP, DSCPMask: 0x3f}, packet, false, ruleMisses},
		"tunnel":                 {netstat.Rule{TunnelID: 5}, packet, false, ruleMisses},
		"source unset":           {netstat.Rule{From: netip.MustParsePrefix("10.0.0.0/8")}, packet, false, ruleMisses},
		"IPv6 source unset":      {netstat.Rule{From: netip.MustParsePrefix("2001:db8::/32")}, six, false, ruleMisses},
		"no VRF":                 {netstat.Rule{L3MDev: true}, bound, false, ruleMisses},
		"VRF":                    {netstat.Rule{L3MDev: true}, bound, true, ruleMatches},
		"not VRF":                {netstat.Rule{Invert: true, L3MDev: true}, bound, true, ruleMisses},
		"VRF, output":            {netstat.Rule{Output: "eth0"}, bound, true, ruleUnclear},
		"VRF, other destination": {netstat.Rule{L3MDev: true, To: netip.MustParsePrefix("11.0.0.0/8")}, bound, true, ruleMisses},
	} {
		if got := matchRule(&c.rule, &c.lookup, 5, c.vrf); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestRuleWalk checks which rules a walk asks about.
func TestRuleWalk(t *testing.T) {
	rules := []netstat.Rule{
		{Priority: 1, Action: netstat.RuleNop},
		{Priority: 2, Action: netstat.RuleGoto, Goto: 5},
		{Priority: 3, Action: netstat.RuleTable, Table: 3},
		{Priority: 5, Action: netstat.RuleGoto, Goto: 99, Unresolved: true},
		{Priority: 6, Action: netstat.RuleTable, Table: 6},
		{Priority: 7, Action: netstat.RuleTable, Table: 7},
		{Priority: 8, Action: netstat.RuleActionUnknown},
	}
	every := func(*netstat.Rule) verdict { return ruleMatches }
	rule, ok := ruleWalk(rules, every, func(r *netstat.Rule) (done, ok bool) { return r.Table == 7, true })
	if !ok || rule == nil || rule.Priority != 7 {
		t.Errorf("%+v %v", rule, ok)
	}
	if rule, ok := ruleWalk(rules, every, func(*netstat.Rule) (done, ok bool) { return false, true }); ok {
		t.Errorf("a rule with an unknown action was passed: %+v", rule)
	}
	if rule, ok := ruleWalk(rules[:6], every, func(*netstat.Rule) (done, ok bool) { return false, true }); !ok || rule != nil {
		t.Errorf("%+v %v", rule, ok)
	}
	if _, ok := ruleWalk(rules, func(*netstat.Rule) verdict { return ruleUnclear }, nil); ok {
		t.Error("an unclear rule was passed")
	}
}
