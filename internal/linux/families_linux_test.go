package linux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/netlink"
	"netstat/test/need"
)

// familyStage makes sockets of families that few kernels have all of, and
// remembers them by inode.
type familyStage struct {
	stage
	inodes map[uint64]bool
}

// lacking lists the errors of socket(2) for what the kernel does not support.
var lacking = []error{unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.ESOCKTNOSUPPORT, unix.EPROTOTYPE}

// try makes a socket. It returns -1 if the kernel does not support it.
func (g *familyStage) try(family, kind, protocol int) int {
	g.t.Helper()
	f, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
	if err != nil && slices.Contains(lacking, err) {
		return -1
	}
	g.must(err, "socket")
	g.keep(f)
	return f
}

func (g *familyStage) keep(f int) uint64 {
	g.t.Helper()
	var st unix.Stat_t
	g.must(unix.Fstat(f, &st), "fstat")
	g.inodes[st.Ino] = true
	return st.Ino
}

func (g *familyStage) accept(f int) int {
	g.t.Helper()
	a, _, err := unix.Accept(f)
	g.must(err, "accept")
	g.keep(a)
	return a
}

// rawAddress binds or connects to an address that package unix does not
// support.
func (g *familyStage) rawAddress(call uintptr, f int, address []byte, doing string) {
	g.t.Helper()
	if _, _, err := unix.Syscall(call, uintptr(f), uintptr(unsafe.Pointer(&address[0])), uintptr(len(address))); err != 0 {
		g.t.Errorf("%s: %v", doing, err)
	}
}

func bigEndian16(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}

func (g *familyStage) packet() bool {
	f := g.try(unix.AF_PACKET, unix.SOCK_RAW, int(bigEndian16(unix.ETH_P_ALL)))
	if f < 0 {
		return false
	}
	g.try(unix.AF_PACKET, unix.SOCK_DGRAM, int(bigEndian16(unix.ETH_P_IP)))
	g.try(unix.AF_PACKET, unix.SOCK_RAW, 0)
	lo := g.try(unix.AF_PACKET, unix.SOCK_RAW, 0)
	g.must(unix.SetsockoptInt(lo, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3), "PACKET_VERSION")
	g.must(unix.SetsockoptTpacketReq3(lo, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
		Block_size: 1 << 16, Block_nr: 4, Frame_size: 2048, Frame_nr: 128, Retire_blk_tov: 60,
	}), "PACKET_RX_RING")
	g.must(unix.Bind(lo, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_ARP), Ifindex: 1}), "bind to lo")
	g.must(unix.SetsockoptInt(lo, unix.SOL_PACKET, unix.PACKET_FANOUT, 77|unix.PACKET_FANOUT_LB<<16), "PACKET_FANOUT")
	g.must(unix.SetsockoptPacketMreq(lo, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: 1, Type: unix.PACKET_MR_MULTICAST, Alen: 6, Address: [8]byte{1, 0, 0x5e, 0, 0, 1}}), "PACKET_ADD_MEMBERSHIP")
	g.must(unix.Fchown(lo, 1234, -1), "fchown")
	// A frame on lo reaches every socket that receives from all interfaces.
	u := g.bound(unix.AF_INET, unix.SOCK_DGRAM, 0, "127.0.0.1:9")
	g.must(unix.Sendto(u, make([]byte, 100), 0, sockaddr("127.0.0.1:9")), "sendto")
	return true
}

func (g *familyStage) netlink() bool {
	f := g.try(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	g.must(unix.Bind(f, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: 4711, Groups: 0x11}), "bind")
	g.must(unix.SetsockoptInt(f, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, 34), "NETLINK_ADD_MEMBERSHIP")
	g.must(unix.SetsockoptInt(f, unix.SOL_NETLINK, unix.NETLINK_PKTINFO, 1), "NETLINK_PKTINFO")
	c := g.try(unix.AF_NETLINK, unix.SOCK_DGRAM, unix.NETLINK_GENERIC)
	g.must(unix.Bind(c, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: 4000000000}), "bind")
	g.must(unix.Connect(c, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}), "connect")
	return true
}

