package linux

import (
	"io"
	"time"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/bpf"
)

// eventRingSize is the size of the ring of records in bytes. At 100,000 events a
// second it holds those of 1.6 seconds.
const eventRingSize = 16 << 20

// eventBuffer is the size of the receive buffer of an eventConn in bytes.
const eventBuffer = 8 << 20

// ring is a bpf.Events that can be waited for.
type ring struct {
	*bpf.Events
	*waker
}

func openEventRing(netns uint32) (eventRing, error) {
	events, err := bpf.OpenEvents(netns, eventRingSize)
	if err != nil {
		return nil, err
	}
	wake, err := newWaker()
	if err != nil {
		events.Close()
		return nil, err
	}
	return ring{events, wake}, nil
}

func (r ring) Clock() int64 { return bpf.Clock() }

func (r ring) Wait(limit time.Duration) bool { return r.wait(r.FD(), limit) }

func (r ring) Close() {
	r.Events.Close()
	r.close()
}

// waker ends the wait for a descriptor.
type waker struct{ fd int }

func newWaker() (*waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return &waker{fd}, err
}

// Wake makes each wait return false from now on.
func (w *waker) Wake() { _, _ = unix.Write(w.fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// wait waits until fd can be read, at most for limit if that is not negative. It returns
// false after Wake.
func (w *waker) wait(fd int, limit time.Duration) bool {
	timeout := -1
	if limit >= 0 {
		timeout = int((limit + time.Millisecond - 1) / time.Millisecond)
	}
	fds := [...]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(w.fd), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds[:], timeout)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		return fds[1].Revents == 0
	}
}

func (w *waker) close() { unix.Close(w.fd) }

// destroySocket is a netlink socket in groups that announce the end of sockets.
type destroySocket struct {
	*waker
	fd int
}

func dialEvents(groups []int) (eventConn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, eventBuffer) != nil {
		// The kernel makes it as large as net.core.rmem_max allows.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, eventBuffer)
	}
	address := unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	for _, group := range groups {
		address.Groups |= 1 << (group - 1)
	}
	if err := unix.Bind(fd, &address); err != nil {
		unix.Close(fd)
		return nil, err
	}
	wake, err := newWaker()
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return destroySocket{wake, fd}, nil
}

// Receive implements eventConn.
func (d destroySocket) Receive(b []byte) (int, error) {
	for {
		n, _, _, from, err := unix.Recvmsg(d.fd, b, nil, 0)
		switch err {
		case nil:
			// A privileged process can send to this socket too.
			if a, ok := from.(*unix.SockaddrNetlink); ok && a.Pid != 0 {
				continue
			}
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			if !d.wait(d.fd, -1) {
				return 0, io.EOF
			}
		default:
			return 0, err
		}
	}
}

func (d destroySocket) Close() {
	unix.Close(d.fd)
	d.close()
}

// ownNetns returns the inode of this thread's network namespace.
func ownNetns() (uint32, error) {
	var stat unix.Stat_t
	err := unix.Stat("/proc/thread-self/ns/net", &stat)
	return uint32(stat.Ino), err
}
