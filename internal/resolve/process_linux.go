package resolve

import (
	"os/exec"
	"syscall"

	"netstat/internal/files"
)

// endWithParent makes the kernel kill a getent that hangs on a dead directory
// server when this process exits without waiting for it. The signal is bound to
// the thread that starts cmd, and the runtime keeps its threads.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// affordableLookups returns how many lookups may run at once. Each takes one or
// two descriptors; some must remain for everything else. With almost none left
// it returns 0: lookups need the runtime's poller, which ends the program if it
// cannot open its own descriptors.
func affordableLookups() int {
	const each = 4
	room := files.Room() - files.Enough
	if room < 0 {
		return 0
	}
	return 1 + room/each
}
