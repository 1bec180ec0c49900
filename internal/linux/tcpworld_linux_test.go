package linux

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/test/need"
)

// Numbers missing from golang.org/x/sys/unix (include/linux/socket.h,
// include/uapi/linux/bpf.h).
const (
	bpfCmdMapCreate  = 0
	bpfCmdMapUpdate  = 2
	bpfMapTypeSock   = 15
	tcpWorldDeadline = 2 * time.Minute // only a failing test waits this long
)

// A tcpKind makes one side of connections in a way that changes how the kernel
// represents a socket. The other side is always plain.
type tcpKind struct {
	name string
	// socket makes the socket under test, before it listens or connects.
	socket func(g stage, family int) (int, error)
	// turn changes a connected socket; nil does nothing.
	turn func(g stage, f int) error
	// listeners reports whether the kind has no connecting side.
	listeners bool
}

func streamOf(protocol int) func(g stage, family int) (int, error) {
	return func(_ stage, family int) (int, error) {
		return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	}
}

var tcpKinds = []tcpKind{
	{name: "plain", socket: streamOf(0)},
	// The other side is plain, so these connections fall back to TCP.
	{name: "MPTCP", socket: streamOf(ipprotoMPTCP)},
	{name: "TLS", socket: streamOf(0), turn: func(_ stage, f int) error {
		return unix.SetsockoptString(f, unix.IPPROTO_TCP, unix.TCP_ULP, "tls")
	}},
	{name: "sockmap", socket: streamOf(0), turn: stage.intoSockmap},
	{name: "fast open", listeners: true, socket: func(g stage, family int) (int, error) {
		f, err := streamOf(0)(g, family)
		if err == nil {
			err = unix.SetsockoptInt(f, unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 100)
		}
		return f, err
	}},
	{name: "SMC", socket: func(_ stage, family int) (int, error) {
		protocol := 0 // IPv4
		if family == unix.AF_INET6 {
			protocol = 1
		}
		return unix.Socket(afSMC, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	}},
}

// intoSockmap puts a socket into a BPF map, which replaces its operations.
func (g stage) intoSockmap(f int) error {
	create := struct{ mapType, keySize, valueSize, maxEntries, flags uint32 }{bpfMapTypeSock, 4, 4, 1, 0}
	sockets, err := callBPF(bpfCmdMapCreate, unsafe.Pointer(&create), unsafe.Sizeof(create))
	if err != nil {
		return err
	}
	key, value := uint32(0), uint32(f)
	var pins runtime.Pinner
	pins.Pin(&key)
	pins.Pin(&value)
	defer pins.Unpin()
	update := struct {
		fd, _             uint32
		key, value, flags uint64
	}{fd: uint32(sockets), key: uint64(uintptr(unsafe.Pointer(&key))), value: uint64(uintptr(unsafe.Pointer(&value)))}
	_, err = callBPF(bpfCmdMapUpdate, unsafe.Pointer(&update), unsafe.Sizeof(update))
	return err
}

// deaf makes a plain socket drop incoming segments, except SYN segments if syn
// is set. Connections accepted from a listener inherit it.
func (g stage) deaf(f int, syn bool) {
	g.t.Helper()
	program := []unix.SockFilter{{Code: unix.BPF_RET, K: 0}}
	if syn {
		program = []unix.SockFilter{
			{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13}, // flags of the TCP header
			{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: 2, Jt: 0, Jf: 1},
			{Code: unix.BPF_RET, K: 1 << 16},
			{Code: unix.BPF_RET, K: 0},
		}
	}
	g.must(unix.SetsockoptSockFprog(f, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}), "SO_ATTACH_FILTER")
}

// tcpWant is a socket that a table must have.
type tcpWant struct {
	kind  string
	table netstat.Table
	local uint16 // port
	peer  uint16 // peer's port; 0 for a listener
	state netstat.State
}

