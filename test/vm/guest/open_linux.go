package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openers are the families whose sockets this program opens.
var openers = map[string]func(*host){
	"inet":      (*host).inet,
	"sctp":      (*host).sctp,
	"dccp":      (*host).dccp,
	"ax25":      (*host).ax25,
	"netrom":    (*host).netrom,
	"rose":      (*host).rose,
	"x25":       (*host).x25,
	"appletalk": (*host).appletalk,
	"bluetooth": (*host).bluetooth,
	"families":  (*host).families,
	"inside":    (*host).inside,
}

// open opens the sockets of a family, writes them to a file, NAME INODE a line, and
// holds them until the guest is done.
func open(family, file string) {
	f := openers[family]
	if f == nil {
		fail("unknown family %s", family)
	}
	h := &host{}
	f(h)
	h.hold(file)
}

// listen listens on a port of TCP and UDP.
func listen(port, file string) {
	n, err := strconv.Atoi(port)
	must(err, "port")
	h := &host{}
	h.listener("tcp", unix.SOCK_STREAM, 0, ip4(n, 127, 0, 0, 1))
	must(unix.Bind(h.socket("udp", unix.AF_INET, unix.SOCK_DGRAM, 0), ip4(n, 127, 0, 0, 1)), "udp")
	h.hold(file)
}

// hold writes the list of sockets to a file, and keeps them open.
func (h *host) hold(file string) {
	var b strings.Builder
	for _, s := range h.opened {
		var st unix.Stat_t
		must(unix.Fstat(s.fd, &st), s.name)
		fmt.Fprintln(&b, s.name, st.Ino)
	}
	// The file is complete when it exists.
	must(os.WriteFile(file+".new", []byte(b.String()), 0o644), "report")
	must(os.Rename(file+".new", file), "report")
	for {
		time.Sleep(time.Hour)
	}
}

// host opens sockets and records them.
type host struct {
	opened []opened
}

type opened struct {
	name string
	fd   int
}

func (h *host) socket(name string, family, kind, protocol int) int {
	fd, err := unix.Socket(family, kind, protocol)
	must(err, name)
	h.opened = append(h.opened, opened{name, fd})
	return fd
}

func (h *host) accept(name string, listener int) int {
	fd, _, errno := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(listener), 0, 0, 0, 0, 0)
	if errno != 0 {
		fail("%s: %v", name, errno)
	}
	h.opened = append(h.opened, opened{name, int(fd)})
	return int(fd)
}

// call is bind or connect with an address of a family that the library does not
// support. It may return before a connection is complete.
func call(trap uintptr, fd int, addr []byte, name string) {
	_, _, errno := unix.Syscall(trap, uintptr(fd), uintptr(unsafe.Pointer(&addr[0])), uintptr(len(addr)))
	if errno != 0 && errno != unix.EINPROGRESS {
		fail("%s: %v", name, errno)
	}
}

func ioctl(fd int, request uintptr, arg []byte, name string) {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&arg[0]))); errno != 0 {
		fail("%s: %v", name, errno)
	}
}

// waitData waits for data that must stay unread. The library cannot decode the sender's
// address.
func waitData(fd int, name string) {
	b := make([]byte, 1)
	waitFor("data on "+name, func() bool {
		_, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), 1,
			unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
		return errno == 0
	})
}

func send(fd int, n int, name string) {
	_, err := unix.Write(fd, make([]byte, n))
	must(err, name)
}

func ip4(port int, a, b, c, d byte) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{a, b, c, d}}
}

func loopback6(port int) *unix.SockaddrInet6 {
	return &unix.SockaddrInet6{Port: port, Addr: [16]byte{15: 1}}
}

// unique returns fd00:N::1.
func unique(port int, n byte) *unix.SockaddrInet6 {
	return &unix.SockaddrInet6{Port: port, Addr: [16]byte{0: 0xfd, 3: n, 15: 1}}
}

