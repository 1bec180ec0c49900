package linux

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"netstat"
)

// linkMsg builds the payload of RTM_NEWLINK.
func linkMsg(index, flags uint32, hardware uint16, attributes ...[]byte) []byte {
	b := []byte{0, 0}
	b = binary.NativeEndian.AppendUint16(b, hardware)
	b = binary.NativeEndian.AppendUint32(b, index)
	b = binary.NativeEndian.AppendUint32(b, flags)
	b = append(b, 0, 0, 0, 0)
	return append(b, bytes.Join(attributes, nil)...)
}

// addrMsg builds the payload of RTM_NEWADDR.
func addrMsg(index uint32, bits byte, attributes ...[]byte) []byte {
	b := []byte{afInet, bits, 0, 0}
	b = binary.NativeEndian.AppendUint32(b, index)
	return append(b, bytes.Join(attributes, nil)...)
}

// counting returns a struct of the counters 1, 2, 3, …, each of size bytes.
func counting(size, n int) (b []byte) {
	for i := range n {
		if size == 8 {
			b = binary.NativeEndian.AppendUint64(b, uint64(i+1))
		} else {
			b = binary.NativeEndian.AppendUint32(b, uint32(i+1))
		}
	}
	return b
}

var (
	countedReceive = netstat.InterfaceCounters{
		Packets: 1, Bytes: 3, Errors: 5, Dropped: 7 + 16, FIFO: 15, Frame: 11 + 12 + 13 + 14, Compressed: 22, Multicast: 9,
		LengthErrors: 11, OverErrors: 12, CRCErrors: 13, FrameErrors: 14, MissedErrors: 16,
		Absent: absentReceive | netstat.CountsNoHandler | netstat.CountsOtherHostDropped,
	}
	countedTransmit = netstat.InterfaceCounters{
		Packets: 2, Bytes: 4, Errors: 6, Dropped: 8, FIFO: 19, Carrier: 18 + 17 + 21 + 20, Collisions: 10, Compressed: 23,
		AbortedErrors: 17, CarrierErrors: 18, HeartbeatErrors: 20, WindowErrors: 21, Absent: absentTransmit,
	}
)

// countedOf returns countedReceive of a struct of n counters: newer kernels have more.
func countedOf(n int) netstat.InterfaceCounters {
	c := countedReceive
	if n >= 24 {
		c.NoHandler, c.Absent = 24, c.Absent&^netstat.CountsNoHandler
	}
	if n >= 25 {
		c.OtherHostDropped, c.Absent = 25, c.Absent&^netstat.CountsOtherHostDropped
	}
	return c
}

