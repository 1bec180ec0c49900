//go:build !linux && !windows

package collect

import "os"

// TerminalWidth is 0: that is not known here.
func TerminalWidth(*os.File) int { return 0 }
