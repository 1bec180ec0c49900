package events

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

const columns = "event,source,old_state,new_state,proto,local_port,remote_port,cookie"

// TestOrdinaryUser checks what a user without privileges sees: closed sockets as the kernel
// tells, the others by comparing, and a line that says so.
func TestOrdinaryUser(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	l, at, port := listen(t, "127.0.0.1")
	client, server := connect(t, l, at)
	f := follow(t, nobody, columns, "-tu", "--events=opened,closed", "--filter", "sport = :"+port+" or dport = :"+port)
	told := follow(t, nobody, columns, "-t", "--events=closed", "--port="+port)
	second, accepted := connect(t, l, at)
	ends := map[string]bool{cookie(t, second): true, cookie(t, accepted): true}
	for len(ends) > 0 {
		e, _ := f.wait(func(event) bool { return true })
		if !ends[e["cookie"]] || e["event"] != "opened" || e["source"] != "poll" || e["new_state"] != "ESTABLISHED" {
			t.Errorf("%v", e)
		}
		delete(ends, e["cookie"])
	}
	// One end was there before the start. One comes and goes between two comparisons.
	short, shorter := connect(t, l, at)
	for _, fd := range []int{client, server, second, accepted, short, shorter} {
		ends[cookie(t, fd)] = true
	}
	closeBoth(t, short, shorter)
	abort(t, client, server, second, accepted)
	opened := map[string]bool{}
	for len(ends) > 0 {
		e, _ := f.wait(func(event) bool { return true })
		if e["event"] == "opened" && !opened[e["cookie"]] { // found just then
			opened[e["cookie"]] = true
			continue
		}
		// If the kernel is slow to tell, a comparison is faster.
		if !ends[e["cookie"]] || e["event"] != "closed" || e["new_state"] != "CLOSED" || e["remote_port"] == "0" {
			t.Errorf("%v", e)
		}
		delete(ends, e["cookie"])
	}
	// Without opened sockets to find, nothing is compared. Of second, which no comparison
	// has seen and which ends with a reset, the kernel tells no remote port.
	for range 5 {
		if e, before := told.wait(func(event) bool { return true }); before != nil || e["event"] != "closed" || e["source"] != "netlink" {
			t.Errorf("%v", e)
		}
	}
	told.end(syscall.SIGINT)
	if told.errors.Len() > 0 {
		t.Errorf("%q", &told.errors)
	}
	if rest := f.end(syscall.SIGTERM); len(rest) > 0 {
		t.Errorf("%v", rest)
	}
	const said = "netstat: comparing sockets every second: those open for less are missed (run as root)\n"
	if f.errors.String() != said {
		t.Errorf("%q", &f.errors)
	}
	check(t, unix.Close(l))
}

// TestUDP checks that UDP sockets are found as well, by root too.
func TestUDP(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	f := follow(t, 0, columns, "-uan", "--events")
	fd := must(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0))(t)
	check(t, unix.Bind(fd, &unix.SockaddrInet4{Port: 5353}))
	if e, before := f.wait(func(event) bool { return true }); before != nil || e["event"] != "opened" || e["source"] != "poll" || e["proto"] != "udp" || e["local_port"] != "5353" {
		t.Errorf("%v", e)
	}
	check(t, unix.Close(fd))
	if e, before := f.wait(func(event) bool { return true }); before != nil || e["event"] != "closed" || e["old_state"] != "CLOSED" {
		t.Errorf("%v", e)
	}
	f.end(syscall.SIGINT)
}

// TestComparing checks the way that works everywhere.
func TestComparing(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	t.Setenv("NETSTAT_SOURCE", "proc")
	l, at, port := listen(t, "127.0.0.1")
	old, _ := connect(t, l, at)
	f := follow(t, nobody, columns, "-ta", "--events")
	client, server := connect(t, l, at)
	for range 2 {
		if e, before := f.wait(func(event) bool { return true }); before != nil || e["event"] != "opened" || e["source"] != "poll" {
			t.Errorf("%v", e)
		}
	}
	check(t, unix.Shutdown(client, unix.SHUT_WR))
	for range 2 {
		e, before := f.wait(func(event) bool { return true })
		if before != nil || e["event"] != "state" || e["old_state"] != "ESTABLISHED" || e["new_state"] != "FIN-WAIT-2" && e["new_state"] != "CLOSE-WAIT" {
			t.Errorf("%v", e)
		}
	}
	// The connection remains in TIME-WAIT, which is no socket.
	check(t, unix.Close(server))
	check(t, unix.Close(client))
	for range 2 {
		if e, before := f.wait(func(event) bool { return true }); before != nil || e["event"] != "closed" || e["new_state"] != "CLOSED" {
			t.Errorf("%v", e)
		}
	}
	check(t, unix.Close(l))
	check(t, unix.Close(old))
	if e, _ := f.wait(func(e event) bool { return e["local_port"] == port && e["remote_port"] == "0" }); e["event"] != "closed" || e["old_state"] != "LISTEN" {
		t.Errorf("%v", e)
	}
	f.end(syscall.SIGINT)
}

