package need

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Namespaces fails a test that does not run as root, and skips it if root may not
// create network and mount namespaces, as in an unprivileged container. Short tests are
// skipped.
func Namespaces(t testing.TB) {
	t.Helper()
	Root(t)
	if why := NoNamespaces(); why != "" {
		Skip(t, why)
	}
}

// NoNamespaces returns why root may not create network and mount namespaces here, or
// "". It tries to create them.
func NoNamespaces() string { return noNamespaces() }

var noNamespaces = sync.OnceValue(func() string {
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
			return err
		}
		return errors.Join(
			unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""),
			unix.Mount("proc", "/proc", "proc", 0, ""))
	})
	return refused("network and mount namespaces", err)
})

// UserNamespace skips a test if an ordinary user may not create a user namespace with a
// network namespace.
func UserNamespace(t testing.TB) {
	t.Helper()
	if why := noUserNamespace(); why != "" {
		Skip(t, why)
	}
}

var noUserNamespace = sync.OnceValue(func() string {
	child, err := syscall.ForkExec("/proc/self/exe", []string{"test", "-test.list=^$"}, &syscall.ProcAttr{
		Env: os.Environ(),
		Sys: &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWNET | unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		},
	})
	if err == nil {
		_, err = syscall.Wait4(child, nil, 0, nil)
	}
	return refused("user namespaces", err)
})

// Links to the kernel's first namespaces, whose inode numbers are fixed
// (include/linux/proc_ns.h).
const (
	firstUserNamespace = "user:[4026531837]"
	firstPIDNamespace  = "pid:[4026531836]"
)

// NoKernelOwners returns why the kernel cannot report the owners of sockets here, or
// "": NoBPF, or because the iterator's process ids are those of another pid namespace.
func NoKernelOwners() string {
	why := NoBPF()
	if why == "" && !HostProcesses() {
		why = "owners by BPF (in a pid namespace)"
	}
	return why
}

// HostProcesses reports whether this process is in the kernel's first pid namespace,
// where namespaces hide no process from it.
func HostProcesses() bool { return linkIs("/proc/self/ns/pid", firstPIDNamespace) }

// NoBPF returns why BPF iterators cannot be used here, or "".
func NoBPF() string {
	const what = "BPF iterators"
	if !linkIs("/proc/self/ns/user", firstUserNamespace) {
		return what + " (in a user namespace)"
	}
	if os.Geteuid() != 0 {
		return what + " (not root)"
	}
	if !capable(unix.CAP_SYS_ADMIN) && (!capable(unix.CAP_BPF) || !capable(unix.CAP_PERFMON)) {
		return what + " (no CAP_BPF)"
	}
	return ""
}

// AllProcesses fails a test that does not run as root, and skips it if root may not
// inspect other users' processes. Short tests are skipped.
func AllProcesses(t testing.TB) {
	t.Helper()
	Root(t)
	if !capable(unix.CAP_SYS_PTRACE) {
		Skip(t, "other users' processes (no CAP_SYS_PTRACE)")
	}
}

// capable reports whether this process has an effective capability.
func capable(c uint) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&header, &data[0]) == nil && data[c/32].Effective&(1<<(c%32)) != 0
}

func linkIs(link, text string) bool {
	got, err := os.Readlink(link)
	return err == nil && got == text
}

// refused returns the reason if err means that the kernel denies access. After any
// other error the tests run and show it.
func refused(what string, err error) string {
	for _, no := range []error{unix.EPERM, unix.EACCES, unix.ENOSYS, unix.ENOSPC} {
		if errors.Is(err, no) {
			return fmt.Sprintf("%s (%v)", what, no)
		}
	}
	return ""
}

// onThread runs f on a thread that exits afterwards. The first thread would not exit,
// and it is the one that /proc/self shows.
func onThread(f func() error) error {
	done := make(chan error)
	var inside func()
	inside = func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			go inside()
			runtime.Gosched()
			return
		}
		done <- f()
	}
	go inside()
	return <-done
}
