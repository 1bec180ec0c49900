package differential

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// patience bounds every wait for something that happens at once on an idle
// machine, and soon on a busy one.
const patience = 10 * time.Minute

// program is a process that holds sockets.
type program struct {
	argv0   string
	uid     uint32
	special string // what else the process does to itself, see holderMain
}

var programs = map[string]program{
	"sshd":     {argv0: "/usr/sbin/sshd"},
	"nginx":    {argv0: "nginx: master process /usr/sbin/nginx -g daemon on;", uid: 1000},
	"relative": {argv0: "./rel/path/prog", uid: 1001},
	"dir":      {argv0: "/opt/dir/", uid: 1000},
	"empty":    {argv0: ""},
	"noargs":   {argv0: "gone", special: "noargs"},
	"long":     {argv0: "/opt/a/program-whose-name-is-much-longer-than-the-column", uid: 1001},
	"bare":     {argv0: "a-bare-name-that-fills-it"},
	"blank":    {argv0: " leading and  double blanks", uid: 1},
	"escape":   {argv0: "\x1b[31mred\x07\x7f", uid: 1000},
	"newline":  {argv0: "two\nlines\there", uid: 1000},
	"utf8":     {argv0: "/usr/bin/сервер"},
	"utf8long": {argv0: "длинное-имя-программы", uid: 1001},
	"latin1":   {argv0: "caf\xe9", uid: 1},
	"c1":       {argv0: "a\u0085b"},
	"bidi":     {argv0: "a\u202eb"},
	"deleted":  {argv0: "/run/deleted", special: "deleted"},
	"nobody":   {argv0: "/usr/bin/memcached", uid: 65534},
	"nobody2":  {argv0: "dnsmasq", uid: 65534},
	"missing":  {argv0: "/usr/bin/app", uid: 4242},
	"highest":  {argv0: "highest", uid: 4294967294},
	"parent":   {argv0: "/usr/bin/parent"},
	"child":    {argv0: "/usr/bin/child"},
}

// fact is what the world knows of a socket it made and kept open, against
// which the netstat under test is checked without the oracle.
type fact struct {
	Inode         uint64
	Proto         string // tcp, tcp6, …
	Local, Remote string
	State         string // as netstat prints it, empty if it prints none
	UID           int64
	PID           int // of the process that alone holds it
}

type world struct {
	peer     *peer
	held     map[string][]int // program to file descriptors
	facts    []fact
	expected []string // "tcp 192.0.2.1:1 192.0.2.2:2 04" rows that must show
	refresh  []func()
	absent   []string // protocols this kernel does not have
}

// check turns the many errors of building a world into one return of build.
type buildError struct{ error }

func check(err error, format string, args ...any) {
	if err != nil {
		panic(buildError{fmt.Errorf(format+": %w", append(args, err)...)})
	}
}

func build(w *world, makers ...func(*world)) (err error) {
	defer func() {
		if e, ok := recover().(buildError); ok {
			err = e.error
		}
	}()
	for _, maker := range makers {
		maker(w)
	}
	return nil
}

func (w *world) socket(domain, typ, proto int) int {
	fd, err := unix.Socket(domain, typ|unix.SOCK_CLOEXEC, proto)
	check(err, "socket(%d, %d, %d)", domain, typ, proto)
	return fd
}

// sockaddr reads "host:port", with a scope as in "[fe80::1%tun0]:80". An IPv4
// host in an IPv6 domain becomes a mapped one.
func sockaddr(domain int, s string) unix.Sockaddr {
	ap, err := netip.ParseAddrPort(s)
	check(err, "address %q", s)
	if domain == unix.AF_INET {
		return &unix.SockaddrInet4{Addr: ap.Addr().As4(), Port: int(ap.Port())}
	}
	sa := &unix.SockaddrInet6{Addr: ap.Addr().As16(), Port: int(ap.Port())}
	if zone := ap.Addr().Zone(); zone != "" {
		sa.ZoneId = interfaceIndex(zone)
	}
	return sa
}

func interfaceIndex(name string) uint32 {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	check(err, "socket")
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	check(err, "interface %s", name)
	check(unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req), "index of %s", name)
	return req.Uint32()
}

type option struct{ level, name, value int }

var reuse = option{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}

