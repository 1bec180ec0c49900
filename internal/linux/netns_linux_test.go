package linux

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/process"
	"netstat/test/holder"
	"netstat/test/need"
)

const netnsHelperEnv = "NETNS_TEST_HELPER"

// The helper finds a namespace, opens a Source there, and writes the result.
func init() {
	if os.Getenv(netnsHelperEnv) == "" {
		return
	}
	var answer netnsAnswer
	n, err := process.FindNamespace(os.Args[1])
	if err == nil {
		var src netstat.Source
		if src, err = Open(Options{Netns: &n}); err == nil {
			for _, err = range src.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
				answer.Rows++
			}
			src.Close()
		}
	}
	if err != nil {
		answer.Err, answer.Permission = err.Error(), errors.Is(err, fs.ErrPermission)
	}
	list, err := process.Namespaces(context.Background(), netstat.NamespaceQuery{Report: func(e *netstat.OpError) {
		answer.Reports = append(answer.Reports, e.Error())
	}})
	if err != nil {
		answer.Reports = append(answer.Reports, err.Error())
	}
	for i := range list {
		answer.Own += btoi(list[i].Own)
	}
	json.NewEncoder(os.Stdout).Encode(answer)
	os.Exit(0)
}

type netnsAnswer struct {
	Err        string
	Permission bool
	Rows, Own  int
	Reports    []string
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func netnsAsk(t *testing.T, ref string, change func(*exec.Cmd)) (answer netnsAnswer) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", ref)
	cmd.Env = append(os.Environ(), netnsHelperEnv+"=1")
	cmd.Stderr = os.Stderr
	if change != nil {
		change(cmd)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return answer
}

// netnsMake starts a thread in a new namespace with its loopback interface up.
func netnsMake(t *testing.T) *process.Thread {
	t.Helper()
	need.Namespaces(t)
	n, err := process.StartThread(func() error { return unix.Unshare(unix.CLONE_NEWNET) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !n.Closed() {
			n.Close()
		}
	})
	n.Call(func() { netnsUp(t, "lo") })
	return n
}

// netnsEnd ends a thread and waits until /proc does not show it any more.
func netnsEnd(n *process.Thread) {
	n.Close()
	for unix.Access(n.Net, unix.F_OK) == nil {
		runtime.Gosched()
	}
}

// netnsUp enables an interface of this thread's namespace.
func netnsUp(t *testing.T, name string) {
	f, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer unix.Close(f)
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(f, unix.SIOCSIFFLAGS, ifr)
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func netnsPath(t *process.Thread) string { return filepath.Dir(t.Net) + "/ns/net" }

func netnsInode(t *testing.T, path string) uint64 {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return stat.Ino
}

// netnsBind mounts a namespace at a path.
func netnsBind(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(to, unix.MNT_DETACH) })
}

