package filter

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/filter"
	"netstat/test/live"
)

// inNamespace is live.InNamespaces that passes on the number of random expressions.
func inNamespace(t *testing.T) bool {
	t.Helper()
	return live.InNamespaces(t, "-expressions", strconv.Itoa(*randomExpressions))
}

// world creates sockets. They live as long as the process.
type world struct {
	*testing.T
	cgroup string // path of a control group; empty if none could be created

	listeners map[string]int // of make, by address
	renewed   time.Time      // time when renew last created connections
}

func (w *world) must(err error, doing string) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", doing, err)
	}
}

func sockaddr(text string) unix.Sockaddr {
	a := netip.MustParseAddrPort(text)
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func family(text string) int {
	if netip.MustParseAddrPort(text).Addr().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func (w *world) socket(family, kind int) int {
	w.Helper()
	f, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	w.must(err, "socket")
	return f
}

// bound creates a socket with options set before it is bound.
func (w *world) bound(kind int, local string, options ...func(int)) int {
	w.Helper()
	f := w.socket(family(local), kind)
	w.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), "SO_REUSEADDR")
	for _, o := range options {
		o(f)
	}
	w.must(unix.Bind(f, sockaddr(local)), "bind "+local)
	return f
}

func (w *world) listen(local string, options ...func(int)) int {
	w.Helper()
	f := w.bound(unix.SOCK_STREAM, local, options...)
	w.must(unix.Listen(f, 1000), "listen")
	return f
}

// connect returns both ends of a connection.
func (w *world) connect(listener int, remote string, options ...func(int)) (client, server int) {
	w.Helper()
	client = w.socket(family(remote), unix.SOCK_STREAM)
	for _, o := range options {
		o(client)
	}
	w.must(unix.Connect(client, sockaddr(remote)), "connect "+remote)
	server, _, err := unix.Accept(listener)
	w.must(err, "accept")
	return client, server
}

// stuff writes as much as possible: the peer does not read.
func (w *world) stuff(f int) {
	w.Helper()
	w.must(unix.SetNonblock(f, true), "nonblock")
	for {
		if _, err := unix.Write(f, make([]byte, 1<<16)); err != nil {
			return
		}
	}
}

func (w *world) mark(mark int) func(int) {
	return func(f int) { w.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_MARK, mark), "SO_MARK") }
}

func (w *world) device(f int) { w.must(unix.BindToDevice(f, "lo"), "SO_BINDTODEVICE") }

