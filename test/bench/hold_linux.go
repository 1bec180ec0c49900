package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	serverPort   = 8000
	firstUDPPort = 1024
)

// holder is a process that holds a part of the load until this process closes its
// standard input.
type holder struct {
	args   []string
	pid    int
	input  *os.File
	output *os.File
}

func startHolder(args []string) (*holder, error) {
	input, inputEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer input.Close()
	output, outputEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outputEnd.Close()
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, outputEnd, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &holder{args, cmd.Process.Pid, inputEnd, output}, nil
}

// ready waits until the holder has opened all its sockets.
func (h *holder) ready() error {
	if n, _ := h.output.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("load process %s ended early", strings.Join(h.args, " "))
	}
	return nil
}

// check returns an error if the holder has ended: its part of the load is gone.
func (h *holder) check() error {
	var status syscall.WaitStatus
	ended, err := syscall.Wait4(h.pid, &status, syscall.WNOHANG, nil)
	if err == nil && ended != 0 {
		err = failed(h.args, status)
	}
	if err != nil {
		return fmt.Errorf("the load ended before the measurement: %w", err)
	}
	return nil
}

// holdReady tells the stage that this process is ready, and returns when the stage
// ends.
func holdReady() error {
	if _, err := os.Stdout.Write([]byte{'\n'}); err != nil {
		return err
	}
	waitForEnd()
	return nil
}

// waitForEnd blocks in the system call itself, so that the goroutine does not use the
// poller.
func waitForEnd() {
	var b [1]byte
	for {
		if n, err := unix.Read(0, b[:]); n == 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func numbers(args []string) ([]int, error) {
	values := make([]int, len(args))
	for i, a := range args {
		var err error
		if values[i], err = strconv.Atoi(a); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// holdTCP opens a listener and both ends of a number of connections to it. Keepalive
// stays off: probes on 100,000 loopback connections at once would fail and close them.
func holdTCP(args []string) error {
	n, err := numbers(args)
	if err != nil || len(n) != 3 {
		return fmt.Errorf("bad arguments %q", args)
	}
	index, connections, perSource := n[0], n[1], n[2]
	server := &unix.SockaddrInet4{Addr: [4]byte{127, 1, byte(index), 1}, Port: serverPort + index}
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	// Closing with a reset leaves no TIME_WAIT. Accepted sockets inherit this.
	reset := &unix.Linger{Onoff: 1}
	if err := unix.SetsockoptLinger(listener, unix.SOL_SOCKET, unix.SO_LINGER, reset); err != nil {
		return err
	}
	if err := unix.Bind(listener, server); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(listener, 128); err != nil {
		return err
	}
	for i := range connections {
		client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.SetsockoptLinger(client, unix.SOL_SOCKET, unix.SO_LINGER, reset); err != nil {
			return err
		}
		// Otherwise bind reserves a port for the address as a whole, and the search for
		// a free port becomes slow.
		if err := unix.SetsockoptInt(client, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
			return err
		}
		source := i / perSource
		address := [4]byte{127, 128 + byte(source/250), byte(index), 1 + byte(source%250)}
		if err := unix.Bind(client, &unix.SockaddrInet4{Addr: address}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
		if err := unix.Connect(client, server); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		if _, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	return holdReady()
}

// holdUDP opens pairs of sockets: one bound to a port, as of a server, and one
// connected to it from an address of its own.
func holdUDP(args []string) error {
	n, err := numbers(args)
	if err != nil || len(n) != 2 {
		return fmt.Errorf("bad arguments %q", args)
	}
	for i := range n[1] {
		server := &unix.SockaddrInet4{Addr: [4]byte{127, 1, byte(n[0]), 1}, Port: firstUDPPort + i}
		if _, err := boundUDP(server); err != nil {
			return err
		}
		client, err := boundUDP(&unix.SockaddrInet4{Addr: [4]byte{127, 1, byte(n[0]), 2}, Port: firstUDPPort + i})
		if err != nil {
			return err
		}
		if err := unix.Connect(client, server); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
	}
	return holdReady()
}

func boundUDP(address *unix.SockaddrInet4) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := unix.Bind(fd, address); err != nil {
		return 0, fmt.Errorf("bind: %w", err)
	}
	return fd, nil
}

// holdUnix opens connected pairs; one end of each has an abstract name.
func holdUnix(args []string) error {
	n, err := numbers(args)
	if err != nil || len(n) != 2 {
		return fmt.Errorf("bad arguments %q", args)
	}
	for i := range n[1] {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("@netstat-bench/%d/%d", n[0], i)
		if err := unix.Bind(pair[0], &unix.SockaddrUnix{Name: name}); err != nil {
			return err
		}
	}
	return holdReady()
}
