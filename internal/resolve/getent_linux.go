package resolve

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel kill a getent that hangs on a dead directory
// server when this process exits without waiting for it any more. The signal
// follows the thread that starts cmd, and the runtime keeps its threads.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