func TestNamespacesLive(t *testing.T) {
	// Mounts belong to the whole process in the child, not to one thread.
	if os.Getenv("NETNS_TEST_MOUNTS") == "" {
		need.Namespaces(t)
		netnsAgain(t)
		return
	}
	dir := t.TempDir()
	named := netnsMake(t)
	netnsBind(t, netnsPath(named), "/run/netns/blue")
	netnsBind(t, netnsPath(named), "/run/netns/azure")
	mounted := netnsMake(t)
	netnsBind(t, netnsPath(mounted), dir+"/a b")
	mountedInode := netnsInode(t, netnsPath(mounted))
	netnsEnd(mounted)
	threaded := netnsMake(t)
	threadedInode := netnsInode(t, netnsPath(threaded))

	open := netnsMake(t)
	keep, err := unix.Open(netnsPath(open), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(keep)
	openInode := holder.Inode(keep)
	netnsEnd(open)

	bySocket := netnsMake(t)
	var socket int
	bySocket.Call(func() { socket, _ = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0) })
	defer unix.Close(socket)
	bySocketInode := netnsInode(t, netnsPath(bySocket))
	netnsEnd(bySocket)

	if err := os.WriteFile("/run/netns/stale", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	holding := holder.Command("hold", "1")
	holding.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	pid, _ := holder.Hold(t, holding)
	// A namespace mounted only in another mount namespace.
	hidden := exec.Command("unshare", "-m", "-n", "sh", "-c",
		`: >"$0/far" && mount --bind /proc/self/ns/net "$0/far" && exec unshare -n sh -c 'stat -Lc %i "$0/far"; echo; exec cat' "$0"`, dir)
	hidden.Stderr = os.Stderr
	hiddenPID, hiddenInode := holder.Hold(t, hidden)

	var reports []string
	query := netstat.NamespaceQuery{Files: true, Cookies: true, Report: func(e *netstat.OpError) {
		// Some hosts have a process that even root cannot inspect.
		if !errors.Is(e, fs.ErrPermission) {
			reports = append(reports, e.Error())
		}
	}}
	list, err := process.Namespaces(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 || !strings.Contains(reports[0], `"stale": not a namespace`) {
		t.Errorf("reports %q", reports)
	}
	find := func(inode uint64) netstat.Namespace {
		t.Helper()
		at := slices.IndexFunc(list, func(n netstat.Namespace) bool { return n.Inode == inode })
		if at < 0 {
			t.Fatalf("no namespace %d in %+v", inode, list)
		}
		return list[at]
	}
	if own := list[0]; !own.Own || own.Inode != netnsInode(t, "/proc/thread-self/ns/net") || own.Path != "/proc/self/ns/net" {
		t.Errorf("own: %+v", own)
	}
	if n := find(netnsInode(t, "/run/netns/blue")); !slices.Equal(n.Names, []string{"azure", "blue"}) ||
		filepath.Dir(n.Path) != "/run/netns" || len(n.Mounts) != 0 || n.Label() != "azure,blue" || n.TID == 0 {
		t.Errorf("named: %+v", n)
	}
	if n := find(mountedInode); !slices.Equal(n.Mounts, []string{dir + "/a b"}) || n.Label() != dir+"/a b" || n.PID != 0 {
		t.Errorf("mounted: %+v", n)
	}
	if n := find(threadedInode); n.PID != uint32(os.Getpid()) || n.TID == 0 || n.Comm == "" || !strings.Contains(n.Path, "/task/") {
		t.Errorf("of a thread: %+v", n)
	}
	if n := find(netnsInode(t, fmt.Sprintf("/proc/%d/ns/net", pid))); n.PID != pid || n.TID != 0 || n.Label() != fmt.Sprintf("%d/%s", pid, n.Comm) || n.Comm == "" {
		t.Errorf("of a process: %+v", n)
	}
	if n := find(openInode); n.HolderPID != uint32(os.Getpid()) || n.HolderFD != uint32(keep) || n.PID != 0 {
		t.Errorf("open: %+v", n)
	}
	if n := find(hiddenInode[0]); len(n.Mounts) != 1 || n.Mounts[0] != fmt.Sprintf("/proc/%d/root%s/far", hiddenPID, dir) {
		t.Errorf("in another mount namespace: %+v", n)
	}
	if slices.ContainsFunc(list, func(n netstat.Namespace) bool { return n.Inode == bySocketInode }) {
		t.Error("a namespace that only a socket keeps was found")
	}
	cookies := map[uint64]bool{}
	ours := []uint64{list[0].Inode, netnsInode(t, "/run/netns/blue"), mountedInode, threadedInode, openInode, hiddenInode[0]}
	for i := range list {
		n := &list[i]
		if !slices.Contains(ours, n.Inode) {
			continue // of other processes on this host, which may have ended
		}
		if n.Cookie == 0 || cookies[n.Cookie] {
			t.Errorf("cookie %d of %s", n.Cookie, n.Label())
		}
		cookies[n.Cookie] = true
		src, err := Open(Options{Netns: n})
		if err != nil {
			t.Errorf("%s: %v", n.Label(), err)
			continue
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if list, err := process.Namespaces(context.Background(), netstat.NamespaceQuery{}); err != nil ||
		slices.ContainsFunc(list, func(n netstat.Namespace) bool { return n.HolderPID != 0 || n.Cookie != 0 }) {
		t.Errorf("without files and cookies: %v %+v", err, list)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := process.Namespaces(ctx, netstat.NamespaceQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	// A name takes precedence over a process number.
	netnsBind(t, netnsPath(named), fmt.Sprintf("/run/netns/%d", pid))
	for ref, want := range map[string]uint64{
		"blue": netnsInode(t, "/run/netns/blue"), fmt.Sprint(pid): netnsInode(t, "/run/netns/blue"),
		dir + "/a b": mountedInode, fmt.Sprint(hiddenPID): netnsInode(t, fmt.Sprintf("/proc/%d/ns/net", hiddenPID)),
		"/proc/self/ns/net": netnsInode(t, "/proc/thread-self/ns/net"),
	} {
		if n, err := process.FindNamespace(ref); err != nil || n.Inode != want || n.Own != (want == netnsInode(t, "/proc/thread-self/ns/net")) {
			t.Errorf("%s: %+v, %v, want %d", ref, n, err, want)
		}
	}
	// That of process 1, by its link where that can be read, else by its files.
	host, err := process.FindNamespace(netstat.HostNamespace)
	if link, linkErr := os.Readlink("/proc/1/ns/net"); linkErr == nil && (err != nil || link != fmt.Sprintf("net:[%d]", host.Inode)) {
		t.Errorf("of process 1: %+v, %v, want %s", host, err, link)
	}
	var ofFirst, ofHost unix.Stat_t
	if err := unix.Stat("/proc/1/net/dev", &ofFirst); err == nil && host.Path != "" {
		if err := unix.Stat(filepath.Dir(filepath.Dir(host.Path))+"/net/dev", &ofHost); err != nil || ofFirst.Ino != ofHost.Ino {
			t.Errorf("of process 1: %+v: files %d, want %d, %v", host, ofHost.Ino, ofFirst.Ino, err)
		}
	}
	for i := range list {
		if n := &list[i]; n.Host != (err == nil && n.Inode == host.Inode) || (n.Label() == "host") != n.Host || (n.Label() == "self") != (n.Own && !n.Host) {
			t.Errorf("%s: %+v, process 1 is in %d", n.Label(), n, host.Inode)
		}
		// What a report calls a namespace leads to it.
		if n := list[i]; slices.Contains(ours, n.Inode) {
			for _, ref := range process.SplitNamespaces(n.Label()) {
				if found, err := process.FindNamespace(ref); err != nil || found.Inode != n.Inode {
					t.Errorf("%s leads to %+v, %v, want %d", ref, found, err, n.Inode)
				}
			}
		}
	}
	netnsBind(t, netnsPath(named), "/run/netns/with,comma")
	netnsBind(t, netnsPath(named), "/run/netns/host")
	for list, want := range map[string][]string{
		"": {""}, "blue": {"blue"}, "azure,blue": {"azure", "blue"}, "blue,1,all,host": {"blue", "1", "all", "host"},
		"with,comma": {"with,comma"}, "blue,with,comma,1": {"blue", "with,comma", "1"}, "with,commas": {"with", "commas"},
		"/run/netns/with,comma,blue": {"/run/netns/with,comma", "blue"}, "a,,b": {"a", "", "b"},
	} {
		if got := process.SplitNamespaces(list); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
	if n, err := process.FindNamespace(netstat.HostNamespace); n.Inode != host.Inode {
		t.Errorf("host is the name of another: %+v, %v", n, err)
	}
	if names := process.NamespaceNames(); !slices.Contains(names, "with,comma") || !slices.Contains(names, "stale") || !slices.IsSorted(names) {
		t.Errorf("names: %q", names)
	}

	for ref, want := range map[string]string{
		fmt.Sprintf("%d/other", pid): " now", "4294967295/x": "no such process",
		"stale": "not a namespace", "none": "no such name", "4294967295": "no such process", "": "no name",
		"..": "no such name", "/proc/self/ns/mnt": "not a network namespace", dir + "/none": "no such file", "/dev/null": "not a namespace",
	} {
		if n, err := process.FindNamespace(ref); err == nil || !strings.Contains(err.Error(), want) || n.Inode != 0 {
			t.Errorf("%q: %+v, %v, want %q", ref, n, err, want)
		}
	}

	// Another namespace has its path.
	blue, err := process.FindNamespace("blue")
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Unmount("/run/netns/blue", unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if src, err := Open(Options{Netns: &blue}); err == nil || src != nil {
		t.Errorf("not mounted any more: %v", err)
	}
	netnsBind(t, netnsPath(threaded), "/run/netns/blue")
	if src, err := Open(Options{Netns: &blue}); !errors.Is(err, fs.ErrNotExist) || src != nil {
		t.Errorf("replaced: %v", err)
	}
	if src, err := Open(Options{Netns: &blue, ProcRoot: dir}); err == nil || src != nil {
		t.Error("a namespace in a copy")
	}

	// Without privilege.
	if a := netnsAsk(t, "azure", holder.AsNobody); !a.Permission || !strings.Contains(a.Err, "requires CAP_SYS_ADMIN") {
		t.Errorf("as nobody: %+v", a)
	} else if len(a.Reports) < 1 || !strings.Contains(strings.Join(a.Reports, "\n"), "find network namespaces: ") ||
		!regexp.MustCompile(`: cannot inspect \d+ process(es)? in \d+ other namespaces?, such as \d+/.*: permission denied`).MatchString(strings.Join(a.Reports, "\n")) {
		t.Errorf("as nobody: reports %q", a.Reports)
	}
	if a := netnsAsk(t, "/proc/self/ns/net", holder.AsNobody); a.Err != "" || a.Own != 1 {
		t.Errorf("as nobody, the own one: %+v", a)
	}
	if a := netnsAsk(t, fmt.Sprint(os.Getpid()), holder.AsNobody); !a.Permission {
		t.Errorf("as nobody, that of a process: %+v", a)
	}
	if a := netnsAsk(t, "azure", nil); a.Err != "" || a.Own != 1 {
		t.Errorf("as root: %+v", a)
	}
}

// netnsAgain runs the test in a process with its own network and mount
// namespace.
func netnsAgain(t *testing.T) {
	t.Helper()
	script := `mount -t tmpfs none /run && mkdir /run/netns && exec "$@"`
	cmd := exec.Command("unshare", "-m", "-n", "sh", "-c", script, "sh", "/proc/self/exe")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[len(cmd.Args)-1] = self
	cmd.Args = append(cmd.Args, "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), "NETNS_TEST_MOUNTS=1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in namespaces: %v", err)
	}
}

// TestNamespaceSource checks that a Source in a namespace shows that namespace
// by every way of reading, and nothing of its own.
func TestNamespaceSource(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	there := netnsMake(t)
	g := stage{t}
	var listener, client, server, unixSocket int
	there.Call(func() {
		listener = g.listen(unix.AF_INET, "127.0.0.1:4321")
		client, server = g.connect(unix.AF_INET, listener, "127.0.0.1:4321")
		g.listen(unix.AF_INET6, "[::1]:4326")
		g.bound(unix.AF_INET, unix.SOCK_DGRAM, 0, "127.0.0.1:4322")
		unixSocket = g.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		g.must(os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("20000 20099"), 0), "local ports")
	})
	if out, err := exec.Command("ip", "link", "add", "type", "veth").CombinedOutput(); err != nil {
		t.Fatalf("ip link: %v: %s", err, out)
	}
	g.listen(unix.AF_INET, "0.0.0.0:1") // in this namespace; must not be listed
	n, err := process.FindNamespace(netnsPath(there))
	g.must(err, "find")

	for _, way := range []string{"", "netlink", "proc", "bpf"} {
		src, err := Open(Options{Source: way, Netns: &n})
		g.must(err, "open")
		rows := func(table netstat.Table, facts netstat.Facts) []netstat.Socket {
			t.Helper()
			got := collect(src.(socketReader), table, netstat.Need{Facts: facts})
			if got.err != nil || len(got.reports) > 0 {
				t.Fatalf("%q %v: %v %v", way, table, got.err, got.reports)
			}
			for _, s := range got.rows {
				if uint64(s.Netns) != n.Inode {
					t.Errorf("%q %v: in namespace %d", way, table, s.Netns)
				}
			}
			return got.rows
		}
		for _, facts := range []netstat.Facts{0, netstat.FactInode} {
			got := rows(netstat.TCP4Table, facts)
			if len(got) != 3 {
				t.Fatalf("%q: %+v", way, got)
			}
			if facts != 0 {
				var inodes []uint64
				for _, s := range got {
					inodes = append(inodes, s.Inode)
				}
				for _, f := range []int{listener, client, server} {
					if !slices.Contains(inodes, holder.Inode(f)) {
						t.Errorf("%q: inodes %d", way, inodes)
					}
				}
				owners, err := src.Owners(context.Background(), netstat.OwnerQuery{Inodes: inodes})
				if pid, ok := owners.First(holder.Inode(client)); err != nil || !ok || pid != uint32(os.Getpid()) || owners.Confined == need.HostProcesses() {
					t.Errorf("%q: owner %d, %v", way, pid, err)
				}
			}
		}
		if got := rows(netstat.TCP6Table, 0); len(got) != 1 || got[0].Local.Port != 4326 {
			t.Errorf("%q: %+v", way, got)
		}
		if got := rows(netstat.UDP4Table, 0); len(got) != 1 || got[0].Local.Port != 4322 {
			t.Errorf("%q: %+v", way, got)
		}
		for _, facts := range []netstat.Facts{0, netstat.FactReferences} {
			if got := rows(netstat.UnixTable, facts); len(got) != 1 || got[0].Inode != holder.Inode(unixSocket) {
				t.Errorf("%q: %+v", way, got)
			}
		}
		if way != "proc" {
			if got := rows(netstat.UnixTable, netstat.FactPeer); len(got) != 1 || !got[0].Detail.(*netstat.UnixDetail).Peers {
				t.Errorf("%q: %+v", way, got)
			}
		}
		up := false
		for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{Details: true}) {
			g.must(err, "interfaces")
			up = up || i.Name == "lo" && i.Flags.Has(netstat.InterfaceUp) && i.HasCounters
		}
		if !up {
			t.Errorf("%q: the loopback interface is not up", way)
		}
		// Interface names and the range of ports are those of the
		// namespace, which has only the first interface.
		inside := src.(*namespaceSource)
		if name, err := inside.interfaceName(1); name != "lo" || err != nil {
			t.Errorf("%q: interface 1 is %q, %v", way, name, err)
		}
		here, err := net.Interfaces()
		g.must(err, "interfaces")
		for _, i := range here {
			if name, err := inside.interfaceName(uint32(i.Index)); i.Index > 1 && err == nil {
				t.Errorf("%q: interface %d of this namespace is %q in the other", way, i.Index, name)
			}
		}
		if got := inside.localPorts(); got != (diagfilter.Ports{Low: 20000, High: 20099}) {
			t.Errorf("%q: local ports %v", way, got)
		}
		for r, err := range src.Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet6}) {
			g.must(err, "routes")
			if r.Interface != "lo" {
				t.Errorf("%q: %+v", way, r)
			}
		}
		opens := uint64(0)
		for c, err := range src.Counters(context.Background(), netstat.Inet) {
			if err == nil && c.Group == "Tcp" && c.Name == "ActiveOpens" {
				opens = c.Value
			}
		}
		if opens != 1 {
			t.Errorf("%q: %d connections were opened there", way, opens)
		}
		g.must(src.Close(), "close")
		g.must(src.Close(), "close again")
		if got := collect(src.(socketReader), netstat.TCP4Table, netstat.Need{Facts: netstat.FactInode}); got.err == nil || len(got.rows) > 0 {
			t.Errorf("%q: after closing: %d rows, %v", way, len(got.rows), got.err)
		}
	}
	// This process has not moved.
	if n := netnsInode(t, "/proc/thread-self/ns/net"); n == netnsInode(t, netnsPath(there)) || n != netnsInode(t, "/proc/self/ns/net") {
		t.Errorf("now in namespace %d", n)
	}
	src, err := Open(Options{})
	g.must(err, "open")
	defer src.Close()
	if got := collect(src.(socketReader), netstat.TCP4Table, netstat.Need{}); len(got.rows) != 1 || got.rows[0].Netns != 0 {
		t.Errorf("here: %+v", got.rows)
	}
}
