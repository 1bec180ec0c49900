//go:build !linux

package collect

// SELinuxEnabled is false: SELinux is Linux's.
func SELinuxEnabled() bool { return false }
