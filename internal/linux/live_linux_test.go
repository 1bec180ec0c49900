package linux

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/test/condition"
	"netstat/test/need"
)

// inNamespace runs the calling test again in a process with its own network
// namespace, and returns true there. Without the privilege to make one it also
// makes a user namespace.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const mark = "NETSTAT_TEST_IN_NAMESPACE"
	if os.Getenv(mark) != "" {
		return true
	}
	if os.Geteuid() != 0 {
		need.UserNamespace(t)
	} else if why := need.NoNamespaces(); why != "" {
		need.Skip(t, why)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), mark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	t.Logf("in a network namespace:\n%s", out)
	if err != nil {
		t.Fatalf("in a network namespace: %v", err)
	}
	if !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatal("in a network namespace: the test did not run")
	}
	return false
}

// stage makes sockets. They live as long as the process, which exists only for
// them.
type stage struct{ t *testing.T }

func (g stage) must(err error, doing string) {
	g.t.Helper()
	if err != nil {
		g.t.Fatalf("%s: %v", doing, err)
	}
}

func (g stage) socket(family, kind, protocol int) int {
	g.t.Helper()
	f, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
	g.must(err, "socket")
	return f
}

func sockaddr(text string) unix.Sockaddr {
	a := netip.MustParseAddrPort(text)
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func (g stage) bound(family, kind, protocol int, local string) int {
	g.t.Helper()
	f := g.socket(family, kind, protocol)
	g.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), "SO_REUSEADDR")
	g.must(unix.Bind(f, sockaddr(local)), "bind "+local)
	return f
}

func (g stage) listen(family int, local string) int {
	g.t.Helper()
	f := g.bound(family, unix.SOCK_STREAM, 0, local)
	g.must(unix.Listen(f, 1000), "listen")
	return f
}

// connect returns both ends of a connection.
func (g stage) connect(family, listener int, remote string) (client, server int) {
	g.t.Helper()
	client = g.socket(family, unix.SOCK_STREAM, 0)
	g.must(unix.Connect(client, sockaddr(remote)), "connect "+remote)
	server, _, err := unix.Accept(listener)
	g.must(err, "accept")
	return client, server
}

func (g stage) write(f, n int) {
	g.t.Helper()
	got, err := unix.Write(f, make([]byte, n))
	if err != nil || got != n {
		g.t.Fatalf("write: %d of %d, %v", got, n, err)
	}
}

func (g stage) loopbackUp() {
	g.t.Helper()
	control := g.socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	ifr, err := unix.NewIfreq("lo")
	g.must(err, "interface request")
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	g.must(unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, ifr), "bring up lo")
	unix.Close(control)
}

