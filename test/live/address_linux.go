package live

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Reachable waits until an IPv6 address of the calling thread's network namespace can
// be used. The kernel adds its route asynchronously, even without duplicate address
// detection (addrconf_dad_work in net/ipv6/addrconf.c). On a host where other
// namespaces are created and deleted this work is delayed, and until then the network
// is unreachable.
func Reachable(address string) error {
	f, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(f)
	to := &unix.SockaddrInet6{Port: 9, Addr: netip.MustParseAddr(address).As16()}
	for {
		switch err := unix.Connect(f, to); err {
		case nil:
			return nil
		case unix.ENETUNREACH, unix.EADDRNOTAVAIL:
			time.Sleep(2 * time.Millisecond)
		default:
			return fmt.Errorf("connect %s: %w", address, err)
		}
	}
}
