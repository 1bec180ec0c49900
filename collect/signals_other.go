//go:build !linux

package collect

// DefaultSignals does nothing on this system.
func DefaultSignals() {}
