package schema

import (
	"math"

	"netstat"
)

// AppendInterface appends an interface as an object.
func AppendInterface(b []byte, i *netstat.Interface) []byte {
	b = append(b, '{')
	b = AppendText(b, "name", i.Name)
	b = appendCount(b, "index", uint64(i.Index))
	b = appendTexts(b, "altnames", i.AltNames)
	b = AppendText(b, "alias", i.Alias)
	b = AppendText(b, "description", i.Description)
	b = appendTrue(b, "unlisted", i.Unlisted)
	b = appendTrue(b, "partial", i.Partial)
	b = appendSet(b, "flags", uint64(i.Flags), interfaceFlags)
	b = appendUint(b, "mtu", uint64(i.MTU))
	if i.HasQueueLen {
		b = appendUint(b, "queue_length", uint64(i.QueueLen))
	}
	b = appendNamed(b, "hardware", hardwareNames, i.Hardware)
	b = appendCount(b, "hardware_code", uint64(i.HardwareCode))
	if len(i.HardwareAddr) > 0 {
		b = append(appendHex(append(appendKey(b, "hardware_address"), '"'), i.HardwareAddr), '"')
	}
	if i.Resources != (netstat.InterfaceResources{}) {
		f := fields{b: append(appendKey(b, "resources"), '{')}
		resourceFields(&f, &i.Resources)
		b = append(f.b, '}')
	}
	if i.SLIP != (netstat.SLIPTimers{}) {
		f := fields{b: append(appendKey(b, "slip"), '{')}
		slipFields(&f, &i.SLIP)
		b = append(f.b, '}')
	}
	if i.HasCounters {
		b = appendCounters(append(appendKey(b, "receive"), '{'), &i.Receive, transmitOnly)
		b = appendCounters(append(appendKey(b, "transmit"), '{'), &i.Transmit, receiveOnly)
	}
	if len(i.Addrs) > 0 {
		b = append(appendKey(b, "addresses"), '[')
		for k := range i.Addrs {
			if k > 0 {
				b = append(b, ',')
			}
			b = appendInterfaceAddr(b, &i.Addrs[k])
		}
		b = append(b, ']')
	}
	if len(i.Nodes) > 0 {
		b = append(appendKey(b, "nodes"), '[')
		for k := range i.Nodes {
			if k > 0 {
				b = append(b, ',')
			}
			n := &i.Nodes[k]
			b = appendWord(append(b, '{'), "family", n.Family.String())
			b = appendNamed(b, "frame", frameNames, n.Frame)
			b = appendUint(b, "network", uint64(n.Network))
			b = append(appendUint(b, "node", n.Node), '}')
		}
		b = append(b, ']')
	}
	if i.Link != nil {
		b = appendFields(append(appendKey(b, "link"), '{'), func(f *fields) { linkFields(f, i.Link) })
		b = append(b, '}')
	}
	return append(b, '}')
}

// Counters of one direction only.
const (
	receiveOnly = netstat.CountsFrame | netstat.CountsMulticast | netstat.CountsUnknownProtocols |
		netstat.CountsLengthErrors | netstat.CountsOverErrors | netstat.CountsCRCErrors | netstat.CountsFrameErrors |
		netstat.CountsMissedErrors | netstat.CountsNoHandler | netstat.CountsOtherHostDropped
	transmitOnly = netstat.CountsCarrier | netstat.CountsCollisions | netstat.CountsAbortedErrors |
		netstat.CountsCarrierErrors | netstat.CountsHeartbeatErrors | netstat.CountsWindowErrors
)

// absentCounters are the numbers that some systems lack, in the order of their names
// and bits.
func absentCounters(c *netstat.InterfaceCounters) [22]*uint64 {
	return [...]*uint64{
		&c.FIFO, &c.Frame, &c.Carrier, &c.Collisions, &c.Compressed, &c.Multicast, &c.NonUnicast,
		&c.UnknownProtocols,
		&c.LengthErrors, &c.OverErrors, &c.CRCErrors, &c.FrameErrors, &c.MissedErrors, &c.NoHandler, &c.OtherHostDropped,
		&c.AbortedErrors, &c.CarrierErrors, &c.HeartbeatErrors, &c.WindowErrors,
		&c.UnicastBytes, &c.MulticastBytes, &c.BroadcastBytes,
	}
}

// appendCounters appends the counters of one direction. other are the absent counters
// of the other direction: counters that exist only there are omitted unless nonzero.
func appendCounters(b []byte, c *netstat.InterfaceCounters, other netstat.InterfaceCounterSet) []byte {
	b = appendUint(b, "packets", c.Packets)
	b = appendUint(b, "bytes", c.Bytes)
	b = appendUint(b, "errors", c.Errors)
	b = appendUint(b, "dropped", c.Dropped)
	told := c.Absent &^ other
	for k, n := range absentCounters(c) {
		bit := netstat.InterfaceCounterSet(1) << k
		if c.Absent&bit == 0 && (other&bit == 0 || *n != 0) {
			b = appendUint(b, counterFacts[k], *n)
		}
	}
	return append(appendNames(b, "absent", uint64(c.Absent&^told), counterFacts), '}')
}