// make fills the namespace.
func (w *world) make() {
	w.Helper()
	live.Lasting(w.T)
	for _, address := range []string{"193.233.7.1/24", "10.1.2.3/8", "2001:db8::1/64"} {
		live.Run(w.T, "ip", "address", "add", address, "dev", "lo", "nodad")
	}
	w.must(live.Reachable("2001:db8::1"), "2001:db8::1")
	w.joinCgroup()

	listeners := map[string]int{}
	w.listeners = listeners
	for _, local := range []string{
		"127.0.0.1:22", "127.0.0.1:80", "193.233.7.1:80", "193.233.7.1:443", "10.1.2.3:443", "0.0.0.0:1001", "127.0.0.1:1002",
		"[::1]:22", "[::]:2000", "[2001:db8::1]:443", "0.0.0.0:65535",
	} {
		listeners[local] = w.listen(local)
	}
	for local, f := range listeners {
		remote := remoteOf(local)
		for range 3 {
			w.connect(f, remote)
		}
		w.connect(f, remote, w.mark(3), w.device)
		// FIN-WAIT-2 and CLOSE-WAIT, and FIN-WAIT-1 with data that cannot be sent.
		client, _ := w.connect(f, remote)
		w.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
		client, server := w.connect(f, remote)
		w.stuff(server)
		unix.Close(server)
		_ = client
	}
	w.renew()
	w.connect(listeners["[::]:2000"], "127.0.0.2:2000") // IPv4-mapped
	w.connect(listeners["[::]:2000"], "10.1.2.3:2000")
	w.listen("127.0.0.1:1100", w.mark(5))
	w.listen("[::1]:1100", w.mark(0x105), w.device)
	w.bound(unix.SOCK_STREAM, "127.0.0.1:1200")
	deferring := w.listen("127.0.0.1:1300")
	w.must(unix.SetsockoptInt(deferring, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60), "TCP_DEFER_ACCEPT")
	w.must(unix.Connect(w.socket(unix.AF_INET, unix.SOCK_STREAM), sockaddr("127.0.0.1:1300")), "connect") // SYN-RECEIVED
	full := w.bound(unix.SOCK_STREAM, "127.0.0.1:1400")
	w.must(unix.Listen(full, 0), "listen")
	for range 3 { // the last is SYN-SENT
		f := w.socket(unix.AF_INET, unix.SOCK_STREAM)
		w.must(unix.SetNonblock(f, true), "nonblock")
		if err := unix.Connect(f, sockaddr("127.0.0.1:1400")); err != nil && err != unix.EINPROGRESS {
			w.Fatal(err)
		}
	}

	for _, local := range []string{"127.0.0.1:53", "0.0.0.0:123", "[::]:53", "[::1]:5353", "10.1.2.3:0"} {
		w.bound(unix.SOCK_DGRAM, local)
		f := w.socket(family(local), unix.SOCK_DGRAM)
		remote := strings.Replace(strings.Replace(local, "0.0.0.0", "127.0.0.1", 1), "[::]", "[::1]", 1)
		if !strings.HasSuffix(remote, ":0") {
			w.must(unix.Connect(f, sockaddr(remote)), "connect "+remote)
		}
	}
	w.bound(unix.SOCK_DGRAM, "127.0.0.1:5300", w.mark(7), w.device)

	dir := filepath.Join(w.TempDir(), ".X11-unix")
	w.must(os.Mkdir(dir, 0o755), "mkdir")
	for i := range 3 {
		for _, name := range []string{fmt.Sprintf("%s/X%d", dir, i), fmt.Sprintf("@netstat-%d", i)} {
			l := w.socket(unix.AF_UNIX, unix.SOCK_STREAM)
			w.must(unix.Bind(l, &unix.SockaddrUnix{Name: name}), "bind "+name)
			w.must(unix.Listen(l, 5), "listen")
			w.must(unix.Connect(w.socket(unix.AF_UNIX, unix.SOCK_STREAM), &unix.SockaddrUnix{Name: name}), "connect "+name)
			if _, _, err := unix.Accept(l); err != nil {
				w.Fatal(err)
			}
		}
		w.must(unix.Connect(w.socket(unix.AF_UNIX, unix.SOCK_STREAM), &unix.SockaddrUnix{Name: fmt.Sprintf("@netstat-%d", i)}), "connect")
		d := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM)
		w.must(unix.Bind(d, &unix.SockaddrUnix{Name: fmt.Sprintf("%s/d%d", dir, i)}), "bind")
		auto := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM)
		// Without a name the kernel chooses one.
		w.must(unix.Bind(auto, &unix.SockaddrUnix{}), "bind")
	}
	w.rare()
	w.settle()
}

