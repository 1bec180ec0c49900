//go:build !linux

package collect

// SELinuxEnabled returns false: only Linux has SELinux.
func SELinuxEnabled() bool { return false }
