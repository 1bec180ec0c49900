package main

import (
	"bytes"
	"fmt"
	"os/exec"
)

// buildInterfaces creates pairs of interfaces that are up and have IPv4 and IPv6
// addresses.
func buildInterfaces(l load) error {
	if l.Interfaces == 0 {
		return nil
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
	return nil
}