// TestPaused stops the program while more sockets are closed than the kernel keeps messages
// about. It must say that events are lost, and find out which sockets are gone.
func TestPaused(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	const count = 1000
	check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 4 * count, Max: 4 * count}))
	l, at, port := listen(t, "127.0.0.1")
	ends := make(map[string]bool)
	var fds []int
	for range count {
		client, server := connect(t, l, at)
		ends[cookie(t, client)], ends[cookie(t, server)] = true, true
		fds = append(fds, client, server)
	}
	f := follow(t, nobody, columns, "-t", "--events=closed", "--port="+port)
	f.stop(t)
	// From the first loss on, the kernel keeps no message until the others are read. It
	// sends them a little later than the sockets are closed.
	destroyed := listenDestroyed(t)
	others := make(map[string]bool)
	for f.dropped(t) == 0 {
		batch := make(map[string]bool)
		for range 100 {
			client, server := connect(t, l, at)
			batch[cookie(t, client)], batch[cookie(t, server)] = true, true
			abort(t, client, server)
		}
		maps.Copy(others, batch)
		destroyed(batch)
	}
	abort(t, fds...)
	destroyed(maps.Clone(ends))
	check(t, f.cmd.Process.Signal(syscall.SIGCONT))
	// What the kernel has kept may be shown before or after what the comparison finds.
	sources, lost := map[string]int{}, 0
	take := func(e event) {
		if e["event"] == "lost" {
			lost++
			return
		}
		sources[e["source"]]++
		switch key := e["cookie"]; {
		case ends[key]:
			delete(ends, key)
		case others[key] && e["source"] == "netlink":
			delete(others, key)
		default:
			t.Fatalf("%v", e)
		}
	}
	for len(ends) > 0 {
		e, _ := f.wait(func(event) bool { return true })
		take(e)
	}
	for _, e := range f.end(syscall.SIGINT) {
		take(e)
	}
	if lost == 0 || sources["netlink"] == 0 || sources["poll"] == 0 {
		t.Errorf("%d lost, %v", lost, sources)
	}
}

// listenDestroyed returns a function that waits until the kernel has announced the end of all
// TCP sockets with these cookies.
func listenDestroyed(t *testing.T) (wait func(cookies map[string]bool)) {
	t.Helper()
	fd := must(unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG))(t)
	t.Cleanup(func() { _ = unix.Close(fd) })
	check(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20))
	const tcpDestroy = 1 // SKNLGRP_INET_TCP_DESTROY of linux/sock_diag.h
	check(t, unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1 << (tcpDestroy - 1)}))
	return func(cookies map[string]bool) {
		t.Helper()
		for b := make([]byte, 1<<16); len(cookies) > 0; {
			n, _, err := unix.Recvfrom(fd, b, 0)
			check(t, err)
			// inet_diag_msg.id.idiag_cookie, after the header and 44 bytes.
			const at = unix.SizeofNlMsghdr + 44
			if n < at+8 {
				t.Fatalf("a message of %d bytes", n)
			}
			order := binary.NativeEndian
			delete(cookies, strconv.FormatUint(uint64(order.Uint32(b[at:]))|uint64(order.Uint32(b[at+4:]))<<32, 10))
		}
	}
}

// stop stops the program and waits until it is.
func (f *follower) stop(t *testing.T) {
	t.Helper()
	check(t, f.cmd.Process.Signal(syscall.SIGSTOP))
	for {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(f.cmd.Process.Pid) + "/stat")
		check(t, err)
		if fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')'):])); fields[1] == "T" {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// dropped returns how many messages the kernel has not kept for sockets of sock_diag.
func (f *follower) dropped(t *testing.T) (n int) {
	t.Helper()
	b, err := os.ReadFile("/proc/net/netlink")
	check(t, err)
	for line := range strings.Lines(string(b)) {
		if fields := strings.Fields(line); len(fields) == 10 && fields[1] == "4" {
			drops, err := strconv.Atoi(fields[8])
			check(t, err)
			n += drops
		}
	}
	return n
}

// TestRetransmissions drops packets.
func TestRetransmissions(t *testing.T) {
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	l, at, port := listen(t, "127.0.0.1")
	client, server := connect(t, l, at)
	live.Run(t, "nft", "table ip t { chain i { type filter hook input priority 0; tcp dport { 9, "+port+" } drop; tcp sport 10 drop; }; }")
	f := follow(t, 0, columns, "-ta", "--events=retransmit")
	syn := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0))(t)
	if err := unix.Connect(syn, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}}); err != unix.EINPROGRESS {
		t.Fatal(err)
	}
	answers := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))(t)
	check(t, unix.Bind(answers, &unix.SockaddrInet4{Port: 10}))
	check(t, unix.Listen(answers, 1))
	asks := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0))(t)
	if err := unix.Connect(asks, &unix.SockaddrInet4{Port: 10, Addr: [4]byte{127, 0, 0, 1}}); err != unix.EINPROGRESS {
		t.Fatal(err)
	}
	must(unix.Write(client, []byte("lost")))(t)
	missing := map[string]string{
		"SYN-SENT 9": cookie(t, syn), "ESTABLISHED " + port: cookie(t, client), "SYN-SENT 10": cookie(t, asks), "SYN-RECEIVED " + localPort(t, asks): "",
	}
	for len(missing) > 0 {
		e, _ := f.wait(func(event) bool { return true })
		key := e["new_state"] + " " + e["remote_port"]
		if want := missing[key]; e["event"] != "retransmit" || e["old_state"] != e["new_state"] || want != "" && e["cookie"] != want {
			t.Errorf("%v", e)
		}
		delete(missing, key)
	}
	f.end(syscall.SIGINT)
	_ = server
}

func localPort(t *testing.T, fd int) string {
	t.Helper()
	return strconv.Itoa(must(unix.Getsockname(fd))(t).(*unix.SockaddrInet4).Port)
}

// abort closes sockets with a reset.
func abort(t *testing.T, fds ...int) {
	t.Helper()
	for _, fd := range fds {
		check(t, unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
		check(t, unix.Close(fd))
	}
}

// cookie returns the cookie of a socket.
func cookie(t *testing.T, fd int) string {
	t.Helper()
	return strconv.FormatUint(must(unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_COOKIE))(t), 10)
}
