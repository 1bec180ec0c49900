package process

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
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/holder"
	"netstat/test/need"
)

// The tests use real processes: those of test/holder, and this test binary
// again, which an environment variable tells to find owners instead of running
// tests.

const ownerHelperEnv = "OWNER_TEST_HELPER"

func init() {
	name := os.Getenv(ownerHelperEnv)
	if name == "" {
		return
	}
	os.Unsetenv(ownerHelperEnv)
	if err := ownerHelpers(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func ownerHelpers(name string) error {
	switch name {
	case "find":
		var in ownerAsk
		if err := json.Unmarshal([]byte(os.Args[1]), &in); err != nil {
			return err
		}
		if in.MountProc {
			if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return fmt.Errorf("private mounts: %w", err)
			}
			if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
				return fmt.Errorf("mount /proc: %w", err)
			}
		}
		if in.Drop != 0 {
			if err := ownerDropCaps(in.Drop); err != nil {
				return err
			}
		}
		if in.NoFiles {
			if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{}); err != nil {
				return err
			}
		}
		for range in.Sockets {
			fd, err := unix.Socket(in.Domain, unix.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			in.Query.Inodes = append(in.Query.Inodes, holder.Inode(fd))
		}
		out := ownerAnswer{Self: uint32(os.Getpid()), Owners: make(map[uint64][]uint32)}
		o, err := FindOwners(context.Background(), "/proc", in.Method, in.Query)
		if err != nil {
			out.Err = err.Error()
		}
		out.Denied, out.Unread, out.Seen, out.N = o.Denied, o.Unread, o.Seen, o.Len()
		for _, inode := range in.Query.Inodes {
			out.Owners[inode] = o.All(nil, inode)
		}
		return json.NewEncoder(os.Stdout).Encode(out)
	}
	return fmt.Errorf("no helper %q", name)
}

// ownerAsk and ownerAnswer are the request and answer of the helper "find".
type ownerAsk struct {
	Method    string
	Query     netstat.OwnerQuery
	MountProc bool
	Drop      uint64 // capabilities to drop
	NoFiles   bool
	Sockets   int // number of own sockets to open and include in the request
	Domain    int
}

type ownerAnswer struct {
	Err                  string
	Self                 uint32
	Denied, Unread, Seen bool
	N                    int
	Owners               map[uint64][]uint32
}

func ownerDropCaps(drop uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	for i := range data {
		data[i].Effective &^= uint32(drop >> (32 * i))
	}
	return unix.Capset(&header, &data[0])
}

func ownerCommand(helper string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), ownerHelperEnv+"="+helper)
	cmd.Stderr = os.Stderr
	return cmd
}

func ownerFind(t *testing.T, ask ownerAsk, change func(*exec.Cmd)) ownerAnswer {
	t.Helper()
	in, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	cmd := ownerCommand("find", string(in))
	if change != nil {
		change(cmd)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer ownerAnswer
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return answer
}

func TestFindOwners(t *testing.T) {
	need.Root(t)
	// Two processes with their own sockets and a shared one.
	shared, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(shared), "socket")
	defer file.Close()
	sharedInode := holder.Inode(shared)
	start := func() (uint32, []uint64) {
		cmd := holder.Command("hold", "3")
		cmd.ExtraFiles = []*os.File{file, file}
		return holder.Hold(t, cmd)
	}
	pidA, inodesA := start()
	pidB, inodesB := start()
	self := uint32(os.Getpid())
	sharers := []uint32{self, pidA, pidB}
	slices.Sort(sharers)

	for _, method := range holder.Methods(t) {
		for _, all := range []bool{false, true} {
			for _, wanted := range [][]uint64{nil, append(slices.Concat(inodesA, inodesB), sharedInode)} {
				o := ownersOf(t, method, netstat.OwnerQuery{Inodes: wanted, All: all})
				if o.Denied || !o.Seen {
					t.Errorf("%q: denied %t, seen %t", method, o.Denied, o.Seen)
				}
				for _, inode := range inodesA {
					if got := o.All(nil, inode); !slices.Equal(got, []uint32{pidA}) {
						t.Errorf("%q: %v, want %d", method, got, pidA)
					}
				}
				for _, inode := range inodesB {
					if got := o.All(nil, inode); !slices.Equal(got, []uint32{pidB}) {
						t.Errorf("%q: %v, want %d", method, got, pidB)
					}
				}
				want := sharers
				if !all {
					want = sharers[:1]
				}
				if got := o.All(nil, sharedInode); !slices.Equal(got, want) {
					t.Errorf("%q: shared socket %v, want %v", method, got, want)
				}
				if wanted != nil && o.Len() != len(wanted) {
					t.Errorf("%q: %d owners, want only the %d requested", method, o.Len(), len(wanted))
				}
			}
		}
	}
}