func setOptions(fd int, options []option) {
	for _, o := range options {
		check(unix.SetsockoptInt(fd, o.level, o.name, o.value), "setsockopt %v", o)
	}
}

// bound makes a socket with options and binds it, unless addr is empty.
func (w *world) bound(domain, typ, proto int, addr string, options ...option) int {
	fd := w.socket(domain, typ, proto)
	setOptions(fd, options)
	if addr != "" {
		check(unix.Bind(fd, sockaddr(domain, addr)), "bind %s", addr)
	}
	return fd
}

func (w *world) listen(domain int, addr string, backlog int, options ...option) int {
	fd := w.bound(domain, unix.SOCK_STREAM, 0, addr, append(options, reuse)...)
	check(unix.Listen(fd, backlog), "listen %s", addr)
	return fd
}

// connect makes a stream socket and connects it; local is not empty, so that
// no port is left to chance.
func (w *world) connect(domain int, local, remote string, options ...option) int {
	fd := w.bound(domain, unix.SOCK_STREAM, 0, local, append(options, reuse)...)
	check(unix.Connect(fd, sockaddr(domain, remote)), "connect %s to %s", local, remote)
	return fd
}

// start begins to connect and does not wait.
func (w *world) start(domain int, local, remote string, options ...option) int {
	fd := w.bound(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0, local, append(options, reuse)...)
	if err := unix.Connect(fd, sockaddr(domain, remote)); err != unix.EINPROGRESS {
		check(fmt.Errorf("%v", err), "connect %s to %s: not in progress", local, remote)
	}
	return fd
}

func (w *world) accept(fd int) int {
	c, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
	check(err, "accept")
	return c
}

// pair connects local to a listener and accepts.
func (w *world) pair(listener, domain int, local, remote string, options ...option) (client, server int) {
	client = w.connect(domain, local, remote, options...)
	return client, w.accept(listener)
}

// fill writes until the socket takes no more.
func fill(fd int) {
	check(unix.SetNonblock(fd, true), "nonblock")
	chunk := make([]byte, 16<<10)
	for {
		if _, err := unix.Write(fd, chunk); err != nil {
			return
		}
	}
}

func write(fd, size int) {
	n, err := unix.Write(fd, make([]byte, size))
	check(err, "write")
	if n != size {
		check(fmt.Errorf("%d of %d", n, size), "short write")
	}
}

// give hands descriptors to a program, which alone will hold them if no other
// program is given them too.
func (w *world) give(name string, fds ...int) {
	if _, ok := programs[name]; !ok {
		check(fmt.Errorf("not in the table"), "program %s", name)
	}
	w.held[name] = append(w.held[name], fds...)
}

// chown makes a user the owner of sockets, as netstat -e shows it.
func chown(uid uint32, fds ...int) {
	for _, fd := range fds {
		check(unix.Fchown(fd, int(int32(uid)), -1), "fchown %d", uid)
	}
}

// shows says that a row of /proc/net/tcp or tcp6 is to be there, in the
// kernel's numbering of states.
func (w *world) shows(proto, local, remote string, state byte) {
	w.expected = append(w.expected, fmt.Sprintf("%s %s %s %02X", proto, local, remote, state))
}

var hostOrder = binary.NativeEndian

