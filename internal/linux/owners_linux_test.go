package linux

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"netstat/test/need"
)

// The tests run against real processes: this test binary again, told by an
// environment variable to be one of ownerHelpers instead of tests.

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
	case "hold":
		// Hold sockets until standard input ends; say which.
		n, err := strconv.Atoi(os.Args[1])
		if err != nil {
			return err
		}
		out := bufio.NewWriter(os.Stdout)
		for range n {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			fmt.Fprintln(out, ownerInodeOf(fd))
		}
		fmt.Fprintln(out)
		if err := out.Flush(); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, os.Stdin)
		return err

	case "zombie":
		// A process whose first thread has ended and whose second holds
		// a socket.
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		fmt.Printf("%d\n\n", ownerInodeOf(fd))
		runtime.LockOSThread() // init runs on the first thread
		if unix.Gettid() != os.Getpid() {
			return errors.New("not on the first thread")
		}
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
		return nil

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
			in.Query.Inodes = append(in.Query.Inodes, ownerInodeOf(fd))
		}
		out := ownerAnswer{Self: uint32(os.Getpid()), Owners: make(map[uint64][]uint32)}
		o, err := findOwners(context.Background(), "/proc", in.Method, in.Query)
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

// ownerAsk and ownerAnswer are what the helper "find" is asked and answers.
type ownerAsk struct {
	Method    string
	Query     netstat.OwnerQuery
	MountProc bool
	Drop      uint64 // capabilities
	NoFiles   bool
	Sockets   int // how many of its own to open and to ask for as well
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

func ownerInodeOf(fd int) uint64 {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		panic(err)
	}
	return st.Ino
}

func ownerCommand(helper string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), ownerHelperEnv+"="+helper)
	cmd.Stderr = os.Stderr
	return cmd
}

// ownerHold starts a helper that holds sockets, and ends it with the test.
func ownerHold(t testing.TB, cmd *exec.Cmd) (pid uint32, inodes []uint64) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sync.OnceFunc(func() {
		stdin.Close()
		cmd.Wait()
	}))
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "" {
		inode, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		inodes = append(inodes, inode)
	}
	if len(inodes) == 0 {
		t.Fatal("the helper holds no socket")
	}
	return uint32(cmd.Process.Pid), inodes
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

func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// needRoot fails a test that can say nothing as another user. Run the tests of
// this package as root.
func needRoot(t testing.TB) {
	t.Helper()
	need.Root(t)
}

// allOwnerMethods are the ways to find owners.
var allOwnerMethods = []string{"scan", "bpf", ""}

// ownerMethods returns those that this machine has.
func ownerMethods(t testing.TB) []string {
	t.Helper()
	if why := need.NoKernelOwners(); why != "" {
		need.Partly(t, why)
		return []string{"scan", ""}
	}
	return allOwnerMethods
}

func mustFindOwners(t testing.TB, method string, q netstat.OwnerQuery) *netstat.Owners {
	t.Helper()
	o, err := findOwners(context.Background(), "/proc", method, q)
	if err != nil {
		t.Fatalf("method %q: %v", method, err)
	}
	return o
}

func TestFindOwners(t *testing.T) {
	needRoot(t)
	// Two processes with sockets of their own and one shared.
	shared, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(shared), "socket")
	defer file.Close()
	sharedInode := ownerInodeOf(shared)
	start := func() (uint32, []uint64) {
		cmd := ownerCommand("hold", "3")
		cmd.ExtraFiles = []*os.File{file, file}
		return ownerHold(t, cmd)
	}
	pidA, inodesA := start()
	pidB, inodesB := start()
	self := uint32(os.Getpid())
	sharers := []uint32{self, pidA, pidB}
	slices.Sort(sharers)

	for _, method := range ownerMethods(t) {
		for _, all := range []bool{false, true} {
			for _, wanted := range [][]uint64{nil, append(slices.Concat(inodesA, inodesB), sharedInode)} {
				o := mustFindOwners(t, method, netstat.OwnerQuery{Inodes: wanted, All: all})
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
					t.Errorf("%q: %d owners, want only the %d asked for", method, o.Len(), len(wanted))
				}
			}
		}
	}
}

