package collect

import (
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// DefaultSignals lets the signals end the program that the runtime ignores although they
// end other programs. A timer of alarm(2) is inherited: "perl -e 'alarm 5; exec @ARGV'"
// limits the time of a program where timeout(1) is missing. The program must not ask
// package os/signal for these signals.
func DefaultSignals() {
	var action [64]byte // a sigaction of any architecture, all zeros: SIG_DFL
	size := uintptr(8)  // of the kernel's sigset_t
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		size = 16
	}
	for _, number := range [...]unix.Signal{unix.SIGALRM, unix.SIGUSR1, unix.SIGUSR2} {
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&action)), 0, size, 0, 0)
	}
}
