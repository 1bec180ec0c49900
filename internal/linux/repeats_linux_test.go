package linux

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"netstat"
	"netstat/test/need"
)

// TestChurn reads the kernel's files while connections open and close: none is
// listed twice, and no permanent UDP socket is missing (divergence 16).
func TestChurn(t *testing.T) {
	need.Loopback(t)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var kept, churn sync.WaitGroup
	churn.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			kept.Go(func() {
				_, _ = c.Read(make([]byte, 1)) // until the peer is closed
				c.Close()
			})
		}
	})
	stable := map[netip.AddrPort]bool{}
	for range 60 {
		for _, network := range []string{"tcp4", "udp4"} {
			c, err := net.Dial(network, listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if network == "udp4" {
				stable[netip.MustParseAddrPort(c.LocalAddr().String())] = true
			}
		}
	}
	ended := make(chan struct{})
	for range 2 {
		churn.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				for _, network := range []string{"tcp4", "udp4"} {
					if c, err := net.Dial(network, listener.Addr().String()); err == nil {
						if tcp, ok := c.(*net.TCPConn); ok {
							_ = tcp.SetLinger(0)
						}
						c.Close()
					}
				}
			}
		})
	}
	s, err := Open(Options{Source: "proc"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 60 {
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.UDP4Table} {
			checkChurn(t, s, table, stable)
		}
	}
	close(ended)
	listener.Close()
	churn.Wait()
}

// checkChurn reads a table once. Unless it is reported as incomplete, it has
// every permanent UDP socket.
func checkChurn(t *testing.T, s netstat.Source, table netstat.Table, stable map[netip.AddrPort]bool) {
	type identity struct {
		inode         uint64
		local, remote netstat.Addr
	}
	rows, connected := map[identity]bool{}, map[netip.AddrPort]bool{}
	incomplete := false
	need := netstat.Need{Report: func(e *netstat.OpError) { incomplete = incomplete || errors.Is(e, netstat.ErrIncomplete) }}
	for row, err := range s.Sockets(t.Context(), table, need) {
		if err != nil {
			t.Fatal(err)
		}
		id := identity{row.Inode, row.Local, row.Remote}
		if (row.Inode != 0 || row.Remote.Port != 0) && rows[id] {
			t.Errorf("twice: %+v", row)
		}
		rows[id] = true
		if row.Remote.Port != 0 {
			connected[netip.AddrPortFrom(row.Local.IP, row.Local.Port)] = true
		}
	}
	if table.Protocol != netstat.UDP || incomplete {
		return
	}
	for end := range stable {
		if !connected[end] {
			t.Errorf("not listed: %v", end)
		}
	}
}
