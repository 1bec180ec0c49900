//go:build unix

package act

import (
	"os"
	"syscall"

	"netstat"
)

// CloseFacts are the facts that CloseSockets needs of each socket.
const CloseFacts = netstat.FactInode | netstat.FactInterface

var signals = [...]struct {
	name   string
	signal os.Signal
}{
	{"TERM", syscall.SIGTERM}, {"KILL", syscall.SIGKILL}, {"HUP", syscall.SIGHUP}, {"INT", syscall.SIGINT},
	{"QUIT", syscall.SIGQUIT}, {"USR1", syscall.SIGUSR1}, {"USR2", syscall.SIGUSR2},
	{"STOP", syscall.SIGSTOP}, {"CONT", syscall.SIGCONT},
}
