package netlink

import (
	"golang.org/x/sys/unix"
)

// receiveTimeout limits the wait for a reply, in seconds. The kernel writes a
// dump while it is read, so a working dump never waits.
const receiveTimeout = 2

// Socket is the descriptor of a netlink socket, a [Conn].
type Socket int

// Dial opens a socket of a netlink protocol, such as NETLINK_ROUTE, in this
// thread's network namespace. The error is an errno.
func Dial(protocol int) (Socket, error) {
	f, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, err
	}
	if err := unix.SetsockoptTimeval(f, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: receiveTimeout}); err != nil {
		unix.Close(f)
		return -1, err
	}
	return Socket(f), nil
}

// Send implements [Conn].
func (c Socket) Send(message []byte) error {
	for {
		err := unix.Sendto(int(c), message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		if err != unix.EINTR {
			return err
		}
	}
}

// Receive implements [Conn].
func (c Socket) Receive(b []byte) (n int, truncated bool, err error) {
	for {
		n, _, flags, from, err := unix.Recvmsg(int(c), b, nil, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, false, err
		}
		// A privileged process can send to this socket too.
		if a, ok := from.(*unix.SockaddrNetlink); ok && a.Pid != 0 {
			continue
		}
		return n, flags&unix.MSG_TRUNC != 0, nil
	}
}

// Close implements [Conn].
func (c Socket) Close() { unix.Close(int(c)) }
