package linux

import (
	"errors"
	"io/fs"
	"strconv"

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
	return p, nil
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
