package fact

import (
	"math/bits"
	"strconv"
	"strings"
	"time"

	"netstat"
)

// linkFact returns a fact of netstat.Link.
func linkFact(name, about, aboutZH string, kind ValueKind, value func(l *netstat.Link) Value) Fact {
	f := interfaceFact(name, about, aboutZH, kind, func(i *netstat.Interface) Value {
		if i.Link == nil {
			return Value{}
		}
		return value(i.Link)
	})
	f.Optional = true
	return f.needing(Needs{Interface: netstat.InterfaceLink})
}

func linkText(name, about, aboutZH string, value func(l *netstat.Link) string) Fact {
	return linkFact(name, about, aboutZH, ValueText, func(l *netstat.Link) Value { return textValue(value(l)) })
}

// driverText returns a fact that the driver tells.
func driverText(name, about, aboutZH string, value func(l *netstat.Link) string) Fact {
	return linkText(name, about, aboutZH, value).needing(Needs{Interface: netstat.InterfaceDriver})
}

func linkNumberFact(n netstat.LinkNumber, about, aboutZH string, kind ValueKind) Fact {
	return linkFact(n.String(), about, aboutZH, kind, func(l *netstat.Link) Value {
		v, ok := l.Numbers.Value(n)
		if !ok {
			return Value{}
		}
		return Value{Kind: kind, Number: v}
	})
}

// several makes a fact of one that appends all of its values.
func several(f Fact, all func(i *netstat.Interface, list []Value) []Value) Fact {
	f.Value = func(r *Record) Value {
		if list := all(r.Interface, nil); len(list) > 0 {
			return list[0]
		}
		return Value{}
	}
	f.All = func(r *Record, list []Value) []Value { return all(r.Interface, list) }
	return f
}

// addrFact returns a fact about each address that has one.
func addrFact(name, about, aboutZH string, kind ValueKind, all func(a *netstat.InterfaceAddr, list []Value) []Value) Fact {
	f := Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Optional: true, Needs: Needs{Interface: netstat.InterfaceLink, Addresses: true}}
	return several(f, func(i *netstat.Interface, list []Value) []Value {
		for k := range i.Addrs {
			if i.Addrs[k].Detail != nil {
				list = all(&i.Addrs[k], list)
			}
		}
		return list
	})
}

var addrFlagNames = [...]string{
	"secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr", "noprefixroute", "autojoin", "stable-privacy",
}

func appendAddrFlags(list []string, flags netstat.AddrFlags) []string {
	for ; flags != 0; flags &= flags - 1 {
		if n := bits.TrailingZeros32(uint32(flags)); n < len(addrFlagNames) {
			list = append(list, addrFlagNames[n])
		}
	}
	return list
}

func appendOrigin(list []Value, a *netstat.InterfaceAddr, part func(w *netstat.WindowsAddr) netstat.AddrOrigin) []Value {
	if w := a.Detail.Windows; w != nil && part(w) != netstat.AddrOriginUnknown {
		list = append(list, textValue(part(w).String()))
	}
	return list
}

// addrText returns an address with its facts, as ip-address(8) writes them.
func addrText(a *netstat.InterfaceAddr) string {
	d := a.Detail
	words := []string{a.Prefix.String()}
	add := func(key, value string) {
		if value != "" {
			words = append(words, key, value)
		}
	}
	switch {
	case d.Peer.IsValid():
		add("peer", d.Peer.String())
	case a.Peer.IsValid() && a.Peer != a.Prefix.Addr():
		add("peer", a.Peer.String())
	}
	if a.Broadcast.IsValid() {
		add("brd", a.Broadcast.String())
	}
	add("scope", d.Scope.String())
	words = appendAddrFlags(words, d.Flags)
	add("label", a.Label)
	life := func(limited bool, d time.Duration) string {
		if !limited {
			return "forever"
		}
		return strconv.FormatInt(int64(d/time.Second), 10) + "sec"
	}
	add("valid_lft", life(d.ValidLimited, d.Valid))
	add("preferred_lft", life(d.PreferredLimited, d.Preferred))
	return strings.Join(words, " ")
}

