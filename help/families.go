package help

import (
	"slices"
	"strings"

	"netstat"
)

// familyAbout describes the sockets of each family.
var familyAbout = [...]struct{ about, aboutZH string }{
	netstat.Unix:      {"between programs of one host", "本机程序之间"},
	netstat.Inet:      {"IPv4", "IPv4"},
	netstat.Inet6:     {"IPv6", "IPv6"},
	netstat.IPX:       {"Novell IPX", "Novell IPX"},
	netstat.AX25:      {"amateur radio", "业余无线电"},
	netstat.NetROM:    {"amateur radio", "业余无线电"},
	netstat.ROSE:      {"amateur radio", "业余无线电"},
	netstat.X25:       {"ITU-T X.25", "ITU-T X.25"},
	netstat.AppleTalk: {"AppleTalk DDP", "AppleTalk DDP"},
	netstat.Bluetooth: {"Bluetooth", "蓝牙"},
	netstat.Packet:    {"frames of network interfaces", "网络接口的帧"},
	netstat.Netlink:   {"between programs and the kernel", "程序与内核之间"},
	netstat.VSock:     {"between virtual machines and their host", "虚拟机与宿主机之间"},
	netstat.XDP:       {"frames by way of shared memory", "经共享内存收发的帧"},
	netstat.TIPC:      {"cluster communication", "集群通信"},
	netstat.SMC:       {"TCP by shared memory (RFC 7609)", "经共享内存的 TCP（RFC 7609）"},
	netstat.CAN:       {"Controller Area Network", "控制器局域网"},
	netstat.Key:       {"keys of IPsec", "IPsec 密钥"},
}

func (w *writer) families() {
	w.title("Names for --family=LIST, with commas between them", "--family=列表 的取值，以逗号分隔")
	// Protocols of the Internet, for both IP versions and for IPv6 alone.
	var both, six []string
	var families []netstat.Family
	tables := netstat.Tables()
	for _, t := range tables {
		if !slices.Contains(families, t.Family) {
			families = append(families, t.Family)
		}
		switch t.Family {
		case netstat.Inet:
			both = append(both, t.Protocol.String())
		case netstat.Inet6:
			six = append(six, t.String())
		}
	}
	for _, f := range families {
		about := w.say(familyAbout[f].about, familyAbout[f].aboutZH)
		if f != netstat.Inet && f != netstat.Inet6 {
			for i, name := range tablesOf(tables, f) {
				about += w.say([...]string{": ", ", "}[min(i, 1)], [...]string{": ", "、"}[min(i, 1)]) + name
			}
		}
		w.item(f.String(), 14, about)
	}
	w.item("all", 14, w.say("all of these", "以上全部"))
	w.title("Protocols of the Internet", "互联网协议")
	w.item("IPv4, IPv6", 14, strings.Join(both, ", "))
	w.item(w.say("IPv6 only", "仅 IPv6"), 14, strings.Join(six, ", "))
	w.title("Sockets of one type, as the column netid names them", "单一类型的套接字，如 netid 列所示")
	for _, t := range tables {
		if names := t.Netids(); len(names) > 1 {
			w.item(t.String(), 14, strings.Join(slices.DeleteFunc(names, func(n string) bool { return n == t.String() }), ", "))
		}
	}
}

// tablesOf returns the names of a family's tables, except one named like the family.
func tablesOf(tables []netstat.Table, f netstat.Family) (names []string) {
	for _, t := range tables {
		if t.Family == f && t.Protocol != netstat.ProtocolNone {
			names = append(names, t.String())
		}
	}
	return names
}
