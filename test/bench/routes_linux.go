package main

import (
	"bytes"
	"fmt"
	"os/exec"
)

// buildRoutes adds routes to the namespace: prefixes of many lengths, as in a full
// Internet table, over fifty gateways.
func buildRoutes(l load) error {
	if l.Routes4+l.Routes6 == 0 {
		return nil
	}
	var lines bytes.Buffer
	lines.WriteString("link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n" +
		"addr add 10.0.0.1/24 dev v0\naddr add fd00::1/64 dev v0 nodad\n")
	for i := range l.Routes4 {
		// All /24 prefixes that the addresses start with are different.
		network := uint32(11<<16 + i*97)
		length := 24
		if i%10 < 4 {
			length = 25 + i%7
		}
		fmt.Fprintf(&lines, "route add %d.%d.%d.0/%d via 10.0.0.%d metric %d\n",
			network>>16, network>>8&255, network&255, length, 2+i%50, i%3*100)
	}
	for i := range l.Routes6 {
		fmt.Fprintf(&lines, "route add 2001:%x:%x::/48 via fd00::%x\n", i>>8, i*257&0xffff, 2+i%50)
	}
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = &lines
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("add routes: %w: %s", err, out)
	}
	return nil
}
