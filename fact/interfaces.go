package fact

import (
	"encoding/hex"
	"strings"

	"netstat"
)

var interfaceFlagNames = []string{
	"up", "broadcast", "debug", "loopback", "point-to-point", "no-trailers", "running", "no-arp",
	"promiscuous", "all-multicast", "master", "slave", "multicast", "port-select", "auto-media",
	"dynamic",
}

var hardwareNames = []string{
	"other", "ethernet", "loopback", "ax25", "netrom", "rose", "x25", "arcnet", "dlci", "frad",
	"eui64", "slip", "cslip", "slip6", "cslip6", "adaptive", "ppp", "hdlc", "lapb", "tunnel",
	"sit", "fddi", "hippi", "ash", "econet", "irda",
}

func interfaceFact(name, about, aboutZH string, kind ValueKind, value func(i *netstat.Interface) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Interface) }}
}

// InterfaceCounter is a counter that interfaces have for each direction.
type InterfaceCounter struct {
	name           string
	title          string // of its column, after RX- or TX-
	about, aboutZH string
	kind           ValueKind
	rx, tx         bool
	absence        netstat.InterfaceCounterSet // the bit set if the system does not keep it, 0 if there is none
	// Of returns a pointer to the counter.
	Of func(c *netstat.InterfaceCounters) *uint64
}

// InterfaceCounters lists all counters of interfaces.
var InterfaceCounters = [...]InterfaceCounter{
	{"packets", "PKT", "packets", "数据包数", ValueNumber, true, true, 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Packets }},
	{"bytes", "BYTES", "bytes", "字节数", ValueBytes, true, true, 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Bytes }},
	{"errors", "ERR", "errors", "错误数", ValueNumber, true, true, 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Errors }},
	{"dropped", "DRP", "packets dropped", "丢弃的数据包数", ValueNumber, true, true, 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Dropped }},
	{"fifo", "FIFO", "queue overruns", "队列溢出次数", ValueNumber, true, true, netstat.CountsFIFO, func(c *netstat.InterfaceCounters) *uint64 { return &c.FIFO }},
	{"frame", "FRAME", "misaligned frames", "未对齐的帧数", ValueNumber, true, false, netstat.CountsFrame, func(c *netstat.InterfaceCounters) *uint64 { return &c.Frame }},
	{"carrier", "CARR", "carrier losses", "载波丢失次数", ValueNumber, false, true, netstat.CountsCarrier, func(c *netstat.InterfaceCounters) *uint64 { return &c.Carrier }},
	{"collisions", "COLL", "collisions", "冲突次数", ValueNumber, false, true, netstat.CountsCollisions, func(c *netstat.InterfaceCounters) *uint64 { return &c.Collisions }},
	{"compressed", "COMP", "compressed packets", "压缩的数据包数", ValueNumber, true, true, netstat.CountsCompressed, func(c *netstat.InterfaceCounters) *uint64 { return &c.Compressed }},
	{"multicast", "MCAST", "multicast packets", "多播数据包数", ValueNumber, true, false, netstat.CountsMulticast, func(c *netstat.InterfaceCounters) *uint64 { return &c.Multicast }},
	{"non_unicast", "NUCAST", "broadcast and multicast packets", "广播和多播数据包数", ValueNumber, true, true, netstat.CountsNonUnicast, func(c *netstat.InterfaceCounters) *uint64 { return &c.NonUnicast }},
	{"unknown_protocols", "UNKN", "packets of unknown protocols", "协议未知的数据包数", ValueNumber, true, false, netstat.CountsUnknownProtocols, func(c *netstat.InterfaceCounters) *uint64 { return &c.UnknownProtocols }},
	{"length_errors", "LEN", "packets of bad length", "长度错误的数据包数", ValueNumber, true, false, netstat.CountsLengthErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.LengthErrors }},
	{"over_errors", "OVER", "packets that the ring had no room for", "环形缓冲区溢出的数据包数", ValueNumber, true, false, netstat.CountsOverErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.OverErrors }},
	{"crc_errors", "CRC", "packets with a bad checksum", "校验和错误的数据包数", ValueNumber, true, false, netstat.CountsCRCErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.CRCErrors }},
	{"frame_errors", "ALIGN", "packets with bad alignment", "对齐错误的数据包数", ValueNumber, true, false, netstat.CountsFrameErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.FrameErrors }},
	{"missed_errors", "MISS", "packets that found no room in the device; part of dropped", "设备无空间接收的数据包数；计入丢弃数", ValueNumber, true, false, netstat.CountsMissedErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.MissedErrors }},
	{"nohandler", "NOHDL", "packets dropped on an inactive bond or bridge member", "因是 bond 或网桥的非活动成员而丢弃的数据包数", ValueNumber, true, false, netstat.CountsNoHandler, func(c *netstat.InterfaceCounters) *uint64 { return &c.NoHandler }},
	{"otherhost_dropped", "OTHER", "packets dropped that were for another host", "因发往其他主机而丢弃的数据包数", ValueNumber, true, false, netstat.CountsOtherHostDropped, func(c *netstat.InterfaceCounters) *uint64 { return &c.OtherHostDropped }},
	{"aborted_errors", "ABRT", "aborted packets", "中止的数据包数", ValueNumber, false, true, netstat.CountsAbortedErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.AbortedErrors }},
	{"carrier_errors", "NOCARR", "packets lost for lack of a carrier", "因无载波而丢失的数据包数", ValueNumber, false, true, netstat.CountsCarrierErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.CarrierErrors }},
	{"heartbeat_errors", "HBEAT", "heartbeat errors", "心跳错误数", ValueNumber, false, true, netstat.CountsHeartbeatErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.HeartbeatErrors }},
	{"window_errors", "WIN", "late collisions", "迟到的冲突次数", ValueNumber, false, true, netstat.CountsWindowErrors, func(c *netstat.InterfaceCounters) *uint64 { return &c.WindowErrors }},
	{"unicast_bytes", "UBYTES", "bytes of unicast packets (Windows)", "单播数据包的字节数（Windows）", ValueBytes, true, true, netstat.CountsUnicastBytes, func(c *netstat.InterfaceCounters) *uint64 { return &c.UnicastBytes }},
	{"multicast_bytes", "MBYTES", "bytes of multicast packets (Windows)", "多播数据包的字节数（Windows）", ValueBytes, true, true, netstat.CountsMulticastBytes, func(c *netstat.InterfaceCounters) *uint64 { return &c.MulticastBytes }},
	{"broadcast_bytes", "BBYTES", "bytes of broadcast packets (Windows)", "广播数据包的字节数（Windows）", ValueBytes, true, true, netstat.CountsBroadcastBytes, func(c *netstat.InterfaceCounters) *uint64 { return &c.BroadcastBytes }},
}

