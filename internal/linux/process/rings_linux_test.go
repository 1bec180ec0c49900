package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/holder"
	"netstat/test/need"
)

const ringsHelperEnv = "RINGS_TEST_HELPER"

// The helper registers sockets with a ring: a TCP listener, both ends of a
// connection to it, a unix socket and, last, a socket that it also has a
// descriptor of. They are in the files of the process, or of a thread with its
// own files.
func init() {
	how := os.Getenv(ringsHelperEnv)
	if how == "" {
		return
	}
	if how == "make" {
		ringHold()
	} else {
		go func() {
			runtime.LockOSThread() // not the first thread, on which init runs
			if err := unix.Unshare(unix.CLONE_FILES); err != nil {
				panic(err)
			}
			ringHold()
			select {}
		}()
	}
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// ringHold writes the sockets of the ring and then its descriptor.
func ringHold() {
	files := []int32{-1} // an unused slot
	for _, f := range ringSockets() {
		fmt.Println(holder.Inode(f))
		files = append(files, int32(f))
	}
	ring, err := ringMake(files)
	if err != nil {
		panic(err)
	}
	for _, f := range files[1 : len(files)-1] {
		unix.Close(int(f))
	}
	fmt.Print(ring, "\n\n")
}

func ringSockets() []int {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	must(err)
	must(unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	must(unix.Listen(l, 1))
	address, err := unix.Getsockname(l)
	must(err)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	must(err)
	must(unix.Connect(client, address))
	server, _, err := unix.Accept(l)
	must(err)
	local, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(err)
	kept, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	must(err)
	return []int{l, client, server, local, kept}
}

// ringMake returns a ring with files registered (io_uring_register(2)).
func ringMake(files []int32) (int, error) {
	const registerFiles = 2
	var params [120]byte
	ring, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
	if errno != 0 {
		return -1, fmt.Errorf("io_uring_setup: %w", errno)
	}
	if _, _, errno = unix.Syscall6(unix.SYS_IO_URING_REGISTER, ring, registerFiles, uintptr(unsafe.Pointer(&files[0])), uintptr(len(files)), 0, 0); errno != 0 {
		return -1, fmt.Errorf("io_uring_register: %w", errno)
	}
	return int(ring), nil
}

func ringsCommand(how string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), ringsHelperEnv+"="+how)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestOwnersOfRings checks that registered sockets without a descriptor belong
// to the processes that have the ring open.
func TestOwnersOfRings(t *testing.T) {
	need.Root(t)
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	pid, inodes := holder.Hold(t, ringsCommand("make"))
	ring, inodes := inodes[len(inodes)-1], inodes[:len(inodes)-1]
	only, kept := inodes[:len(inodes)-1], inodes[len(inodes)-1]

	check := func(name string, q netstat.OwnerQuery, pids []uint32, via netstat.OwnerVia) {
		t.Helper()
		for _, method := range holder.Methods(t) {
			o := ownersOf(t, method, q)
			for _, inode := range only {
				if got := o.All(nil, inode); !slices.Equal(got, pids) || o.Via(inode) != via {
					t.Errorf("%s, method %q: owners %d via %q, want %d via %q", name, method, got, o.Via(inode), pids, via)
				}
			}
			if got := o.All(nil, kept); !slices.Equal(got, []uint32{pid}) || o.Via(kept) != netstat.ViaFile {
				t.Errorf("%s, method %q, with a descriptor: owners %d via %q", name, method, got, o.Via(kept))
			}
			if o.Busy {
				t.Errorf("%s, method %q: busy", name, method)
			}
		}
	}
	holders, via := []uint32{pid}, netstat.ViaRing
	if !ringNamesSockets(release) {
		holders, via = nil, netstat.ViaFile // this kernel does not name them
	}
	check("not requested", netstat.OwnerQuery{All: true, Inodes: inodes}, nil, netstat.ViaFile)
	check("first", netstat.OwnerQuery{Rings: true, Inodes: inodes}, holders, via)
	check("all", netstat.OwnerQuery{Rings: true, Threads: true, All: true, Inodes: inodes}, holders, via)
	check("of the host", netstat.OwnerQuery{Rings: true}, holders, via)
	if t.Failed() || holders == nil {
		return
	}

	// Another process has the same ring open.
	shared, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	if err := unix.Dup3(ringOf(t, pid, int(ring)), int(shared.Fd()), unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	self := uint32(os.Getpid())
	holders = append(holders, self)
	slices.Sort(holders)
	check("shared", netstat.OwnerQuery{Rings: true, All: true, Inodes: inodes}, holders, via)
}

// TestOwnersOfRingsInThreads checks the rings of a thread with its own files.
func TestOwnersOfRingsInThreads(t *testing.T) {
	need.Root(t)
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	pid, inodes := holder.Hold(t, ringsCommand("thread"))
	for _, method := range holder.Methods(t) {
		for _, threads := range []bool{false, true} {
			var want []uint32
			if threads && ringNamesSockets(release) {
				want = []uint32{pid}
			}
			o := ownersOf(t, method, netstat.OwnerQuery{Inodes: inodes[:1], All: true, Threads: threads, Rings: true})
			if got := o.All(nil, inodes[0]); !slices.Equal(got, want) {
				t.Errorf("method %q, threads %t: owners %d, want %d", method, threads, got, want)
			}
		}
	}
}

// ringOf duplicates a descriptor of another process (pidfd_getfd(2)).
func ringOf(t *testing.T, pid uint32, fd int) int {
	t.Helper()
	process, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(process)
	got, err := unix.PidfdGetfd(process, fd, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(got) })
	return got
}

// TestOwnersOfRingsDenied checks that denied files are recorded, of a ring
// found by BPF and of a process in a scan.
func TestOwnersOfRingsDenied(t *testing.T) {
	need.Root(t)
	need.AllProcesses(t)
	_, inodes := holder.Hold(t, ringsCommand("make"))
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if !ringNamesSockets(release) {
		return // rings are not read
	}
	for _, method := range holder.Methods(t) {
		o := ownerFind(t, ownerAsk{Method: method, Query: netstat.OwnerQuery{Rings: true, Inodes: inodes[:1]}, Drop: 1 << unix.CAP_SYS_PTRACE}, nil)
		if o.Err != "" || o.N != 0 || !o.Unread {
			t.Errorf("method %q: %+v", method, o)
		}
	}
}

// TestScanRings reads rings from a made-up /proc, without their descriptors.
func TestScanRings(t *testing.T) {
	root := t.TempDir()
	ownerFakeProcess(t, root, "1", ringLink, "socket:[11]", "anon_inode:[eventpoll]")
	ownerFakeProcess(t, root, "2", ringLink)
	ownerFakeProcess(t, root, "3", ringLink)
	ownerFakeProcess(t, root, "4", ringLink) // disappears before its ring is read
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(root+"/"+name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("1/fdinfo/0", "UserFiles:\t4\n    0: socket:[11]\n    1: socket:[12]\n    2: socket:[13]\n    3: socket:[14]\nUserBufs:\t0\n")
	write("1/fdinfo/2", "UserFiles:\t1\n    0: socket:[99]\n")
	write("2/fdinfo/0", "UserFiles:\t2\n    0: socket:[12]\n    1: socket:[15]\n")
	write("3/fdinfo/0", "pos:\t0\n") // in use
	var long strings.Builder
	long.WriteString("UserFiles:\t100000\n")
	for i := range 100000 {
		fmt.Fprintf(&long, "%5d: socket:[%d]\n", i, 100000+i)
	}
	for _, c := range []struct {
		release string
		q       netstat.OwnerQuery
		want    map[uint64][]uint32
		rings   []uint64
		busy    bool
	}{
		{"6.14.0", netstat.OwnerQuery{Rings: true, All: true}, map[uint64][]uint32{11: {1}, 12: {1, 2}, 13: {1}, 14: {1}, 15: {2}, 99: nil}, []uint64{12, 13, 14, 15}, true},
		{"6.14.0", netstat.OwnerQuery{Rings: true, Inodes: []uint64{11, 13}}, map[uint64][]uint32{11: {1}, 12: nil, 13: {1}}, []uint64{13}, true},
		// If everything is found, no ring is read.
		{"6.14.0", netstat.OwnerQuery{Rings: true, All: true, Inodes: []uint64{11}}, map[uint64][]uint32{11: {1}, 12: nil}, nil, false},
		{"6.14.0", netstat.OwnerQuery{All: true}, map[uint64][]uint32{11: {1}, 12: nil}, nil, false},
		{"6.13.9", netstat.OwnerQuery{Rings: true, All: true}, map[uint64][]uint32{11: {1}, 12: nil}, nil, false},
	} {
		write("sys/kernel/osrelease", c.release+"\n")
		o, err := FindOwners(context.Background(), root, "scan", c.q)
		if err != nil || o.Busy != c.busy {
			t.Errorf("%+v: busy %t, %v", c.q, o.Busy, err)
		}
		for inode, want := range c.want {
			if got := o.All(nil, inode); !slices.Equal(got, want) || (o.Via(inode) == netstat.ViaRing) != slices.Contains(c.rings, inode) {
				t.Errorf("%s, %+v: socket %d has owners %d via %q", c.release, c.q, inode, got, o.Via(inode))
			}
		}
	}
	write("2/fdinfo/0", long.String())
	write("sys/kernel/osrelease", "6.14.0\n")
	o, err := FindOwners(context.Background(), root, "scan", netstat.OwnerQuery{Rings: true})
	if err != nil || o.Len() != 4+100000 {
		t.Errorf("many: %d owners, %v", o.Len(), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := newOwnerCollector(netstat.OwnerQuery{Rings: true})
	c.ring(ownerRing{1, 1, 0})
	if err := findRingOwners(ctx, root, c); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
