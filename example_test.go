package netstat_test

import (
	"context"
	"fmt"
	"net"

	"netstat"
	"netstat/collect"
)

// Check whether a process listens on a port.
func Example() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = listener.Close() }()
	port := listener.Addr().(*net.TCPAddr).Port

	src, err := collect.Open(collect.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = src.Close() }()
	need := netstat.Need{States: netstat.States(netstat.Listen)}
	for s, err := range src.Sockets(context.Background(), netstat.TCP4Table, need) {
		if err != nil {
			fmt.Println(err)
			return
		}
		// A Source may yield more rows than requested.
		if s.State == netstat.Listen && int(s.Local.Port) == port {
			fmt.Println(s.Table, s.State, s.Local.IP)
		}
	}
	// Output: tcp LISTEN 127.0.0.1
}
