package netstat

import (
	"context"
	"errors"
	"iter"
	"net/netip"
)

// Rule is one rule of policy routing: packets that match its selectors are routed by its
// action. It is a plain value, safe to keep. The zero value matches every packet. The
// facts are those of FRA_… of include/uapi/linux/fib_rules.h.
type Rule struct {
	Family Family
	// Priority orders the rules, the lowest first; 0 is a priority.
	Priority uint32
	// Invert reports whether the rule applies to packets that do not match.
	Invert bool
	// From and To are the networks of the source and the destination; zero for any.
	From, To netip.Prefix
	// Input and Output are the names of interfaces; "" for any. Input is the loopback
	// interface for packets of this host. InputDetached and OutputDetached report
	// whether there is no such interface now, so that no packet matches.
	Input, Output                 string
	InputDetached, OutputDetached bool
	// L3MDev reports whether packets must belong to a VRF, whose table is then used.
	L3MDev bool
	// MarkMask are the bits of a packet's mark that must equal those of Mark. Both are 0
	// for any mark.
	Mark, MarkMask uint32
	// TOS is the type of service; 0 for any.
	TOS uint8
	// DSCP is the differentiated-services code point, and DSCPMask the bits of it that
	// count; valid if RuleDSCP is known.
	DSCP, DSCPMask uint8
	// FlowLabelMask are the bits of an IPv6 flow label that must equal those of FlowLabel;
	// 0 for any.
	FlowLabel, FlowLabelMask uint32
	// IPProto is the number of the IP protocol; 0 for any.
	IPProto uint8
	// SourcePort and DestinationPort are the ports; zero for any.
	SourcePort, DestinationPort PortRange
	// FirstUID and LastUID are the users of this host whose packets match; valid if
	// RuleUIDs is known.
	FirstUID, LastUID uint32
	// TunnelID is the key of the tunnel that packets came through; 0 for any.
	TunnelID uint64

	Action RuleAction
	// Table is the number of the routing table of RuleTable, TableName its name as in
	// RouteDetail; 0 for another action and for L3MDev. VRF is the name of the VRF
	// device that has this table; "" for none.
	Table     uint32
	TableName string
	VRF       string
	// Goto is the priority of the rule with which RuleGoto continues. Unresolved reports
	// whether there is no such rule, so that the rule is skipped.
	Goto       uint32
	Unresolved bool
	// SuppressPrefixLength ignores routes with a prefix of this length or a shorter one,
	// SuppressGroup routes through an interface of this group. They are valid if
	// RuleSuppressPrefixLength and RuleSuppressGroup are known.
	SuppressPrefixLength uint8
	SuppressGroup        uint32
	// SourceRealm and Realm are the realms of the packets; 0 for none.
	SourceRealm, Realm uint16
	// Protocol is who made the rule.
	Protocol RouteProtocol
	// Permanent reports whether the kernel made the rule and does not delete it.
	Permanent bool

	Known RuleFields
}

// PortRange is a range of ports. Mask, if not 0, are the bits that count; First and Last
// are then equal. The zero value stands for any port.
type PortRange struct{ First, Last, Mask uint16 }

// RuleFields are fields of a Rule whose value 0 differs from none.
type RuleFields uint8

const (
	RuleUIDs RuleFields = 1 << iota
	RuleDSCP
	RuleSuppressPrefixLength
	RuleSuppressGroup
)

// Has reports whether all given fields are known.
func (f RuleFields) Has(fields RuleFields) bool { return f&fields == fields }

// RuleAction is what a rule does with packets. The zero value is unknown.
type RuleAction uint8

const (
	RuleActionUnknown RuleAction = iota
	RuleTable                    // look for a route in a table
	RuleGoto                     // continue with a later rule
	RuleNop                      // nothing: continue with the next rule
	RuleBlackhole                // drop
	RuleUnreachable              // reject: network unreachable
	RuleProhibit                 // reject: administratively prohibited
)

var ruleActions = [...]string{"unknown", "table", "goto", "nop", "blackhole", "unreachable", "prohibit"}

// String returns the name that ip-rule(8) uses.
func (a RuleAction) String() string { return ruleActions[min(int(a), len(ruleActions)-1)] }

// RuleQuery selects rules.
type RuleQuery struct {
	// Family is Inet or Inet6.
	Family Family
	// Report, if not nil, is called during iteration for warnings, as [Need.Report] is.
	Report func(*OpError)
}

// PolicyRules is implemented by a Source of a system with policy routing.
type PolicyRules interface {
	// Rules yields the rules of a family in the order in which the kernel applies them.
	// Errors are as for Source.Sockets. The last one wraps ErrIncomplete if the rules
	// changed while they were read.
	Rules(ctx context.Context, q RuleQuery) iter.Seq2[Rule, error]
}

// RulesOf yields the rules of a Source. The error wraps errors.ErrUnsupported if its system
// has no policy routing.
func RulesOf(ctx context.Context, src Source, q RuleQuery) iter.Seq2[Rule, error] {
	if s, ok := src.(PolicyRules); ok {
		return s.Rules(ctx, q)
	}
	return func(yield func(Rule, error) bool) {
		yield(Rule{}, &OpError{Op: "list the rules of", Table: Table{Family: q.Family}, Err: errNoPolicyRouting})
	}
}

var errNoPolicyRouting error = noPolicyRouting{}

type noPolicyRouting struct{}

func (noPolicyRouting) Error() string { return "this system has no policy routing: only Linux has it" }
func (noPolicyRouting) Unwrap() error { return errors.ErrUnsupported }