// pair connects two sockets of this process; the addresses are those of the listener
// and the caller.
func (h *host) pair(name string, kind, protocol int, to, from unix.Sockaddr) (caller, accepted int) {
	family := unix.AF_INET
	if _, ok := from.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	listener := h.listener(name, kind, protocol, to)
	caller = h.socket(name+"-caller", family, kind, protocol)
	h.service(caller, protocol)
	must(unix.Bind(caller, from), name+"-caller")
	must(unix.Connect(caller, to4(to, from)), name+"-caller")
	return caller, h.accept(name+"-accepted", listener)
}

// to4 returns the address by which an IPv4 caller reaches a listener on any address.
func to4(to, from unix.Sockaddr) unix.Sockaddr {
	if six, ok := to.(*unix.SockaddrInet6); ok {
		if _, ok := from.(*unix.SockaddrInet4); ok {
			return ip4(six.Port, 127, 0, 0, 1)
		}
	}
	return to
}

func (h *host) listener(name string, kind, protocol int, at unix.Sockaddr) int {
	family := unix.AF_INET
	if _, ok := at.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	fd := h.socket(name, family, kind, protocol)
	h.service(fd, protocol)
	must(unix.Bind(fd, at), name)
	must(unix.Listen(fd, 5), name)
	return fd
}

// service sets the service code of a DCCP socket, without which it cannot connect.
func (h *host) service(fd, protocol int) {
	if protocol == unix.IPPROTO_DCCP {
		must(unix.SetsockoptInt(fd, unix.SOL_DCCP, 2, 42), "DCCP service")
	}
}

