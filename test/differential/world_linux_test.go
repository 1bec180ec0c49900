package differential

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience limits every wait for an event that is immediate on an idle machine and soon
// on a busy one.
const patience = 10 * time.Minute

// program is a process that holds sockets.
type program struct {
	argv0   string
	uid     uint32
	special string // what else the process does to itself; see holderMain
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

// fact is what the world knows about a socket that it created and kept open. It is
// compared with the netstat under test without the oracle.
type fact struct {
	Inode         uint64
	Proto         string // tcp, tcp6, …
	Local, Remote string
	State         string // as printed by netstat; empty if it prints none
	UID           int64
	PID           int // the only process that holds it
}

type world struct {
	peer     *peer
	held     map[string][]int // program to file descriptors
	facts    []fact
	expected []string // "tcp 192.0.2.1:1 192.0.2.2:2 04": rows that must appear
	refresh  []func()
	absent   []string // protocols that this kernel lacks
}

// buildError turns the many errors of building a world into one return of build.
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

// sockaddr parses "host:port", with a scope as in "[fe80::1%tun0]:80". An IPv4 host in
// an IPv6 domain becomes an IPv4-mapped address.
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

// bound creates a socket with options and binds it, unless addr is empty.
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

// connect creates a stream socket and connects it; local is never empty, so that no
// port is random.
func (w *world) connect(domain int, local, remote string, options ...option) int {
	fd := w.bound(domain, unix.SOCK_STREAM, 0, local, append(options, reuse)...)
	check(unix.Connect(fd, sockaddr(domain, remote)), "connect %s to %s", local, remote)
	return fd
}

// start starts to connect and does not wait.
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

// fill writes until the socket accepts no more.
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

// give passes descriptors to a program. It is their only holder unless another program
// is given them too.
func (w *world) give(name string, fds ...int) {
	if _, ok := programs[name]; !ok {
		check(fmt.Errorf("not in the table"), "program %s", name)
	}
	w.held[name] = append(w.held[name], fds...)
}

// chown makes a user the owner of sockets, as shown by netstat -e.
func chown(uid uint32, fds ...int) {
	for _, fd := range fds {
		check(unix.Fchown(fd, int(int32(uid)), -1), "fchown %d", uid)
	}
}

// shows requires a row of /proc/net/tcp or tcp6, with the kernel's number of the state.
func (w *world) shows(proto, local, remote string, state byte) {
	w.expected = append(w.expected, fmt.Sprintf("%s %s %s %02X", proto, local, remote, state))
}

var hostOrder = binary.NativeEndian

const (
	inet  = unix.AF_INET
	inet6 = unix.AF_INET6
)

// outside creates a few sockets held by processes that only the host sees.
func (w *world) outside() {
	w.give("sshd", w.listen(inet, "127.0.0.8:7400", 10), w.bound(inet, unix.SOCK_DGRAM, 0, "127.0.0.8:7400"))
	w.give("nobody", w.listen(inet6, "[::1]:7400", 10), w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0))
}

// inside creates a few sockets held by processes in a nested pid namespace.
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

// settle waits until every expected row is there and the tables are the same twice in a
// row.
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
			return fmt.Errorf("the world kept changing; missing rows: %q of\n%s", missing, all)
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

// procRows reads the kernel's TCP tables: the rows in the form of world.shows, and
// everything except timers as one text.
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

// procAddr parses an address of /proc/net/tcp: words in host byte order.
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

// observe asks the kernel about a TCP or UDP socket by its descriptor. It returns false
// for sockets that netstat does not list.
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
		// getpeername(2) fails while a connection is being made.
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
