//go:build !linux

package files

import "time"

// Sleep sleeps for d.
func Sleep(d time.Duration) { time.Sleep(d) }

// Spare does nothing.
func Spare(bool) {}
