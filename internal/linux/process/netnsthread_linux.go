package process

import (
	"fmt"
	"io/fs"
	"runtime"
	"strconv"

	"netstat"

	"golang.org/x/sys/unix"
)

// Thread is a thread of this process in another network namespace. Its functions must be
// called from one goroutine at a time.
type Thread struct {
	calls chan func()
	done  chan struct{}
	// Net is the directory of /proc with the namespace's files.
	Net string
}

// errNamespaceGone returns the error for a namespace that was found before but whose
// path now leads to another, or to a plain file: ip-netns(8) removes the mount first.
func errNamespaceGone() error {
	return fmt.Errorf("it no longer exists; its path leads elsewhere: %w", fs.ErrNotExist)
}

// EnterNamespace starts a thread in a namespace. Entering the own namespace
// requires no privilege. The error wraps fs.ErrNotExist if the namespace does
// not exist any more.
func EnterNamespace(n *netstat.Namespace) (*Thread, error) {
	f, err := openNamespace(n.Path)
	if err == errPlainFile && n.Inode != 0 {
		return nil, errNamespaceGone()
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(f)
	inode, err := inodeOf(f)
	if err != nil {
		return nil, err
	}
	if n.Inode != 0 && inode != n.Inode {
		return nil, errNamespaceGone()
	}
	return StartThread(func() error {
		if ownNamespace() == inode {
			return nil
		}
		err := unix.Setns(f, unix.CLONE_NEWNET)
		if err == unix.EPERM {
			err = fmt.Errorf("entering it requires CAP_SYS_ADMIN: %w", err)
		}
		return err
	})
}

// StartThread starts a thread that first calls enter. If enter fails, it
// returns that error and the thread ends.
func StartThread(enter func() error) (*Thread, error) {
	t := &Thread{calls: make(chan func()), done: make(chan struct{})}
	entered := make(chan error)
	go t.run(enter, entered)
	if err := <-entered; err != nil {
		return nil, err
	}
	return t, nil
}

// run is the body of the thread. It never unlocks the thread, so that the
// thread ends with it: no other goroutine may run in the namespace.
func (t *Thread) run(enter func() error, entered chan error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The first thread represents the process in /proc and never
		// ends. While it is locked, the next goroutine runs on another
		// one.
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

// Close ends the thread. Call must not be used after it.
func (t *Thread) Close() {
	close(t.calls)
	<-t.done
	t.calls = nil
}

// OnThread returns a function that calls open on the thread. Once the thread
// has ended, the function returns fs.ErrClosed.
func OnThread[C any](t *Thread, open func() (C, error)) func() (C, error) {
	return func() (conn C, err error) {
		if t.Closed() {
			return conn, fs.ErrClosed
		}
		t.Call(func() { conn, err = open() })
		return conn, err
	}
}