func TestFindOwnersArguments(t *testing.T) {
	var op *netstat.OpError
	if _, err := findOwners(context.Background(), "/proc", "magic", netstat.OwnerQuery{}); !errors.As(err, &op) || op.Op != "find owners" {
		t.Errorf("unknown method: %v", err)
	}
	o, err := findOwners(context.Background(), t.TempDir()+"/none", "", netstat.OwnerQuery{})
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &op) || o == nil || !o.Failed || !o.Denied || o.Seen {
		t.Errorf("no /proc: %+v, %v", o, err)
	}
	if _, err := findOwners(context.Background(), t.TempDir(), "bpf", netstat.OwnerQuery{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("bpf for another /proc: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, method := range []string{"scan", ""} {
		if _, err := findOwners(ctx, "/proc", method, netstat.OwnerQuery{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%q cancelled: %v", method, err)
		}
	}
}

// A socket that is not a process's own, though it looks like one.
func TestFindOwnersNotSockets(t *testing.T) {
	needRoot(t)
	sockets := ownerOracle(t)
	var path int // the node of a unix socket in the file system
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
		// Another file system's number may happen to be that of a socket.
		if _, clash := sockets[ownerInodeOf(path)]; !clash {
			break
		}
	}
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	q := netstat.OwnerQuery{Inodes: []uint64{ownerInodeOf(path), ownerInodeOf(pipe[0])}}
	for _, method := range ownerMethods(t) {
		if o := mustFindOwners(t, method, q); o.Len() != 0 {
			t.Errorf("%q: %d owners of what are no sockets", method, o.Len())
		}
	}
}

// ownerOracle finds the first owner of every socket of the host with the
// plainest means.
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

// Every socket of the host that was there before and after has the same owner
// by each method, and each method has no more than those that were there.
func TestFindOwnersWholeHost(t *testing.T) {
	needRoot(t)
	ownerHold(t, ownerCommand("hold", "100"))
	before := ownerOracle(t)
	first := make(map[string]*netstat.Owners)
	for _, method := range ownerMethods(t) {
		first[method] = mustFindOwners(t, method, netstat.OwnerQuery{})
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

// ownerFakeProcess makes a process with links for files.
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

func TestScanOddities(t *testing.T) {
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
	o, err := findOwners(context.Background(), root, "", netstat.OwnerQuery{})
	if err != nil || o.Len() != 3 || o.Denied || !o.Seen {
		t.Errorf("%d owners, denied %t, seen %t: %v", o.Len(), o.Denied, o.Seen, err)
	}
	for inode, pid := range map[uint64]uint32{11: 1, 22: 2, 33: 2} {
		if got, _ := o.First(inode); got != pid {
			t.Errorf("owner of %d is %d, want %d", inode, got, pid)
		}
	}
}

// A walk ends once every wanted socket is found and no process can be denied.
func TestScanStopsEarly(t *testing.T) {
	needRoot(t)
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
		if _, err := findOwners(ctx, root, "scan", q); err != nil {
			t.Fatal(err)
		}
		return ctx.n
	}
	// One check for the process and two for its descriptors, the second of which
	// finds no more of them. A signal that the runtime sends itself makes a read of
	// a directory end early, and a check more.
	const whole = 3 * processes
	if n := walk(netstat.OwnerQuery{}); n < whole {
		t.Fatalf("a whole walk asks only %d times", n)
	}
	// Until it is known that this is the initial user namespace, the walk
	// has to go on opening directories, but no more than that.
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

// countingContext counts how often it is asked, which a walk does for every
// process and for every buffer of its descriptors.
type countingContext struct {
	context.Context
	n int
}

func (c *countingContext) Err() error {
	c.n++
	return nil
}

// What net-tools' two warnings depend on, without rights.
func TestFindOwnersDenied(t *testing.T) {
	need.AllProcesses(t)
	holdPID, hold := ownerHold(t, ownerCommand("hold", "1"))
	mine := ownerCommand("hold", "1")
	asNobody(mine)
	minePID, mineInodes := ownerHold(t, mine)

	for _, method := range []string{"scan", ""} {
		o := ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: append(hold, mineInodes...)}}, asNobody)
		if o.Err != "" || !o.Denied || !o.Seen || len(o.Owners[hold[0]]) != 0 || !slices.Equal(o.Owners[mineInodes[0]], []uint32{minePID}) {
			t.Errorf("%q as nobody: %+v", method, o)
		}
		// All that was wanted is found, and yet others are denied.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: mineInodes}}, asNobody)
		if o.Err != "" || !o.Denied || !o.Seen || o.N != 1 {
			t.Errorf("%q as nobody, own socket: %+v", method, o)
		}
		// Nothing is wanted, though there is something to see.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: []uint64{}}}, asNobody)
		if !o.Denied || !o.Seen {
			t.Errorf("%q as nobody, nothing wanted: %+v", method, o)
		}
		// Opening the directories takes one capability, reading the links
		// another.
		o = ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Inodes: hold},
			Drop: 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_BPF | 1<<unix.CAP_SYS_ADMIN}, nil)
		if o.Err != "" || !o.Denied || !o.Seen || !slices.Equal(o.Owners[hold[0]], []uint32{holdPID}) {
			t.Errorf("%q without CAP_DAC_*: %+v", method, o)
		}
		// net-tools 2.10 does not count an unreadable link as denied: that is
		// apart.
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