func TestDecodeLink(t *testing.T) {
	name := netlinkAttribute(iflaIfname, []byte("veth0\x00"))
	ifmap := make([]byte, 32)
	binary.NativeEndian.PutUint64(ifmap, 0xd0000)
	binary.NativeEndian.PutUint64(ifmap[8:], 0xd3fff)
	binary.NativeEndian.PutUint64(ifmap[16:], 0x300)
	binary.NativeEndian.PutUint16(ifmap[24:], 300)
	ifmap[26], ifmap[27] = 3, 4
	tests := []struct {
		name string
		b    []byte
		want *netstat.Interface
	}{
		{"all attributes", linkMsg(7, 0x11043, 1, name,
			netlinkAttribute(iflaAddress, []byte{2, 0, 0, 0, 0, 1}), netlinkAttribute(iflaMTU, number32(1500)),
			netlinkAttribute(iflaTxqlen, number32(1000)), netlinkAttribute(iflaMap, ifmap), netlinkAttribute(iflaStats64, counting(8, 25))),
			&netstat.Interface{
				Index: 7, Name: "veth0", MTU: 1500, QueueLen: 1000, HasQueueLen: true, HardwareCode: 1, Hardware: netstat.HardwareEthernet,
				Flags:        netstat.InterfaceUp | netstat.InterfaceBroadcast | netstat.InterfaceRunning | netstat.InterfaceMulticast,
				HardwareAddr: []byte{2, 0, 0, 0, 0, 1},
				Resources:    netstat.InterfaceResources{MemoryStart: 0xd0000, MemoryEnd: 0xd3fff, IOBase: 0x300, IRQ: 300, DMA: 3, Media: 4},
				HasCounters:  true, Receive: countedOf(25), Transmit: countedTransmit,
			}},
		{"counters of 32 bits", linkMsg(7, 0, 65534, name, netlinkAttribute(iflaStats, counting(4, 24))),
			&netstat.Interface{Index: 7, Name: "veth0", HardwareCode: 65534, HasCounters: true, Receive: countedOf(24), Transmit: countedTransmit}},
		{"64-bit counters win", linkMsg(7, 0, 65534, name, netlinkAttribute(iflaStats64, counting(8, 23)), netlinkAttribute(iflaStats, counting(4, 24)[:92])),
			&netstat.Interface{Index: 7, Name: "veth0", HardwareCode: 65534, HasCounters: true, Receive: countedReceive, Transmit: countedTransmit}},
		{"only a name", linkMsg(7, 0, 772, name), &netstat.Interface{Index: 7, Name: "veth0", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
		{"attributes too short", linkMsg(7, 0, 772, name, netlinkAttribute(iflaMTU, []byte{1}), netlinkAttribute(iflaTxqlen, nil), netlinkAttribute(iflaMap, ifmap[:27]), netlinkAttribute(iflaStats64, counting(8, 22))),
			&netstat.Interface{Index: 7, Name: "veth0", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
		{"a name with any bytes, not ended", linkMsg(7, 0, 772, netlinkAttribute(iflaIfname, []byte("\x1b[1m\xff"))), &netstat.Interface{Index: 7, Name: "\x1b[1m\xff", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
		{"a flag in an attribute's number", linkMsg(7, 0, 772, netlinkAttribute(iflaIfname|1<<15, []byte("x\x00"))), &netstat.Interface{Index: 7, Name: "x", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
		{"other names", linkMsg(7, 0, 772, name, netlinkAttribute(iflaAlias, []byte("uplink\n\xff")), netlinkAttribute(iflaPropList|1<<15, slices.Concat(
			netlinkAttribute(iflaAltIfname, []byte("wan0\x00")), netlinkAttribute(99, []byte("x\x00")), netlinkAttribute(iflaAltIfname, []byte{0}),
			netlinkAttribute(iflaAltIfname, []byte("a:b, of more than fifteen bytes\x00")), []byte{200, 0, 53, 0}))),
			&netstat.Interface{Index: 7, Name: "veth0", AltNames: []string{"wan0", "a:b, of more than fifteen bytes"}, Alias: "uplink\n\xff", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
		{"no name", linkMsg(7, 0, 772, netlinkAttribute(iflaMTU, number32(1))), nil},
		{"empty name", linkMsg(7, 0, 772, netlinkAttribute(iflaIfname, []byte{0})), nil},
		{"cut short", linkMsg(7, 0, 772)[:15], nil},
		{"attribute too long", append(linkMsg(7, 0, 772, name), 200, 0, 4, 0), &netstat.Interface{Index: 7, Name: "veth0", HardwareCode: 772, Hardware: netstat.HardwareLoopback}},
	}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		tests[len(tests)-1].b = linkMsg(7, 0, 772, name)
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := netstat.Interface{Name: "of the one before", MTU: 1, Addrs: make([]netstat.InterfaceAddr, 1)}
			ok := decodeLink(c.b, &got, &textSlab{})
			if ok != (c.want != nil) {
				t.Fatalf("decodeLink = %v", ok)
			}
			if ok && !reflect.DeepEqual(got, *c.want) {
				t.Errorf("got  %+v\nwant %+v", got, *c.want)
			}
		})
	}
}

// TestHardwareOf checks that the numbers of if_arp.h with a name are those that
// net-tools knows.
func TestHardwareOf(t *testing.T) {
	seen := map[netstat.Hardware]int{}
	for code := range 1 << 16 {
		if h := hardwareOf(uint16(code)); h != netstat.HardwareOther {
			seen[h]++
		}
	}
	for h := netstat.HardwareEthernet; h <= netstat.HardwareIrDA; h++ {
		if seen[h] != 1 {
			t.Errorf("hardware %d has %d numbers", h, seen[h])
		}
	}
}

func TestDecodeAddr(t *testing.T) {
	ip := func(s string) []byte { return netip.MustParseAddr(s).AsSlice() }
	tests := []struct {
		name string
		b    []byte
		want *linkAddr
	}{
		{"label and broadcast", addrMsg(3, 24, netlinkAttribute(ifaAddress, ip("10.0.0.1")), netlinkAttribute(ifaLocal, ip("10.0.0.1")), netlinkAttribute(ifaBroadcast, ip("10.0.0.255")), netlinkAttribute(ifaLabel, []byte("veth0:1\x00"))),
			&linkAddr{3, netstat.InterfaceAddr{Prefix: netip.MustParsePrefix("10.0.0.1/24"), Peer: netip.MustParseAddr("10.0.0.1"), Broadcast: netip.MustParseAddr("10.0.0.255"), Label: "veth0:1"}}},
		{"point to point", addrMsg(3, 32, netlinkAttribute(ifaAddress, ip("10.0.0.2")), netlinkAttribute(ifaLocal, ip("10.0.0.1"))),
			&linkAddr{3, netstat.InterfaceAddr{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Peer: netip.MustParseAddr("10.0.0.2")}}},
		{"without a local address", addrMsg(3, 0, netlinkAttribute(ifaAddress, ip("10.0.0.2"))),
			&linkAddr{3, netstat.InterfaceAddr{Prefix: netip.MustParsePrefix("10.0.0.2/0"), Peer: netip.MustParseAddr("10.0.0.2")}}},
		{"an address of the wrong length", addrMsg(3, 32, netlinkAttribute(ifaLocal, ip("::1"))), nil},
		{"too long a prefix", addrMsg(3, 33, netlinkAttribute(ifaLocal, ip("10.0.0.1"))), nil},
		{"no address", addrMsg(3, 8), nil},
		{"another family", append([]byte{afInet6}, addrMsg(3, 8, netlinkAttribute(ifaLocal, ip("10.0.0.1")))[1:]...), nil},
		{"cut short", addrMsg(3, 8)[:7], nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var got linkAddr
			ok := decodeAddr(c.b, &got, &textSlab{})
			if ok != (c.want != nil) || ok && !reflect.DeepEqual(got, *c.want) {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func FuzzDecodeLink(f *testing.F) {
	f.Add(linkMsg(7, 0x11043, 1, netlinkAttribute(iflaIfname, []byte("veth0\x00")), netlinkAttribute(iflaAddress, []byte{2, 0, 0, 0, 0, 1}), netlinkAttribute(iflaMTU, number32(1500)), netlinkAttribute(iflaMap, make([]byte, 32)), netlinkAttribute(iflaStats64, counting(8, 25))))
	f.Add(linkMsg(7, 0, 1, netlinkAttribute(iflaIfname, []byte("x")), netlinkAttribute(iflaStats, counting(4, 24))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var i netstat.Interface
		ok := decodeLink(b, &i, &textSlab{})
		if ok != (i.Name != "") || len(i.Name) > len(b) || len(i.HardwareAddr) > len(b) {
			t.Errorf("decodeLink = %v, %+v", ok, i)
		}
	})
}

func FuzzDecodeAddr(f *testing.F) {
	f.Add(addrMsg(3, 24, netlinkAttribute(ifaAddress, []byte{10, 0, 0, 1}), netlinkAttribute(ifaLocal, []byte{10, 0, 0, 1}), netlinkAttribute(ifaLabel, []byte("veth0:1\x00"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a linkAddr
		if ok := decodeAddr(b, &a, &textSlab{}); ok && (!a.addr.Prefix.IsValid() || !a.addr.Prefix.Addr().Is4()) {
			t.Errorf("decodeAddr gave %+v", a)
		}
	})
}
