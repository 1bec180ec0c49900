package differential

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// staff starts the processes and passes them their sockets. Sockets not given to a
// program stay with the calling process.
func (w *world) staff() {
	helper := stage + "/helper"
	holdersOf := map[uint64][]int{}
	given := map[int]bool{}
	for _, name := range sortedKeys(w.held) {
		p := programs[name]
		path := helper
		if p.special == "deleted" {
			path = "/run/deleted"
			check(os.Link(helper, path), "link")
		}
		pid, err := startHolder(path, p, w.held[name])
		check(err, "start %s", name)
		if p.special == "deleted" {
			check(os.Remove(path), "remove")
		}
		for _, fd := range w.held[name] {
			inode := inodeOf(fd)
			if !slices.Contains(holdersOf[inode], pid) {
				holdersOf[inode] = append(holdersOf[inode], pid)
			}
			given[fd] = true
		}
	}
	for fd := range given {
		if pids := holdersOf[inodeOf(fd)]; len(pids) == 1 {
			if f, ok := observe(fd); ok {
				f.PID = pids[0]
				w.facts = append(w.facts, f)
			}
		}
		unix.Close(fd)
	}
}

// startHolder starts a process that holds sockets until this one exits.
func startHolder(path string, p program, fds []int) (pid int, err error) {
	cmd := exec.Command(path)
	cmd.Args = []string{p.argv0, "-x", "an argument"}
	cmd.Env = []string{roleVariable + "=holder", "HOLD=" + p.special}
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	if p.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.uid, Gid: p.uid}}
	}
	for _, fd := range fds {
		// A copy, because an os.File closes its descriptor.
		c, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return 0, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, os.NewFile(uintptr(c), "socket"))
	}
	// The holder exits when this pipe closes; it is never closed on purpose.
	if _, err := cmd.StdinPipe(); err != nil {
		return 0, err
	}
	ready, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for _, f := range cmd.ExtraFiles {
		f.Close()
	}
	holders = append(holders, cmd)
	said, err := io.ReadAll(ready)
	if err != nil || !bytes.Equal(said, []byte("ready")) {
		return 0, fmt.Errorf("holder printed %q: %v", said, err)
	}
	return cmd.Process.Pid, nil
}

// holders keeps the pipes of holders from being collected and closed.
var holders []*exec.Cmd

func holderMain() error {
	if os.Getenv("HOLD") == "noargs" {
		if err := dropArguments(); err != nil {
			return err
		}
	}
	if _, err := os.Stdout.WriteString("ready"); err != nil {
		return err
	}
	os.Stdout.Close()
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// dropArguments makes /proc/PID/cmdline read as empty.
func dropArguments() error {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	field := func(n int) uint64 { // numbered as in proc_pid_stat(5); the first here is 3
		v, _ := strconv.ParseUint(fields[n-3], 10, 64)
		return v
	}
	brk, _, _ := unix.Syscall(unix.SYS_BRK, 0, 0, 0)
	// struct prctl_mm_map of linux/prctl.h. It sets everything at once and, unlike the
	// calls for single fields, needs no privilege.
	m := struct {
		startCode, endCode, startData, endData   uint64
		startBrk, brk, startStack                uint64
		argStart, argEnd, envStart, envEnd, auxv uint64
		auxvSize, exeFD                          uint32
	}{
		startCode: field(26), endCode: field(27), startData: field(45), endData: field(46),
		startBrk: field(47), brk: uint64(brk), startStack: field(28),
		argStart: field(48), argEnd: field(48), envStart: field(50), envEnd: field(51),
		exeFD: ^uint32(0),
	}
	_, _, errno := unix.Syscall6(unix.SYS_PRCTL, unix.PR_SET_MM, unix.PR_SET_MM_MAP, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0, 0)
	if errno != 0 {
		return fmt.Errorf("PR_SET_MM_MAP: %w", errno)
	}
	return nil
}
