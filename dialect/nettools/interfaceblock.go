package nettools

import (
	"strconv"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

const blockIndent = "        "

// appendInterfaceBlock appends the block of an interface that -e shows.
func appendInterfaceBlock(b []byte, row *interfaceRow) []byte {
	i := row.of
	b = appendSafe(b, row.name)
	b = appendFlags(append(b, ": flags="...), i.Flags)
	b = strconv.AppendInt(append(b, "  mtu "...), int64(int32(i.MTU)), 10)
	if i.SLIP != (netstat.SLIPTimers{}) {
		b = ascii.AppendUint(append(b, "  outfill "...), uint64(i.SLIP.Outfill))
		b = ascii.AppendUint(append(b, "  keepalive "...), uint64(i.SLIP.Keepalive))
	}
	b = append(b, '\n')
	b = appendAddrs(b, row)
	if !row.isAlias {
		b = appendNodes(b, i.Nodes)
	}
	b = appendHardware(b, i)
	if i.Flags.Has(netstat.InterfacePortSelect) {
		b = append(b, blockIndent+"media "...)
		b = append(b, mediaText(i.Resources.Media)...)
		if i.Flags.Has(netstat.InterfaceAutoMedia) {
			b = append(b, "autoselect"...)
		}
		b = append(b, '\n')
	}
	if i.HasCounters && !row.isAlias {
		b = appendCounters(b, i, row.is)
	}
	b = appendResources(b, &i.Resources)
	return append(b, '\n')
}

// appendFlags appends the flags as Linux's signed 16-bit number and as words.
// net-tools 2.10 writes the closing bracket after the last word, so without any
// flag the bracket stays open.
func appendFlags(b []byte, flags netstat.InterfaceFlags) []byte {
	var bits uint16
	for _, f := range interfaceFlags {
		if flags.Has(f.flag) {
			bits |= f.bit
		}
	}
	b = strconv.AppendInt(b, int64(int16(bits)), 10)
	if bits == 0 {
		return append(b, '<')
	}
	sep := byte('<')
	for _, f := range interfaceFlags {
		if flags.Has(f.flag) && f.word != "" {
			b = append(append(b, sep), f.word...)
			sep = ','
		}
	}
	if sep == ',' {
		b = append(b, '>')
	}
	return b
}

// scopes lists the scopes of IPv6 addresses with their numbers in Linux, in the
// order of the words.
var scopes = [...]struct {
	scope  netstat.AddrScope
	number uint64
	word   string
}{
	{netstat.ScopeCompat, 0x80, "compat"},
	{netstat.ScopeLink, 0x20, "link"},
	{netstat.ScopeSite, 0x40, "site"},
	{netstat.ScopeHost, 0x10, "host"},
}

// appendAddrs appends the first IPv4 address labelled with the row's name, and
// all IPv6 addresses of the interface.
func appendAddrs(b []byte, row *interfaceRow) []byte {
	for k := range row.of.Addrs {
		a := &row.of.Addrs[k]
		if a.Label != row.name {
			continue
		}
		b = ascii.AppendIP(append(b, blockIndent+"inet "...), a.Prefix.Addr())
		b = appendMask(append(b, "  netmask "...), a.Prefix.Bits())
		if row.of.Flags.Has(netstat.InterfaceBroadcast) {
			b = append(b, "  broadcast "...)
			if a.Broadcast.IsValid() {
				b = ascii.AppendIP(b, a.Broadcast)
			} else {
				b = append(b, "0.0.0.0"...)
			}
		}
		if row.of.Flags.Has(netstat.InterfacePointToPoint) {
			b = ascii.AppendIP(append(b, "  destination "...), a.Peer)
		}
		b = append(b, '\n')
		break
	}
	if row.isAlias {
		return b
	}
	for k := range row.of.Addrs {
		a := &row.of.Addrs[k]
		if !a.Prefix.Addr().Is6() {
			continue
		}
		b = ascii.AppendIP(append(b, blockIndent+"inet6 "...), a.Prefix.Addr().Unmap())
		b = ascii.AppendUint(append(b, "  prefixlen "...), uint64(a.Prefix.Bits()))
		b = appendScope(append(b, "  scopeid 0x"...), a.Scope)
		b = append(b, '\n')
	}
	return b
}

// nodeLabels names the address families, and the frame types of IPX, in the
// order of the lines.
var nodeLabels = [...]struct {
	family netstat.Family
	frame  netstat.Frame
	label  string
}{
	{netstat.IPX, netstat.FrameEthernetII, "ipx Ethernet-II   "},
	{netstat.IPX, netstat.FrameSNAP, "ipx Ethernet-SNAP "},
	{netstat.IPX, netstat.Frame8022, "ipx Ethernet802.2 "},
	{netstat.IPX, netstat.Frame8023, "ipx Ethernet802.3 "},
	{netstat.AppleTalk, netstat.FrameOther, "ddp "},
}

// appendNodes appends the addresses of IPX and AppleTalk. As net-tools 2.10
// does, it leaves out an IPX network or node of 0, and its colon.
func appendNodes(b []byte, nodes []netstat.NodeAddr) []byte {
	for _, l := range nodeLabels {
		for _, a := range nodes {
			if a.Family != l.family || a.Frame != l.frame {
				continue
			}
			b = append(append(b, blockIndent...), l.label...)
			if a.Family == netstat.AppleTalk {
				b = ascii.AppendUint(append(ascii.AppendUint(b, uint64(a.Network)), '/'), a.Node)
			} else {
				if a.Network != 0 {
					b = appendHex(b, uint64(a.Network), 8)
				}
				if a.Network != 0 && a.Node != 0 {
					b = append(b, ':')
				}
				if a.Node != 0 {
					b = appendHex(b, a.Node, 12)
				}
			}
			b = append(b, '\n')
		}
	}
	return b
}

func appendScope(b []byte, scope netstat.AddrScope) []byte {
	number := uint64(0)
	for _, s := range scopes {
		if scope&s.scope != 0 {
			number |= s.number
		}
	}
	b = strconv.AppendUint(b, number, 16)
	sep := byte('<')
	for _, s := range scopes {
		if scope&s.scope != 0 {
			b = append(append(b, sep), s.word...)
			sep = ','
		}
	}
	if scope&^netstat.ScopeCompat == 0 {
		b = append(append(b, sep), "global"...)
	}
	return append(b, '>')
}

func appendMask(b []byte, bits int) []byte {
	mask := uint32(0)
	if bits > 0 {
		mask = ^uint32(0) << (32 - min(bits, 32))
	}
	for shift := 24; shift >= 0; shift -= 8 {
		b = ascii.AppendUint(b, uint64(mask>>shift&0xff))
		if shift > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// media holds the names of Linux's IF_PORT_… constants
// (include/uapi/linux/netdevice.h).
var media = [...]string{"unknown", "10base2", "10baseT", "AUI", "100baseT", "100baseTX", "100baseFX"}

func mediaText(n uint8) string {
	if int(n) < len(media) {
		return media[n]
	}
	return media[0]
}

// appendCounters appends the counters of a block.
func appendCounters(b []byte, i *netstat.Interface, is view.Reading) []byte {
	in, out := &i.Receive, &i.Transmit
	compressed := i.Hardware == netstat.HardwareCSLIP || i.Hardware == netstat.HardwareCSLIP6
	b = appendReading(append(b, blockIndent+"RX packets "...), in.Packets, is)
	b = appendBytes(append(b, "  bytes "...), in.Bytes, is)
	if compressed {
		b = appendReading(append(b, "\n"+blockIndent+"RX compressed:"...), in.Compressed, is)
	}
	b = appendReading(append(b, "\n"+blockIndent+"RX errors "...), in.Errors, is)
	b = appendReading(append(b, "  dropped "...), in.Dropped, is)
	b = appendCount(append(b, "  overruns "...), in, netstat.CountsFIFO, in.FIFO, is)
	b = appendCount(append(b, "  frame "...), in, netstat.CountsFrame, in.Frame, is)
	b = appendReading(append(b, "\n"+blockIndent+"TX packets "...), out.Packets, is)
	b = appendBytes(append(b, "  bytes "...), out.Bytes, is)
	if compressed {
		b = appendReading(append(b, "\n"+blockIndent+"TX compressed "...), out.Compressed, is)
	}
	b = appendReading(append(b, "\n"+blockIndent+"TX errors "...), out.Errors, is)
	b = appendReading(append(b, "  dropped "...), out.Dropped, is)
	b = appendCount(append(b, " overruns "...), out, netstat.CountsFIFO, out.FIFO, is)
	b = appendCount(append(b, "  carrier "...), out, netstat.CountsCarrier, out.Carrier, is)
	b = appendCount(append(b, "  collisions "...), out, netstat.CountsCollisions, out.Collisions, is)
	return append(b, '\n')
}

// appendCount appends a counter of those given, unless the system does not
// keep it.
func appendCount(b []byte, of *netstat.InterfaceCounters, which netstat.InterfaceCounterSet, n uint64, is view.Reading) []byte {
	if of.Absent&which != 0 {
		return append(b, unknown)
	}
	return appendReading(b, n, is)
}

// appendBytes appends a number of bytes, followed by the same in a suitable unit in
// brackets.
func appendBytes(b []byte, n uint64, is view.Reading) []byte {
	b = append(appendReading(b, n, is), " ("...)
	if is == view.Rate {
		return append(appendAmount(b, n/1000), "/s)"...)
	}
	return append(appendAmount(b, n), ')')
}

var amountUnits = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// appendAmount appends n with one decimal, truncated, in the largest unit of
// which there is more than one. net-tools calculates in floating point, which
// differs beyond 2^53.
func appendAmount(b []byte, n uint64) []byte {
	unit := 0
	for unit < len(amountUnits)-1 && n > 1<<(10*(unit+1)) {
		unit++
	}
	tenths := uint64(float64(n) * 10 / float64(uint64(1)<<(10*unit)))
	if unit == 0 {
		tenths = n * 10
	}
	b = ascii.AppendUint(b, tenths/10)
	b = append(b, '.', byte('0'+tenths%10), ' ')
	return append(b, amountUnits[unit]...)
}

// appendResources appends the resources that the device occupies. Most occupy
// none.
func appendResources(b []byte, m *netstat.InterfaceResources) []byte {
	// A base below 0x100 does not exist.
	base := m.IOBase >= 0x100
	if m.IRQ == 0 && m.MemoryStart == 0 && m.DMA == 0 && !base {
		return b
	}
	b = append(b, blockIndent+"device "...)
	if m.IRQ != 0 {
		b = append(ascii.AppendUint(append(b, "interrupt "...), uint64(m.IRQ)), "  "...)
	}
	if base {
		b = append(strconv.AppendUint(append(b, "base 0x"...), m.IOBase, 16), "  "...)
	}
	if m.MemoryStart != 0 {
		b = strconv.AppendUint(append(b, "memory 0x"...), m.MemoryStart, 16)
		b = append(strconv.AppendUint(append(b, '-'), m.MemoryEnd, 16), "  "...)
	}
	if m.DMA != 0 {
		b = strconv.AppendUint(append(b, "  dma 0x"...), uint64(m.DMA), 16)
	}
	return append(b, '\n')
}
