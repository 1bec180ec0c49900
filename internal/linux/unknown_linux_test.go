package linux

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/process"
	"netstat/test/holder"
	"netstat/test/need"
)

const unknownHelperEnv = "UNKNOWN_TEST_HELPER"

// The helper writes why the owners of sockets, given by inode, are unknown.
func init() {
	if os.Getenv(unknownHelperEnv) == "" {
		return
	}
	var inodes []uint64
	if err := json.Unmarshal([]byte(os.Args[1]), &inodes); err != nil {
		panic(err)
	}
	if os.Getenv(unknownHelperEnv) == "mount" {
		for _, err := range []error{
			unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("proc", "/proc", "proc", 0, ""),
		} {
			if err != nil {
				panic(err)
			}
		}
	}
	why := []string{}
	o, err := process.FindOwners(context.Background(), "/proc", "", netstat.OwnerQuery{Inodes: inodes})
	if err != nil {
		panic(err)
	}
	for _, inode := range inodes {
		why = append(why, o.Unknown(&netstat.Socket{Inode: inode}).String())
	}
	json.NewEncoder(os.Stdout).Encode(why)
	os.Exit(0)
}

func unknownAsk(t *testing.T, inodes []uint64, how string, change func(*exec.Cmd)) (why []string) {
	t.Helper()
	in, err := json.Marshal(inodes)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", string(in))
	cmd.Env = append(os.Environ(), unknownHelperEnv+"="+how)
	cmd.Stderr = os.Stderr
	change(cmd)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &why); err != nil {
		t.Fatal(err)
	}
	return why
}

// TestOwnerUnknownLive produces every reason why an owner is unknown.
func TestOwnerUnknownLive(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	netnsUp(t, "lo")
	seesAll := need.HostProcesses()

	l := g.listen(unix.AF_INET, "127.0.0.1:80")
	client, server := g.connect(unix.AF_INET, l, "127.0.0.1:80")
	closing, closed := g.connect(unix.AF_INET, l, "127.0.0.1:80")
	g.must(unix.Close(closed), "close")
	bothGone, gone := g.connect(unix.AF_INET, l, "127.0.0.1:80")
	g.must(unix.Close(gone), "close")
	g.must(unix.Close(bothGone), "close")
	waiting := g.socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	g.must(unix.Connect(waiting, sockaddr("127.0.0.1:80")), "connect")
	deferring := g.listen(unix.AF_INET, "127.0.0.1:82")
	g.must(unix.SetsockoptInt(deferring, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60), "TCP_DEFER_ACCEPT")
	g.must(unix.Connect(g.socket(unix.AF_INET, unix.SOCK_STREAM, 0), sockaddr("127.0.0.1:82")), "connect")

	// In a message between two sockets, and held by no process.
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	g.must(err, "socketpair")
	flying := g.bound(unix.AF_INET, unix.SOCK_DGRAM, 0, "127.0.0.1:90")
	flyingInode := holder.Inode(flying)
	g.must(unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(flying), nil, 0), "send a socket")
	g.must(unix.Close(flying), "close")

	src, err := Open(Options{})
	g.must(err, "open")
	defer src.Close()
	rows := func(table netstat.Table) []netstat.Socket {
		t.Helper()
		got := collect(src.(socketReader), table, netstat.Need{Facts: netstat.FactInode | netstat.FactPeer})
		if got.err != nil {
			t.Fatal(got.err)
		}
		return got.rows
	}
	unknown := func(q netstat.OwnerQuery, s *netstat.Socket) netstat.OwnerUnknown {
		t.Helper()
		q.Inodes = []uint64{s.Inode}
		o, err := src.Owners(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if o.Denied || o.Confined == seesAll {
			t.Fatalf("denied %v, confined %v", o.Denied, o.Confined)
		}
		return o.Unknown(s)
	}
	held := netstat.OwnerUnheld
	if !seesAll {
		held = netstat.OwnerConfined
	}
	local := func(f int) netip.AddrPort {
		name, err := unix.Getsockname(f)
		g.must(err, "getsockname")
		a := name.(*unix.SockaddrInet4)
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	}
	tcp := rows(netstat.TCP4Table)
	tryFind := func(match func(*netstat.Socket) bool, states ...netstat.State) *netstat.Socket {
		for i := range tcp {
			if slices.Contains(states, tcp[i].State) && match(&tcp[i]) {
				return &tcp[i]
			}
		}
		return nil
	}
	find := func(match func(*netstat.Socket) bool, states ...netstat.State) *netstat.Socket {
		t.Helper()
		s := tryFind(match, states...)
		if s == nil {
			t.Fatalf("no socket in %v in %+v", states, tcp)
		}
		return s
	}
	is := func(f int) func(*netstat.Socket) bool {
		return func(s *netstat.Socket) bool { return s.Inode == holder.Inode(f) }
	}
	to := func(f int) func(*netstat.Socket) bool {
		a := local(f)
		return func(s *netstat.Socket) bool { return s.Remote.Port == a.Port() && s.Remote.IP == a.Addr() }
	}
	noInode := func(s *netstat.Socket) bool { return s.Inode == 0 }
	// The last acknowledgements may take a while.
	for tryFind(noInode, netstat.TimeWait) == nil || tryFind(to(waiting), netstat.Established) == nil ||
		tryFind(is(closing), netstat.CloseWait) == nil || tryFind(noInode, netstat.SynReceived) == nil {
		tcp = rows(netstat.TCP4Table)
	}
	for _, c := range []struct {
		name string
		s    *netstat.Socket
		want netstat.OwnerUnknown
	}{
		{"listener", find(is(l), netstat.Listen), netstat.OwnerKnown},
		{"client", find(is(client), netstat.Established), netstat.OwnerKnown},
		{"server", find(is(server), netstat.Established), netstat.OwnerKnown},
		{"not accepted", find(to(waiting), netstat.Established), netstat.OwnerPending},
		{"peer closed", find(is(closing), netstat.CloseWait), netstat.OwnerKnown},
		{"closed", find(to(closing), netstat.FinWait1, netstat.FinWait2), netstat.OwnerClosed},
		{"time-wait", find(noInode, netstat.TimeWait), netstat.OwnerTimeWait},
		{"request", find(noInode, netstat.SynReceived), netstat.OwnerRequest},
	} {
		if got := unknown(netstat.OwnerQuery{}, c.s); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	udp := rows(netstat.UDP4Table)
	at := slices.IndexFunc(udp, func(s netstat.Socket) bool { return s.Inode == flyingInode })
	if at < 0 {
		t.Fatalf("a socket in a message is not listed: %+v", udp)
	}
	if got := unknown(netstat.OwnerQuery{Threads: true}, &udp[at]); got != held {
		t.Errorf("in a message: %v, want %v", got, held)
	}
	// Processes that are not permitted to look, or cannot see the owner.
	inodes := []uint64{flyingInode, holder.Inode(l)}
	if why := unknownAsk(t, inodes, "plain", holder.AsNobody); !reflect.DeepEqual(why, []string{"permission", "permission"}) {
		t.Errorf("as nobody: %q", why)
	}
	isolated := func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	}
	if why := unknownAsk(t, inodes, "mount", isolated); !reflect.DeepEqual(why, []string{"namespace", "namespace"}) {
		t.Errorf("in a pid namespace: %q", why)
	}
	// Once received, it has an owner again.
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(pair[1], make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	g.must(err, "receive")
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	g.must(err, "parse")
	if _, err := unix.ParseUnixRights(&messages[0]); err != nil {
		t.Fatal(err)
	}
	if got := unknown(netstat.OwnerQuery{}, &udp[at]); got != netstat.OwnerKnown {
		t.Errorf("received: %v", got)
	}

	// Unix: the server end of a connection that waits to be accepted has no
	// inode.
	ul := g.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	g.must(unix.Bind(ul, &unix.SockaddrUnix{Name: "@unknown"}), "bind")
	g.must(unix.Listen(ul, 3), "listen")
	g.must(unix.Connect(g.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0), &unix.SockaddrUnix{Name: "@unknown"}), "connect")
	tcp = rows(netstat.UnixTable)
	if got := unknown(netstat.OwnerQuery{}, find(noInode, netstat.Connecting)); got != netstat.OwnerPending {
		t.Errorf("unix, not accepted: %v", got)
	}
}