// rare creates packet, netlink and MPTCP sockets.
func (w *world) rare() {
	w.Helper()
	wire := func(protocol uint16) uint16 { return protocol<<8 | protocol>>8 }
	for _, s := range []struct {
		kind, index int
		protocol    uint16
	}{
		{unix.SOCK_RAW, 1, unix.ETH_P_ALL}, {unix.SOCK_RAW, 0, unix.ETH_P_ALL}, {unix.SOCK_RAW, 0, unix.ETH_P_IP},
		{unix.SOCK_DGRAM, 1, unix.ETH_P_IPV6}, {unix.SOCK_DGRAM, 1, unix.ETH_P_ARP}, {unix.SOCK_RAW, 1, 0x88b5}, {unix.SOCK_RAW, 0, 0},
	} {
		f, err := unix.Socket(unix.AF_PACKET, s.kind|unix.SOCK_CLOEXEC, 0)
		w.must(err, "packet socket")
		if s.index != 0 || s.protocol != 0 {
			w.must(unix.Bind(f, &unix.SockaddrLinklayer{Protocol: wire(s.protocol), Ifindex: s.index}), "bind")
		}
	}
	for _, s := range []struct {
		protocol int
		port     uint32
	}{{unix.NETLINK_ROUTE, 4242}, {unix.NETLINK_ROUTE, 0}, {unix.NETLINK_ROUTE, 0}, {unix.NETLINK_GENERIC, 4243}, {unix.NETLINK_KOBJECT_UEVENT, 0}} {
		f, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, s.protocol)
		w.must(err, "netlink socket")
		w.must(unix.Bind(f, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: s.port}), "bind")
	}
	multipath := func() int {
		f, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_MPTCP)
		w.must(err, "MPTCP socket")
		return f
	}
	l := multipath()
	w.must(unix.Bind(l, sockaddr("127.0.0.1:2200")), "bind")
	w.must(unix.Listen(l, 5), "listen")
	c := multipath()
	w.mark(6)(c)
	w.must(unix.Connect(c, sockaddr("127.0.0.1:2200")), "connect")
	_, _, err := unix.Accept(l)
	w.must(err, "accept")
}

// joinCgroup moves one listener into its own control group.
func (w *world) joinCgroup() {
	text, err := os.ReadFile("/proc/self/mountinfo")
	w.must(err, "mountinfo")
	for line := range strings.Lines(string(text)) {
		head, tail, _ := strings.Cut(line, " - ")
		if !strings.HasPrefix(tail, "cgroup2 ") {
			continue
		}
		mount := strings.Fields(head)[4]
		name := fmt.Sprintf("netstat-filter-%d", os.Getpid())
		dir := filepath.Join(mount, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			break
		}
		enter := func(dir string) {
			w.must(os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0), "enter "+dir)
		}
		w.Cleanup(func() { w.must(os.Remove(dir), "remove control group") })
		enter(dir)
		w.listen("127.0.0.1:1500")
		w.bound(unix.SOCK_DGRAM, "127.0.0.1:1500")
		enter(mount)
		w.cgroup = "/" + name
		return
	}
	w.Log("CONTROL GROUPS ARE NOT COMPARED: none could be created")
}

// remoteOf returns the address to connect to for a listener of make.
func remoteOf(local string) string {
	return strings.Replace(strings.Replace(local, "0.0.0.0", "127.0.0.9", 1), "[::]", "[::1]", 1)
}

// renew creates new TIME-WAIT connections after half a minute: earlier ones expire
// after a minute.
func (w *world) renew() {
	w.Helper()
	if time.Since(w.renewed) < 20*time.Second {
		return
	}
	for local, f := range w.listeners {
		client, server := w.connect(f, remoteOf(local), w.mark(9))
		unix.Close(client)
		unix.Close(server)
	}
	w.settle()
	w.renewed = time.Now()
}

// settle waits until no connection is in a transient state.
func (w *world) settle() {
	for {
		if strings.TrimSpace(live.Run(w.T, "ss", "-Hnta", "state", "last-ack", "state", "closing")) == "" {
			return
		}
		unix.Nanosleep(&unix.Timespec{Nsec: 2e6}, nil)
	}
}

// open returns the host and the environment of filters on it.
func (w *world) open() (netstat.Source, filter.Env) {
	w.Helper()
	src, err := collect.Open(collect.Options{})
	w.must(err, "open")
	w.Cleanup(func() { src.Close() })
	groups := src.(netstat.Cgroups)
	return src, filter.Env{
		Service: func(name string) (uint16, bool) {
			port, err := net.LookupPort("tcp", name)
			return uint16(port), err == nil
		},
		Host: func(name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(w.Context(), "ip4", name)
		},
		Interface: func(name string) (uint32, bool) {
			i, err := net.InterfaceByName(name)
			if err != nil {
				return 0, false
			}
			return uint32(i.Index), true
		},
		Cgroup: groups.CgroupID,
	}
}

