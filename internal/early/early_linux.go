package early

import "syscall"

// Package os registers a non-blocking standard stream with the runtime's
// poller. The poller ends the program if it cannot open two descriptors of its
// own.
func init() {
	const needed, low = 2, 64
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur >= low {
		return
	}
	FewFiles = true
	blocks, free := true, 0
	for fd := range uintptr(limit.Cur) {
		flags, _, err := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
		switch {
		case err != 0:
			free++
		case fd <= 2 && flags&syscall.O_NONBLOCK != 0:
			blocks = false
		}
	}
	if !blocks && free < needed {
		_, _ = syscall.Write(2, []byte("netstat: too few file descriptors for a non-blocking standard stream\n"))
		syscall.Exit(255)
	}
}
