//go:build !linux

package files

import (
	"math"
	"time"
)

// Room returns how many more files this process can open. It returns the
// maximum, because the number is unknown.
func Room() int { return math.MaxInt32 }

// Sleep sleeps for d.
func Sleep(d time.Duration) { time.Sleep(d) }

// Spare does nothing.
func Spare(bool) {}