// streams makes a listener and both ends of a connection over IPv4 and IPv6.
func (g *familyStage) streams(kind, protocol int, base uint16) bool {
	for i, local := range []string{"127.0.0.1", "::1"} {
		family := []int{unix.AF_INET, unix.AF_INET6}[i]
		l := g.try(family, kind, protocol)
		if l < 0 {
			return false
		}
		address := sockaddr(netip.AddrPortFrom(netip.MustParseAddr(local), base+uint16(i)).String())
		if protocol == ipprotoDCCP {
			g.must(unix.SetsockoptInt(l, 269, 2, 42), "DCCP_SOCKOPT_SERVICE")
		}
		g.must(unix.Bind(l, address), "bind")
		g.must(unix.Listen(l, 7), "listen")
		c := g.try(family, kind, protocol)
		if protocol == ipprotoDCCP {
			g.must(unix.SetsockoptInt(c, 269, 2, 42), "DCCP_SOCKOPT_SERVICE")
		}
		g.must(unix.Connect(c, address), "connect")
		a := g.accept(l)
		g.write(a, 5)
		if i == 0 {
			g.must(unix.Fchown(l, 1234, -1), "fchown")
		}
	}
	return true
}

func (g *familyStage) icmp() bool {
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0); err != nil {
		g.t.Fatal(err)
	}
	f := g.try(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
	if f < 0 {
		return false
	}
	g.must(unix.Bind(f, sockaddr("127.0.0.1:77")), "bind")
	f = g.try(unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6)
	g.must(unix.Bind(f, sockaddr("[::1]:78")), "bind")
	return true
}

func (g *familyStage) vsock() bool {
	l := g.try(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	if l < 0 {
		return false
	}
	// Ports are shared by the whole host, not per namespace.
	g.must(unix.Bind(l, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: unix.VMADDR_PORT_ANY}), "bind")
	g.must(unix.Listen(l, 7), "listen")
	c := g.try(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	if _, err := os.Stat("/sys/module/vsock_loopback"); err != nil {
		// Without loopback only connections to the host are possible,
		// and the host does not take part.
		g.t.Log("vsock without loopback: no connections")
		return true
	}
	name, err := unix.Getsockname(l)
	g.must(err, "getsockname")
	at, ok := name.(*unix.SockaddrVM)
	if !ok {
		g.t.Fatalf("bound to %T", name)
	}
	g.must(unix.Connect(c, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: at.Port}), "connect")
	a := g.accept(l)
	g.must(unix.Shutdown(a, unix.SHUT_RD), "shutdown")
	if q := g.try(unix.AF_VSOCK, unix.SOCK_SEQPACKET, 0); q >= 0 {
		g.must(unix.Bind(q, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: unix.VMADDR_PORT_ANY}), "bind")
		g.must(unix.Listen(q, 7), "listen")
	}
	return true
}

// tipcAddress returns a struct sockaddr_tipc: a service of type 18888.
func tipcAddress(instance uint32, ranged bool) []byte {
	order := binary.NativeEndian
	b := make([]byte, 16)
	order.PutUint16(b, afTIPC)
	b[2], b[3] = 2, 2 // TIPC_ADDR_NAME, cluster scope
	order.PutUint32(b[4:], 18888)
	order.PutUint32(b[8:], instance)
	if ranged {
		b[2] = 1
		order.PutUint32(b[12:], instance)
	}
	return b
}

func (g *familyStage) tipc() bool {
	l := g.try(unix.AF_TIPC, unix.SOCK_STREAM, 0)
	if l < 0 {
		return false
	}
	g.rawAddress(unix.SYS_BIND, l, tipcAddress(5, true), "bind")
	g.must(unix.Listen(l, 7), "listen")
	c := g.try(unix.AF_TIPC, unix.SOCK_STREAM, 0)
	// The client connects only when the server accepts.
	connected := make(chan struct{})
	go func() {
		defer close(connected)
		g.rawAddress(unix.SYS_CONNECT, c, tipcAddress(5, false), "connect")
	}()
	a := g.accept(l)
	<-connected
	g.write(a, 100)
	for _, kind := range []int{unix.SOCK_RDM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET} {
		g.try(unix.AF_TIPC, kind, 0)
	}
	g.must(unix.Fchown(c, 1234, -1), "fchown")
	return true
}

