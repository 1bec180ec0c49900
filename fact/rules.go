package fact

import (
	"strconv"

	"netstat"
)

func ruleFact(name, about, aboutZH string, kind ValueKind, value func(r *netstat.Rule) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Rule) }}
}

func ruleFlag(name, about, aboutZH string, value func(r *netstat.Rule) bool) Fact {
	return ruleFact(name, about, aboutZH, ValueFlag, func(r *netstat.Rule) Value { return flagValue(value(r)) })
}

// ruleNumber returns a fact about a number that a rule has if given returns true.
func ruleNumber(name, about, aboutZH string, value func(r *netstat.Rule) uint64, given func(r *netstat.Rule) bool) Fact {
	return ruleFact(name, about, aboutZH, ValueNumber, func(r *netstat.Rule) Value {
		if !given(r) {
			return Value{}
		}
		return numberValue(value(r))
	})
}

func hasMark(r *netstat.Rule) bool      { return r.Mark != 0 || r.MarkMask != 0 }
func hasFlowLabel(r *netstat.Rule) bool { return r.FlowLabel != 0 || r.FlowLabelMask != 0 }
func hasDSCP(r *netstat.Rule) bool      { return r.Known.Has(netstat.RuleDSCP) }
func hasGoto(r *netstat.Rule) bool      { return r.Action == netstat.RuleGoto }

// ruleIdentity names the facts about a rule that the kernel compares when it deletes one:
// family, priority and selectors.
const ruleIdentity = "family,priority,invert,from,to,input,output,l3mdev,mark,mark_mask,tos,dscp,dscp_mask,flow_label,flow_label_mask," +
	"ip_protocol,source_port,destination_port,first_uid,last_uid,tunnel_id,suppress_prefix_length,suppress_group"