// ours returns the identities of the rows that a filter keeps: cookies, and inodes for
// unix sockets.
func (w *world) ours(src netstat.Source, e *filter.Expr, tables ...netstat.Table) map[uint64]bool {
	w.Helper()
	ids := map[uint64]bool{}
	for _, table := range tables {
		need, ok := e.Need(table)
		if !ok {
			continue
		}
		need.Facts |= netstat.FactInode
		need.Report = func(err *netstat.OpError) { w.Errorf("%s: %v", e, err) }
		for s, err := range src.Sockets(w.Context(), table, need) {
			w.must(err, e.String())
			if !e.Match(&fact.Record{Row: &fact.Row{Socket: s, Facts: need.Facts}}) {
				continue
			}
			switch d := s.Detail.(type) {
			case *netstat.NetlinkDetail:
				ids[netlinkID(uint64(d.Protocol), int64(d.Port))] = true
				continue
			case *netstat.PacketDetail:
				ids[s.Inode] = true
				continue
			}
			if table == netstat.UnixTable {
				// ss omits the end of a connection that waits to be accepted; /proc has
				// it, without an inode.
				if s.Inode != 0 {
					ids[s.Inode] = true
				}
			} else {
				ids[s.Cookie] = true
			}
		}
	}
	return ids
}

// netlinkID identifies a netlink socket by protocol and port, which ss prints as a
// signed number. All sock_diag sockets have one identity, because they come and go.
func netlinkID(protocol uint64, port int64) uint64 {
	if protocol == unix.NETLINK_SOCK_DIAG {
		port = 0
	}
	return protocol<<32 | uint64(uint32(port)) | 1<<63
}

// theirs returns the identities of the rows that ss shows.
func (w *world) theirs(kind string, expression string) map[uint64]bool {
	w.Helper()
	args := []string{"-HnaeO", "-" + kind}
	if kind == "n" {
		args = []string{"-HnaO", "-f", "netlink"}
	}
	args = append(args, strings.Fields(expression)...)
	ids := map[uint64]bool{}
	for line := range strings.Lines(live.Run(w.T, "ss", args...)) {
		fields := strings.Fields(line)
		var id uint64
		var err error
		switch kind {
		case "n":
			// State, two queues, and the local end.
			protocol, port, _ := strings.Cut(fields[3], ":")
			var n int64
			if id, err = strconv.ParseUint(protocol, 10, 32); err == nil {
				n, err = strconv.ParseInt(port, 10, 64)
			}
			id = netlinkID(id, n)
		case "0":
			for _, f := range fields {
				if text, ok := strings.CutPrefix(f, "ino:"); ok {
					id, err = strconv.ParseUint(text, 10, 64)
				}
			}
		case "x":
			// Netid, then the state unless all rows have the same, two queues, and the
			// local end: its name and inode.
			at := 5
			if isNumber(fields[1]) {
				at = 4
			}
			id, err = strconv.ParseUint(fields[at], 10, 64)
		default:
			for _, f := range fields {
				if text, ok := strings.CutPrefix(f, "sk:"); ok {
					id, err = strconv.ParseUint(text, 16, 64)
				}
			}
		}
		if err != nil || id == 0 {
			w.Fatalf("ss wrote %q: %v", line, err)
		}
		ids[id] = true
	}
	return ids
}

func isNumber(s string) bool { _, err := strconv.ParseUint(s, 10, 64); return err == nil }

// all yields a table.
func (w *world) all(table netstat.Table) func(func(netstat.Socket, error) bool) {
	src, _ := w.open()
	return src.Sockets(w.Context(), table, netstat.Need{Facts: netstat.FactInode | netstat.FactUID})
}
