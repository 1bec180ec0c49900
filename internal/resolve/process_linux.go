package resolve

import (
	"os/exec"
	"syscall"

	"netstat/internal/files"
)

// endWithParent has the kernel kill a getent that hangs on a dead directory
// server when this process exits without waiting for it any more. The signal
// follows the thread that starts cmd, and the runtime keeps its threads.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// affordableLookups returns how many lookups may be under way at once. Each takes
// a descriptor or two; some are left for everything else. With next to none
// there are no lookups: the runtime's poller, which they need, ends the
// program if it cannot open its own descriptors.
func affordableLookups() int {
	const each = 4
	room := files.Room() - files.Enough
	if room < 0 {
		return 0
	}
	return 1 + room/each
}
