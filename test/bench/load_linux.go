package main

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"

	"netstat/test/tracked"
)

const (
	// On many hosts a process may open 20,000 files; each pair of sockets takes two.
	pairsPerProcess = 9000
	// Even a small load is spread over several processes, as on a real host.
	minProcesses = 6
)

// loadCommands divides the load into processes and returns the arguments of each.
func loadCommands(l load) ([][]string, error) {
	files := 2 * (l.Connections + l.UDPPairs + l.UnixPairs)
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
	for i, n := range divide(l.UDPPairs) {
		commands = append(commands, []string{roleUDP, strconv.Itoa(i), strconv.Itoa(n)})
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
