package diagnose

import (
	"strconv"

	"netstat"
)

// v6Only finds ports that accept connections over one version of IP only, on a host that
// has addresses of both.
func v6Only() *Rule {
	return &Rule{
		Name: "v6-only",
		Signal: Text{
			"TCP listeners on every address of one version of IP, whose port has no listener for the other version, on a host with addresses of both",
			"主机同时有 IPv4 与 IPv6 地址时，仅在某一 IP 版本的所有地址上监听、而该端口没有另一版本监听的 TCP 套接字",
		},
		Threshold: Text{"any: info", "存在即 info"},
		Doubt:     Text{"it may be wanted", "可能有意如此"},
		Source:    "ipv6(7) (IPV6_V6ONLY), RFC 3493 section 5.3",
		Needs: Needs{
			Protocols: []netstat.Protocol{netstat.TCP}, Facts: netstat.FactInode | netstat.FactV6Only, Owners: true,
			Process: processNames, Interfaces: true,
		},
		new: func() check { return &v6OnlyCheck{} },
	}
}

type v6OnlyCheck struct {
	ports   map[uint16]*portVersions
	unknown bool // it is unknown whether a listener on [::] accepts IPv4
}

// portVersions is what listeners of a port accept.
type portVersions struct {
	ipv4, ipv6 bool           // connections over this version, at some address
	all4, all6 bool           // at every address
	example4   netstat.Socket // the listeners at every address
	example6   netstat.Socket
}

func (c *v6OnlyCheck) socket(_ *Moment, s *netstat.Socket) {
	if s.State != netstat.Listen {
		return
	}
	p := c.ports[s.Local.Port]
	if p == nil {
		if c.ports == nil {
			c.ports = make(map[uint16]*portVersions)
		}
		p = new(portVersions)
		c.ports[s.Local.Port] = p
	}
	all := s.Local.IP.IsUnspecified()
	if s.Local.IP.Unmap().Is4() {
		p.ipv4 = true
		if all && !p.all4 {
			p.all4, p.example4 = true, *s
		}
		return
	}
	p.ipv6 = true
	if !all {
		return
	}
	only, known := s.OnlyV6()
	if !known || !only {
		p.ipv4 = true // or it is unknown
		c.unknown = c.unknown || !known
		return
	}
	if !p.all6 {
		p.all6, p.example6 = true, *s
	}
}

func (c *v6OnlyCheck) conclude(m *Moment) {
	ports := c.ports
	unknown := c.unknown
	*c = v6OnlyCheck{}
	if unknown {
		m.cannot(m.say("this system does not report whether listeners on [::] accept IPv4", "此系统不提供 [::] 上的监听套接字是否接受 IPv4"))
	}
	has4, has6 := m.versions()
	if !has4 || !has6 || m.Unread("tcp") != nil || m.Unread("tcp6") != nil {
		return
	}
	var only4, only6 []*portVersions
	for _, port := range sortedKeys(ports) {
		p := ports[port]
		if p.all4 && !p.ipv6 {
			only4 = append(only4, p)
		}
		if p.all6 && !p.ipv4 {
			only6 = append(only6, p)
		}
	}
	if len(only6) > 0 {
		f := singleVersion(m, only6, func(p *portVersions) *netstat.Socket { return &p.example6 })
		f.Text = m.say("IPv4 clients cannot connect to "+f.Text+": the listener on [::] refuses IPv4 (IPV6_V6ONLY)",
			"IPv4 客户端无法连接"+f.Text+": [::] 上的监听套接字拒绝 IPv4（IPV6_V6ONLY）")
		f.Advice = m.say("if IPv4 is wanted, let the program listen on 0.0.0.0 too, or turn IPV6_V6ONLY off (net.ipv6.bindv6only=0)",
			"若需要 IPv4，让程序也在 0.0.0.0 上监听，或关闭 IPV6_V6ONLY（net.ipv6.bindv6only=0）")
		f.Command = "-6tlnp --filter 'v6only = yes'"
		m.find(f)
	}
	if len(only4) > 0 {
		f := singleVersion(m, only4, func(p *portVersions) *netstat.Socket { return &p.example4 })
		f.Text = m.say("IPv6 clients cannot connect to "+f.Text+": the only listener is on 0.0.0.0",
			"IPv6 客户端无法连接"+f.Text+": 只有 0.0.0.0 上的监听套接字")
		f.Advice = m.say("if IPv6 is wanted, let the program listen on [::], which accepts both unless IPV6_V6ONLY is set",
			"若需要 IPv6，让程序在 [::] 上监听；除非设置 IPV6_V6ONLY，它同时接受两者")
		f.Command = "-4tlnp --filter 'exposure = wildcard'"
		m.find(f)
	}
}

// portsNamed is how many ports a text names.
const portsNamed = 5

// singleVersion begins a finding about ports. Its Text names them.
func singleVersion(m *Moment, list []*portVersions, example func(*portVersions) *netstat.Socket) netstat.Finding {
	names := ""
	for i, p := range list[:min(len(list), portsNamed)] {
		if i > 0 {
			names += ", "
		}
		names += strconv.Itoa(int(example(p).Local.Port))
	}
	if more := len(list) - portsNamed; more > 0 {
		names += m.say(" and "+strconv.Itoa(more)+" others", " 及另外 "+strconv.Itoa(more)+" 个端口")
	}
	text := m.say("ports ", "端口 ") + names
	if len(list) == 1 {
		text = m.say("port ", "端口 ") + names
	}
	return netstat.Finding{
		Subject:  m.aboutSocket(example(list[0])),
		Severity: netstat.Info,
		Text:     text,
		Evidence: []netstat.Evidence{{Fact: "count", Value: netstat.NumberOf(uint64(len(list)))}},
	}
}

// versions reports of which versions of IP the host has addresses that other hosts can
// reach.
func (m *Moment) versions() (ipv4, ipv6 bool) {
	for i := range m.Interfaces {
		for _, a := range m.Interfaces[i].Addrs {
			switch ip := a.Prefix.Addr(); {
			case !ip.IsGlobalUnicast():
			case ip.Is4():
				ipv4 = true
			default:
				ipv6 = true
			}
		}
	}
	return ipv4, ipv6
}
