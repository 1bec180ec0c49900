package bpf

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// catReader reads an iterator over TCP sockets through another process.
//
// The kernel shows a socket to the iterator only when it has its lock
// (bpf_iter_tcp_seq_show of net/ipv4/tcp_ipv4.c), and waits for it where no
// signal reaches. A process can keep the lock of its socket for as long as a
// page that it sends from takes to come, from a dead file server or from a FUSE
// file system of its own: for ever. Whoever waits for that can neither be
// killed nor end. So another process does, cat(1), and is left behind.
type catReader struct {
	pipe int
	pid  int
	done bool // cat has nothing more to do
}

// catPath is the program that reads the iterator. There is no search for it
// in PATH since it runs with the privileges of this process.
const catPath = "/bin/cat"

// stuckTimeout bounds the wait for a socket that is in use, in milliseconds. It
// is waited for twice: one may have passed while this process was stopped.
const stuckTimeout = 1000

// ErrStuck is the error of reading where a socket is in use for more than two
// seconds.
var ErrStuck = errors.New("a socket is in use for too long")

// cat starts cat on an open file.
func cat(iter int) (io.ReadCloser, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	defer unix.Close(pipe[1])
	// More room than usual lets the two processes take turns less often. It
	// works without.
	_, _ = unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, 1<<18)
	// It gets nothing of what this process has open, least of all the
	// standard output, the end of which others may wait for.
	pid, err := syscall.ForkExec(catPath, []string{"cat"}, &syscall.ProcAttr{
		Dir: "/", Files: []uintptr{uintptr(iter), uintptr(pipe[1])},
	})
	if err != nil {
		unix.Close(pipe[0])
		return nil, err
	}
	return &catReader{pipe: pipe[0], pid: pid}, nil
}

func (t *catReader) Read(b []byte) (int, error) {
	poll := []unix.PollFd{{Fd: int32(t.pipe), Events: unix.POLLIN}}
	for range 2 {
		switch n, err := pollFor(poll, stuckTimeout); {
		case err != nil:
			return 0, err
		case n > 0:
			n, err := sysfile.File(t.pipe).Read(b)
			t.done = err == io.EOF
			return n, err
		}
	}
	return 0, ErrStuck
}

// pollFor is poll(2), again where a signal interrupts it. That may prolong the
// wait, never cut it short.
func pollFor(fds []unix.PollFd, timeout int) (int, error) {
	for {
		if n, err := unix.Poll(fds, timeout); err != unix.EINTR {
			return n, err
		}
	}
}

// Close ends cat. It does not wait for one that may be stuck.
func (t *catReader) Close() error {
	err := unix.Close(t.pipe)
	if t.done {
		waitFor(t.pid)
		return err
	}
	_ = unix.Kill(t.pid, unix.SIGKILL)
	go waitFor(t.pid)
	return err
}

func waitFor(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}
