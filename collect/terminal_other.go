//go:build !linux && !windows

package collect

import "os"

// TerminalWidth returns 0: the width is unknown on this system.
func TerminalWidth(*os.File) int { return 0 }

// TerminalHeight returns 0: the height is unknown on this system.
func TerminalHeight(*os.File) int { return 0 }

// Colors reports whether the terminal f interprets the sequences of colours, as all do on
// this system. There is nothing to restore.
func Colors(*os.File) (restore func(), ok bool) { return nil, true }