const (
	inet  = unix.AF_INET
	inet6 = unix.AF_INET6
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

	// Connections that nobody accepts fill the listener's queue.
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
	// A reader that does not read: data in both queues and a window probe.
	client, server = w.pair(l6, inet6, "[::1]:42004", "[::1]:7000")
	fill(client)
	chown(1001, client)
	w.give("relative", client)
	w.give("sshd", server)
	// Half-closed on one side only.
	client, server = w.pair(l, inet, "127.0.0.3:42005", "127.0.0.3:7000")
	check(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
	w.give("sshd", client, server)
	w.shows("tcp", "127.0.0.3:42005", "127.0.0.3:7000", 5)
	w.shows("tcp", "127.0.0.3:7000", "127.0.0.3:42005", 8)

	// Held by a message that nobody has received: an inode, but no process.
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

// twins runs a maker for IPv4, IPv6 and IPv4 in an IPv6 socket.
func (w *world) twins(make func(domain int, proto, host, remote string)) {
	make(inet, "tcp", "192.0.2.1", "192.0.2.20")
	make(inet6, "tcp6", "[2001:db8::1]", "[2001:db8::20]")
	make(inet6, "tcp6", "192.0.2.1", "192.0.2.21")
}

// procHost writes a host as rows of /proc/net have it.
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

// dying makes the states that need an uncooperative other end.
func (w *world) dying() {
	silent := conduct{ackSyn: true, window: 65000}
	for port, how := range map[uint16]conduct{
		// ackData comes before the FIN in each, so that only the FIN is open.
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

		// TIME_WAIT; the FIN is repeated to keep it from ending
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

		// Data not acknowledged, and data that a zero window holds back.
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
	// And a listener that waits for data before it believes in a connection.
	patient := w.listen(inet, "127.0.0.4:7202", 50, option{unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 3000})
	w.give("sshd", patient, w.connect(inet, "127.0.0.4:45010", "127.0.0.4:7202"))
	w.shows("tcp", "127.0.0.4:7202", "127.0.0.4:45010", 3)
	// Connections that the peer opened.
	for _, from := range []string{"192.0.2.40:45020", "192.0.2.12:45021"} {
		_, err := w.peer.dial(from, "192.0.2.1:7200", polite)
		check(err, "dial")
		w.give("nginx", w.accept(l))
	}

	// FIN_WAIT2 that the kernel already keeps as a TIME_WAIT record. It cannot
	// be prolonged, so a refresh makes it anew.
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

// awaitHangup waits for the peer's FIN to have arrived.
func awaitHangup(fd int) {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(p, int(patience.Milliseconds()))
	check(err, "poll")
	if n == 0 {
		check(os.ErrDeadlineExceeded, "wait for FIN")
	}
}

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
	// Datagrams that wait to be read, and one that waits to be sent.
	fd = w.bound(inet, udp, 0, "127.0.0.5:47000")
	sender := connected(inet, 0, "127.0.0.5:47001", "127.0.0.5:47000")
	for range 3 {
		write(sender, 500)
	}
	setOptions(sender, []option{{unix.IPPROTO_UDP, unix.UDP_CORK, 1}})
	write(sender, 300)
	w.give("sshd", fd, sender)
	// A socket that was connected and is not any more, and one never bound.
	fd = connected(inet, 0, "127.0.0.5:47002", "127.0.0.5:47000")
	check(withSockaddr(unix.SYS_CONNECT, fd, unix.AF_UNSPEC, strings.Repeat("\x00", 14)), "disconnect")
	w.give("empty", w.socket(inet, udp, 0), w.socket(inet6, udp, 0), fd)
	// An address without a port counts as connected in the tables, although
	// getpeername(2) denies it.
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
		// No packet of the test's own may gather in a queue.
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
	// ICMP without privilege: in neither table.
	w.give("nobody", w.socket(inet, unix.SOCK_DGRAM, unix.IPPROTO_ICMP))
}

// unixNames are names to bind to; those without a leading slash or NUL are
// relative to /run/world.
var unixNames = []string{
	"/run/world/plain",
	"relative",
	"with a blank",
	"with\ttab",
	"with\x0bvertical tab",
	"with\x0cform feed",
	"with\rreturn",
	"escape\x1b]0;title\x07",
	"delete\x7f",
	"имя-на-кириллице",
	"日本語 と blank",
	"latin1-\xe9\xe8",
	"c1-\u009b31m",
	"bidi-\u202eevil",
	"cut-utf8-\xe6\x97",
	"@looks-abstract",
	"trailing ",
	" leading",
	"[ ]",
	"/run/world/" + strings.Repeat("x", 96), // 107 bytes, and a NUL fits
	"/run/world/" + strings.Repeat("y", 97), // 108, none does
	"\x00abstract",
	"\x00abstract with blanks",
	"\x00nul\x00inside\x00",
	"\x00\x00\x00",
	"\x00/slash/in/abstract",
	"\x00@at",
	"\x00abs\x1b[2Jtract",
	"\x00" + strings.Repeat("z", 107),
}

// brokenNames hold the one byte that /proc/net/unix cannot show: its readers
// take the rest of the name for another row.
var brokenNames = []string{
	"new\nline",
	"\x00abstract new\nline with blanks",
	"double\n\nnewline",
}

// withSockaddr makes a call whose address the wrappers of package unix cannot
// express: names of 108 bytes, names that start with "@", no name.
func withSockaddr(call uintptr, fd int, family uint16, rest string) error {
	b := append(hostOrder.AppendUint16(nil, family), rest...)
	_, _, errno := unix.Syscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return errno
	}
	return nil
}

func bindUnix(fd int, name string) error {
	if name[0] != 0 && len(name) < 108 {
		name += "\x00"
	}
	return withSockaddr(unix.SYS_BIND, fd, unix.AF_UNIX, name)
}

func (w *world) locals() {
	check(os.MkdirAll("/run/world", 0o777), "directory")
	check(os.Chdir("/run/world"), "directory")
	bind := func(typ int, name string) int {
		fd := w.socket(unix.AF_UNIX, typ, 0)
		check(bindUnix(fd, name), "bind %q", name)
		return fd
	}
	listen := func(typ int, name string, backlog int) int {
		fd := bind(typ, name)
		check(unix.Listen(fd, backlog), "listen %q", name)
		return fd
	}
	types := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}
	owners := []string{"sshd", "nginx", "nobody", "long", "utf8", "escape", "missing"}
	for i, name := range append(slices.Clone(unixNames), brokenNames...) {
		fd := bind(types[i%3], name)
		if i%2 == 0 && types[i%3] != unix.SOCK_DGRAM {
			check(unix.Listen(fd, 5), "listen %q", name)
		}
		w.give(owners[i%len(owners)], fd)
	}

	for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET} {
		name := fmt.Sprintf("/run/world/server-%d", typ)
		l := listen(typ, name, 16)
		dial := func(local string) int {
			fd := w.socket(unix.AF_UNIX, typ, 0)
			if local != "" {
				check(bindUnix(fd, local), "bind")
			}
			check(unix.Connect(fd, &unix.SockaddrUnix{Name: name}), "connect %s", name)
			return fd
		}
		w.give("sshd", l, dial(""), w.accept(l))
		w.give("nobody", dial(fmt.Sprintf("client-%d", typ)), w.accept(l))
		half := dial("")
		w.give("nobody2", w.accept(l))
		check(unix.Shutdown(half, unix.SHUT_RDWR), "shutdown")
		w.give("nginx", half)
		lost := dial("")
		w.give("nobody2", w.accept(l))
		unix.Close(lost)
		// Never accepted: the listener's end is CONNECTING and nobody's.
		w.give("relative", dial(""), dial(""))
	}
	for _, typ := range types {
		both, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
		check(err, "socketpair")
		write(both[0], 100)
		w.give("parent", both[0])
		w.give("child", both[0], both[1])
	}
	sink := bind(unix.SOCK_DGRAM, "/run/world/sink")
	for range 3 {
		fd := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		check(unix.Connect(fd, &unix.SockaddrUnix{Name: "/run/world/sink"}), "connect")
		write(fd, 50)
		w.give("long", fd)
	}
	w.give("utf8long", sink, w.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0),
		w.socket(unix.AF_UNIX, unix.SOCK_RAW, 0), w.socket(unix.AF_UNIX, unix.SOCK_SEQPACKET, 0))
	// A name that the kernel chose, and one whose file is gone.
	auto := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	check(withSockaddr(unix.SYS_BIND, auto, unix.AF_UNIX, ""), "autobind")
	unlinked := listen(unix.SOCK_STREAM, "/run/world/unlinked", 3)
	check(os.Remove("/run/world/unlinked"), "unlink")
	w.give("dir", auto, unlinked)
}