// setUp enables the loopback interface and makes sockets in many states.
func (g stage) setUp() {
	t := g.t
	t.Helper()
	g.loopbackUp()
	l4 := g.listen(unix.AF_INET, "127.0.0.1:80")
	for i := range 400 {
		client, server := g.connect(unix.AF_INET, l4, "127.0.0.1:80")
		switch i {
		case 0:
			g.write(client, 100)
		case 1:
			g.must(unix.Shutdown(client, unix.SHUT_WR), "shutdown")
		case 2:
			// TIME-WAIT on the client.
			unix.Close(client)
			unix.Close(server)
		}
	}
	l6 := g.listen(unix.AF_INET6, "[::]:90")
	for range 300 {
		g.connect(unix.AF_INET6, l6, "[::1]:90")
	}
	g.connect(unix.AF_INET, l6, "127.0.0.2:90") // an IPv4-mapped server
	waiting := g.socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	g.must(unix.Connect(waiting, sockaddr("[::1]:90")), "connect") // in the backlog
	g.bound(unix.AF_INET, unix.SOCK_STREAM, 0, "127.0.0.1:81")

	// A connection request stays one until data arrives.
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		local := map[int]string{unix.AF_INET: "127.0.0.1:82", unix.AF_INET6: "[::1]:82"}[family]
		deferring := g.listen(family, local)
		g.must(unix.SetsockoptInt(deferring, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60), "TCP_DEFER_ACCEPT")
		g.must(unix.Fchown(deferring, requestUser(t), -1), "fchown")
		g.must(unix.Connect(g.socket(family, unix.SOCK_STREAM, 0), sockaddr(local)), "connect")
	}
	// A listener with a full backlog does not answer.
	full := g.bound(unix.AF_INET, unix.SOCK_STREAM, 0, "127.0.0.1:83")
	g.must(unix.Listen(full, 0), "listen")
	for range 3 {
		f := g.socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err := unix.Connect(f, sockaddr("127.0.0.1:83")); err != nil && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
	}

	for _, protocol := range datagramProtocols(t) {
		g.bound(unix.AF_INET, unix.SOCK_DGRAM, protocol, "0.0.0.0:53")
		g.bound(unix.AF_INET6, unix.SOCK_DGRAM, protocol, "[::1]:54")
		g.bound(unix.AF_INET6, unix.SOCK_DGRAM, protocol, "[::]:55")
		for i := range 300 {
			f := g.socket(unix.AF_INET, unix.SOCK_DGRAM, protocol)
			g.must(unix.Connect(f, sockaddr(fmt.Sprintf("127.0.0.1:%d", 53+i%2))), "connect")
			if i == 0 {
				g.write(f, 10)
			}
			f = g.socket(unix.AF_INET6, unix.SOCK_DGRAM, protocol)
			g.must(unix.Connect(f, sockaddr("[::1]:54")), "connect")
			if i == 1 {
				g.write(f, 700)
			}
		}
	}
	g.socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	raw := g.socket(unix.AF_INET6, unix.SOCK_RAW, 253)
	g.must(unix.Connect(raw, sockaddr("[::1]:0")), "connect")
}

// moreTCP makes sockets that matter for the order and for TCP-specific facts.
func (g stage) moreTCP() {
	g.t.Helper()
	// The kernel keeps FIN-WAIT-2 of an orphaned socket as a TIME-WAIT
	// socket.
	l := g.listen(unix.AF_INET, "127.0.0.1:84")
	orphan, _ := g.connect(unix.AF_INET, l, "127.0.0.1:84")
	unix.Close(orphan)

	l6 := g.listen(unix.AF_INET6, "[::]:91")
	for range 3 {
		g.must(unix.Connect(g.socket(unix.AF_INET, unix.SOCK_STREAM, 0), sockaddr("127.0.0.1:91")), "connect")
	}
	client, server := g.connect(unix.AF_INET6, l, "[::ffff:127.0.0.1]:84")
	g.write(client, 77)
	g.write(server, 1)
	client, server = g.connect(unix.AF_INET6, l6, "[::1]:91")
	unix.Close(client)
	unix.Close(server)

	// An IPv4-mapped request, and listeners of one port in one bucket.
	deferring := g.listen(unix.AF_INET6, "[::]:92")
	g.must(unix.SetsockoptInt(deferring, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60), "TCP_DEFER_ACCEPT")
	g.must(unix.Fchown(deferring, requestUser(g.t), -1), "fchown")
	g.must(unix.Connect(g.socket(unix.AF_INET, unix.SOCK_STREAM, 0), sockaddr("127.0.0.1:92")), "connect")
	for i := range 200 {
		f := g.socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
		g.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1), "SO_REUSEPORT")
		if i%3 == 0 {
			g.must(unix.BindToDevice(f, "lo"), "SO_BINDTODEVICE")
		}
		g.must(unix.Bind(f, sockaddr("[::]:93")), "bind")
		g.must(unix.Listen(f, 1000), "listen")
	}
}

// settle waits until every closing connection is in a stable state, because an
// acknowledgement may be delayed.
func (g stage) settle() {
	g.t.Helper()
	passing := netstat.States(netstat.FinWait1, netstat.Closing, netstat.LastAck)
	s := open(g.t, "netlink")
	for {
		rows := 0
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
			got := collect(s, table, netstat.Need{States: passing})
			g.must(got.err, "dump")
			rows += len(got.rows)
		}
		if rows == 0 {
			return
		}
		unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
	}
}

