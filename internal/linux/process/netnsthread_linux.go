package process

import (
	"fmt"
	"io/fs"
	"runtime"
	"strconv"

	"netstat"

	"golang.org/x/sys/unix"
)

// A Thread is a thread of this process that is in another network
// namespace. What is to happen there is called on it, from one goroutine at a time.
type Thread struct {
	calls chan func()
	done  chan struct{}
	// Net is the directory of /proc with the namespace's files.
	Net string
}

// errNamespaceGone is why a namespace that was found before is not entered.
var errNamespaceGone = fmt.Errorf("it has gone, and another one is in its place: %w", fs.ErrNotExist)

// EnterNamespace starts a thread in a namespace. Nobody needs privilege to be
// where they are. The error wraps fs.ErrNotExist where the namespace has gone.
func EnterNamespace(n *netstat.Namespace) (*Thread, error) {
	f, err := openNamespace(n.Path)
	if err != nil {
		return nil, err
	}
	defer unix.Close(f)
	inode, err := inodeOf(f)
	if err != nil {
		return nil, err
	}
	if n.Inode != 0 && inode != n.Inode {
		return nil, errNamespaceGone
	}
	return StartThread(func() error {
		if ownNamespace() == inode {
			return nil
		}
		err := unix.Setns(f, unix.CLONE_NEWNET)
		if err == unix.EPERM {
			err = fmt.Errorf("entering takes CAP_SYS_ADMIN: %w", err)
		}
		return err
	})
}

// StartThread starts a thread that begins with enter, and returns the error of
// that, with which the thread ends.
func StartThread(enter func() error) (*Thread, error) {
	t := &Thread{calls: make(chan func()), done: make(chan struct{})}
	entered := make(chan error)
	go t.run(enter, entered)
	if err := <-entered; err != nil {
		return nil, err
	}
	return t, nil
}

// run is the life of the thread. It ends with it, as it is never unlocked: no
// other goroutine shall run in the namespace.
func (t *Thread) run(enter func() error, entered chan error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The first thread stands for the process in /proc, and never ends.
		// While it is taken, the next goroutine gets another.
		defer runtime.UnlockOSThread()
		other := make(chan error)
		go t.run(enter, other)
		entered <- <-other
		return
	}
	defer close(t.done)
	if err := enter(); err != nil {
		entered <- err
		return
	}
	t.Net = "/proc/self/task/" + strconv.Itoa(unix.Gettid()) + "/net"
	entered <- nil
	for call := range t.calls {
		call()
	}
}

// Call runs f on the thread and waits for it.
func (t *Thread) Call(f func()) {
	done := make(chan struct{})
	t.calls <- func() {
		defer close(done)
		f()
	}
	<-done
}

// Closed reports whether the thread has ended.
func (t *Thread) Closed() bool { return t.calls == nil }

// Close ends the thread. Nothing can be called after that.
func (t *Thread) Close() {
	close(t.calls)
	<-t.done
	t.calls = nil
}

// OnThread returns open, such that it is called on the thread. The error is
// fs.ErrClosed once that has ended.
func OnThread[C any](t *Thread, open func() (C, error)) func() (C, error) {
	return func() (conn C, err error) {
		if t.Closed() {
			return conn, fs.ErrClosed
		}
		t.Call(func() { conn, err = open() })
		return conn, err
	}
}