// inet opens the sockets that every kernel has, and UDP-Lite.
func (h *host) inet() {
	h.pair("tcp", unix.SOCK_STREAM, 0, ip4(5401, 127, 0, 0, 1), ip4(6401, 127, 0, 0, 1))
	h.pair("tcp6", unix.SOCK_STREAM, 0, loopback6(5402), loopback6(6402))
	must(unix.Bind(h.socket("udp", unix.AF_INET, unix.SOCK_DGRAM, 0), ip4(5403, 127, 0, 0, 1)), "udp")
	must(unix.Bind(h.socket("raw", unix.AF_INET, unix.SOCK_RAW, 89), ip4(0, 127, 0, 0, 1)), "raw")
	fd := h.socket("unix", unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(unix.Bind(fd, &unix.SockaddrUnix{Name: "/run/server"}), "unix")
	must(unix.Listen(fd, 5), "unix")

	lite := func(name string, family int, at, to unix.Sockaddr) int {
		fd := h.socket(name, family, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE)
		must(unix.Bind(fd, at), name)
		if to != nil {
			must(unix.Connect(fd, to), name)
		}
		return fd
	}
	lite("udplite-any", unix.AF_INET, ip4(5201, 0, 0, 0, 0), nil)
	lite("udplite-unread", unix.AF_INET, ip4(5202, 0, 0, 0, 0), nil)
	send(lite("udplite-sender", unix.AF_INET, ip4(6202, 127, 0, 0, 1), ip4(5202, 127, 0, 0, 1)), 300, "udplite")
	lite("udplite6-any", unix.AF_INET6, &unix.SockaddrInet6{Port: 5203}, nil)
	lite("udplite6", unix.AF_INET6, loopback6(6203), loopback6(5203))
	send(lite("udplite6-sender", unix.AF_INET6, loopback6(6204), loopback6(5203)), 30, "udplite6")
}

// bindx adds addresses to an SCTP socket.
func bindx(fd int, name string, more ...unix.Sockaddr) {
	var b []byte
	for _, a := range more {
		switch a := a.(type) {
		case *unix.SockaddrInet4:
			b = binary.NativeEndian.AppendUint16(b, unix.AF_INET)
			b = binary.BigEndian.AppendUint16(b, uint16(a.Port))
			b = append(append(b, a.Addr[:]...), make([]byte, 8)...)
		case *unix.SockaddrInet6:
			b = binary.NativeEndian.AppendUint16(b, unix.AF_INET6)
			b = binary.BigEndian.AppendUint16(b, uint16(a.Port))
			b = append(append(b, make([]byte, 4)...), a.Addr[:]...)
			b = append(b, make([]byte, 4)...)
		}
	}
	must(unix.SetsockoptString(fd, unix.IPPROTO_SCTP, 100, string(b)), name+": bindx")
}

func (h *host) sctp() {
	const stream, many, protocol = unix.SOCK_STREAM, unix.SOCK_SEQPACKET, unix.IPPROTO_SCTP
	h.pair("sctp", stream, protocol, ip4(5001, 127, 0, 0, 1), ip4(6001, 127, 0, 0, 1))

	multi := h.listener("sctp-multi", stream, protocol, ip4(5002, 10, 1, 1, 1))
	bindx(multi, "sctp-multi", ip4(5002, 10, 1, 2, 1))
	caller := h.socket("sctp-multi-caller", unix.AF_INET, stream, protocol)
	must(unix.Bind(caller, ip4(6002, 10, 1, 1, 1)), "sctp-multi-caller")
	must(unix.Connect(caller, ip4(5002, 10, 1, 1, 1)), "sctp-multi-caller")
	h.accept("sctp-multi-accepted", multi)

	server := h.listener("sctp-many", many, protocol, ip4(5003, 127, 0, 0, 1))
	caller = h.socket("sctp-many-caller", unix.AF_INET, many, protocol)
	must(unix.Bind(caller, ip4(6003, 127, 0, 0, 1)), "sctp-many-caller")
	must(unix.Sendto(caller, make([]byte, 237), 0, ip4(5003, 127, 0, 0, 1)), "sctp-many-caller")
	waitData(server, "sctp-many")

	h.pair("sctp6", stream, protocol, loopback6(5004), loopback6(6004))
	h.pair("sctp-mapped", stream, protocol, &unix.SockaddrInet6{Port: 5005}, ip4(6005, 127, 0, 0, 1))

	wait := h.socket("sctp-cookie-wait", unix.AF_INET, stream|unix.SOCK_NONBLOCK, protocol)
	must(unix.Bind(wait, ip4(6007, 10, 1, 1, 1)), "sctp-cookie-wait")
	bindx(wait, "sctp-cookie-wait", ip4(6007, 10, 1, 2, 1))
	if err := unix.Connect(wait, ip4(5007, 10, 1, 9, 9)); err != unix.EINPROGRESS {
		fail("sctp-cookie-wait: %v", err)
	}
	// The state of a one-to-many socket does not tell whether it has an association
	// that waits.
	wait = h.socket("sctp-many-wait", unix.AF_INET, many|unix.SOCK_NONBLOCK, protocol)
	must(unix.Bind(wait, ip4(6008, 10, 1, 1, 1)), "sctp-many-wait")
	if err := unix.Connect(wait, ip4(5008, 10, 1, 9, 9)); err != unix.EINPROGRESS {
		fail("sctp-many-wait: %v", err)
	}

	unread, accepted := h.pair("sctp-unread", stream, protocol, ip4(5009, 127, 0, 0, 1), ip4(6009, 127, 0, 0, 1))
	send(accepted, 1964, "sctp-unread")
	waitData(unread, "sctp-unread")

	multi = h.listener("sctp6-multi", stream, protocol, unique(5010, 1))
	bindx(multi, "sctp6-multi", unique(5010, 2))
	caller = h.socket("sctp6-multi-caller", unix.AF_INET6, stream, protocol)
	must(unix.Bind(caller, unique(6010, 1)), "sctp6-multi-caller")
	must(unix.Connect(caller, unique(5010, 1)), "sctp6-multi-caller")
	h.accept("sctp6-multi-accepted", multi)
}

func (h *host) dccp() {
	h.pair("dccp", unix.SOCK_DCCP, unix.IPPROTO_DCCP, ip4(5501, 127, 0, 0, 1), ip4(6501, 127, 0, 0, 1))
	h.pair("dccp6", unix.SOCK_DCCP, unix.IPPROTO_DCCP, loopback6(5502), loopback6(6502))
}

// callsign returns an ax25_address.
func callsign(s string) []byte {
	name, ssid, _ := strings.Cut(s, "-")
	b := []byte(fmt.Sprintf("%-6s", name))
	for i := range b {
		b[i] <<= 1
	}
	var n byte
	if _, err := fmt.Sscan(ssid, &n); err != nil {
		fail("callsign %s: %v", s, err)
	}
	return append(b, n<<1)
}

// station returns a full_sockaddr_ax25 for AX.25 or NET/ROM.
func station(family uint16, name string, digipeaters ...string) []byte {
	b := make([]byte, 72)
	binary.NativeEndian.PutUint16(b, family)
	copy(b[2:], callsign(name))
	binary.NativeEndian.PutUint32(b[12:], uint32(len(digipeaters)))
	for i, d := range digipeaters {
		copy(b[16+7*i:], callsign(d))
	}
	return b
}

// From netax25/ax25.h.
const (
	solAX25 = 257
	ax25T1  = 2
)

func (h *host) ax25() {
	const kind = unix.SOCK_SEQPACKET
	listen := func(name, at string, via ...string) int {
		fd := h.socket(name, unix.AF_AX25, kind, 0)
		call(unix.SYS_BIND, fd, station(unix.AF_AX25, at, via...), name)
		must(unix.Listen(fd, 5), name)
		return fd
	}
	server := listen("ax25", "N0CALL-2")
	listen("ax25-user", "SRV-5", "N0CALL-2")
	listen("ax25-first", "N0CALL-1")
	caller := h.socket("ax25-caller", unix.AF_AX25, kind, 0)
	call(unix.SYS_BIND, caller, station(unix.AF_AX25, "N0CALL-1"), "ax25-caller")
	// The answer arrives during the call and is lost: only the second attempt counts,
	// so it must come soon.
	must(unix.SetsockoptInt(caller, solAX25, ax25T1, 1), "ax25-caller")
	call(unix.SYS_CONNECT, caller, station(unix.AF_AX25, "N0CALL-2"), "ax25-caller")
	must(unix.SetsockoptInt(caller, solAX25, ax25T1, 30), "ax25-caller")
	accepted := h.accept("ax25-accepted", server)
	send(caller, 5, "ax25-caller")
	waitData(accepted, "ax25-accepted")
	waiting := h.socket("ax25-waiting", unix.AF_AX25, kind|unix.SOCK_NONBLOCK, 0)
	call(unix.SYS_BIND, waiting, station(unix.AF_AX25, "USER-7", "N0CALL-1"), "ax25-waiting")
	call(unix.SYS_CONNECT, waiting, station(unix.AF_AX25, "NOBODY-3", "DIGI-1", "DIGI-2"), "ax25-waiting")

	route := func(to string, via ...string) {
		b := make([]byte, 71)
		copy(b, callsign("N0CALL-1"))
		copy(b[7:], callsign(to))
		b[14] = byte(len(via))
		for i, d := range via {
			copy(b[15+7*i:], callsign(d))
		}
		ioctl(server, unix.SIOCADDRT, b, "route to "+to)
	}
	route("FAR-1", "DIGI-1")
	route("FAR-2")
	route("FAR-3", "DIGI-1", "DIGI-2")
}

// netromRoute sets a nr_route_struct: a node, or, without a mnemonic, a neighbour.
func netromRoute(fd int, to, mnemonic, neighbour string, quality uint32) {
	b := make([]byte, 112)
	if mnemonic != "" {
		b[0] = 1
	}
	copy(b[4:], callsign(to))
	copy(b[11:27], "bpq0")
	binary.NativeEndian.PutUint32(b[28:], quality)
	copy(b[32:39], mnemonic)
	copy(b[39:], callsign(neighbour))
	binary.NativeEndian.PutUint32(b[48:], 5)
	ioctl(fd, unix.SIOCADDRT, b, "node "+to)
}

func (h *host) netrom() {
	const kind = unix.SOCK_SEQPACKET
	server := h.socket("netrom", unix.AF_NETROM, kind, 0)
	call(unix.SYS_BIND, server, station(unix.AF_NETROM, "NODE-1")[:16], "netrom")
	must(unix.Listen(server, 5), "netrom")
	netromRoute(server, "NEIGH-8", "", "NEIGH-8", 10)
	netromRoute(server, "NEIGH-9", "", "NEIGH-9", 200)
	netromRoute(server, "REMOT-4", "REMNOD", "NEIGH-9", 180)
	netromRoute(server, "REMOT-4", "REMNOD", "NEIGH-8", 100)
	netromRoute(server, "REMOT-5", "FIVE", "NEIGH-8", 90)

	caller := h.socket("netrom-caller", unix.AF_NETROM, kind, 0)
	call(unix.SYS_BIND, caller, station(unix.AF_NETROM, "NODE-2", "USER-1"), "netrom-caller")
	call(unix.SYS_CONNECT, caller, station(unix.AF_NETROM, "NODE-1")[:16], "netrom-caller")
	accepted := h.accept("netrom-accepted", server)
	send(caller, 5, "netrom-caller")
	waitData(accepted, "netrom-accepted")
	waiting := h.socket("netrom-waiting", unix.AF_NETROM, kind|unix.SOCK_NONBLOCK, 0)
	call(unix.SYS_BIND, waiting, station(unix.AF_NETROM, "NODE-2")[:16], "netrom-waiting")
	call(unix.SYS_CONNECT, waiting, station(unix.AF_NETROM, "REMOT-4")[:16], "netrom-waiting")
}

// roseAddress packs ten digits.
func roseAddress(digits string) []byte {
	b := make([]byte, 5)
	for i := range b {
		b[i] = (digits[2*i]-'0')<<4 | (digits[2*i+1] - '0')
	}
	return b
}

// roseStation returns a sockaddr_rose.
func roseStation(digits, name string) []byte {
	b := make([]byte, 28)
	binary.NativeEndian.PutUint16(b, unix.AF_ROSE)
	copy(b[2:], roseAddress(digits))
	copy(b[7:], callsign(name))
	return b
}

func (h *host) rose() {
	const kind = unix.SOCK_SEQPACKET
	bound := func(name, user string, flags int) int {
		fd := h.socket(name, unix.AF_ROSE, kind|flags, 0)
		call(unix.SYS_BIND, fd, roseStation("1234567890", user), name)
		return fd
	}
	server := bound("rose", "SRV-1", 0)
	must(unix.Listen(server, 5), "rose")
	route := func(to string, digits uint16, neighbour string) {
		b := make([]byte, 88)
		copy(b, roseAddress(to))
		binary.NativeEndian.PutUint16(b[6:], digits)
		copy(b[8:], callsign(neighbour))
		copy(b[15:31], "bpq0")
		ioctl(server, unix.SIOCADDRT, b, "route to "+to)
	}
	route("5550000000", 3, "NEIGH-7")
	route("5551230000", 6, "NEIGH-6")

	caller := bound("rose-caller", "USER-2", 0)
	call(unix.SYS_CONNECT, caller, roseStation("1234567890", "SRV-1"), "rose-caller")
	accepted := h.accept("rose-accepted", server)
	send(caller, 5, "rose-caller")
	waitData(accepted, "rose-accepted")
	// Channels of outgoing calls are assigned from the highest down.
	call(unix.SYS_CONNECT, bound("rose-waiting", "USER-3", unix.SOCK_NONBLOCK), roseStation("5550001111", "FAR-1"), "rose-waiting")
	must(os.WriteFile("/proc/sys/net/rose/maximum_virtual_circuits", []byte("250"), 0), "ROSE channels")
	call(unix.SYS_CONNECT, bound("rose-channel", "USER-4", unix.SOCK_NONBLOCK), roseStation("5550002222", "FAR-2"), "rose-channel")
}

// appletalkAddress returns a sockaddr_at.
func appletalkAddress(net uint16, node, port byte) []byte {
	b := make([]byte, 16)
	binary.NativeEndian.PutUint16(b, unix.AF_APPLETALK)
	b[2] = port
	binary.BigEndian.PutUint16(b[4:], net)
	b[6] = node
	return b
}

func (h *host) appletalk() {
	fd := h.socket("appletalk", unix.AF_APPLETALK, unix.SOCK_DGRAM, 0)
	address := func(device string, net uint16, node byte, last uint16) {
		b := make([]byte, 40)
		copy(b[:16], device)
		a := appletalkAddress(net, node, 0)
		a[8] = 2 // phase
		binary.BigEndian.PutUint16(a[10:], net)
		binary.BigEndian.PutUint16(a[12:], last)
		copy(b[16:], a)
		ioctl(fd, unix.SIOCSIFADDR, b, "AppleTalk on "+device)
	}
	address("lo", 0, 0, 0)
	address("veth0", 0x1000, 0x91, 0x1003)
	// An rtentry with a gateway.
	b := make([]byte, 120)
	copy(b[8:], appletalkAddress(0x2000, 0, 0))
	copy(b[24:], appletalkAddress(0x1000, 7, 0))
	binary.NativeEndian.PutUint16(b[56:], unix.RTF_UP|unix.RTF_GATEWAY)
	ioctl(fd, unix.SIOCADDRT, b, "AppleTalk route")
	call(unix.SYS_BIND, fd, appletalkAddress(0x1000, 0x91, 0x48), "appletalk")
	connected := h.socket("appletalk-connected", unix.AF_APPLETALK, unix.SOCK_DGRAM, 0)
	call(unix.SYS_BIND, connected, appletalkAddress(0x1000, 0x91, 0xc8), "appletalk-connected")
	call(unix.SYS_CONNECT, connected, appletalkAddress(0x1000, 0x91, 0x48), "appletalk-connected")
}

// tunX25 creates an X.25 device: a tun whose frames have one byte before the packet, 0
// for data, 1 for connect.
func tunX25(name string) int {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR, 0)
	must(err, "tun")
	req := make([]byte, 40)
	copy(req[:16], name)
	binary.NativeEndian.PutUint16(req[16:], unix.IFF_TUN)
	ioctl(fd, unix.TUNSETIFF, req, "tun")
	must(unix.IoctlSetInt(fd, unix.TUNSETLINK, unix.ARPHRD_X25), "tun")
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	must(err, "control")
	req = make([]byte, 40)
	copy(req[:16], name)
	binary.NativeEndian.PutUint16(req[16:], unix.IFF_UP|unix.IFF_POINTOPOINT|unix.IFF_NOARP)
	ioctl(control, unix.SIOCSIFFLAGS, req, name+" up")
	must(unix.Close(control), "control")
	return fd
}

