package linux

import "bytes"

// processText cuts text from /proc where a C program does, at its first NUL.
func processText(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// processContext returns the security context in /proc/PID/attr/current.
// SELinux ends it with NUL, AppArmor with a newline.
func processContext(b []byte) []byte {
	return bytes.TrimSuffix(processText(b), []byte{'\n'})
}
