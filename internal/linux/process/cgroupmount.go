package process

import "bytes"

// FindCgroupMount returns the mount point of the version 2 hierarchy of control
// groups, from the text of /proc/PID/mountinfo (proc(5)), and the group that is
// mounted there, "/" for the whole hierarchy. The last mount wins, because it
// covers others; a mount of the whole hierarchy is preferred.
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