func (g *familyStage) smc() bool {
	const ipv6 = 1 // SMCPROTO_SMC6
	for i, local := range []string{"127.0.0.1:5401", "[::1]:5402"} {
		l := g.try(unix.AF_SMC, unix.SOCK_STREAM, i*ipv6)
		if l < 0 {
			return false
		}
		g.must(unix.Bind(l, sockaddr(local)), "bind")
		g.must(unix.Listen(l, 7), "listen")
		c := g.try(unix.AF_SMC, unix.SOCK_STREAM, i*ipv6)
		g.must(unix.Connect(c, sockaddr(local)), "connect")
		g.accept(l)
	}
	g.try(unix.AF_SMC, unix.SOCK_STREAM, 0)
	return true
}

// sctpMany makes sockets that only SCTP supports: several addresses, several
// associations on one socket, IPv4 on an IPv6 socket.
func (g *familyStage) sctpMany() {
	server := g.bound(unix.AF_INET6, unix.SOCK_SEQPACKET, ipprotoSCTP, "[::]:5009")
	g.keep(server)
	g.must(unix.Listen(server, 7), "listen")
	for _, remote := range []string{"[::1]:5009", "[::ffff:127.0.0.1]:5009"} {
		c := g.try(unix.AF_INET6, unix.SOCK_STREAM, ipprotoSCTP)
		g.must(unix.Connect(c, sockaddr(remote)), "connect "+remote)
	}
	// SCTP_SOCKOPT_BINDX_ADD adds two more addresses.
	multi := g.bound(unix.AF_INET, unix.SOCK_STREAM, ipprotoSCTP, "127.0.0.1:5010")
	g.keep(multi)
	more := make([]byte, 32)
	for i := range 2 {
		binary.NativeEndian.PutUint16(more[16*i:], unix.AF_INET)
		binary.BigEndian.PutUint16(more[16*i+2:], 5010)
		copy(more[16*i+4:], []byte{127, 0, 0, byte(2 + i)})
	}
	g.must(unix.SetsockoptString(multi, ipprotoSCTP, 100, string(more)), "SCTP_SOCKOPT_BINDX_ADD")
	g.must(unix.Listen(multi, 7), "listen")
	c := g.try(unix.AF_INET, unix.SOCK_STREAM, ipprotoSCTP)
	g.must(unix.Connect(c, sockaddr("127.0.0.2:5010")), "connect")
	g.write(g.accept(multi), 300)
}

func (g *familyStage) can() bool {
	f := g.try(unix.AF_CAN, unix.SOCK_RAW, unix.CAN_RAW)
	if f < 0 {
		return false
	}
	g.must(unix.Bind(f, &unix.SockaddrCAN{}), "bind")
	f = g.try(unix.AF_CAN, unix.SOCK_RAW, unix.CAN_RAW)
	g.must(unix.SetsockoptCanRawFilter(f, unix.SOL_CAN_RAW, unix.CAN_RAW_FILTER, []unix.CanFilter{
		{Id: 0x123, Mask: 0x7ff}, {Id: 0x12345678 | unix.CAN_EFF_FLAG, Mask: 0x1fffffff | unix.CAN_EFF_FLAG | unix.CAN_RTR_FLAG},
		{Id: 0x200 | unix.CAN_INV_FILTER, Mask: 0x700},
	}), "CAN_RAW_FILTER")
	g.must(unix.SetsockoptInt(f, unix.SOL_CAN_RAW, unix.CAN_RAW_ERR_FILTER, 0xff), "CAN_RAW_ERR_FILTER")
	g.must(unix.Bind(f, &unix.SockaddrCAN{}), "bind")
	return true
}

func (g *familyStage) key() bool { return g.try(unix.AF_KEY, unix.SOCK_RAW, 2) >= 0 }

