package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"netstat/test/tracked"
)

const (
	// On many hosts a process may open 20,000 files; each of its TCP connections and
	// unix pairs takes two.
	pairsPerProcess = 9000
	// Even a small load is spread over several processes, as on a real host.
	minProcesses = 6

	serverPort = 8000
)

// loadCommands divides the load into processes and returns the arguments of each.
func loadCommands(l load) ([][]string, error) {
	files := 2 * (l.Connections + l.UnixPairs)
	if err := checkFileLimit(files); err != nil {
		return nil, err
	}
	var commands [][]string
	if l.SlowDNS {
		commands = append(commands, []string{roleDNS})
	}
	for i, n := range divide(l.Connections) {
		commands = append(commands, []string{roleTCP, strconv.Itoa(i), strconv.Itoa(n), strconv.Itoa(l.PerSource)})
	}
	for i, n := range divide(l.UnixPairs) {
		commands = append(commands, []string{roleUnix, strconv.Itoa(i), strconv.Itoa(n)})
	}
	return commands, nil
}

// divide spreads pairs evenly over as many processes as they need.
func divide(pairs int) []int {
	if pairs == 0 {
		return nil
	}
	parts := make([]int, max(minProcesses, (pairs+pairsPerProcess-1)/pairsPerProcess))
	for i := range parts {
		parts[i] = pairs*(i+1)/len(parts) - pairs*i/len(parts)
	}
	return parts
}

// checkFileLimit rejects a load that would use up the host's open files.
func checkFileLimit(files int) error {
	use, err := readFileUse()
	if err != nil {
		return err
	}
	const spare = 10_000
	if use.used+int64(files)+spare > use.limit {
		return fmt.Errorf("the load needs %d open files; fs.file-max is %d with %d in use", files, use.limit, use.used)
	}
	return nil
}

// fileUse is the file use of the whole host, from /proc/sys/fs.
type fileUse struct{ used, limit int64 }

func readFileUse() (fileUse, error) {
	text, err := os.ReadFile("/proc/sys/fs/file-nr")
	if err != nil {
		return fileUse{}, err
	}
	var use fileUse
	var free int64
	if _, err := fmt.Sscan(string(text), &use.used, &free, &use.limit); err != nil {
		return fileUse{}, fmt.Errorf("/proc/sys/fs/file-nr: %w", err)
	}
	return use, nil
}

// holder is a process that holds a part of the load until this process closes its
// standard input.
type holder struct {
	args   []string
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
	return &holder{args, inputEnd, output}, nil
}

// ready waits until the holder has opened all its sockets.
func (h *holder) ready() error {
	if n, _ := h.output.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("load process %s ended early", strings.Join(h.args, " "))
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

// translated returns made-up connections of clients behind a router to one server.
func translated(n int) []tracked.Entry {
	const perClient = 60_000
	entries := make([]tracked.Entry, n)
	server := netip.MustParseAddrPort("203.0.113.9:443")
	for i := range entries {
		port, client := uint16(1024+i%perClient), byte(i/perClient)
		const protocolTCP, established = 6, 3
		entries[i] = tracked.Entry{
			Protocol: protocolTCP, State: established, Assured: true, Timeout: 86400,
			From: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, client, 2}), port), To: server,
			ReplyFrom: server, ReplyTo: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, client}), port),
		}
	}
	return entries
}