// outside makes a few sockets held by processes that only the host sees.
func (w *world) outside() {
	w.give("sshd", w.listen(inet, "127.0.0.8:7400", 10), w.bound(inet, unix.SOCK_DGRAM, 0, "127.0.0.8:7400"))
	w.give("nobody", w.listen(inet6, "[::1]:7400", 10), w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0))
}

// inside makes a few sockets held by processes further in.
func (w *world) inside() {
	w.give("nginx", w.listen(inet, "127.0.0.6:7300", 10), w.listen(inet6, "[::1]:7300", 10))
	client, server := w.pair(w.held["nginx"][0], inet, "127.0.0.6:45030", "127.0.0.6:7300")
	w.give("nobody", client)
	w.give("parent", server)
	w.give("child", server, w.bound(inet, unix.SOCK_DGRAM, 0, "127.0.0.6:53"), w.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0))
	fd := w.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	check(bindUnix(fd, "/run/world/inside"), "bind")
	check(unix.Listen(fd, 5), "listen")
	w.give("utf8", fd)
}

// settle waits until every expected row is there and the tables are the same
// twice running.
func (w *world) settle() error {
	deadline := time.Now().Add(patience)
	before := ""
	for {
		rows, all := procRows()
		missing := slices.DeleteFunc(slices.Clone(w.expected), func(e string) bool { return rows[e] })
		if len(missing) == 0 && all == before {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the world did not come to rest; rows missing: %q of\n%s", missing, all)
		}
		before = all
		time.Sleep(20 * time.Millisecond)
	}
}