var tcpTables = []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}

func tcpDump(s netstat.Source) map[netstat.Table]result {
	got := map[netstat.Table]result{}
	for _, table := range tcpTables {
		got[table] = collect(s, table, netstat.Need{})
	}
	return got
}

// quiet calls read, and repeats it if TCP sockets changed meanwhile, because
// acknowledgements may be under way and TIME-WAIT ends by itself. It returns the
// sockets.
func (g stage) quiet(s netstat.Source, read func()) map[netstat.Table]result {
	g.t.Helper()
	for began := time.Now(); ; {
		before := tcpDump(s)
		read()
		after := tcpDump(s)
		if !slices.ContainsFunc(tcpTables, func(t netstat.Table) bool {
			return !reflect.DeepEqual(essentials(before[t].rows), essentials(after[t].rows))
		}) {
			return before
		}
		if time.Since(began) > tcpWorldDeadline {
			g.t.Fatal("the sockets do not stop changing")
		}
	}
}

// requestUser returns the user for a listener: not root, if the user namespace
// has another user.
func requestUser(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	var inside, outside, size int64
	if _, err := fmt.Sscan(string(b), &inside, &outside, &size); err != nil {
		t.Fatal(err)
	}
	if user := int64(1234); inside <= user && user-inside < size {
		return int(user)
	}
	return int(inside)
}

// datagramProtocols returns UDP, and UDP-Lite if this kernel has it.
func datagramProtocols(t *testing.T) []int {
	f, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, ipprotoUDPLite)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		t.Log("this kernel has no UDP-Lite: its tables are compared as missing")
		return []int{0}
	}
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(f)
	return []int{0, ipprotoUDPLite}
}

var inetTables = []netstat.Table{
	netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UDPLite4Table, netstat.UDPLite6Table, netstat.Raw4Table, netstat.Raw6Table,
}

