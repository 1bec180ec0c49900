package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
)

// processArgv0Size is how much of a command line net-tools 2.10 reads; the
// longest Process.Argv0.
const processArgv0Size = 511

// readProcess reads facts about a process below procRoot. The error wraps
// fs.ErrNotExist where the process has gone; what was read before is returned
// beside it.
func readProcess(procRoot string, pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	p := netstat.Process{PID: pid}
	dir := procRoot + "/" + strconv.FormatUint(uint64(pid), 10)
	if facts&netstat.FactArgv0 != 0 {
		var buf [processArgv0Size]byte
		n, err := processRead(dir+"/cmdline", buf[:])
		if err != nil {
			return p, &netstat.OpError{Op: "read process", Err: err}
		}
		p.Argv0 = string(processText(buf[:n]))
	}
	if facts&netstat.FactContext != 0 {
		var buf [4096]byte // what a kernel gives at most: one page
		n, err := processRead(dir+"/attr/current", buf[:])
		if errors.Is(err, fs.ErrNotExist) && unix.Access(dir, unix.F_OK) == nil {
			// A kernel without security modules has no such file.
			err = nil
		}
		if err != nil && !errors.Is(err, fs.ErrPermission) && err != unix.EINVAL && err != unix.EOPNOTSUPP {
			return p, &netstat.OpError{Op: "read process", Err: err}
		}
		p.Context = string(processContext(buf[:n]))
	}
	if facts&netstat.FactExecutable != 0 {
		var buf [unix.PathMax]byte
		n, err := unix.Readlink(dir+"/exe", buf[:])
		switch {
		case err == nil:
			p.Executable = programPath(string(buf[:n]))
		case errors.Is(err, fs.ErrNotExist) && unix.Access(dir, unix.F_OK) == nil:
			// A kernel thread has none.
		case err == unix.ESRCH || errors.Is(err, fs.ErrNotExist):
			return p, &netstat.OpError{Op: "read process", Err: unix.ENOENT}
		}
	}
	if facts&netstat.FactUser != 0 {
		var buf [4096]byte // the line is among the first
		n, err := processRead(dir+"/status", buf[:])
		if err != nil {
			return p, &netstat.OpError{Op: "read process", Err: err}
		}
		p.User, _ = processUser(buf[:n])
	}
	return p, nil
}

// readStart returns how long after the start of the system a process began.
func readStart(procRoot string, pid uint32) (time.Duration, error) {
	path := procRoot + "/" + strconv.FormatUint(uint64(pid), 10) + "/stat"
	var buf [4096]byte
	n, err := processRead(path, buf[:])
	if err != nil {
		return 0, err
	}
	age, ok := processStart(buf[:n])
	if !ok {
		return 0, &fs.PathError{Op: "parse", Path: path, Err: netstat.ErrBogusRecord}
	}
	return age, nil
}

// readBoot returns when the system came up.
func readBoot(procRoot string) (time.Time, error) {
	path := procRoot + "/stat"
	f, err := openFile(path)
	if err != nil {
		return time.Time{}, err
	}
	l := &lineReader{ctx: context.Background(), r: f, buf: make([]byte, 16<<10), tooLong: func([]byte) {}}
	defer f.Close()
	for {
		line, err := l.next()
		if err == io.EOF {
			return time.Time{}, &fs.PathError{Op: "parse", Path: path, Err: netstat.ErrBogusRecord}
		}
		if err != nil {
			return time.Time{}, err
		}
		if t, ok := bootTime(line); ok {
			return t, nil
		}
	}
}

// processRead reads the beginning of a file in one call, as texts in /proc are
// consistent only within a call.
func processRead(path string, buf []byte) (int, error) {
	fd, err := ownerOpen(unix.AT_FDCWD, path, unix.O_RDONLY)
	if err == nil {
		defer unix.Close(fd)
		var n int
		if n, err = ownerRead(fd, buf); err == nil {
			return n, nil
		}
	}
	if err == unix.ESRCH { // it ended between open and read
		err = unix.ENOENT
	}
	return 0, err
}
