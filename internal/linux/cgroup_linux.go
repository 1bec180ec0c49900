package linux

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/process"
)

var _ netstat.Cgroups = (*source)(nil)

var errNoCgroups = errors.New("no cgroup2 hierarchy is mounted")

// cgroupMount returns the mount point of the control groups and the group
// mounted there.
func (s *source) cgroupMount() (dir, root string, err error) {
	f, err := s.open(s.procRoot + "/self/mountinfo")
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return "", "", err
	}
	dir, root, ok := process.FindCgroupMount(text)
	if !ok {
		return "", "", &detailedError{errors.ErrUnsupported, errNoCgroups}
	}
	return dir, root, nil
}

// CgroupID implements netstat.Cgroups.
func (s *source) CgroupID(group string) (uint64, error) {
	id, err := s.cgroupID(group)
	if err != nil {
		return 0, &netstat.OpError{Op: "look up control group " + group, Err: err}
	}
	return id, nil
}

func (s *source) cgroupID(group string) (uint64, error) {
	dir, root, err := s.cgroupMount()
	if err != nil {
		return 0, err
	}
	group = path.Join("/", group)
	below := group
	if root != "/" {
		var inside bool
		if below, inside = strings.CutPrefix(group, root); !inside || below != "" && below[0] != '/' {
			return 0, unix.ENOENT
		}
	}
	return cgroupHandle(dir + below)
}

// cgroupHandle returns the id of a directory's control group: its file handle,
// which on 64-bit machines equals its inode number (kernfs_fid_type, Linux
// 5.5).
func cgroupHandle(dir string) (uint64, error) {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, dir, 0)
	if err == nil && handle.Size() == 8 {
		return binary.NativeEndian.Uint64(handle.Bytes()), nil
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return 0, err
	}
	return st.Ino, nil
}

// CgroupPath implements netstat.Cgroups. It walks the hierarchy on the first
// call and again for every new id, because groups come and go.
func (s *source) CgroupPath(id uint64) (string, bool) {
	if id == 0 {
		return "", false
	}
	group, known := s.cgroups[id]
	if !known {
		s.walkCgroups()
		if group, known = s.cgroups[id]; !known {
			s.cgroups[id] = ""
		}
	}
	return group, group != ""
}

func (s *source) walkCgroups() {
	if s.cgroups == nil {
		s.cgroups = make(map[uint64]string)
	}
	dir, root, err := s.cgroupMount()
	if err != nil {
		return
	}
	var walk func(dir, group string)
	walk = func(dir, group string) {
		id, err := cgroupHandle(dir)
		if err != nil {
			return
		}
		s.cgroups[id] = group
		// A directory that cannot be read has disappeared.
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if e.IsDir() {
				walk(dir+"/"+e.Name(), path.Join(group, e.Name()))
			}
		}
	}
	walk(dir, root)
}
