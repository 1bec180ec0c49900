// Package process reads proc(5) for what belongs to processes: the owners of
// sockets, facts about a process, its control groups, and network namespaces.
// It does not read sockets or anything else of the network.
package process

import (
	"bytes"
	"strconv"
	"time"
)

// processText cuts text from /proc at its first NUL, as a C program does.
func processText(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// processContext returns the security context in /proc/PID/attr/current.
// SELinux ends it with NUL, AppArmor with a newline.
func processContext(b []byte) []byte {
	return bytes.TrimSuffix(processText(b), []byte{'\n'})
}

// processArgs splits /proc/PID/cmdline. A NUL ends each argument, except
// possibly the last one of a process that overwrote its arguments.
func processArgs(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	b = bytes.TrimSuffix(b, []byte{0})
	text := string(b)
	args := make([]string, 0, bytes.Count(b, []byte{0})+1)
	for {
		end := indexNUL(text)
		if end < 0 {
			return append(args, text)
		}
		args = append(args, text[:end])
		text = text[end+1:]
	}
}

func indexNUL(s string) int {
	for i := range len(s) {
		if s[i] == 0 {
			return i
		}
	}
	return -1
}

// clockTick is the unit of times in /proc/PID/stat: USER_HZ, which is 100 on
// every architecture that Go supports.
const clockTick = 10 * time.Millisecond

// processStat holds the fields used of /proc/PID/stat (proc_pid_stat(5)).
type processStat struct {
	comm    string
	parent  uint32
	threads uint32
	started time.Duration // time since boot
}

// parseProcessStat parses the file. The name is in parentheses and may contain
// parentheses; the rest of the line may not.
func parseProcessStat(b []byte) (s processStat, ok bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return s, false
	}
	s.comm = string(b[open+1 : end])
	const parent, threads, started, fields = 1, 17, 19, 20 // counted from the state
	rest := bytes.Fields(b[end+1:])
	if len(rest) < fields {
		return s, false
	}
	parentPID, ok1 := parseNumber(rest[parent])
	threadCount, ok2 := parseNumber(rest[threads])
	ticks, ok3 := parseNumber(rest[started])
	if !ok1 || !ok2 || !ok3 || parentPID > 1<<32-1 || threadCount > 1<<32-1 || ticks > uint64(1<<63-1)/uint64(clockTick) {
		return s, false
	}
	s.parent, s.threads, s.started = uint32(parentPID), uint32(threadCount), time.Duration(ticks)*clockTick
	return s, true
}

// parseBootTime returns the time when the host booted from /proc/stat, to the
// second.
func parseBootTime(b []byte) (time.Time, bool) {
	for line := range bytes.Lines(b) {
		if number, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			n, ok := parseNumber(bytes.TrimSpace(number))
			return time.Unix(int64(n), 0), ok && n < 1<<62
		}
	}
	return time.Time{}, false
}

// processUser returns the effective user from /proc/PID/status. The line "Uid:"
// has the real, effective, saved and file system user.
func processUser(b []byte) string {
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			fields := bytes.Fields(rest)
			if len(fields) < 2 {
				return ""
			}
			uid, ok := parseNumber(fields[1])
			if !ok || uid > 1<<32-1 {
				return ""
			}
			return strconv.FormatUint(uid, 10)
		}
	}
	return ""
}
