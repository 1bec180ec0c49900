package files

import (
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"
)

// counted is the number of descriptors that are tested. Few processes have open
// ones above.
const counted = 1024

// Room returns how many more files this process can open. It makes two system
// calls.
func Room() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return counted
	}
	free := int(min(limit.Cur, 1<<30))
	// One call tests which of them are open.
	fds := make([]unix.PollFd, min(free, counted))
	for i := range fds {
		fds[i].Fd = int32(i)
	}
	for {
		_, err := unix.Poll(fds, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return free
		}
		break
	}
	for i := range fds {
		if fds[i].Revents&unix.POLLNVAL == 0 {
			free--
		}
	}
	return free
}

// Sleep sleeps for d. It uses no timer if there is no room for the poller.
func Sleep(d time.Duration) {
	if Room() >= Enough {
		time.Sleep(d)
		return
	}
	left := unix.NsecToTimespec(int64(d))
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
}

// Spare prevents the runtime from starting its poller when no descriptor is
// left for it, as the end of a garbage collection may do. A single report runs
// without garbage collection. For repeated reports it starts the poller now, if
// there is room.
func Spare(repeats bool) {
	switch room := Room(); {
	case room >= Enough:
	case !repeats:
		debug.SetGCPercent(-1)
	case room > 2:
		time.AfterFunc(time.Hour, func() {}).Stop()
	}
}