// TestOwnersOfSharedSocket checks a socket that several processes hold, one of
// them only in a thread.
func TestOwnersOfSharedSocket(t *testing.T) {
	need.AllProcesses(t)
	shared, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	inode := holder.Inode(shared)
	want := []uint32{uint32(os.Getpid())}
	for range 2 {
		cmd := holder.Command("hold", "1")
		cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(mustDup(t, shared)), "shared")}
		pid, _ := holder.Hold(t, cmd)
		cmd.ExtraFiles[0].Close()
		want = append(want, pid)
	}
	slices.Sort(want)
	zombie, held := holder.Hold(t, holder.Command("zombie"))
	holder.WaitZombie(t, zombie)

	only, done := make(chan uint64), make(chan struct{})
	var alone func()
	alone = func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			defer runtime.UnlockOSThread()
			go alone()
			<-done
			return
		}
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			t.Error(err)
		}
		f, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			t.Error(err)
		}
		// Only this thread keeps its files; it has no copy of the
		// others'.
		only <- holder.Inode(f)
		<-done
	}
	go alone()
	single := <-only
	defer close(done)
	for _, method := range holder.Methods(t) {
		for _, threads := range []bool{false, true} {
			q := netstat.OwnerQuery{Inodes: []uint64{inode, single, held[0]}, All: true, Threads: threads}
			o := mustFindOwners(t, method, q)
			if got := o.All(nil, inode); !slices.Equal(got, want) {
				t.Errorf("%q, threads %v: owners %d, want %d", method, threads, got, want)
			}
			var inThread, ofZombie []uint32
			if threads {
				inThread, ofZombie = []uint32{uint32(os.Getpid())}, []uint32{zombie}
			}
			if got := o.All(nil, single); !slices.Equal(got, inThread) {
				t.Errorf("%q, threads %v: owners %d of a thread's socket", method, threads, got)
			}
			if got := o.All(nil, held[0]); !slices.Equal(got, ofZombie) {
				t.Errorf("%q, threads %v: owners %d of a socket of a process whose first thread has ended", method, threads, got)
			}
		}
	}
	// lsof agrees.
	out, err := exec.Command("lsof", "-w", "-t", "-a", "-U", "-p", fmt.Sprintf("%d,%d,%d", want[0], want[1], want[2])).Output()
	if err != nil || len(strings.Fields(string(out))) != 3 {
		t.Errorf("lsof: %q, %v", out, err)
	}
}

func mustDup(t *testing.T, f int) int {
	t.Helper()
	d, err := unix.FcntlInt(uintptr(f), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustFindOwners(t testing.TB, method string, q netstat.OwnerQuery) *netstat.Owners {
	t.Helper()
	o, err := process.FindOwners(context.Background(), "/proc", method, q)
	if err != nil {
		t.Fatalf("method %q: %v", method, err)
	}
	return o
}
