package bpf

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// catReader reads an iterator over sockets through another process.
//
// To show a socket to the iterator the kernel must hold its lock
// (bpf_iter_tcp_seq_show in net/ipv4/tcp_ipv4.c, bpf_iter_unix_seq_show in
// net/unix/af_unix.c), and it waits for the lock without accepting signals. A
// process can keep the lock of its socket until a page is loaded that it sends
// over TCP or gives to setsockopt(2), which takes forever from a dead file
// server or from its own FUSE file system. A process that waits for this lock
// can neither be killed nor exit. Therefore another process, cat(1), reads the
// iterator and is left behind.
type catReader struct {
	pipe int
	pid  int
	done bool // whether cat has reached the end
}

// catPath is the program that reads the iterator. It is not searched for in
// PATH, because it runs with the privileges of this process.
const catPath = "/bin/cat"

// stuckTimeout is how long to wait for a socket that is in use, in
// milliseconds. The wait is done twice, because the first may have elapsed
// while this process was stopped.
const stuckTimeout = 1000

// ErrStuck means that a socket was in use for more than two seconds.
var ErrStuck = errors.New("a socket stayed locked for too long")

// cat starts cat on an open file.
func cat(iter int) (io.ReadCloser, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	defer unix.Close(pipe[1])
	// A larger pipe makes the two processes alternate less often. It is
	// optional.
	_, _ = unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, 1<<18)
	// cat inherits no file of this process. In particular not the standard
	// output, whose end others may wait for.
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

// pollFor is poll(2), repeated if a signal interrupts it. That may prolong the
// wait but never shortens it.
func pollFor(fds []unix.PollFd, timeout int) (int, error) {
	for {
		if n, err := unix.Poll(fds, timeout); err != unix.EINTR {
			return n, err
		}
	}
}

// Close ends cat. It does not wait for it if it may be stuck.
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
