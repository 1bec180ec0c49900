//go:build !linux

package files

import (
	"math"
	"time"
)

// Room returns how many more files this process may open, as far as is known.
func Room() int { return math.MaxInt32 }

// Sleep waits.
func Sleep(d time.Duration) { time.Sleep(d) }

// Spare does nothing.
func Spare(bool) {}
