package linux

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/netlink"
)

func dialLinks() (netlink.Conn, error) { return netlink.Dial(unix.NETLINK_ROUTE) }

// linkSocket queries interfaces by name. Any Internet socket works.
type linkSocket int

func openLinks() (linkControl, error) {
	f, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return linkSocket(f), nil
}

func (c linkSocket) close() { unix.Close(int(c)) }

// ifreq is struct ifreq: a name and a union of the size of its longest member,
// struct ifmap.
type ifreq struct {
	name [unix.IFNAMSIZ]byte
	data [8 + 2*unsafe.Sizeof(uintptr(0))]byte
}

// ask makes one request. If the name is too long for the kernel, it returns
// ENODEV.
func (c linkSocket) ask(request uint, name string, r *ifreq) error {
	if len(name) >= len(r.name) {
		return unix.ENODEV
	}
	*r = ifreq{data: r.data}
	copy(r.name[:], name)
	return c.control(request, unsafe.Pointer(r))
}

func (c linkSocket) control(request uint, arg unsafe.Pointer) error {
	for {
		_, _, err := unix.Syscall(unix.SYS_IOCTL, uintptr(c), uintptr(request), uintptr(arg))
		if err == 0 {
			return nil
		}
		if err != unix.EINTR {
			return err
		}
	}
}

func (c linkSocket) fill(i *netstat.Interface) error {
	order := binary.NativeEndian
	var r ifreq
	if err := c.ask(unix.SIOCGIFFLAGS, i.Name, &r); err != nil {
		return err
	}
	i.Flags = linkFlagsOf(uint32(order.Uint16(r.data[:])))
	if err := c.ask(unix.SIOCGIFHWADDR, i.Name, &r); err != nil {
		return err
	}
	i.HardwareCode = order.Uint16(r.data[:])
	i.Hardware = hardwareOf(i.HardwareCode)
	// The answer has room for 14 bytes and lacks the length of the address.
	size := 14
	if i.Hardware == netstat.HardwareEthernet || i.Hardware == netstat.HardwareLoopback {
		size = 6
	}
	i.HardwareAddr = append([]byte(nil), r.data[2:2+size]...)
	if err := c.ask(unix.SIOCGIFMTU, i.Name, &r); err != nil {
		return err
	}
	i.MTU = order.Uint32(r.data[:])
	if c.ask(unix.SIOCGIFINDEX, i.Name, &r) == nil {
		i.Index = order.Uint32(r.data[:])
	}
	if c.ask(unix.SIOCGIFTXQLEN, i.Name, &r) == nil {
		i.QueueLen, i.HasQueueLen = order.Uint32(r.data[:]), true
	}
	if c.ask(unix.SIOCGIFMAP, i.Name, &r) == nil {
		const word = int(unsafe.Sizeof(uintptr(0)))
		rest := r.data[2*word:]
		i.Resources = netstat.InterfaceResources{
			MemoryStart: uint64(*(*uintptr)(unsafe.Pointer(&r.data[0]))),
			MemoryEnd:   uint64(*(*uintptr)(unsafe.Pointer(&r.data[word]))),
			IOBase:      uint64(order.Uint16(rest)),
			IRQ:         uint16(rest[2]), DMA: rest[3], Media: rest[4],
		}
	}
	return nil
}

func (c linkSocket) index(name string) uint32 {
	var r ifreq
	if c.ask(unix.SIOCGIFINDEX, name, &r) != nil {
		return 0
	}
	return binary.NativeEndian.Uint32(r.data[:])
}

// maxConf limits the size of the list of addresses, in bytes.
const maxConf = 64 << 20

func (c linkSocket) addrs() ([]netstat.InterfaceAddr, error) {
	const size = int(unsafe.Sizeof(ifreq{}))
	type ifconf struct {
		length int32
		list   unsafe.Pointer
	}
	for n := 4096; ; n *= 4 {
		list := make([]ifreq, n/size)
		conf := ifconf{length: int32(len(list) * size), list: unsafe.Pointer(&list[0])}
		if err := c.control(unix.SIOCGIFCONF, unsafe.Pointer(&conf)); err != nil {
			return nil, err
		}
		// The kernel fills the available room without reporting that it
		// was too small.
		if got := int(conf.length) / size; got < len(list)-1 || n >= maxConf {
			return c.details(list[:got]), nil
		}
	}
}

// details queries the facts of each address.
func (c linkSocket) details(list []ifreq) []netstat.InterfaceAddr {
	addrs := make([]netstat.InterfaceAddr, 0, len(list))
	for k := range list {
		label := string(cString(list[k].name[:]))
		ip := netip.AddrFrom4([4]byte(list[k].data[4:8]))
		a := netstat.InterfaceAddr{Label: label, Prefix: netip.PrefixFrom(ip, 32), Peer: ip}
		// A request that contains an address selects that address among
		// those with the label.
		of := func(request uint) (netip.Addr, bool) {
			r := ifreq{data: list[k].data}
			if c.ask(request, label, &r) != nil {
				return netip.Addr{}, false
			}
			return netip.AddrFrom4([4]byte(r.data[4:8])), true
		}
		if mask, ok := of(unix.SIOCGIFNETMASK); ok {
			bits := 0
			for m := binary.BigEndian.Uint32(mask.AsSlice()); m&(1<<31) != 0; m <<= 1 {
				bits++
			}
			a.Prefix = netip.PrefixFrom(ip, bits)
		}
		if peer, ok := of(unix.SIOCGIFDSTADDR); ok {
			a.Peer = peer
		}
		if broadcast, ok := of(unix.SIOCGIFBRDADDR); ok && !broadcast.IsUnspecified() {
			a.Broadcast = broadcast
		}
		addrs = append(addrs, a)
	}
	return addrs
}

func (c linkSocket) ethtool(name string, b []byte) error {
	if len(name) >= unix.IFNAMSIZ {
		return unix.ENODEV
	}
	r := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		rest [8 + unsafe.Sizeof(uintptr(0))]byte
	}{data: unsafe.Pointer(&b[0])}
	copy(r.name[:], name)
	return c.control(unix.SIOCETHTOOL, unsafe.Pointer(&r))
}

// Requests of the slip driver (include/linux/if_slip.h). Other drivers give
// these numbers a different meaning or none.
const (
	siocGKeepalive = unix.SIOCDEVPRIVATE + 1
	siocGOutfill   = unix.SIOCDEVPRIVATE + 3
)

func (c linkSocket) slipTimers(name string) (t netstat.SLIPTimers) {
	var r ifreq
	if c.ask(siocGOutfill, name, &r) == nil {
		t.Outfill = uint32(*(*uintptr)(unsafe.Pointer(&r.data[0])))
	}
	r = ifreq{}
	if c.ask(siocGKeepalive, name, &r) == nil {
		t.Keepalive = uint32(*(*uintptr)(unsafe.Pointer(&r.data[0])))
	}
	return t
}
