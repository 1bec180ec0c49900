package differential

import (
	"net/netip"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func (w *world) listeners() {
	sshd := w.listen(inet, "0.0.0.0:22", 128)
	ssh6 := w.listen(inet6, "[::]:22", 128, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1})
	w.give("sshd", sshd, ssh6)

	http := w.listen(inet, "127.0.0.1:80", 511)
	chown(1000, http)
	w.give("nginx", http)

	dual := w.listen(inet6, "[::]:8080", 4096)
	chown(1001, dual)
	w.give("long", dual)
	client, server := w.pair(dual, inet, "127.0.0.1:40080", "127.0.0.1:8080")
	w.give("relative", client)
	chown(4242, server)
	w.give("missing", server)
	w.shows("tcp6", "[::ffff:127.0.0.1]:8080", "[::ffff:127.0.0.1]:40080", 1)

	ipp := w.listen(inet6, "[::1]:631", 5)
	client, server = w.pair(ipp, inet6, "[::1]:40631", "[::1]:631", option{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1})
	w.give("dir", ipp, client, server)

	// Connections that are not accepted fill the listener's queue.
	full := w.listen(inet, "127.0.0.2:5432", 1)
	chown(4294967294, full)
	w.give("highest", full)
	for _, port := range []string{"41001", "41002"} {
		w.give("bare", w.connect(inet, "127.0.0.2:"+port, "127.0.0.2:5432"))
	}
	w.give("blank", w.listen(inet, "127.0.0.1:6000", 0))
	w.give("escape", w.listen(inet, "127.0.0.1:6001", 10))
	w.give("utf8", w.listen(inet, "127.0.0.1:6002", 10))
	w.give("utf8long", w.listen(inet, "127.0.0.1:6003", 10))
	w.give("latin1", w.listen(inet, "127.0.0.1:6004", 10))
	w.give("newline", w.listen(inet, "192.0.2.1:65535", 10))
	w.give("c1", w.listen(inet, "127.0.0.1:6005", 10))
	w.give("bidi", w.listen(inet, "127.0.0.1:6006", 10))
	w.give("deleted", w.listen(inet, "127.0.0.1:6007", 10))
	w.give("empty", w.listen(inet, "127.0.0.1:6008", 10))
	w.give("noargs", w.listen(inet, "127.0.0.1:6009", 10))
	w.give("nobody", w.listen(inet, "127.0.0.1:11211", 10))
	w.give("nobody2", w.listen(inet6, "[::1]:53", 10))

	for _, host := range []string{
		"2001:db8:1111:2222:3333:4444:5555:6666", "fe80::1%tun0", "fe80::1%tun1",
		"fe80::1234:5678:9abc:def0%tun0", "::abcd",
	} {
		for _, port := range []string{"80", "6000", "65000"} {
			w.give("missing", w.listen(inet6, "["+host+"]:"+port, 7))
		}
	}
	// Bound but not listening: in no table of /proc, although sock_diag has it.
	w.bound(inet, unix.SOCK_STREAM, 0, "127.0.0.1:6543")
	w.bound(inet6, unix.SOCK_STREAM, 0, "[::1]:6543")

	shared := w.listen(inet, "127.0.0.1:7777", 10)
	w.give("parent", shared)
	w.give("child", shared)
	twice, err := unix.FcntlInt(uintptr(shared), unix.F_DUPFD_CLOEXEC, 0)
	check(err, "dup")
	w.give("child", twice)
}