func ruleFacts() []Fact {
	return []Fact{
		ruleFact("family", "address family: inet, inet6", "地址族: inet、inet6", ValueText, func(r *netstat.Rule) Value { return textValue(r.Family.String()) }),
		ruleFact("priority", "order of the rule; the lowest is applied first", "规则的次序；最小者最先应用", ValueNumber, func(r *netstat.Rule) Value { return numberValue(uint64(r.Priority)) }).also("pref"),
		ruleFact("selector", "packets that the rule is for, as in ip-rule(8)", "规则所适用的数据包，写法同 ip-rule（8）", ValueText, func(r *netstat.Rule) Value { return textValue(string(appendSelector(nil, r))) }).cut(),
		ruleFact("action", "action: table, goto, nop, blackhole, unreachable, prohibit", "动作: table、goto、nop、blackhole、unreachable、prohibit", ValueText, func(r *netstat.Rule) Value {
			if r.Action == netstat.RuleActionUnknown {
				return Value{}
			}
			return textValue(r.Action.String())
		}).one(texts(netstat.RuleTable, netstat.RuleProhibit)),
		ruleFact("table", "routing table, by name or number", "路由表的名称或编号", ValueText, func(r *netstat.Rule) Value {
			switch {
			case r.TableName != "":
				return textValue(r.TableName)
			case r.Table != 0:
				return textValue(strconv.FormatUint(uint64(r.Table), 10))
			}
			return Value{}
		}),
		ruleNumber("table_id", "number of the routing table", "路由表的编号", func(r *netstat.Rule) uint64 { return uint64(r.Table) }, func(r *netstat.Rule) bool { return r.Table != 0 }),
		ruleFact("vrf", "VRF device that has the table", "拥有此路由表的 VRF 设备", ValueText, func(r *netstat.Rule) Value { return textValue(r.VRF) }).cut(),
		ruleNumber("goto", "priority of the rule to continue with", "接着应用的规则的优先级", func(r *netstat.Rule) uint64 { return uint64(r.Goto) }, hasGoto),
		ruleFlag("unresolved", "rule to continue with is missing: skipped", "无可接着应用的规则，故跳过此规则", func(r *netstat.Rule) bool { return r.Unresolved }),
		ruleFlag("invert", "rule is for packets that do not match", "规则适用于不匹配的数据包", func(r *netstat.Rule) bool { return r.Invert }).also("not"),
		ruleFact("from", "source network", "源网络", ValueAddress, func(r *netstat.Rule) Value { return prefixValue(r.From) }).also("source"),
		ruleFact("to", "destination network", "目的网络", ValueAddress, func(r *netstat.Rule) Value { return prefixValue(r.To) }).also("destination"),
		ruleFact("input", "interface that packets come from", "数据包的入接口", ValueText, func(r *netstat.Rule) Value { return textValue(r.Input) }).also("iif").cut(),
		ruleFact("output", "interface that sockets are bound to", "套接字绑定的接口", ValueText, func(r *netstat.Rule) Value { return textValue(r.Output) }).also("oif").cut(),
		ruleFlag("input_detached", "no interface has the name of the input now", "目前没有以此为名的入接口", func(r *netstat.Rule) bool { return r.InputDetached }),
		ruleFlag("output_detached", "no interface has the name of the output now", "目前没有以此为名的出接口", func(r *netstat.Rule) bool { return r.OutputDetached }),
		ruleFlag("l3mdev", "rule is for packets of VRF devices", "规则适用于 VRF 设备的数据包", func(r *netstat.Rule) bool { return r.L3MDev }),
		ruleNumber("mark", "mark of packets", "数据包的标记", func(r *netstat.Rule) uint64 { return uint64(r.Mark) }, hasMark).also("fwmark"),
		ruleNumber("mark_mask", "bits of the mark that count", "标记中参与比较的位", func(r *netstat.Rule) uint64 { return uint64(r.MarkMask) }, hasMark).also("fwmask"),
		ruleNumber("tos", "type of service", "服务类型", func(r *netstat.Rule) uint64 { return uint64(r.TOS) }, func(r *netstat.Rule) bool { return r.TOS != 0 }),
		ruleNumber("dscp", "differentiated-services code point", "DSCP 值", func(r *netstat.Rule) uint64 { return uint64(r.DSCP) }, hasDSCP),
		ruleNumber("dscp_mask", "bits of the code point that count", "DSCP 中参与比较的位", func(r *netstat.Rule) uint64 { return uint64(r.DSCPMask) }, hasDSCP),
		ruleNumber("flow_label", "flow label (IPv6)", "流标签（IPv6）", func(r *netstat.Rule) uint64 { return uint64(r.FlowLabel) }, hasFlowLabel),
		ruleNumber("flow_label_mask", "bits of the flow label that count", "流标签中参与比较的位", func(r *netstat.Rule) uint64 { return uint64(r.FlowLabelMask) }, hasFlowLabel),
		ruleFact("ip_protocol", "IP protocol: tcp, udp, icmp, … or its number", "IP 协议的名称或编号", ValueText, func(r *netstat.Rule) Value { return textValue(ipProtocolText(r.IPProto)) }).also("ipproto").word(),
		ruleFact("source_port", "source ports: 80, 80-90, 80/0xff (with a mask)", "源端口: 80、80-90、80/0xff（附掩码）", ValueText, func(r *netstat.Rule) Value { return textValue(string(appendPorts(nil, r.SourcePort))) }).also("sport"),
		ruleFact("destination_port", "destination ports", "目的端口", ValueText, func(r *netstat.Rule) Value { return textValue(string(appendPorts(nil, r.DestinationPort))) }).also("dport"),
		ruleNumber("first_uid", "first user ID of the senders", "发送者用户编号的下限", func(r *netstat.Rule) uint64 { return uint64(r.FirstUID) }, func(r *netstat.Rule) bool { return r.Known.Has(netstat.RuleUIDs) }),
		ruleNumber("last_uid", "last user ID of the senders", "发送者用户编号的上限", func(r *netstat.Rule) uint64 { return uint64(r.LastUID) }, func(r *netstat.Rule) bool { return r.Known.Has(netstat.RuleUIDs) }),
		ruleNumber("tunnel_id", "key of the tunnel that packets came through", "数据包所经隧道的键", func(r *netstat.Rule) uint64 { return r.TunnelID }, func(r *netstat.Rule) bool { return r.TunnelID != 0 }).also("tun_id"),
		ruleNumber("suppress_prefix_length", "longest prefix of routes that are ignored", "忽略前缀长度不超过此值的路由", func(r *netstat.Rule) uint64 { return uint64(r.SuppressPrefixLength) }, func(r *netstat.Rule) bool {
			return r.Known.Has(netstat.RuleSuppressPrefixLength)
		}).also("suppress_prefixlength", "suppress_prefixlen"),
		ruleNumber("suppress_group", "interface group whose routes are ignored", "忽略经由此组接口的路由", func(r *netstat.Rule) uint64 { return uint64(r.SuppressGroup) }, func(r *netstat.Rule) bool {
			return r.Known.Has(netstat.RuleSuppressGroup)
		}).also("suppress_ifgroup"),
		ruleNumber("realm", "realm of the destination", "目的 realm", func(r *netstat.Rule) uint64 { return uint64(r.Realm) }, func(r *netstat.Rule) bool { return r.Realm != 0 }),
		ruleNumber("source_realm", "realm of the source", "源 realm", func(r *netstat.Rule) uint64 { return uint64(r.SourceRealm) }, func(r *netstat.Rule) bool { return r.SourceRealm != 0 }),
		ruleFact("protocol", "who made the rule: kernel, static, dhcp, bgp, …", "规则的来源: kernel、static、dhcp、bgp 等", ValueText, func(r *netstat.Rule) Value { return textValue(r.Protocol.String()) }).word(),
		ruleFlag("permanent", "kernel made the rule and does not delete it", "规则由内核创建且不可删除", func(r *netstat.Rule) bool { return r.Permanent }),
	}
}