// Known returns the counter, or false if the system does not keep it.
func (k *InterfaceCounter) Known(i *netstat.Interface, c *netstat.InterfaceCounters) (uint64, bool) {
	return *k.Of(c), i.HasCounters && c.Absent&k.absence == 0
}

func counterFact(k *InterfaceCounter, name, alias, way, wayZH string, of func(i *netstat.Interface) *netstat.InterfaceCounters) Fact {
	about := withRemark(k.about, way, " (", ", ", ")")
	aboutZH := withRemark(k.aboutZH, wayZH, "（", "，", "）")
	c := interfaceFact(name+k.name, about, aboutZH, k.kind, func(i *netstat.Interface) Value {
		n, ok := k.Known(i, of(i))
		if !ok {
			return Value{}
		}
		return Value{Kind: k.kind, Number: n}
	})
	return c.also(alias + k.name).titled(strings.ToUpper(name[:2]) + "-" + k.title).sums()
}

// withRemark adds a remark to the one in brackets at the end of a text. A list with little
// room omits it.
func withRemark(text, remark, open, comma, end string) string {
	if before, some := strings.CutSuffix(text, end); some {
		return before + comma + remark + end
	}
	return text + open + remark + end
}

func receiveCounters(i *netstat.Interface) *netstat.InterfaceCounters  { return &i.Receive }
func transmitCounters(i *netstat.Interface) *netstat.InterfaceCounters { return &i.Transmit }