// tcpPlace holds the addresses of a family's connections.
type tcpPlace struct {
	name            string
	server, client  int // address families of the sockets
	listen, connect string
}

var tcpPlaces = []tcpPlace{
	{"IPv4", unix.AF_INET, unix.AF_INET, "127.0.0.1:%d", "127.0.0.1:%d"},
	{"IPv6", unix.AF_INET6, unix.AF_INET6, "[::1]:%d", "[::1]:%d"},
	{"mapped IPv4", unix.AF_INET6, unix.AF_INET, "[::]:%d", "127.0.0.1:%d"},
}

func tcpTableOf(family int) netstat.Table {
	if family == unix.AF_INET6 {
		return netstat.TCP6Table
	}
	return netstat.TCP4Table
}

func (g stage) localPort(f int) uint16 {
	g.t.Helper()
	address, err := unix.Getsockname(f)
	g.must(err, "getsockname")
	switch a := address.(type) {
	case *unix.SockaddrInet4:
		return uint16(a.Port)
	case *unix.SockaddrInet6:
		return uint16(a.Port)
	}
	g.t.Fatalf("address %T", address)
	return 0
}

// serverStates lists how an accepted socket and its plain client reach a stable
// state.
var serverStates = []struct {
	state netstat.State
	way   func(g stage, server, client int)
}{
	{netstat.Established, func(stage, int, int) {}},
	{netstat.FinWait1, func(g stage, server, client int) {
		g.deaf(client, false)
		g.must(unix.Shutdown(server, unix.SHUT_WR), "shutdown")
	}},
	{netstat.FinWait2, func(g stage, server, client int) {
		g.must(unix.Shutdown(server, unix.SHUT_WR), "shutdown")
	}},
	// An orphaned socket, which the kernel keeps as a TIME-WAIT socket.
	{netstat.FinWait2, func(g stage, server, client int) { g.must(unix.Close(server), "close") }},
	{netstat.Closing, func(g stage, server, client int) {
		g.deaf(client, false)
		g.must(unix.Shutdown(server, unix.SHUT_WR), "shutdown")
		g.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
	}},
	{netstat.TimeWait, func(g stage, server, client int) {
		g.must(unix.Close(server), "close")
		g.must(unix.Close(client), "close")
	}},
	{netstat.CloseWait, func(g stage, server, client int) {
		g.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
	}},
	{netstat.LastAck, func(g stage, server, client int) {
		g.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
		// The FIN has arrived when it can be read.
		_, err := unix.Read(server, make([]byte, 1))
		g.must(err, "read")
		g.deaf(client, false)
		g.must(unix.Shutdown(server, unix.SHUT_WR), "shutdown")
	}},
}