func (r *Reader) counters(other netstat.InterfaceCounterSet) netstat.InterfaceCounters {
	var c netstat.InterfaceCounters
	var got, absent netstat.InterfaceCounterSet
	fields := absentCounters(&c)
	r.Object(func(key []byte) {
		switch string(key) {
		case "packets":
			c.Packets = r.Uint(math.MaxUint64)
			return
		case "bytes":
			c.Bytes = r.Uint(math.MaxUint64)
			return
		case "errors":
			c.Errors = r.Uint(math.MaxUint64)
			return
		case "dropped":
			c.Dropped = r.Uint(math.MaxUint64)
			return
		case "absent":
			absent = netstat.InterfaceCounterSet(r.names(counterFacts))
			return
		}
		for k, name := range counterFacts {
			if string(key) == name {
				*fields[k] = r.Uint(math.MaxUint64)
				got |= 1 << k
				return
			}
		}
		r.Skip()
	})
	c.Absent = (1<<len(counterFacts)-1)&^got&^other | absent
	return c
}

func appendInterfaceAddr(b []byte, a *netstat.InterfaceAddr) []byte {
	b = append(b, '{')
	b = appendPrefix(b, "address", "prefix_length", a.Prefix)
	b = appendIP(b, "peer", a.Peer)
	b = appendIP(b, "broadcast", a.Broadcast)
	b = AppendText(b, "label", a.Label)
	switch {
	case a.Scope != 0:
		b = appendNames(b, "scopes", uint64(a.Scope), addrScopes)
	case a.Prefix.Addr().Is6():
		b = append(appendKey(b, "scopes"), `["global"]`...)
	}
	if a.Detail != nil {
		b = appendFields(append(appendKey(b, "detail"), '{'), func(f *fields) { addrDetailFields(f, a.Detail) })
		b = append(b, '}')
	}
	return append(b, '}')
}

// Interface reads what AppendInterface wrote.
func (r *Reader) Interface() netstat.Interface {
	var i netstat.Interface
	var name, alias, description ExactText
	receive, transmit, exactNames := false, false, false
	r.Object(func(key []byte) {
		switch string(key) {
		case "index":
			i.Index = r.uint32()
		case "altnames":
			if list := r.texts(false); !exactNames {
				i.AltNames = list
			}
		case "altnames" + bytesSuffix:
			i.AltNames, exactNames = r.texts(true), true
		case "unlisted":
			i.Unlisted = r.Bool()
		case "partial":
			i.Partial = r.Bool()
		case "flags":
			i.Flags = netstat.InterfaceFlags(r.names(interfaceFlags))
		case "mtu":
			i.MTU = r.uint32()
		case "queue_length":
			i.QueueLen, i.HasQueueLen = r.uint32(), true
		case "hardware":
			i.Hardware = netstat.Hardware(r.name(hardwareNames))
		case "hardware_code":
			i.HardwareCode = uint16(r.Uint(math.MaxUint16))
		case "hardware_address":
			i.HardwareAddr = r.hexBytes()
		case "resources":
			i.Resources = netstat.InterfaceResources{}
			readFields(r, func(f *fields) { resourceFields(f, &i.Resources) })
		case "slip":
			i.SLIP = netstat.SLIPTimers{}
			readFields(r, func(f *fields) { slipFields(f, &i.SLIP) })
		case "receive":
			i.Receive, receive = r.counters(transmitOnly), true
		case "transmit":
			i.Transmit, transmit = r.counters(receiveOnly), true
		case "addresses":
			i.Addrs = nil
			r.Array(func() { i.Addrs = append(i.Addrs, r.interfaceAddr()) })
		case "link":
			i.Link = new(netstat.Link)
			readFields(r, func(f *fields) { linkFields(f, i.Link) })
		case "nodes":
			i.Nodes = nil
			r.Array(func() { i.Nodes = append(i.Nodes, r.nodeAddr()) })
		default:
			if !r.TextField(key, "name", &name) && !r.TextField(key, "alias", &alias) {
				r.textOrSkip(key, "description", &description)
			}
		}
	})
	i.Name, i.Alias, i.Description = name.s, alias.s, description.s
	i.HasCounters = receive && transmit
	return i
}

func (r *Reader) nodeAddr() netstat.NodeAddr {
	var n netstat.NodeAddr
	r.Object(func(key []byte) {
		switch string(key) {
		case "family":
			n.Family = r.Family()
		case "frame":
			n.Frame = netstat.Frame(r.name(frameNames))
		case "network":
			n.Network = r.uint32()
		case "node":
			n.Node = r.Uint(math.MaxUint64)
		default:
			r.Skip()
		}
	})
	return n
}

func resourceFields(f *fields, m *netstat.InterfaceResources) {
	number(f, "irq", &m.IRQ, true)
	number(f, "io_base", &m.IOBase, true)
	number(f, "memory_start", &m.MemoryStart, true)
	number(f, "memory_end", &m.MemoryEnd, true)
	number(f, "dma", &m.DMA, true)
	number(f, "media", &m.Media, true)
}

func slipFields(f *fields, t *netstat.SLIPTimers) {
	number(f, "outfill", &t.Outfill, true)
	number(f, "keepalive", &t.Keepalive, true)
}

func (r *Reader) interfaceAddr() netstat.InterfaceAddr {
	var a netstat.InterfaceAddr
	var prefix prefixFields
	var label ExactText
	r.Object(func(key []byte) {
		if prefix.take(r, key, "address", "prefix_length") {
			return
		}
		switch string(key) {
		case "peer":
			a.Peer = r.IP()
		case "broadcast":
			a.Broadcast = r.IP()
		case "scopes":
			a.Scope = netstat.AddrScope(r.names(addrScopes))
		case "detail":
			a.Detail = new(netstat.AddrDetail)
			readFields(r, func(f *fields) { addrDetailFields(f, a.Detail) })
		default:
			r.textOrSkip(key, "label", &label)
		}
	})
	a.Prefix = prefix.prefix()
	a.Label = label.s
	return a
}