// xdp makes two bound sockets, one of which shares the memory of the other, and
// an unbound one.
func (g *familyStage) xdp() bool {
	f := g.try(unix.AF_XDP, unix.SOCK_RAW, 0)
	if f < 0 {
		return false
	}
	const frames, size = 16, 4096
	memory, err := unix.Mmap(-1, 0, frames*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	g.must(err, "mmap")
	register := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&memory[0]))), Len: frames * size, Size: size, Headroom: 256}
	g.must(unix.SetsockoptString(f, unix.SOL_XDP, unix.XDP_UMEM_REG, string(unsafe.Slice((*byte)(unsafe.Pointer(&register)), unsafe.Sizeof(register)))), "XDP_UMEM_REG")
	for option, entries := range map[int]int{unix.XDP_UMEM_FILL_RING: 32, unix.XDP_UMEM_COMPLETION_RING: 16, unix.XDP_RX_RING: 64, unix.XDP_TX_RING: 8} {
		g.must(unix.SetsockoptInt(f, unix.SOL_XDP, option, entries), "ring")
	}
	g.must(unix.Bind(f, &unix.SockaddrXDP{Flags: unix.XDP_COPY, Ifindex: 1}), "bind")
	shared := g.try(unix.AF_XDP, unix.SOCK_RAW, 0)
	g.must(unix.SetsockoptInt(shared, unix.SOL_XDP, unix.XDP_TX_RING, 128), "ring")
	g.must(unix.Bind(shared, &unix.SockaddrXDP{Flags: unix.XDP_SHARED_UMEM, Ifindex: 1, SharedUmemFD: uint32(f)}), "bind")
	g.must(unix.Fchown(shared, 1234, -1), "fchown")
	g.try(unix.AF_XDP, unix.SOCK_RAW, 0)
	return true
}

// recorder records what a netlink socket receives.
type recorder struct {
	netlink.Conn
	to *bytes.Buffer
}

func (r recorder) Receive(b []byte) (int, bool, error) {
	n, truncated, err := r.Conn.Receive(b)
	if err == nil {
		r.to.Write(b[:n])
	}
	return n, truncated, err
}

// familyLive is one table of the live test.
type familyLive struct {
	table netstat.Table
	make  func(g *familyStage) bool // false if the kernel lacks the family; nil if the line before made the sockets
	ss    []string                  // options of ss that list the family; nil if there are none
}

var familiesLive = []familyLive{
	{netstat.PacketTable, (*familyStage).packet, []string{"-0"}},
	{netstat.NetlinkTable, (*familyStage).netlink, []string{"-A", "netlink"}},
	{netstat.MPTCP4Table, func(g *familyStage) bool { return g.streams(unix.SOCK_STREAM, ipprotoMPTCP, 5300) }, []string{"-M4"}},
	{netstat.MPTCP6Table, nil, []string{"-M6"}},
	{netstat.DCCP4Table, func(g *familyStage) bool { return g.streams(6, ipprotoDCCP, 5100) }, []string{"-d4"}},
	{netstat.DCCP6Table, nil, []string{"-d6"}},
	{netstat.SCTP4Table, func(g *familyStage) bool {
		if !g.streams(unix.SOCK_STREAM, ipprotoSCTP, 5000) {
			return false
		}
		g.sctpMany()
		return true
	}, []string{"-S"}},
	{netstat.ICMP4Table, (*familyStage).icmp, nil},
	{netstat.ICMP6Table, nil, nil},
	{netstat.VSockTable, (*familyStage).vsock, []string{"--vsock"}},
	{netstat.XDPTable, (*familyStage).xdp, []string{"--xdp"}},
	{netstat.TIPCTable, (*familyStage).tipc, []string{"--tipc"}},
	{netstat.SMCTable, (*familyStage).smc, nil},
	{netstat.CANTable, (*familyStage).can, nil},
	{netstat.KeyTable, (*familyStage).key, nil},
}

