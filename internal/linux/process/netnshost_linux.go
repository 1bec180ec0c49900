package process

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// hostNamespace returns the network namespace of process 1 as /proc shows it: its number
// and a path to it. On some hosts even root may not read that of process 1. Then it uses
// another process in the same namespace, usually this one.
func hostNamespace() (inode uint64, path string, err error) {
	path = "/proc/1/ns/net"
	if inode, err = linkedNamespace(path); !isDenied(err) {
		return inode, path, err
	}
	mark, markErr := namespaceMark("/proc/1")
	if markErr != nil {
		return 0, "", err
	}
	if own, err := namespaceMark("/proc/self"); err == nil && own == mark {
		return ownNamespace(), "/proc/self/ns/net", nil
	}
	pids, _ := numericEntries("/proc")
	for _, pid := range pids {
		dir := "/proc/" + strconv.FormatUint(uint64(pid), 10)
		if other, err := namespaceMark(dir); err != nil || other != mark {
			continue
		}
		if inode, err := linkedNamespace(dir + "/ns/net"); err == nil {
			return inode, dir + "/ns/net", nil
		}
	}
	return 0, "", err
}

// errNotNamespace is the error of linkedNamespace for a link to something else.
var errNotNamespace = errors.New("not a network namespace")

// linkedNamespace returns the number of the network namespace that a link below /proc
// refers to.
func linkedNamespace(path string) (uint64, error) {
	var buf [64]byte
	n, err := unix.Readlink(path, buf[:])
	if err != nil {
		return 0, err
	}
	inode, ok := namespaceInode(buf[:n])
	if !ok {
		return 0, errNotNamespace
	}
	return inode, nil
}

// namesIn calls f for each name in a directory of ip-netns(8).
func namesIn(dir string, f func(name string)) error {
	fd, err := sysfile.Open(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	buf := make([]byte, 8<<10)
	for {
		n, err := sysfile.ReadEntries(fd, buf)
		if err != nil || n == 0 {
			return err
		}
		for name, rest, ok := sysfile.NextEntry(buf[:n]); ok; name, rest, ok = sysfile.NextEntry(rest) {
			if name := string(name); name != "." && name != ".." {
				f(name)
			}
		}
	}
}

// NamespaceNames returns the names of ip-netns(8), in alphabetical order.
func NamespaceNames() []string {
	var names []string
	for _, dir := range namespaceDirs {
		_ = namesIn(dir, func(name string) { names = append(names, name) })
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SplitNamespaces splits a list of namespaces at its commas, for FindNamespace. It keeps
// a name or a path with commas whole if it exists.
func SplitNamespaces(list string) []string {
	words := strings.Split(list, ",")
	for i := 0; i < len(words); i++ {
		if _, ok := parsePID([]byte(words[i])); ok {
			continue
		}
		for end := len(words); end > i+1; end-- {
			whole := strings.Join(words[i:end], ",")
			if strings.Contains(whole, "/") && unix.Access(whole, unix.F_OK) == nil || namedNamespace(whole) != "" {
				words = slices.Replace(words, i, end, whole)
				break
			}
		}
	}
	return words
}

// processLabel parses the label that netstat.Namespace.Label gives a namespace of a
// process: 42/nginx.
func processLabel(label string) (pid uint32, name string, ok bool) {
	number, name, ok := strings.Cut(label, "/")
	if !ok {
		return 0, "", false
	}
	pid, ok = parsePID([]byte(number))
	return pid, name, ok
}
