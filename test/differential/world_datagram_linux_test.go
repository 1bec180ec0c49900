package differential

import (
	"strings"

	"golang.org/x/sys/unix"
)

func (w *world) datagrams() {
	udp := unix.SOCK_DGRAM
	w.give("sshd", w.bound(inet, udp, 0, "0.0.0.0:67"), w.bound(inet, udp, 0, "127.0.0.1:53"))
	w.give("nobody", w.bound(inet, udp, 0, "127.0.0.1:6000"), w.bound(inet6, udp, 0, "[::1]:6000"))
	w.give("nginx", w.bound(inet6, udp, 0, "[::]:123"), w.bound(inet6, udp, 0, "[::ffff:127.0.0.1]:8080"))
	w.give("long", w.bound(inet, udp, 0, "224.0.0.251:5353", reuse), w.bound(inet6, udp, 0, "[ff02::fb%tun0]:5353"))
	w.give("highest", w.bound(inet6, udp, 0, "[fe80::1%tun0]:546"), w.bound(inet6, udp, 0, "[fe80::1%tun1]:546"),
		w.bound(inet6, udp, 0, "[2001:db8:1111:2222:3333:4444:5555:6666]:60001"))
	port := option{unix.SOL_SOCKET, unix.SO_REUSEPORT, 1}
	for i := range 4 {
		w.give([]string{"parent", "child"}[i%2], w.bound(inet, udp, 0, "127.0.0.1:5000", port))
	}
	fd := w.bound(inet, udp, 0, "")
	check(unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "tun0"), "bind to device")
	check(unix.Bind(fd, sockaddr(inet, "0.0.0.0:68")), "bind")
	w.give("missing", fd)

	connected := func(domain, proto int, local, remote string) int {
		fd := w.bound(domain, udp, proto, local)
		check(unix.Connect(fd, sockaddr(domain, remote)), "connect %s", remote)
		return fd
	}
	w.give("relative",
		connected(inet, 0, "127.0.0.1:46000", "127.0.0.1:53"),
		connected(inet, 0, "192.0.2.1:46001", "192.0.2.13:123"),
		connected(inet6, 0, "[::1]:46002", "[::1]:6000"),
		connected(inet6, 0, "192.0.2.1:46003", "192.0.2.12:6000"),
		connected(inet6, 0, "[2001:db8::1]:46004", "[2001:db8::12]:53"),
		connected(inet6, 0, "[fe80::1%tun0]:46005", "[fe80::2%tun0]:53"),
		connected(inet6, 0, "[2001:db8:1111:2222:3333:4444:5555:6666]:46006", "[2001:db8:1111:2222:3333:4444:5555:7777]:6000"),
	)
	// Datagrams waiting to be read, and one waiting to be sent.
	fd = w.bound(inet, udp, 0, "127.0.0.5:47000")
	sender := connected(inet, 0, "127.0.0.5:47001", "127.0.0.5:47000")
	for range 3 {
		write(sender, 500)
	}
	setOptions(sender, []option{{unix.IPPROTO_UDP, unix.UDP_CORK, 1}})
	write(sender, 300)
	w.give("sshd", fd, sender)
	// A socket that was disconnected, and one never bound.
	fd = connected(inet, 0, "127.0.0.5:47002", "127.0.0.5:47000")
	check(withSockaddr(unix.SYS_CONNECT, fd, unix.AF_UNSPEC, strings.Repeat("\x00", 14)), "disconnect")
	w.give("empty", w.socket(inet, udp, 0), w.socket(inet6, udp, 0), fd)
	// An address without a port counts as connected in the tables, although
	// getpeername(2) reports no peer.
	connected(inet, 0, "127.0.0.5:47003", "127.0.0.5:0")

	lite, err := unix.Socket(inet, udp, unix.IPPROTO_UDPLITE)
	if err == unix.EPROTONOSUPPORT {
		w.absent = append(w.absent, "udplite")
		return
	}
	check(err, "udplite")
	check(unix.Bind(lite, sockaddr(inet, "0.0.0.0:6000")), "bind")
	w.give("nobody", lite)
	w.give("utf8", w.bound(inet6, udp, unix.IPPROTO_UDPLITE, "[::]:123"), w.bound(inet, udp, unix.IPPROTO_UDPLITE, "127.0.0.1:53"),
		connected(inet, unix.IPPROTO_UDPLITE, "192.0.2.1:48000", "192.0.2.13:6000"),
		connected(inet6, unix.IPPROTO_UDPLITE, "[2001:db8::1]:48001", "[2001:db8::12]:6000"),
		connected(inet6, unix.IPPROTO_UDPLITE, "192.0.2.1:48002", "192.0.2.10:6000"))
}

func (w *world) raws() {
	raw := func(domain, proto int, local, remote string) int {
		fd := w.socket(domain, unix.SOCK_RAW, proto)
		// Keep the test's own packets out of the queue.
		if proto == unix.IPPROTO_ICMP && domain == inet {
			check(unix.SetsockoptInt(fd, unix.SOL_RAW, 1 /* ICMP_FILTER of linux/icmp.h */, -1), "filter")
		}
		if proto == unix.IPPROTO_ICMPV6 {
			var none unix.ICMPv6Filter
			for i := range none.Data {
				none.Data[i] = ^uint32(0)
			}
			check(unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &none), "filter")
		}
		if local != "" {
			check(unix.Bind(fd, sockaddr(domain, local)), "bind")
		}
		if remote != "" {
			check(unix.Connect(fd, sockaddr(domain, remote)), "connect")
		}
		return fd
	}
	w.give("sshd", raw(inet, unix.IPPROTO_ICMP, "", ""), raw(inet6, unix.IPPROTO_ICMPV6, "", ""))
	w.give("nginx",
		raw(inet, unix.IPPROTO_TCP, "127.0.0.9:0", "127.0.0.10:0"),
		raw(inet, unix.IPPROTO_RAW, "", ""),
		raw(inet, 253, "", ""),
		raw(inet, 253, "192.0.2.1:0", "192.0.2.12:0"),
		raw(inet, unix.IPPROTO_GRE, "127.0.0.7:0", ""),
		raw(inet6, 253, "[::1]:0", ""),
		raw(inet6, unix.IPPROTO_RAW, "", ""),
		raw(inet6, 89, "[2001:db8::1]:0", "[2001:db8::12]:0"),
		raw(inet6, 253, "[2001:db8:1111:2222:3333:4444:5555:6666]:0", "[2001:db8:1111:2222:3333:4444:5555:7777]:0"),
		raw(inet6, unix.IPPROTO_ICMPV6, "[fe80::1%tun0]:0", "[fe80::2%tun0]:0"))
	// Unprivileged ICMP sockets are in neither table.
	w.give("nobody", w.socket(inet, unix.SOCK_DGRAM, unix.IPPROTO_ICMP))
}