func open(t *testing.T, mode string) netstat.Source {
	t.Helper()
	s, err := Open(Options{Source: mode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// essentials removes the facts that only one of the two sources has.
func essentials(rows []netstat.Socket) []netstat.Socket {
	var out []netstat.Socket
	for _, s := range rows {
		s.Timer, s.Cookie, s.MaxBacklog = netstat.Timer{}, 0, 0
		s.Local.Scope, s.Remote.Scope = 0, 0
		out = append(out, s)
	}
	return out
}

func sameRows(t *testing.T, name string, got, want []netstat.Socket) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s, row %d:\ngot  %+v\nwant %+v", name, i, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
	}
}

// TestSourcesAgree makes sockets in every state that requires no lost packet,
// and reads them from both sources: same rows, same order.
func TestSourcesAgree(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.setUp()
	g.moreTCP()
	g.settle()
	netlink, proc, automatic := open(t, "netlink"), open(t, "proc"), open(t, "")
	seen := map[netstat.Table]netstat.StateSet{}
	for _, table := range inetTables {
		need := netstat.Need{Facts: netstat.FactUID}
		var want result
		for name, s := range map[string]netstat.Source{"netlink": netlink, "automatic": automatic} {
			var got result
			g.quiet(netlink, func() { want, got = collect(proc, table, need), collect(s, table, need) })
			sameRows(t, name+" "+table.String(), essentials(got.rows), essentials(want.rows))
			if (got.err == nil) != (want.err == nil) || len(got.reports)+len(want.reports) > 0 {
				t.Errorf("%s %v: errors %v and %v, reports %v and %v", name, table, got.err, want.err, got.reports, want.reports)
			}
			for _, row := range got.rows {
				seen[table] |= netstat.States(row.State)
				if row.Table != table {
					t.Errorf("%v: row of %v", table, row.Table)
				}
				if row.State == netstat.SynReceived && row.UID != uint32(requestUser(t)) {
					t.Errorf("%s %v: request of user %d", name, table, row.UID)
				}
				if row.State == netstat.Listen && row.MaxBacklog != 1000 && row.MaxBacklog != 0 {
					t.Errorf("%s %v: backlog %d", name, table, row.MaxBacklog)
				}
			}
		}
		t.Logf("%v: %d rows", table, len(want.rows))
	}
	for table, states := range map[netstat.Table]netstat.StateSet{
		netstat.TCP4Table: netstat.States(netstat.Established, netstat.SynSent, netstat.SynReceived, netstat.FinWait2,
			netstat.TimeWait, netstat.CloseWait, netstat.Listen),
		netstat.TCP6Table: netstat.States(netstat.Established, netstat.SynReceived, netstat.Listen),
		netstat.UDP4Table: netstat.States(netstat.Established, netstat.Closed),
		netstat.UDP6Table: netstat.States(netstat.Established, netstat.Closed),
		netstat.Raw4Table: netstat.States(netstat.Closed),
		netstat.Raw6Table: netstat.States(netstat.Established),
	} {
		if missing := states &^ seen[table]; missing != 0 {
			t.Errorf("%v: no sockets in states %b", table, missing)
		}
	}

	// The iterator lacks users, inodes and cookies; all other facts agree.
	if bpfPrivileged(t) {
		forced := open(t, "bpf")
		for _, hold := range []bool{false, true} {
			got := map[netstat.Table]result{}
			want := g.quiet(netlink, func() {
				for _, table := range tcpTables {
					need := netstat.Need{}
					if hold && table == netstat.TCP4Table {
						need.Then = netstat.TCP6Table
					}
					got[table] = collect(forced, table, need)
				}
			})
			for _, table := range tcpTables {
				sameIter(t, table.String(), got[table], want[table])
			}
		}
		for _, facts := range []netstat.Facts{netstat.FactUID, netstat.FactInode} {
			need := netstat.Need{Facts: facts}
			var got, want result
			g.quiet(netlink, func() {
				got, want = collect(forced, netstat.TCP4Table, need), collect(netlink, netstat.TCP4Table, need)
			})
			sameRows(t, "bpf with facts", essentials(got.rows), essentials(want.rows))
		}
	}

	// Timers come from the same file with every source.
	timers := netstat.Need{Facts: netstat.FactTimer}
	kinds := map[netstat.TimerKind]bool{}
	for _, row := range collect(netlink, netstat.TCP4Table, timers).rows {
		kinds[row.Timer.Kind] = true
	}
	if !kinds[netstat.TimerNone] || !kinds[netstat.TimerRetransmit] || !kinds[netstat.TimerTimeWait] {
		t.Errorf("timer kinds %v", kinds)
	}
}

// bpfPrivileged reports whether socket iterators must work here. If not, it
// reports that a part of the test is not possible.
func bpfPrivileged(t *testing.T) bool {
	t.Helper()
	why := need.NoBPF()
	if why != "" {
		need.Partly(t, why)
	}
	return why == ""
}

// sameIter compares a table from the iterator with one from a dump.
func sameIter(t *testing.T, name string, got, want result) {
	t.Helper()
	for i := range want.rows {
		row := &want.rows[i]
		row.UID, row.Inode, row.Cookie, row.Timer = 0, 0, 0, netstat.Timer{}
	}
	sameRows(t, "bpf "+name, got.rows, want.rows)
	if got.err != nil || want.err != nil || len(got.reports)+len(want.reports) > 0 {
		t.Errorf("bpf %s: errors %v and %v, reports %v and %v", name, got.err, want.err, got.reports, want.reports)
	}
}

// filterStage makes sockets with facts that only filters test: marks, devices
// and, if permitted, a control group.
func (g stage) filterStage() (groups []uint64) {
	t := g.t
	t.Helper()
	for i := range 12 {
		family, local := unix.AF_INET, "127.0.0.1:%d"
		if i%2 == 1 {
			family, local = unix.AF_INET6, "[::1]:%d"
		}
		f := g.socket(family, unix.SOCK_STREAM, 0)
		if i%3 == 0 {
			g.must(unix.BindToDevice(f, "lo"), "SO_BINDTODEVICE")
		}
		if i%4 >= 2 {
			g.must(unix.SetsockoptInt(f, unix.SOL_SOCKET, unix.SO_MARK, i), "SO_MARK")
		}
		local = fmt.Sprintf(local, 1000+i)
		g.must(unix.Bind(f, sockaddr(local)), "bind")
		g.must(unix.Listen(f, 10), "listen")
		client := g.socket(family, unix.SOCK_STREAM, 0)
		g.must(unix.Connect(client, sockaddr(local)), "connect")
		if i%4 == 3 {
			// Both sides end in TIME-WAIT or FIN-WAIT-2 with the
			// mark.
			server, _, err := unix.Accept(f)
			g.must(err, "accept")
			unix.Close(server)
			unix.Close(client)
		}
	}
	s := open(t, "netlink").(*source)
	own, err := s.CgroupID("/")
	if err != nil {
		t.Logf("CONTROL GROUPS ARE NOT TESTED: %v", err)
		return nil
	}
	groups = append(groups, own)
	dir, _, err := s.cgroupMount()
	g.must(err, "find control groups")
	name := fmt.Sprintf("netstat-test-%d", os.Getpid())
	if err := os.Mkdir(dir+"/"+name, 0o755); err != nil {
		t.Logf("NO CONTROL GROUP COULD BE MADE: %v", err)
		return groups
	}
	t.Cleanup(func() { os.Remove(dir + "/" + name) })
	enter := func(dir string) { g.must(os.WriteFile(dir+"/cgroup.procs", []byte("0"), 0), "enter "+dir) }
	enter(dir + "/" + name)
	defer enter(dir)
	g.listen(unix.AF_INET, "127.0.0.1:1100")
	g.listen(unix.AF_INET6, "[::1]:1100")
	id, err := s.CgroupID("/" + name)
	g.must(err, "CgroupID")
	if path, ok := s.CgroupPath(id); path != "/"+name || !ok {
		t.Errorf("CgroupPath(%d) = %q, %v", id, path, ok)
	}
	if path, ok := s.CgroupPath(1 << 60); ok {
		t.Errorf("path of a missing group: %q", path)
	}
	if _, err := s.CgroupID("/nonesuch"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("id of a missing group: %v", err)
	}
	return append(groups, id)
}

// TestHints compares the kernel's filters with the predicate.
func TestHints(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.setUp()
	groups := g.filterStage()
	g.settle()
	s := open(t, "netlink")
	const facts = netstat.FactInterface | netstat.FactMark | netstat.FactCgroup | netstat.FactAutobound

	all := map[netstat.Table][]netstat.Socket{}
	tables := []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table}
	seen := map[string]bool{}
	for _, table := range tables {
		got := collect(s, table, netstat.Need{Facts: facts})
		if got.err != nil || len(got.reports) > 0 {
			t.Fatalf("%v: %v, %v", table, got.err, got.reports)
		}
		all[table] = got.rows
		rows := map[uint64]bool{}
		for _, row := range got.rows {
			if rows[row.Cookie] {
				t.Errorf("twice: %+v", row)
			}
			rows[row.Cookie] = true
			if row.Absent != 0 {
				t.Errorf("absent %b of %+v", row.Absent, row)
			}
			seen[fmt.Sprint("autobound ", row.Autobound)] = true
			seen[fmt.Sprint("mark ", row.Mark != 0)] = true
			seen[fmt.Sprint("device ", row.Local.Scope)] = true
			if row.State == netstat.TimeWait && row.Mark != 0 {
				seen["mark in TIME-WAIT"] = true
			}
			for i, id := range groups {
				if row.Cgroup == id {
					seen[fmt.Sprint("group ", i)] = true
				}
			}
		}
		if plain := collect(s, table, netstat.Need{}); len(plain.rows) != len(got.rows) && len(collect(s, table, netstat.Need{Facts: facts}).rows) == len(got.rows) {
			t.Errorf("%v: %d rows in two passes, %d in one", table, len(got.rows), len(plain.rows))
		}
	}
	if len(seen) < 7+len(groups) {
		t.Errorf("the stage has only %v", seen)
	}

	// Values of the stage's sockets.
	r := rand.New(rand.NewPCG(3, 4))
	world := func(c *netstat.Condition) {
		switch c.Kind {
		case netstat.WherePort:
			c.Port = []uint16{0, 53, 54, 80, 82, 90, 1000, 1003, 1100, 32768, 50000, 65535, 253, 1}[r.IntN(14)]
		case netstat.WherePrefix:
			texts := []string{
				"127.0.0.0/8", "127.0.0.1/32", "127.0.0.2/31", "0.0.0.0/0", "0.0.0.0/32", "::1/128", "::/96", "::/0", "::ffff:127.0.0.0/104", "fe80::/10",
			}
			c.Prefix = netip.MustParsePrefix(texts[r.IntN(len(texts))])
		case netstat.WhereMark:
			c.Number, c.Mask = uint64(r.IntN(12)), []uint32{^uint32(0), 3, 8, 15}[r.IntN(4)]
		case netstat.WhereCgroup:
			c.Number = uint64(r.IntN(2))
			if i := r.IntN(len(groups) + 1); i < len(groups) {
				c.Number = groups[i]
			}
		}
	}
	var settle func(c *netstat.Condition)
	settle = func(c *netstat.Condition) {
		world(c)
		for _, part := range c.Of {
			settle(part)
		}
	}
	// One pass over both families has the rows of two passes, in the same
	// order.
	held := 0
	plain := func(rows []netstat.Socket) []netstat.Socket {
		for i := range rows {
			rows[i].TCP, rows[i].Timer = nil, netstat.Timer{}
		}
		return rows
	}
	for i := range 100 {
		c := condition.Random(r, i%3)
		settle(c)
		for _, facts := range []netstat.Facts{0, netstat.FactMark | netstat.FactUID | netstat.FactTCPInfo} {
			apart := func() (both [2][]netstat.Socket) {
				for i, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
					both[i] = plain(collect(s, table, netstat.Need{Where: c, Facts: facts}).rows)
				}
				return both
			}
			// TIME-WAIT ends by itself. Repeat until nothing
			// changed meanwhile.
			var got [2]result
			want := apart()
			for {
				got[0] = collect(s, netstat.TCP4Table, netstat.Need{Where: c, Facts: facts, Then: netstat.TCP6Table})
				if s.(*source).held.dumped {
					held++
				}
				got[1] = collect(s, netstat.TCP6Table, netstat.Need{Where: c, Facts: facts})
				after := apart()
				if reflect.DeepEqual(want, after) {
					break
				}
				want = after
			}
			for i := range got {
				sameRows(t, fmt.Sprintf("%v, %+v", tables[i], c), plain(got[i].rows), want[i])
				if got[i].err != nil || len(got[i].reports) > 0 {
					t.Errorf("%v, %+v: %v, %v", tables[i], c, got[i].err, got[i].reports)
				}
			}
		}
	}
	if held == 0 || s.(*source).bothRefused {
		t.Errorf("%d dumps of both families, refused %v", held, s.(*source).bothRefused)
	}

	// Some sockets (TIME-WAIT, a request, an orphan) end by themselves
	// during this test. If a dump differs, the list is reduced to the
	// sockets that still exist in the same state, which the dump must have
	// seen.
	prune := func(table netstat.Table) {
		states := map[uint64]netstat.State{}
		for _, row := range collect(s, table, netstat.Need{}).rows {
			states[row.Cookie] = row.State
		}
		all[table] = slices.DeleteFunc(all[table], func(row netstat.Socket) bool {
			state, there := states[row.Cookie]
			return !there || state != row.State
		})
	}
	kept, narrowed := 0, 0
	for i := range 1500 {
		c := condition.Random(r, i%4)
		settle(c)
		table := tables[i%len(tables)]
		got := collect(s, table, netstat.Need{Where: c})
		if got.err != nil || len(got.reports) > 0 {
			t.Fatalf("%v, %+v: %v, %v", table, c, got.err, got.reports)
		}
		passed := map[uint64]bool{}
		for _, row := range got.rows {
			passed[row.Cookie] = true
		}
		differs := func(row netstat.Socket) bool { return c.Match(&row) != passed[row.Cookie] }
		if slices.ContainsFunc(all[table], differs) {
			prune(table)
		}
		for _, row := range all[table] {
			if differs(row) {
				code := diagfilter.Compile(table.Family, nil, c, 0, s.(*source).localPorts()).Code
				t.Errorf("%+v\npassed %v, by % x", row, passed[row.Cookie], code)
			}
			if c.Match(&row) {
				kept++
			} else if !passed[row.Cookie] {
				narrowed++
			}
		}
	}
	if kept == 0 || narrowed == 0 || s.(*source).bytecode != 0 {
		t.Errorf("%d rows kept, %d left out by the kernel, limits %d", kept, narrowed, s.(*source).bytecode)
	}

	for state := netstat.Established; state <= netstat.Closing; state++ {
		of := func() (rows []netstat.Socket) {
			for _, row := range essentials(collect(s, netstat.TCP4Table, netstat.Need{}).rows) {
				if row.State == state {
					rows = append(rows, row)
				}
			}
			return rows
		}
		want := of()
		got := essentials(collect(s, netstat.TCP4Table, netstat.Need{States: netstat.States(state)}).rows)
		for again := of(); !reflect.DeepEqual(again, want); again = of() {
			want, got = again, essentials(collect(s, netstat.TCP4Table, netstat.Need{States: netstat.States(state)}).rows)
		}
		sameRows(t, state.String(), got, want)
	}
	bound := collect(s, netstat.TCP4Table, netstat.Need{States: netstat.States(netstat.Bound)})
	if bound.err != nil {
		t.Errorf("bound: %v", bound.err)
	}
	for _, row := range bound.rows {
		if row.State != netstat.Bound || row.Local.Port == 0 {
			t.Errorf("bound: %+v", row)
		}
	}
	// Linux lists bound sockets since 6.8; older kernels report that they
	// do not.
	probe, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(probe)
	if err := unix.Bind(probe, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(probe)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := name.(*unix.SockaddrInet4)
	if !ok {
		t.Fatalf("bound to %T", name)
	}
	found := false
	bound = collect(s, netstat.TCP4Table, netstat.Need{States: netstat.AllStates})
	for _, row := range bound.rows {
		found = found || row.State == netstat.Bound && row.Local.Port == uint16(at.Port)
	}
	if found != (len(bound.reports) == 0) || found != listsBound(kernelRelease()) {
		t.Errorf("bound socket found: %v; reported: %v", found, bound.reports)
	}
	for _, row := range collect(s, netstat.TCP4Table, netstat.Need{}).rows {
		if row.Local.Port == uint16(at.Port) {
			t.Errorf("a bound socket without a request: %+v", row)
		}
	}
}

// TestDescriptors checks that nothing stays open after a table, an early stop
// or Close.
func TestDescriptors(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	stage{t}.setUp()
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := count()
	for _, mode := range []string{"", "netlink", "proc", "bpf"} {
		if mode == "bpf" && !bpfPrivileged(t) {
			continue
		}
		s, err := Open(Options{Source: mode})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range append(inetTables, netstat.UnixTable, netstat.SCTP4Table, netstat.AX25Table) {
			for range s.Sockets(t.Context(), table, netstat.Need{}) {
				break
			}
			if after := count(); after > before+1 {
				t.Errorf("%q %v: %d files open after an early stop, %d before", mode, table, after, before)
			}
			collect(s, table, netstat.Need{})
		}
		s.Close()
		if after := count(); after != before {
			t.Errorf("%q: %d files open after Close, %d before", mode, after, before)
		}
	}
}