// cable passes the frames of one device to the other.
func cable(from, to int) {
	frame := make([]byte, 4096)
	for {
		n, err := unix.Read(from, frame)
		if err != nil || n < 5 {
			continue
		}
		// Link control is answered by the device's driver: it is connected at once.
		out := to
		if frame[4] != 0 {
			out = from
		}
		_, _ = unix.Write(out, frame[:n])
	}
}

func x25Address(digits string) []byte {
	b := make([]byte, 18)
	binary.NativeEndian.PutUint16(b, unix.AF_X25)
	copy(b[2:], digits)
	return b
}

func (h *host) x25() {
	a, b := tunX25("x25a"), tunX25("x25b")
	go cable(a, b)
	go cable(b, a)
	const kind = unix.SOCK_SEQPACKET
	server := h.socket("x25", unix.AF_X25, kind, 0)
	call(unix.SYS_BIND, server, x25Address("20800123"), "x25")
	must(unix.Listen(server, 30), "x25")
	route := func(digits, device string) {
		r := make([]byte, 220)
		copy(r, fmt.Sprintf("%s%s", digits, strings.Repeat("0", 15-len(digits))))
		binary.NativeEndian.PutUint32(r[16:], uint32(len(digits)))
		copy(r[20:], device)
		ioctl(server, unix.SIOCADDRT, r, "route to "+digits)
	}
	route("208", "x25a")
	route("104", "x25b")
	route("", "x25a")
	anyone := h.socket("x25-any", unix.AF_X25, kind, 0)
	call(unix.SYS_BIND, anyone, x25Address(""), "x25-any")
	must(unix.Listen(anyone, 5), "x25-any")
	// Channels are assigned from 1 up. Calls on channels with a letter, which the
	// oracle misreads, are closed again; 16 is 010.
	for i := 1; i <= 16; i++ {
		caller := h.socket(fmt.Sprintf("x25-caller-%d", i), unix.AF_X25, kind, 0)
		call(unix.SYS_BIND, caller, x25Address(fmt.Sprintf("104004%02d", i)), "x25-caller")
		call(unix.SYS_CONNECT, caller, x25Address("20800123"), "x25-caller")
		h.accept(fmt.Sprintf("x25-accepted-%d", i), server)
		if i == 1 {
			send(caller, 5, "x25-caller")
		}
	}
	last := len(h.opened) - 2
	for _, o := range h.opened[last-12 : last] {
		must(unix.Close(o.fd), o.name)
	}
	h.opened = slices.Delete(h.opened, last-12, last)
	waitFor("the end of calls", func() bool {
		b, err := os.ReadFile("/proc/net/x25/socket")
		must(err, "x25")
		return strings.Count(string(b), "\n") == 1+2+2*10
	})
}

