package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

const tracefs = "/sys/kernel/tracing"

// countCalls runs a command once and returns how many system calls its processes and
// threads make after their execve(2). It counts with the kernel's tracepoint, which
// does not stop the program as ptrace does: under ptrace the Go runtime makes calls that
// it does not make otherwise.
func countCalls(argv []string) (int, error) {
	counter, err := openCallCounter()
	if err != nil {
		return 0, err
	}
	defer unix.Close(counter)
	if _, err := measure(argv); err != nil {
		return 0, err
	}
	var count [8]byte
	n, err := unix.Read(counter, count[:])
	if err != nil {
		return 0, fmt.Errorf("read the count of system calls: %w", err)
	}
	if n != len(count) {
		return 0, fmt.Errorf("read the count of system calls: %d bytes", n)
	}
	return int(binary.NativeEndian.Uint64(count[:])), nil
}

// openCallCounter returns a perf event (perf_event_open(2)) that counts the system calls
// of what this thread starts next, from its execve on.
func openCallCounter() (int, error) {
	text, err := os.ReadFile(tracefs + "/events/raw_syscalls/sys_enter/id")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("id of raw_syscalls:sys_enter: %w", err)
	}
	attr := unix.PerfEventAttr{
		Type:   unix.PERF_TYPE_TRACEPOINT,
		Config: id,
		Bits:   unix.PerfBitDisabled | unix.PerfBitInherit | unix.PerfBitEnableOnExec,
	}
	attr.Size = uint32(unsafe.Sizeof(attr))
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("perf_event_open: %w", err)
	}
	return fd, nil
}

// prepareCallCounter makes tracefs visible in this mount namespace. It returns an error
// if system calls cannot be counted.
func prepareCallCounter() error {
	if _, err := os.Stat(tracefs + "/events"); err != nil {
		if err := unix.Mount("tracefs", tracefs, "tracefs", 0, ""); err != nil {
			return fmt.Errorf("mount tracefs: %w", err)
		}
	}
	counter, err := openCallCounter()
	if err != nil {
		return err
	}
	return unix.Close(counter)
}