// TestFamilies makes sockets of every family that this kernel supports, and
// compares their tables with these sockets and with ss. A family that the
// kernel lacks or does not list must be reported as unsupported.
//
// NETSTAT_RECORD_FAMILIES=DIR writes the answers of the kernel and ss into that
// directory. NETSTAT_WANT_FAMILIES lists tables that must exist.
func TestFamilies(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := &familyStage{stage: stage{t}, inodes: map[uint64]bool{}}
	control := g.socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	ifr, err := unix.NewIfreq("lo")
	g.must(err, "interface request")
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	g.must(unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, ifr), "bring up lo")

	made := false
	supported := map[string]bool{}
	for _, f := range familiesLive {
		if f.make != nil {
			made = f.make(g)
		}
		if familyLiveTable(t, g, f, made) {
			supported[f.table.String()] = true
		}
	}
	if dir := os.Getenv("NETSTAT_RECORD_FAMILIES"); dir != "" {
		files, err := filepath.Glob("/proc/net/can/rcvlist_*")
		g.must(err, "glob")
		for _, name := range []string{"packet", "netlink", "icmp", "icmp6", "pfkey", "sctp/eps", "sctp/assocs"} {
			files = append(files, "/proc/net/"+name)
		}
		for _, name := range files {
			if b, err := os.ReadFile(name); err == nil {
				to := filepath.Join(dir, name)
				g.must(os.MkdirAll(filepath.Dir(to), 0o755), "mkdir")
				g.must(os.WriteFile(to, b, 0o644), "record")
			}
		}
	}
	for _, want := range strings.Fields(os.Getenv("NETSTAT_WANT_FAMILIES")) {
		if !supported[want] {
			t.Errorf("%s is not there", want)
		}
	}
}

// familyLiveTable reports whether the table could be read.
func familyLiveTable(t *testing.T, g *familyStage, f familyLive, made bool) bool {
	src, err := Open(Options{})
	g.must(err, "open")
	s, ok := src.(*source)
	if !ok {
		t.Fatalf("%T", src)
	}
	defer s.Close()
	var said bytes.Buffer
	dial := s.dial
	s.dial = func() (netlink.Conn, error) {
		c, err := dial()
		return recorder{c, &said}, err
	}
	need := netstat.Need{Facts: netstat.FactDetail}
	if f.table.Protocol != netstat.ICMP {
		need.Facts |= netstat.FactMemory // the file lacks it, which is reported
	}
	got := collect(s, f.table, need)
	if len(got.reports) > 0 {
		t.Errorf("%v: reports %v", f.table, got.reports)
	}
	if got.err != nil {
		if !errors.Is(got.err, errors.ErrUnsupported) {
			t.Errorf("%v: %v", f.table, got.err)
		}
		if len(got.rows) > 0 {
			t.Errorf("%v: %d rows and %v", f.table, len(got.rows), got.err)
		}
		t.Logf("%v: the kernel has sockets: %v; %v", f.table, made, got.err)
		return false
	}
	t.Logf("%v: %d rows", f.table, len(got.rows))
	seen := map[uint64]int{}
	for _, row := range got.rows {
		seen[row.Inode]++
		t.Logf("  %s", describeFamily(row))
		if row.Table != f.table || row.Detail == nil && f.table.Protocol != netstat.ICMP {
			t.Errorf("%v: row of %v, detail %v", f.table, row.Table, row.Detail)
		}
	}
	familyInodes(t, g, f.table, seen)
	// Sockets of vsock are those of the whole host, and queues move: a difference counts if the
	// table has not changed meanwhile.
	for began := time.Now(); f.ss != nil; {
		diff := familyLikeSS(t, f, got.rows)
		if diff == "" {
			break
		}
		said.Reset()
		after := collect(s, f.table, need)
		if reflect.DeepEqual(after.rows, got.rows) || after.err != nil || time.Since(began) > tcpWorldDeadline {
			t.Errorf("%s; then error %v", diff, after.err)
			break
		}
		got = after
	}
	if f.table == netstat.SCTP4Table {
		familyLikeFiles(t, got.rows)
	}
	if dir := os.Getenv("NETSTAT_RECORD_FAMILIES"); dir != "" && said.Len() > 0 {
		g.must(os.WriteFile(filepath.Join(dir, f.table.String()), said.Bytes(), 0o644), "record")
	}
	return true
}

