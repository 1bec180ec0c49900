package collect

import (
	"bytes"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// SELinuxEnabled reports whether SELinux is enabled, by the rule of
// libselinux's is_selinux_enabled(3): its file system is mounted for writing
// and a configuration exists. A kernel with SELinux built in but not active, or
// without its file system mounted, counts as disabled.
func SELinuxEnabled() bool {
	if _, err := os.Stat("/etc/selinux/config"); err != nil {
		return false
	}
	for _, dir := range selinuxMounts() {
		var fs unix.Statfs_t
		if unix.Statfs(dir, &fs) == nil && uint32(fs.Type) == unix.SELINUX_MAGIC && fs.Flags&unix.ST_RDONLY == 0 {
			return true
		}
	}
	return false
}

// selinuxMounts lists where the file system may be mounted: the two usual
// paths, then the mount points in /proc/mounts.
func selinuxMounts() []string {
	dirs := []string{"/sys/fs/selinux", "/selinux"}
	f, err := sysfile.OpenReader("/proc/mounts")
	if err != nil {
		return dirs
	}
	defer f.Close()
	mounts, err := io.ReadAll(f)
	if err != nil {
		return dirs
	}
	for line := range bytes.Lines(mounts) {
		if f := bytes.Fields(line); len(f) > 2 && string(f[2]) == "selinuxfs" {
			dirs = append(dirs, string(f[1]))
		}
	}
	return dirs
}