// In a pid namespace with nothing but the program, its own netlink socket is
// not a sign that anything could be read; other sockets are.
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
	// The namespace alone, with the host's /proc, whose numbers count.
	holdPID, hold := ownerHold(t, ownerCommand("hold", "1"))
	o := ownerFind(t, ownerAsk{Query: netstat.OwnerQuery{Inodes: hold}}, isolated)
	if o.Err != "" || !slices.Equal(o.Owners[hold[0]], []uint32{holdPID}) {
		t.Errorf("with the host's /proc: %+v, want %d", o, holdPID)
	}
}

// waitZombie waits until a process, or its first thread, has ended.
func waitZombie(t *testing.T, pid uint32) {
	t.Helper()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(stat), ") Z ") {
			return
		}
		runtime.Gosched()
	}
}

// A process of which only a thread lives on shows no files in /proc/PID/fd.
func TestFindOwnersZombieLeader(t *testing.T) {
	needRoot(t)
	pid, inodes := ownerHold(t, ownerCommand("zombie"))
	waitZombie(t, pid)
	for _, method := range ownerMethods(t) {
		if o := mustFindOwners(t, method, netstat.OwnerQuery{Inodes: inodes}); o.Len() != 0 {
			t.Errorf("%q: %d is an owner", method, pid)
		}
	}
}

// A thread that has left the file table of its process holds sockets that
// /proc/PID/fd does not show.
func TestFindOwnersThreadFiles(t *testing.T) {
	needRoot(t)
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
		inode <- ownerInodeOf(fd)
		<-done
		unix.Close(fd)
	}()
	wanted := <-inode
	for _, method := range ownerMethods(t) {
		if o := mustFindOwners(t, method, netstat.OwnerQuery{Inodes: []uint64{wanted}}); o.Len() != 0 {
			t.Errorf("%q: a thread's own socket has an owner", method)
		}
	}
}

func TestFindOwnersManyFiles(t *testing.T) {
	needRoot(t)
	const sockets = 5000
	pid, inodes := ownerHold(t, ownerCommand("hold", strconv.Itoa(sockets)))
	if len(inodes) != sockets {
		t.Fatalf("%d sockets", len(inodes))
	}
	for _, method := range ownerMethods(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		o := mustFindOwners(t, method, netstat.OwnerQuery{Inodes: inodes})
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

// Processes that come and go during a walk are no error.
func TestFindOwnersChurn(t *testing.T) {
	needRoot(t)
	pid, inodes := ownerHold(t, ownerCommand("hold", "50"))
	stop := make(chan struct{})
	var churn sync.WaitGroup
	churn.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				cmd := ownerCommand("hold", "20") // ends at once, without input
				cmd.Stderr = nil
				cmd.Run()
			}
		}
	})
	for range 5 {
		for _, method := range ownerMethods(t) {
			for _, q := range []netstat.OwnerQuery{{}, {Inodes: inodes}, {All: true}} {
				o := mustFindOwners(t, method, q)
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

// Without descriptors to walk with, the result is an error beside what there
// is, not silently nothing.
func TestFindOwnersNoDescriptors(t *testing.T) {
	needRoot(t)
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
		ownerHold(b, ownerCommand("hold", strconv.Itoa(each)))
	}
	var start, end unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &start)
	for b.Loop() {
		if o := mustFindOwners(b, method, netstat.OwnerQuery{}); o.Len() < processes*each {
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

// Without a load: what finding costs before the first socket.
func BenchmarkOwnersQuiet(b *testing.B) {
	for _, method := range []string{"scan", "bpf"} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				mustFindOwners(b, method, netstat.OwnerQuery{})
			}
			b.ReportMetric(float64(ownerWork("/proc")), "files+threads")
		})
	}
}
