package act

import (
	"os"

	"netstat"
)

// CloseFacts are the facts that CloseSockets needs of each socket. Windows names no
// interfaces.
const CloseFacts = netstat.FactInode

// Windows has no signals: os.Kill ends a process with TerminateProcess.
var signals = [...]struct {
	name   string
	signal os.Signal
}{
	{"KILL", os.Kill},
}
