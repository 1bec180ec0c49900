package diagnose

import (
	"strconv"

	"netstat"
)

// smallPathMTU is the path MTU below which a path is unusual: every link that carries
// IPv6 takes 1280 bytes (RFC 8200, section 5).
const smallPathMTU = 1280

// pathMTU finds paths that carry only small packets, and packets too large for their
// path.
func pathMTU() *Rule {
	return &Rule{
		Name: "mtu",
		Signal: Text{
			"packets that were too large and must not be fragmented, lost probes of a path's MTU, and learned path MTUs",
			"过大而不允许分片的报文，丢失的路径 MTU 探测，以及学到的路径 MTU",
		},
		Threshold: Text{
			"one such packet or lost probe between two moments: warning; packets of others that this host forwards, lost probes with tcp_mtu_probing 2, a path MTU below " + strconv.Itoa(smallPathMTU) + ": info",
			"两个时刻之间有一个这样的报文或丢失的探测: warning；本机为他人转发的报文、tcp_mtu_probing 为 2 时丢失的探测、低于 " + strconv.Itoa(smallPathMTU) + " 的路径 MTU: info",
		},
		Doubt: Text{
			"a router that refuses a large packet tells the sender, who then sends smaller ones: only if a firewall drops that ICMP message, connections hang",
			"路由器拒绝过大的报文时会通知发送方改用较小的报文: 只有防火墙丢弃该 ICMP 消息时连接才会挂起",
		},
		Source:  "RFC 1191, RFC 8201, RFC 4821; Documentation/networking/ip-sysctl.rst of the kernel (tcp_mtu_probing)",
		Moments: BetterTwo,
		Windows: true,
		Needs:   Needs{Counters: true, Measures: true, Paths: true},
		new:     func() check { return pathMTUCheck{} },
	}
}

type pathMTUCheck struct{ noSocket }

func (pathMTUCheck) conclude(m *Moment) {
	tooLarge(m)
	lostProbes(m)
	smallPaths(m)
}

// tooLarge finds packets that were too large for the next link.
func tooLarge(m *Moment) {
	evidence, refused, _ := m.grown("Ip.FragFails", "Ip6.FragFails")
	if refused == 0 {
		return
	}
	n := strconv.FormatUint(refused, 10)
	f := netstat.Finding{
		Severity: netstat.Warning,
		Text: m.say("packets were too large for the next link and must not be fragmented: "+n,
			n+" 个报文对下一条链路而言过大，且不允许分片"),
		Advice: m.say("compare the MTU of interfaces and tunnels (ip link), and let the program or tunnel send smaller packets",
			"比较各接口与隧道的 MTU (ip link)，让程序或隧道发送更小的报文"),
		Evidence: evidence,
		Command:  "-s",
	}
	forwarding, _ := m.Counter("Ip.Forwarding") // 1 means yes (RFC 1213)
	tooBig, _ := m.Grown("Ip6.InTooBigErrors")  // only counted while forwarding
	if forwarding == 1 || tooBig > 0 {
		f.Severity = netstat.Info
		f.Text = m.say("packets were too large to forward, and their senders were told: "+n, n+" 个报文过大而无法转发；已通知其发送方")
		f.Advice = m.say("let ICMP \"fragmentation needed\" and ICMPv6 \"packet too big\" pass every firewall, or clamp the MSS of TCP to the path",
			"让 ICMP “需要分片”与 ICMPv6 “报文过大”通过所有防火墙，或将 TCP 的 MSS 限制到路径的 MTU")
	}
	m.find(f)
}

// lostProbes finds probes of TCP for a larger MTU that were lost. With tcp_mtu_probing 1
// TCP probes only after it has lost packets repeatedly, without any message why.
func lostProbes(m *Moment) {
	evidence, lost, known := m.grown("TcpExt.TCPMTUPFail")
	if !known && m.Unread("counters") == nil {
		m.cannot(m.say("no counter of probes for the path MTU (TCPMTUPFail)", "没有路径 MTU 探测的计数器 (TCPMTUPFail)"))
	}
	if lost == 0 {
		return
	}
	n := strconv.FormatUint(lost, 10)
	f := netstat.Finding{
		Severity: netstat.Warning,
		Text: m.say("TCP connections lost large packets without notice; failed probes for the path MTU: "+n,
			"TCP 连接的大报文在没有通知的情况下丢失: "+n+" 次路径 MTU 探测失败"),
		Advice: m.say("find the firewall that drops ICMP (tracepath), or clamp the MSS of TCP to the path",
			"用 tracepath 找出丢弃 ICMP 的防火墙，或将 TCP 的 MSS 限制到路径的 MTU"),
		Evidence: evidence,
		Command:  "-st",
	}
	if probing, ok := m.Measure("sysctl.net.ipv4.tcp_mtu_probing"); ok {
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "sysctl.net.ipv4.tcp_mtu_probing", Value: netstat.NumberOf(probing)})
		if probing == 2 { // every connection probes
			f.Severity = netstat.Info
			f.Text = m.say("TCP's probes for a larger path MTU failed: "+n, "TCP 对更大路径 MTU 的 "+n+" 次探测失败")
		}
	}
	m.find(f)
}

// smallPaths finds IPv4 destinations whose paths carry only small packets. IPv6 ignores
// smaller path MTUs (RFC 8201, section 4).
func smallPaths(m *Moment) {
	var smallest *netstat.Route
	count := 0
	for i := range m.Paths {
		r := &m.Paths[i]
		if r.MTU == 0 || r.MTU >= smallPathMTU {
			continue
		}
		count++
		if smallest == nil || r.MTU < smallest.MTU {
			smallest = r
		}
	}
	if smallest == nil {
		return
	}
	f := netstat.Finding{
		Subject:  netstat.Subject{Kind: netstat.OfRoute, Destination: smallest.Destination, Interface: smallest.Interface},
		Severity: netstat.Info,
		Text: m.say("path carries packets of only "+strconv.FormatUint(uint64(smallest.MTU), 10)+" bytes, as a router reported",
			"路径只能承载 "+strconv.FormatUint(uint64(smallest.MTU), 10)+" 字节的报文，由某个路由器告知"),
		Advice: m.say("find the narrow link with tracepath; forget what was learned with ip route flush cache",
			"用 tracepath 找出窄链路；用 ip route flush cache 清除学到的内容"),
		Evidence: []netstat.Evidence{{Fact: "mtu", Value: netstat.NumberOf(uint64(smallest.MTU)), Limit: netstat.NumberOf(smallPathMTU)}},
		Command:  "-rnC --columns destination,gateway,mtu,interface",
	}
	if count > 1 {
		n := strconv.Itoa(count)
		f.Text = m.say(n+" paths carry only packets smaller than 1280 bytes, the worst of "+strconv.FormatUint(uint64(smallest.MTU), 10),
			n+" 条路径只能承载小于 1280 字节的报文，最小为 "+strconv.FormatUint(uint64(smallest.MTU), 10))
	}
	m.find(f)
}
