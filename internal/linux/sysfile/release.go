package sysfile

import (
	"bytes"
	"strconv"
)

// ParseRelease returns the first two numbers of a kernel's release, as uname(2) and
// /proc/sys/kernel/osrelease have it; 0 and 0 where it does not begin with such.
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
