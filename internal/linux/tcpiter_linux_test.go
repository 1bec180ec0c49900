package linux

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/test/need"
)

// TestIterOrder lists many sockets in each bucket of the kernel's table. A full
// read interrupts a pass within a bucket.
func TestIterOrder(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	// A namespace takes the size of its table from the namespace that it
	// was made in. Only this thread moves, and ends with the test.
	runtime.LockOSThread()
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", []byte("64"), 0); err != nil {
		t.Fatal(err)
	}
	g := stage{t}
	g.must(unix.Unshare(unix.CLONE_NEWNET), "unshare")
	if b, err := os.ReadFile("/proc/sys/net/ipv4/tcp_ehash_entries"); err != nil || string(b) != "64\n" {
		t.Fatalf("a table of %q buckets, %v", b, err)
	}
	g.setUp()
	g.moreTCP()
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		at := map[int]string{unix.AF_INET: "127.0.0.3:95", unix.AF_INET6: "[::1]:95"}[family]
		l := g.listen(family, at)
		for i := range 1500 {
			client, server := g.connect(family, l, at)
			if i%5 == 0 {
				unix.Close(client)
				unix.Close(server)
			}
		}
	}
	g.settle()
	netlink, forced := open(t, "netlink"), open(t, "bpf")
	for range 3 {
		got := map[netstat.Table]result{}
		want := g.quiet(netlink, func() {
			for _, table := range tcpTables {
				got[table] = collect(forced, table, netstat.Need{Then: netstat.TCP6Table})
			}
		})
		for _, table := range tcpTables {
			if n := len(want[table].rows); n < 3000 {
				t.Errorf("%v: only %d rows", table, n)
			}
			sameIter(t, table.String(), got[table], want[table])
		}
	}
}

// TestIterStopped checks that processes stopped while they wait for a socket do
// not hold its lock.
func TestIterStopped(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.setUp()
	l := g.listen(unix.AF_INET, "127.0.0.1:96")
	var ends [2]*os.File
	for i := range ends {
		client, _ := g.connect(unix.AF_INET, l, "127.0.0.1:96")
		ends[i] = os.NewFile(uintptr(client), "socket")
	}
	reader := exec.Command("/bin/cat")
	reader.Stdin = ends[0]
	writer := exec.Command("/bin/cat", "/dev/zero")
	writer.Stdout = ends[1]
	for _, c := range []*exec.Cmd{reader, writer} {
		g.must(c.Start(), "start")
		defer c.Wait()
		defer c.Process.Kill()
	}
	// Both are stopped while they wait: the writer for room in a full buffer.
	for full := false; !full; {
		queued, err := unix.IoctlGetInt(int(ends[1].Fd()), unix.TIOCOUTQ)
		g.must(err, "TIOCOUTQ")
		full = queued > 0 && g.waits(reader) && g.waits(writer)
		unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
	}
	for _, c := range []*exec.Cmd{reader, writer} {
		g.must(c.Process.Signal(unix.SIGSTOP), "stop")
		var status unix.WaitStatus
		if _, err := unix.Wait4(c.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Fatalf("not stopped: %v, %v", status, err)
		}
	}
	g.settle()
	var got result
	want := g.quiet(open(t, "netlink"), func() { got = collect(open(t, "bpf"), netstat.TCP4Table, netstat.Need{}) })[netstat.TCP4Table]
	sameIter(t, "tcp", got, want)
	if !slices.ContainsFunc(want.rows, func(s netstat.Socket) bool { return s.SendQ > 1<<14 }) {
		t.Error("no socket with a full buffer")
	}
}

// waits reports whether a process waits in a system call.
func (g stage) waits(c *exec.Cmd) bool {
	g.t.Helper()
	// "running", or the number of the call, or -1 for a page fault.
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", c.Process.Pid))
	g.must(err, "read the system call")
	return !strings.HasPrefix(string(text), "running") && !strings.HasPrefix(string(text), "-1 ")
}

// TestIterBusySocket holds the lock of a socket: its process sends from memory
// that is never loaded.
func TestIterBusySocket(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.setUp()
	l := g.listen(unix.AF_INET, "127.0.0.1:96")
	client, _ := g.connect(unix.AF_INET, l, "127.0.0.1:96")

	faults, page := g.missingPage()
	sent := make(chan error)
	go func() {
		_, err := unix.Write(client, page)
		sent <- err
	}()
	if _, err := unix.Read(faults, make([]byte, 32)); err != nil { // page fault
		t.Fatal(err)
	}

	got := collect(open(t, "bpf"), netstat.TCP4Table, netstat.Need{Then: netstat.TCP6Table})
	if !errors.Is(got.err, bpf.ErrStuck) || errors.Is(got.err, netstat.ErrIncomplete) != (len(got.rows) > 0) {
		t.Errorf("%d rows, error %v", len(got.rows), got.err)
	}
	select {
	case err := <-sent:
		t.Errorf("sent meanwhile: %v", err)
	default:
	}
	unix.Close(faults)
	g.must(<-sent, "send")
}

// missingPage returns a page that never loads, and the descriptor that reports
// the faults of its readers and, once closed, loads it as zeros.
func (g stage) missingPage() (faults int, page []byte) {
	g.t.Helper()
	// include/uapi/linux/userfaultfd.h
	const (
		ioctlAPI      = 0xc018aa3f
		ioctlRegister = 0xc020aa00
		apiVersion    = 0xaa
		modeMissing   = 1
	)
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		g.t.Fatalf("userfaultfd: %v", errno)
	}
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	g.must(err, "mmap")
	ioctl := func(request uintptr, arg unsafe.Pointer) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(arg)); errno != 0 {
			g.t.Fatalf("ioctl %#x: %v", request, errno)
		}
	}
	ioctl(ioctlAPI, unsafe.Pointer(&[3]uint64{apiVersion}))
	ioctl(ioctlRegister, unsafe.Pointer(&[4]uint64{uint64(uintptr(unsafe.Pointer(&page[0]))), uint64(len(page)), modeMissing}))
	return int(fd), page
}
