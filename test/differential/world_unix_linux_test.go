package differential

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unixNames are names to bind to; those without a leading slash or NUL are relative to
// /run/world.
var unixNames = []string{
	"/run/world/plain",
	"relative",
	"with a blank",
	"with\ttab",
	"with\x0bvertical tab",
	"with\x0cform feed",
	"with\rreturn",
	"escape\x1b]0;title\x07",
	"delete\x7f",
	"имя-на-кириллице",
	"日本語 と blank",
	"latin1-\xe9\xe8",
	"c1-\u009b31m",
	"bidi-\u202eevil",
	"cut-utf8-\xe6\x97",
	"@looks-abstract",
	"trailing ",
	" leading",
	"[ ]",
	"/run/world/" + strings.Repeat("x", 96), // 107 bytes: room for a NUL
	"/run/world/" + strings.Repeat("y", 97), // 108 bytes: no room for a NUL
	"\x00abstract",
	"\x00abstract with blanks",
	"\x00nul\x00inside\x00",
	"\x00\x00\x00",
	"\x00/slash/in/abstract",
	"\x00@at",
	"\x00abs\x1b[2Jtract",
	"\x00" + strings.Repeat("z", 107),
}

// brokenNames contain the one byte that /proc/net/unix cannot show: its readers take
// the rest of the name for another row.
var brokenNames = []string{
	"new\nline",
	"\x00abstract new\nline with blanks",
	"double\n\nnewline",
}

// withSockaddr makes a call with an address that the wrappers of package unix cannot
// express: names of 108 bytes, names that start with "@", no name.
func withSockaddr(call uintptr, fd int, family uint16, rest string) error {
	b := append(hostOrder.AppendUint16(nil, family), rest...)
	_, _, errno := unix.Syscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return errno
	}
	return nil
}

func bindUnix(fd int, name string) error {
	if name[0] != 0 && len(name) < 108 {
		name += "\x00"
	}
	return withSockaddr(unix.SYS_BIND, fd, unix.AF_UNIX, name)
}

func (w *world) locals() {
	check(os.MkdirAll("/run/world", 0o777), "directory")
	check(os.Chdir("/run/world"), "directory")
	bind := func(typ int, name string) int {
		fd := w.socket(unix.AF_UNIX, typ, 0)
		check(bindUnix(fd, name), "bind %q", name)
		return fd
	}
	listen := func(typ int, name string, backlog int) int {
		fd := bind(typ, name)
		check(unix.Listen(fd, backlog), "listen %q", name)
		return fd
	}
	types := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}
	owners := []string{"sshd", "nginx", "nobody", "long", "utf8", "escape", "missing"}
	for i, name := range append(slices.Clone(unixNames), brokenNames...) {
		fd := bind(types[i%3], name)
		if i%2 == 0 && types[i%3] != unix.SOCK_DGRAM {
			check(unix.Listen(fd, 5), "listen %q", name)
		}
		w.give(owners[i%len(owners)], fd)
	}

	for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET} {
		name := fmt.Sprintf("/run/world/server-%d", typ)
		l := listen(typ, name, 16)
		dial := func(local string) int {
			fd := w.socket(unix.AF_UNIX, typ, 0)
			if local != "" {
				check(bindUnix(fd, local), "bind")
			}
			check(unix.Connect(fd, &unix.SockaddrUnix{Name: name}), "connect %s", name)
			return fd
		}
		w.give("sshd", l, dial(""), w.accept(l))
		w.give("nobody", dial(fmt.Sprintf("client-%d", typ)), w.accept(l))
		half := dial("")
		w.give("nobody2", w.accept(l))
		check(unix.Shutdown(half, unix.SHUT_RDWR), "shutdown")
		w.give("nginx", half)
		lost := dial("")
		w.give("nobody2", w.accept(l))
		unix.Close(lost)
		// Never accepted: the listener's end is CONNECTING and has no owner.
		w.give("relative", dial(""), dial(""))
	}
	for _, typ := range types {
		both, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
		check(err, "socketpair")
		write(both[0], 100)
		w.give("parent", both[0])
		w.give("child", both[0], both[1])
	}
	sink := bind(unix.SOCK_DGRAM, "/run/world/sink")
	for range 3 {
		fd := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		check(unix.Connect(fd, &unix.SockaddrUnix{Name: "/run/world/sink"}), "connect")
		write(fd, 50)
		w.give("long", fd)
	}
	w.give("utf8long", sink, w.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0),
		w.socket(unix.AF_UNIX, unix.SOCK_RAW, 0), w.socket(unix.AF_UNIX, unix.SOCK_SEQPACKET, 0))
	// A name chosen by the kernel, and one whose file is gone.
	auto := w.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	check(withSockaddr(unix.SYS_BIND, auto, unix.AF_UNIX, ""), "autobind")
	unlinked := listen(unix.SOCK_STREAM, "/run/world/unlinked", 3)
	check(os.Remove("/run/world/unlinked"), "unlink")
	w.give("dir", auto, unlinked)
}
