package linux

import (
	"fmt"
	"io/fs"
	"runtime"
	"strconv"

	"netstat"

	"golang.org/x/sys/unix"
)

// A namespaceThread is a thread of this process that is in another network
// namespace. What is to happen there is called on it.
type namespaceThread struct {
	calls chan func()
	done  chan struct{}
	// net is the directory of /proc with the namespace's files.
	net string
}

// errNamespaceGone is why a namespace that was found before is not entered.
var errNamespaceGone = fmt.Errorf("it has gone, and another one is in its place: %w", fs.ErrNotExist)

// enterNamespace starts a thread in a namespace. Nobody needs privilege to be
// where they are.
func enterNamespace(n *netstat.Namespace) (*namespaceThread, error) {
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
	return startNamespaceThread(func() error {
		if ownNamespace() == inode {
			return nil
		}
		err := unix.Setns(f, unix.CLONE_NEWNET)
		if err == unix.EPERM {
			err = fmt.Errorf("only who may administer it can enter: %w", err)
		}
		return err
	})
}

// startNamespaceThread starts a thread that begins with enter.
func startNamespaceThread(enter func() error) (*namespaceThread, error) {
	t := &namespaceThread{calls: make(chan func()), done: make(chan struct{})}
	entered := make(chan error)
	go t.run(enter, entered)
	if err := <-entered; err != nil {
		return nil, err
	}
	return t, nil
}

// run is the life of the thread. It ends with it, as it is never unlocked: no
// other goroutine shall run in the namespace.
func (t *namespaceThread) run(enter func() error, entered chan error) {
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
	t.net = "/proc/self/task/" + strconv.Itoa(unix.Gettid()) + "/net"
	entered <- nil
	for call := range t.calls {
		call()
	}
}

// call runs f on the thread and waits for it.
func (t *namespaceThread) call(f func()) {
	done := make(chan struct{})
	t.calls <- func() {
		defer close(done)
		f()
	}
	<-done
}

// closed reports whether the thread has ended.
func (t *namespaceThread) closed() bool { return t.calls == nil }

// close ends the thread. Nothing can be called after that.
func (t *namespaceThread) close() {
	close(t.calls)
	<-t.done
	t.calls = nil
}

// onThread returns open, such that it is called on the thread.
func onThread[C any](t *namespaceThread, open func() (C, error)) func() (C, error) {
	return func() (conn C, err error) {
		if t.closed() {
			return conn, fs.ErrClosed
		}
		t.call(func() { conn, err = open() })
		return conn, err
	}
}
