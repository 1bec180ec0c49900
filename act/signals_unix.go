//go:build unix

package act

import (
	"os"
	"syscall"
)

var signals = [...]struct {
	name   string
	signal os.Signal
}{
	{"TERM", syscall.SIGTERM}, {"KILL", syscall.SIGKILL}, {"HUP", syscall.SIGHUP}, {"INT", syscall.SIGINT},
	{"QUIT", syscall.SIGQUIT}, {"USR1", syscall.SIGUSR1}, {"USR2", syscall.SIGUSR2},
	{"STOP", syscall.SIGSTOP}, {"CONT", syscall.SIGCONT},
}
