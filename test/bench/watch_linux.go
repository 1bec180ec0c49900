package main

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchTime is how long a live table runs. Its cost is a share of this time.
const watchTime = 20 * time.Second

// watch runs a live table on a pseudo terminal of 80 by 24 for watchTime and discards
// what it draws.
func watch(argv []string) error {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return err
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		return err
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24}); err != nil {
		return err
	}
	// The end of the terminal is a child, and this process becomes the program, so that
	// what is measured is the program's.
	end := exec.Command("/proc/self/exe", roleTerminal)
	end.Stdin, end.Stderr = master, os.Stderr
	end.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := end.Start(); err != nil {
		return err
	}
	for fd := range 3 {
		if err := unix.Dup3(int(slave.Fd()), fd, 0); err != nil {
			return err
		}
	}
	return syscall.Exec(argv[0], argv, append(os.Environ(), "TERM=xterm"))
}

// terminal is the other end of the pseudo terminal, which is standard input: it discards
// what arrives, and types q after watchTime.
func terminal() error {
	go func() { _, _ = io.Copy(io.Discard, os.Stdin) }()
	time.Sleep(watchTime)
	_, err := os.Stdin.WriteString("q")
	time.Sleep(time.Second)
	return err
}
