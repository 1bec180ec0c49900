package linux

import (
	"net/netip"

	"netstat"
)

// verdict is whether a rule matches packets.
type verdict uint8

const (
	ruleMisses verdict = iota
	ruleMatches
	ruleUnclear // it depends on what is not known here
)

// matchRule reports whether a rule matches packets, as fib_rule_match, fib4_rule_match and
// fib6_rule_match in the kernel decide. vrf reports whether the packets belong to a VRF, and
// uid is the user that they belong to.
func matchRule(r *netstat.Rule, l *netstat.RouteLookup, uid uint32, vrf bool) verdict {
	v := matchSelectors(r, l, uid, vrf)
	switch {
	case !r.Invert || v == ruleUnclear:
		return v
	case v == ruleMatches:
		return ruleMisses
	}
	return ruleMatches
}

func matchSelectors(r *netstat.Rule, l *netstat.RouteLookup, uid uint32, vrf bool) verdict {
	input := l.Input
	if input == "" {
		input = "lo" // packets of this host
	}
	v4 := l.Destination.Is4()
	from := l.From
	if v4 && !from.IsValid() {
		from = netip.IPv4Unspecified()
	}
	legacyTOS := l.TOS & 0x1c
	if !v4 {
		legacyTOS = l.TOS & 0xfc
	}
	inRange := func(p netstat.PortRange, port uint16) bool {
		if p.Mask != 0 {
			return (p.First^port)&p.Mask == 0
		}
		return p == netstat.PortRange{} || port >= p.First && port <= p.Last
	}
	switch {
	case r.Input != "" && r.Input != input && !vrf,
		r.Output != "" && r.Output != l.Output && !vrf,
		r.InputDetached, r.OutputDetached,
		(r.Mark^l.Mark)&r.MarkMask != 0,
		r.TunnelID != 0,
		r.Known.Has(netstat.RuleUIDs) && (uid < r.FirstUID || uid > r.LastUID),
		r.To.IsValid() && !r.To.Contains(l.Destination),
		r.From.IsValid() && !r.From.Contains(from),
		r.IPProto != 0 && r.IPProto != l.IPProto,
		!inRange(r.SourcePort, l.SourcePort), !inRange(r.DestinationPort, l.DestinationPort),
		r.TOS != 0 && r.TOS != legacyTOS,
		r.Known.Has(netstat.RuleDSCP) && (r.DSCP^l.TOS>>2)&r.DSCPMask != 0,
		r.FlowLabelMask != 0 && r.FlowLabel&r.FlowLabelMask != 0,
		r.L3MDev && !vrf:
		return ruleMisses
	case vrf && (r.Input != "" || r.Output != ""):
		return ruleUnclear // kernels differ in what they compare with the VRF device
	}
	return ruleMatches
}

// ruleWalk applies rules in the kernel's order. look says what a rule that matches does: the
// walk ends with the first for which it returns done. A nil rule means that none ended the
// walk, and ok is false if it cannot be known which one did.
func ruleWalk(rules []netstat.Rule, match func(*netstat.Rule) verdict, look func(*netstat.Rule) (done, ok bool)) (rule *netstat.Rule, ok bool) {
	for i := 0; i < len(rules); i++ {
		r := &rules[i]
		switch match(r) {
		case ruleMisses:
			continue
		case ruleUnclear:
			return nil, false
		}
		switch r.Action {
		case netstat.RuleNop:
		case netstat.RuleGoto:
			if r.Unresolved {
				continue
			}
			next := i + 1
			for next < len(rules) && rules[next].Priority < r.Goto {
				next++
			}
			i = next - 1
		case netstat.RuleActionUnknown:
			return nil, false
		default:
			done, ok := look(r)
			if !ok {
				return nil, false
			}
			if done {
				return r, true
			}
		}
	}
	return nil, true
}
