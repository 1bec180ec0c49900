package sysfile

import (
	"bytes"
	"strconv"
)

// ParseRelease returns the first two numbers of a kernel's release, as in
// uname(2) and /proc/sys/kernel/osrelease, or 0 and 0 if b does not begin with
// two numbers.
func ParseRelease(b []byte) (major, minor int) {
	first, rest, _ := bytes.Cut(b, []byte{'.'})
	end := 0
	for end < len(rest) && rest[end]-'0' <= 9 {
		end++
	}
	major, err1 := strconv.Atoi(string(first))
	minor, err2 := strconv.Atoi(string(rest[:end]))
	if err1 != nil || err2 != nil {
		return 0, 0
	}
	return major, minor
}
