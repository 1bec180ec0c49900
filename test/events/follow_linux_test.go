package events

import (
	"bufio"
	"bytes"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
)

// follower is our program with --events.
type follower struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  *bufio.Reader
	errors bytes.Buffer
	names  []string
}

// event is a line of the program, by the names of the columns.
type event map[string]string

// nobody is a user without privileges.
const nobody = 65534

// follow starts the program as a user, with output in columns, and waits until it records.
func follow(t *testing.T, uid uint32, columns string, args ...string) *follower {
	t.Helper()
	f := &follower{t: t, cmd: exec.Command(live.ProgramPath(), append([]string{"--format=tsv", "--columns=" + columns}, args...)...)}
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid != 0 {
		f.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	f.cmd.Stderr = &f.errors
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = f.cmd.Process.Kill()
		_ = f.cmd.Wait()
	})
	f.lines = bufio.NewReaderSize(out, 1<<20)
	head, err := f.lines.ReadString('\n')
	if err != nil {
		_ = f.cmd.Wait()
		t.Fatalf("%q: %v: %s", args, err, &f.errors)
	}
	f.names = strings.Split(strings.TrimSuffix(head, "\n"), "\t")
	return f
}

// next returns the next event. ok is false at the end.
func (f *follower) next() (e event, ok bool) {
	line, err := f.lines.ReadString('\n')
	if err == io.EOF && line == "" {
		return nil, false
	}
	values := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if err != nil || len(values) != len(f.names) {
		f.t.Fatalf("%q: %v", line, err)
	}
	e = make(event, len(values))
	for i, name := range f.names {
		e[name] = values[i]
	}
	return e, true
}

// wait returns the first event for which want is true, and those before it.
func (f *follower) wait(want func(event) bool) (e event, before []event) {
	f.t.Helper()
	for {
		e, ok := f.next()
		if !ok {
			_ = f.cmd.Wait()
			f.t.Fatalf("ended after %v: %s", before, &f.errors)
		}
		if want(e) {
			return e, before
		}
		before = append(before, e)
	}
}

// end sends a signal and returns the events until the end, which must be a good one.
func (f *follower) end(signal os.Signal) (rest []event) {
	f.t.Helper()
	if err := f.cmd.Process.Signal(signal); err != nil {
		f.t.Fatal(err)
	}
	for {
		e, ok := f.next()
		if !ok {
			break
		}
		rest = append(rest, e)
	}
	if err := f.cmd.Wait(); err != nil {
		f.t.Errorf("%v: %s", err, &f.errors)
	}
	return rest
}

// listen returns a listening socket and its port.
func listen(t *testing.T, address string) (fd int, at unix.Sockaddr, port string) {
	t.Helper()
	ip := netip.MustParseAddr(address)
	family := unix.AF_INET
	var to unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if ip.Is6() {
		family, to = unix.AF_INET6, &unix.SockaddrInet6{Addr: ip.As16()}
	}
	fd = must(unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))(t)
	check(t, unix.Bind(fd, to))
	check(t, unix.Listen(fd, 4096))
	at = must(unix.Getsockname(fd))(t)
	switch a := at.(type) {
	case *unix.SockaddrInet4:
		return fd, at, strconv.Itoa(a.Port)
	case *unix.SockaddrInet6:
		return fd, at, strconv.Itoa(a.Port)
	}
	return fd, at, ""
}

// connect returns both ends of a new connection.
func connect(t *testing.T, listener int, at unix.Sockaddr) (client, server int) {
	t.Helper()
	family := unix.AF_INET
	if _, ok := at.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	client = must(unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))(t)
	check(t, unix.Connect(client, at))
	server, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	check(t, err)
	return client, server
}

// closeBoth closes the server's end, and then the client's once it knows.
func closeBoth(t *testing.T, client, server int) {
	t.Helper()
	check(t, unix.Close(server))
	if n, err := unix.Read(client, make([]byte, 1)); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	check(t, unix.Close(client))
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