// settingText returns a setting as name=value.
func settingText(s *netstat.LinkSetting) Value {
	if s.IsText {
		return textValue(s.Name + "=" + s.Text)
	}
	return textValue(s.Name + "=" + strconv.FormatUint(s.Number, 10))
}

// kindSetting returns a fact about a setting of some kinds of interface.
func kindSetting(name, about, aboutZH, setting string, kind ValueKind, kinds ...string) Fact {
	return linkFact(name, about, aboutZH, kind, func(l *netstat.Link) Value {
		for _, k := range kinds {
			if l.Kind != k {
				continue
			}
			s, ok := l.Setting(setting)
			switch {
			case !ok:
			case kind == ValueNumber && !s.IsText:
				return numberValue(s.Number)
			case kind == ValueText && s.IsText:
				return textValue(s.Text)
			case kind == ValueText:
				return textValue(strconv.FormatUint(s.Number, 10))
			}
		}
		return Value{}
	})
}

// refText returns the name of another interface, or its number as ip-link(8) writes it.
func refText(r netstat.LinkRef) string {
	if r.Name == "" && r.Index != 0 {
		return "if" + strconv.FormatUint(uint64(r.Index), 10)
	}
	return r.Name
}

// linkFacts returns the facts of netstat.Link and of the details of addresses.
func linkFacts() []Fact {
	carrier := linkFact("carrier", "link has a signal", "链路有载波", ValueFlag, func(l *netstat.Link) Value {
		if !l.HasCarrier {
			return Value{}
		}
		return flagValue(l.Carrier)
	})
	netns := linkText("lower_netns", "network namespace of the lower interface", "下层接口所在的网络命名空间（若不同）", func(l *netstat.Link) string { return l.LowerNetns }).
		needing(Needs{Interface: netstat.InterfaceNetns}).also("peer_netns").cut()
	speed := linkNumberFact(netstat.LinkSpeed, "speed in bits per second", "速率，以比特每秒计", ValueNumber).needing(Needs{Interface: netstat.InterfaceDriver}).counts()
	return []Fact{
		linkText("kind", "kind of a virtual interface: bridge, vlan, veth, tun, …", "虚拟接口的种类: bridge、vlan、veth、tun 等", func(l *netstat.Link) string { return l.Kind }).word(),
		linkText("master", "bridge, bond or VRF that the interface belongs to", "接口所属的网桥、bond 或 VRF", func(l *netstat.Link) string { return refText(l.Master) }).cut(),
		linkText("slave_kind", "kind of the master, if it has settings for the interface", "主接口的种类（若有针对此接口的设置）", func(l *netstat.Link) string { return l.SlaveKind }).word(),
		linkText("lower", "interface below; for a veth its peer", "下层接口；对 veth 为对端", func(l *netstat.Link) string { return refText(l.Lower) }).also("link", "peer").cut(),
		linkFact("lower_index", "index of the lower interface", "下层接口的索引", ValueNumber, func(l *netstat.Link) Value { return countValue(uint64(l.Lower.Index)) }).also("peer_index"),
		netns,
		linkFact("lower_netns_id", "number of that namespace in this one", "该命名空间在本命名空间中的编号", ValueNumber, func(l *netstat.Link) Value {
			if !l.HasLowerNetns {
				return Value{}
			}
			return numberValue(uint64(l.LowerNetnsID))
		}).also("link_netnsid"),
		linkText("operstate", "operational state: up, down, lowerlayerdown, dormant, …", "运行状态: up、down、lowerlayerdown、dormant 等", func(l *netstat.Link) string { return l.OperState.String() }).
			one(texts(netstat.OperUnknown, netstat.OperUp)),
		carrier,
		linkNumberFact(netstat.LinkCarrierChanges, "changes of the carrier", "载波变化的次数", ValueNumber).counts().sums(),
		linkNumberFact(netstat.LinkCarrierUps, "times that the carrier came", "载波出现的次数", ValueNumber).counts().sums(),
		linkNumberFact(netstat.LinkCarrierDowns, "times that the carrier went", "载波消失的次数", ValueNumber).counts().sums(),
		linkNumberFact(netstat.LinkGroup, "group of interfaces; 0 is the default", "接口组；0 为默认组", ValueNumber),
		speed,
		linkNumberFact(netstat.LinkReceiveSpeed, "speed of receiving in bits per second, if it differs (Windows)", "接收速率（若不同），以比特每秒计（Windows）", ValueNumber).counts(),
		driverText("duplex", "both directions at once: full, half", "双工: full、half", func(l *netstat.Link) string { return l.Duplex.String() }).word(),
		driverText("driver", "device driver", "设备驱动程序", func(l *netstat.Link) string { return l.Driver }).word(),
		driverText("driver_version", "version of the driver", "驱动程序的版本", func(l *netstat.Link) string { return l.DriverVersion }).cut(),
		driverText("firmware", "version of the firmware", "固件的版本", func(l *netstat.Link) string { return l.Firmware }).cut(),
		driverText("bus_info", "place on the bus", "在总线上的位置", func(l *netstat.Link) string { return l.BusInfo }),
		linkText("parent_bus", "bus of the device: pci, virtio, …", "设备所在的总线: pci、virtio 等", func(l *netstat.Link) string { return l.ParentBus }).word(),
		linkText("parent_device", "name of the device on its bus", "设备在总线上的名称", func(l *netstat.Link) string { return l.ParentDevice }),
		linkText("port_name", "name of the physical port", "物理端口的名称", func(l *netstat.Link) string { return l.PortName }).cut(),
		linkFact("permanent_address", "link-layer address that the device was made with", "设备出厂的链路层地址", ValueText, func(l *netstat.Link) Value { return hardwareAddressValue(l.PermanentAddr) }).also("permaddr"),
		linkFact("broadcast_address", "link-layer broadcast address", "链路层广播地址", ValueText, func(l *netstat.Link) Value { return hardwareAddressValue(l.Broadcast) }),
		linkText("guid", "identity of the interface (Windows)", "接口的标识（Windows）", func(l *netstat.Link) string { return l.GUID }),
		linkText("network_guid", "identity of the network that the interface belongs to (Windows)", "接口所属网络的标识（Windows）", func(l *netstat.Link) string { return l.NetworkGUID }),
		linkText("qdisc", "root queueing discipline", "根排队规则", func(l *netstat.Link) string { return l.QueueDiscipline }).word(),
		linkNumberFact(netstat.LinkTxQueues, "transmit queues", "发送队列数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkRxQueues, "receive queues", "接收队列数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkMinMTU, "smallest possible MTU", "MTU 的最小值", ValueBytes),
		linkNumberFact(netstat.LinkMaxMTU, "largest possible MTU; 0 for no limit", "MTU 的最大值；0 为无限制", ValueBytes),
		linkNumberFact(netstat.LinkPromiscuity, "how many want packets for other hosts", "要求接收发往其他主机的数据包的计数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkAllMulticast, "how many want all multicast packets", "要求接收全部多播数据包的计数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkGSOMaxSize, "largest packet for segmentation offload", "分段卸载的最大数据包", ValueBytes),
		linkNumberFact(netstat.LinkGSOMaxSegments, "most segments of such a packet", "此类数据包的最多分段数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkTSOMaxSize, "largest packet that the device can segment", "设备可分段的最大数据包", ValueBytes),
		linkNumberFact(netstat.LinkTSOMaxSegments, "most segments that the device can make", "设备的最多分段数", ValueNumber).counts(),
		linkNumberFact(netstat.LinkGROMaxSize, "largest packet that receive offload builds", "接收卸载所合并的最大数据包", ValueBytes),
		linkNumberFact(netstat.LinkGSOIPv4MaxSize, "gso_max_size for IPv4", "IPv4 的 gso_max_size", ValueBytes),
		linkNumberFact(netstat.LinkGROIPv4MaxSize, "gro_max_size for IPv4", "IPv4 的 gro_max_size", ValueBytes),
		several(linkText("xdp", "XDP programs attached, as mode:number", "所附的 XDP 程序，形如 模式:编号", nil), func(i *netstat.Interface, list []Value) []Value {
			if i.Link != nil {
				for _, p := range i.Link.XDP {
					list = append(list, textValue(p.Mode.String()+":"+strconv.FormatUint(uint64(p.ID), 10)))
				}
			}
			return list
		}),
		kindSetting("vlan_id", "number of the VLAN", "VLAN 编号", "id", ValueNumber, "vlan"),
		kindSetting("vlan_protocol", "protocol of the VLAN: 802.1Q, 802.1ad", "VLAN 协议: 802.1Q、802.1ad", "protocol", ValueText, "vlan").word(),
		kindSetting("vni", "number of the VXLAN or Geneve network", "VXLAN 或 Geneve 网络的编号", "id", ValueNumber, "vxlan", "geneve"),
		kindSetting("mode", "mode of a bond, macvlan or ipvlan", "bond、macvlan 或 ipvlan 的模式", "mode", ValueText, "bond", "macvlan", "macvtap", "ipvlan", "ipvtap").word(),
		kindSetting("tun_type", "type of a tun interface: tun, tap", "tun 接口的类型: tun、tap", "type", ValueText, "tun").word(),
		kindSetting("vrf_table", "routing table of a VRF", "VRF 的路由表", "table", ValueNumber, "vrf"),
		several(linkText("settings", "settings of the kind, as name=value", "该种类的设置，形如 名称=值", nil), func(i *netstat.Interface, list []Value) []Value {
			if i.Link != nil {
				for k := range i.Link.Settings {
					list = append(list, settingText(&i.Link.Settings[k]))
				}
			}
			return list
		}).cut(),
		several(linkText("slave_settings", "settings that the master keeps of the interface", "主接口针对此接口的设置", nil), func(i *netstat.Interface, list []Value) []Value {
			if i.Link != nil {
				for k := range i.Link.SlaveSettings {
					list = append(list, settingText(&i.Link.SlaveSettings[k]))
				}
			}
			return list
		}).cut(),
		addrFact("address_details", "each address with peer, scope, flags, label and lifetimes", "每个地址及其对端、范围、标志、标签和有效期", ValueText, func(a *netstat.InterfaceAddr, list []Value) []Value { return append(list, textValue(addrText(a))) }).cut(),
		addrFact("address_scopes", "scope of each address: global, link, host, …", "每个地址的范围: global、link、host 等", ValueText, func(a *netstat.InterfaceAddr, list []Value) []Value {
			return append(list, textValue(a.Detail.Scope.String()))
		}).word(),
		addrFact("address_flags", "flags of addresses: permanent, deprecated, tentative, …", "地址的标志: permanent、deprecated、tentative 等", ValueText, func(a *netstat.InterfaceAddr, list []Value) []Value {
			return appendTexts(list, appendAddrFlags(nil, a.Detail.Flags))
		}).word(),
		addrFact("prefix_origins", "where the prefix of each address comes from: manual, dhcp, ra, … (Windows)", "每个地址的前缀的出处: manual、dhcp、ra 等（Windows）", ValueText, func(a *netstat.InterfaceAddr, list []Value) []Value {
			return appendOrigin(list, a, func(w *netstat.WindowsAddr) netstat.AddrOrigin { return w.Prefix })
		}).word(),
		addrFact("suffix_origins", "where the host part of each address comes from: manual, dhcp, linklayer, random, … (Windows)", "每个地址的主机部分的出处: manual、dhcp、linklayer、random 等（Windows）", ValueText, func(a *netstat.InterfaceAddr, list []Value) []Value {
			return appendOrigin(list, a, func(w *netstat.WindowsAddr) netstat.AddrOrigin { return w.Suffix })
		}).word(),
		addrFact("valid_lifetimes", "times that expiring addresses stay valid", "会过期的地址的剩余有效时间", ValueDuration, func(a *netstat.InterfaceAddr, list []Value) []Value {
			if !a.Detail.ValidLimited {
				return list
			}
			return append(list, durationValue(a.Detail.Valid))
		}),
		addrFact("preferred_lifetimes", "times that expiring addresses stay preferred", "非永久首选的地址的剩余首选时间", ValueDuration, func(a *netstat.InterfaceAddr, list []Value) []Value {
			if !a.Detail.PreferredLimited {
				return list
			}
			return append(list, durationValue(a.Detail.Preferred))
		}),
	}
}