// Requests of hci_sock.h.
const (
	hciDevUp   = 0x400448c9
	hciSetScan = 0x400448dd
)

func (h *host) bluetooth() {
	const seqpacket, stream = unix.SOCK_SEQPACKET, unix.SOCK_STREAM
	const l2cap, hci, rfcomm = 0, 1, 3
	control := h.socket("hci", unix.AF_BLUETOOTH, unix.SOCK_RAW, hci)
	for dev := range 2 {
		waitFor("controller", func() bool {
			err := unix.IoctlSetInt(control, hciDevUp, dev)
			if err == unix.ENODEV {
				return false
			}
			if err != unix.EALREADY {
				must(err, "controller up")
			}
			return true
		})
		scan := make([]byte, 8)
		binary.NativeEndian.PutUint16(scan, uint16(dev))
		binary.NativeEndian.PutUint32(scan[4:], 3)
		ioctl(control, hciSetScan, scan, "controller scan")
	}
	first, second := address(control, 0), address(control, 1)
	l2 := func(name string, psm uint16, addr [6]byte, typ uint8, cid uint16) int {
		fd := h.socket(name, unix.AF_BLUETOOTH, seqpacket, l2cap)
		must(unix.Bind(fd, &unix.SockaddrL2{PSM: psm, Addr: reverse(addr), AddrType: typ, CID: cid}), name)
		return fd
	}
	server := l2("l2cap", 4099, second, 0, 0)
	must(unix.Listen(server, 5), "l2cap")
	any := l2("l2cap-any", 4097, [6]byte{}, 0, 0)
	must(unix.Listen(any, 5), "l2cap-any")
	l2("l2cap-bound", 25, [6]byte{}, 0, 0)
	rf := func(name string, channel uint8, addr [6]byte) int {
		fd := h.socket(name, unix.AF_BLUETOOTH, stream, rfcomm)
		must(unix.Bind(fd, &unix.SockaddrRFCOMM{Channel: channel, Addr: addr}), name)
		return fd
	}
	must(unix.Listen(rf("rfcomm-any", 5, [6]byte{}), 5), "rfcomm-any")
	rf("rfcomm-bound", 6, [6]byte{})
	rfServer := rf("rfcomm", 9, second)
	must(unix.Listen(rfServer, 5), "rfcomm")

	caller := l2("l2cap-caller", 0, first, 0, 0)
	must(unix.Connect(caller, &unix.SockaddrL2{PSM: 4099, Addr: reverse(second)}), "l2cap-caller")
	h.accept("l2cap-accepted", server)
	caller = rf("rfcomm-caller", 0, first)
	must(unix.Connect(caller, &unix.SockaddrRFCOMM{Channel: 9, Addr: second}), "rfcomm-caller")
	h.accept("rfcomm-accepted", rfServer)
}

// reverse undoes the library's reversal of L2CAP addresses, which it does not do for
// RFCOMM.
func reverse(a [6]byte) [6]byte {
	return [6]byte{a[5], a[4], a[3], a[2], a[1], a[0]}
}

// address returns the address of a controller (HCIGETDEVINFO).
func address(fd, dev int) (a [6]byte) {
	info := make([]byte, 92)
	binary.NativeEndian.PutUint16(info, uint16(dev))
	ioctl(fd, 0x800448d3, info, "controller's address")
	copy(a[:], info[10:])
	return a
}
