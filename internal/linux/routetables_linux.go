package linux

import (
	"strings"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// routeTables returns the names of routing tables by number: those of every system, and
// those that iproute2's files define, a later file before an earlier one.
func routeTables() map[uint32]string {
	names := routeTableNames()
	for _, dir := range [...]string{"/usr/lib/iproute2", "/usr/share/iproute2", "/etc/iproute2"} {
		addRouteTables(dir+"/rt_tables", names)
		for _, file := range confFiles(dir + "/rt_tables.d") {
			addRouteTables(dir+"/rt_tables.d/"+file, names)
		}
	}
	return names
}

func addRouteTables(path string, names map[uint32]string) {
	if b, err := sysfile.ReadAll(unix.AT_FDCWD, path); err == nil {
		parseRouteTables(b, names)
	}
}

// confFiles returns the files of a directory whose names end in ".conf".
func confFiles(dir string) (files []string) {
	fd, err := sysfile.Open(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	for {
		n, err := sysfile.ReadEntries(fd, buf)
		if err != nil || n == 0 {
			return files
		}
		for rest := buf[:n]; ; {
			name, more, ok := sysfile.NextEntry(rest)
			if !ok {
				break
			}
			if strings.HasSuffix(string(name), ".conf") {
				files = append(files, string(name))
			}
			rest = more
		}
	}
}
