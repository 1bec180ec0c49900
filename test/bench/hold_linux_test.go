package main

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// Figures of a load that has ended would look good.
func TestHolderCheck(t *testing.T) {
	input, inputEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	cmd := exec.Command("/bin/sh", "-c", "read line")
	cmd.Stdin = input
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := &holder{args: []string{"read"}, pid: cmd.Process.Pid}
	if err := h.check(); err != nil {
		t.Errorf("a running process: %v", err)
	}
	if err := inputEnd.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, h.pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if err := h.check(); err == nil {
		t.Error("a process that ended passes as running")
	}
}
