package linux

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// userHZ is how many ticks /proc counts in a second, on every architecture
// that this runs on (USER_HZ of include/asm-generic/param.h).
const userHZ = 100

// processStart returns how long after the start of the system a process began,
// from /proc/PID/stat: the 22nd field, where the second is the program's name in
// parentheses and may hold anything.
func processStart(stat []byte) (age time.Duration, ok bool) {
	const field = 22 - 3 // of those after the name
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	if len(rest) == len(stat) {
		return 0, false
	}
	fields := bytes.Fields(rest)
	if len(fields) <= field {
		return 0, false
	}
	ticks, err := strconv.ParseUint(string(fields[field]), 10, 64)
	if err != nil || ticks > math.MaxInt64/uint64(time.Second/userHZ) {
		return 0, false
	}
	return time.Duration(ticks) * (time.Second / userHZ), true
}

// processUser returns the effective user in /proc/PID/status:
//
//	Uid:	real	effective	saved	file system
func processUser(status []byte) (user string, ok bool) {
	_, line, found := bytes.Cut(append([]byte{'\n'}, status...), []byte("\nUid:"))
	if !found {
		return "", false
	}
	line, _, _ = bytes.Cut(line, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return "", false
	}
	if _, err := strconv.ParseUint(string(fields[1]), 10, 32); err != nil {
		return "", false
	}
	return string(fields[1]), true
}

// bootTime reads a line of /proc/stat and returns when the system came up, if
// it says that.
func bootTime(line []byte) (time.Time, bool) {
	rest, ok := bytes.CutPrefix(line, []byte("btime "))
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64)
	// Beyond this a time.Time is no date any more.
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

// programPath is the path that /proc/PID/exe leads to. The kernel adds a word
// where the file is gone.
func programPath(link string) string {
	const gone = " (deleted)"
	if len(link) > len(gone) && link[len(link)-len(gone):] == gone {
		return link[:len(link)-len(gone)]
	}
	return link
}

// processText cuts text from /proc where a C program does, at its first NUL.
func processText(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// processContext returns the security context in /proc/PID/attr/current.
// SELinux ends it with NUL, AppArmor with a newline.
func processContext(b []byte) []byte {
	return bytes.TrimSuffix(processText(b), []byte{'\n'})
}