func (w *world) awaitGone(proto, local, remote string) {
	deadline := time.Now().Add(patience)
	for {
		rows, _ := procRows()
		gone := true
		for row := range rows {
			gone = gone && !strings.HasPrefix(row, proto+" "+local+" "+remote+" ")
		}
		if gone {
			return
		}
		if time.Now().After(deadline) {
			check(os.ErrDeadlineExceeded, "end of %s %s", local, remote)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// procRows reads the kernel's TCP tables: the rows as World.shows writes them,
// and everything but timers as one text.
func procRows() (rows map[string]bool, all string) {
	rows = map[string]bool{}
	var b strings.Builder
	for _, proto := range []string{"tcp", "tcp6"} {
		f, err := os.Open("/proc/net/" + proto)
		check(err, "tables")
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[0] == "sl" {
				continue
			}
			row := proto + " " + procAddr(fields[1]) + " " + procAddr(fields[2]) + " " + fields[3]
			rows[row] = true
			fmt.Fprintln(&b, row, fields[4], fields[9])
		}
		f.Close()
	}
	return rows, b.String()
}

// procAddr reads an address of /proc/net/tcp: words in host order.
func procAddr(s string) string {
	host, port, _ := strings.Cut(s, ":")
	var raw []byte
	for i := 0; i+8 <= len(host); i += 8 {
		n, err := strconv.ParseUint(host[i:i+8], 16, 32)
		check(err, "address %s", s)
		raw = hostOrder.AppendUint32(raw, uint32(n))
	}
	ip, _ := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(port, 16, 16)
	check(err, "address %s", s)
	if ip.Is4In6() {
		return fmt.Sprintf("[::ffff:%s]:%d", ip.Unmap(), n)
	}
	return netip.AddrPortFrom(ip, uint16(n)).String()
}

// staff starts the processes and hands them their sockets. What no program
// was given stays with the calling process.
func (w *world) staff() {
	helper := stage + "/helper"
	holdersOf := map[uint64][]int{}
	given := map[int]bool{}
	for _, name := range sortedKeys(w.held) {
		p := programs[name]
		path := helper
		if p.special == "deleted" {
			path = "/run/deleted"
			check(os.Link(helper, path), "link")
		}
		pid, err := startHolder(path, p, w.held[name])
		check(err, "start %s", name)
		if p.special == "deleted" {
			check(os.Remove(path), "remove")
		}
		for _, fd := range w.held[name] {
			inode := inodeOf(fd)
			if !slices.Contains(holdersOf[inode], pid) {
				holdersOf[inode] = append(holdersOf[inode], pid)
			}
			given[fd] = true
		}
	}
	for fd := range given {
		if pids := holdersOf[inodeOf(fd)]; len(pids) == 1 {
			if f, ok := observe(fd); ok {
				f.PID = pids[0]
				w.facts = append(w.facts, f)
			}
		}
		unix.Close(fd)
	}
}

func inodeOf(fd int) uint64 {
	var st unix.Stat_t
	check(unix.Fstat(fd, &st), "fstat")
	return st.Ino
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var stateNames = map[uint8]string{
	1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECV", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT",
	7: "CLOSE", 8: "CLOSE_WAIT", 9: "LAST_ACK", 10: "LISTEN", 11: "CLOSING",
}

// observe asks the kernel about a TCP or UDP socket by its descriptor; it
// reports false for sockets that netstat does not list.
func observe(fd int) (fact, bool) {
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	check(err, "SO_DOMAIN")
	proto, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	check(err, "SO_PROTOCOL")
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	check(err, "SO_TYPE")
	if typ == unix.SOCK_RAW {
		return fact{}, false
	}
	var f fact
	switch proto {
	case unix.IPPROTO_TCP:
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		check(err, "TCP_INFO")
		f.Proto, f.State = "tcp", stateNames[info.State]
	case unix.IPPROTO_UDP:
		f.Proto = "udp"
	default:
		return f, false
	}
	if domain == inet6 {
		f.Proto += "6"
	}
	var st unix.Stat_t
	check(unix.Fstat(fd, &st), "fstat")
	f.Inode, f.UID = st.Ino, int64(int32(st.Uid))
	any := "0.0.0.0:*"
	if domain == inet6 {
		any = ":::*"
	}
	local, err := unix.Getsockname(fd)
	check(err, "getsockname")
	f.Local, f.Remote = endText(local), any
	if remote, err := unix.Getpeername(fd); err == nil {
		f.Remote = endText(remote)
		if f.Proto[:3] == "udp" {
			f.State = "ESTABLISHED"
		}
	} else if f.State != "LISTEN" && f.Proto[:3] == "tcp" {
		// getpeername(2) has no answer while a connection is being made.
		f.Remote = ""
	}
	return f, !strings.HasSuffix(f.Local, ":*")
}

func endText(sa unix.Sockaddr) string {
	var ip netip.Addr
	var port int
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		ip, port = netip.AddrFrom4(sa.Addr), sa.Port
	case *unix.SockaddrInet6:
		ip, port = netip.AddrFrom16(sa.Addr).Unmap(), sa.Port
	}
	if port == 0 {
		return ip.String() + ":*"
	}
	return ip.String() + ":" + strconv.Itoa(port)
}

// startHolder starts a process that holds sockets until this one ends.
func startHolder(path string, p program, fds []int) (pid int, err error) {
	cmd := exec.Command(path)
	cmd.Args = []string{p.argv0, "-x", "an argument"}
	cmd.Env = []string{roleVariable + "=holder", "HOLD=" + p.special}
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	if p.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.uid, Gid: p.uid}}
	}
	for _, fd := range fds {
		// A copy, since an os.File closes what it holds.
		c, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return 0, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, os.NewFile(uintptr(c), "socket"))
	}
	// Its end is the holder's signal to end; it is never closed on purpose.
	if _, err := cmd.StdinPipe(); err != nil {
		return 0, err
	}
	ready, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for _, f := range cmd.ExtraFiles {
		f.Close()
	}
	holders = append(holders, cmd)
	said, err := io.ReadAll(ready)
	if err != nil || !bytes.Equal(said, []byte("ready")) {
		return 0, fmt.Errorf("holder said %q: %v", said, err)
	}
	return cmd.Process.Pid, nil
}