// appendSelector appends what a rule selects, as ip-rule(8) writes it.
func appendSelector(b []byte, r *netstat.Rule) []byte {
	add := func(words string) { b = append(append(b, ' '), words...) }
	number := func(key string, n uint64) { add(key); b = strconv.AppendUint(append(b, ' '), n, 10) }
	masked := func(key string, n, mask, full uint64) {
		add(key)
		b = strconv.AppendUint(append(b, " 0x"...), n, 16)
		if mask != full {
			b = strconv.AppendUint(append(b, "/0x"...), mask, 16)
		}
	}
	if r.Invert {
		b = append(b, "not "...)
	}
	b = append(b, "from "...)
	if r.From.IsValid() {
		b = r.From.AppendTo(b)
	} else {
		b = append(b, "all"...)
	}
	if r.To.IsValid() {
		add("to")
		b = r.To.AppendTo(append(b, ' '))
	}
	if r.TOS != 0 {
		masked("tos", uint64(r.TOS), 0, 0)
	}
	if hasDSCP(r) {
		masked("dscp", uint64(r.DSCP), uint64(r.DSCPMask), 0x3f)
	}
	if hasMark(r) {
		masked("fwmark", uint64(r.Mark), uint64(r.MarkMask), 1<<32-1)
	}
	for _, i := range [...]struct {
		key, name string
		detached  bool
	}{{"iif", r.Input, r.InputDetached}, {"oif", r.Output, r.OutputDetached}} {
		if i.name != "" {
			add(i.key + " " + i.name)
			if i.detached {
				add("[detached]")
			}
		}
	}
	if r.L3MDev {
		add("l3mdev")
	}
	if r.Known.Has(netstat.RuleUIDs) {
		number("uidrange", uint64(r.FirstUID))
		b = strconv.AppendUint(append(b, '-'), uint64(r.LastUID), 10)
	}
	if r.IPProto != 0 {
		add("ipproto " + ipProtocolText(r.IPProto))
	}
	if r.SourcePort != (netstat.PortRange{}) {
		add("sport ")
		b = appendPorts(b, r.SourcePort)
	}
	if r.DestinationPort != (netstat.PortRange{}) {
		add("dport ")
		b = appendPorts(b, r.DestinationPort)
	}
	if hasFlowLabel(r) {
		masked("flowlabel", uint64(r.FlowLabel), uint64(r.FlowLabelMask), 1<<20-1)
	}
	if r.TunnelID != 0 {
		number("tun_id", r.TunnelID)
	}
	if r.Known.Has(netstat.RuleSuppressPrefixLength) {
		number("suppress_prefixlength", uint64(r.SuppressPrefixLength))
	}
	if r.Known.Has(netstat.RuleSuppressGroup) {
		number("suppress_ifgroup", uint64(r.SuppressGroup))
	}
	return b
}

// appendPorts appends ports of a selector; nothing for any.
func appendPorts(b []byte, p netstat.PortRange) []byte {
	if p == (netstat.PortRange{}) {
		return b
	}
	b = strconv.AppendUint(b, uint64(p.First), 10)
	if p.Last != p.First {
		b = strconv.AppendUint(append(b, '-'), uint64(p.Last), 10)
	}
	if p.Mask != 0 {
		b = strconv.AppendUint(append(b, "/0x"...), uint64(p.Mask), 16)
	}
	return b
}

// ipProtocolText returns the name of an IP protocol, or its number; "" for 0.
func ipProtocolText(n uint8) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 33:
		return "dccp"
	case 58:
		return "ipv6-icmp"
	case 132:
		return "sctp"
	}
	return strconv.Itoa(int(n))
}
