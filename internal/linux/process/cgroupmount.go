package process

import "bytes"

// FindCgroupMount returns where the hierarchy of control groups of version 2
// is mounted, from the text of /proc/PID/mountinfo (proc(5)), and which of its
// groups is at that place, "/" if it is all of it. The last mount counts, since
// it covers others; one of the whole is preferred.
func FindCgroupMount(mountinfo []byte) (dir, root string, ok bool) {
	for line := range bytes.Lines(mountinfo) {
		head, tail, found := bytes.Cut(line, []byte(" - "))
		fields := bytes.Fields(head)
		if !found || len(fields) < 5 || !bytes.HasPrefix(tail, []byte("cgroup2 ")) {
			continue
		}
		if at := unescapeMount(string(fields[3])); !ok || at == "/" || root != "/" {
			dir, root, ok = unescapeMount(string(fields[4])), at, true
		}
	}
	return dir, root, ok
}