// familyLikeFiles compares the rows that both sock_diag and the files of SCTP
// list: listening endpoints, and associations.
func familyLikeFiles(t *testing.T, rows []netstat.Socket) {
	t.Helper()
	proc := collect(open(t, "proc"), netstat.SCTP4Table, netstat.Need{})
	if proc.err != nil || len(proc.reports) > 0 {
		t.Errorf("files of sctp: %v, %v", proc.err, proc.reports)
	}
	var texts [2][]string
	for i, rows := range [][]netstat.Socket{rows, proc.rows} {
		for _, row := range rows {
			d, ok := row.Detail.(*netstat.SCTPDetail)
			if !ok {
				t.Fatalf("sctp: detail %T", row.Detail)
			}
			if !d.Association && row.State != netstat.Listen {
				continue
			}
			texts[i] = append(texts[i], describeSCTP(row))
		}
		slices.Sort(texts[i])
	}
	if !slices.Equal(texts[0], texts[1]) {
		t.Errorf("sctp:\nnetlink %s\nproc    %s", strings.Join(texts[0], "\n        "), strings.Join(texts[1], "\n        "))
	}
}

// familyInodes checks that the sockets made are listed. It looks only for
// sockets of the table's family.
func familyInodes(t *testing.T, g *familyStage, table netstat.Table, seen map[uint64]int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	g.must(err, "fds")
	wanted := 0
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		g.must(err, "fd")
		if !familyOfTable(fd, table) {
			continue
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil || !g.inodes[st.Ino] {
			continue
		}
		wanted++
		switch {
		case seen[st.Ino] == 0 && !familyUnlisted(fd, table):
			t.Errorf("%v: inode %d is missing", table, st.Ino)
		case seen[st.Ino] > 1 && table != netstat.SCTP4Table:
			t.Errorf("%v: inode %d is listed %d times", table, st.Ino, seen[st.Ino])
		}
	}
	if wanted == 0 && table.Family != netstat.CAN {
		t.Errorf("%v: no sockets were made", table)
	}
}

// familyOfTable reports whether a descriptor is a socket of a table.
func familyOfTable(fd int, table netstat.Table) bool {
	domain, err1 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	protocol, err2 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	kind, err3 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err1 != nil || err2 != nil || err3 != nil {
		return false
	}
	families := map[netstat.Family]int{
		netstat.Inet: unix.AF_INET, netstat.Inet6: unix.AF_INET6, netstat.Packet: unix.AF_PACKET, netstat.Netlink: unix.AF_NETLINK,
		netstat.VSock: unix.AF_VSOCK, netstat.XDP: unix.AF_XDP, netstat.TIPC: unix.AF_TIPC, netstat.SMC: unix.AF_SMC, netstat.Key: unix.AF_KEY,
	}
	protocols := map[netstat.Protocol]int{
		netstat.MPTCP: ipprotoMPTCP, netstat.DCCP: ipprotoDCCP, netstat.SCTP: ipprotoSCTP, netstat.ICMP: unix.IPPROTO_ICMP,
	}
	switch {
	case table == netstat.SCTP4Table:
		return protocol == ipprotoSCTP
	case table == netstat.ICMP6Table:
		return domain == unix.AF_INET6 && protocol == unix.IPPROTO_ICMPV6 && kind == unix.SOCK_DGRAM
	case families[table.Family] != domain:
		return false
	case table.Protocol != netstat.ProtocolNone:
		return protocols[table.Protocol] == protocol
	}
	return true
}

// familyUnlisted reports whether the kernel does not list a socket: a vsock
// socket that is neither bound nor connected.
func familyUnlisted(fd int, table netstat.Table) bool {
	_, err := unix.Getpeername(fd)
	listening, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return table == netstat.VSockTable && err != nil && listening == 0
}

