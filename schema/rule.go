package schema

import "netstat"

var ruleActions = ownNames{fill: func() []string { return namesTo(netstat.RuleProhibit) }}

// AppendRule appends a policy rule as an object.
func AppendRule(b []byte, rule *netstat.Rule) []byte {
	b = appendWord(append(b, '{'), "family", rule.Family.String())
	b = appendPrefix(b, "from", "from_prefix_length", rule.From)
	b = appendPrefix(b, "to", "to_prefix_length", rule.To)
	return append(appendFields(b, func(f *fields) { ruleFields(f, rule) }), '}')
}

// Rule reads what AppendRule wrote.
func (r *Reader) Rule() netstat.Rule {
	var rule netstat.Rule
	var from, to prefixFields
	readFields(r, func(f *fields) {
		if f.taken = from.take(r, f.key, "from", "from_prefix_length") || to.take(r, f.key, "to", "to_prefix_length"); f.taken {
			return
		}
		if f.at("family") {
			rule.Family = r.Family()
			return
		}
		ruleFields(f, &rule)
	})
	rule.From, rule.To = from.prefix(), to.prefix()
	return rule
}

func ruleFields(f *fields, r *netstat.Rule) {
	number(f, "priority", &r.Priority, true)
	flag(f, "invert", &r.Invert, false)
	text(f, "input", &r.Input)
	flag(f, "input_detached", &r.InputDetached, false)
	text(f, "output", &r.Output)
	flag(f, "output_detached", &r.OutputDetached, false)
	flag(f, "l3mdev", &r.L3MDev, false)
	number(f, "mark", &r.Mark, r.MarkMask != 0)
	number(f, "mark_mask", &r.MarkMask, r.Mark != 0)
	number(f, "tos", &r.TOS, false)
	given(f, "dscp", &r.DSCP, &r.Known, netstat.RuleDSCP)
	given(f, "dscp_mask", &r.DSCPMask, &r.Known, netstat.RuleDSCP)
	number(f, "flow_label", &r.FlowLabel, r.FlowLabelMask != 0)
	number(f, "flow_label_mask", &r.FlowLabelMask, r.FlowLabel != 0)
	number(f, "ip_protocol", &r.IPProto, false)
	portRange(f, "source_port", "source_port_last", "source_port_mask", &r.SourcePort)
	portRange(f, "destination_port", "destination_port_last", "destination_port_mask", &r.DestinationPort)
	given(f, "first_uid", &r.FirstUID, &r.Known, netstat.RuleUIDs)
	given(f, "last_uid", &r.LastUID, &r.Known, netstat.RuleUIDs)
	number(f, "tunnel_id", &r.TunnelID, false)
	if f.r != nil || r.Action != netstat.RuleActionUnknown {
		named(f, "action", ruleActions.names(), &r.Action)
	}
	number(f, "table_id", &r.Table, false)
	text(f, "table", &r.TableName)
	text(f, "vrf", &r.VRF)
	number(f, "goto", &r.Goto, r.Action == netstat.RuleGoto)
	flag(f, "unresolved", &r.Unresolved, false)
	given(f, "suppress_prefix_length", &r.SuppressPrefixLength, &r.Known, netstat.RuleSuppressPrefixLength)
	given(f, "suppress_group", &r.SuppressGroup, &r.Known, netstat.RuleSuppressGroup)
	number(f, "source_realm", &r.SourceRealm, false)
	number(f, "realm", &r.Realm, false)
	parsed(f, "protocol", &r.Protocol, netstat.ParseRouteProtocol)
	flag(f, "permanent", &r.Permanent, false)
}

// portRange is the fields of a range of ports; omitted if zero.
func portRange(f *fields, first, last, mask string, p *netstat.PortRange) {
	some := *p != netstat.PortRange{}
	number(f, first, &p.First, some)
	number(f, last, &p.Last, some)
	number(f, mask, &p.Mask, false)
}
