//go:build !linux && !windows

package collect

import "time"

// CPUTime returns 0: it is unknown on this system.
func CPUTime() time.Duration { return 0 }
