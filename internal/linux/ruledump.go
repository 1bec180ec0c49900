package linux

import (
	"encoding/binary"
	"net/netip"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h and fib_rules.h.
const (
	rtmNewRule = 32
	rtmGetRule = 34

	fibRuleHeaderSize = 12

	fraDst            = 1
	fraSrc            = 2
	fraIifname        = 3
	fraGoto           = 4
	fraPriority       = 6
	fraFwmark         = 10
	fraFlow           = 11
	fraTunID          = 12
	fraSuppressGroup  = 13
	fraSuppressLength = 14
	fraTable          = 15
	fraFwmask         = 16
	fraOifname        = 17
	fraL3mdev         = 19
	fraUIDRange       = 20
	fraProtocol       = 21
	fraIPProto        = 22
	fraSportRange     = 23
	fraDportRange     = 24
	fraDSCP           = 25
	fraFlowlabel      = 26
	fraFlowlabelMask  = 27
	fraSportMask      = 28
	fraDportMask      = 29
	fraDSCPMask       = 30

	fibRulePermanent   = 1 << 0
	fibRuleInvert      = 1 << 1
	fibRuleUnresolved  = 1 << 2
	fibRuleIifDetached = 1 << 3
	fibRuleOifDetached = 1 << 4

	fullDSCPMask = 0x3f
)

// ruleActions maps FR_ACT_….
var ruleActions = [...]netstat.RuleAction{
	1: netstat.RuleTable, 2: netstat.RuleGoto, 3: netstat.RuleNop,
	6: netstat.RuleBlackhole, 7: netstat.RuleUnreachable, 8: netstat.RuleProhibit,
}

// appendRuleRequest appends a request to dump the rules of a family (RTM_GETRULE).
func appendRuleRequest(b []byte, seq uint32, family byte) []byte {
	b = netlink.AppendDumpHeader(b, rtmGetRule, seq, fibRuleHeaderSize)
	return append(b, family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

// decodeRule decodes a struct fib_rule_hdr and attributes (fib_nl_fill_rule in
// net/core/fib_rules.c). It returns false for a malformed message and one of another
// family.
func decodeRule(b []byte, family byte) (r netstat.Rule, ok bool) {
	if len(b) < fibRuleHeaderSize || b[0] != family {
		return r, false
	}
	order := binary.NativeEndian
	toLength, fromLength, flags := b[1], b[2], order.Uint32(b[8:])
	r.Family = netstat.Inet
	to, from := netip.IPv4Unspecified(), netip.IPv4Unspecified()
	if family == afInet6 {
		r.Family = netstat.Inet6
		to, from = netip.IPv6Unspecified(), netip.IPv6Unspecified()
	}
	r.TOS, r.Table = b[3], uint32(b[4])
	if action := b[7]; int(action) < len(ruleActions) {
		r.Action = ruleActions[action]
	}
	r.Permanent, r.Invert, r.Unresolved = flags&fibRulePermanent != 0, flags&fibRuleInvert != 0, flags&fibRuleUnresolved != 0
	r.InputDetached, r.OutputDetached = flags&fibRuleIifDetached != 0, flags&fibRuleOifDetached != 0
	r.DSCPMask = fullDSCPMask
	for b = b[fibRuleHeaderSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, valid := netlink.Attribute(b)
		if !valid {
			return r, false
		}
		b = rest
		switch kind {
		case fraDst:
			if to, valid = addrOf(family, value); !valid {
				return r, false
			}
		case fraSrc:
			if from, valid = addrOf(family, value); !valid {
				return r, false
			}
		case fraIifname:
			r.Input = terminated(value)
		case fraOifname:
			r.Output = terminated(value)
		default:
			ruleNumber(&r, kind, value)
		}
	}
	if r.Known&netstat.RuleDSCP == 0 {
		r.DSCPMask = 0
	}
	if r.Action != netstat.RuleTable || r.L3MDev {
		r.Table = 0
	}
	var fromOK, toOK bool
	r.From, fromOK = rulePrefix(from, fromLength)
	r.To, toOK = rulePrefix(to, toLength)
	return r, fromOK && toOK
}

// ruleNumber sets the field of an attribute that holds numbers. One that is too short or
// unknown changes nothing.
func ruleNumber(r *netstat.Rule, kind uint16, value []byte) {
	order := binary.NativeEndian
	n := len(value)
	switch kind {
	case fraL3mdev, fraProtocol, fraIPProto, fraDSCP, fraDSCPMask:
		if n < 1 {
			return
		}
	case fraSportMask, fraDportMask:
		if n < 2 {
			return
		}
	case fraTunID, fraUIDRange:
		if n < 8 {
			return
		}
	default:
		if n < 4 {
			return
		}
	}
	switch kind {
	case fraPriority:
		r.Priority = order.Uint32(value)
	case fraGoto:
		r.Goto = order.Uint32(value)
	case fraTable:
		r.Table = order.Uint32(value)
	case fraFwmark:
		r.Mark = order.Uint32(value)
	case fraFwmask:
		r.MarkMask = order.Uint32(value)
	case fraFlow:
		r.SourceRealm, r.Realm = uint16(order.Uint32(value)>>16), uint16(order.Uint32(value))
	case fraTunID:
		r.TunnelID = binary.BigEndian.Uint64(value)
	case fraSuppressGroup: // -1 for none
		if group := order.Uint32(value); group != 1<<32-1 {
			r.SuppressGroup, r.Known = group, r.Known|netstat.RuleSuppressGroup
		}
	case fraSuppressLength: // -1 for none
		if length := order.Uint32(value); length <= 128 {
			r.SuppressPrefixLength, r.Known = uint8(length), r.Known|netstat.RuleSuppressPrefixLength
		}
	case fraL3mdev:
		r.L3MDev = value[0] != 0
	case fraUIDRange:
		r.FirstUID, r.LastUID = order.Uint32(value), order.Uint32(value[4:])
		r.Known |= netstat.RuleUIDs
	case fraProtocol:
		r.Protocol = netstat.RouteProtocol(value[0])
	case fraIPProto:
		r.IPProto = value[0]
	case fraSportRange:
		r.SourcePort.First, r.SourcePort.Last = order.Uint16(value), order.Uint16(value[2:])
	case fraDportRange:
		r.DestinationPort.First, r.DestinationPort.Last = order.Uint16(value), order.Uint16(value[2:])
	case fraSportMask:
		r.SourcePort.Mask = portMask(order.Uint16(value))
	case fraDportMask:
		r.DestinationPort.Mask = portMask(order.Uint16(value))
	case fraDSCP:
		r.DSCP, r.Known = value[0], r.Known|netstat.RuleDSCP
	case fraDSCPMask:
		r.DSCPMask = value[0]
	case fraFlowlabel:
		r.FlowLabel = binary.BigEndian.Uint32(value)
	case fraFlowlabelMask:
		r.FlowLabelMask = binary.BigEndian.Uint32(value)
	}
}

// portMask returns the mask of a port, 0 if all bits count: since Linux 6.15 every single port
// has a mask.
func portMask(mask uint16) uint16 {
	if mask == 1<<16-1 {
		return 0
	}
	return mask
}

// rulePrefix returns the network of a selector; zero for every address.
func rulePrefix(ip netip.Addr, length uint8) (netip.Prefix, bool) {
	if length == 0 {
		return netip.Prefix{}, true
	}
	p := netip.PrefixFrom(ip, int(length))
	return p, p.IsValid()
}

// terminated returns a text without the zero byte at its end.
func terminated(b []byte) string {
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	return string(b)
}
