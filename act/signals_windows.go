package act

import "os"

// Windows has no signals: os.Kill ends a process with TerminateProcess.
var signals = [...]struct {
	name   string
	signal os.Signal
}{
	{"KILL", os.Kill},
}