// familyLikeSS compares the set of rows with that of ss, and returns how it differs.
func familyLikeSS(t *testing.T, f familyLive, rows []netstat.Socket) string {
	t.Helper()
	path := need.Program(t, "ss", "iproute2")
	out, err := exec.Command(path, append([]string{"-H", "-O", "-a", "-n", "-e", "-m"}, f.ss...)...).Output()
	if err != nil {
		t.Fatalf("ss %v: %v", f.ss, err)
	}
	if dir := os.Getenv("NETSTAT_RECORD_FAMILIES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, f.table.String()+".ss"), out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want, got []string
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if text, ok := familySSLine(f.table, line); ok {
			want = append(want, text)
		}
	}
	for _, row := range rows {
		if text, ok := familySSRow(row); ok {
			got = append(got, text)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if f.table == netstat.NetlinkTable {
		want = slices.Compact(want) // ss, like the kernel, lists members of groups twice
	}
	if slices.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("%v: differs from ss:\ngot  %s\nwant %s", f.table, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
}

// ssStates maps states to their names in ss.
var ssStates = map[netstat.State]string{
	netstat.Established: "ESTAB", netstat.Listen: "LISTEN", netstat.Closed: "UNCONN", netstat.SynSent: "SYN-SENT",
	netstat.SynReceived: "SYN-RECV", netstat.TimeWait: "TIME-WAIT", netstat.CloseWait: "CLOSE-WAIT",
	netstat.FinWait1: "FIN-WAIT-1", netstat.FinWait2: "FIN-WAIT-2", netstat.LastAck: "LAST-ACK", netstat.Closing: "CLOSING",
}

// familySSLine converts a line of ss to the text of familySSRow.
func familySSLine(table netstat.Table, line string) (string, bool) {
	fields := strings.Fields(line)
	netid := ""
	if table == netstat.PacketTable || table == netstat.VSockTable {
		netid, fields = fields[0], fields[1:]
		if netid == "???" {
			netid = "v_seq"
		}
	}
	association := ""
	if fields[0] == "`-" {
		association, fields = " association", fields[1:]
	}
	if len(fields) < 5 {
		return "", false
	}
	state, recv, send, local, remote := fields[0], fields[1], fields[2], fields[3], fields[4]
	extras := map[string]string{}
	for _, e := range fields[5:] {
		if key, value, ok := strings.Cut(e, ":"); ok {
			extras[key] = value
		}
		if groups, ok := strings.CutPrefix(e, "groups="); ok {
			extras["groups"] = groups
		}
	}
	switch table.Family {
	case netstat.Netlink:
		// ss has sockets of its own, its requests wait in the queue of
		// the kernel's socket, and it prints neither peers nor
		// connections.
		if strings.HasPrefix(local, "4:") {
			return "", false
		}
		return fmt.Sprint(local, " ", recv, " ", send, " ", extras["groups"], " ", extras["skmem"]), true
	case netstat.Inet, netstat.Inet6:
		// ss formats addresses differently.
		local, remote = local[strings.LastIndexByte(local, ':')+1:], remote[strings.LastIndexByte(remote, ':')+1:]
		// An endpoint has no peer, although ss shows one.
		if remote == "*" || table.Protocol == netstat.SCTP && association == "" {
			remote = "0"
		}
	case netstat.VSock:
		return fmt.Sprint(netid, " ", state, " ", local, " ", remote), true
	}
	return fmt.Sprint(netid, " ", state, association, " ", recv, " ", send, " ", local, " ", remote,
		" uid ", extras["uid"], " ino ", extras["ino"], " sk ", extras["sk"], " ", extras["skmem"]), true
}

func familySSRow(s netstat.Socket) (string, bool) {
	netid, association := "", ""
	state, send := ssStates[s.State], s.SendQ
	local, remote := s.Local.Name, s.Remote.Name
	uid := ""
	if s.UID != 0 {
		uid = strconv.Itoa(int(s.UID))
	}
	inode, cookie := strconv.FormatUint(s.Inode, 10), strconv.FormatUint(s.Cookie, 16)
	if s.MaxBacklog > 0 {
		send = uint64(s.MaxBacklog)
	}
	switch d := s.Detail.(type) {
	case *netstat.PacketDetail:
		netid = s.Netid()
		local = "[" + strconv.Itoa(int(d.Protocol)) + "]:"
		if d.Protocol == netstat.EtherAll {
			local = "*:"
		}
		if d.Device == "" {
			local += "*"
		} else {
			local += d.Device
		}
		remote = "*"
	case *netstat.NetlinkDetail:
		if d.Protocol == 4 {
			return "", false
		}
		groups := uint32(0)
		if len(d.Groups) > 0 {
			groups = d.Groups[0]
		}
		// ss prints port ids from 2³¹ as negative numbers.
		return fmt.Sprintf("%d:%d %d %d 0x%08x %s", d.Protocol, int32(d.Port), s.RecvQ, s.SendQ, groups, familySSMemory(s.Memory)), true
	case *netstat.XDPDetail:
		remote = "*"
		if local == "" {
			local = "*"
		}
	case *netstat.VSockDetail:
		netid = s.Netid()
		if remote == "" {
			remote = "*:*"
		}
		return fmt.Sprint(netid, " ", state, " ", local, " ", remote), true
	case *netstat.TIPCDetail:
		if remote == "" {
			remote = "-"
		}
	case *netstat.DCCPDetail:
		// ss leaves out unknown states.
		if s.State == netstat.PartOpen {
			return "", false
		}
	case *netstat.SCTPDetail:
		if d.Association {
			association, state = " association", ssAssociations[d.AssocState]
		}
	}
	if s.Table.Family == netstat.Inet || s.Table.Family == netstat.Inet6 {
		local, remote = strconv.Itoa(int(s.Local.Port)), strconv.Itoa(int(s.Remote.Port))
	}
	return fmt.Sprint(netid, " ", state, association, " ", s.RecvQ, " ", send, " ", local, " ", remote,
		" uid ", uid, " ino ", inode, " sk ", cookie, " ", familySSMemory(s.Memory)), true
}

func familySSMemory(m *netstat.Memory) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("(r%d,rb%d,t%d,tb%d,f%d,w%d,o%d,bl%d,d%d)",
		m.RMemAlloc, m.RcvBuf, m.WMemAlloc, m.SndBuf, m.FwdAlloc, m.WMemQueued, m.OptMem, m.Backlog, m.Drops)
}

// ssAssociations maps association states to their names in ss.
var ssAssociations = map[string]string{
	"ESTABLISHED": "ESTAB", "COOKIE-WAIT": "COOKIE_WAIT", "COOKIE-ECHOED": "COOKIE_ECHOED", "CLOSED": "CLOSED",
	"SHUTDOWN-PENDING": "SHUTDOWN_PENDING", "SHUTDOWN-SENT": "SHUTDOWN_SENT", "SHUTDOWN-RECEIVED": "SHUTDOWN_RECEIVED",
	"SHUTDOWN-ACK-SENT": "SHUTDOWN_ACK_SENT",
}

// TestFamiliesFromFiles compares /proc/net/packet and netlink with sock_diag.
func TestFamiliesFromFiles(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := &familyStage{stage: stage{t}, inodes: map[uint64]bool{}}
	control := g.socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	ifr, err := unix.NewIfreq("lo")
	g.must(err, "interface request")
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	g.must(unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, ifr), "bring up lo")
	g.packet()
	g.netlink()
	diag, proc := open(t, "netlink"), open(t, "proc")
	for _, table := range []netstat.Table{netstat.PacketTable, netstat.NetlinkTable} {
		var texts [2][]string
		for i, s := range []netstat.Source{diag, proc} {
			got := collect(s, table, netstat.Need{})
			if got.err != nil || len(got.reports) > 0 || len(got.rows) < 2 {
				t.Fatalf("%v: %d rows, error %v, reports %v", table, len(got.rows), got.err, got.reports)
			}
			for _, row := range got.rows {
				if d, ok := row.Detail.(*netstat.NetlinkDetail); ok && d.Protocol == 4 {
					continue // this program's own request
				}
				texts[i] = append(texts[i], familyEssence(row))
			}
			slices.Sort(texts[i])
		}
		if !slices.Equal(texts[0], texts[1]) {
			t.Errorf("%v:\nnetlink %s\nproc    %s", table, strings.Join(texts[0], "\n        "), strings.Join(texts[1], "\n        "))
		}
	}
}

// familyEssence returns the facts of a row that both sources have.
func familyEssence(s netstat.Socket) string {
	text := fmt.Sprintf("%q %d %d uid %d inode %d", s.Local.Name, s.Local.Scope, s.RecvQ, s.UID, s.Inode)
	switch d := s.Detail.(type) {
	case *netstat.PacketDetail:
		text += fmt.Sprint(" ", d.Type, d.Protocol, d.Running)
	case *netstat.NetlinkDetail:
		text += fmt.Sprint(" ", d.Protocol, d.Port, d.Dumping, d.Drops, d.InGroup(1), d.InGroup(5), d.Kernel())
	}
	return text
}
