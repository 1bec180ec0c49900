package process

import (
	"bytes"
	"strconv"
	"strings"
)

// namespaceMount is a mounted network namespace.
type namespaceMount struct {
	inode uint64
	path  string
}

// parseNamespaceMount parses a line of /proc/PID/mountinfo
// (proc_pid_mountinfo(5)). It returns false for anything but a network
// namespace:
//
//	511 24 0:4 net:[4026532299] /run/netns/blue rw shared:5 - nsfs nsfs rw
func parseNamespaceMount(line []byte) (m namespaceMount, ok bool) {
	before, after, ok := bytes.Cut(line, []byte(" - "))
	if !ok || !bytes.HasPrefix(after, []byte("nsfs ")) {
		return m, false
	}
	fields := bytes.Fields(before)
	if len(fields) < 5 {
		return m, false
	}
	if m.inode, ok = namespaceInode(fields[3]); !ok {
		return m, false
	}
	m.path = unescapeMount(string(fields[4]))
	return m, m.path != ""
}

// namespaceInode returns the number in the link of a network namespace,
// net:[N].
func namespaceInode(link []byte) (uint64, bool) {
	number, ok1 := bytes.CutPrefix(link, []byte("net:["))
	number, ok2 := bytes.CutSuffix(number, []byte("]"))
	n, ok3 := parseNumber(number)
	return n, ok1 && ok2 && ok3 && n != 0
}

// unescapeMount replaces the octal escapes \ooo, which the kernel writes for
// blanks, newlines and backslashes in paths.
func unescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b = append(b, byte(n))
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
