package process

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/sysfile"
)

// processArgv0Size is the number of bytes of a command line that net-tools 2.10
// reads, and the maximum length of Process.Argv0.
const processArgv0Size = 511

// maxQuotedStat limits the bytes of a file that an error quotes.
const maxQuotedStat = 120

// Reader reads facts about processes below one mount of proc(5).
type Reader struct {
	ProcRoot string // where proc(5) is mounted
	// boot is the boot time, once known. Keeping it makes two reads of a
	// process agree.
	boot time.Time
}

// readProcess reads facts about a process below procRoot. See Reader.Read.
func readProcess(procRoot string, pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	return (&Reader{ProcRoot: procRoot}).Read(pid, facts)
}

// Read reads facts about a process. The error wraps fs.ErrNotExist if the
// process does not exist any more; the facts read before are returned with it.
// Facts that are denied stay empty.
func (r *Reader) Read(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	p := netstat.Process{PID: pid}
	const fromFiles = netstat.FactArgv0 | netstat.FactArgs | netstat.FactContext | netstat.FactExecutable |
		netstat.FactUser | netstat.FactStat | netstat.FactStarted | netstat.FactProcessCgroup
	if facts&fromFiles == 0 {
		return p, nil
	}
	dir := r.ProcRoot + "/" + strconv.FormatUint(uint64(pid), 10)
	if facts&(fromFiles&^netstat.FactArgv0) == 0 {
		// All bytes of one file belong to one process. Few processes
		// have an empty cmdline.
		if err := readArgv0(unix.AT_FDCWD, dir+"/cmdline", &p); err != nil || p.Argv0 != "" {
			return p, processError(err)
		}
	}
	// The open directory stays that of this process even if the kernel
	// reuses its number.
	at, err := sysfile.Open(unix.AT_FDCWD, dir, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return p, processError(err)
	}
	defer unix.Close(at)
	for _, read := range [...]struct {
		facts netstat.ProcessFacts
		fill  func(at int, p *netstat.Process) error
	}{
		{netstat.FactArgv0, func(at int, p *netstat.Process) error { return readArgv0(at, "cmdline", p) }},
		{netstat.FactArgs, readArgs},
		{netstat.FactContext, readContext},
		{netstat.FactExecutable, readExecutable},
		{netstat.FactUser, readUser},
		{netstat.FactStat | netstat.FactStarted, func(at int, p *netstat.Process) error { return r.readStat(at, p, facts) }},
		{netstat.FactProcessCgroup, readCgroup},
	} {
		if facts&read.facts != 0 {
			if err := read.fill(at, &p); err != nil {
				return p, processError(err)
			}
		}
	}
	if facts&netstat.FactArgv0 != 0 && p.Argv0 == "" && p.Comm == "" {
		return p, processError(readComm(at, &p))
	}
	return p, nil
}

func processError(err error) error {
	if err == nil {
		return nil
	}
	return &netstat.OpError{Op: "read process", Err: err}
}

func readArgv0(at int, path string, p *netstat.Process) error {
	var buf [processArgv0Size]byte
	n, err := sysfile.ReadOnce(at, path, buf[:])
	if err == nil {
		p.Argv0 = string(processText(buf[:n]))
	}
	return err
}

func readComm(at int, p *netstat.Process) error {
	var buf [64]byte
	n, err := sysfile.ReadOnce(at, "comm", buf[:])
	if err == nil {
		p.Comm = strings.TrimSuffix(string(processText(buf[:n])), "\n")
	}
	return optional(err)
}

func readArgs(at int, p *netstat.Process) error {
	b, err := sysfile.ReadAll(at, "cmdline")
	if err == nil {
		p.Args = processArgs(b)
	}
	return optional(err)
}

func readContext(at int, p *netstat.Process) error {
	var buf [4096]byte // the kernel returns at most one page
	n, err := sysfile.ReadOnce(at, "attr/current", buf[:])
	if errors.Is(err, fs.ErrNotExist) && unix.Faccessat(at, "stat", unix.F_OK, 0) == nil {
		// A kernel without security modules lacks this file.
		err = nil
	}
	if err == unix.EINVAL || err == unix.EOPNOTSUPP {
		err = nil
	}
	if err == nil {
		p.Context = string(processContext(buf[:n]))
	}
	return optional(err)
}

// optional drops a permission error: the fact is then unknown.
func optional(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// deletedMark is what the kernel appends to the path of a deleted file (d_path
// in fs/d_path.c). A file's own name may end like this too.
const deletedMark = " (deleted)"

// readExecutable reads the link exe. Kernel threads and zombies have no
// program, and their link has no target.
func readExecutable(at int, p *netstat.Process) error {
	path, err := sysfile.Readlink(at, "exe")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && processThere(at) {
			return nil
		}
		return optional(err)
	}
	p.Executable = path
	name, marked := strings.CutSuffix(path, deletedMark)
	if !marked {
		return nil
	}
	// The file's name may really end like this. Its path is valid in the
	// process's mount namespace, or in this one's root if both share it.
	var there, running unix.Stat_t
	if unix.Fstatat(at, "exe", &running, 0) == nil {
		for _, path := range [...]string{"root" + path, path} {
			if unix.Fstatat(at, path, &there, 0) == nil && there.Dev == running.Dev && there.Ino == running.Ino {
				return nil
			}
		}
	}
	p.Executable, p.ExecutableDeleted = name, true
	return nil
}

// processThere reports whether the process with the directory at still exists.
func processThere(at int) bool {
	var buf [1]byte
	n, err := sysfile.ReadOnce(at, "stat", buf[:])
	return err == nil && n > 0
}

func readUser(at int, p *netstat.Process) error {
	b, err := sysfile.ReadAll(at, "status")
	if err == nil {
		p.User = processUser(b)
	}
	return optional(err)
}

func readCgroup(at int, p *netstat.Process) error {
	b, err := sysfile.ReadAll(at, "cgroup")
	if errors.Is(err, fs.ErrNotExist) && processThere(at) {
		return nil // a kernel without control groups
	}
	if err == nil {
		fillCgroup(b, p)
	}
	return optional(err)
}

func (r *Reader) readStat(at int, p *netstat.Process, facts netstat.ProcessFacts) error {
	b, err := sysfile.ReadAll(at, "stat")
	if err != nil {
		return optional(err)
	}
	stat, ok := parseProcessStat(b)
	if !ok {
		return fmt.Errorf("%w: %q", netstat.ErrBogusRecord, b[:min(len(b), maxQuotedStat)])
	}
	if facts&netstat.FactStat != 0 {
		p.Comm, p.Parent, p.Threads = stat.comm, stat.parent, stat.threads
	}
	if boot, ok := r.bootTime(); ok {
		p.Started = boot.Add(stat.started)
	}
	return nil
}

// bootTime returns the time when the host booted. A copy of /proc has only its
// second.
func (r *Reader) bootTime() (time.Time, bool) {
	if !r.boot.IsZero() {
		return r.boot, true
	}
	if r.ProcRoot == "/proc" {
		var now, up unix.Timespec
		if unix.ClockGettime(unix.CLOCK_REALTIME, &now) == nil && unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) == nil {
			r.boot = time.Unix(0, now.Nano()-up.Nano()).Round(clockTick)
			return r.boot, true
		}
	}
	b, err := sysfile.ReadAll(unix.AT_FDCWD, r.ProcRoot+"/stat")
	if err != nil {
		return time.Time{}, false
	}
	boot, ok := parseBootTime(b)
	if ok {
		r.boot = boot
	}
	return boot, ok
}