func (w *world) established() {
	l := w.listen(inet, "127.0.0.3:7000", 10)
	l6 := w.listen(inet6, "[::1]:7000", 10)
	w.give("sshd", l, l6)
	keepalive := option{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1}
	idle := option{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 30000}

	client, server := w.pair(l, inet, "127.0.0.3:42001", "127.0.0.3:7000")
	w.give("nobody", client)
	w.give("nobody2", server)
	client, server = w.pair(l, inet, "127.0.0.7:42002", "127.0.0.3:7000", keepalive, idle)
	w.give("nginx", client, server)
	client, server = w.pair(l, inet, "127.0.0.3:42003", "127.0.0.3:7000")
	write(client, 1234)
	w.give("sshd", client, server)
	// A peer that does not read: data in both queues and a window probe.
	client, server = w.pair(l6, inet6, "[::1]:42004", "[::1]:7000")
	fill(client)
	chown(1001, client)
	w.give("relative", client)
	w.give("sshd", server)
	// Closed by one end only.
	client, server = w.pair(l, inet, "127.0.0.3:42005", "127.0.0.3:7000")
	check(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
	w.give("sshd", client, server)
	w.shows("tcp", "127.0.0.3:42005", "127.0.0.3:7000", 5)
	w.shows("tcp", "127.0.0.3:7000", "127.0.0.3:42005", 8)

	// Held by an unreceived message: an inode, but no process.
	client, server = w.pair(l, inet, "127.0.0.3:42006", "127.0.0.3:7000")
	w.give("sshd", server)
	mail, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	check(err, "socketpair")
	check(unix.Sendmsg(mail[0], []byte{0}, unix.UnixRights(client), nil, 0), "sendmsg")
	unix.Close(client)
	w.give("sshd", mail[0], mail[1])

	// With the peer, so that names and long addresses have connections too.
	w.peer.expect(443, polite)
	w.peer.expect(6000, polite)
	for i, c := range []struct {
		domain        int
		local, remote string
	}{
		{inet, "192.0.2.1", "192.0.2.10:443"},
		{inet, "192.0.2.1", "192.0.2.11:443"},
		{inet, "192.0.2.1", "192.0.2.12:443"},
		{inet, "192.0.2.1", "192.0.2.13:6000"},
		{inet, "192.0.2.1", "192.0.2.14:443"},
		{inet, "192.0.2.1", "192.0.2.15:443"},
		{inet, "192.0.2.1", "192.0.2.99:6000"},
		{inet6, "192.0.2.1", "192.0.2.12:443"},
		{inet6, "192.0.2.1", "192.0.2.10:6000"},
		{inet6, "2001:db8::1", "[2001:db8::10]:443"},
		{inet6, "2001:db8::1", "[2001:db8::12]:443"},
		{inet6, "2001:db8::1", "[2001:db8::13]:6000"},
		{inet6, "2001:db8:1111:2222:3333:4444:5555:6666", "[2001:db8:1111:2222:ffff:eeee:dddd:cccc]:6000"},
		{inet6, "fe80::1%tun0", "[fe80::2%tun0]:443"},
		{inet6, "fe80::1234:5678:9abc:def0%tun0", "[fe80::aaaa:bbbb:cccc:dddd%tun0]:6000"},
	} {
		local := netip.AddrPortFrom(netip.MustParseAddr(c.local), uint16(43000+i)).String()
		fd := w.connect(c.domain, local, c.remote)
		chown([]uint32{0, 1000, 1001, 4242, 65534}[i%5], fd)
		w.give([]string{"sshd", "nginx", "long", "missing", "nobody"}[i%5], fd)
	}
}

// twins calls make for IPv4, IPv6 and IPv4 in an IPv6 socket.
func (w *world) twins(make func(domain int, proto, host, remote string)) {
	make(inet, "tcp", "192.0.2.1", "192.0.2.20")
	make(inet6, "tcp6", "[2001:db8::1]", "[2001:db8::20]")
	make(inet6, "tcp6", "192.0.2.1", "192.0.2.21")
}

// procHost formats a host as in rows of /proc/net.
func procHost(proto, host string) string {
	if proto == "tcp6" && !strings.HasPrefix(host, "[") {
		return "[::ffff:" + host + "]"
	}
	return host
}

func procEnd(proto, end string) string {
	at := strings.LastIndexByte(end, ':')
	return procHost(proto, end[:at]) + end[at:]
}

// dying creates the states that need an uncooperative peer.
func (w *world) dying() {
	silent := conduct{ackSyn: true, window: 65000}
	for port, how := range map[uint16]conduct{
		// In each, ackData comes before the FIN, so that only the FIN is
		// unacknowledged.
		7101: {ackSyn: true, ackData: true, window: 65000},
		7102: polite,
		7103: polite,
		7104: silent,
		7105: {ackSyn: true, window: 0},
		7106: polite,
	} {
		w.peer.expect(port, how)
	}
	conn := func(host, remote string) *peerConn {
		c, err := w.peer.conn(host, remote)
		check(err, "peer")
		return c
	}

	w.twins(func(domain int, proto, host, remote string) {
		shows := func(port, peerPort string, state byte) {
			w.shows(proto, procHost(proto, host)+":"+port, procHost(proto, remote)+":"+peerPort, state)
		}
		shutdown := func(fd int) { check(unix.Shutdown(fd, unix.SHUT_WR), "shutdown") }
		connect := func(port, peerPort string, options ...option) (int, *peerConn) {
			fd := w.connect(domain, host+":"+port, remote+":"+peerPort, options...)
			return fd, conn(host+":"+port, remote+":"+peerPort)
		}

		// SYN_SENT
		fd := w.start(domain, host+":44000", remote+":7999")
		chown(1001, fd)
		w.give("relative", fd)
		shows("44000", "7999", 2)

		// FIN_WAIT1, orphaned and owned
		fd, _ = connect("44010", "7101")
		chown(1000, fd)
		unix.Close(fd)
		shows("44010", "7101", 4)
		fd, _ = connect("44011", "7101")
		shutdown(fd)
		w.give("nginx", fd)
		shows("44011", "7101", 4)
		fd, _ = connect("44012", "7104")
		write(fd, 777)
		unix.Close(fd)
		shows("44012", "7104", 4)

		// FIN_WAIT2, orphaned and owned
		fd, _ = connect("44020", "7102")
		unix.Close(fd)
		shows("44020", "7102", 5)
		fd, _ = connect("44021", "7102")
		shutdown(fd)
		w.give("nobody", fd)
		shows("44021", "7102", 5)

		// TIME_WAIT; the FIN is repeated to keep it from expiring
		fd, c := connect("44030", "7103")
		chown(1000, fd)
		unix.Close(fd)
		check(c.waitFin(), "TIME_WAIT")
		c.fin()
		w.refresh = append(w.refresh, c.fin)
		shows("44030", "7103", 6)

		// CLOSE_WAIT
		fd, c = connect("44040", "7102")
		c.fin()
		w.give("utf8", fd)
		shows("44040", "7102", 8)

		// LAST_ACK
		fd, c = connect("44050", "7101")
		c.fin()
		awaitHangup(fd)
		c.finished()
		unix.Close(fd)
		shows("44050", "7101", 9)

		// CLOSING: both FINs crossed. Orphaned and owned.
		for i, port := range []string{"44060", "44061"} {
			fd, c = connect(port, "7101")
			shutdown(fd)
			check(c.waitFin(), "CLOSING")
			c.fin()
			if i == 0 {
				awaitHangup(fd)
				unix.Close(fd)
			} else {
				w.give("sshd", fd)
			}
			shows(port, "7101", 11)
		}

		// Unacknowledged data, and data that a zero window holds back.
		fd, _ = connect("44070", "7104", option{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1})
		write(fd, 4321)
		w.give("relative", fd)
		shows("44070", "7104", 1)
		fd, _ = connect("44071", "7105")
		write(fd, 100)
		w.give("blank", fd)
		shows("44071", "7105", 1)
		fd, _ = connect("44072", "7105")
		write(fd, 100)
		unix.Close(fd)
		shows("44072", "7105", 4)
	})

	// SYN_RECV: the peer does not finish the handshake.
	l := w.listen(inet, "192.0.2.1:7200", 50)
	chown(1000, l)
	l6 := w.listen(inet6, "[::]:7201", 50)
	chown(1001, l6)
	w.give("nginx", l)
	w.give("long", l6)
	for _, half := range []struct{ proto, from, to string }{
		{"tcp", "192.0.2.30:45000", "192.0.2.1:7200"},
		{"tcp", "192.0.2.31:45001", "192.0.2.1:7200"},
		{"tcp6", "192.0.2.32:45002", "192.0.2.1:7201"},
		{"tcp6", "[2001:db8::30]:45003", "[2001:db8::1]:7201"},
	} {
		_, err := w.peer.dial(half.from, half.to, conduct{window: 65000})
		check(err, "SYN_RECV")
		w.shows(half.proto, procEnd(half.proto, half.to), procEnd(half.proto, half.from), 3)
	}
	// A listener that waits for data before it accepts a connection.
	patient := w.listen(inet, "127.0.0.4:7202", 50, option{unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 3000})
	w.give("sshd", patient, w.connect(inet, "127.0.0.4:45010", "127.0.0.4:7202"))
	w.shows("tcp", "127.0.0.4:7202", "127.0.0.4:45010", 3)
	// Connections that the peer opened.
	for _, from := range []string{"192.0.2.40:45020", "192.0.2.12:45021"} {
		_, err := w.peer.dial(from, "192.0.2.1:7200", polite)
		check(err, "dial")
		w.give("nginx", w.accept(l))
	}

	// FIN_WAIT2 that the kernel already keeps as a TIME_WAIT record. It cannot be
	// prolonged, so a refresh creates it again.
	const local, remote = "192.0.2.1:44080", "192.0.2.20:7106"
	brief := func() {
		unix.Close(w.connect(inet, local, remote, option{unix.IPPROTO_TCP, unix.TCP_LINGER2, 59}))
		check(conn(local, remote).waitFin(), "brief FIN_WAIT2")
	}
	brief()
	w.shows("tcp", local, remote, 5)
	w.refresh = append(w.refresh, func() {
		conn(local, remote).reset()
		w.awaitGone("tcp", local, remote)
		brief()
		check(w.settle(), "refresh")
	})
}

// awaitHangup waits until the peer's FIN has arrived.
func awaitHangup(fd int) {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(p, int(patience.Milliseconds()))
	check(err, "poll")
	if n == 0 {
		check(os.ErrDeadlineExceeded, "wait for FIN")
	}
}