// servers makes a listener of a kind and an accepted connection in every state.
func (g stage) servers(kind tcpKind, p tcpPlace, port uint16) (wants []tcpWant, err error) {
	l, err := kind.socket(g, p.server)
	if err != nil {
		return nil, err
	}
	g.must(unix.Bind(l, sockaddr(fmt.Sprintf(p.listen, port))), "bind")
	g.must(unix.Listen(l, 100), "listen")
	table := tcpTableOf(p.server)
	wants = append(wants, tcpWant{kind.name, table, port, 0, netstat.Listen})
	to := sockaddr(fmt.Sprintf(p.connect, port))
	for _, s := range serverStates {
		client := g.socket(p.client, unix.SOCK_STREAM, 0)
		g.must(unix.Connect(client, to), "connect")
		server, _, err := unix.Accept(l)
		g.must(err, "accept")
		if kind.turn != nil {
			if err := kind.turn(g, server); err != nil {
				return nil, err
			}
		}
		peer := g.localPort(client)
		s.way(g, server, client)
		wants = append(wants, tcpWant{kind.name, table, port, peer, s.state})
	}
	// The client drops the answer to its SYN.
	client := g.socket(p.client, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	g.deaf(client, false)
	if err := unix.Connect(client, to); err != unix.EINPROGRESS {
		g.t.Fatalf("connect: %v", err)
	}
	return append(wants, tcpWant{kind.name, table, port, g.localPort(client), netstat.SynReceived},
		tcpWant{"plain", tcpTableOf(p.client), g.localPort(client), port, netstat.SynSent}), nil
}

// fastOpen makes an accepted connection with data in its SYN, which waits for
// the rest of the handshake as a full socket.
func (g stage) fastOpen(p tcpPlace, port uint16) []tcpWant {
	l := g.bound(p.server, unix.SOCK_STREAM, 0, fmt.Sprintf(p.listen, port))
	g.must(unix.SetsockoptInt(l, unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 100), "TCP_FASTOPEN")
	g.must(unix.Listen(l, 100), "listen")
	g.deaf(l, true)
	client := g.socket(p.client, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	err := unix.Sendto(client, []byte("hello"), unix.MSG_FASTOPEN, sockaddr(fmt.Sprintf(p.connect, port)))
	if err != nil && err != unix.EINPROGRESS {
		g.t.Fatalf("MSG_FASTOPEN: %v", err)
	}
	return []tcpWant{{"fast open", tcpTableOf(p.server), port, g.localPort(client), netstat.SynReceived}}
}

// clients makes sockets of a kind that connect to a plain listener.
func (g stage) clients(kind tcpKind, p tcpPlace, port uint16) (wants []tcpWant, err error) {
	l := g.listen(p.server, fmt.Sprintf(p.listen, port))
	table, to := tcpTableOf(p.client), sockaddr(fmt.Sprintf(p.connect, port))
	for _, state := range []netstat.State{netstat.Established, netstat.TimeWait, netstat.FinWait2} {
		client, err := kind.socket(g, p.client)
		if err != nil {
			return nil, err
		}
		g.must(unix.Connect(client, to), "connect")
		server, from, err := unix.Accept(l)
		g.must(err, "accept")
		if kind.turn != nil {
			if err := kind.turn(g, client); err != nil {
				return nil, err
			}
		}
		local := portOf(from)
		if state != netstat.Established {
			g.must(unix.Close(client), "close")
		}
		if state == netstat.TimeWait {
			g.must(unix.Close(server), "close")
		}
		wants = append(wants, tcpWant{kind.name, table, local, port, state})
	}
	return wants, nil
}

// mptcpPairs makes connections with MPTCP on both sides, and closes one of
// them.
func (g stage) mptcpPairs(p tcpPlace, port uint16) []tcpWant {
	l, err := unix.Socket(p.server, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, ipprotoMPTCP)
	g.must(err, "socket")
	g.must(unix.Bind(l, sockaddr(fmt.Sprintf(p.listen, port))), "bind")
	g.must(unix.Listen(l, 100), "listen")
	table := tcpTableOf(p.server)
	var wants []tcpWant
	for _, state := range []netstat.State{netstat.Established, netstat.TimeWait} {
		client := g.socket(p.client, unix.SOCK_STREAM, ipprotoMPTCP)
		g.must(unix.Connect(client, sockaddr(fmt.Sprintf(p.connect, port))), "connect")
		server, from, err := unix.Accept(l)
		g.must(err, "accept")
		if state == netstat.TimeWait {
			g.must(unix.Close(server), "close")
			_, err := unix.Read(client, make([]byte, 1)) // end of the stream
			g.must(err, "read")
			g.must(unix.Close(client), "close")
		}
		wants = append(wants, tcpWant{"MPTCP at both ends", table, port, portOf(from), state})
	}
	return wants
}

func portOf(address unix.Sockaddr) uint16 {
	switch a := address.(type) {
	case *unix.SockaddrInet4:
		return uint16(a.Port)
	case *unix.SockaddrInet6:
		return uint16(a.Port)
	}
	return 0
}

// TestTCPWorld makes sockets of every kind and family in every state. The
// iterator, a dump and /proc must list each of them, and the same rows in the
// same order.
func TestTCPWorld(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.loopbackUp()
	// Fast open in both directions, without cookies.
	g.must(os.WriteFile("/proc/sys/net/ipv4/tcp_fastopen", []byte("519"), 0), "tcp_fastopen")
	port := uint16(2000)
	next := func() uint16 { port++; return port }
	var wants []tcpWant
	for _, p := range tcpPlaces {
		wants = append(wants, g.fastOpen(p, next())...)
		wants = append(wants, g.mptcpPairs(p, next())...)
		for _, kind := range tcpKinds {
			more, err := g.servers(kind, p, next())
			if err == nil && !kind.listeners {
				var others []tcpWant
				others, err = g.clients(kind, p, next())
				more = append(more, others...)
			}
			if err != nil {
				// The kernel of the virtual machine supports all
				// kinds.
				if os.Getenv("NETSTAT_TEST_TCP_KINDS") == "all" {
					t.Errorf("%s over %s: %v", kind.name, p.name, err)
				}
				t.Logf("this kernel has no %s over %s: %v", kind.name, p.name, err)
				continue
			}
			wants = append(wants, more...)
		}
	}

	netlink := open(t, "netlink")
	dump := func() map[netstat.Table]result { return tcpDump(netlink) }
	missing := func(got map[netstat.Table]result) *tcpWant {
		for i, w := range wants {
			if !slices.ContainsFunc(got[w.table].rows, func(s netstat.Socket) bool {
				return s.State == w.state && s.Local.Port == w.local && s.Remote.Port == w.peer
			}) {
				return &wants[i]
			}
		}
		return nil
	}
	for began := time.Now(); ; {
		w := missing(dump())
		if w == nil {
			break
		}
		if time.Since(began) > tcpWorldDeadline {
			t.Fatalf("a dump has no %+v", *w)
		}
		unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
	}
	t.Logf("%d sockets are known", len(wants))

	forced, proc := open(t, "bpf"), open(t, "proc")
	quiet := func(read func()) map[netstat.Table]result { return g.quiet(netlink, read) }
	for _, both := range []bool{false, true} {
		got := map[netstat.Table]result{}
		want := quiet(func() {
			got[netstat.TCP4Table] = collect(forced, netstat.TCP4Table, netstat.Need{Then: map[bool]netstat.Table{true: netstat.TCP6Table}[both]})
			got[netstat.TCP6Table] = collect(forced, netstat.TCP6Table, netstat.Need{})
		})
		for _, table := range tcpTables {
			sameIter(t, fmt.Sprintf("%v, both families at once: %v", table, both), got[table], want[table])
		}
	}
	for _, table := range tcpTables {
		need := netstat.Need{Facts: netstat.FactUID}
		var got, want []netstat.Socket
		quiet(func() { got, want = collect(proc, table, need).rows, collect(netlink, table, need).rows })
		sameRows(t, "proc "+table.String(), essentials(got), essentials(want))
	}

	// A pass reads as many sockets as the kernel counts.
	for _, only := range []uint8{0, afInet, afInet6} {
		table := netstat.TCP4Table
		if only == afInet6 {
			table = netstat.TCP6Table
		}
		var met, counted uint64
		quiet(func() {
			iter, err := bpf.OpenTCP(only, true)
			g.must(err, "iterator")
			defer iter.Close()
			var p tcpPass
			g.must(p.run(context.Background(), table, iter, make([]byte, bufferSize), func(netstat.Socket, error) bool { return true }), "pass")
			s := forced.(*source)
			met, counted = p.met, countTCP(only, s.sockstat("sockstat"), s.sockstat("sockstat6"))
		})
		if met != counted {
			t.Errorf("family %d: the pass read %d sockets, the kernel counts %d", only, met, counted)
		}
	}
	if w := missing(dump()); w != nil && !t.Failed() {
		t.Errorf("%+v changed meanwhile", *w)
	}
}