// holders keeps the pipes of holders from being collected and closed.
var holders []*exec.Cmd

func holderMain() error {
	if os.Getenv("HOLD") == "noargs" {
		if err := dropArguments(); err != nil {
			return err
		}
	}
	if _, err := os.Stdout.WriteString("ready"); err != nil {
		return err
	}
	os.Stdout.Close()
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// dropArguments makes /proc/PID/cmdline read as empty.
func dropArguments() error {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	field := func(n int) uint64 { // as proc_pid_stat(5) numbers them; the first here is 3
		v, _ := strconv.ParseUint(fields[n-3], 10, 64)
		return v
	}
	brk, _, _ := unix.Syscall(unix.SYS_BRK, 0, 0, 0)
	// struct prctl_mm_map of linux/prctl.h. It sets everything at once, but
	// unlike the calls for single fields asks for no privilege.
	m := struct {
		startCode, endCode, startData, endData   uint64
		startBrk, brk, startStack                uint64
		argStart, argEnd, envStart, envEnd, auxv uint64
		auxvSize, exeFD                          uint32
	}{
		startCode: field(26), endCode: field(27), startData: field(45), endData: field(46),
		startBrk: field(47), brk: uint64(brk), startStack: field(28),
		argStart: field(48), argEnd: field(48), envStart: field(50), envEnd: field(51),
		exeFD: ^uint32(0),
	}
	_, _, errno := unix.Syscall6(unix.SYS_PRCTL, unix.PR_SET_MM, unix.PR_SET_MM_MAP, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0, 0)
	if errno != 0 {
		return fmt.Errorf("PR_SET_MM_MAP: %w", errno)
	}
	return nil
}
