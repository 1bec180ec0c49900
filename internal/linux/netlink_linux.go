package linux

import (
	"golang.org/x/sys/unix"
)

// receiveTimeout bounds the wait for a reply, in seconds. The kernel writes a
// dump while it is read, so that one that is in order never waits.
const receiveTimeout = 2

// netlinkConn is a netlink socket.
type netlinkConn int

func dialNetlink(protocol int) (netlinkConn, error) {
	f, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, err
	}
	if err := unix.SetsockoptTimeval(f, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: receiveTimeout}); err != nil {
		unix.Close(f)
		return -1, err
	}
	return netlinkConn(f), nil
}

func (c netlinkConn) send(message []byte) error {
	for {
		err := unix.Sendto(int(c), message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		if err != unix.EINTR {
			return err
		}
	}
}

func (c netlinkConn) receive(b []byte) (n int, truncated bool, err error) {
	for {
		n, _, flags, from, err := unix.Recvmsg(int(c), b, nil, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, false, err
		}
		// A process with the privilege to do so can write to this socket too.
		if a, ok := from.(*unix.SockaddrNetlink); ok && a.Pid != 0 {
			continue
		}
		return n, flags&unix.MSG_TRUNC != 0, nil
	}
}

func (c netlinkConn) close() { unix.Close(int(c)) }