func interfaceFacts() []Fact {
	list := make([]Fact, 0, 160)
	list = append(list,
		interfaceFact("name", "interface name", "接口名称", ValueText, func(i *netstat.Interface) Value { return textValue(i.Name) }).also("interface").cut(),
		interfaceFact("index", "interface index", "接口索引", ValueNumber, func(i *netstat.Interface) Value { return countValue(uint64(i.Index)) }),
		Fact{
			Name: "altnames", About: "alternative names", AboutZH: "其他名称", Kind: ValueText, Cut: true,
			Value: func(r *Record) Value {
				if len(r.Interface.AltNames) == 0 {
					return Value{}
				}
				return textValue(r.Interface.AltNames[0])
			},
			All: func(r *Record, list []Value) []Value { return appendTexts(list, r.Interface.AltNames) },
		},
		interfaceFact("alias", "administrator's description (ip link set alias)", "管理员所写的说明（ip link set alias）", ValueText, func(i *netstat.Interface) Value { return textValue(i.Alias) }).cut(),
		interfaceFact("description", "driver's description (Windows)", "驱动程序的说明（Windows）", ValueText, func(i *netstat.Interface) Value { return textValue(i.Description) }).cut(),
		setFact("flags", "flags set: up, broadcast, running, …", "已设置的标志: up、broadcast、running 等", interfaceFlagNames, func(r *Record) (uint64, bool) {
			return uint64(r.Interface.Flags), !r.Interface.Partial
		}).cut(),
		interfaceFact("up", "interface is up", "接口已启用", ValueFlag, func(i *netstat.Interface) Value {
			if i.Partial {
				return Value{}
			}
			return flagValue(i.Flags.Has(netstat.InterfaceUp))
		}),
		interfaceFact("mtu", "maximum packet size", "数据包的最大长度", ValueBytes, func(i *netstat.Interface) Value {
			if i.Partial {
				return Value{}
			}
			return bytesValue(uint64(i.MTU))
		}),
		interfaceFact("queue_length", "length of the transmit queue, in packets", "发送队列的长度（数据包数）", ValueNumber, func(i *netstat.Interface) Value {
			if !i.HasQueueLen {
				return Value{}
			}
			return numberValue(uint64(i.QueueLen))
		}).titled("TXQLEN"),
		interfaceFact("hardware", "link type", "链路类型", ValueText, func(i *netstat.Interface) Value {
			if i.Partial {
				return Value{}
			}
			return textValue(nameAt(hardwareNames, i.Hardware))
		}),
		interfaceFact("hardware_code", "system's number of the link type", "链路类型的系统编号", ValueNumber, func(i *netstat.Interface) Value { return countValue(uint64(i.HardwareCode)) }).titled("HW-CODE"),
		interfaceFact("hardware_address", "link-layer address", "链路层地址", ValueText, func(i *netstat.Interface) Value { return hardwareAddressValue(i.HardwareAddr) }),
		Fact{
			Name: "addresses", About: "IP addresses with prefix lengths", AboutZH: "IP 地址与前缀长度", Kind: ValueAddress, Hosts: true, Needs: Needs{Addresses: true},
			Value: func(r *Record) Value {
				if len(r.Interface.Addrs) == 0 {
					return Value{}
				}
				return prefixValue(r.Interface.Addrs[0].Prefix)
			},
			All: func(r *Record, list []Value) []Value {
				for i := range r.Interface.Addrs {
					list = append(list, prefixValue(r.Interface.Addrs[i].Prefix))
				}
				return list
			},
		},
	)
	list = append(list, linkFacts()...)
	for k := range InterfaceCounters {
		if c := &InterfaceCounters[k]; c.rx {
			list = append(list, counterFact(c, "rx_", "receive_", "receiving", "接收", receiveCounters))
		}
	}
	for k := range InterfaceCounters {
		if c := &InterfaceCounters[k]; c.tx {
			list = append(list, counterFact(c, "tx_", "transmit_", "sending", "发送", transmitCounters))
		}
	}
	for k := range InterfaceCounters {
		c := &InterfaceCounters[k]
		rate := func(way, alias string, of func(r *Rates) *[len(InterfaceCounters)]Value) Fact {
			f := Fact{
				Name: way + c.name + "_per_second", About: "rate of " + way + c.name + " (with --delta)", AboutZH: way + c.name + " 的速率（与 --delta 同用）", Aliases: []string{alias + c.name + "_per_second"}, Kind: ValueMilli, Sums: true,
				Value: func(r *Record) Value {
					if r.Rates == nil {
						return Value{}
					}
					return of(r.Rates)[k]
				},
			}
			title := c.title
			if c.kind == ValueBytes {
				title = strings.TrimSuffix(title, "YTES")
			}
			return f.titled(strings.ToUpper(way[:2]) + "-" + title + "/S")
		}
		if c.rx {
			list = append(list, rate("rx_", "receive_", func(r *Rates) *[len(InterfaceCounters)]Value { return &r.Receive }))
		}
		if c.tx {
			list = append(list, rate("tx_", "transmit_", func(r *Rates) *[len(InterfaceCounters)]Value { return &r.Transmit }))
		}
	}
	return interfaceSections(list)
}

// hardwareAddressValue returns a link-layer address as text, or an absent value for none.
func hardwareAddressValue(address []byte) Value {
	if len(address) == 0 {
		return Value{}
	}
	b := make([]byte, 0, 3*len(address))
	for k := range address {
		if k > 0 {
			b = append(b, ':')
		}
		b = hex.AppendEncode(b, address[k:k+1])
	}
	return textValue(string(b))
}
