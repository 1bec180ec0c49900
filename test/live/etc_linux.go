package live

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// CoverEtc mounts an /etc with the given files, by name, over those that exist, in the
// calling thread's mount namespace, whose mounts must be private. A minimal host may
// have none of them. Everything else in /etc stays.
func CoverEtc(files map[string]string) error {
	const etc, below = "/etc", "/etc/.below"
	under, err := os.Open(etc)
	if err != nil {
		return err
	}
	defer under.Close()
	names, err := under.Readdirnames(-1)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", etc, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("cover %s: %w", etc, err)
	}
	if err := os.Mkdir(below, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", under.Fd()), below, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("files under %s: %w", etc, err)
	}
	for _, name := range names {
		if _, covered := files[name]; !covered {
			if err := os.Symlink(filepath.Join(below, name), filepath.Join(etc, name)); err != nil {
				return err
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
