package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// buildInterfaces creates pairs of interfaces that are up and have IPv4 and IPv6
// addresses.
func buildInterfaces(l load) error {
	if l.Interfaces == 0 {
		return nil
	}
	// Otherwise each interface asks for routers now and then, and its counters move.
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/router_solicitations", []byte("0"), 0); err != nil {
		return err
	}
	var lines bytes.Buffer
	for i := range l.Interfaces {
		fmt.Fprintf(&lines, "link add veth%d type veth peer name peer%d\n", i, i)
	}
	for i := range l.Interfaces {
		fmt.Fprintf(&lines, "link set veth%d up\nlink set peer%d up\naddr add 10.%d.%d.1/24 dev veth%d\n", i, i, i>>8, i&255, i)
	}
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = &lines
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create interfaces: %w: %s", err, out)
	}
	return waitQuiet()
}

// waitQuiet waits until the interfaces have announced their addresses and groups, so that
// counters stand still and outputs can be compared.
func waitQuiet() error {
	var before []byte
	for still, end := 0, time.Now().Add(time.Minute); still < 3 && time.Now().Before(end); time.Sleep(time.Second) {
		now, err := os.ReadFile("/proc/self/net/dev")
		if err != nil {
			return err
		}
		if still++; !bytes.Equal(now, before) {
			still = 0
		}
		before = now
	}
	return nil
}
