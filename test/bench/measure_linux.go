package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// measure runs a command once with output to /dev/null, and times it from before the
// fork until it has been waited for. Time and page faults are those of its process and
// of the children that it waited for.
func measure(argv []string) (sample, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return sample{}, err
	}
	defer null.Close()
	start := time.Now()
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   environment(),
		Files: []uintptr{null.Fd(), null.Fd(), null.Fd()},
		Sys:   &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", argv[0], err)
	}
	status, usage, err := wait(pid)
	wall := time.Since(start)
	if err != nil {
		return sample{}, err
	}
	if !status.Exited() || status.ExitStatus() != 0 {
		return sample{}, failed(argv, status)
	}
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return sample{CPU: cpu.Seconds(), Wall: wall.Seconds(), Faults: int(usage.Minflt + usage.Majflt)}, nil
}

type inspection struct {
	lines   int
	digest  string
	peakKiB int
}

// inspect runs a command once under ptrace, stops it at its exit and reads the peak
// memory of its address space at that time.
func inspect(argv []string, stderr *os.File) (inspection, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return inspection{}, err
	}
	defer null.Close()
	output, outputEnd, err := os.Pipe()
	if err != nil {
		return inspection{}, err
	}
	defer output.Close()
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   environment(),
		Files: []uintptr{null.Fd(), outputEnd.Fd(), stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Ptrace: true},
	})
	_ = outputEnd.Close()
	if err != nil {
		return inspection{}, fmt.Errorf("%s: %w", argv[0], err)
	}
	var seen inspection
	drained := make(chan error, 1)
	go func() {
		lines, digest, err := drain(output)
		seen.lines, seen.digest = lines, digest
		drained <- err
	}()
	peak, status, err := traceToExit(pid)
	if err != nil {
		return inspection{}, fmt.Errorf("trace %s: %w", argv[0], err)
	}
	if err := <-drained; err != nil {
		return inspection{}, err
	}
	if !status.Exited() || status.ExitStatus() != 0 {
		return inspection{}, failed(argv, status)
	}
	seen.peakKiB = peak
	return seen, nil
}

// traceToExit runs a traced process from its exec to its exit. It returns its peak
// memory in KiB.
func traceToExit(pid int) (peakKiB int, status syscall.WaitStatus, err error) {
	defer func() {
		if err != nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}()
	if status, _, err = wait(pid); err != nil {
		return 0, status, err
	}
	const options = unix.PTRACE_O_TRACEEXIT | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	if err = syscall.PtraceSetOptions(pid, options); err != nil {
		return 0, status, err
	}
	signal := 0
	for {
		// A process that exits while it is stopped leaves the stop by itself: another
		// of its threads may have called exit_group(2).
		if err = syscall.PtraceCont(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return 0, status, err
		}
		if status, _, err = wait(pid); err != nil || !status.Stopped() {
			return peakKiB, status, err
		}
		signal = int(status.StopSignal())
		switch status.TrapCause() {
		case unix.PTRACE_EVENT_EXEC: // of a script or a loader
			signal = 0
		case unix.PTRACE_EVENT_EXIT:
			signal = 0
			if peakKiB, err = peakMemory(pid); err != nil {
				return 0, status, err
			}
		}
	}
}

func peakMemory(pid int) (int, error) {
	value, ok := strings.CutSuffix(field(fmt.Sprintf("/proc/%d/status", pid), "VmHWM"), " kB")
	if !ok {
		return 0, errors.New("no VmHWM in /proc/PID/status")
	}
	return strconv.Atoi(value)
}

// drain counts the lines of a command's output and computes its digest.
func drain(output *os.File) (lines int, digest string, err error) {
	hash := sha256.New()
	buffer := make([]byte, 64<<10)
	for {
		n, err := output.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte{'\n'})
		hash.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			return lines, hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return 0, "", err
		}
	}
}

func wait(pid int) (syscall.WaitStatus, syscall.Rusage, error) {
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err := syscall.Wait4(pid, &status, 0, &usage)
		if !errors.Is(err, syscall.EINTR) {
			return status, usage, err
		}
	}
}

func failed(argv []string, status syscall.WaitStatus) error {
	if status.Signaled() {
		return fmt.Errorf("%s: %v", strings.Join(argv, " "), status.Signal())
	}
	return fmt.Errorf("%s: exit status %d", strings.Join(argv, " "), status.ExitStatus())
}

// environment keeps NETSTAT_SOURCE and similar variables, so that they can be compared.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LC_ALL=") || strings.HasPrefix(v, "LANGUAGE=")
	})
	return append(env, "LC_ALL=C")
}