func TestFindOwnersArguments(t *testing.T) {
	var op *netstat.OpError
	if _, err := FindOwners(context.Background(), "/proc", "magic", netstat.OwnerQuery{}); !errors.As(err, &op) || op.Op != "find owners" {
		t.Errorf("unknown method: %v", err)
	}
	o, err := FindOwners(context.Background(), t.TempDir()+"/none", "", netstat.OwnerQuery{})
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &op) || o == nil || !o.Failed || !o.Denied || o.Seen {
		t.Errorf("no /proc: %+v, %v", o, err)
	}
	if _, err := FindOwners(context.Background(), t.TempDir(), "bpf", netstat.OwnerQuery{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("bpf for another /proc: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, method := range []string{"scan", ""} {
		if _, err := FindOwners(ctx, "/proc", method, netstat.OwnerQuery{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%q cancelled: %v", method, err)
		}
	}
}

// TestFindOwnersNotSockets checks files that look like a socket of the process
// but are not.
func TestFindOwnersNotSockets(t *testing.T) {
	need.Root(t)
	sockets := ownerOracle(t)
	var path int // file of a unix socket
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s/%d", t.TempDir(), i)
		l, err := net.Listen("unix", name)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if path, err = unix.Open(name, unix.O_PATH, 0); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(path)
		// The inode of another file system may equal that of a socket.
		if _, clash := sockets[holder.Inode(path)]; !clash {
			break
		}
	}
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	q := netstat.OwnerQuery{Inodes: []uint64{holder.Inode(path), holder.Inode(pipe[0])}}
	for _, method := range holder.Methods(t) {
		if o := ownersOf(t, method, q); o.Len() != 0 {
			t.Errorf("%q: %d owners of what are no sockets", method, o.Len())
		}
	}
}

// ownerOracle finds the first owner of every socket of the host in the simplest
// way.
func ownerOracle(t testing.TB) map[uint64]uint32 {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^socket:\[(\d+)\]$`)
	owners := make(map[uint64]uint32)
	for _, link := range links {
		target, err := os.Readlink(link)
		m := form.FindStringSubmatch(target)
		if err != nil || m == nil {
			continue
		}
		inode, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.ParseUint(strings.Split(link, "/")[2], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		if first, ok := owners[inode]; !ok || uint32(pid) < first {
			owners[inode] = uint32(pid)
		}
	}
	return owners
}

// TestFindOwnersWholeHost checks that every method finds the same owner for
// every socket that existed before and after, and no owner of another socket.
func TestFindOwnersWholeHost(t *testing.T) {
	need.Root(t)
	holder.Hold(t, holder.Command("hold", "100"))
	before := ownerOracle(t)
	first := make(map[string]*netstat.Owners)
	for _, method := range holder.Methods(t) {
		first[method] = ownersOf(t, method, netstat.OwnerQuery{})
	}
	after := ownerOracle(t)
	stable := 0
	for inode, pid := range before {
		if after[inode] != pid {
			continue
		}
		stable++
		for method, o := range first {
			if got, ok := o.First(inode); !ok || got != pid {
				t.Errorf("%q: owner of %d is %d, %t, want %d", method, inode, got, ok, pid)
			}
		}
	}
	if stable < 100 {
		t.Errorf("only %d sockets stayed", stable)
	}
}

// ownerFakeProcess makes a process directory with links for its files.
func ownerFakeProcess(t *testing.T, root, pid string, links ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, pid, "fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, link := range links {
		if err := os.Symlink(link, filepath.Join(root, pid, "fd", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScanUnusualProcesses(t *testing.T) {
	root := t.TempDir()
	ownerFakeProcess(t, root, "1", "socket:[11]", "/dev/null", "pipe:[99]", "socket:[x]", strings.Repeat("long", 100))
	ownerFakeProcess(t, root, "2", "socket:[22]", "[0000]:33")
	ownerFakeProcess(t, root, "99999999999", "socket:[44]")
	ownerFakeProcess(t, root, strings.Repeat("1", 60), "socket:[44]")
	ownerFakeProcess(t, root, "3x", "socket:[44]")
	if err := os.WriteFile(root+"/4", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+"/2/fd/notlink", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	o, err := FindOwners(context.Background(), root, "", netstat.OwnerQuery{})
	if err != nil || o.Len() != 3 || o.Denied || !o.Seen {
		t.Errorf("%d owners, denied %t, seen %t: %v", o.Len(), o.Denied, o.Seen, err)
	}
	for inode, pid := range map[uint64]uint32{11: 1, 22: 2, 33: 2} {
		if got, _ := o.First(inode); got != pid {
			t.Errorf("owner of %d is %d, want %d", inode, got, pid)
		}
	}
}

// TestScanStopsEarly checks that a walk ends when every wanted socket is found
// and no process can be denied.
func TestScanStopsEarly(t *testing.T) {
	need.Root(t)
	const processes = 100
	root := t.TempDir()
	for pid := 1; pid <= processes; pid++ {
		ownerFakeProcess(t, root, strconv.Itoa(pid), fmt.Sprintf("socket:[%d]", 1000+pid))
	}
	dir, err := os.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	names, err := dir.Readdirnames(1)
	dir.Close()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(names[0])
	if err != nil {
		t.Fatal(err)
	}
	first := []uint64{uint64(1000 + pid)}

	walk := func(q netstat.OwnerQuery) int {
		ctx := &countingContext{Context: context.Background()}
		if _, err := FindOwners(ctx, root, "scan", q); err != nil {
			t.Fatal(err)
		}
		return ctx.n
	}
	// One check for the process and two for its descriptors; the second
	// finds no more of them. A signal of the runtime ends a read of a
	// directory early, which adds a check.
	const whole = 3 * processes
	if n := walk(netstat.OwnerQuery{}); n < whole {
		t.Fatalf("a complete walk makes only %d checks", n)
	}
	// Until this is known to be the initial user namespace, the walk must
	// open the remaining directories, but do no more.
	if n := walk(netstat.OwnerQuery{Inodes: first}); n < processes || n >= 2*processes {
		t.Errorf("%d checks, want one for each of %d processes and few more", n, processes)
	}
	if err := os.MkdirAll(root+"/self/ns", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("user:[4026531837]", root+"/self/ns/user"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		q         netstat.OwnerQuery
		low, high int
	}{
		{netstat.OwnerQuery{}, whole, 2 * whole},
		{netstat.OwnerQuery{Inodes: first, All: true}, whole, 2 * whole},
		{netstat.OwnerQuery{Inodes: first}, 4, processes - 1},
		{netstat.OwnerQuery{Inodes: []uint64{}}, 1, 1},
	} {
		if n := walk(tc.q); n < tc.low || n > tc.high {
			t.Errorf("%+v: %d checks, want %d to %d", tc.q, n, tc.low, tc.high)
		}
	}
}

// countingContext counts the calls of Err, which a walk makes for every process
// and every buffer of descriptors.
type countingContext struct {
	context.Context
	n int
}

func (c *countingContext) Err() error {
	c.n++
	return nil
}

// TestFindOwnersDenied checks, without privileges, what net-tools' two warnings
// depend on.
func TestFindOwnersDenied(t *testing.T) {
	need.AllProcesses(t)
	holdPID, hold := holder.Hold(t, holder.Command("hold", "1"))
	mine := holder.Command("hold", "1")
	holder.AsNobody(mine)
	minePID, mineInodes := holder.Hold(t, mine)

	for _, method := range []string{"scan", ""} {
		o := ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: append(hold, mineInodes...)}}, holder.AsNobody)
		if o.Err != "" || !o.Denied || !o.Seen || len(o.Owners[hold[0]]) != 0 || !slices.Equal(o.Owners[mineInodes[0]], []uint32{minePID}) {
			t.Errorf("%q as nobody: %+v", method, o)
		}
		// All wanted sockets are found, but other processes are denied.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: mineInodes}}, holder.AsNobody)
		if o.Err != "" || !o.Denied || !o.Seen || o.N != 1 {
			t.Errorf("%q as nobody, own socket: %+v", method, o)
		}
		// No socket is wanted, although some can be seen.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: []uint64{}}}, holder.AsNobody)
		if !o.Denied || !o.Seen {
			t.Errorf("%q as nobody, nothing wanted: %+v", method, o)
		}
		// Opening the directories requires one capability, reading the
		// links another.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: hold},
			Drop: 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_BPF | 1<<unix.CAP_SYS_ADMIN}, nil)
		if o.Err != "" || !o.Denied || !o.Seen || !slices.Equal(o.Owners[hold[0]], []uint32{holdPID}) {
			t.Errorf("%q without CAP_DAC_*: %+v", method, o)
		}
		// net-tools 2.10 does not count an unreadable link as denied;
		// it is recorded separately.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: mineInodes},
			Drop: 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_BPF | 1<<unix.CAP_SYS_ADMIN}, nil)
		if o.Err != "" || o.Denied || !o.Unread || o.N != 0 {
			t.Errorf("%q without CAP_SYS_PTRACE: %+v", method, o)
		}
	}
	if why := need.NoKernelOwners(); why != "" {
		need.Partly(t, why)
		return
	}
	for _, drop := range []uint64{1 << unix.CAP_SYS_ADMIN, 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_PERFMON} {
		o := ownerFind(t, ownerAsk{Method: "bpf", Query: netstat.OwnerQuery{Inodes: hold}, Drop: drop}, nil)
		if refused := strings.Contains(o.Err, unix.EPERM.Error()); refused != (drop&(1<<unix.CAP_PERFMON) != 0) || !refused && o.N != 1 {
			t.Errorf("bpf without capabilities %#x: %+v", drop, o)
		}
	}
}

// TestFindOwnersNamespace checks that in a pid namespace with only this
// program, its own netlink socket does not count as seen; other sockets do.
func TestFindOwnersNamespace(t *testing.T) {
	need.Namespaces(t)
	isolated := func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	}
	for _, method := range []string{"scan", ""} {
		o := ownerFind(t, ownerAsk{Method: method, MountProc: true, Sockets: 1, Domain: unix.AF_NETLINK}, isolated)
		if o.Err != "" || o.Self != 1 || o.Seen || o.Denied || o.N != 1 {
			t.Errorf("%q, a netlink socket: %+v", method, o)
		}
		o = ownerFind(t, ownerAsk{Method: method, MountProc: true, Sockets: 300, Domain: unix.AF_UNIX}, isolated)
		if o.Err != "" || !o.Seen || o.N != 300 {
			t.Errorf("%q: %+v", method, o)
		}
		for inode, pids := range o.Owners {
			if !slices.Equal(pids, []uint32{1}) {
				t.Fatalf("%q: owners of %d are %v in a pid namespace", method, inode, pids)
			}
		}
	}
	if o := ownerFind(t, ownerAsk{Method: "bpf", MountProc: true}, isolated); !strings.Contains(o.Err, "namespace") {
		t.Errorf("bpf in a pid namespace: %+v", o)
	}
	// Only the namespace, with the host's /proc and its process numbers.
	holdPID, hold := holder.Hold(t, holder.Command("hold", "1"))
	o := ownerFind(t, ownerAsk{Query: netstat.OwnerQuery{Inodes: hold}}, isolated)
	if o.Err != "" || !slices.Equal(o.Owners[hold[0]], []uint32{holdPID}) {
		t.Errorf("with the host's /proc: %+v, want %d", o, holdPID)
	}
}

// TestFindOwnersZombieLeader checks a process whose main thread has ended, which has no
// files in /proc/PID/fd.
func TestFindOwnersZombieLeader(t *testing.T) {
	need.Root(t)
	pid, inodes := holder.Hold(t, holder.Command("zombie"))
	holder.WaitZombie(t, pid)
	for _, method := range holder.Methods(t) {
		if o := ownersOf(t, method, netstat.OwnerQuery{Inodes: inodes}); o.Len() != 0 {
			t.Errorf("%q: %d is an owner", method, pid)
		}
	}
}

// TestFindOwnersThreadFiles checks a thread with its own file table, which holds sockets
// that /proc/PID/fd does not show.
func TestFindOwnersThreadFiles(t *testing.T) {
	need.Root(t)
	both, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0) // also in the thread's table
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(both)
	inode, done := make(chan uint64), make(chan struct{})
	defer close(done)
	go func() {
		runtime.LockOSThread() // and end with the thread
		if unix.Gettid() == os.Getpid() {
			// The first thread must keep its files.
			go func() { inode <- 0 }()
			<-done
			return
		}
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			t.Error(err)
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			t.Error(err)
		}
		inode <- holder.Inode(fd)
		<-done
		unix.Close(fd)
	}()
	wanted := <-inode
	for _, method := range holder.Methods(t) {
		if o := ownersOf(t, method, netstat.OwnerQuery{Inodes: []uint64{wanted}}); o.Len() != 0 {
			t.Errorf("%q: a thread's own socket has an owner", method)
		}
		if wanted == 0 {
			continue
		}
		o, self := ownersOf(t, method, netstat.OwnerQuery{All: true, Threads: true}), uint32(os.Getpid())
		for inode, byThread := range map[uint64]bool{wanted: true, holder.Inode(both): false} {
			if got := o.All(nil, inode); !slices.Equal(got, []uint32{self}) || o.ByThread(inode, self) != byThread {
				t.Errorf("%q: socket %d: owners %d, by a thread %v", method, inode, got, !byThread)
			}
		}
	}
}

func TestFindOwnersManyFiles(t *testing.T) {
	need.Root(t)
	const sockets = 5000
	pid, inodes := holder.Hold(t, holder.Command("hold", strconv.Itoa(sockets)))
	if len(inodes) != sockets {
		t.Fatalf("%d sockets", len(inodes))
	}
	for _, method := range holder.Methods(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		o := ownersOf(t, method, netstat.OwnerQuery{Inodes: inodes})
		runtime.ReadMemStats(&after)
		if o.Len() != sockets {
			t.Errorf("%q: %d owners", method, o.Len())
		}
		for _, inode := range inodes {
			if got, _ := o.First(inode); got != pid {
				t.Fatalf("%q: owner of %d is %d, want %d", method, inode, got, pid)
			}
		}
		if n := after.Mallocs - before.Mallocs; n > sockets/10 {
			t.Errorf("%q: %d allocations for %d sockets", method, n, sockets)
		}
	}
}

// TestFindOwnersChurn checks that processes that start and end during a walk
// cause no error.
func TestFindOwnersChurn(t *testing.T) {
	need.Root(t)
	pid, inodes := holder.Hold(t, holder.Command("hold", "50"))
	stop := make(chan struct{})
	var churn sync.WaitGroup
	churn.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				cmd := holder.Command("hold", "20") // ends at once without input
				cmd.Stderr = nil
				cmd.Run()
			}
		}
	})
	for range 5 {
		for _, method := range holder.Methods(t) {
			for _, q := range []netstat.OwnerQuery{{}, {Inodes: inodes}, {All: true}} {
				o := ownersOf(t, method, q)
				for _, inode := range inodes {
					if got, _ := o.First(inode); got != pid {
						t.Fatalf("%q: owner of %d is %d, want %d", method, inode, got, pid)
					}
				}
			}
		}
	}
	close(stop)
	churn.Wait()
}

// TestFindOwnersNoDescriptors checks that a lack of descriptors is an error
// together with what was found, not an empty result.
func TestFindOwnersNoDescriptors(t *testing.T) {
	need.Root(t)
	for _, method := range []string{"scan", ""} {
		o := ownerFind(t, ownerAsk{Method: method, NoFiles: true}, nil)
		if !strings.Contains(o.Err, unix.EMFILE.Error()) || !o.Denied {
			t.Errorf("%q: %+v", method, o)
		}
	}
}

func benchmarkOwners(b *testing.B, method string) {
	const processes, each = 5, 2000
	for range processes {
		holder.Hold(b, holder.Command("hold", strconv.Itoa(each)))
	}
	var start, end unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &start)
	for b.Loop() {
		if o := ownersOf(b, method, netstat.OwnerQuery{}); o.Len() < processes*each {
			b.Fatal(o.Len())
		}
	}
	unix.Getrusage(unix.RUSAGE_SELF, &end)
	cpu := end.Utime.Nano() + end.Stime.Nano() - start.Utime.Nano() - start.Stime.Nano()
	b.ReportMetric(float64(cpu)/float64(b.N)/(processes*each), "cpu-ns/socket")
	b.ReportAllocs()
}

func BenchmarkOwnersScan(b *testing.B) { benchmarkOwners(b, "scan") }
func BenchmarkOwnersBPF(b *testing.B)  { benchmarkOwners(b, "bpf") }

// BenchmarkOwnersQuiet measures the cost before the first socket.
func BenchmarkOwnersQuiet(b *testing.B) {
	for _, method := range []string{"scan", "bpf"} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				ownersOf(b, method, netstat.OwnerQuery{})
			}
			b.ReportMetric(float64(ownerWork("/proc")), "files+threads")
		})
	}
}

func ownersOf(t testing.TB, method string, q netstat.OwnerQuery) *netstat.Owners {
	t.Helper()
	o, err := FindOwners(context.Background(), "/proc", method, q)
	if err != nil {
		t.Fatalf("method %q: %v", method, err)
	}
	return o
}
